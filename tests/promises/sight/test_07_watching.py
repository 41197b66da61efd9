"""Promise 7 for watches: no event names or shows what its watcher may not see, and every change is told that it may.

In the small worlds of this promise resources change hands, states and contents; then everybody watches from the beginning.
Who ought to be told of what, and in which words, is known from casbin's own enforcer and from a get of the same moment.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from ucs_core.access.actions import Action
from ucs_core.platform import WatchFilter, build_platform
from ucs_core.platform.sight import WORKING_ACTIONS
from ucs_registry.log import Entry
from ucs_registry.resources import Resource
from ucs_registry.testing import NOW, a_revision, an_entry
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import Availability, ResourceKind, ReviewState, ShareType

STEPS = 24
TELLING = re.compile(r'\d{26}|CODE-\d{6}|(?:shown|draft|spec|tel)\d{4}x|"v7\d{3}"')


def granting_world(sight: Any, findings: Any, number: int) -> Any:
    """A world in which somebody sees something by a grant alone."""
    for attempt in count():
        world = sight.world(findings.random("granting world", number, attempt))
        without = replace(world, grants=[], _decided={})
        if any(len(world.seen_by(who.id)) > len(without.seen_by(who.id)) for who in world.principals):
            return world
    raise AssertionError


@dataclass
class History:
    """What has become of a world: its entries, and the positions at which only the next revision was worked on."""

    entries: Sequence[Entry]
    preparing: set[int]


async def churn(store: Any, world: Any, chance: Any) -> History:
    """Change resources one after another, as the platform's own verbs would."""
    before = (await _log(store))[-1].position
    preparing = set()
    for step in range(1, STEPS + 1):
        at = chance.randrange(len(world.resources))
        old = world.resources[at]
        verb, new = _changed(old, chance)
        if verb == "resources.update" and old.current is not None:
            preparing.add(before + step)
        body = f'{{"revision":{new.head.number}}}'
        async with store.write() as unit:
            await unit.save([new])
            unit.append(
                an_entry(
                    object=new.name, verb=verb, access_before=old.access, access_after=new.access, body=body, at=NOW
                )
            )
            await unit.commit()
        world.resources[at] = new
    # What was decided of the resources as they were is not true of them as they are.
    world._decided.clear()
    return History(await _log(store), preparing)


def _changed(old: Resource, chance: Any) -> tuple[str, Resource]:
    match chance.choice(("state", "approve", "update")):
        case "state":
            return "resources.suspend", old.model_copy(update={"availability": chance.choice(list(Availability))})
        case "approve":
            revision = _revision(old, chance, ReviewState.APPROVED, "shown")
            return "resources.approve", old.model_copy(update={"head": revision, "current": revision})
        case _:
            return "resources.update", old.model_copy(
                update={"head": _revision(old, chance, ReviewState.DRAFT, "shown" if old.current is None else "draft")}
            )


def _revision(old: Resource, chance: Any, state: ReviewState, word: str) -> Any:
    number = int(old.id)
    return a_revision(
        old.head.number + 1,
        state,
        title_zh="题",
        title_en=f"{word}{number:04}x common",
        spec={"note": f"spec{number:04}x"},
        contact=f"tel{number:04}x",
        share_type=chance.choice(list(ShareType)),
        share_condition="协议",
        denial_basis="依据",
        data_level=old.shown.content.data_level,
        open_type=old.shown.content.open_type,
        dependencies=old.shown.content.dependencies,
    )


async def _log(store: Any) -> list[Entry]:
    async with store.read() as reader:
        entries: list[Entry] = await reader.log(after=0, first=10_000)
        return entries


def true_changes(world: Any, history: History, principal: str) -> list[tuple[int, str, str]]:
    """Position, type and name of everything that a principal may hear of, found by asking casbin about each."""
    found = []
    for entry in history.entries:
        if entry.outcome != "accepted" or not entry.object.startswith("resources/"):
            continue
        before, after = (
            access is not None and _may(world, principal, Action.DISCOVER, entry.object, access)
            for access in (entry.access_before, entry.access_after)
        )
        hidden = entry.position in history.preparing and not any(
            _may(world, principal, action, entry.object, entry.access_after) for action in WORKING_ACTIONS
        )
        if (before or after) and not hidden:
            change = ("modified" if before else "added") if after else "removed"
            found.append((entry.position, change, entry.object))
    return found


def _may(world: Any, principal: str, action: Action, name: str, access: Any) -> bool:
    # The name decides on grants, the id only on what is remembered.
    asked = SimpleNamespace(id=f"{name} {access}", name=name, access=access)
    allowed: bool = world.may(principal, action, asked)
    return allowed


async def told(platform: Any, principal: str, filter: WatchFilter) -> list[Any]:
    """All that is told from the beginning to the present."""
    events = []
    async with aclosing(platform.watch(principal, None, after=0, filter=filter)) as watch:
        async for event in watch:
            if event.name is None:
                return events
            events.append(event)
    return events


