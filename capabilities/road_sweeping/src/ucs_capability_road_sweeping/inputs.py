"""What the operations take. Every text and list is bounded; positions name their coordinate system."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_road_sweeping.plans import PASSES_MOST, SEGMENTS_MOST, VEHICLES_MOST
from ucs_capability_road_sweeping.segments import VERTICES_MOST, RoadLevel
from ucs_sdk.geo import Crs

SEGMENTS_AT_ONCE = 100
"""How many segments one call may bring."""

FIXES_AT_ONCE = 500
"""How many fixes one call may bring."""

CODE = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$"
"""What segments, plans and vehicles are called: no dots, which part a plan from its day."""

Code = Annotated[str, Field(pattern=CODE)]
Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Asked(BaseModel):
    """What somebody asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SegmentStated(Asked):
    """A road segment, from junction to junction, as it is entered in the register."""

    code: Code = Field(title="路段编码", description="The segment's code", examples=["HK-001"])
    name: str = Field(min_length=1, max_length=80, title="名称", description="What it is called", examples=["香港中路"])
    level: RoadLevel = Field(title="保洁等级", description="Its level for sweeping", examples=["first"])
    region: str = Field(
        pattern=r"^[0-9]{6,12}$",
        title="行政区划",
        description="The code of its division, 6 to 12 digits",
        examples=["370202"],
    )
    line: tuple[tuple[Degrees, Degrees], ...] = Field(
        min_length=2,
        max_length=VERTICES_MOST,
        title="中心线",
        description="Its centre line: longitude and latitude of every corner, in the system that `crs` names",
        examples=[[[120.38, 36.06], [120.384, 36.061]]],
    )
    one_way: bool = Field(
        default=False,
        title="单行",
        description="Whether it is driven from its first corner to its last only",
        examples=[False],
    )


class SegmentsStated(Asked):
    """Segments to enter, new or instead of those of their codes."""

    crs: Crs = Field(
        title="坐标系",
        description="The coordinate system; nobody guesses it, for the difference is half a kilometre",
        examples=["wgs84"],
    )
    segments: tuple[SegmentStated, ...] = Field(
        min_length=1,
        max_length=SEGMENTS_AT_ONCE,
        title="路段",
        description="The segments",
        examples=[
            [
                {
                    "code": "HK-001",
                    "name": "香港中路",
                    "level": "first",
                    "region": "370202",
                    "line": [[120.38, 36.06], [120.384, 36.061]],
                }
            ]
        ],
    )


class VehicleStated(Asked):
    """A sweeping machine of the caller's organisation."""

    code: Code = Field(title="车辆编码", description="The vehicle's code", examples=["SW-017"])
    name: str = Field(
        min_length=1, max_length=80, title="名称", description="What it is called", examples=["17 号洗扫车"]
    )


class PlanStated(Asked):
    """Which vehicles sweep which segments, on which days and within which hours."""

    code: Code = Field(title="计划编码", description="The plan's code", examples=["HK-AM"])
    name: str = Field(
        min_length=1, max_length=80, title="名称", description="What it is called", examples=["香港中路早班"]
    )
    vehicles: tuple[Code, ...] = Field(
        min_length=1,
        max_length=VEHICLES_MOST,
        title="车辆",
        description="Vehicles of the caller's organisation; any of them counts",
        examples=[["SW-017"]],
    )
    segments: tuple[Code, ...] = Field(
        min_length=1,
        max_length=SEGMENTS_MOST,
        title="路段",
        description="The segments that are to be swept",
        examples=[["HK-001"]],
    )
    start: time = Field(
        title="开始时间", description="When the window begins, in China Standard Time", examples=["04:00:00"]
    )
    end: time = Field(
        title="结束时间",
        description="When it ends; on the next day, when that is not later than its start",
        examples=["07:00:00"],
    )
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(
        default=(1, 2, 3, 4, 5, 6, 7),
        min_length=1,
        max_length=7,
        title="星期",
        description="On which days of the week, Monday being 1",
        examples=[[1, 2, 3, 4, 5, 6, 7]],
    )
    passes: int = Field(
        default=1, ge=1, le=PASSES_MOST, title="遍数", description="How many times in each window", examples=[1]
    )
    first_day: date = Field(title="起始日期", description="The first day", examples=["2026-07-01"])
    last_day: date | None = Field(
        default=None, title="截止日期", description="The last day; none if it goes on", examples=["2026-12-31"]
    )


