"""What is said in the story, minute by minute: readings of sensors and words of citizens, the same for the same seed.

What the sources tell is said as they tell it; all else is made up and says so. Nothing here knows a platform.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ucs_core.demo.storms import STORM_MINUTES, Fact, Flood, Spot, Storm

WAVES = 0.4
"""By how much sensors scatter about the line between two knots, in centimetres (one standard deviation)."""

NOTICED = 8.0
"""From which depth in centimetres on passers-by call."""

CALLS = 0.18
"""How likely somebody calls in a minute from a place where water is noticed."""

SPOT_CALLS = 3
"""Every how many minutes somebody calls from a place without a sensor."""


class Reading(NamedTuple):
    """What a sensor says in a minute."""

    spot: Spot
    depth: float


class Sighting(NamedTuple):
    """What a citizen says. The number tells citizens apart."""

    spot: Spot
    number: int


class Beat(NamedTuple):
    """A minute of the story: which one of its storm, and what is said in it."""

    storm: Storm
    minute: int
    readings: tuple[Reading, ...]
    sightings: tuple[Sighting, ...]
    facts: tuple[Fact, ...]

    @property
    def clock(self) -> str:
        """The clock of the storm's day, `19:32`."""
        hours, minutes = self.storm.begins.split(":")
        total = int(hours) * 60 + int(minutes) + self.minute
        return f"{total // 60 % 24:02}:{total % 60:02}"


def beats(storms: Sequence[Storm], seed: int) -> Iterator[Beat]:
    """Every minute of these storms, one storm behind the other."""
    chance, number = random.Random(seed), 0
    for storm in storms:
        for minute in range(STORM_MINUTES):
            readings = [
                Reading(flood.spot, _measured(flood, minute, chance)) for flood in storm.floods if flood.spot.measured
            ]
            sightings = []
            for flood in storm.floods:
                if _is_called_in(flood, minute, chance):
                    number += 1
                    sightings.append(Sighting(flood.spot, number))
            facts = tuple(each for each in storm.facts if each.minute == minute)
            yield Beat(storm, minute, tuple(readings), tuple(sightings), facts)


def _measured(flood: Flood, minute: int, chance: random.Random) -> float:
    """A depth to the millimetre. What is cited does not scatter, and a dry road reads no water."""
    scatter = chance.gauss(0.0, WAVES)
    cited = dict(flood.cited).get(minute)
    if cited is not None:
        return cited
    depth = flood.depth(minute)
    return 0.0 if depth <= 0.0 else round(max(1.2, depth + scatter), 1)


def _is_called_in(flood: Flood, minute: int, chance: random.Random) -> bool:
    likely = chance.random() < CALLS
    if not flood.spot.measured:
        start, end = flood.seen
        return start <= minute < end and (minute - start) % SPOT_CALLS == 0
    return likely and flood.depth(minute) >= NOTICED
