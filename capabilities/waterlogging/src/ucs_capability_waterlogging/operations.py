"""The operations: entering points, taking observations and reports, and telling how places, events and proposals stand."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from ucs_capability_waterlogging import inputs, outputs, records
from ucs_capability_waterlogging.capability import waterlogging
from ucs_capability_waterlogging.events import HEARD, WaterHeard
from ucs_capability_waterlogging.fusion import Source
from ucs_capability_waterlogging.places import Closure, Place, band_of
from ucs_capability_waterlogging.rates import Allowances
from ucs_capability_waterlogging.rules import rules_of
from ucs_capability_waterlogging.sensors import Sensor
from ucs_capability_waterlogging.taking import take
from ucs_sdk import Context, Exhausted, Invalid, NotFound
from ucs_sdk.geo import Position

REPORTS_EACH_HOUR = 12
"""How many reports of one reporter are taken in an hour."""

AHEAD = timedelta(minutes=1)
"""How far the clock of whoever reports may be ahead."""

OLD = timedelta(hours=24)
"""How old what somebody reports may be."""

CELL = 0.002
"""The width in degrees of the neighbourhoods by which reports are put in order: about 200 m."""

_reporters = Allowances()


@waterlogging.operation(title_zh="登记点位", title_en="Register a point", effect="write")
async def register(ctx: Context, asked: inputs.PointStated) -> outputs.Registered:
    """Enter a point, or what is new about it; it is its organisation's, and its water and its event go on."""
    async with ctx.unit() as unit:
        places = records.staged_places(unit)
        held = await places.get(asked.code)
        place = registered(asked, None if held is None else held.body)
        changed = held is None or place != held.body
        if changed:
            places.put(asked.code, place)
    return outputs.Registered(code=asked.code, changed=changed)


def registered(asked: inputs.PointStated, held: Place | None) -> Place:
    """A point as it is stated, with what was measured by those of its sensors that it has still."""
    at = asked.wgs84()
    before = {} if held is None else {each.device: each for each in held.sensors}
    sensors = tuple(
        before.get(each.device, Sensor(device=each.device)).model_copy(update={"reference_cm": each.reference_cm})
        for each in asked.sensors
    )
    if len({each.device for each in sensors}) < len(sensors):
        raise Invalid.saying(
            "DEVICE_TWICE",
            zh="点位 {point} 的传感器编码有重复。",
            en="The point {point} names a sensor twice.",
            point=asked.code,
        )
    stated = {
        "code": asked.code,
        "name": asked.name,
        "longitude": at.longitude,
        "latitude": at.latitude,
        "band": band_of(at.latitude),
        "region": asked.region,
        "gauge": asked.gauge,
        "synthetic": asked.synthetic,
        "sensors": sensors,
    }
    return Place(**stated) if held is None else held.model_copy(update=stated)  # type: ignore[arg-type]  # by name


@waterlogging.operation(title_zh="上报观测值", title_en="Observe", effect="write")
async def observe(ctx: Context, asked: inputs.Observations) -> outputs.Taken:
    """Take what devices have measured at the points of the caller's organisation; what is not taken is told, one by one."""
    rules, owner = rules_of(ctx.settings), ctx.caller.organization or ""
    async with ctx.unit() as unit:
        outcomes = await take(ctx, unit, asked.observations, rules, owner=owner)
    return outputs.taken_of(outcomes)


@waterlogging.operation(title_zh="上报积水", title_en="Report water", effect="write")
async def report(ctx: Context, asked: inputs.WaterSeen) -> outputs.Accepted:
    """Take in what a citizen, a patrol or the hotline says; it is put to the place that it is about."""
    if asked.source in (Source.SENSOR, Source.VIDEO):
        raise Invalid.saying(
            "SOURCE_HAS_ITS_OWN_WAY",
            zh="{source} 请用 waterlogging.observe 或 waterlogging.confirm 上报。",
            en="{source} is told by waterlogging.observe or waterlogging.confirm.",
            source=asked.source.value,
        )
    reporter = hashlib.sha256(f"{ctx.caller.organization}/{asked.reporter}".encode()).hexdigest()[:24]
    return await _heard(ctx, asked, asked.source, reporter, 1.0, asked.text)


@waterlogging.operation(title_zh="视频识别积水", title_en="Confirm by video", effect="write")
async def confirm(ctx: Context, asked: inputs.WaterDetected) -> outputs.Accepted:
    """Take in what video analysis has detected; what a person has looked at counts as a patrol's word."""
    source = Source.PATROL if asked.confirmed else Source.VIDEO
    return await _heard(ctx, asked, source, asked.camera, 1.0 if asked.confirmed else asked.confidence, "")


