"""The events that the plugin tells, and the one that it hears of from the case centre. Each plugin declares what it speaks."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_waterlogging.colours import Colour
from ucs_capability_waterlogging.fusion import EventState, Severity, Source
from ucs_capability_waterlogging.places import Closure
from ucs_capability_waterlogging.responses import ResponseLevel

REPORT = "city.case_center.report.v1"
CASE_CHANGED = "city.case_center.changed.v1"
HEARD = "city.waterlogging.heard.v1"
CHANGED = "city.waterlogging.changed.v1"
OWN_SOURCE = "plugins/waterlogging"
"""How the platform calls this plugin where it says who speaks."""

PROPOSED = "city.waterlogging.proposed.v1"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True)


class CaseReport(_Data):
    """What the case centre is asked to make a case of. Its subject is the place."""

    case_type: str = Field(max_length=80, title="案件类型", description="The code of the type of case")
    source: Source = Field(title="来源", description="Who found it")
    source_id: str = Field(max_length=80, title="来源编号", description="The event's id")
    title: str = Field(max_length=200, title="标题", description="What it is, in a line")
    description: str = Field(default="", max_length=2000, title="描述", description="What is known of it")
    longitude: float = Field(title="经度", description="Longitude in WGS-84")
    latitude: float = Field(title="纬度", description="Latitude in WGS-84")
    region: str = Field(max_length=12, title="行政区划", description="The code of the division")
    reported_at: AwareDatetime = Field(title="上报时间", description="When it was reported")
    severity: Severity = Field(title="严重程度", description="How bad it is")
    evidence: tuple[str, ...] = Field(default=(), title="佐证", description="Digests of files")
    device: str = Field(default="", max_length=64, title="设备编码", description="The device that found it, if one did")


class CaseChanged(_Data):
    """What happened to a case, as far as it matters here."""

    case: str = Field(max_length=64, title="案件编号", description="The case's number")
    state: str = Field(max_length=40, title="案件状态", description="Where it stands")
    reporter: str = Field(default="", max_length=200, title="上报方", description="Who reported it first")
    source_id: str = Field(default="", max_length=200, title="来源编号", description="The id with the reporter")
    case_type: str = Field(default="", max_length=80, title="案件类型", description="The code of its type")


class WaterHeard(_Data):
    """Water on a road, of which somebody or a camera has told. Its subject is the neighbourhood."""

    source: Source = Field(title="来源", description="Who tells")
    device: str = Field(
        max_length=64, title="来源编码", description="The camera's code, or a digest of the reporter's id"
    )
    weight: float = Field(ge=0, le=1, title="权重", description="What it weighs")
    text: str = Field(default="", max_length=500, title="描述", description="What they say")
    longitude: float = Field(title="经度", description="Longitude in WGS-84")
    latitude: float = Field(title="纬度", description="Latitude in WGS-84")
    region: str = Field(max_length=12, title="行政区划", description="The code of the division")
    at: AwareDatetime = Field(title="时间", description="When it was seen")
    evidence: tuple[str, ...] = Field(default=(), title="佐证", description="Digests of files")


class PlaceChanged(_Data):
    """A place that is shown otherwise than before. Its subject is the place."""

    place: str = Field(max_length=64, title="点位编码", description="The code of the place")
    name: str = Field(max_length=80, title="名称", description="What it is called")
    region: str = Field(max_length=12, title="行政区划", description="The code of its division")
    longitude: float = Field(title="经度", description="Longitude in WGS-84")
    latitude: float = Field(title="纬度", description="Latitude in WGS-84")
    at: AwareDatetime = Field(title="时间", description="When it changed")
    colour: Colour = Field(title="颜色", description="How it is shown now")
    depth_cm: float | None = Field(title="深度", description="The depth, in centimetres")
    closure: Closure = Field(title="封闭建议", description="What is proposed for the road")
    event: str = Field(
        default="", max_length=80, title="事件编号", description="The event that goes on, or has just ended"
    )
    event_state: EventState | None = Field(default=None, title="事件状态", description="Where its life stands")


class LevelChanged(_Data):
    """Another level of response is proposed than before. Its subject is the city."""

    level: ResponseLevel | None = Field(
        title="建议响应等级", description="The level; none when none is proposed any more"
    )
    before: ResponseLevel | None = Field(title="原建议等级", description="The level before")
    at: AwareDatetime = Field(title="时间", description="When it changed")
    red: int = Field(title="红色点位", description="How many places are red")
    wet: int = Field(title="积水点位", description="How many places have water")
    depth_cm: float = Field(title="最大深度", description="The deepest, in centimetres")
    basis: str = Field(max_length=400, title="依据", description="Whose figures it goes by")
