"""The storms of the demo: the points that flood, what two public texts tell of, and the depths made up around that.

`data/storms.yaml` says what is cited and what is not. Minutes are those of a storm's hour, depths are in centimetres.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

STORM_MINUTES = 60
"""How long the hour of each storm is that is played."""


class Spot(NamedTuple):
    """A place that floods: a point of the register, or a crossing that has no sensor and that citizens report.

    The position is made up, within a division that the road was taken to lie in; so is the name where there is no source.
    """

    code: str
    zh: str
    en: str
    region: str
    longitude: float
    latitude: float
    source: str
    measured: bool

    @property
    def sensor(self) -> str:
        """The code of its level sensor."""
        return f"L-{self.code}"


class Fact(NamedTuple):
    """Something that the source tells, and the minute at which it is said."""

    minute: int
    zh: str
    en: str


class Flood(NamedTuple):
    """The water of one place in one storm: knots of depth by minute, or from when to when citizens see it."""

    spot: Spot
    knots: tuple[tuple[int, float], ...]
    cited: tuple[tuple[int, float], ...]
    seen: tuple[int, int]

    def depth(self, minute: float) -> float:
        """The depth at a minute, on the line between two knots; none outside of them."""
        at = bisect_right(self.knots, (minute, float("inf")))
        if at == 0:
            return 0.0
        if at == len(self.knots):
            return self.knots[-1][1]
        (before, low), (after, high) = self.knots[at - 1], self.knots[at]
        return low + (high - low) * (minute - before) / (after - before)


class Storm(NamedTuple):
    """One storm's hour: when it begins on the clock of its day, who tells of it, and what floods."""

    id: str
    zh: str
    en: str
    begins: str
    source: str
    facts: tuple[Fact, ...]
    floods: tuple[Flood, ...]


@cache
def spots() -> dict[str, Spot]:
    """Every place that floods, by code: the points of the register first."""
    document, sources = _document(), _document()["sources"]
    rows = [(row, True) for row in document["points"]] + [(row, False) for row in document["spots"]]
    return {
        row["code"]: Spot(
            code=row["code"],
            zh=row["zh"],
            en=row["en"],
            region=row["region"],
            longitude=row["longitude"],
            latitude=row["latitude"],
            source=sources[row["source"]] if "source" in row else "",
            measured=measured,
        )
        for row, measured in rows
    }


@cache
def storms() -> tuple[Storm, ...]:
    """The storms, in the order in which they are played."""
    return tuple(_storm(row) for row in _document()["storms"])


def registered() -> list[dict[str, Any]]:
    """The points as `waterlogging.register` takes them. Their water is made up, and each says so."""
    return [
        {
            "code": spot.code,
            "name": spot.zh,
            "region": spot.region,
            "longitude": spot.longitude,
            "latitude": spot.latitude,
            "crs": "wgs84",
            "sensors": [{"device": spot.sensor}],
            "synthetic": True,
        }
        for spot in spots().values()
        if spot.measured
    ]


def _storm(row: dict[str, Any]) -> Storm:
    return Storm(
        id=row["id"],
        zh=row["zh"],
        en=row["en"],
        begins=row["begins"],
        source=_document()["sources"][row["source"]],
        facts=tuple(Fact(**each) for each in row["facts"]),
        floods=tuple(_flood(each) for each in row["floods"]),
    )


def _flood(row: dict[str, Any]) -> Flood:
    start, end = row.get("minutes", (0, 0))
    return Flood(
        spot=spots()[row["point"]],
        knots=tuple((int(minute), float(depth)) for minute, depth in row.get("depths", {}).items()),
        cited=tuple((int(minute), float(depth)) for minute, depth in row.get("cited", {}).items()),
        seen=(start, end),
    )


@cache
def _document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("ucs_core.demo").joinpath("data", "storms.yaml").read_text("utf-8"))
    return loaded
