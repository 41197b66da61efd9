"""The events that the plugin tells and hears. Each plugin declares what it speaks."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_video_ai.detections import Detection
from ucs_capability_video_ai.incidents import IncidentState
from ucs_capability_video_ai.precision import Verdict
from ucs_sdk.vocabulary import Term

REPORT = "city.case_center.report.v1"
CASE_CHANGED = "city.case_center.changed.v1"
DETECTED = "city.video_ai.detected.v1"
INCIDENT = "city.video_ai.incident.v1"
JUDGED = "city.video_ai.judged.v1"

OWN_SOURCE = "plugins/video_ai"
"""How the platform calls this plugin where it says who speaks."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True)


class Severity(Term):
    """How bad it is, in the case centre's words."""

    GENERAL = "general", "一般", "General"


class CaseReport(_Data):
    """What the case centre is asked to make a case of. Its subject is the place."""

    case_type: str = Field(max_length=80, title="案件类型", description="The code of the type of case")
    source: str = Field(default="video", max_length=20, title="来源", description="Who found it")
    source_id: str = Field(max_length=200, title="来源编号", description="The incident's id")
    title: str = Field(max_length=200, title="标题", description="What it is, in a line")
    description: str = Field(default="", max_length=2000, title="描述", description="What is known of it")
    longitude: float | None = Field(title="经度", description="Longitude in WGS-84")
    latitude: float | None = Field(title="纬度", description="Latitude in WGS-84")
    region: str = Field(max_length=12, title="行政区划", description="The code of the division")
    reported_at: AwareDatetime = Field(title="上报时间", description="When it was found")
    severity: Severity = Field(default=Severity.GENERAL, title="严重程度", description="How bad it is")
    evidence: tuple[str, ...] = Field(default=(), title="佐证", description="Digests of snapshots")
    device: str = Field(default="", max_length=64, title="设备编码", description="The camera")


class CaseChanged(_Data):
    """What happened to a case, as far as it matters here."""

    case: str = Field(max_length=64, title="案件编号", description="The case's number")
    state: str = Field(max_length=40, title="案件状态", description="Where it stands")
    reporter: str = Field(default="", max_length=200, title="上报方", description="Who reported it first")
    source_id: str = Field(default="", max_length=200, title="来源编号", description="The id with the reporter")


class PictureAnalysed(_Data):
    """What was found in one picture of a camera. Its subject is the neighbourhood."""

    camera: str = Field(max_length=20, title="摄像机", description="The camera's code")
    algorithm: str = Field(max_length=60, title="算法", description="Which algorithm found it, or which vendor")
    detections: tuple[Detection, ...] = Field(max_length=32, title="识别结果", description="What was found")
    at: AwareDatetime = Field(title="时间", description="When the picture was taken")
    evidence: tuple[str, ...] = Field(default=(), max_length=4, title="佐证", description="Digests of snapshots")


class IncidentTold(_Data):
    """An incident that began, is still seen, was judged or is over. Its subject is the incident."""

    incident: str = Field(max_length=80, title="事件编号", description="The incident's id")
    label: str = Field(max_length=60, title="标签", description="What is seen")
    camera: str = Field(max_length=20, title="摄像机", description="The camera that saw it first")
    state: IncidentState = Field(title="状态", description="Where its life stands")
    verdict: Verdict | None = Field(default=None, title="核查结论", description="What was said of it")
    longitude: float | None = Field(title="经度", description="Longitude in WGS-84")
    latitude: float | None = Field(title="纬度", description="Latitude in WGS-84")
    region: str = Field(max_length=12, title="行政区划", description="The code of the division")
    began_at: AwareDatetime = Field(title="开始时间", description="When it was seen first")
    seen_at: AwareDatetime = Field(title="最近时间", description="When it was seen last")
    confidence: float = Field(title="置信度", description="How sure the algorithm was at best")
    evidence: tuple[str, ...] = Field(default=(), title="佐证", description="Digests of snapshots")


class IncidentJudged(_Data):
    """Somebody has said whether an incident is so. Its subject is the incident."""

    incident: str = Field(max_length=80, title="事件编号", description="The incident's id")
