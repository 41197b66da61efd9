"""What the operations answer, and how it is made of what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_waterlogging.colours import Colour
from ucs_capability_waterlogging.forecast import ahead
from ucs_capability_waterlogging.fusion import EventState, Severity, Source
from ucs_capability_waterlogging.places import Closure, Ending, Place, Rules, WaterEvent
from ucs_capability_waterlogging.responses import ResponseLevel
from ucs_capability_waterlogging.sensors import Fault, Outcome

HORIZONS = (10.0, 20.0, 30.0)
"""For how many minutes ahead the depth is told."""


class Told(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True)


class Refusal(Told):
    """An observation that was not taken."""

    index: int = Field(title="序号", description="Which of the observations, from 0")
    outcome: Outcome = Field(title="结果", description="What became of it")
    zh: str = Field(title="原因（中文）", description="Why, in Chinese")
    en: str = Field(title="原因（英文）", description="Why, in English")


class Taken(Told):
    """What became of a batch."""

    taken: int = Field(title="采纳", description="How many were taken")
    unchanged: int = Field(title="无变化", description="How many said nothing new")
    refused: tuple[Refusal, ...] = Field(title="未采纳", description="Those that were not taken, and why")


class Accepted(Told):
    """That a report was taken in."""

    about: str = Field(title="位置键", description="The key of the place under which it is handled")
    credited: float = Field(title="权重", description="What it weighs, from 0 to 1")


class Registered(Told):
    """That a point is in the register."""

    code: str = Field(title="点位编码", description="The point's code")
    changed: bool = Field(title="有变化", description="Whether anything is other than before")


class SensorShown(Told):
    """A level sensor as it stands now."""

    device: str = Field(title="设备编码", description="The device's code")
    depth_cm: float | None = Field(title="深度", description="What it read last, in centimetres")
    at: AwareDatetime | None = Field(title="时间", description="When it was last heard of")
    fault: Fault = Field(title="异常", description="Why it is not believed; none when it is")


class EventShown(Told):
    """An event of waterlogging."""

    id: str = Field(title="事件编号", description="The event's id")
    place: str = Field(title="点位编码", description="The code of its place")
    name: str = Field(title="名称", description="What the place is called")
    region: str = Field(title="行政区划", description="The code of its division")
    longitude: float = Field(title="经度", description="Longitude in WGS-84")
    latitude: float = Field(title="纬度", description="Latitude in WGS-84")
    state: EventState = Field(title="状态", description="Where its life stands")
    severity: Severity = Field(title="严重程度", description="The worst that it was")
    began_at: AwareDatetime = Field(title="开始时间", description="When it began")
    over_at: AwareDatetime | None = Field(title="结束时间", description="When it was over")
    ending: Ending | None = Field(title="结束原因", description="Why it was over")
    peak_cm: float | None = Field(title="最大深度", description="The deepest that was measured, in centimetres")
    sources: tuple[Source, ...] = Field(title="来源", description="Which kinds of source have spoken of it")
    reports: int = Field(title="来源数", description="How many sources are remembered")
    case: str = Field(title="案件编号", description="The number of its case; empty as long as none is known")
    case_state: str = Field(title="案件状态", description="Where its case stands")


class Expected(Told):
    """What depth is expected."""

    minutes: float = Field(title="提前量", description="How many minutes after the last sample")
    depth_cm: float = Field(title="预测深度", description="The depth in centimetres")


class PointShown(Told):
    """A place and its water."""

    code: str = Field(title="点位编码", description="The point's code")
    name: str = Field(title="名称", description="What it is called")
    region: str = Field(title="行政区划", description="The code of its division")
    longitude: float = Field(title="经度", description="Longitude in WGS-84")
    latitude: float = Field(title="纬度", description="Latitude in WGS-84")
    registered: bool = Field(title="已登记", description="Whether it is in the register, and not only reported")
    synthetic: bool = Field(title="合成数据", description="Whether its water is made up, for a demonstration")
    colour: Colour = Field(title="颜色", description="How it is shown on the map")
    depth_cm: float | None = Field(title="深度", description="The depth that is believed, in centimetres")
    rain_mm: float = Field(
        title="小时雨量", description="Rain of the hour before the gauge's last report, in millimetres"
    )
    closure: Closure = Field(title="封闭建议", description="What is proposed for the road")
    event: str = Field(title="事件编号", description="The event that goes on there; empty when there is none")
    sensors: tuple[SensorShown, ...] = Field(title="传感器", description="Its level sensors")


class PointWithForecast(Told):
    """A place, and how deep its water will be soon."""

    point: PointShown = Field(title="点位", description="The place")
    slope_cm_per_minute: float | None = Field(
        title="涨速", description="How fast the water rises, in centimetres a minute"
    )
    expected: tuple[Expected, ...] = Field(
        title="预测", description="What is expected; nothing where nothing was measured"
    )


class Points(Told):
    """A page of places."""

    points: tuple[PointShown, ...] = Field(title="点位", description="The places, by division and by code")
    next: str | None = Field(title="下一页", description="The cursor of the next page")


class Events(Told):
    """A page of events."""

    events: tuple[EventShown, ...] = Field(title="事件", description="The events")
    next: str | None = Field(title="下一页", description="The cursor of the next page")


class ClosureProposed(Told):
    """A proposal about a road."""

    place: str = Field(title="点位编码", description="The code of the place")
    name: str = Field(title="名称", description="What it is called")
    closure: Closure = Field(title="封闭建议", description="What is proposed")
    depth_cm: float | None = Field(title="深度", description="The depth, in centimetres")


class LevelProposed(Told):
    """A proposal about the city's response. The platform proposes; people declare."""

    level: ResponseLevel | None = Field(
        title="建议响应等级", description="The level that is proposed; none when there is none"
    )
    since: AwareDatetime = Field(title="起始时间", description="Since when it is proposed")
    red: int = Field(title="红色点位", description="How many places are red")
    wet: int = Field(title="积水点位", description="How many places have water")
    depth_cm: float = Field(title="最大深度", description="The deepest, in centimetres")
    rain_mm: float = Field(title="最大小时雨量", description="The most rain of an hour anywhere, in millimetres")
    basis: str = Field(title="依据", description="Whose figures the proposal goes by")


