"""What becomes of a finding: the incident is kept, and those who have to hear of it are told, all in one unit."""

from __future__ import annotations

from datetime import datetime, timedelta

from ucs_capability_video_ai import records
from ucs_capability_video_ai.detections import Label
from ucs_capability_video_ai.events import INCIDENT, REPORT, CaseReport, IncidentTold
from ucs_capability_video_ai.incidents import Finding, Incident, Sight, Step, after_finding
from ucs_capability_video_ai.records import IncidentRecord, TallyRecord
from ucs_capability_video_ai.settings import case_types, rules_of
from ucs_sdk import Context, Unit

TOLD_AGAIN = timedelta(minutes=10)
"""After how long an incident that is still seen is told of again: others forget what a camera said."""


def tally_keys(algorithm: str, camera: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """The keys of an algorithm's tallies, at all cameras and at one, each with the camera that it names."""
    return (algorithm, ""), (f"{algorithm}@{camera}", camera)


async def take(ctx: Context, unit: Unit, finding: Finding, organization: str) -> None:
    """Put a finding to the incident that it is of, or make one; the camera's organisation hears of tampering."""
    rules = rules_of(ctx.settings)
    sights, incidents = unit.documents(records.SIGHTS, Sight), records.staged_incidents(unit)
    key = f"{finding.camera}.{finding.label}"
    held = await sights.get(key)
    sight = Sight() if held is None else held.body
    found = await incidents.get(sight.incident) if sight.incident else None
    own = None if found is None else found.body
    near = await records.nearest_incident(incidents, finding, rules.near_metres)
    step = after_finding(sight, own, near, finding, rules)
    if step.sight != sight or held is None:
        sights.put(key, step.sight)
    if step.incident is None:
        return
    if step.began:
        await _begin(ctx, unit, step.incident)
        if step.incident.label == Label.TAMPERING:
            title = f"摄像机 {finding.camera} 画面异常 the camera should be looked at"
            unit.notify(organization, title=title, text=finding.algorithm, subject=step.incident.id)
        return
    before = own if own is not None and own.id == step.incident.id else near
    if before is not None:
        _go_on(unit, before, step, finding)


def _go_on(unit: Unit, before: IncidentRecord, step: Step, finding: Finding) -> None:
    changes = {} if step.incident is None else dict(step.incident)
    after = before.model_copy(update=changes)
    if finding.at - before.told_at >= TOLD_AGAIN:
        after = after.model_copy(update={"told_at": finding.at})
        tell(unit, after)
    records.staged_incidents(unit).put(after.id, after)


async def _begin(ctx: Context, unit: Unit, incident: Incident) -> None:
    tallies = unit.documents(records.TALLIES, TallyRecord)
    muted = False
    for key, camera in tally_keys(incident.algorithm, incident.camera):
        held = await tallies.get(key)
        tally = TallyRecord(algorithm=incident.algorithm, camera=camera) if held is None else held.body
        if camera:
            muted = tally.tally().is_bad(ctx.settings["least_precision"], ctx.settings["judged_least"])
        tallies.put(key, tally.model_copy(update={"incidents": tally.incidents + 1}), organization=ctx.owner)
    record = IncidentRecord(
        **{**dict(incident), "muted": muted},
        place=records.place_key(incident.label, incident.longitude, incident.latitude),
        told_at=incident.seen_at,
    )
    records.staged_incidents(unit).put(record.id, record)
    tell(unit, record)
    water = incident.label == Label.STANDING_WATER and ctx.settings["water_to"] and incident.longitude is not None
    if not muted and not water:
        report(ctx, unit, record, incident.seen_at)


def tell(unit: Unit, incident: IncidentRecord) -> None:
    """Tell of an incident as it stands."""
    told = IncidentTold(
        incident=incident.id,
        label=incident.label,
        camera=incident.camera,
        state=incident.state,
        verdict=incident.verdict,
        longitude=incident.longitude,
        latitude=incident.latitude,
        region=incident.region,
        began_at=incident.began_at,
        seen_at=incident.seen_at,
        confidence=incident.confidence,
        evidence=incident.evidence,
    )
    unit.emit(INCIDENT, told, subject=subject_of(incident))


def subject_of(incident: Incident) -> str:
    """Under which key what happens to an incident is handled in order."""
    return f"incident-{incident.id}"


def report(ctx: Context, unit: Unit, incident: IncidentRecord, now: datetime) -> None:
    """Ask for a case, where the label asks for one."""
    case_type = case_types(ctx.settings).get(incident.label)
    if case_type is None:
        return
    title = _titled(incident.label)
    made_up = "合成画面，非真实情况。Synthetic: no real picture.\n" if incident.synthetic else ""
    said = f"{incident.camera} {incident.algorithm}: {incident.pictures} pictures, {incident.confidence:.0%}"
    asked = CaseReport(
        case_type=case_type,
        source_id=incident.id,
        title=title[:200],
        description=f"{made_up}{title}。{said}"[:2000],
        longitude=incident.longitude,
        latitude=incident.latitude,
        region=incident.region,
        reported_at=now,
        evidence=incident.evidence,
        device=incident.camera,
    )
    unit.emit(REPORT, asked, subject=incident.place or incident.id)


def _titled(label: str) -> str:
    try:
        known = Label(label)
    except ValueError:
        return f"视频识别 {label} Seen by video"
    return f"视频识别：{known.title_zh} {known.title_en}"
