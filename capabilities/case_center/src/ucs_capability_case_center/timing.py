"""The clocks of a case: when they start and stop, which light they show, and when they change something next.

A case has two. The unit's clock runs from when the case is dispatched until it is reported handled, and stands while the case
is suspended; a case that has to be done again goes on with what is left, and another unit begins anew. The clock of the step
runs while the case stands at one step of the desk. The light of a case is the worse of the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ucs_capability_case_center import clocks
from ucs_capability_case_center.case_types import CaseTypes, Escalation
from ucs_capability_case_center.clocks import RED_BEYOND, YELLOW_FROM, Clock
from ucs_capability_case_center.records import NEVER, CaseRecord, Outcome, stamp, standing_of
from ucs_capability_case_center.vocabulary import TimeLight
from ucs_sdk.calendar import WorkCalendar
from ucs_sdk.errors import OutOfRange

if TYPE_CHECKING:
    from ucs_capability_case_center.cases import Scene

LOOK_AGAIN = timedelta(hours=1)
"""When a clock is looked at again that nobody can read, as no notice speaks of its days yet."""


def timed(record: CaseRecord, before: CaseRecord | None, scene: Scene) -> CaseRecord:
    """The case with the clock of the step that it stands at, its light, and when something changes next."""
    step = record.step_clock
    if before is None or before.state is not record.state:
        limit = scene.types.steps.get(record.state)
        step = clocks.started(limit, scene.at) if limit else None
    if not record.open:
        record = record.model_copy(update={"unit_clock": _halted(record.unit_clock, scene.at)})
        step = None
    return shown(record.model_copy(update={"step_clock": step}), scene.at, scene.types, scene.calendar)


def shown(record: CaseRecord, at: datetime, types: CaseTypes, calendar: WorkCalendar) -> CaseRecord:
    """The case with the light that its clocks show at a moment, and when something changes next.

    Where no notice speaks of a day, the light stays as it was, and the clocks are looked at again in an hour.
    """
    running = [clock for clock in (record.unit_clock, record.step_clock) if clock is not None and clock.runs]
    try:
        light = max((clocks.light(clock, at, calendar) for clock in running), default=TimeLight.GREEN, key=_rank)
        next_at = min(_turns(record, running, at, types.escalation, calendar), default=None)
        red_at = min(filter(None, (clocks.reaches(clock, RED_BEYOND, calendar) for clock in running)), default=None)
    except OutOfRange:
        light, next_at, red_at = record.light, at + LOOK_AGAIN, None
    return record.model_copy(
        update={
            "light": light,
            "next_at": stamp(next_at) if next_at else NEVER,
            "red_at": stamp(red_at) if red_at else NEVER,
            "standing": standing_of(record.state, light),
        }
    )


def due_escalations(record: CaseRecord, at: datetime, types: CaseTypes, calendar: WorkCalendar) -> list[Escalation]:
    """The escalations that are due and have not been made, in their order."""
    clock = record.unit_clock
    if clock is None or not clock.runs:
        return []
    part = clocks.fraction(clock, at, calendar)
    return [each for each in types.escalation[record.progress.escalated :] if clocks.has_passed(part, each.part)]


def outcome(record: CaseRecord, scene: Scene) -> Outcome:
    """Whether a unit that reports a case handled is in time; unknown where no notice speaks of a day."""
    if record.unit_clock is None:
        return "no_limit"
    try:
        part = clocks.fraction(record.unit_clock, scene.at, scene.calendar)
    except OutOfRange:
        return "unknown"
    return "late" if clocks.has_passed(part, RED_BEYOND) else "on_time"


def due_at(record: CaseRecord, calendar: WorkCalendar) -> datetime | None:
    """When the unit has to be done; None while its clock stands, without limit, and where no notice speaks of a day."""
    if record.unit_clock is None:
        return None
    try:
        due = clocks.reaches(record.unit_clock, 1.0, calendar)
    except OutOfRange:
        return None
    return due.astimezone(UTC) if due else None


def _turns(
    record: CaseRecord, running: Iterable[Clock], at: datetime, escalation: Iterable[Escalation], calendar: WorkCalendar
) -> list[datetime]:
    """The moments ahead at which a light turns or an escalation is due."""
    found = []
    for clock in running:
        parts = {YELLOW_FROM, RED_BEYOND}
        if clock is record.unit_clock:
            parts |= {each.part for each in escalation}
        now = clocks.fraction(clock, at, calendar)
        ahead = [part for part in sorted(parts) if not clocks.has_passed(now, part)]
        found += [moment for part in ahead[:1] if (moment := clocks.reaches(clock, part, calendar))]
    return found


def _halted(clock: Clock | None, at: datetime) -> Clock | None:
    return clocks.stopped(clock, at) if clock else None


def _rank(light: TimeLight) -> int:
    return light.rank
