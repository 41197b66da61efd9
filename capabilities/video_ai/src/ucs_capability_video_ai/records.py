"""What is kept, and which fields are asked for: the one place that names collections.

| collection | key | is asked for by |
|---|---|---|
| cameras | code | `pool`; a range of `region`; `shard` and `watched` |
| pools | code | – |
| sights | camera.label | – |
| incidents | id | `place` and `state`; `state`; all, by `state`, by `label` and by both in the order of `seen_at` |
| tallies | algorithm, algorithm@camera | `camera` |
| streams | camera | `state` |
| shards | number | – |
| workers | name | – |
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TypeVar

from pydantic import AwareDatetime

from ucs_capability_video_ai.cameras import CELL, Camera, Pool, cell_of
from ucs_capability_video_ai.incidents import Finding, Incident, IncidentState, Record, Sight
from ucs_capability_video_ai.precision import Tally
from ucs_capability_video_ai.supervision import StreamState
from ucs_sdk import Between, Capability, Context, Document, Documents, Page, ShareType, StagedDocuments, Unit
from ucs_sdk.geo import EARTH_RADIUS, Position, distance

CAMERAS, POOLS, SIGHTS, INCIDENTS = "cameras", "pools", "sights", "incidents"
TALLIES, STREAMS, SHARDS, WORKERS = "tallies", "streams", "shards", "workers"

PAGE = 200
"""How many records are read at a time where all are walked through."""

NEAR_MOST = 20
"""How many incidents of a neighbourhood are looked at to find the nearest."""

R = TypeVar("R", bound=Record)


class IncidentRecord(Incident):
    """An incident with the key under which its neighbours find it."""

    place: str
    told_at: AwareDatetime


class TallyRecord(Record):
    """How often an algorithm was right: at one camera, or at all (`camera` is empty)."""

    algorithm: str
    camera: str
    right: int = 0
    wrong: int = 0
    incidents: int = 0

    def tally(self) -> Tally:
        """As the rules have it."""
        return Tally(right=self.right, wrong=self.wrong)


class StreamRecord(Record):
    """How a stream stands, since when, and why; written when it changes."""

    camera: str
    state: StreamState
    since: AwareDatetime
    reason: str = ""
    worker: str = ""


class ShardRecord(Record):
    """Who reads the streams of a shard, and until when."""

    shard: int
    worker: str
    until: AwareDatetime


class WorkerRecord(Record):
    """A worker, and until when it is believed to live."""

    worker: str
    until: AwareDatetime


def declare(capability: Capability) -> None:
    """Say what the collections are. What cameras see is for those who may see the camera's organisation's data."""
    capability.collection(
        CAMERAS,
        Camera,
        title_zh="视频通道",
        title_en="Cameras",
        share_type=ShareType.CONDITIONAL,
        listed_by=("pool", "region", ("shard", "watched")),
        counted_by=("pool", "watched"),
    )
    capability.collection(
        INCIDENTS,
        IncidentRecord,
        title_zh="视频事件",
        title_en="Incidents",
        share_type=ShareType.CONDITIONAL,
        listed_by=(
            "seen_at",
            "state",
            ("place", "state"),
            ("state", "seen_at"),
            ("label", "seen_at"),
            ("state", "label", "seen_at"),
        ),
        counted_by=("state",),
    )
    for name, model, zh, en, by in (
        (POOLS, Pool, "视频资源池", "Pools of cameras", "parent"),
        (SIGHTS, Sight, "识别状态", "What each camera has seen of a label", "incident"),
        (TALLIES, TallyRecord, "算法核查计数", "Verdicts counted", "camera"),
        (STREAMS, StreamRecord, "视频流状态", "How streams stand", "state"),
        (SHARDS, ShardRecord, "分片租约", "Who reads which streams", "worker"),
        (WORKERS, WorkerRecord, "分析节点", "Workers", "worker"),
    ):
        capability.collection(
            name,
            model,
            title_zh=zh,
            title_en=en,
            share_type=ShareType.CONDITIONAL,
            listed_by=(by,),
            counted_by=(by,) if by == "state" else (),
        )


def cameras_of(ctx: Context) -> Documents[Camera]:
    """The cameras, to read."""
    return ctx.documents(CAMERAS, Camera)


def staged_cameras(unit: Unit) -> StagedDocuments[Camera]:
    """The cameras, to write."""
    return unit.documents(CAMERAS, Camera)


def staged_incidents(unit: Unit) -> StagedDocuments[IncidentRecord]:
    """The incidents, to write."""
    return unit.documents(INCIDENTS, IncidentRecord)


async def walked(
    documents: Documents[R], where: Mapping[str, str | int | bool | Between] | None = None
) -> AsyncIterator[Document[R]]:
    """Every record of which something holds, page by page."""
    after = ""
    while True:
        page = await documents.query(where, limit=PAGE, after=after)
        for each in page.items:
            yield each
        if page.next is None:
            return
        after = page.next


def within(region: str) -> dict[str, str | int | bool | Between]:
    """All divisions whose code begins in one way: digits only, so that the character behind 9 ends the range."""
    return {"region": Between(least=region, most=f"{region}:")} if region else {}


async def listed_incidents(
    ctx: Context, *, state: IncidentState | None, label: str, limit: int, after: str
) -> Page[IncidentRecord]:
    """Incidents, those seen last first."""
    where: dict[str, str | int | bool | Between] = {}
    if state is not None:
        where["state"] = state.value
    if label:
        where["label"] = label
    documents = ctx.documents(INCIDENTS, IncidentRecord)
    return await documents.query(where, order_by="seen_at", descending=True, limit=limit, after=after)


def places_around(label: str, longitude: float, latitude: float, metres: float) -> list[str]:
    """The keys of the neighbourhoods of a label that lie within so many metres, at most nine."""
    reach = min(CELL, metres / EARTH_RADIUS * 57.29577951308232 * 1.5)
    corners = {
        cell_of(longitude + across * reach, latitude + down * reach) for across in (-1, 0, 1) for down in (-1, 0, 1)
    }
    return [f"{label}/{east}/{north}" for east, north in sorted(corners)]


def place_key(label: str, longitude: float | None, latitude: float | None) -> str:
    """The key of a label's neighbourhood; of a camera that nobody knows the place of, none."""
    if longitude is None or latitude is None:
        return ""
    east, north = cell_of(longitude, latitude)
    return f"{label}/{east}/{north}"


async def nearest_incident(
    incidents: Documents[IncidentRecord], finding: Finding, metres: float
) -> IncidentRecord | None:
    """The nearest incident of the same label that goes on within so many metres, whoever sees it."""
    if finding.longitude is None or finding.latitude is None:
        return None
    here = Position(finding.longitude, finding.latitude)
    near: list[tuple[float, str, IncidentRecord]] = []
    for place in places_around(finding.label, *here, metres):
        page = await incidents.query({"place": place, "state": IncidentState.OPEN.value}, limit=NEAR_MOST)
        for each in page.items:
            if each.body.longitude is not None and each.body.latitude is not None:
                far = distance(here, Position(each.body.longitude, each.body.latitude))
                near.append((far, each.key, each.body))
    near = [each for each in near if each[0] <= metres]
    return min(near, key=lambda each: each[:2])[2] if near else None
