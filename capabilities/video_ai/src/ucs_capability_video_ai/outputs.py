"""What the operations answer, and how it is made of what is kept. No answer holds a stream's credential."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_video_ai.algorithms import AlgorithmStated
from ucs_capability_video_ai.cameras import Camera, Preset
from ucs_capability_video_ai.capturing import CapturePlan
from ucs_capability_video_ai.detections import Detection
from ucs_capability_video_ai.incidents import IncidentState
from ucs_capability_video_ai.precision import Verdict
from ucs_capability_video_ai.records import IncidentRecord, StreamRecord, TallyRecord
from ucs_capability_video_ai.supervision import StreamState


class Told(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True)


class Registered(Told):
    """That something is in the directory."""

    code: str = Field(title="编码", description="Its code")
    changed: bool = Field(title="有变化", description="Whether anything is other than before")


class RefusedItem(Told):
    """Something that was not taken."""

    index: int = Field(title="序号", description="Which one, from 0")
    code: str = Field(title="编码", description="The code that it names")
    zh: str = Field(title="原因（中文）", description="Why, in Chinese")
    en: str = Field(title="原因（英文）", description="Why, in English")


class Imported(Told):
    """What became of a catalogue."""

    cameras: int = Field(title="摄像机", description="How many cameras were entered or renewed")
    pools: int = Field(title="资源池", description="How many groups were entered or renewed")
    unchanged: int = Field(title="无变化", description="How many said nothing new")
    skipped: int = Field(title="跳过", description="How many are neither a camera nor a group")
    refused: tuple[RefusedItem, ...] = Field(title="未采纳", description="Those that were not taken, and why")


class Exported(Told):
    """A catalogue."""

    text: str = Field(title="目录", description="The catalogue")
    items: int = Field(title="条数", description="How many cameras it has")
    next: str | None = Field(title="游标", description="Behind which the next page begins")


class CameraShown(Told):
    """A camera."""

    code: str = Field(title="国标编码", description="Its code")
    name: str = Field(title="名称", description="What it is called")
    region: str = Field(title="行政区划", description="The code of its division")
    longitude: float | None = Field(title="经度", description="Longitude in WGS-84")
    latitude: float | None = Field(title="纬度", description="Latitude in WGS-84")
    pool: str = Field(title="资源池", description="The pool it is in")
    source: str = Field(title="视频地址", description="Where its pictures come from")
    presets: tuple[Preset, ...] = Field(title="预置位", description="Its presets")
    plans: tuple[CapturePlan, ...] = Field(title="抓拍计划", description="Its capture plans")
    synthetic: bool = Field(title="合成", description="Whether its pictures are generated")


class Cameras(Told):
    """A page of cameras."""

    cameras: tuple[CameraShown, ...] = Field(title="摄像机", description="The cameras, by code")
    next: str | None = Field(title="游标", description="Behind which the next page begins")


class PoolShown(Told):
    """A pool."""

    code: str = Field(title="资源池编码", description="Its code")
    name: str = Field(title="名称", description="What it is called")
    parent: str = Field(title="上级", description="The pool it is part of")
    cameras: int = Field(title="摄像机", description="How many cameras of it the caller sees")


class Pools(Told):
    """A page of pools."""

    pools: tuple[PoolShown, ...] = Field(title="资源池", description="The pools, by code")
    next: str | None = Field(title="游标", description="Behind which the next page begins")


class AlgorithmShown(Told):
    """An algorithm of the store."""

    name: str = Field(title="算法", description="Its name")
    title_zh: str = Field(title="中文名", description="What it is called in Chinese")
    title_en: str = Field(title="英文名", description="What it is called in English")
    labels: tuple[str, ...] = Field(title="标签", description="What it finds")
    warms_up: int = Field(title="学习画面数", description="How many pictures it learns from before it finds anything")


class Algorithms(Told):
    """The algorithm store."""

    algorithms: tuple[AlgorithmShown, ...] = Field(title="算法", description="The algorithms, by name")


class Looked(Told):
    """What was found in a picture."""

    detections: tuple[Detection, ...] = Field(title="识别结果", description="What was found")
    evidence: str = Field(title="佐证", description="The digest of the snapshot; empty when nothing was found")


class Taken(Told):
    """What became of findings."""

    taken: int = Field(title="采纳", description="How many were taken")
    refused: tuple[RefusedItem, ...] = Field(title="未采纳", description="Those that were not taken, and why")


class IncidentShown(Told):
    """An incident."""

    id: str = Field(title="事件编号", description="Its id")
    label: str = Field(title="标签", description="What is seen")
    algorithm: str = Field(title="算法", description="Which algorithm sees it")
    cameras: tuple[str, ...] = Field(title="摄像机", description="The cameras that see it, the first one first")
    region: str = Field(title="行政区划", description="The code of the division")
    longitude: float | None = Field(title="经度", description="Longitude in WGS-84")
    latitude: float | None = Field(title="纬度", description="Latitude in WGS-84")
    began_at: AwareDatetime = Field(title="开始时间", description="When it was seen first")
    seen_at: AwareDatetime = Field(title="最近时间", description="When it was seen last")
    pictures: int = Field(title="画面数", description="In how many pictures it was seen")
    confidence: float = Field(title="置信度", description="How sure the algorithm was at best")
    evidence: tuple[str, ...] = Field(title="佐证", description="Digests of snapshots")
    state: IncidentState = Field(title="状态", description="Where its life stands")
    verdict: Verdict | None = Field(title="核查结论", description="What was said of it")
    muted: bool = Field(
        title="未上报", description="Whether no case was asked for, the algorithm being too often wrong"
    )
    case: str = Field(title="案件编号", description="The number of its case")
    case_state: str = Field(title="案件状态", description="Where its case stands")
    synthetic: bool = Field(title="合成", description="Whether its pictures are generated")


class Incidents(Told):
    """A page of incidents."""

    incidents: tuple[IncidentShown, ...] = Field(title="视频事件", description="The incidents, those seen last first")
    next: str | None = Field(title="游标", description="Behind which the next page begins")


class Judged(Told):
    """That a verdict was taken."""

    incident: str = Field(title="事件编号", description="The incident's id")
    changed: bool = Field(title="有变化", description="Whether it is another verdict than before")


class PrecisionShown(Told):
    """How often an algorithm was right."""

    algorithm: str = Field(title="算法", description="Its name")
    camera: str = Field(title="摄像机", description="At which camera; at all if empty")
    incidents: int = Field(title="事件数", description="How many incidents it made")
    right: int = Field(title="属实", description="Of how many somebody said that they were so")
    wrong: int = Field(title="误报", description="Of how many somebody said that they were not")
    precision: float | None = Field(title="准确率", description="The share of those judged that were so")
    least: float = Field(title="下限", description="The lower end of the interval of 95 % (Wilson)")
    most: float = Field(title="上限", description="The upper end of the interval of 95 % (Wilson)")


class Precisions(Told):
    """A page of precisions."""

    precisions: tuple[PrecisionShown, ...] = Field(title="准确率", description="By algorithm and camera")
    next: str | None = Field(title="游标", description="Behind which the next page begins")


class StreamShown(Told):
    """How a stream stands."""

    camera: str = Field(title="摄像机", description="The camera's code")
    state: StreamState = Field(title="状态", description="How it stands")
    since: AwareDatetime = Field(title="起始时间", description="Since when")
    reason: str = Field(title="原因", description="Why, where there is more to say")


class Streams(Told):
    """A page of streams."""

    streams: tuple[StreamShown, ...] = Field(title="视频流", description="The streams, by camera")
    next: str | None = Field(title="游标", description="Behind which the next page begins")


def camera_shown(camera: Camera) -> CameraShown:
    """A camera as it is shown."""
    return CameraShown(**{name: getattr(camera, name) for name in CameraShown.model_fields})


def incident_shown(incident: IncidentRecord) -> IncidentShown:
    """An incident as it is shown."""
    return IncidentShown(**{name: getattr(incident, name) for name in IncidentShown.model_fields})


def algorithm_shown(stated: AlgorithmStated) -> AlgorithmShown:
    """An algorithm as it is shown."""
    return AlgorithmShown(**{name: getattr(stated, name) for name in AlgorithmShown.model_fields})


def stream_shown(record: StreamRecord) -> StreamShown:
    """A stream as it is shown."""
    return StreamShown(**{name: getattr(record, name) for name in StreamShown.model_fields})


def precision_shown(record: TallyRecord) -> PrecisionShown:
    """A tally with what follows from it."""
    tally = record.tally()
    least, most = tally.interval()
    return PrecisionShown(
        algorithm=record.algorithm,
        camera=record.camera,
        incidents=record.incidents,
        right=record.right,
        wrong=record.wrong,
        precision=tally.precision,
        least=least,
        most=most,
    )
