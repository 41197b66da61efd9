"""Scores at a date, worked out exactly from the assessments and from nothing else.

What an item earns at a target is what its assessments kept of what they were out of. An item's rate in a group is the mean over
the targets, so that nobody gains by being visited more often. The base score is the mean rate of the base items that were
assessed, weighted by their points, times what the base part makes; the feature items add what they earned, and those that nobody
has assessed earn nothing. How much of the base part was assessed is told beside the score.

No public text states how results are put together: these rules are this project's. Fractions are exact until they are shown, so
a score depends neither on the order of the assessments nor on the machine.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import groupby

from ucs_capability_civic_creation.assessing import Assessment, Result
from ucs_capability_civic_creation.indicator_tree import Tree, thousandths
from ucs_capability_civic_creation.vocabulary import GroupBy, Part

DISTRICT_DIGITS = 6
"""How much of a division's code names the district."""

SHOWN = Decimal("0.01")
"""To what a score is rounded when it is shown; ranks go by the exact score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a group stands. `score` is `base` and `feature` together; None when no base item was assessed."""

    group: str
    score: Fraction | None
    base: Fraction | None
    feature: Fraction
    assessed: Fraction
    """Which share of the base points was assessed, from 0 to 1."""
    targets: int
    problems: int


class Tally:
    """Adds up assessments as they stood at a date, one after the other, for groups of one kind."""

    def __init__(self, tree: Tree, *, at: datetime, since: datetime | None = None, by: GroupBy = GroupBy.CITY) -> None:
        self._tree, self._at, self._since, self._by = tree, at, since, by
        self._kept: dict[str, dict[str, dict[str, list[int]]]] = defaultdict(lambda: defaultdict(dict))
        self._problems: dict[str, int] = defaultdict(int)
        self._basis = 0
        self.assessments = 0
        """How many assessments count."""
        self.unplaced = 0
        """How many results are of items that the tree does not have."""

    def add(self, assessment: Assessment) -> None:
        """Add an assessment, if it counts at the date."""
        group = group_of(assessment, self._by)
        if group is None or (self._since is not None and assessment.recorded_at < self._since):
            return
        held = assessment.held(self._at)
        self.assessments += bool(held)
        for result in held:
            self._take(group, assessment, result)

    def _take(self, group: str, assessment: Assessment, result: Result) -> None:
        if result.item not in self._tree.items:
            self.unplaced += 1
            return
        kept = result.kept_at(self._at)
        sums = self._kept[group][result.item].setdefault(assessment.target, [0, 0])
        sums[0] += kept
        sums[1] += result.out_of
        self._problems[group] += result.problems
        line = f"{assessment.id}\n{result.item}\n{kept}\n{result.out_of}".encode()
        # A sum of digests is the same in whatever order they come.
        self._basis = (self._basis + int.from_bytes(hashlib.sha256(line).digest())) % 2**256

    @property
    def basis(self) -> str:
        """A digest of all that counts: equal when the score rests on the very same results."""
        return f"{self._basis:064x}"

    def standings(self) -> list[Standing]:
        """How the groups stand, by group."""
        return [self._standing(group, items) for group, items in sorted(self._kept.items())]

    def _standing(self, group: str, items: Mapping[str, Mapping[str, Sequence[int]]]) -> Standing:
        earned = {part: Fraction(0) for part in Part}
        worth = dict.fromkeys(Part, 0)
        for code, targets in items.items():
            part, item = self._tree.items[code]
            points = thousandths(item.points)
            earned[part] += points * mean((kept, out_of) for kept, out_of in targets.values())
            worth[part] += points
        whole = Fraction(thousandths(self._tree.base_points), 1000)
        base = whole * earned[Part.BASE] / worth[Part.BASE] if worth[Part.BASE] else None
        feature = earned[Part.FEATURE] / 1000
        return Standing(
            group=group,
            score=None if base is None else base + feature,
            base=base,
            feature=feature,
            assessed=Fraction(worth[Part.BASE], 1000) / whole,
            targets=len({target for targets in items.values() for target in targets}),
            problems=self._problems[group],
        )


def group_of(assessment: Assessment, by: GroupBy) -> str | None:
    """To which group an assessment belongs; None when it is nobody's."""
    match by:
        case GroupBy.CITY:
            return "city"
        case GroupBy.DISTRICT:
            return assessment.region[:DISTRICT_DIGITS]
        case GroupBy.UNIT:
            return assessment.unit or None
        case GroupBy.POINT:
            return assessment.target if assessment.unit else None


def mean(shares: Iterable[tuple[int, int]]) -> Fraction:
    """The mean of shares, exactly. Raises ZeroDivisionError for none."""
    sums: dict[int, int] = defaultdict(int)
    count = 0
    for part, whole in shares:
        sums[whole] += part
        count += 1
    return sum((Fraction(part, whole) for whole, part in sums.items()), Fraction(0)) / count


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A group with its rank; those with the same score share one, and the next ranks are left out (1, 2, 2, 4)."""

    rank: int
    standing: Standing


def ranking(standings: Iterable[Standing]) -> list[Ranked]:
    """Groups that have a score, the best first, equal ones by name."""
    scored = [(each.score, each) for each in standings if each.score is not None]
    scored.sort(key=lambda pair: (-pair[0], pair[1].group))
    ranked: list[Ranked] = []
    for _, equal in groupby(scored, key=lambda pair: pair[0]):
        rank = len(ranked) + 1
        ranked += [Ranked(rank=rank, standing=standing) for _, standing in equal]
    return ranked


def shown(value: Fraction | None) -> float | None:
    """A fraction as it is shown: two decimals, halves up."""
    if value is None:
        return None
    return float((Decimal(value.numerator) / Decimal(value.denominator)).quantize(SHOWN, ROUND_HALF_UP))
