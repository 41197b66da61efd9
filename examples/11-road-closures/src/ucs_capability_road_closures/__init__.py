"""Road closures: where deep water closes a road, the traffic police get a case. Other plugins are known by their events."""

from pydantic import BaseModel, Field

from ucs_sdk import Capability, Context, Event, hookimpl


class Where(BaseModel):
    region: str = Field(max_length=12, title="行政区划", description="The code of the division")
    longitude: float = Field(title="经度", description="Longitude in WGS-84")
    latitude: float = Field(title="纬度", description="Latitude in WGS-84")


class Flooded(Where):
    name: str = Field(max_length=80, title="点位名称", description="What the place is called")
    closure: str = Field(max_length=20, title="封闭建议", description="What is proposed for the road")
    event: str = Field(default="", max_length=80, title="积水事件", description="The event that goes on there")


class Report(Where):
    case_type: str = Field(default="other", title="案件类型", description="The code of the type of case")
    source: str = Field(default="system", title="来源", description="Who found it")
    source_id: str = Field(title="来源编号", description="The event of water: of each there is one open case")
    title: str = Field(title="标题", description="What is to be done")


closures = Capability("road_closures", title_zh="积水封路", title_en="Road closures")
closures.emits("city.case_center.report.v1", Report, title_zh="请求封路案件", title_en="A closure is asked for")


@closures.on("city.waterlogging.changed.v1")
async def close(ctx: Context, event: Event[Flooded]) -> None:
    """Ask for a case where a road should be closed: one event of water has one, however often it is told."""
    told = event.data
    if told.closure == "close":
        title = f"封闭道路 Close the road: {told.name}"
        where = {"region": told.region, "longitude": told.longitude, "latitude": told.latitude}
        async with ctx.unit() as unit:
            unit.emit("city.case_center.report.v1", Report(source_id=told.event, title=title, **where))


@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [closures]
