"""Assessments: what was found where, on which evidence, and what of it holds at a date.

Nothing that was found is ever erased. Evidence that is withdrawn counts until the date of its withdrawal and not from it on,
and what a rectification gives back counts from the date on which it was checked: so how things stood at a date can always be
worked out again. All functions are pure.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from fractions import Fraction
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_civic_creation.indicator_tree import CheckItem, thousandths
from ucs_capability_civic_creation.vocabulary import EvidenceKind

EVIDENCE_MOST = 8
"""How many files one result has."""

PROBLEMS_MOST = 100
"""How many problems one result counts."""


class Record(BaseModel):
    """What is kept."""

    model_config = ConfigDict(frozen=True)


class Evidence(Record):
    """A file that shows something, and until when it counts."""

    digest: str
    withdrawn_at: AwareDatetime | None = None
    reason: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether it counts at a date: from the very moment of its withdrawal on it does not."""
        return self.withdrawn_at is None or at < self.withdrawn_at


class Result(Record):
    """What was found of one item. `kept` of `out_of` is what it earned: points in thousandths, or answers."""

    item: str
    kept: int = Field(ge=0)
    out_of: int = Field(gt=0)
    problems: int = 0
    note: str = ""
    evidence: tuple[Evidence, ...] = ()
    recovered: int = 0
    recovered_at: AwareDatetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it counts at a date: what rests on evidence does as long as any of it holds."""
        return not self.evidence or any(each.holds(at) for each in self.evidence)

    def kept_at(self, at: datetime) -> int:
        """What it keeps at a date, with what a rectification has given back by then."""
        given = self.recovered if self.recovered_at is not None and self.recovered_at <= at else 0
        return min(self.out_of, self.kept + given)


class Assessment(Record):
    """One visit to a point, one questionnaire or one review of documents. `target` is a point, or the code of a division."""

    id: str
    edition: str
    version: int
    kind: EvidenceKind
    target: str
    unit: str = ""
    region: str
    recorded_at: AwareDatetime
    by: str = ""
    results: tuple[Result, ...]
    withdrawn_at: AwareDatetime | None = None
    reason: str = ""

    def held(self, at: datetime) -> list[Result]:
        """The results that count at a date."""
        if at < self.recorded_at or (self.withdrawn_at is not None and self.withdrawn_at <= at):
            return []
        return [each for each in self.results if each.holds(at)]


A = TypeVar("A", bound=Assessment)


def found_at_site(item: CheckItem, problems: int) -> tuple[int, int]:
    """What a visit that finds so many problems keeps, and out of how many points: each costs the item's deduction, and no
    item loses more than it is worth.
    """
    worth = thousandths(item.points)
    return max(0, worth - problems * thousandths(item.deduction)), worth


def recovery(result: Result, percent: int) -> int:
    """What a rectification gives back of a result's deduction, in thousandths, rounded down."""
    return int(Fraction((result.out_of - result.kept) * percent, 100))


def withdrawn(assessment: A, digests: Collection[str], at: datetime, reason: str) -> A:
    """The assessment without some of its evidence from a date on; without all of it when no digest is named.

    What was withdrawn before keeps its date.
    """
    if not digests:
        if assessment.withdrawn_at is not None:
            return assessment
        return assessment.model_copy(update={"withdrawn_at": at, "reason": reason})
    results = tuple(
        each.model_copy(update={"evidence": tuple(_without(one, digests, at, reason) for one in each.evidence)})
        for each in assessment.results
    )
    return assessment.model_copy(update={"results": results})


def recovered(assessment: A, item: str, percent: int, at: datetime) -> A:
    """The assessment with what a rectification gives back for an item; what was given back before stays as it is."""
    results = tuple(
        each.model_copy(update={"recovered": recovery(each, percent), "recovered_at": at})
        if each.item == item and each.recovered_at is None
        else each
        for each in assessment.results
    )
    return assessment.model_copy(update={"results": results})


def lost(before: Assessment, after: Assessment, at: datetime) -> list[Result]:
    """The results that counted in one form of an assessment at a date and count no more in another."""
    left = {each.item for each in after.held(at)}
    return [each for each in before.held(at) if each.item not in left]


def _without(evidence: Evidence, digests: Collection[str], at: datetime, reason: str) -> Evidence:
    if evidence.digest not in digests or evidence.withdrawn_at is not None:
        return evidence
    return evidence.model_copy(update={"withdrawn_at": at, "reason": reason})