async def _heard(
    ctx: Context, asked: inputs.WaterSeen | inputs.WaterDetected, source: Source, device: str, sure: float, text: str
) -> outputs.Accepted:
    rules, now, at = rules_of(ctx.settings), ctx.clock.now(), asked.wgs84()
    _check_time(asked.at, now)
    if not _reporters.take(f"{source}/{device}", now, readings=REPORTS_EACH_HOUR, seconds=3600.0):
        raise Exhausted.saying(
            "REPORTED_TOO_OFTEN",
            zh="同一来源每小时最多上报 {most} 次。",
            en="One reporter is heard {most} times an hour at most.",
            most=REPORTS_EACH_HOUR,
            retry_after=3600.0 / REPORTS_EACH_HOUR,
        )
    weight = rules.weighing.weight(source, sure)
    heard = WaterHeard(
        source=source,
        device=device,
        weight=weight,
        text=text,
        longitude=at.longitude,
        latitude=at.latitude,
        region=asked.region,
        at=asked.at,
        evidence=asked.evidence,
    )
    about = cell_of(at)
    async with ctx.unit() as unit:
        unit.emit(HEARD, heard, subject=about)
    return outputs.Accepted(about=about, credited=weight)


def cell_of(at: Position) -> str:
    """The neighbourhood of a position, by whose key reports are handled in their order."""
    return f"near-{round(at.longitude / CELL)}-{round(at.latitude / CELL)}"


def _check_time(at: datetime, now: datetime) -> None:
    if not now - OLD <= at <= now + AHEAD:
        raise Invalid.saying(
            "SEEN_AT_WRONG_TIME",
            zh="时间 {at} 不在最近 24 小时内。",
            en="The time {at} is not within the last 24 hours.",
            at=at.isoformat(),
        )


@waterlogging.operation(title_zh="点位列表", title_en="Points")
async def points(ctx: Context, asked: inputs.PointsAsked) -> outputs.Points:
    """List the places that the caller may see, by division and by code."""
    rules, now = rules_of(ctx.settings), ctx.clock.now()
    page = await records.listed_places(
        ctx, region=asked.region, colour=asked.colour, goes_on=False, limit=asked.limit, after=asked.after
    )
    return outputs.Points(
        points=tuple(outputs.point_shown(each.body, now, rules) for each in page.items), next=page.next
    )


@waterlogging.operation(title_zh="点位与预测", title_en="A point and its forecast")
async def point(ctx: Context, asked: inputs.PointAsked) -> outputs.PointWithForecast:
    """Tell how a place stands, and how deep its water will be in 10, 20 and 30 minutes."""
    held = await records.places_of(ctx).get(asked.code)
    if held is None:
        raise NotFound.saying(
            "POINT_UNKNOWN", zh="没有点位 {point}。", en="There is no point {point}.", point=asked.code
        )
    return outputs.with_forecast(held.body, ctx.clock.now(), rules_of(ctx.settings))


@waterlogging.operation(title_zh="积水事件", title_en="Events")
async def events(ctx: Context, asked: inputs.EventsAsked) -> outputs.Events:
    """List the events that go on, by place, or those that are over, the last first."""
    if asked.over:
        ended = await records.ended_events(ctx, asked.region, asked.limit, asked.after)
        shown = [outputs.event_shown(each.body.event, each.body) for each in ended.items]
        return outputs.Events(events=tuple(shown), next=ended.next)
    page = await records.listed_places(
        ctx, region=asked.region, colour=None, goes_on=True, limit=asked.limit, after=asked.after
    )
    live = [(each.body, each.body.event) for each in page.items]
    shown = [outputs.event_shown(event, place) for place, event in live if event is not None]
    return outputs.Events(events=tuple(shown), next=page.next)


@waterlogging.operation(title_zh="处置建议", title_en="Proposals")
async def proposals(ctx: Context, asked: inputs.ProposalsAsked) -> outputs.Proposals:
    """Tell what is proposed now: a level of response for the city, and which roads to close or to prepare to."""
    held = await records.levels_of_city(ctx).get(records.CITY)
    page = await records.listed_places(
        ctx, region=asked.region, colour=None, goes_on=True, limit=asked.limit, after=asked.after
    )
    closures = tuple(
        outputs.ClosureProposed(
            place=each.key, name=each.body.name, closure=each.body.closure, depth_cm=each.body.depth_cm
        )
        for each in page.items
        if each.body.closure is not Closure.NONE
    )
    return outputs.Proposals(level=_level(held.body) if held else None, closures=closures, next=page.next)


def _level(held: records.LevelRecord) -> outputs.LevelProposed:
    return outputs.LevelProposed(
        level=held.level,
        since=held.since,
        red=held.red,
        wet=held.wet,
        depth_cm=held.depth,
        rain_mm=held.rain,
        basis=held.source,
    )