def _filters(world: Any) -> dict[WatchFilter, Any]:
    below = world.below(world.organizations[1].id)
    return {
        WatchFilter(): lambda resource: True,
        WatchFilter(kind=ResourceKind.DATA): lambda resource: resource.kind is ResourceKind.DATA,
        WatchFilter(type="dataset"): lambda resource: resource.type == "dataset",
        WatchFilter(owner_subtree=world.organizations[1].id): lambda resource: resource.owner in below,
    }


async def betrayals(node: Any, world: Any, history: History, findings: Any) -> list[str]:
    """What is wrong with what everybody is told."""
    found = []
    by_name = {resource.name: resource for resource in world.resources}
    for person in world.principals:
        true = true_changes(world, history, person.id)
        for filter, wanted in _filters(world).items():
            events = await told(node.platform, person.id, filter)
            findings.tried += len(history.entries)
            expected = [change for change in true if wanted(by_name[change[2]])]
            heard = [(event.position, event.type.value, event.name) for event in events]
            if heard != expected:
                differing = sorted(set(heard) ^ set(expected))
                found.append(f"{person.id}, {filter}: {differing[:5]}")
        found += await _views(node, world, person.id, await told(node.platform, person.id, WatchFilter()))
    return found


async def _views(node: Any, world: Any, principal: str, events: Sequence[Any]) -> list[str]:
    """Where a view is not what a get shows, or says what may not be said."""
    secrets, found = world.secrets_from(principal), []
    async with node.platform.session(principal) as session:
        gets = {name: await _get(session, name) for name in {event.name for event in events}}
        for event in events:
            if event.resource != (None if event.type == "removed" else gets[event.name]):
                found.append(f"{principal}, {event.name} at {event.position}: not what a get shows")
            words = set(TELLING.findall("" if event.resource is None else event.resource.model_dump_json()))
            found += [f"{principal}: {event.name} tells {secrets[word]}" for word in words if word in secrets]
    return found


async def _get(session: Any, name: str) -> Any:
    try:
        return await session.resource(name)
    except UcsError:
        return None


@asynccontextmanager
async def watched(open_nodes: Any, url: str, world: Any, chance: Any, **options: Any) -> AsyncIterator[Any]:
    """A node that shows a world, and what has become of it."""

    def build(store: Any, verifier: Any) -> Any:
        return build_platform(store, verifier, origin="here", clock=lambda: NOW)

    async with open_nodes(url, 1, build, **options) as [node]:
        await world.enter(node.store)
        yield node, await churn(node.store, world, chance)


async def test_a_watch_tells_nothing_that_a_get_denies_and_all_else(
    database, open_nodes, sight, findings, round_number
):
    world = granting_world(sight, findings, round_number)
    async with watched(open_nodes, database, world, findings.random("churn", round_number)) as (node, history):
        findings.expect_none(await betrayals(node, world, history, findings))


class Broken:
    """A twin: a store whose readers are broken in one way."""

    def __init__(self, store: Any, reader: type) -> None:
        self._store = store
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        async with self._store.read() as reader:
            yield self._reader(reader)


class _Reader:
    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)


class JudgesByTheSight(_Reader):
    """Whatever somebody can see now was always in sight: it judges by the resource, and not by what had changed."""

    async def log(self, **asked: Any) -> list[Entry]:
        entries = await self._reader.log(**asked)
        names = {entry.object.removeprefix("resources/") for entry in entries}
        now = {item.name: item.access for item in (await self._reader.resources(names)).values()}
        return [
            replace(entry, access_before=now.get(entry.object), access_after=now.get(entry.object)) for entry in entries
        ]


class GrantsToAll(_Reader):
    """What was ever granted to one is granted to everybody, for ever."""

    async def find_grants(self, **asked: Any) -> Any:
        found = await self._reader.find_grants(**{**asked, "live_at": None})
        everybody = [person.name for person in await self._reader.principals()]
        return [replace(grant, grantee=name, valid_until=None) for grant in found for name in everybody]


class FollowsEveryLink(_Reader):
    """It takes for visible whatever exists, wherever a link leads there."""

    async def visible(self, ids: Any, visibility: Any) -> set[str]:
        return set(await self._reader.resources(ids))


@pytest.mark.parametrize("broken", [JudgesByTheSight, GrantsToAll, FollowsEveryLink])
async def test_a_watch_that_looks_the_other_way_is_found(database, open_nodes, sight, findings, broken):
    world = granting_world(sight, findings, 0)
    chance = findings.random("churn", 0)

    def wrap(store: Any) -> Any:
        return Broken(store, broken)

    async with watched(open_nodes, database, world, chance, wrap=wrap) as (node, history):
        findings.expect_caught(broken.__name__, await betrayals(node, world, history, findings))
