"""One run of the story from beginning to end: what the platform must have for it, the storms, and what they came to."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from ucs_core.cli.output import Output
from ucs_core.cli.storm.counting import Tally, tally
from ucs_core.cli.storm.doors import Doors
from ucs_core.cli.storm.people import People
from ucs_core.cli.storm.playing import Player
from ucs_core.cli.storm.script import beats
from ucs_core.cli.storm.seeing import EYES, Seeing
from ucs_core.cli.storm.telling import Telling
from ucs_core.demo.storms import Storm, spots
from ucs_core.profile import Profile
from ucs_sdk.commands import say
from ucs_sdk.errors import FailedPrecondition

NEEDED = (
    "waterlogging.observe",
    "waterlogging.report",
    "waterlogging.points",
    "waterlogging.events",
    "waterlogging.proposals",
    "case_center.list",
    "case_center.get",
    "case_center.act",
    "case_center.units",
)
"""The operations by which the story is played."""

POINTS_MOST = 500
"""How many points of the register are looked through for those of the story."""


class Story(NamedTuple):
    """What is played: which storms, by which chance, and how many times faster than they came."""

    storms: tuple[Storm, ...]
    seed: int
    speed: int


class Outcome(NamedTuple):
    """What a run came to, and for how many seconds at most the platform was away meanwhile."""

    counted: Tally
    away: float


async def play(output: Output, profile: Profile, story: Story) -> Outcome:
    """Play a story against the platform of a profile, and count what came of it.

    Raises FailedPrecondition where the platform lacks what it takes, or water stands from before.
    """
    telling, minutes = Telling(output), list(beats(story.storms, story.seed))
    async with Doors(profile, telling.away) as doors:
        telling.units = await _units(doors)
        seeing = Seeing(doors, telling, spots().values(), datetime.now(UTC))
        await _check_calm(seeing)
        telling.title(story.speed, story.seed, len(minutes))
        name = f"storm-{secrets.token_hex(6)}"
        player = Player(doors, seeing, People(doors, name, seeing.is_wet), telling, name, story.speed)
        await player.play(minutes)
        counted = tally(player.detected, await seeing.events(), await seeing.details())
        return Outcome(counted, doors.longest_away)


async def _units(doors: Doors) -> Mapping[str, str]:
    """The titles of the units that cases go to, once it is clear that the platform has what the story needs."""
    client = await doors.client(EYES)
    offered = {each.name for each in await client.operations()}
    missing = sorted({each.partition(".")[0] for each in NEEDED if each not in offered})
    if missing:
        raise FailedPrecondition("STORM_CAPABILITY_MISSING", capabilities=missing)
    points = await doors.call(EYES, "waterlogging.points", {"limit": POINTS_MOST})
    known = {each["code"] for each in points["points"]}
    unknown = [each.code for each in spots().values() if each.measured and each.code not in known]
    if unknown:
        raise FailedPrecondition("STORM_POINTS_MISSING", points=unknown[:5], count=len(unknown))
    units = (await doors.call(EYES, "case_center.units", {}))["units"]
    return {each["unit"]: say(each["title_en"], each["title_zh"]) for each in units}


async def _check_calm(seeing: Seeing) -> None:
    """Raise FailedPrecondition where a storm before this one goes on: its cases would be counted with these."""
    await seeing.look()
    going_on = [each for each in await seeing.events() if each["state"] != "over"]
    if going_on:
        raise FailedPrecondition("STORM_BEFORE", places=[each["name"] for each in going_on][:5], count=len(going_on))
