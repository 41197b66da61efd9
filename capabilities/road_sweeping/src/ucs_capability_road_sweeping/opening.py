"""Opens windows: what a plan asks for on a day, with the segments as they are then, is put to its vehicles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ucs_capability_road_sweeping import records
from ucs_capability_road_sweeping.plans import Plan, Window, next_window
from ucs_capability_road_sweeping.records import PlanRecord, RouteRecord, VehicleRecord, WindowKept, WindowRecord
from ucs_capability_road_sweeping.rules import City
from ucs_capability_road_sweeping.segments import Segment
from ucs_capability_road_sweeping.shifts import Work
from ucs_sdk import Invalid, NotFound, Unit

LEAD = timedelta(minutes=15)
"""How long before it begins a window opens."""


async def opened(unit: Unit, plan: Plan, organization: str, now: datetime, city: City) -> PlanRecord:
    """Open what is due of a plan; the plan as it is to be kept, with the moment at which its next window opens."""
    after = now
    while (window := next_window(plan, after)) is not None and window.start - LEAD <= now:
        await _open(unit, plan, window, organization, city)
        after = window.end
    next_at = records.NEVER if window is None else (window.start - LEAD).timestamp()
    return PlanRecord(next_at=next_at, plan=plan)


async def segments_of(unit: Unit, codes: Sequence[str]) -> list[Segment]:
    """Segments by code, in this order. Raises NotFound, and Invalid when they have too many corners for one plan."""
    held = await unit.documents(records.SEGMENTS, records.SegmentRecord).get_many(codes)
    missing = [code for code in codes if code not in held]
    if missing:
        raise NotFound.saying(
            "SEGMENT_UNKNOWN",
            zh="没有路段 {segment}。",
            en="There is no segment {segment}.",
            segment=missing[0],
        )
    found = [held[code].body.segment for code in codes]
    corners = sum(len(each.line) for each in found)
    if corners > records.CORNERS_MOST:
        raise Invalid.saying(
            "PLAN_TOO_LARGE",
            zh="计划的路段共有 {corners} 个折点，至多 {most} 个。",
            en="The segments of the plan have {corners} corners, and {most} at the most are possible.",
            corners=corners,
            most=records.CORNERS_MOST,
        )
    return found


async def _open(unit: Unit, plan: Plan, window: Window, organization: str, city: City) -> None:
    key = records.window_key(plan.code, window.day)
    windows = unit.documents(records.WINDOWS, WindowRecord)
    if await windows.get(key) is not None:
        # What is open keeps what it began with; a plan that was changed meanwhile counts from its next window on.
        return
    route = RouteRecord(segments=tuple(await segments_of(unit, plan.segments)))
    route_key = records.route_key(route, organization)
    routes = unit.documents(records.ROUTES, RouteRecord)
    if await routes.get(route_key) is None:
        routes.put(route_key, route, organization=organization)
    kept = WindowKept(
        name=plan.name,
        start=window.start,
        end=window.end,
        passes=plan.passes,
        vehicles=plan.vehicles,
        route=route_key,
        work=Work(),
    )
    due = (window.end + city.grace).timestamp()
    record = WindowRecord(state="open", due=due, plan=plan.code, day=window.day.isoformat(), window=kept)
    windows.put(key, record, organization=organization)
    vehicles = unit.documents(records.VEHICLES, VehicleRecord)
    for code, held in sorted((await vehicles.get_many(plan.vehicles)).items()):
        vehicles.put(code, on_duty(held.body, key, window.start, city), organization=held.organization)


def on_duty(held: VehicleRecord, window: str, start: datetime, city: City) -> VehicleRecord:
    """A vehicle that has one more window to work in."""
    vehicle = held.vehicle.model_copy(update={"windows": (*held.vehicle.windows, window)})
    due = (start + city.silent + city.grace).timestamp()
    return VehicleRecord(on_duty=True, due=min(held.due, due), vehicle=vehicle)


def off_duty(held: VehicleRecord, window: str) -> VehicleRecord:
    """A vehicle whose window was judged."""
    windows = tuple(each for each in held.vehicle.windows if each != window)
    places = {each: place for each, place in held.vehicle.places.items() if each != window}
    vehicle = held.vehicle.model_copy(update={"windows": windows, "places": places})
    return VehicleRecord(on_duty=bool(windows), due=held.due if windows else records.NEVER, vehicle=vehicle)
