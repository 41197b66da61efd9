"""Scores of districts, from sums that add up: a day's windows, a month's days, a district's plans, in any order.

Which share of the work counts how much is a setting and an assumption: no published formula was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from pydantic import Field

from ucs_capability_road_sweeping.segments import Record, RoadLevel
from ucs_capability_road_sweeping.sweeping import Fault
from ucs_capability_road_sweeping.verdicts import Judged, Verdict
from ucs_sdk.errors import Invalid

T = TypeVar("T", RoadLevel, Fault)


class Tally(Record):
    """What was planned and done, in sums. Lengths in metres over all passes, `seconds` at work, faults in seconds of it."""

    segments: int = Field(default=0, ge=0)
    met: int = Field(default=0, ge=0)
    missed: int = Field(default=0, ge=0)
    silent: int = Field(default=0, ge=0)
    planned: dict[RoadLevel, float] = Field(default_factory=dict)
    swept: dict[RoadLevel, float] = Field(default_factory=dict)
    qualified: dict[RoadLevel, float] = Field(default_factory=dict)
    seconds: float = Field(default=0.0, ge=0)
    faults: dict[Fault, float] = Field(default_factory=dict)


class Weights(Record):
    """What coverage, met segments and faultless work count, and what a metre of each level does."""

    coverage: float = Field(default=60.0, ge=0)
    met: float = Field(default=30.0, ge=0)
    faultless: float = Field(default=10.0, ge=0)
    levels: dict[RoadLevel, float] = Field(default_factory=lambda: dict.fromkeys(RoadLevel, 1.0))


class Score(Record):
    """How a district did: three shares from 0 to 1, the length that was swept as planned, and what they come to of 100."""

    coverage: float
    met: float
    faultless: float
    qualified_km: float
    score: float


def tally_of(results: Iterable[Judged], *, seconds: float = 0.0, faults: Mapping[Fault, float] | None = None) -> Tally:
    """The sums of a window's segments, and of what was found about the work."""
    held = list(results)
    sums: dict[str, dict[RoadLevel, float]] = {"planned": {}, "swept": {}, "qualified": {}}
    for each in held:
        level = each.segment.level
        for name, metres in (
            ("planned", each.planned),
            ("swept", each.swept),
            ("qualified", each.planned if each.is_met else 0.0),
        ):
            sums[name][level] = round(sums[name].get(level, 0.0) + metres, 2)
    return Tally(
        segments=len(held),
        met=sum(each.is_met for each in held),
        missed=sum(each.verdict in (Verdict.MISSED, Verdict.NO_TRACK) for each in held),
        silent=sum(each.verdict is Verdict.NO_TRACK for each in held),
        planned=sums["planned"],
        swept=sums["swept"],
        qualified=sums["qualified"],
        seconds=round(seconds, 3),
        faults={fault: round(each, 3) for fault, each in (faults or {}).items() if each > 0},
    )


def total(tallies: Iterable[Tally]) -> Tally:
    """Sums of sums."""
    held = list(tallies)
    return Tally(
        segments=sum(each.segments for each in held),
        met=sum(each.met for each in held),
        missed=sum(each.missed for each in held),
        silent=sum(each.silent for each in held),
        planned=_added((each.planned for each in held), 2),
        swept=_added((each.swept for each in held), 2),
        qualified=_added((each.qualified for each in held), 2),
        seconds=round(sum(each.seconds for each in held), 3),
        faults=_added((each.faults for each in held), 3),
    )


def _added(parts: Iterable[Mapping[T, float]], digits: int) -> dict[T, float]:
    found: dict[T, float] = {}
    for part in parts:
        for term, value in part.items():
            found[term] = round(found.get(term, 0.0) + value, digits)
    return found


def checked_weights(weights: Weights) -> Weights:
    """The weights, if they can be divided by. Raises Invalid when all are nothing."""
    if weights.coverage + weights.met + weights.faultless <= 0 or not any(each > 0 for each in weights.levels.values()):
        raise Invalid.saying(
            "WEIGHTS_NOTHING",
            zh="评分权重之和须大于 0，至少一个道路等级的权重须大于 0。",
            en="The weights of a score must come to more than 0, and so must that of a level at least.",
        )
    return weights


def score_of(tally: Tally, weights: Weights) -> Score | None:
    """The score of what sums say; None where nothing was planned that counts.

    coverage = Σ level weight × swept ÷ Σ level weight × planned; met = segments met ÷ segments; faultless = 1 − the worst
    fault's seconds ÷ seconds at work (1 where nobody worked: nothing was done wrong). The score is their weighted mean × 100.
    """
    planned = _weighted(tally.planned, weights)
    if planned <= 0:
        return None
    coverage = min(1.0, _weighted(tally.swept, weights) / planned)
    met = tally.met / tally.segments
    worst = max(tally.faults.values(), default=0.0)
    faultless = 1.0 if tally.seconds <= 0 else max(0.0, 1.0 - worst / tally.seconds)
    parts = ((coverage, weights.coverage), (met, weights.met), (faultless, weights.faultless))
    mean = sum(share * weight for share, weight in parts) / sum(weight for _, weight in parts)
    return Score(
        coverage=round(coverage, 6),
        met=round(met, 6),
        faultless=round(faultless, 6),
        qualified_km=round(sum(tally.qualified.values()) / 1000.0, 3),
        score=round(100.0 * mean, 2),
    )


def _weighted(metres: Mapping[RoadLevel, float], weights: Weights) -> float:
    return sum(each * weights.levels.get(level, 0.0) for level, each in metres.items())
