"""Evaluation: rates over counters, and the score of a unit by weights that a city may set.

Source of the idea: GB/T 30428.4 by its subject; counters and weights as an open city-management platform has them:
0.3 × closing rate + 0.3 × on-time rate + 0.3 × (100 − rework rate) + up to 10 for volume. How the 10 grow with the volume is
not stated there: here in proportion, up to a number of cases that is configured.
"""

from __future__ import annotations

from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Counters(BaseModel):
    """What is counted of the cases of a unit or of the city in a period."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dispatched: int = Field(default=0, ge=0, title="派遣数", description="Cases that the unit had to handle")
    disposed: int = Field(default=0, ge=0, title="处置数", description="Of these, cases that it has handled")
    on_time: int = Field(default=0, ge=0, title="按时处置数", description="Of these, cases handled within their limit")
    late_open: int = Field(default=0, ge=0, title="超时未处置数", description="Cases over their limit and not handled")
    closed: int = Field(default=0, ge=0, title="结案数", description="Cases that are closed")
    reworked: int = Field(default=0, ge=0, title="返工数", description="Cases that had to be done again")
    right_at_first: int = Field(default=0, ge=0, title="准确派遣数", description="Handled by the unit that was first")
    judged: int = Field(default=0, ge=0, title="可评派遣数", description="Cases whose first dispatch can be judged")


class Weights(BaseModel):
    """What a rate counts for, out of 100 in all, and how many cases give the whole of the points for volume."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    closing: float = Field(default=30, ge=0, le=100, title="结案率权重", description="Points for the closing rate")
    on_time: float = Field(default=30, ge=0, le=100, title="按时处置率权重", description="Points for the on-time rate")
    rework: float = Field(
        default=30, ge=0, le=100, title="返工率权重", description="Points for not having to do it again"
    )
    volume: float = Field(default=10, ge=0, le=100, title="工作量权重", description="Points for the number of cases")
    volume_full: int = Field(
        default=100, ge=1, title="工作量满分案件数", description="Cases that give all these points"
    )

    @model_validator(mode="after")
    def _make_a_hundred(self) -> Self:
        if abs(self.closing + self.on_time + self.rework + self.volume - 100) > 1e-6:
            raise ValueError("the weights make 100 in all")
        return self


class Rates(NamedTuple):
    """Rates from 0 to 1; None where there is nothing to take a share of."""

    handling: float | None
    """处置率: handled ÷ to be handled."""
    on_time: float | None
    """按时处置率: handled within the limit ÷ (handled + late and not handled); what is still in time counts for neither."""
    closing: float | None
    """结案率: closed ÷ to be handled."""
    rework: float | None
    """返工率: done again ÷ handled."""
    accuracy: float | None
    """准确派遣率: right at first ÷ judged."""


def rates(counted: Counters) -> Rates:
    """The rates of counters."""
    return Rates(
        handling=_share(counted.disposed, counted.dispatched),
        on_time=_share(counted.on_time, counted.disposed + counted.late_open),
        closing=_share(counted.closed, counted.dispatched),
        rework=_share(counted.reworked, counted.disposed),
        accuracy=_share(counted.right_at_first, counted.judged),
    )


def score(counted: Counters, weights: Weights) -> float | None:
    """The points of a unit, from 0 to 100; None for one that had nothing to handle.

    Of a rate that has no basis yet the points are not lost: no case is late, none had to be done again.
    """
    if not counted.dispatched:
        return None
    found = rates(counted)
    on_time = 1.0 if found.on_time is None else found.on_time
    rework = 0.0 if found.rework is None else found.rework
    return (
        weights.closing * (found.closing or 0.0)
        + weights.on_time * on_time
        + weights.rework * (1.0 - rework)
        + weights.volume * min(1.0, counted.dispatched / weights.volume_full)
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
