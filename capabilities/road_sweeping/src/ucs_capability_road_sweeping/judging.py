"""Judges a window that has ended: verdicts for its segments, reports of what was missed, and sums for its districts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ucs_capability_road_sweeping import records
from ucs_capability_road_sweeping.events import JUDGED, REPORT, CaseReport, FaultTold, WindowJudged
from ucs_capability_road_sweeping.opening import off_duty
from ucs_capability_road_sweeping.records import (
    MissKept,
    MissRecord,
    RouteRecord,
    TallyRecord,
    VehicleRecord,
    WindowRecord,
)
from ucs_capability_road_sweeping.rules import City
from ucs_capability_road_sweeping.scores import Tally, tally_of, total
from ucs_capability_road_sweeping.segments import Segment, place_on
from ucs_capability_road_sweeping.shifts import Found
from ucs_capability_road_sweeping.spans import Layers
from ucs_capability_road_sweeping.sweeping import Fault
from ucs_capability_road_sweeping.verdicts import Judged, Verdict, judged, none_swept
from ucs_sdk import Document, Unit


def results_of(segments: Sequence[Segment], record: WindowRecord, share: float) -> list[Judged]:
    """How each segment of a window stands."""
    window = record.window
    layers = window.work.layers or [()] * len(segments)
    return [
        judged(segment, Layers(window.passes, each), share=share, heard=window.work.heard)
        for segment, each in zip(segments, layers, strict=True)
    ]


async def judge(unit: Unit, held: Document[WindowRecord], now: datetime, city: City, case_type: str) -> None:
    """Judge a window, all in one unit: it is judged once, and everything of it is told or nothing."""
    record, window = held.body, held.body.window
    route = await unit.documents(records.ROUTES, RouteRecord).get(window.route)
    results = results_of(route.body.segments if route else (), record, city.share)
    faults = {fault: each for fault, each in window.work.faults.items() if each.seconds >= city.finding}
    tally = tally_of(results, seconds=window.work.seconds, faults={each: faults[each].seconds for each in faults})
    kept = window.model_copy(update={"verdicts": tuple(each.verdict for each in results), "tally": tally})
    after = record.model_copy(update={"state": "judged", "window": kept})
    unit.documents(records.WINDOWS, WindowRecord).put(held.key, after, organization=held.organization)
    for miss in misses_of(held.key, record, results, now):
        _report(unit, miss, record.day, held.organization, case_type)
    await _add(unit, record, results, tally, held.organization)
    vehicles = unit.documents(records.VEHICLES, VehicleRecord)
    for code, each in sorted((await vehicles.get_many(window.vehicles)).items()):
        vehicles.put(code, off_duty(each.body, held.key), organization=each.organization)
    told = _told(held.key, record, tally, faults, now)
    unit.emit(JUDGED, told, subject=record.plan, organization=held.organization)


def misses_of(key: str, record: WindowRecord, results: Sequence[Judged], now: datetime) -> list[MissKept]:
    """What has to be seen to: one for each segment that was not swept as planned, or one for a plan of which nothing was."""
    left = [each for each in results if not each.is_met]
    if left and none_swept(results):
        return [_miss(key, record, left[0], now).model_copy(update=_whole(record, results))]
    return [_miss(key, record, each, now) for each in left]


def _miss(key: str, record: WindowRecord, result: Judged, now: datetime) -> MissKept:
    segment = result.segment
    start, end = result.missing or (0.0, segment.length)
    longitude, latitude = place_on(segment.line, (start + end) / 2 / segment.length)
    return MissKept(
        window=key,
        plan=record.plan,
        segment=segment.code,
        name=segment.name,
        segments=1,
        verdict=result.verdict,
        planned=result.planned,
        swept=result.swept,
        longitude=round(longitude, 7),
        latitude=round(latitude, 7),
        region=segment.region,
        at=now,
    )


def _whole(record: WindowRecord, results: Sequence[Judged]) -> dict[str, object]:
    return {
        "segment": "",
        "name": record.window.name,
        "segments": len(results),
        "planned": round(sum(each.planned for each in results), 2),
    }


def _report(unit: Unit, miss: MissKept, day: str, organization: str, case_type: str) -> None:
    key = f"{miss.window}.{miss.segment}" if miss.segment else miss.window
    record = MissRecord(district=records.district_of(miss.region), day=day, miss=miss)
    unit.documents(records.MISSES, MissRecord).put(key, record, organization=organization)
    report = CaseReport(
        case_type=case_type,
        source_id=key,
        title=f"{miss.name} {miss.verdict.title_zh} {miss.verdict.title_en.lower()}"[:200],
        description=described(miss),
        longitude=miss.longitude,
        latitude=miss.latitude,
        region=miss.region,
        reported_at=miss.at,
    )
    unit.emit(REPORT, report, subject=miss.segment or miss.plan, organization=organization)


def described(miss: MissKept) -> str:
    """What a report says of a miss, in both languages."""
    silent = miss.verdict is Verdict.NO_TRACK
    zh = f"{miss.name}：计划 {miss.planned:g} 米，完成 {miss.swept:g} 米，时段 {miss.window}。"
    en = f"{miss.name}: {miss.swept:g} m of {miss.planned:g} m were swept in the window {miss.window}."
    if miss.segments > 1:
        zh, en = f"{zh}共 {miss.segments} 个路段。", f"{en} It has {miss.segments} segments."
    if silent:
        zh, en = f"{zh}未收到车辆轨迹，也可能是设备故障。", f"{en} No track came: a device may have failed."
    return f"{zh}\n{en}"


async def _add(unit: Unit, record: WindowRecord, results: Sequence[Judged], whole: Tally, organization: str) -> None:
    """Add a window to the sums of its districts; work and faults go where most of its metres are."""
    by_district: dict[str, list[Judged]] = {}
    for each in results:
        by_district.setdefault(records.district_of(each.segment.region), []).append(each)
    if not by_district:
        return
    main = max(sorted(by_district), key=lambda district: sum(each.planned for each in by_district[district]))
    tallies = unit.documents(records.TALLIES, TallyRecord)
    for district, held in sorted(by_district.items()):
        work = {"seconds": whole.seconds, "faults": whole.faults} if district == main else {}
        key = records.tally_key(district, record.day, organization)
        before = await tallies.get(key)
        parts = [tally_of(held).model_copy(update=work)] + ([before.body.tally] if before else [])
        after = TallyRecord(district=district, day=record.day, tally=total(parts))
        tallies.put(key, after, organization=organization)


def _told(key: str, record: WindowRecord, tally: Tally, faults: dict[Fault, Found], now: datetime) -> WindowJudged:
    return WindowJudged.model_validate(
        {
            "window": key,
            "plan": record.plan,
            "day": record.day,
            "at": now,
            "segments": tally.segments,
            "met": tally.met,
            "missed": tally.missed,
            "planned_m": round(sum(tally.planned.values()), 2),
            "swept_m": round(sum(tally.swept.values()), 2),
            "heard": record.window.work.heard,
            "faults": [
                FaultTold(fault=fault, seconds=each.seconds, metres=each.metres, fastest_kmh=each.fastest)
                for fault, each in sorted(faults.items())
            ],
        }
    )
