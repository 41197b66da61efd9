"""The operations that tell how everybody stands: scores and ranks as of a date, and what was deducted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from ucs_capability_civic_creation import inputs, outputs, refusals
from ucs_capability_civic_creation.assessing import Assessment, Result
from ucs_capability_civic_creation.capability import civic
from ucs_capability_civic_creation.editions import Edition, edition_at
from ucs_capability_civic_creation.indicator_tree import SCALE, Tree, thousandths
from ucs_capability_civic_creation.records import ASSESSMENTS, AssessmentRecord, pages_of
from ucs_capability_civic_creation.scoring import DISTRICT_DIGITS, Standing, Tally, ranking
from ucs_sdk import Context

ASSESSMENTS_MOST = 20_000
"""How many assessments one score adds up."""


@civic.operation(title_zh="得分与排名", title_en="Scores and ranks", timeout=120)
async def scores(ctx: Context, asked: inputs.ScoresAsked) -> outputs.Scores:
    """Tell scores and ranks as they stood at a date, from the assessments that the caller may see and from nothing else."""
    at, edition = await _as_of(ctx, asked)
    tally = Tally(edition.tree, at=at, since=asked.since, by=asked.by)
    assessments = ctx.documents(ASSESSMENTS, AssessmentRecord)
    await added_up(tally, pages_of(assessments, asked.edition, since=asked.since, until=at))
    standings = await asyncio.to_thread(tally.standings)
    return outputs.Scores(
        edition=asked.edition,
        version=edition.version,
        by=asked.by,
        as_of=at,
        settled=at + timedelta(seconds=ctx.settings["settled_seconds"]) <= ctx.clock.now(),
        assessments=tally.assessments,
        unplaced=tally.unplaced,
        basis=tally.basis,
        standings=_shown(standings)[: asked.limit],
    )


async def added_up(tally: Tally, pages: AsyncIterable[Sequence[Assessment]], *, most: int = ASSESSMENTS_MOST) -> None:
    """Add pages of assessments to a tally, each in a thread. Raises Exhausted when there are too many."""
    read = 0
    async for page in pages:
        read += len(page)
        if read > most:
            raise refusals.too_many("测评记录", "assessments", most)
        await asyncio.to_thread(_add, tally, page)


async def _as_of(ctx: Context, asked: inputs.PeriodAsked) -> tuple[datetime, Edition]:
    now = ctx.clock.now()
    at = asked.as_of or now
    if at > now:
        raise refusals.in_the_future(at.isoformat())
    return at, await edition_at(ctx, asked.edition, at=at)


def _add(tally: Tally, page: Sequence[Assessment]) -> None:
    for each in page:
        tally.add(each)


def _shown(standings: Sequence[Standing]) -> tuple[outputs.StandingShown, ...]:
    ranked = [outputs.standing_shown(each.rank, each.standing) for each in ranking(standings)]
    rest = [outputs.standing_shown(None, each) for each in standings if each.score is None]
    return (*ranked, *rest)


@civic.operation(title_zh="扣分清单", title_en="Deductions", timeout=60)
async def deductions(ctx: Context, asked: inputs.DeductionsAsked) -> outputs.Deductions:
    """List what was deducted as it counted at a date, in the order in which it was recorded."""
    at, edition = await _as_of(ctx, asked)
    found: list[outputs.Deduction] = []
    read = 0
    pages = pages_of(
        ctx.documents(ASSESSMENTS, AssessmentRecord), asked.edition, since=asked.since, until=at, flawed=True
    )
    async for page in pages:
        read += len(page)
        if read > ASSESSMENTS_MOST:
            raise refusals.too_many("测评记录", "assessments", ASSESSMENTS_MOST)
        for record in page:
            if _wanted(asked, record):
                found += [
                    _deduction(edition.tree, record, each, at) for each in record.held(at) if _lost(edition, each)
                ]
        if len(found) > asked.limit:
            break
    return outputs.Deductions(as_of=at, deductions=tuple(found[: asked.limit]), more=len(found) > asked.limit)


def _wanted(asked: inputs.DeductionsAsked, record: AssessmentRecord) -> bool:
    here = record.region[:DISTRICT_DIGITS]
    return asked.unit in ("", record.unit) and asked.district in ("", here)


def _lost(edition: Edition, result: Result) -> bool:
    return result.kept < result.out_of and result.item in edition.tree.items


def _deduction(tree: Tree, record: AssessmentRecord, result: Result, at: datetime) -> outputs.Deduction:
    worth = Fraction(thousandths(tree.items[result.item][1].points), SCALE)
    given = result.kept_at(at) - result.kept
    return outputs.Deduction(
        assessment=record.id,
        item=result.item,
        target=record.target,
        unit=record.unit,
        region=record.region,
        points=round(float(worth * (result.out_of - result.kept) / result.out_of), 3),
        recovered=round(float(worth * given / result.out_of), 3),
        problems=result.problems,
        note=result.note,
        recorded_at=record.recorded_at,
    )
