"""What the plugin does on hearing of findings, verdicts and cases. It acts as itself, and sees all that is kept."""

from __future__ import annotations

from ucs_capability_video_ai import records
from ucs_capability_video_ai.cameras import Camera
from ucs_capability_video_ai.capability import video_ai
from ucs_capability_video_ai.detections import Detection, Label
from ucs_capability_video_ai.events import (
    CASE_CHANGED,
    DETECTED,
    INCIDENT,
    JUDGED,
    OWN_SOURCE,
    CaseChanged,
    IncidentJudged,
    IncidentTold,
    PictureAnalysed,
)
from ucs_capability_video_ai.incidents import Finding, IncidentState, Sight, after_verdict, vetoed
from ucs_capability_video_ai.precision import Verdict
from ucs_capability_video_ai.records import IncidentRecord, TallyRecord
from ucs_capability_video_ai.settings import rules_of
from ucs_capability_video_ai.telling import report, take, tally_keys, tell
from ucs_sdk import Context, Event, Exhausted, Invalid, NotFound, Unit

VERDICTS = {"closed": Verdict.RIGHT, "voided": Verdict.WRONG, "rejected": Verdict.WRONG}
"""What the end of a case says of its incident: one that was handled was so, one that was voided (作废) was not."""


@video_ai.on(DETECTED)
async def detect(ctx: Context, event: Event[PictureAnalysed]) -> None:
    """Put what was found in a picture to incidents: of each label the surest finding."""
    said = event.data
    async with ctx.unit() as unit:
        held = await records.staged_cameras(unit).get(said.camera)
        if held is None:
            return
        for each in surest(said.detections):
            await take(ctx, unit, finding_of(said, each, held.body), held.organization)


def surest(detections: tuple[Detection, ...]) -> list[Detection]:
    """Of each label the surest finding, in the order of labels."""
    best: dict[str, Detection] = {}
    for each in detections:
        if each.label not in best or each.confidence > best[each.label].confidence:
            best[each.label] = each
    return [best[label] for label in sorted(best)]


def finding_of(said: PictureAnalysed, detection: Detection, camera: Camera) -> Finding:
    """A detection with its place and time."""
    return Finding(
        camera=camera.code,
        label=detection.label,
        algorithm=said.algorithm,
        confidence=detection.confidence,
        box=detection.box,
        at=said.at,
        longitude=camera.longitude,
        latitude=camera.latitude,
        region=camera.region,
        evidence=said.evidence,
        synthetic=camera.synthetic,
    )


@video_ai.on(INCIDENT)
async def confirm_water(ctx: Context, event: Event[IncidentTold]) -> None:
    """Tell whoever brings water together what a camera sees; where nobody does, ask for a case."""
    said, to = event.data, ctx.settings["water_to"]
    concerns = said.label == Label.STANDING_WATER and said.state is IncidentState.OPEN and to
    if not concerns or said.longitude is None or said.latitude is None:
        return
    held = await ctx.documents(records.INCIDENTS, IncidentRecord).get(said.incident)
    if held is None or held.body.muted:
        return
    asked = {
        "camera": said.camera,
        "confidence": said.confidence,
        "confirmed": said.verdict is Verdict.RIGHT,
        "longitude": said.longitude,
        "latitude": said.latitude,
        "crs": "wgs84",
        "region": said.region,
        "at": said.seen_at.isoformat(),
        "evidence": list(said.evidence),
    }
    try:
        await ctx.invoke(to, asked, request_id=f"{event.id}-water")
    except NotFound:
        async with ctx.unit() as unit:
            report(ctx, unit, held.body, said.seen_at)
    except (Exhausted, Invalid) as refusal:
        # It has heard enough of this camera, or the picture is too old: nothing becomes better by saying it again.
        ctx.log.warning("water_not_told", incident=said.incident, reason=refusal.reason)


@video_ai.on(JUDGED)
async def count(ctx: Context, event: Event[IncidentJudged]) -> None:
    """Count a verdict for the algorithm, and keep a camera quiet about what was nothing."""
    async with ctx.unit() as unit:
        held = await records.staged_incidents(unit).get(event.data.incident)
        if held is not None:
            await settle(ctx, unit, held.body)


@video_ai.on(CASE_CHANGED)
async def follow(ctx: Context, event: Event[CaseChanged]) -> None:
    """Remember where the case of an incident stands; how it ended is a verdict, unless a person has given one."""
    told = event.data
    if told.reporter != OWN_SOURCE:
        return
    async with ctx.unit() as unit:
        held = await records.staged_incidents(unit).get(told.source_id)
        if held is None:
            return
        incident = held.body.model_copy(update={"case": told.case, "case_state": told.state})
        verdict = VERDICTS.get(told.state)
        if verdict is not None:
            incident = incident.model_copy(update=dict(after_verdict(incident, verdict, "case")))
        if incident != held.body:
            records.staged_incidents(unit).put(incident.id, incident)
            await settle(ctx, unit, incident)


async def settle(ctx: Context, unit: Unit, incident: IncidentRecord) -> None:
    """Bring the tallies up to an incident's verdict: as often as it is done, it counts once."""
    if incident.counted is incident.verdict:
        return
    tallies = unit.documents(records.TALLIES, TallyRecord)
    for key, camera in tally_keys(incident.algorithm, incident.camera):
        held = await tallies.get(key)
        record = TallyRecord(algorithm=incident.algorithm, camera=camera) if held is None else held.body
        after = record.tally().after(incident.counted, incident.verdict)
        tallies.put(key, record.model_copy(update={"right": after.right, "wrong": after.wrong}), organization=ctx.owner)
    sights, rules = unit.documents(records.SIGHTS, Sight), rules_of(ctx.settings)
    for camera in incident.cameras:
        held_sight = await sights.get(f"{camera}.{incident.label}")
        if held_sight is not None:
            sights.put(held_sight.key, vetoed(held_sight.body, incident, ctx.clock.now(), rules))
    judged = incident.model_copy(update={"counted": incident.verdict})
    records.staged_incidents(unit).put(judged.id, judged)
    tell(unit, judged)
