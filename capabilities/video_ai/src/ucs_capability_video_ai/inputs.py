"""What the operations take. Every text and list is bounded; positions name their coordinate system."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from ucs_capability_video_ai.cameras import PLANS_MOST, PRESETS_MOST, Preset
from ucs_capability_video_ai.capturing import CapturePlan
from ucs_capability_video_ai.catalogue import TEXT_MOST, CatalogueFormat
from ucs_capability_video_ai.detections import LABEL
from ucs_capability_video_ai.gb28181 import CODE
from ucs_capability_video_ai.incidents import IncidentState
from ucs_capability_video_ai.precision import Verdict
from ucs_capability_video_ai.supervision import StreamState
from ucs_sdk.geo import Crs, Position, convert, position

BATCH_MOST = 100
"""How many findings one callback may bring."""

PICTURE_MOST = 1_400_000
"""How many characters of base64 a picture may have: about a megabyte of picture."""

SNAPSHOT_MOST = 350_000
"""The same for a snapshot that comes with a vendor's finding: about 256 kB."""

POOL = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$"
REGION = r"^[0-9]{6,12}$"
A_CAMERA = "37021301001310000177"


class Asked(BaseModel):
    """What somebody asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Asked):
    """Nothing needs to be said."""


class WhichCamera(Asked):
    """One camera."""

    code: str = Field(pattern=CODE, title="国标编码", description="The camera's code", examples=[A_CAMERA])


class CameraStated(WhichCamera):
    """A camera as it is entered in the directory."""

    name: str = Field(
        min_length=1, max_length=120, title="名称", description="What it is called", examples=["瑞金路桥下"]
    )
    longitude: float | None = Field(
        default=None, ge=-180, le=180, title="经度", description="Degrees east", examples=[120.38]
    )
    latitude: float | None = Field(
        default=None, ge=-90, le=90, title="纬度", description="Degrees north", examples=[36.07]
    )
    crs: Crs | None = Field(
        default=None, title="坐标系", description="The coordinate system; nobody guesses it", examples=["wgs84"]
    )
    region: str | None = Field(
        default=None, pattern=REGION, title="行政区划", description="The division; that of the code if not said"
    )
    pool: str = Field(default="", max_length=60, title="资源池", description="The pool it is in", examples=["bridges"])
    source: str = Field(
        default="",
        max_length=300,
        title="视频地址",
        description="rtsp:// with an IP address and no password, or file:// below the folder; none for callbacks",
        examples=["rtsp://10.20.1.7:554/main"],
    )
    listens: bool = Field(
        default=False, title="等待推流", description="Whether the camera pushes to that address", examples=[False]
    )
    credential: str = Field(
        default="",
        max_length=60,
        pattern=r"^[A-Za-z0-9_-]*$",
        title="凭据",
        description="The name of the platform's secret `user:password`",
        examples=[""],
    )
    presets: tuple[Preset, ...] = Field(
        default=(), max_length=PRESETS_MOST, title="预置位", description="Its presets", examples=[[]]
    )
    plans: tuple[CapturePlan, ...] = Field(
        default=(), max_length=PLANS_MOST, title="抓拍计划", description="Its capture plans", examples=[[]]
    )
    synthetic: bool = Field(
        default=False, title="合成", description="Whether its pictures are generated", examples=[False]
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        said = [each is not None for each in (self.longitude, self.latitude, self.crs)]
        if any(said) and not all(said):
            raise ValueError("longitude, latitude and crs belong together")
        numbers = [each.number for each in self.presets]
        names = [each.name for each in self.plans]
        if len(set(numbers)) < len(numbers) or len(set(names)) < len(names):
            raise ValueError("each preset and each plan once")
        if any(each.preset and each.preset not in numbers for each in self.plans):
            raise ValueError("a plan names a preset that is not there")
        return self

    def wgs84(self) -> Position | None:
        """Its position in WGS-84."""
        if self.longitude is None or self.latitude is None or self.crs is None:
            return None
        return convert(position(self.longitude, self.latitude), self.crs, Crs.WGS84)


class PoolStated(Asked):
    """A pool of cameras."""

    code: str = Field(pattern=POOL, title="资源池编码", description="The pool's code", examples=["bridges"])
    name: str = Field(min_length=1, max_length=120, title="名称", description="What it is called", examples=["桥隧"])
    parent: str = Field(default="", max_length=60, title="上级", description="The pool it is part of", examples=[""])


class CatalogueStated(Asked):
    """A catalogue of GB/T 28181."""

    text: str = Field(
        min_length=1,
        max_length=TEXT_MOST,
        title="目录",
        description="The catalogue; its positions are WGS-84",
        examples=['{"DeviceList": []}'],
    )
    format: CatalogueFormat = Field(
        default=CatalogueFormat.JSON, title="格式", description="How it is written", examples=["json"]
    )


class Listed(Asked):
    """Which part of a list."""

    limit: int = Field(default=100, ge=1, le=500, title="条数", description="How many at most", examples=[100])
    after: str = Field(
        default="", max_length=600, title="游标", description="What the page before gave as `next`", examples=[""]
    )


class CatalogueAsked(Listed):
    """Cameras of a pool, to be written as a catalogue."""

    pool: str = Field(default="", max_length=60, title="资源池", description="The pool; all if empty", examples=[""])
    format: CatalogueFormat = Field(
        default=CatalogueFormat.JSON, title="格式", description="How it is to be written", examples=["xml"]
    )
    device: str = Field(
        pattern=CODE,
        title="设备编码",
        description="The code of the one that answers",
        examples=["37020001002000000001"],
    )


class CamerasAsked(Listed):
    """Cameras of a pool, or of a division."""

    pool: str = Field(default="", max_length=60, title="资源池", description="The pool; all if empty", examples=[""])
    region: str = Field(
        default="",
        pattern=r"^[0-9]{0,12}$",
        title="行政区划",
        description="A division's code or its beginning; not together with a pool",
        examples=[""],
    )


class PictureStated(WhichCamera):
    """A picture of a camera, to be looked at."""

    picture: str = Field(
        min_length=1,
        max_length=PICTURE_MOST,
        title="图片",
        description="JPEG or PNG in base64",
        examples=["/9j/4AAQSkZJRg=="],
    )
    at: AwareDatetime = Field(title="时间", description="When it was taken", examples=["2026-07-01T08:00:00+08:00"])
    preset: int = Field(default=0, ge=0, le=255, title="预置位", description="At which preset", examples=[0])
    algorithms: tuple[Annotated[str, Field(max_length=41)], ...] = Field(
        min_length=1, max_length=16, title="算法", description="Names of the store", examples=[["tampering"]]
    )


class VendorFinding(WhichCamera):
    """What a camera, a recorder or a vendor's platform has found by itself."""

    label: str = Field(
        default="",
        max_length=41,
        pattern=f"{LABEL}|^$",
        title="标签",
        description="What was found; or the vendor's code",
        examples=["litter"],
    )
    vendor_code: str = Field(
        default="",
        max_length=8,
        pattern=r"^[0-9]*$",
        title="厂商报警码",
        description="The vendor's alarm code, such as 890",
        examples=[""],
    )
    confidence: float = Field(ge=0, le=1, title="置信度", description="How sure it is, from 0 to 1", examples=[0.9])
    box: tuple[float, float, float, float] = Field(
        default=(0.0, 0.0, 1.0, 1.0), title="位置", description="As shares of the picture", examples=[[0, 0, 1, 1]]
    )
    at: AwareDatetime = Field(title="时间", description="When it was seen", examples=["2026-07-01T08:00:00+08:00"])
    preset: int = Field(default=0, ge=0, le=255, title="预置位", description="At which preset", examples=[0])
    snapshot: str = Field(
        default="", max_length=SNAPSHOT_MOST, title="抓拍", description="JPEG or PNG in base64", examples=[""]
    )

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if bool(self.label) == bool(self.vendor_code):
            raise ValueError("either a label or a vendor's code")
        return self


