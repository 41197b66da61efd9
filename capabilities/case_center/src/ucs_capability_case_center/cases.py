"""What happens to a case: pure functions from a record and what is done to the record afterwards.

`transitions` says whether something may be done and where it leads; here stands what else follows. Nothing here reads or
writes: times, catalogue and calendar are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ucs_capability_case_center import clocks, refusals, timing
from ucs_capability_case_center.case_types import OTHER, CaseType, CaseTypes
from ucs_capability_case_center.clocks import Limit
from ucs_capability_case_center.conditions import Facts, unmet
from ucs_capability_case_center.dispatching import Choice, Reason, was_right_at_first
from ucs_capability_case_center.records import (
    EVIDENCE_MOST,
    SIDE_STEPS_MOST,
    STEPS_MOST,
    Asked,
    CaseRecord,
    Desk,
    Progress,
    Step,
    Supervision,
)
from ucs_capability_case_center.transitions import ASKED, Move, Standing, lapses, move
from ucs_capability_case_center.vocabulary import CaseState, Role, Verb
from ucs_sdk.calendar import WorkCalendar
from ucs_sdk.geo import Position


class Act(NamedTuple):
    """What somebody wants to do to a case. Which of the fields count is for the verb."""

    verb: Verb
    note: str = ""
    unit: str = ""
    filing: str = ""
    extension: Limit | None = None
    evidence: tuple[str, ...] = ()
    desk: Desk | None = None
    case_type: str = ""
    region: str = ""
    place: Position | None = None


class Scene(NamedTuple):
    """Who acts, when, and by which catalogue and calendar."""

    case: str
    at: datetime
    actor: str
    roles: frozenset[Role]
    types: CaseTypes
    calendar: WorkCalendar


def standing(record: CaseRecord) -> Standing:
    """A case as the tables look at it."""
    progress = record.progress
    return Standing(
        state=record.state,
        suspended=progress.suspended,
        asked=progress.asked.verb if progress.asked else None,
        asked_by=progress.asked.by if progress.asked else "",
        supervised=any(not each.reply for each in progress.supervisions),
    )


def acted(record: CaseRecord, act: Act, scene: Scene) -> CaseRecord:
    """The case after something was done to it. Raises what `move` raises, and FailedPrecondition for unmet conditions."""
    made = move(scene.case, standing(record), act.verb, actor=scene.actor, roles=scene.roles, note=act.note)
    _check_room(record, act.verb, made, scene)
    changes = _EFFECTS.get(act.verb, _nothing)(record, act, scene)
    moved = record.model_copy(
        update={
            **changes,
            "state": made.target,
            "open": not made.target.is_final,
            "steps": (*record.steps, _step(record, act, made, scene)),
        }
    )
    return timing.timed(_without_lapsed_request(moved), record, scene)


def _check_room(record: CaseRecord, verb: Verb, made: Move, scene: Scene) -> None:
    leads_on = made.target is not record.state or verb is Verb.CHECK
    if len(record.steps) >= (STEPS_MOST if leads_on else SIDE_STEPS_MOST):
        raise refusals.case_full(scene.case, len(record.steps))


def _step(record: CaseRecord, act: Act, made: Move, scene: Scene) -> Step:
    return Step(
        at=scene.at,
        verb=act.verb,
        role=made.role,
        actor=scene.actor,
        source=record.state,
        target=made.target,
        note=act.note,
    )


def _without_lapsed_request(record: CaseRecord) -> CaseRecord:
    asked = record.progress.asked
    if asked is None or not lapses(asked.verb, record.state):
        return record
    return record.model_copy(update={"progress": record.progress.model_copy(update={"asked": None})})


# What follows from each verb, beside the state: functions from the record, the act and the scene to the fields that change.

Changes = dict[str, Any]


def _nothing(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    return {}


def _on(record: CaseRecord, **changes: object) -> Progress:
    return record.progress.model_copy(update=changes)


def _register(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    """Complete what the report did not say, or said wrongly (登记)."""
    changes: Changes = {}
    if act.case_type:
        changes["case_type"] = scene.types.get(act.case_type).code
    if act.region:
        changes["region"] = act.region
    if act.place is not None:
        where = {"longitude": act.place.longitude, "latitude": act.place.latitude}
        changes["told"] = record.told.model_copy(update=where)
    return changes


def _verify(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    return _register(record, act, scene) | {"progress": _on(record, verified=True)}


def _file(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    type = type_of(record, scene.types)
    if missing := unmet(type.filing, facts(record)):
        raise refusals.conditions_unmet(scene.case, act.verb, missing)
    if act.filing and act.filing not in type.filings:
        raise refusals.filing_unknown(scene.case, act.filing, type.filings)
    return {"progress": _on(record, filing=act.filing or next(iter(type.filings), ""))}


def _dispatch(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    if not act.unit:
        raise refusals.argument_missing(scene.case, act.verb, "unit")
    limit = type_of(record, scene.types).limit(record.progress.filing, record.told.severity)
    return {
        "unit": act.unit,
        "unit_clock": clocks.started(Limit(amount=limit.amount, unit=limit.unit), scene.at) if limit else None,
        "desk": act.desk,
        "outcome": "",
        "progress": _on(
            record,
            dispatched_to=(*record.progress.dispatched_to, act.unit),
            disposed=False,
            checked=False,
            escalated=0,
        ),
    }


def _dispose(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    right = was_right_at_first(record.progress.dispatched_to)
    shown = (*record.progress.evidence_after, *act.evidence)[:EVIDENCE_MOST]
    return {
        "unit_clock": clocks.stopped(record.unit_clock, scene.at) if record.unit_clock else None,
        "outcome": timing.outcome(record, scene),
        "first_unit": "right" if right else "wrong",
        "progress": _on(record, disposed=True, checked=False, evidence_after=shown),
    }


def _check(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    shown = (*record.progress.evidence_after, *act.evidence)[:EVIDENCE_MOST]
    return {"progress": _on(record, checked=True, evidence_after=shown)}


def _rework(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    return {
        "unit_clock": clocks.resumed(record.unit_clock, scene.at) if record.unit_clock else None,
        "outcome": "",
        "reworked": True,
        "progress": _on(record, disposed=False, checked=False),
    }


def _close(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    if missing := unmet(type_of(record, scene.types).closing, facts(record)):
        raise refusals.conditions_unmet(scene.case, act.verb, missing)
    return {}


def _resume(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    return {
        "unit_clock": clocks.resumed(record.unit_clock, scene.at) if record.unit_clock else None,
        "progress": _on(record, suspended=False),
    }


def _supervise(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    nudge = Supervision(at=scene.at, by=scene.actor, note=act.note)
    return {"progress": _on(record, supervisions=(*record.progress.supervisions, nudge))}


def _reply(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    answered = tuple(each if each.reply else _replied(each, act.note) for each in record.progress.supervisions)
    return {"progress": _on(record, supervisions=answered)}


def _replied(supervision: Supervision, note: str) -> Supervision:
    return supervision.model_copy(update={"reply": note})


def _ask(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    if act.verb is Verb.ASK_EXTENSION and act.extension is None:
        raise refusals.argument_missing(scene.case, act.verb, "extension")
    if act.verb is Verb.ASK_EXTENSION and record.unit_clock is None:
        raise refusals.no_limit(scene.case)
    asked = Asked(verb=act.verb, by=scene.actor, at=scene.at, note=act.note, extension=act.extension)
    return {"progress": _on(record, asked=asked)}


def _deny(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    return {"progress": _on(record, asked=None)}


def _grant(record: CaseRecord, act: Act, scene: Scene) -> Changes:
    """What a granted request brings, beside the state that the table names."""
    asked, clock = record.progress.asked, record.unit_clock
    if asked is None:
        return {}
    match asked.verb:
        case Verb.ASK_EXTENSION if asked.extension and clock:
            longer = clocks.extended(clock, asked.extension, scene.calendar)
            return {"unit_clock": longer, "progress": _on(record, asked=None)}
        case Verb.ASK_RETURN:
            back = _on(record, asked=None, returned=record.progress.returned + 1)
            return {"unit": "", "unit_clock": None, "desk": None, "progress": back}
        case Verb.ASK_SUSPENSION:
            standing_still = clocks.stopped(clock, scene.at) if clock else None
            return {"unit_clock": standing_still, "progress": _on(record, asked=None, suspended=True)}
    return {"progress": _on(record, asked=None, suspended=False)}


_EFFECTS: Mapping[Verb, Callable[[CaseRecord, Act, Scene], Changes]] = {
    Verb.ACCEPT: _register,
    Verb.SEND_TO_VERIFY: _register,
    Verb.VERIFY: _verify,
    Verb.FILE: _file,
    Verb.DISPATCH: _dispatch,
    Verb.REDISPATCH: _dispatch,
    Verb.DISPOSE: _dispose,
    Verb.CHECK: _check,
    Verb.REWORK: _rework,
    Verb.CLOSE: _close,
    Verb.RESUME: _resume,
    Verb.SUPERVISE: _supervise,
    Verb.REPLY: _reply,
    Verb.GRANT: _grant,
    Verb.DENY: _deny,
    **dict.fromkeys(ASKED, _ask),
}


def facts(record: CaseRecord) -> Facts:
    """A case as conditions look at it."""
    told, progress = record.told, record.progress
    return Facts(
        located=told.longitude is not None and bool(record.region),
        description=told.description,
        evidence=len(told.evidence),
        verified=progress.verified,
        disposed=progress.disposed,
        checked=progress.checked,
        evidence_after=len(progress.evidence_after),
        unanswered=sum(1 for each in progress.supervisions if not each.reply),
    )


def type_of(record: CaseRecord, types: CaseTypes) -> CaseType:
    """The type of a case. One that the catalogue has lost since is treated as anything else."""
    return types.types.get(record.case_type) or types.types[OTHER]


def sent_by_rule(record: CaseRecord, choice: Choice, scene: Scene) -> CaseRecord:
    """A reported case, led on as far as rules lead: accepted, filed, dispatched; or left at the desk with the reason."""
    for verb in (Verb.ACCEPT, Verb.FILE):
        if verb is Verb.FILE and unmet(type_of(record, scene.types).filing, facts(record)):
            return record
        record = acted(record, Act(verb), scene)
    desk = Desk(reason=choice.reason, rules=choice.rules)
    if choice.unit is None:
        return record.model_copy(update={"desk": desk})
    return acted(record, Act(Verb.DISPATCH, unit=choice.unit, desk=desk), scene)


def is_waiting_for_dispatch(record: CaseRecord) -> bool:
    """Whether a person has to say where the case goes."""
    return record.state is CaseState.FILED and (record.desk is None or record.desk.reason is not Reason.RULE)
