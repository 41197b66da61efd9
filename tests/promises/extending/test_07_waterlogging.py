"""Promise 7 for waterlogging: whoever may not see a place finds it in no list, page, map, figure, event or proposal.

Policies over the plugin's records are drawn by chance. For everybody the decision on each place's owner is compared with
all that the plugin's operations and its map tell.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from plugin_city import PEOPLE, PluginCity, nodes

from ucs_core.access import Action, PolicyRow
from ucs_core.invoke.context import record_type
from ucs_core.invoke.ports import Sharing
from ucs_core.platform.sight import see
from ucs_registry.documents import DocumentQuery
from ucs_sdk.errors import NotFound
from ucs_sdk.plugins import FoundPlugin, find_in_folder
from ucs_sdk.vocabulary import ShareType

WATERLOGGING = Path(__file__).resolve().parents[3] / "capabilities" / "waterlogging"
WORLDS = 3
OWNERS = {"wang": "water", "li": "roads"}

RIGHT = """    page = await records.listed_places(
        ctx, region=asked.region, colour=asked.colour, goes_on=False, limit=asked.limit, after=asked.after
    )
"""
WRONG = """    page = _remembered.get(asked.model_dump_json())
    if page is None:
        page = _remembered[asked.model_dump_json()] = await records.listed_places(
            ctx, region=asked.region, colour=asked.colour, goes_on=False, limit=asked.limit, after=asked.after
        )
"""


def remembers(folder: Path) -> FoundPlugin:
    """The twin: what it has told one it tells the next who asks the same."""
    shutil.copytree(WATERLOGGING / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    text = (WATERLOGGING / "pyproject.toml").read_text("utf-8")
    (folder / "pyproject.toml").write_text(
        text.replace("ucs_capability_waterlogging", "waterlogging_remembers"), "utf-8"
    )
    package = (folder / "src" / "ucs_capability_waterlogging").rename(folder / "src" / "waterlogging_remembers")
    for each in package.glob("*.py"):
        text = each.read_text("utf-8").replace("ucs_capability_waterlogging", "waterlogging_remembers")
        if each.name == "operations.py":
            assert text.count(RIGHT) == 1
            text = text.replace(RIGHT, WRONG) + "\n\n_remembered = {}\n"
        each.write_text(text, "utf-8")
    return find_in_folder(folder)


async def flooded(city: PluginCity, found: FoundPlugin) -> None:
    """Points of two organisations, all of them under deep water."""
    await city.enable(found)
    for number in range(6):
        who = ("wang", "li")[number % 2]
        where = {"longitude": 120 + number, "latitude": 36, "crs": "wgs84", "region": "370213"}
        code = f"P{number}"
        point = {"code": code, "name": code, "sensors": [{"device": "L"}], **where}
        await city.invoke(who, "waterlogging.register", **point)
        reading = {"point": code, "device": "L", "value": 40, "at": city.clock().isoformat()}
        await city.invoke(who, "waterlogging.observe", observations=[reading])
    city.clock.now += timedelta(minutes=1)


async def draw(city: PluginCity, findings: Any, number: int) -> None:
    """Policies by chance, on the places' records alone: everybody may call."""
    chance = findings.random("world", number)
    drawn = [
        PolicyRow(
            id=f"drawn.{at}",
            role=chance.choice(["member", "editor"]),
            relation=chance.choice(["own", "subtree", "ancestors", "any"]),
            kind="data",
            type=chance.choice(["waterlogging__*", "waterlogging__places"]),
            share_type="*",
            action="read",
            effect=chance.choice(["allow", "deny", "deny"]),
        ).to_rule()
        for at in range(chance.randrange(1, 4))
    ]
    async with city.store.write() as unit:
        await unit.remove_rules([rule.id for rule in await unit.rules() if rule.id.startswith("drawn.")])
        await unit.put_rules(drawn)
        await unit.commit()


async def revealed(city: PluginCity, findings: Any) -> list[str]:
    """Where something that is told is other than decided."""
    sharing = Sharing(type=record_type("waterlogging", "places"), share_type=ShareType.UNCONDITIONAL)
    problems = []
    for who in PEOPLE:
        async with city.store.read() as reader:
            sight = await see(reader, city.platform.extensions._authority, who, city.clock())
            kept = await reader.find_documents(DocumentQuery(plugin="waterlogging", collection="places"), first=100)
        may = {
            each.id
            for each in kept
            if sight.snapshot.decide(sight.profile, Action.READ, sharing.of(each.organization)).allowed
        }
        findings.tried += len(kept)
        try:
            told = await all_told(city, who)
        except NotFound:
            # Whoever may call nothing is told nothing.
            continue
        problems += [
            f"{who} is told {sorted(seen)} by {by}, and may see {sorted(may)}" for by, seen in told if seen != may
        ]
    return problems


async def all_told(city: PluginCity, who: str) -> list[tuple[str, set[str]]]:
    """Which places somebody is told of, by each way of telling."""

    async def ask(path: str, **asked: Any) -> Any:
        return await city.invoke(who, f"waterlogging.{path}", **asked)

    single, pages, after = set(), set(), ""
    for number in range(6):
        with suppress(NotFound):
            single.add((await ask("point", code=f"P{number}"))["point"]["code"])
    while True:
        page = await ask("points", limit=1, after=after)
        pages |= {each["code"] for each in page["points"]}
        if page["next"] is None:
            break
        after = page["next"]
    return [
        ("single points", single),
        ("pages", pages),
        ("points of a colour", {each["code"] for each in (await ask("points", colour="red"))["points"]}),
        ("events", {each["place"] for each in (await ask("events"))["events"]}),
        ("proposals", {each["place"] for each in (await ask("proposals"))["closures"]}),
    ]


async def test_what_is_told_agrees_with_what_is_decided(url: str, tmp_path: Path, findings: Any) -> None:
    async with nodes(url, tmp_path) as [city]:
        await flooded(city, find_in_folder(WATERLOGGING))
        for number in range(WORLDS * findings.effort):
            await draw(city, findings, number)
            findings.expect_none(await revealed(city, findings))


async def test_an_answer_that_is_remembered_for_others_would_be_found(tmp_path: Path, findings: Any) -> None:
    async with nodes(None, tmp_path) as [city]:
        await flooded(city, remembers(tmp_path / "twin"))
        caught: list[str] = []
        for number in range(WORLDS):
            await draw(city, findings, number)
            caught += await revealed(city, findings)
        findings.expect_caught("Remembers", caught)
