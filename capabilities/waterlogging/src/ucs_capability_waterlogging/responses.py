"""Which level of the city's response is proposed, by how many places stand under water and how deep the deepest is.

The platform proposes, and people declare. The figures are data (`levels.toml`), read by `levels_of`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import Term


class ResponseLevel(Term):
    """The levels of emergency response (应急响应等级), I the most serious."""

    I = "i", "Ⅰ级响应", "Level I"  # noqa: E741 -- the level's own name
    II = "ii", "Ⅱ级响应", "Level II"
    III = "iii", "Ⅲ级响应", "Level III"
    IV = "iv", "Ⅳ级响应", "Level IV"


CONDITIONS = frozenset({"red", "wet", "depth", "rain"})
"""What a condition may speak of: red places, places with water, the depth of the deepest, an hour's rain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How the city stands: how many places are red, how many have water, the deepest in centimetres, and the most rain
    that fell anywhere in an hour, in millimetres.
    """

    red: int = 0
    wet: int = 0
    depth: float = 0.0
    rain: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """From when on which level is proposed: for each, in order of seriousness, conditions of which one is enough."""

    source: str
    hold: timedelta
    when: tuple[tuple[ResponseLevel, tuple[Mapping[str, float], ...]], ...]

    def level_of(self, now: Situation) -> ResponseLevel | None:
        """The most serious level of which a condition holds: all that it names is at least as much as it says."""
        for level, conditions in self.when:
            if any(all(getattr(now, what) >= least for what, least in each.items()) for each in conditions):
                return level
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What is proposed, since when, and when a condition of it held last."""

    level: ResponseLevel | None
    since: datetime
    held_at: datetime


_RANK = {ResponseLevel.I: 4, ResponseLevel.II: 3, ResponseLevel.III: 2, ResponseLevel.IV: 1, None: 0}


def proposed_after(before: Proposed | None, situation: Situation, now: datetime, levels: Levels) -> Proposed:
    """What is proposed now: a more serious level at once, a less serious one when the present one has not held for long."""
    level = levels.level_of(situation)
    if before is None or _RANK[level] > _RANK[before.level]:
        return Proposed(level=level, since=now, held_at=now)
    if level is before.level:
        return Proposed(level=level, since=before.since, held_at=now)
    if now - before.held_at >= levels.hold:
        return Proposed(level=level, since=now, held_at=now)
    return before


def levels_of(stated: Mapping[str, Any]) -> Levels:
    """Levels as a file states them. Raises Invalid for conditions that are none, and levels that are not in order."""
    found: list[tuple[ResponseLevel, tuple[Mapping[str, float], ...]]] = []
    for each in stated["level"]:
        conditions = tuple(each["when"])
        known = [level.value for level in ResponseLevel]
        if each["name"] not in known or not conditions or any(not c or c.keys() - CONDITIONS for c in conditions):
            raise _wrong(each["name"])
        found.append((ResponseLevel(each["name"]), conditions))
    _check_order([level for level, _ in found])
    return Levels(source=stated["source"], hold=timedelta(minutes=stated["hold_minutes"]), when=tuple(found))


def _check_order(levels: Sequence[ResponseLevel]) -> None:
    ranks = [_RANK[level] for level in levels]
    if not ranks or ranks != sorted(set(ranks), reverse=True):
        raise _wrong(", ".join(levels))


def _wrong(what: str) -> Invalid:
    return Invalid.saying(
        "LEVELS_WRONG",
        zh="响应等级规则有误：{what}。等级须由重到轻排列，条件只能是 red、wet、depth、rain。",
        en="The levels of response are wrong: {what}. They stand in order from the most serious, and conditions speak of red, "
        "wet, depth and rain.",
        what=what,
    )


@cache
def default_levels() -> Levels:
    """The levels that come with the plugin."""
    return levels_of(tomllib.loads(files(__package__).joinpath("levels.toml").read_text("utf-8")))
