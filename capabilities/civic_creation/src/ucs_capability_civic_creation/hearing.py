"""What the plugin does on hearing of detections and of what people decided upon them. It acts as itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product

from ucs_capability_civic_creation import events
from ucs_capability_civic_creation.assessing import Result, found_at_site
from ucs_capability_civic_creation.cameras import candidate_key
from ucs_capability_civic_creation.capability import civic
from ucs_capability_civic_creation.detecting import after_decision, after_detection, item_for
from ucs_capability_civic_creation.editions import edition_at
from ucs_capability_civic_creation.events import OWN_SOURCE
from ucs_capability_civic_creation.indicator_tree import Tree
from ucs_capability_civic_creation.records import (
    CANDIDATES,
    POINTS,
    RECTIFICATIONS,
    AssessmentRecord,
    CandidateRecord,
    PointRecord,
    RectificationRecord,
    stamp,
)
from ucs_capability_civic_creation.register import cell_of
from ucs_capability_civic_creation.taking import assessment_id, keep, rectification_id, resting_on
from ucs_capability_civic_creation.vocabulary import CandidateState, EvidenceKind, RectificationState, Source
from ucs_sdk import Context, Event, NotFound, Unit
from ucs_sdk.geo import Position, distance

CELL_MOST = 50
"""How many points of one cell are looked at."""


EVIDENCE_TAKEN = 8
"""How many snapshots are taken over from an incident, the last ones."""


@civic.on(events.DETECTED)
async def hear_detection(ctx: Context, event: Event[events.Detected]) -> None:
    """Put a detection to the nearest point where it is evidence of a problem; elsewhere it says nothing here."""
    seen = event.data
    at = Position(seen.longitude, seen.latitude)
    await _take(ctx, at, seen.label, seen.camera, seen.confidence, seen.at, seen.evidence)


@civic.on(events.INCIDENT)
async def hear_incident(ctx: Context, event: Event[events.Incident]) -> None:
    """Take an incident of video analysis like a detection, as long as it goes on, is shown, and nobody has called it false."""
    seen = event.data
    if seen.longitude is None or seen.latitude is None or not seen.evidence:
        return
    if seen.state != "open" or seen.verdict == "wrong":
        return
    at = Position(seen.longitude, seen.latitude)
    evidence = seen.evidence[-EVIDENCE_TAKEN:]
    await _take(ctx, at, seen.label, seen.camera, seen.confidence, seen.seen_at, evidence)


async def _take(
    ctx: Context,
    at: Position,
    label: str,
    camera: str,
    confidence: float,
    seen_at: datetime,
    evidence: tuple[str, ...],
) -> None:
    code = ctx.settings["edition"]
    if not code or confidence < ctx.settings["confidence_least"]:
        return
    try:
        edition = await edition_at(ctx, code)
    except NotFound:
        ctx.log.warning("edition_unknown", edition=code)
        return
    found = await _nearest(ctx, at, edition.tree, label)
    if found is None:
        return
    point, item = found
    when = min(seen_at, ctx.clock.now())
    new = CandidateRecord(
        point=point.code,
        item=item,
        region=point.region,
        edition=code,
        cameras=(camera,),
        evidence=evidence,
        first_at=when,
        last_at=when,
        seen=stamp(when),
    )
    await _remember(ctx, new)


async def _remember(ctx: Context, new: CandidateRecord) -> None:
    key, quiet = candidate_key(new.point, new.item), timedelta(hours=ctx.settings["quiet_hours"])
    async with ctx.unit() as unit:
        candidates = unit.documents(CANDIDATES, CandidateRecord)
        held = await candidates.get(key)
        if held is not None and await _is_being_rectified(unit, held.body):
            return
        after = after_detection(None if held is None else held.body, new, quiet=quiet)
        if after is not None:
            record = CandidateRecord(**after.model_dump(exclude={"seen"}), seen=stamp(after.last_at))
            candidates.put(key, record, organization="" if held else ctx.owner)


async def _is_being_rectified(unit: Unit, held: CandidateRecord) -> bool:
    """Whether what was confirmed is known and waits to be rectified: it is not found a second time meanwhile."""
    if held.state is not CandidateState.CONFIRMED:
        return False
    rectification = rectification_id(confirmed_id(held), held.item)
    known = await unit.documents(RECTIFICATIONS, RectificationRecord).get(rectification)
    return known is not None and known.body.state in (RectificationState.OPEN, RectificationState.RECTIFIED)


def confirmed_id(candidate: CandidateRecord) -> str:
    """The id of the assessment that a confirmed candidate becomes."""
    return assessment_id(OWN_SOURCE, f"{candidate.point}.{candidate.item}.{candidate.number}")


async def _nearest(ctx: Context, at: Position, tree: Tree, label: str) -> tuple[PointRecord, str] | None:
    near: list[tuple[float, str, PointRecord]] = []
    for east, north in product((-1, 0, 1), repeat=2):
        where = {"cell": cell_of(at, east, north)}
        page = await ctx.documents(POINTS, PointRecord).query(where, order_by="code", limit=CELL_MOST)
        points: Sequence[PointRecord] = [each.body for each in page.items if each.body.active]
        near += [(distance(at, Position(each.longitude, each.latitude)), each.code, each) for each in points]
    for metres, _, point in sorted(near, key=lambda each: each[:2]):
        item = item_for(tree, point.point_type, label)
        if metres <= ctx.settings["near_metres"] and item is not None:
            return point, item.code
    return None


@civic.on(events.DECIDED)
async def settle(ctx: Context, event: Event[events.Decided]) -> None:
    """Remember a decision; what was confirmed is an assessment of one problem, and is rectified like any other."""
    said, now = event.data, ctx.clock.now()
    if event.source != OWN_SOURCE:
        return
    key = candidate_key(said.point, said.item)
    async with ctx.unit() as unit:
        candidates = unit.documents(CANDIDATES, CandidateRecord)
        held = await candidates.get(key)
        if held is None or held.body.state is not CandidateState.WAITING or held.body.number != said.number:
            ctx.log.info("decided_already", candidate=key)
            return
        candidate = held.body
        record = await _confirmed(ctx, candidate, said) if said.confirmed else None
        if record is not None:
            keep(unit, record, said.organization)
        decided = after_decision(candidate, confirmed=said.confirmed, at=now)
        candidates.put(key, candidate.model_copy(update=decided.model_dump(exclude={"seen"})))


async def _confirmed(ctx: Context, candidate: CandidateRecord, said: events.Decided) -> AssessmentRecord | None:
    edition, now = await edition_at(ctx, candidate.edition), ctx.clock.now()
    point = await ctx.documents(POINTS, PointRecord).get(candidate.point)
    if point is None or candidate.item not in edition.tree.items:
        return None
    kept, out_of = found_at_site(edition.tree.items[candidate.item][1], 1)
    result = Result(
        item=candidate.item,
        kept=kept,
        out_of=out_of,
        problems=1,
        note=said.note,
        evidence=resting_on(candidate.evidence),
    )
    return AssessmentRecord(
        id=confirmed_id(candidate),
        edition=candidate.edition,
        version=edition.version,
        kind=EvidenceKind.SITE,
        target=candidate.point,
        unit=point.body.unit,
        region=point.body.region,
        recorded_at=now,
        recorded=stamp(now),
        by=said.by,
        results=(result,),
        flawed=True,
        source=Source.VIDEO,
        camera=candidate.cameras[-1] if candidate.cameras else "",
        content="",
    )
