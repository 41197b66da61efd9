"""Intake: a report becomes a case, or belongs to one that is open already; what rules can decide is decided at once.

Everything is found by key. Two reports of one matter that arrive at the same time read the same cell; whoever commits second
is run again by the platform and finds the first one's case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ucs_capability_case_center import cases, configured, followed, outputs, timing
from ucs_capability_case_center.case_types import OTHER, CaseType
from ucs_capability_case_center.dispatching import ANY_TYPE, Choice, Reason, choose
from ucs_capability_case_center.inputs import Report
from ucs_capability_case_center.merging import Nearby, cell_of, cells_near, same_matter
from ucs_capability_case_center.records import (
    CASES,
    CELL_MOST,
    CELLS,
    DEVICES,
    EVIDENCE_MOST,
    FOLLOWERS_MOST,
    INTAKE,
    NEVER,
    RULES,
    CaseRecord,
    CellEntry,
    CellRecord,
    Desk,
    DeviceRecord,
    IntakeRecord,
    RulesRecord,
    Step,
    Told,
    case_number,
    cell_key,
    day_of,
    intake_key,
    rules_key,
    stamp,
)
from ucs_capability_case_center.vocabulary import CaseState, Role, TimeLight, Verb
from ucs_sdk import Context, Document, Event, Unit
from ucs_sdk.geo import Position

BY_CALL = "plugins/case_center"
"""The source of reports that were made by calling `case_center.report`."""

LOOKED_AT_MOST = 8
"""How many near cases a report is compared with, the nearest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A report that has arrived, with what it is looked at by."""

    event: Event[Report]
    type: CaseType
    scene: cases.Scene

    @property
    def report(self) -> Report:
        """What is reported."""
        return self.event.data

    @property
    def is_by_call(self) -> bool:
        """Whether somebody has a receipt for it."""
        return self.event.source == BY_CALL

    @property
    def at(self) -> datetime:
        """When it was found; never later than now, whatever the reporter's clock says."""
        return min(self.report.reported_at or self.scene.at, self.scene.at)

    @property
    def place(self) -> Position | None:
        """Where, if that is known."""
        if self.report.longitude is None or self.report.latitude is None:
            return None
        return Position(self.report.longitude, self.report.latitude)


async def take_in(ctx: Context, event: Event[Report]) -> None:
    """Make a report a case, or add it to the open case that it is about."""
    types = configured.catalogue(ctx)
    type = types.types.get(event.data.case_type) or types.types[OTHER]
    number = case_number(event.source, event.id, ctx.clock.now())
    scene = cases.Scene(
        case=number,
        at=ctx.clock.now(),
        actor=ctx.caller.principal,
        roles=frozenset({Role.SYSTEM}),
        types=types,
        calendar=configured.calendar(ctx),
    )
    arrival = Arrival(event=event, type=type, scene=scene)
    async with ctx.unit() as unit:
        known = await unit.documents(INTAKE, IntakeRecord).get(_key(arrival))
        own = await unit.documents(CASES, CaseRecord).get(known.body.case) if known else None
        if own is not None and _was_seen_to(own.body, arrival):
            return
        held = (own.key, own.body) if own is not None and own.body.open else None
        cells = {} if held else await _cells(unit, arrival)
        meant = held or await _near(unit, arrival, cells)
        if meant is not None:
            await _add(ctx, unit, arrival, *meant, is_new=held is None)
        elif await _may_open(ctx, unit, arrival):
            await _open(ctx, unit, arrival, cells)


def _was_seen_to(record: CaseRecord, arrival: Arrival) -> bool:
    """Whether the reporter's own thing was reported before its case ended, and only arrives now: it was seen to with it."""
    return not record.open and arrival.report.reported_at is not None and arrival.at <= record.steps[-1].at


async def _cells(unit: Unit, arrival: Arrival) -> Mapping[str, Document[CellRecord]]:
    """The cells around the place, its own among them."""
    place, radius = arrival.place, arrival.scene.types.merging_of(arrival.type).radius
    if place is None:
        return {}
    keys = [cell_key(arrival.type.code, radius, cell) for cell in cells_near(place, radius)]
    return await unit.documents(CELLS, CellRecord).get_many(keys)


