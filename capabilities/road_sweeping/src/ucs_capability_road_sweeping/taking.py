"""Takes a vehicle's fixes into the windows that it works in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ucs_capability_road_sweeping import records
from ucs_capability_road_sweeping.matching import Matched
from ucs_capability_road_sweeping.networks import Networks
from ucs_capability_road_sweeping.records import RouteRecord, VehicleRecord, WindowRecord
from ucs_capability_road_sweeping.rules import City
from ucs_capability_road_sweeping.shifts import Shift
from ucs_capability_road_sweeping.sweeping import Fault, Place, Step
from ucs_capability_road_sweeping.tracks import Fix, Outcome, Trail, cleaned, timely
from ucs_sdk import Document, Unit

AHEAD = timedelta(minutes=1)
"""How far the clock of a vehicle may be ahead."""

OLD = timedelta(hours=24)
"""How old a fix may be."""

_networks = Networks()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a batch: of each fix, and what the vehicle and its windows have come to."""

    outcomes: list[Outcome]
    trail: Trail
    places: dict[str, Matched]


async def take(
    unit: Unit, held: Document[VehicleRecord], fixes: Sequence[Fix], now: datetime, city: City
) -> list[Outcome]:
    """Take fixes of one vehicle, in order of time; what became of each, in their order."""
    shifts, windows = await _shifts(unit, held.body, city)
    taken = await asyncio.to_thread(calculated, held.body, shifts, fixes, now, city)
    if Outcome.TAKEN not in taken.outcomes and taken.trail == held.body.vehicle.trail:
        return taken.outcomes
    staged = unit.documents(records.WINDOWS, WindowRecord)
    for key, shift in shifts.items():
        before, work = windows[key].body, shift.work()
        if work != before.window.work:
            kept = before.window.model_copy(update={"work": work})
            after = before.model_copy(update={"window": kept})
            staged.put(key, after, organization=windows[key].organization)
    vehicle = held.body.vehicle.model_copy(update={"trail": taken.trail, "places": taken.places})
    due = held.body.due
    if shifts and Outcome.TAKEN in taken.outcomes:
        start = min(each.body.window.start for each in windows.values())
        due = (max(now, start) + city.silent + city.grace).timestamp()
    record = VehicleRecord(on_duty=held.body.on_duty, due=due, vehicle=vehicle)
    unit.documents(records.VEHICLES, VehicleRecord).put(held.key, record, organization=held.organization)
    return taken.outcomes


async def _shifts(
    unit: Unit, held: VehicleRecord, city: City
) -> tuple[dict[str, Shift], dict[str, Document[WindowRecord]]]:
    """The open windows of a vehicle, ready to take fixes."""
    found = await unit.documents(records.WINDOWS, WindowRecord).get_many(held.vehicle.windows)
    windows = {key: each for key, each in found.items() if each.body.state == "open"}
    networks = {
        each.body.window.route: _networks.held(each.body.window.route, city.buffer) for each in windows.values()
    }
    missing = [route for route, network in networks.items() if network is None]
    for route, document in (await unit.documents(records.ROUTES, RouteRecord).get_many(missing)).items():
        networks[route] = await _networks.made(route, document.body, city.buffer)
    shifts: dict[str, Shift] = {}
    for key, each in windows.items():
        window, network = each.body.window, networks[each.body.window.route]
        if network is None:
            continue
        shifts[key] = Shift(
            network,
            city.sweeping,
            start=window.start.timestamp(),
            end=window.end.timestamp(),
            passes=window.passes,
            work=window.work,
        )
    return shifts, windows


def calculated(held: VehicleRecord, shifts: dict[str, Shift], fixes: Sequence[Fix], now: datetime, city: City) -> Taken:
    """Clean the fixes of a vehicle, and have its windows take what is believed."""
    trail = held.vehicle.trail
    places: dict[str, Place | None] = {
        key: Place(trail.last, held.vehicle.places.get(key)) if trail.last else None for key in shifts
    }
    outcomes = [Outcome.TAKEN] * len(fixes)
    moment, ahead, old = now.timestamp(), AHEAD.total_seconds(), OLD.total_seconds()
    for index in sorted(range(len(fixes)), key=lambda index: (fixes[index].at, index)):
        fix = fixes[index]
        outcomes[index] = timely(fix, moment, ahead=ahead, old=old)
        if outcomes[index] is not Outcome.TAKEN:
            continue
        trail, outcomes[index], anew = cleaned(trail, fix, city.sweeping.believed)
        if outcomes[index] is Outcome.TAKEN:
            for key, step in _steps(shifts, {} if anew else places, fix).items():
                shifts[key].take(step)
                places[key] = step.place
    kept = {key: place.on for key, place in places.items() if place is not None and place.on is not None}
    return Taken(outcomes=outcomes, trail=trail, places=kept)


def _steps(shifts: dict[str, Shift], places: dict[str, Place | None], fix: Fix) -> dict[str, Step]:
    """The step to a fix in each window. Who works for one of them is not off the area of another that goes on as well."""
    steps = {key: shift.step(places.get(key), fix) for key, shift in shifts.items()}
    at_work = any(
        step.seconds and Fault.OFF_AREA not in step.faults and shifts[key].goes_on(fix.at)
        for key, step in steps.items()
    )
    if not at_work:
        return steps
    return {
        key: step._replace(faults=tuple(each for each in step.faults if each is not Fault.OFF_AREA))
        for key, step in steps.items()
    }
