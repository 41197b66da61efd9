"""The operations that enter segments, vehicles and plans, and that take tracks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from ucs_capability_road_sweeping import inputs, outputs, records
from ucs_capability_road_sweeping.capability import road_sweeping
from ucs_capability_road_sweeping.opening import opened, segments_of
from ucs_capability_road_sweeping.plans import Plan, check_duty, checked
from ucs_capability_road_sweeping.records import PlanRecord, SegmentRecord, VehicleKept, VehicleRecord
from ucs_capability_road_sweeping.rules import city_of
from ucs_capability_road_sweeping.segments import Segment, segment_of
from ucs_capability_road_sweeping.taking import take
from ucs_capability_road_sweeping.tracks import Fix
from ucs_sdk import Context, Exhausted, Invalid, NotFound, Unit
from ucs_sdk.geo import Crs, Position, convert, position


@road_sweeping.operation(title_zh="登记路段", title_en="Register segments", effect="write")
async def register_segments(ctx: Context, asked: inputs.SegmentsStated) -> outputs.Entered:
    """Enter road segments, or what is new about them; windows that are open keep the segments that they began with."""
    codes = [each.code for each in asked.segments]
    if len(set(codes)) < len(codes):
        raise Invalid.saying("SEGMENT_TWICE", zh="路段编码有重复。", en="A segment is named twice.", path="segments")
    # Thousands of corners that have to be converted would hold up everybody.
    stated = await asyncio.to_thread(lambda: [_segment(each, asked.crs) for each in asked.segments])
    async with ctx.unit() as unit:
        segments = unit.documents(records.SEGMENTS, SegmentRecord)
        held = await segments.get_many(codes)
        changed = 0
        for segment in stated:
            record = SegmentRecord(district=records.district_of(segment.region), segment=segment)
            if segment.code not in held or held[segment.code].body != record:
                segments.put(segment.code, record)
                changed += 1
    return outputs.Entered(changed=changed)


def _segment(stated: inputs.SegmentStated, crs: Crs) -> Segment:
    line = [convert(position(*each), crs, Crs.WGS84) for each in stated.line]
    return segment_of(
        code=stated.code,
        name=stated.name,
        level=stated.level,
        region=stated.region,
        line=line,
        one_way=stated.one_way,
    )


@road_sweeping.operation(title_zh="登记车辆", title_en="Register a vehicle", effect="write")
async def register_vehicle(ctx: Context, asked: inputs.VehicleStated) -> outputs.Entered:
    """Enter a vehicle of the caller's organisation, or what is new about it."""
    async with ctx.unit() as unit:
        vehicles = unit.documents(records.VEHICLES, VehicleRecord)
        held = await vehicles.get(asked.code)
        if held is None:
            fresh = VehicleKept(code=asked.code, name=asked.name)
            after = VehicleRecord(on_duty=False, due=records.NEVER, vehicle=fresh)
        else:
            kept = held.body.vehicle.model_copy(update={"name": asked.name})
            after = held.body.model_copy(update={"vehicle": kept})
        changed = held is None or after != held.body
        if changed:
            vehicles.put(asked.code, after)
    return outputs.Entered(changed=int(changed))


@road_sweeping.operation(title_zh="制定计划", title_en="Plan", effect="write")
async def plan(ctx: Context, asked: inputs.PlanStated) -> outputs.Planned:
    """Keep a plan, new or instead of the one of its code; a window that is open keeps what it began with."""
    city, now = city_of(ctx.settings), ctx.clock.now()
    stated = checked(Plan(**asked.model_dump()))
    async with ctx.unit() as unit:
        plans = unit.documents(records.PLANS, PlanRecord)
        held = await plans.get(stated.code)
        segments = await segments_of(unit, stated.segments)
        for level in sorted({each.level for each in segments}):
            check_duty(stated, level, city.duty[level])
        owner = ctx.caller.organization or ""
        await _assign(unit, stated, held.body.plan if held else None, owner)
        record = await opened(unit, stated, owner, now, city)
        plans.put(stated.code, record)
    opens_at = None if record.next_at == records.NEVER else datetime.fromtimestamp(record.next_at, UTC)
    metres = round(sum(each.length for each in segments), 2)
    return outputs.Planned(code=stated.code, metres=metres, opens_at=opens_at)


async def _assign(unit: Unit, stated: Plan, before: Plan | None, owner: str) -> None:
    """Have the plan's vehicles know of it, and those that it named before forget it."""
    vehicles = unit.documents(records.VEHICLES, VehicleRecord)
    gone = set(before.vehicles) - set(stated.vehicles) if before else set()
    held = await vehicles.get_many([*stated.vehicles, *sorted(gone)])
    for code in stated.vehicles:
        if code not in held or held[code].organization != owner:
            raise _unknown(code)
        kept = held[code].body.vehicle
        if stated.code in kept.plans:
            continue
        if len(kept.plans) >= records.PLANS_MOST:
            raise Exhausted.saying(
                "VEHICLE_PLANNED_OUT",
                zh="车辆 {vehicle} 已列入 {most} 个计划。",
                en="The vehicle {vehicle} is in {most} plans already.",
                vehicle=code,
                most=records.PLANS_MOST,
            )
        named = kept.model_copy(update={"plans": (*kept.plans, stated.code)})
        vehicles.put(code, held[code].body.model_copy(update={"vehicle": named}))
    for code in sorted(gone & held.keys()):
        kept = held[code].body.vehicle
        left = kept.model_copy(update={"plans": tuple(each for each in kept.plans if each != stated.code)})
        vehicles.put(code, held[code].body.model_copy(update={"vehicle": left}))


@road_sweeping.operation(title_zh="上报轨迹", title_en="Track", effect="write")
async def track(ctx: Context, asked: inputs.Track) -> outputs.Taken:
    """Take where a vehicle of the caller's organisation was; what is not believed is told, one by one."""
    city, now = city_of(ctx.settings), ctx.clock.now()
    fixes = await asyncio.to_thread(lambda: [_fix(each, asked.crs) for each in asked.fixes])
    async with ctx.unit() as unit:
        held = await unit.documents(records.VEHICLES, VehicleRecord).get(asked.vehicle)
        if held is None or held.organization != (ctx.caller.organization or ""):
            raise _unknown(asked.vehicle)
        outcomes = await take(unit, held, fixes, now, city)
    return outputs.taken_of(outcomes)


def _fix(stated: inputs.FixStated, crs: Crs) -> Fix:
    at: Position = convert(position(stated.longitude, stated.latitude), crs, Crs.WGS84)
    return Fix(stated.at.timestamp(), at.longitude, at.latitude, stated.working, stated.speed_kmh, stated.heading)


def _unknown(code: str) -> NotFound:
    return NotFound.saying(
        "VEHICLE_UNKNOWN",
        zh="本机构没有车辆 {vehicle}。",
        en="Your organisation has no vehicle {vehicle}.",
        vehicle=code,
    )
