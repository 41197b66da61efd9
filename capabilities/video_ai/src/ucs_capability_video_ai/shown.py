"""What maps and boards show: the incidents that go on, how many there are, and how often people said that it was so."""

from __future__ import annotations

from ucs_capability_video_ai import records
from ucs_capability_video_ai.capability import video_ai
from ucs_capability_video_ai.incidents import IncidentState
from ucs_capability_video_ai.precision import Tally
from ucs_capability_video_ai.records import IncidentRecord, StreamRecord, TallyRecord
from ucs_capability_video_ai.supervision import StreamState
from ucs_sdk import Context
from ucs_sdk.shown import Feature, Features, Figure

SOURCE = "ucs-capability-video-ai"

FEATURES_MOST = 5_000
"""How many incidents the map shows."""


@video_ai.layer(title_zh="视频事件地图", title_en="Map of incidents seen by cameras")
async def seen(ctx: Context) -> Features:
    """The incidents that go on, as far as the caller sees them and anybody knows where they are."""
    features: list[Feature] = []
    synthetic = False
    documents = ctx.documents(records.INCIDENTS, IncidentRecord)
    async for each in records.walked(documents, {"state": IncidentState.OPEN.value}):
        if len(features) == FEATURES_MOST:
            break
        if each.body.longitude is not None:
            features.append(feature_of(each.body))
            synthetic = synthetic or each.body.synthetic
    return Features(source=SOURCE, time=ctx.clock.now(), synthetic=synthetic, features=tuple(features))


def feature_of(incident: IncidentRecord) -> Feature:
    """An incident as a feature of GeoJSON, longitude first."""
    return Feature(
        id=incident.id,
        geometry={"type": "Point", "coordinates": [incident.longitude, incident.latitude]},
        properties={
            "label": incident.label,
            "camera": incident.camera,
            "region": incident.region,
            "began_at": incident.began_at.isoformat(),
            "confidence": incident.confidence,
            "verdict": None if incident.verdict is None else incident.verdict.value,
            "synthetic": incident.synthetic,
        },
    )


@video_ai.indicator(title_zh="进行中的视频事件", title_en="Incidents that go on", unit="起 incidents")
async def incidents_going_on(ctx: Context) -> Figure:
    """How many incidents go on."""
    documents = ctx.documents(records.INCIDENTS, IncidentRecord)
    count = await documents.count({"state": IncidentState.OPEN.value})
    return Figure(value=count, source=SOURCE, time=ctx.clock.now())


@video_ai.indicator(title_zh="视频识别准确率", title_en="Precision of video analysis", unit="%")
async def precision_of_all(ctx: Context) -> Figure:
    """The share of judged incidents that were so, over all algorithms; 0 when none was judged."""
    right = wrong = 0
    async for each in records.walked(ctx.documents(records.TALLIES, TallyRecord), {"camera": ""}):
        right, wrong = right + each.body.right, wrong + each.body.wrong
    share = Tally(right=right, wrong=wrong).precision
    return Figure(value=round(100 * (share or 0.0), 1), source=SOURCE, time=ctx.clock.now())


@video_ai.indicator(title_zh="异常视频流", title_en="Streams that cannot be believed", unit="路 streams")
async def faulty_streams(ctx: Context) -> Figure:
    """How many streams are dead, stuck or lying."""
    documents = ctx.documents(records.STREAMS, StreamRecord)
    faults = (StreamState.DEAD, StreamState.STUCK, StreamState.LYING)
    count = sum([await documents.count({"state": each.value}) for each in faults])
    return Figure(value=count, source=SOURCE, time=ctx.clock.now())
