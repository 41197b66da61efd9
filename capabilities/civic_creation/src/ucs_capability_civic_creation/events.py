"""The events that the plugin tells, asks with and hears. Each plugin declares what it speaks."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_civic_creation.vocabulary import RectificationState, Severity, Source

REPORT = "city.case_center.report.v1"
CASE_CHANGED = "city.case_center.changed.v1"
DETECTED = "city.civic_creation.detected.v1"
DECIDED = "city.civic_creation.decided.v1"
FOUND = "city.civic_creation.found.v1"
LOST = "city.civic_creation.lost.v1"
LOOKED = "city.civic_creation.looked.v1"
CHANGED = "city.civic_creation.changed.v1"
INCIDENT = "city.video_ai.incident.v1"

OWN_SOURCE = "plugins/civic_creation"
"""How the platform calls this plugin where it says who speaks."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True)


class CaseReport(_Data):
    """What the case centre is asked to make a case of. Its subject is the point."""

    case_type: str = Field(max_length=80, title="案件类型", description="The code of the type of case")
    source: Source = Field(title="来源", description="Who found it")
    source_id: str = Field(max_length=200, title="来源编号", description="The rectification and its round")
    title: str = Field(max_length=200, title="标题", description="What it is, in a line")
    description: str = Field(default="", max_length=2000, title="描述", description="What is known of it")
    longitude: float = Field(title="经度", description="Longitude in WGS-84")
    latitude: float = Field(title="纬度", description="Latitude in WGS-84")
    region: str = Field(max_length=12, title="行政区划", description="The code of the division")
    reported_at: AwareDatetime = Field(title="上报时间", description="When it was reported")
    severity: Severity = Field(title="严重程度", description="How bad it is")
    evidence: tuple[str, ...] = Field(default=(), title="佐证", description="Digests of files")
    device: str = Field(
        default="", max_length=100, title="设备编码", description="The device that found it, if one did"
    )


class CaseChanged(_Data):
    """What happened to a case, as far as it matters here."""

    case: str = Field(max_length=64, title="案件编号", description="The case's number")
    state: str = Field(max_length=40, title="案件状态", description="Where it stands")
    reporter: str = Field(default="", max_length=200, title="上报方", description="Who reported it first")
    source_id: str = Field(default="", max_length=200, title="来源编号", description="The id with the reporter")


class Detected(_Data):
    """What a camera has detected. Other plugins ask with it; its subject is the camera or the place."""

    label: str = Field(min_length=1, max_length=40, title="标签", description="What was detected")
    camera: str = Field(min_length=1, max_length=64, title="摄像机", description="The code of the camera")
    confidence: float = Field(ge=0, le=1, title="置信度", description="How sure the algorithm is, from 0 to 1")
    at: AwareDatetime = Field(title="时间", description="When it was seen")
    longitude: float = Field(ge=-180, le=180, title="经度", description="Longitude in WGS-84")
    latitude: float = Field(ge=-90, le=90, title="纬度", description="Latitude in WGS-84")
    evidence: tuple[Digest, ...] = Field(
        min_length=1, max_length=8, title="佐证", description="Digests of the snapshots that show it"
    )


class Incident(_Data):
    """What video analysis tells of an incident, as far as it matters here."""

    label: str = Field(max_length=60, title="标签", description="What is seen")
    camera: str = Field(max_length=64, title="摄像机", description="The camera that saw it first")
    state: str = Field(max_length=20, title="状态", description="Where its life stands")
    verdict: str | None = Field(default=None, max_length=20, title="核查结论", description="What was said of it")
    longitude: float | None = Field(default=None, title="经度", description="Longitude in WGS-84")
    latitude: float | None = Field(default=None, title="纬度", description="Latitude in WGS-84")
    seen_at: AwareDatetime = Field(title="最近时间", description="When it was seen last")
    confidence: float = Field(ge=0, le=1, title="置信度", description="How sure the algorithm was at best")
    evidence: tuple[str, ...] = Field(default=(), title="佐证", description="Digests of snapshots")


class Decided(_Data):
    """What a person has decided upon a candidate. The plugin tells itself."""

    point: str = Field(max_length=60, title="点位编码", description="The point")
    item: str = Field(max_length=40, title="检查项", description="The item")
    number: int = Field(title="线索序号", description="Which candidate")
    confirmed: bool = Field(title="是否属实", description="Whether it is true")
    note: str = Field(max_length=300, title="说明", description="What they say")
    by: str = Field(max_length=100, title="确认人", description="Who decided")
    organization: str = Field(max_length=100, title="确认机构", description="Whose they are")


class Found(_Data):
    """Problems that were found of one item. The plugin tells itself; its subject is the point."""

    assessment: str = Field(max_length=64, title="测评编号", description="The assessment")
    item: str = Field(max_length=40, title="检查项", description="The item")


class Lost(_Data):
    """That a result counts no more. The plugin tells itself; its subject is the point."""

    assessment: str = Field(max_length=64, title="测评编号", description="The assessment")
    item: str = Field(max_length=40, title="检查项", description="The item")
    reason: str = Field(max_length=300, title="原因", description="Why")


class Looked(_Data):
    """What a second look has shown. The plugin tells itself; its subject is the point."""

    rectification: str = Field(max_length=120, title="整改编号", description="The rectification")
    round: int = Field(title="轮次", description="Which round was looked at")
    passed: bool = Field(title="是否通过", description="Whether it is rectified")
    note: str = Field(max_length=300, title="说明", description="What they say")
    evidence: tuple[str, ...] = Field(title="佐证", description="Digests of files that show how it looks now")


class RectificationChanged(_Data):
    """A rectification stands otherwise than before. Its subject is the rectification."""

    rectification: str = Field(max_length=120, title="整改编号", description="The rectification")
    state: RectificationState = Field(title="状态", description="Where it stands")
    round: int = Field(title="轮次", description="Which round it is")
    item: str = Field(max_length=40, title="检查项", description="The item")
    point: str = Field(max_length=60, title="点位编码", description="The point")
    unit: str = Field(max_length=100, title="责任单位", description="Who has to rectify it")
    region: str = Field(max_length=12, title="行政区划", description="The code of the division")
    at: AwareDatetime = Field(title="时间", description="When it changed")
