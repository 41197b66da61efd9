"""How cases are asked for: which of the things that an officer may state go together, and what they are in the records.

Counts take state, light and openness out of one question, so that whatever is told of them was so at one moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from ucs_capability_case_center import refusals
from ucs_capability_case_center.inputs import CasesAsked, PageAsked
from ucs_capability_case_center.records import (
    AREAS,
    CASES,
    COUNTED_BY,
    LISTED_BY,
    CaseLine,
    stamp,
    standing_of,
)
from ucs_capability_case_center.vocabulary import CaseState, TimeLight
from ucs_sdk import Between, Context
from ucs_sdk.calendar import CHINA_STANDARD_TIME
from ucs_sdk.ways import Way, parted, ways_of

Conditions = dict[str, str | bool | Between]

WAYS = ways_of(LISTED_BY, COUNTED_BY)
"""How cases can be asked for."""

_OWN = {"next_at"}
"""What the case centre asks for itself, and nobody else."""

_STATED = {"reported_at": "newest", "red_at": "due", "day": "since, until"}
"""What fields are called in a question, where they are called otherwise there."""

_STANDINGS = {standing_of(state, light): (state, light) for state in CaseState for light in TimeLight}


class Listing(NamedTuple):
    """What a list asks the records for."""

    where: Conditions
    order_by: str
    descending: bool


def listing(asked: PageAsked) -> Listing | None:
    """What a list asks for; None where nothing can be so. Raises Invalid for what is not listed together."""
    if _contradicts_itself(asked):
        return None
    where = _named(asked)
    if asked.state is not None:
        where["state"] = asked.state.value
    elif asked.light is not None or asked.order == "due":
        where["open"] = True
    elif asked.open is not None:
        where["open"] = asked.open
    if asked.light is not None:
        where["light"] = asked.light.value
    if asked.since or asked.until:
        where["reported_at"] = _moments(asked.since, asked.until)
    order = "red_at" if asked.order == "due" else "reported_at"
    within = [name for name in where if name == "reported_at"]
    if WAYS.listing([name for name in where if name not in within], within, order) is None:
        raise refusals.not_listed(_told([*where, order]), _ways(WAYS.listed))
    return Listing(where, order, order == "reported_at")


async def counted(ctx: Context, asked: CasesAsked) -> dict[tuple[CaseState, TimeLight], int]:
    """How many of the cases that are asked for stand where and show which light, as far as the caller may see them.

    Raises Invalid for what is not counted together.
    """
    where = _named(asked)
    if asked.since or asked.until:
        where["day"] = days(asked.since, asked.until)
    if WAYS.counting([*where, "standing"]) is None:
        raise refusals.not_counted(_told(where), _ways(way for way in WAYS.counted if "standing" in way))
    found = await ctx.documents(CASES, CaseLine).counts("standing", where)
    return {
        at: count
        for standing, count in found.items()
        if (at := _STANDINGS.get(str(standing))) is not None and _is_meant(asked, *at)
    }


async def read_up_to(ctx: Context) -> datetime:
    """Up to when the clocks of all cases that the caller may see have been read."""
    now = ctx.clock.now()
    late = await ctx.documents(CASES, CaseLine).query(
        {"next_at": Between(most=stamp(now))}, order_by="next_at", limit=1
    )
    return min([now, *(datetime.fromisoformat(each.body.next_at) for each in late.items)])


def days(since: date | None, until: date | None) -> Between:
    """The days of a period, as records have them."""
    return Between(least=since.isoformat() if since else None, most=until.isoformat() if until else None)


def _moments(since: date | None, until: date | None) -> Between:
    return Between(
        least=stamp(_midnight(since)) if since else None,
        most=stamp(_midnight(until) + timedelta(days=1, microseconds=-1)) if until else None,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, CHINA_STANDARD_TIME).astimezone(UTC)


def _named(asked: CasesAsked) -> Conditions:
    if asked.region and len(asked.region) not in AREAS:
        raise refusals.area_unknown(asked.region)
    stated: dict[str, str | None] = {
        "case_type": asked.case_type,
        "unit": asked.unit,
        "source": asked.source and asked.source.value,
        f"region[{len(asked.region)}]": asked.region or None,
    }
    return {name: value for name, value in stated.items() if value is not None}


def _contradicts_itself(asked: PageAsked) -> bool:
    return not any(_is_meant(asked, state, light) for state, light in _STANDINGS.values()) or (
        asked.order == "due" and (asked.open is False or (asked.state is not None and asked.state.is_final))
    )


def _is_meant(asked: CasesAsked, state: CaseState, light: TimeLight) -> bool:
    return (
        asked.state in (None, state)
        and asked.light in (None, light)
        and asked.open in (None, not state.is_final)
        # A case that has ended shows no light.
        and (asked.light is None or not state.is_final)
    )


def _ways(ways: Iterable[Way]) -> list[str]:
    return [told for told in dict.fromkeys(_told(way) for way in ways if not _OWN & {*way}) if told]


def _told(fields: Iterable[str]) -> str:
    names = [parted(field)[0] for field in fields]
    # Whether a case is open is said with its light, and state and light are told apart in every count.
    kept = [name for name in names if name != "standing" and not (name == "open" and {"light", "red_at"} & {*names})]
    return " + ".join(dict.fromkeys(_STATED.get(name, name) for name in kept))
