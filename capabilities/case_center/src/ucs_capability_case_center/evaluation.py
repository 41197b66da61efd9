"""Evaluation of units: counters from the cases that the caller may see, rates and scores by configuration."""

from __future__ import annotations

from collections.abc import Mapping

from ucs_capability_case_center import configured, outputs
from ucs_capability_case_center.asking import counted, days
from ucs_capability_case_center.center import center
from ucs_capability_case_center.inputs import CasesAsked, PeriodAsked
from ucs_capability_case_center.records import CASES, UNITS, CaseLine, UnitRecord, standing_of
from ucs_capability_case_center.scores import Counters, Weights, rates, score
from ucs_capability_case_center.transitions import AT_UNIT
from ucs_capability_case_center.vocabulary import CaseState, TimeLight
from ucs_sdk import Between, Context
from ucs_sdk.shown import Figure

SCORED_MOST = 500
"""How many units one answer scores, by id. A city has some hundreds."""

SOURCE = "案件中心统计 Counted by the case centre"

DONE = ("on_time", "late", "unknown", "no_limit")
"""What a case that was handled says of its limit. What has no limit, or one that nobody can read, is not late."""


@center.operation(title_zh="部门考核", title_en="Scores of units", timeout=60)
async def scores(ctx: Context, asked: PeriodAsked) -> outputs.Scores:
    """Score units by the cases of a period that the caller may see. Of all units, those that had a case are told."""
    weighed = configured.weights(ctx)
    counters = await _counted(ctx, asked)
    if asked.unit is not None:
        return outputs.Scores(scores=(_scored(asked.unit, counters.get(asked.unit, Counters()), weighed),))
    page = await ctx.documents(UNITS, UnitRecord).query(limit=SCORED_MOST)
    had = [each.key for each in page.items if each.key in counters and counters[each.key].dispatched]
    return outputs.Scores(scores=tuple(_scored(unit, counters[unit], weighed) for unit in had))


async def _counted(ctx: Context, asked: PeriodAsked) -> dict[str, Counters]:
    """The counters of the units. A case counts for the unit that has it now, or had it when it ended."""
    found = ctx.documents(CASES, CaseLine)
    period: dict[str, str | bool | Between] = {} if asked.unit is None else {"unit": asked.unit}
    if asked.since or asked.until:
        period["day"] = days(asked.since, asked.until)

    async def by_unit(**stated: str | bool) -> Mapping[str, int]:
        return {str(unit): count for unit, count in (await found.counts("unit", {**period, **stated})).items()}

    had, voided = await by_unit(), await by_unit(standing=standing_of(CaseState.VOIDED, TimeLight.GREEN))
    closed = await by_unit(standing=standing_of(CaseState.CLOSED, TimeLight.GREEN))
    late = [await by_unit(standing=standing_of(state, TimeLight.RED)) for state in AT_UNIT]
    done = {outcome: await by_unit(outcome=outcome) for outcome in DONE}
    right, wrong = [await by_unit(first_unit=each) for each in ("right", "wrong")]
    reworked = await by_unit(reworked=True)
    return {
        unit: Counters(
            dispatched=count - voided.get(unit, 0),
            disposed=sum(each.get(unit, 0) for each in done.values()),
            on_time=sum(each.get(unit, 0) for outcome, each in done.items() if outcome != "late"),
            late_open=sum(each.get(unit, 0) for each in late),
            closed=closed.get(unit, 0),
            reworked=reworked.get(unit, 0),
            right_at_first=right.get(unit, 0),
            judged=right.get(unit, 0) + wrong.get(unit, 0),
        )
        for unit, count in had.items()
        if unit
    }


def _scored(unit: str, counted: Counters, weighed: Weights) -> outputs.UnitScore:
    found = rates(counted)
    return outputs.UnitScore(
        unit=unit,
        counters=counted,
        handling_rate=found.handling,
        on_time_rate=found.on_time,
        closing_rate=found.closing,
        rework_rate=found.rework,
        accuracy=found.accuracy,
        score=score(counted, weighed),
    )


@center.indicator(title_zh="未办结案件", title_en="Open cases", unit="件")
async def open_cases(ctx: Context) -> Figure:
    """How many cases are open."""
    found = await counted(ctx, CasesAsked(open=True))
    return Figure(source=SOURCE, time=ctx.clock.now(), value=sum(found.values()))


@center.indicator(title_zh="超时案件", title_en="Cases over their limit", unit="件")
async def late_cases(ctx: Context) -> Figure:
    """How many open cases show a red light."""
    found = await counted(ctx, CasesAsked(light=TimeLight.RED))
    return Figure(source=SOURCE, time=ctx.clock.now(), value=sum(found.values()))


@center.indicator(title_zh="准确派遣率", title_en="Dispatch accuracy")
async def dispatch_accuracy(ctx: Context) -> Figure:
    """Which share of the cases that can be judged the first unit handled; 1 while none can be."""
    found = ctx.documents(CASES, CaseLine)
    by = await found.counts("first_unit")
    right, wrong = by.get("right", 0), by.get("wrong", 0)
    return Figure(source=SOURCE, time=ctx.clock.now(), value=right / (right + wrong) if right + wrong else 1.0)
