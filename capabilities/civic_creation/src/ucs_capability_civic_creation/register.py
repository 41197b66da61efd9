"""The operations of the register: editions of the indicators, points, and tasks."""

from __future__ import annotations

import hashlib

from ucs_capability_civic_creation import inputs, outputs, refusals
from ucs_capability_civic_creation.capability import civic
from ucs_capability_civic_creation.drawing import draw
from ucs_capability_civic_creation.editions import edition_at
from ucs_capability_civic_creation.indicator_tree import sound
from ucs_capability_civic_creation.records import (
    EDITIONS,
    POINTS,
    TASKS,
    VERSIONS_MOST,
    EditionRecord,
    PointRecord,
    Published,
    TaskRecord,
    points_where,
    stage_version,
    stamp,
)
from ucs_sdk import Between, Context
from ucs_sdk.context import Scalar
from ucs_sdk.geo import Crs, Position, convert, position

DRAWN_FROM_MOST = 10_000
"""From how many points may be drawn."""

CELL = 0.002
"""The width in degrees of the cells by which the nearest point is found: about 200 m."""


@civic.operation(title_zh="发布指标体系", title_en="Publish an edition", effect="write")
async def publish(ctx: Context, asked: inputs.EditionStated) -> outputs.EditionKept:
    """Publish an edition, or a new version of it; the same again changes nothing. What was scored by a version stays so."""
    tree = sound(asked.tree)
    digest = hashlib.sha256(tree.model_dump_json().encode()).hexdigest()
    async with ctx.unit() as unit:
        held = await unit.documents(EDITIONS, EditionRecord).get(asked.edition)
        versions = () if held is None else held.body.versions
        new_tree = held is None or held.body.digest != digest
        if new_tree:
            if len(versions) >= VERSIONS_MOST:
                raise refusals.edition_full(asked.edition, VERSIONS_MOST)
            versions = (*versions, Published(version=len(versions) + 1, at=ctx.clock.now()))
        record = EditionRecord(
            code=asked.edition, title=asked.title, assessors=asked.assessors, digest=digest, versions=versions
        )
        changed = held is None or held.body != record
        if new_tree:
            stage_version(unit, record, tree)
        elif changed:
            unit.documents(EDITIONS, EditionRecord).put(asked.edition, record)
    return outputs.EditionKept(edition=asked.edition, version=versions[-1].version, changed=changed)


@civic.operation(title_zh="查看指标体系", title_en="An edition and its tree")
async def edition(ctx: Context, asked: inputs.EditionAsked) -> outputs.EditionShown:
    """Tell an edition with its tree, in its newest version or another."""
    found = await edition_at(ctx, asked.edition, version=asked.version)
    return outputs.EditionShown(
        edition=found.record.code,
        title=found.record.title,
        version=found.version,
        versions=len(found.record.versions),
        published_at=found.published_at,
        assessors=found.record.assessors,
        tree=found.tree,
    )


@civic.operation(title_zh="登记点位", title_en="Register a point", effect="write")
async def register(ctx: Context, asked: inputs.PointStated) -> outputs.Kept:
    """Enter a point, or what is new about it. What was found there stays with the unit that was responsible then."""
    at = convert(position(asked.longitude, asked.latitude), asked.crs, Crs.WGS84)
    owner = asked.unit or ctx.caller.organization or ""
    record = PointRecord(
        code=asked.code,
        name=asked.name,
        point_type=asked.point_type,
        region=asked.region,
        district=asked.region[:6],
        unit=owner,
        longitude=at.longitude,
        latitude=at.latitude,
        cell=cell_of(at),
        active=asked.active,
    )
    async with ctx.unit() as unit:
        points = unit.documents(POINTS, PointRecord)
        held = await points.get(asked.code)
        changed = held is None or held.body != record
        if changed:
            points.put(asked.code, record, organization=owner)
    return outputs.Kept(code=asked.code, changed=changed)


def cell_of(at: Position, east: int = 0, north: int = 0) -> str:
    """The cell of a place, or one so many cells to the east and north of it."""
    return f"{round(at.longitude / CELL) + east}_{round(at.latitude / CELL) + north}"


@civic.operation(title_zh="点位列表", title_en="Points")
async def points(ctx: Context, asked: inputs.PointsAsked) -> outputs.PointsShown:
    """List the points that the caller may see, by code."""
    where = _narrowed(point_type=asked.point_type, district=asked.district)
    page = await ctx.documents(POINTS, PointRecord).query(where, order_by="code", limit=asked.limit, after=asked.after)
    return outputs.PointsShown(points=tuple(outputs.point_shown(each.body) for each in page.items), next=page.next)


@civic.operation(title_zh="下达检查任务", title_en="Assign a task", effect="write")
async def assign(ctx: Context, asked: inputs.TaskStated) -> outputs.TaskShown:
    """Give an inspector points to visit by a date, named or drawn by lot; who knows the seed can draw again."""
    edition = await edition_at(ctx, asked.edition)
    inspector = asked.inspector or ctx.caller.organization or ""
    if inspector not in edition.record.assessors:
        raise refusals.not_an_assessor(inspector, asked.edition)
    chosen = await _named(ctx, asked.points) if asked.draw is None else await _drawn(ctx, asked.draw)
    record = TaskRecord(
        code=asked.task,
        edition=asked.edition,
        title=asked.title,
        inspector=inspector,
        points=chosen,
        seed="" if asked.draw is None else asked.draw.seed,
        due=stamp(asked.due_at),
        due_at=asked.due_at,
    )
    async with ctx.unit() as unit:
        tasks = unit.documents(TASKS, TaskRecord)
        held = await tasks.get(asked.task)
        if held is not None:
            if held.body.model_copy(update={"done": (), "open": True}) != record:
                raise refusals.reference_used(asked.task)
            return outputs.task_shown(held.body)
        tasks.put(asked.task, record, organization=inspector)
    return outputs.task_shown(record)


async def _named(ctx: Context, codes: tuple[str, ...]) -> tuple[str, ...]:
    for code in codes:
        held = await ctx.documents(POINTS, PointRecord).get(code)
        if held is None or not held.body.active:
            raise refusals.unknown("启用的点位", "point in use", code)
    return tuple(dict.fromkeys(codes))


async def _drawn(ctx: Context, asked: inputs.Draw) -> tuple[str, ...]:
    codes: list[str] = []
    async for each in points_where(ctx, _narrowed(point_type=asked.point_type, district=asked.district)):
        if each.body.active:
            codes.append(each.key)
        if len(codes) > DRAWN_FROM_MOST:
            raise refusals.too_many("点位", "points", DRAWN_FROM_MOST)
    if len(codes) < asked.count:
        raise refusals.too_few_points(len(codes), asked.count)
    return tuple(draw(codes, asked.count, asked.seed))


@civic.operation(title_zh="任务列表", title_en="Tasks")
async def tasks(ctx: Context, asked: inputs.TasksAsked) -> outputs.TasksShown:
    """List the tasks that the caller may see, those due first."""
    page = await ctx.documents(TASKS, TaskRecord).query(
        {"open": asked.open}, order_by="due", limit=asked.limit, after=asked.after
    )
    return outputs.TasksShown(tasks=tuple(outputs.task_shown(each.body) for each in page.items), next=page.next)


def _narrowed(**stated: str) -> dict[str, Scalar | Between]:
    return {name: value for name, value in stated.items() if value}