async def _near(
    unit: Unit, arrival: Arrival, cells: Mapping[str, Document[CellRecord]]
) -> tuple[str, CaseRecord] | None:
    """The open case that lies so near, in space and time, that it must be meant."""
    place, bounds = arrival.place, arrival.scene.types.merging_of(arrival.type)
    kept = [entry for each in cells.values() for entry in each.body.cases]
    if place is None or not kept:
        return None
    entries = sorted(kept, key=lambda each: _away(each, place))
    nearest = [entry.case for entry in entries[:LOOKED_AT_MOST]]
    found = await unit.documents(CASES, CaseRecord).get_many(nearest)
    open_cases = {number: each.body for number, each in found.items() if each.body.open}
    nearby = [
        Nearby(entry.case, Position(entry.longitude, entry.latitude), open_cases[entry.case].told.last_at)
        for entry in entries
        if entry.case in open_cases
    ]
    meant = same_matter(nearby, place, arrival.at, radius=bounds.radius, window=timedelta(minutes=bounds.minutes))
    return (meant.case, open_cases[meant.case]) if meant else None


async def _add(ctx: Context, unit: Unit, arrival: Arrival, number: str, record: CaseRecord, *, is_new: bool) -> None:
    """Add a report to a case. One that says nothing new writes nothing; one that rules go by leads a case on that waits."""
    told = _told_together(record.told, arrival, is_new=is_new)
    after = record.model_copy(update={"told": told})
    if is_new:
        _note(unit, arrival, number, after)
    if _is_confirmed(record, arrival):
        scene = arrival.scene._replace(case=number)
        after = cases.sent_by_rule(after, await _choice(unit, arrival, after), scene)
    if after == record:
        return
    unit.documents(CASES, CaseRecord).put(number, after, organization=after.unit or ctx.owner)
    if after.steps != record.steps:
        tell(ctx, unit, number, record, after)


def _is_confirmed(record: CaseRecord, arrival: Arrival) -> bool:
    """Whether a sensor, say, bears out what somebody had reported. What a collector found untrue waits for a person."""
    refuted = any(step.verb is Verb.REFUTE for step in record.steps)
    type = cases.type_of(record, arrival.scene.types)
    return record.state is CaseState.REPORTED and arrival.report.source in type.automatic and not refuted


def _told_together(told: Told, arrival: Arrival, *, is_new: bool) -> Told:
    report = arrival.report
    graver = max(told.severity, report.severity, key=lambda each: each.rank)
    evidence = tuple(dict.fromkeys((*told.evidence, *report.evidence)))[:EVIDENCE_MOST]
    if not is_new and (graver, evidence) == (told.severity, told.evidence):
        return told
    receipt = (_key(arrival),) if is_new and arrival.is_by_call else ()
    return told.model_copy(
        update={
            "severity": graver,
            "evidence": evidence,
            "last_at": max(told.last_at, arrival.at),
            "reports": told.reports + is_new,
            "followers": (*told.followers, *receipt)[:FOLLOWERS_MOST],
        }
    )


async def _open(ctx: Context, unit: Unit, arrival: Arrival, cells: Mapping[str, Document[CellRecord]]) -> None:
    """Open a case, and lead it on as far as rules lead."""
    number, report, scene = arrival.scene.case, arrival.report, arrival.scene
    record = timing.timed(_reported(arrival), None, scene)
    if report.source in arrival.type.automatic:
        record = cases.sent_by_rule(record, await _choice(unit, arrival, record), scene)
    elif arrival.type.code != report.case_type:
        record = record.model_copy(update={"desk": Desk(reason=Reason.TYPE_UNKNOWN)})
    unit.documents(CASES, CaseRecord).put(number, record, organization=record.unit or ctx.owner, revision=0)
    _note(unit, arrival, number, record)
    _place(ctx, unit, arrival, cells)
    tell(ctx, unit, number, None, record)


