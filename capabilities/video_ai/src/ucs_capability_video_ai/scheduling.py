"""Which pictures are worth looking at when not all can be: by risk, by what was found of late, and by how long nobody looked.

A finding appears by chance, at a rate that differs from stream to stream and is not known. What is expected of a look is
the risk × the rate × the time since the last look, for as long as a finding lasts (`lasts`). The rate is estimated as the
mean of a gamma distribution after counting (A. Gelman et al., Bayesian Data Analysis, 3rd ed., §2.6), and what was counted
fades, so that a stream that has changed is learned anew. Whoever waited for too long (`waits_most`) goes first.

The functions take numbers and arrays of numbers alike; the simulation runs the very same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

N = TypeVar("N")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """Assumptions of this project. Times are in hours."""

    finds: float = 0.5
    """How many findings a stream is credited with before anybody looked."""

    hours: float = 24.0
    """In how many hours it is credited with them."""

    fades: float = 72.0
    """In how many hours what was counted has fallen to 1/e."""

    lasts: float = 0.5
    """How many hours a finding can be seen for; waiting longer than that brings no more to see."""

    waits_most: float = 24.0
    """After how many hours a stream goes before all others."""


USUAL = Weighing()

OVERDUE = 1_000_000.0
"""What a stream that waited for too long is worth more than others."""


# Plain arithmetic, which holds for a float and for an array; no type says both.
def rate(finds, hours, weighing: Weighing = USUAL):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """How many findings an hour are expected, by findings counted in hours watched."""
    return (finds + weighing.finds) / (hours + weighing.hours)


# As above.
def worth(risk, finds, hours, waited, seen, late, weighing: Weighing = USUAL):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """What a look is worth: `seen` is `waited` hours, but `lasts` at most; `late` is 1 where `waited` is too long, or 0."""
    return risk * rate(finds, hours, weighing) * seen + late * (OVERDUE + waited)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """What looking at a stream with an algorithm has brought of late."""

    finds: float = 0.0
    hours: float = 0.0

    def after(self, waited: float, found: int, weighing: Weighing = USUAL) -> Yield:
        """What is known after one look more, so many hours after the one before."""
        keeps = max(0.0, 1.0 - waited / weighing.fades)
        return Yield(finds=self.finds * keeps + found, hours=self.hours * keeps + min(waited, weighing.lasts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A picture that is due: of which stream, by which plan, since when, and what it is worth."""

    key: str
    due: datetime
    worth: float


def worth_of(risk: float, known: Yield, waited: float, weighing: Weighing = USUAL) -> float:
    """What one look is worth, in numbers."""
    late = 1.0 if waited >= weighing.waits_most else 0.0
    seen = min(waited, weighing.lasts)
    value: float = worth(risk, known.finds, known.hours, waited, seen, late, weighing)
    return value


def chosen(looks: Sequence[Look], budget: int) -> list[Look]:
    """Those that are looked at now: the most worth first, of equals the longest due, then by name."""
    return sorted(looks, key=lambda each: (-each.worth, each.due, each.key))[: max(0, budget)]
