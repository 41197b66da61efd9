"""What follows from what was found, looked at again or withdrawn, and from what became of a case. The plugin acts as itself here:
whoever assesses needs no right to what the unit has, and the unit none to what the assessor has.

What it tells itself it believes of itself alone: other plugins may use the names of its events to ask, and not to decide.
"""

from __future__ import annotations

from datetime import timedelta

from ucs_capability_civic_creation import events
from ucs_capability_civic_creation.assessing import recovered
from ucs_capability_civic_creation.capability import civic
from ucs_capability_civic_creation.events import OWN_SOURCE
from ucs_capability_civic_creation.records import (
    ASSESSMENTS,
    POINTS,
    RECTIFICATIONS,
    AssessmentRecord,
    PointRecord,
    RectificationRecord,
    stamp,
    tree_of,
)
from ucs_capability_civic_creation.rectifying import TABLE
from ucs_capability_civic_creation.taking import rectification_id
from ucs_capability_civic_creation.telling import ask_for_case, tell
from ucs_capability_civic_creation.vocabulary import RectificationState, RectificationVerb
from ucs_sdk import Context, Event, Unit

FILES_SHOWN = 8
"""How many files show how it was before, the last ones."""


@civic.on(events.FOUND)
async def open_rectification(ctx: Context, event: Event[events.Found]) -> None:
    """Have the unit rectify what was found at its point, and ask for a case."""
    found, now = event.data, ctx.clock.now()
    if event.source != OWN_SOURCE:
        return
    async with ctx.unit() as unit:
        rectifications = unit.documents(RECTIFICATIONS, RectificationRecord)
        id = rectification_id(found.assessment, found.item)
        held = await unit.documents(ASSESSMENTS, AssessmentRecord).get(found.assessment)
        if held is None or await rectifications.get(id) is not None:
            return
        record = await _rectification(ctx, id, held.body, found.item)
        if record is None:
            return
        rectifications.put(id, record, organization=record.unit)
        ask_for_case(unit, record, now, held.body.camera)
        tell(unit, record, now)


async def _rectification(ctx: Context, id: str, assessment: AssessmentRecord, code: str) -> RectificationRecord | None:
    """What has to be rectified; None when the result counts no more, or its point or version are gone."""
    now = ctx.clock.now()
    result = next((each for each in assessment.held(now) if each.item == code), None)
    point = await ctx.documents(POINTS, PointRecord).get(assessment.target)
    tree = await tree_of(ctx, assessment.edition, assessment.version)
    if result is None or point is None or tree is None:
        ctx.log.info("nothing_to_rectify", rectification=id)
        return None
    item = tree.items[code][1]
    due = now + timedelta(days=ctx.settings["rectify_days"])
    return RectificationRecord(
        id=id,
        assessment=assessment.id,
        edition=assessment.edition,
        item=code,
        title=item.title,
        kind=assessment.kind,
        point=point.key,
        name=point.body.name,
        unit=assessment.unit,
        region=assessment.region,
        longitude=point.body.longitude,
        latitude=point.body.latitude,
        severity=item.severity,
        case_type=item.case_type or ctx.settings["case_type"],
        source=assessment.source,
        problems=result.problems,
        note=result.note,
        opened_at=now,
        due=stamp(due),
        due_at=due,
        before=tuple(each.digest for each in result.evidence),
    )


@civic.on(events.LOST)
async def void_rectification(ctx: Context, event: Event[events.Lost]) -> None:
    """Let nobody rectify what counts no more; its case is the case centre's to end."""
    if event.source != OWN_SOURCE:
        return
    id = rectification_id(event.data.assessment, event.data.item)
    async with ctx.unit() as unit:
        rectifications = unit.documents(RECTIFICATIONS, RectificationRecord)
        held = await rectifications.get(id)
        state = None if held is None else TABLE.get((held.body.state, RectificationVerb.VOID))
        if held is None or state is None:
            return
        record = held.body.model_copy(update={"state": state, "answer": event.data.reason, "overdue": False})
        rectifications.put(id, record)
        tell(unit, record, ctx.clock.now())


@civic.on(events.LOOKED)
async def conclude(ctx: Context, event: Event[events.Looked]) -> None:
    """Close what was found rectified, and give back its share; have the rest rectified once more."""
    looked, now = event.data, ctx.clock.now()
    if event.source != OWN_SOURCE:
        return
    async with ctx.unit() as unit:
        rectifications = unit.documents(RECTIFICATIONS, RectificationRecord)
        held = await rectifications.get(looked.rectification)
        verb = RectificationVerb.PASS if looked.passed else RectificationVerb.FAIL
        state = None if held is None else TABLE.get((held.body.state, verb))
        if held is None or state is None or held.body.round != looked.round:
            ctx.log.info("looked_at_already", rectification=looked.rectification)
            return
        record = held.body.model_copy(update={"state": state, "checked_at": now, "answer": looked.note})
        if looked.passed:
            files = (*record.after, *looked.evidence)
            record = record.model_copy(update={"after": tuple(dict.fromkeys(files)), "overdue": False})
            await _give_back(ctx, unit, record)
        else:
            record = _once_more(ctx, record, looked.evidence)
            ask_for_case(unit, record, now)
        rectifications.put(record.id, record)
        tell(unit, record, now)


def _once_more(ctx: Context, record: RectificationRecord, evidence: tuple[str, ...]) -> RectificationRecord:
    due = ctx.clock.now() + timedelta(days=ctx.settings["rectify_days"])
    return record.model_copy(
        update={
            "round": record.round + 1,
            "due": stamp(due),
            "due_at": due,
            "overdue": False,
            "before": tuple(dict.fromkeys((*record.before, *evidence)))[-FILES_SHOWN:],
            "after": (),
            "rectified_by": "",
            "case": "",
            "case_state": "",
        }
    )


async def _give_back(ctx: Context, unit: Unit, record: RectificationRecord) -> None:
    """Give back what the edition says that a rectification is worth, from now on."""
    assessments = unit.documents(ASSESSMENTS, AssessmentRecord)
    held = await assessments.get(record.assessment)
    tree = None if held is None else await tree_of(ctx, held.body.edition, held.body.version)
    if held is not None and tree is not None and tree.recovery_percent:
        assessments.put(held.key, recovered(held.body, record.item, tree.recovery_percent, ctx.clock.now()))


@civic.on(events.CASE_CHANGED)
async def follow(ctx: Context, event: Event[events.CaseChanged]) -> None:
    """Remember where the case of a rectification stands; one that was closed is to be looked at again."""
    told = event.data
    id, _, number = told.source_id.rpartition(".")
    if told.reporter != OWN_SOURCE or not id or not number.isdecimal():
        return
    async with ctx.unit() as unit:
        rectifications = unit.documents(RECTIFICATIONS, RectificationRecord)
        held = await rectifications.get(id)
        if held is None or held.body.source_id != told.source_id:
            return
        state = held.body.state
        if told.state == "closed" and state is RectificationState.OPEN:
            state = TABLE[state, RectificationVerb.HANDLED]
        record = held.body.model_copy(update={"case": told.case, "case_state": told.state, "state": state})
        if record == held.body:
            return
        rectifications.put(id, record)
        if state is not held.body.state:
            tell(unit, record, ctx.clock.now())