class FixStated(Asked):
    """Where a vehicle was, and whether it worked."""

    at: AwareDatetime = Field(
        title="时间", description="When, with its time zone", examples=["2026-07-01T04:10:00+08:00"]
    )
    longitude: Degrees = Field(
        title="经度", description="Longitude in degrees, of the system that `crs` names", examples=[120.3812]
    )
    latitude: float = Field(
        ge=-90,
        le=90,
        allow_inf_nan=False,
        title="纬度",
        description="Latitude in degrees, of the system that `crs` names",
        examples=[36.0603],
    )
    working: bool = Field(title="作业信号", description="Whether its brushes worked", examples=[True])
    speed_kmh: float | None = Field(
        default=None,
        ge=0,
        le=400,
        allow_inf_nan=False,
        title="车速",
        description="Its speed in km/h; taken from the way and the time, when it is not stated",
        examples=[8.5],
    )
    heading: float | None = Field(
        default=None,
        ge=0,
        lt=360,
        allow_inf_nan=False,
        title="航向",
        description="Where it headed, in degrees from north, clockwise; none while it stood still",
        examples=[87.0],
    )


class Track(Asked):
    """Fixes of one vehicle, in any order."""

    vehicle: Code = Field(title="车辆编码", description="The vehicle's code", examples=["SW-017"])
    crs: Crs = Field(title="坐标系", description="The coordinate system; nobody guesses it", examples=["wgs84"])
    fixes: tuple[FixStated, ...] = Field(
        min_length=1,
        max_length=FIXES_AT_ONCE,
        title="轨迹点",
        description="Where it was",
        examples=[
            [{"at": "2026-07-01T04:10:00+08:00", "longitude": 120.3812, "latitude": 36.0603, "working": True}],
        ],
    )


class PageAsked(Asked):
    """Which part of a list."""

    limit: int = Field(default=50, ge=1, le=100, title="条数", description="How many at most", examples=[50])
    after: str = Field(
        default="", max_length=2_000, title="游标", description="What the page before gave as `next`", examples=[""]
    )


District = Annotated[str, Field(pattern=r"^([0-9]{6})?$")]


class SegmentsAsked(PageAsked):
    """Which segments are asked for."""

    district: District = Field(
        default="", title="区县", description="The six digits of a district; all if empty", examples=["370202"]
    )


class WindowsAsked(PageAsked):
    """Which windows are asked for: a plan's, the last first, or all of a day."""

    plan: str = Field(default="", max_length=50, title="计划编码", description="Of this plan", examples=["HK-AM"])
    day: date | None = Field(
        default=None, title="日期", description="Of this day; of today, when nothing is said", examples=["2026-07-01"]
    )


class WindowAsked(Asked):
    """Which window is asked for."""

    plan: Code = Field(title="计划编码", description="The plan's code", examples=["HK-AM"])
    day: date = Field(title="日期", description="The day on which it began", examples=["2026-07-01"])


class Period(Asked):
    """From one day to another, both included."""

    district: District = Field(
        default="", title="区县", description="The six digits of a district; all if empty", examples=["370202"]
    )
    first_day: date = Field(title="起始日期", description="The first day", examples=["2026-07-01"])
    last_day: date = Field(title="截止日期", description="The last day", examples=["2026-07-31"])


class MissesAsked(PageAsked, Period):
    """Which misses are asked for."""


class ScoresAsked(Period):
    """Which scores are asked for."""
