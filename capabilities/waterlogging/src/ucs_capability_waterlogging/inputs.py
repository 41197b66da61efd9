"""What the operations take. Every text and list is bounded; positions name their coordinate system."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_waterlogging.colours import Colour
from ucs_capability_waterlogging.fusion import Source
from ucs_capability_waterlogging.places import SENSORS_MOST
from ucs_sdk.geo import Crs, Position, convert, position
from ucs_sdk.vocabulary import Term

BATCH_MOST = 500
"""How many observations one call may bring."""

REGION = r"^[0-9]{6,12}$"
DIGEST = r"^[0-9a-f]{64}$"
CODE = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$"
"""What points and devices are called: no dots, which part the number of an event from its place."""


class Observable(Term):
    """What an observation is of (观测属性)."""

    DEPTH = "depth", "积水深度（厘米）", "Depth of water in centimetres"
    DISTANCE = "distance", "到水面距离（厘米）", "Distance from the sensor down, in centimetres"
    RAIN = "rain", "降雨量（毫米）", "Rain since the report before, in millimetres"


class Asked(BaseModel):
    """What somebody asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Located(Asked):
    """Something with a position."""

    longitude: float = Field(
        ge=-180,
        le=180,
        title="经度",
        description="Longitude in degrees, of the system that `crs` names",
        examples=[120.3826],
    )
    latitude: float = Field(
        ge=-90,
        le=90,
        title="纬度",
        description="Latitude in degrees, of the system that `crs` names",
        examples=[36.0671],
    )
    crs: Crs = Field(
        title="坐标系",
        description="The coordinate system; nobody guesses it, for the difference is half a kilometre",
        examples=["wgs84"],
    )

    def wgs84(self) -> Position:
        """The position in WGS-84."""
        return convert(position(self.longitude, self.latitude), self.crs, Crs.WGS84)


class SensorStated(Asked):
    """A level sensor of a point."""

    device: str = Field(pattern=CODE, title="设备编码", description="The device's code", examples=["LL-0177"])
    reference_cm: float | None = Field(
        default=None,
        ge=0,
        le=2000,
        title="参考水位",
        description="How high above the road it hangs, in centimetres, when it measures distances",
        examples=[297.0],
    )


class PointStated(Located):
    """A point where water may stand, as it is entered in the register."""

    code: str = Field(pattern=CODE, title="点位编码", description="The point's code", examples=["QD-RJ"])
    name: str = Field(
        min_length=1, max_length=80, title="名称", description="What it is called", examples=["瑞金路铁路桥"]
    )
    region: str = Field(
        pattern=REGION, title="行政区划", description="The code of its division, 6 to 12 digits", examples=["370213"]
    )
    sensors: tuple[SensorStated, ...] = Field(
        default=(), max_length=SENSORS_MOST, title="液位传感器", description="The level sensors there", examples=[[]]
    )
    gauge: str = Field(
        default="", max_length=60, title="雨量计", description="The code of its rain gauge, if any", examples=["RG-07"]
    )
    synthetic: bool = Field(
        default=False,
        title="合成数据",
        description="Whether its water is made up, for a demonstration",
        examples=[False],
    )


class Observation(Asked):
    """One value that a device measured."""

    point: str = Field(pattern=CODE, title="点位编码", description="At which point", examples=["QD-RJ"])
    device: str = Field(pattern=CODE, title="设备编码", description="By which device", examples=["LL-0177"])
    observed: Observable = Field(
        default=Observable.DEPTH, title="观测属性", description="What was measured", examples=["depth"]
    )
    value: float = Field(
        allow_inf_nan=False, title="数值", description="The value, in the unit of what was measured", examples=[12.5]
    )
    at: AwareDatetime = Field(
        title="观测时间", description="When, with its time zone", examples=["2022-09-15T19:32:00+08:00"]
    )


class Observations(Asked):
    """Observations of any devices, in any order."""

    observations: tuple[Observation, ...] = Field(
        min_length=1,
        max_length=BATCH_MOST,
        title="观测值",
        description="What was measured",
        examples=[
            [{"point": "QD-RJ", "device": "LL-0177", "value": 12.5, "at": "2022-09-15T19:32:00+08:00"}],
        ],
    )


class WaterSeen(Located):
    """Water on a road, as somebody reports it."""

    source: Source = Field(
        default=Source.CITIZEN,
        title="来源",
        description="Who reports: citizen, patrol or hotline",
        examples=["citizen"],
    )
    reporter: str = Field(
        min_length=1,
        max_length=100,
        title="上报人",
        description="The reporter's id with whoever passes the report on; kept only as a digest",
        examples=["wx-30291"],
    )
    text: str = Field(
        default="", max_length=500, title="描述", description="What they say of it", examples=["铁路桥下积水，车辆熄火"]
    )
    region: str = Field(
        pattern=REGION, title="行政区划", description="The code of the division, 6 to 12 digits", examples=["370213"]
    )
    at: AwareDatetime = Field(title="时间", description="When they saw it", examples=["2022-09-15T19:32:00+08:00"])
    evidence: tuple[Annotated[str, Field(pattern=DIGEST)], ...] = Field(
        default=(), max_length=8, title="佐证", description="Digests of pictures that the platform keeps", examples=[[]]
    )


class WaterDetected(Located):
    """Water on a road, as video analysis has detected it."""

    camera: str = Field(
        pattern=CODE, title="摄像机编码", description="The camera's code", examples=["37021301001320000177"]
    )
    confidence: float = Field(
        ge=0, le=1, title="置信度", description="How sure the algorithm is, from 0 to 1", examples=[0.92]
    )
    confirmed: bool = Field(
        default=False, title="已人工确认", description="Whether a person has looked and agrees", examples=[False]
    )
    region: str = Field(
        pattern=REGION, title="行政区划", description="The code of the division, 6 to 12 digits", examples=["370213"]
    )
    at: AwareDatetime = Field(
        title="时间", description="When the picture was taken", examples=["2022-09-15T19:32:00+08:00"]
    )
    evidence: tuple[Annotated[str, Field(pattern=DIGEST)], ...] = Field(
        default=(), max_length=8, title="佐证", description="Digests of pictures that the platform keeps", examples=[[]]
    )


class Within(Asked):
    """Which part of a list."""

    region: str = Field(
        default="",
        pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})?$",
        title="行政区划",
        description="The code of a division, with all that lies in it: 2, 4, 6, 9 or 12 digits; all when empty",
        examples=[""],
    )
    limit: int = Field(default=100, ge=1, le=500, title="条数", description="How many at most", examples=[100])
    after: str = Field(
        default="", max_length=600, title="游标", description="What the page before gave as `next`", examples=[""]
    )


class PointsAsked(Within):
    """Which points are asked for."""

    colour: Colour | None = Field(default=None, title="颜色", description="Only those of this colour", examples=["red"])


class EventsAsked(Within):
    """Which events are asked for."""

    over: bool = Field(
        default=False,
        title="已结束",
        description="Those that are over, the last first, and not those that go on",
        examples=[False],
    )


class PointAsked(Asked):
    """Which point is asked for."""

    code: str = Field(min_length=1, max_length=64, title="点位编码", description="The point's code", examples=["QD-RJ"])


class ProposalsAsked(Within):
    """Which proposals are asked for."""