class Proposals(Told):
    """What is proposed now."""

    level: LevelProposed | None = Field(title="响应等级建议", description="About the city's response")
    closures: tuple[ClosureProposed, ...] = Field(
        title="封闭建议", description="About roads, by division and by code of place"
    )
    next: str | None = Field(title="下一页", description="The cursor of the next page of closures")


def point_shown(place: Place, now: datetime, rules: Rules) -> PointShown:
    """A place as it is told."""
    sensors = tuple(
        SensorShown(device=each.device, depth_cm=each.depth_cm, at=each.at, fault=each.fault_at(now, rules.limits))
        for each in place.sensors
    )
    same = {name: getattr(place, name) for name in PointShown.model_fields if name not in ("event", "sensors")}
    return PointShown(**same, event=place.event.id if place.event else "", sensors=sensors)


def with_forecast(place: Place, now: datetime, rules: Rules) -> PointWithForecast:
    """A place with what is expected of its water. What is not measured now is not foretold."""
    point = point_shown(place, now, rules)
    trend = (
        place.trend(rules) if any(each.believed_at(now, rules.limits) is not None for each in place.sensors) else None
    )
    if trend is None:
        return PointWithForecast(point=point, slope_cm_per_minute=None, expected=())
    expected = tuple(Expected(minutes=each, depth_cm=round(ahead(trend, each, rules.method), 1)) for each in HORIZONS)
    return PointWithForecast(point=point, slope_cm_per_minute=round(trend.slope, 3), expected=expected)


class _Somewhere(Protocol):
    """What says where an event is: its place, or the record of an event that is over."""

    @property
    def name(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def longitude(self) -> float: ...
    @property
    def latitude(self) -> float: ...


def event_shown(event: WaterEvent, at: _Somewhere) -> EventShown:
    """An event as it is told, with its place's name and position."""
    return EventShown(
        id=event.id,
        place=event.place,
        name=at.name,
        region=at.region,
        longitude=at.longitude,
        latitude=at.latitude,
        state=event.state,
        severity=event.severity,
        began_at=event.began_at,
        over_at=event.over_at,
        ending=event.ending,
        peak_cm=event.peak_cm,
        sources=tuple(sorted({each.source for each in event.evidence})),
        reports=len(event.evidence),
        case=event.case,
        case_state=event.case_state,
    )


def taken_of(outcomes: Sequence[Outcome]) -> Taken:
    """What became of a batch, by the outcome of each observation."""
    quiet = (Outcome.TAKEN, Outcome.UNCHANGED)
    refused = tuple(
        Refusal(index=index, outcome=each, zh=each.title_zh, en=each.title_en)
        for index, each in enumerate(outcomes)
        if each not in quiet
    )
    return Taken(taken=outcomes.count(Outcome.TAKEN), unchanged=outcomes.count(Outcome.UNCHANGED), refused=refused)