def _reported(arrival: Arrival) -> CaseRecord:
    report, scene = arrival.report, arrival.scene
    first = Step(
        at=scene.at, verb="report", role=None, actor=arrival.event.source, source=None, target=CaseState.REPORTED
    )
    return CaseRecord(
        case_type=arrival.type.code,
        state=CaseState.REPORTED,
        open=True,
        region=report.region,
        unit="",
        light=TimeLight.GREEN,
        source=report.source,
        reported_at=stamp(arrival.at),
        next_at=NEVER,
        day=day_of(arrival.at),
        told=Told(
            title=report.title,
            description=report.description,
            longitude=report.longitude,
            latitude=report.latitude,
            severity=report.severity,
            evidence=tuple(dict.fromkeys(report.evidence)),
            device=report.device,
            reporter=arrival.event.source,
            source_id=report.source_id,
            followers=(_key(arrival),) if arrival.is_by_call else (),
            last_at=arrival.at,
        ),
        steps=(first,),
    )


async def _choice(unit: Unit, arrival: Arrival, record: CaseRecord) -> Choice:
    scene, type = arrival.scene, record.case_type
    held = await unit.documents(RULES, RulesRecord).get_many([rules_key(type), rules_key(ANY_TYPE)])
    rules = [rule for each in held.values() for rule in each.body.rules]
    return choose(rules, type, record.region, scene.at, scene.calendar)


def _place(ctx: Context, unit: Unit, arrival: Arrival, cells: Mapping[str, Document[CellRecord]]) -> None:
    """Note in its cell that a case lies there."""
    place, radius = arrival.place, arrival.scene.types.merging_of(arrival.type).radius
    if place is None:
        return
    key = cell_key(arrival.type.code, radius, cell_of(place, radius))
    held = cells.get(key)
    entry = CellEntry(case=arrival.scene.case, longitude=place.longitude, latitude=place.latitude)
    kept = (*(held.body.cases if held else ()), entry)[-CELL_MOST:]
    unit.documents(CELLS, CellRecord).put(key, CellRecord(cases=kept), organization=ctx.owner)


async def _may_open(ctx: Context, unit: Unit, arrival: Arrival) -> bool:
    """Whether the device may open one more case in this hour. The desk is told of the first that it may not."""
    device, most = arrival.report.device, int(ctx.settings["device_cases_most"])
    if not device:
        return True
    key = intake_key(arrival.event.source, device)
    hour = stamp(arrival.scene.at)[:13]
    held = await unit.documents(DEVICES, DeviceRecord).get(key)
    seen = held.body if held and held.body.hour == hour else DeviceRecord(device=device, hour=hour)
    may = seen.opened < most
    counted = {"opened": seen.opened + 1} if may else {"withheld": seen.withheld + 1}
    unit.documents(DEVICES, DeviceRecord).put(key, seen.model_copy(update=counted), organization=ctx.owner)
    if not may and not seen.withheld:
        unit.notify(
            ctx.owner,
            title=f"设备 {device} 一小时内上报超过 {most} 起 Device {device} reports more than {most} an hour",
            text="后续上报只计数，不再建案。Further reports are counted and open no case.",
            subject=device,
        )
    return may


def tell(ctx: Context, unit: Unit, number: str, before: CaseRecord | None, after: CaseRecord) -> None:
    """Tell of what has become of a case; the unit's duty desk as well, when the case has come to it."""
    owner = after.unit or ctx.owner
    unit.emit(outputs.CHANGED, outputs.changed(number, before, after), subject=number, organization=owner)
    dispatched = after.state is CaseState.DISPATCHED and (before is None or before.state is not after.state)
    if dispatched:
        unit.notify(after.unit, title=f"新派案件 {number} New case {number}", text=after.told.title, subject=number)


def _key(arrival: Arrival) -> str:
    return intake_key(arrival.event.source, arrival.report.source_id)


def _note(unit: Unit, arrival: Arrival, number: str, record: CaseRecord) -> None:
    """Note which case the reporter's own thing is; for a report by call, with what the public is told."""
    noted = IntakeRecord(case=number)
    if arrival.is_by_call:
        noted = followed.first(arrival.report, number, record, arrival.scene.at)
    unit.documents(INTAKE, IntakeRecord).put(_key(arrival), noted, organization=arrival.event.organization)


def _away(entry: CellEntry, place: Position) -> float:
    # Good enough to say who is nearer: all of them are within a few cells.
    return (entry.longitude - place.longitude) ** 2 + (entry.latitude - place.latitude) ** 2