class VendorFindings(Asked):
    """Findings of whoever looks at pictures elsewhere."""

    vendor: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,30}$", title="厂商", description="Who found it", examples=["box_of_the_bridge"]
    )
    findings: tuple[VendorFinding, ...] = Field(
        min_length=1,
        max_length=BATCH_MOST,
        title="识别结果",
        description="What was found",
        examples=[
            [{"code": A_CAMERA, "label": "litter", "confidence": 0.9, "at": "2026-07-01T08:00:00+08:00"}],
        ],
    )


class IncidentsAsked(Listed):
    """Incidents, those seen last first."""

    state: IncidentState | None = Field(
        default=None, title="状态", description="Where their life stands; all if not said", examples=["open"]
    )
    label: str = Field(default="", max_length=60, title="标签", description="What is seen; all if empty", examples=[""])


class VerdictStated(Asked):
    """What somebody says of an incident who has looked."""

    incident: str = Field(
        min_length=1,
        max_length=80,
        title="事件编号",
        description="The incident's id",
        examples=[f"{A_CAMERA}.litter.1"],
    )
    verdict: Verdict = Field(title="核查结论", description="Whether it is so", examples=["wrong"])


class PrecisionAsked(Listed):
    """How often algorithms were right, at all cameras or at one."""

    camera: str = Field(
        default="",
        max_length=20,
        pattern=r"^([0-9]{20})?$",
        title="摄像机",
        description="At which camera; at all if empty",
        examples=[""],
    )


class StreamsAsked(Listed):
    """Streams, those that stand in one way."""

    state: StreamState | None = Field(
        default=None, title="状态", description="How they stand; all if not said", examples=["dead"]
    )
