"""A simulation of scarce computing: which share of what happens is found, by the scheduler's worth and by round robin.

It is a simulation and measures no city: findings happen by chance at rates drawn from a log-normal distribution, so that few
streams have most of them, and last for an exponential time. Both ways of choosing see the very same happenings.

    python -m ucs_capability_video_ai.vision.simulation 230000 100
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucs_capability_video_ai.scheduling import USUAL, Weighing, worth

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is simulated. A pair is a stream and an algorithm; times are in hours. All of it is assumed."""

    streams: int
    algorithms: int
    hours: float = 24.0
    tick: float = 1 / 6
    budget: float = 0.01
    """Which share of the pairs can be looked at in one tick."""

    rate: float = 0.001
    """The median of how often something happens at a pair, an hour."""

    spread: float = 2.0
    """The standard deviation of the logarithm of that rate."""

    lasts: float = 0.5
    seed: int = 1

    @property
    def pairs(self) -> int:
        """How many pairs there are."""
        return self.streams * self.algorithms


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a way of choosing has found: of all that happened, and after how many hours in the middle."""

    happened: int
    found: int
    share: float
    median_hours: float
    looks: int


@dataclass
class Known:
    """What a scheduler knows of pairs."""

    finds: Floats
    hours: Floats
    looked: Floats


Chooses = Callable[[Known, float, int, int], NDArray[np.int64]]
"""Chooses pairs by what is known, the time, the tick's number, and how many may be looked at."""


def by_worth(known: Known, now: float, tick: int, budget: int, weighing: Weighing = USUAL) -> NDArray[np.int64]:
    """The scheduler's way; the risk of all pairs is the same here."""
    waited = np.float32(now) - known.looked
    late = (waited >= weighing.waits_most).astype(np.float32)
    value = worth(np.float32(1.0), known.finds, known.hours, waited, np.minimum(waited, weighing.lasts), late, weighing)
    return np.argpartition(-value, budget - 1)[:budget]


def round_robin(known: Known, now: float, tick: int, budget: int) -> NDArray[np.int64]:
    """One pair after the other."""
    return (np.arange(budget, dtype=np.int64) + tick * budget) % known.looked.size


def simulate(world: World, chooses: Chooses, weighing: Weighing = USUAL) -> Outcome:
    """Let a way of choosing look at a world."""
    random = np.random.default_rng(world.seed)
    chance = _chances(world, random)
    pairs, budget = world.pairs, max(1, round(world.pairs * world.budget))
    began, until = np.full(pairs, -1.0, np.float32), np.full(pairs, -1.0, np.float32)
    open_to_find = np.zeros(pairs, np.bool_)
    # Nobody has looked before: as if the last look was by chance at some time in the last hours.
    looked = -random.random(pairs, np.float32) * np.float32(1 / world.budget * world.tick)
    known = Known(np.zeros(pairs, np.float32), np.zeros(pairs, np.float32), looked)
    happened, waits = 0, []
    for tick in range(round(world.hours / world.tick)):
        now = tick * world.tick
        fresh = np.flatnonzero((random.random(pairs, np.float32) < chance) & (until <= now))
        began[fresh], open_to_find[fresh] = now, True
        until[fresh] = now + random.exponential(world.lasts, fresh.size).astype(np.float32)
        happened += int(fresh.size)
        chosen = chooses(known, now, tick, budget)
        hits = open_to_find[chosen] & (until[chosen] > now)
        found = chosen[hits]
        waits.append(now - began[found])
        open_to_find[found] = False
        _learn(known, chosen, hits, now, weighing)
    times = np.concatenate(waits)
    return Outcome(
        happened=happened,
        found=int(times.size),
        share=times.size / max(1, happened),
        median_hours=float(np.median(times)) if times.size else 0.0,
        looks=budget * round(world.hours / world.tick),
    )


def _chances(world: World, random: np.random.Generator) -> Floats:
    """How likely something happens at each pair in one tick."""
    rates = world.rate * np.exp(np.float32(world.spread) * random.standard_normal(world.pairs, np.float32))
    chances: Floats = -np.expm1(-rates * np.float32(world.tick))
    return chances


def _learn(known: Known, chosen: NDArray[np.int64], hits: NDArray[np.bool_], now: float, weighing: Weighing) -> None:
    """As `scheduling.Yield.after`, for many at once."""
    waited = np.float32(now) - known.looked[chosen]
    keeps = np.maximum(np.float32(0.0), 1 - waited / np.float32(weighing.fades))
    known.finds[chosen] = known.finds[chosen] * keeps + hits
    known.hours[chosen] = known.hours[chosen] * keeps + np.minimum(waited, np.float32(weighing.lasts))
    known.looked[chosen] = now


def compared(world: World) -> dict[str, Any]:
    """Both ways of choosing, beside each other."""
    return {
        "simulation": True,
        "world": asdict(world),
        "by_worth": asdict(simulate(world, by_worth)),
        "round_robin": asdict(simulate(world, round_robin)),
    }


if __name__ == "__main__":
    streams, algorithms, *more = sys.argv[1:]
    hours = float(more[0]) if more else 24.0
    sys.stdout.write(json.dumps(compared(World(streams=int(streams), algorithms=int(algorithms), hours=hours))) + "\n")
