"""Promise 7: no answer reveals what a get would deny, and every allowed row is listed.

In small made-up worlds everybody asks for everything, through the platform and through both doors. What they may see is
known from casbin's own enforcer; every list, count, facet, search, graph, log entry, explanation, cursor and refusal is
held against it, and every answer is searched for words that it must not contain.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ucs_core.access.actions import Action
from ucs_core.platform import Call, build_platform
from ucs_registry.queries import Cursor, Order, ResourceQuery, sort_key
from ucs_registry.resources import Resource
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import Availability, ResourceKind, ShareType

# What waits for review has an order of its own, and no other list has it.
WALKS = [(order, size) for order in Order for size in (3, 7, 25) if order is not Order.SUBMITTED]
ULID = re.compile("[0-9A-Z]{26}")
NOWHERE = "resources/00000000000000000000009999"
TELLING = re.compile(r'\d{26}|CODE-\d{6}|(?:shown|draft|spec|tel)\d{4}x|"v7\d{3}"')


def every_query(world: Any) -> list[ResourceQuery]:
    """What can be asked of a world by one filter at a time, words of hidden drafts included."""
    numbers = [int(resource.id) for resource in world.resources]
    words = [f"{what}{number:04}x" for number in numbers for what in ("shown", "draft")]
    return [
        ResourceQuery(),
        *(ResourceQuery(kind=kind) for kind in ResourceKind),
        *(ResourceQuery(type=type) for type in sorted({resource.type for resource in world.resources})),
        *(ResourceQuery(owner_subtree=item.id) for item in world.organizations),
        *(ResourceQuery(share_type=share) for share in ShareType),
        *(ResourceQuery(availability=state) for state in Availability),
        *(ResourceQuery(tag=tag) for tag in ("防汛", "交通", "t1", "t2", *(f"draft{at:04}x" for at in numbers))),
        *(ResourceQuery(search=word) for word in ("common", *words)),
        *(ResourceQuery(code=resource.code) for resource in world.resources),
        ResourceQuery(affected_by_deprecation=True),
        ResourceQuery(affected_by_deprecation=True, kind=ResourceKind.DATA),
        ResourceQuery(search="common", kind=ResourceKind.DATA, owner_subtree=world.organizations[0].id),
    ]


class Watch:
    """One principal in one world: what it is shown, against what it may see."""

    def __init__(self, world: Any, principal: str, sight: Any, findings: Any) -> None:
        self.world = world
        self.principal = principal
        self.sight = sight
        self.findings = findings
        self.seen: list[Resource] = world.seen_by(principal)
        self.by_name = {resource.name: resource for resource in self.seen}
        self.found: list[str] = []

    def check(self, what: str, told: Any, true: Any) -> None:
        """Note a difference."""
        self.findings.tried += 1
        if told != true:
            self.found.append(f"{self.principal}: {what} told {told!r:.300}, not {true!r:.300}")

    async def gets(self, eyes: Any, chance: Any) -> None:
        for resource in chance.sample([*self.world.resources, *self.world.deleted], eyes.gets):
            told = await _reason(eyes.get(resource.name))
            self.check(f"get of {resource.name}", told, None if resource.name in self.by_name else "NOT_FOUND")

    async def lists(self, eyes: Any, chance: Any) -> list[tuple[Any, ...]]:
        """The rows of the whole list, after it was walked in several orders, and cut by filters."""
        rows: list[tuple[Any, ...]] = []
        for order, size in chance.sample(WALKS, eyes.walks):
            pages = [page async for page in self._pages(eyes, order, size)]
            rows = [row for page in pages for row in page.rows]
            true = [resource.name for resource in self.sight.ordered(self.seen, order)]
            self.check(f"list by {order} in pages of {size}", [row[0] for row in rows], true)
            self._cursors([cursor for page in pages for cursor in page.cursors], order)
        queries = [query for query in every_query(self.world) if query.code is None or eyes.asks_code]
        for query in chance.sample(queries, eyes.queries):
            true_ones = self.sight.ordered(self.sight.matching(self.world, self.seen, query), Order.CODE)
            page = await eyes.page(query, Order.CODE, 25, "")
            self.check(f"{query}", page.names, [resource.name for resource in true_ones][:25])
            self.check(f"total of {query}", page.total, len(true_ones))
            self.check(f"facets of {query}", page.facets, dict(Counter(resource.kind.value for resource in true_ones)))
        return sorted(rows)

    async def _pages(self, eyes: Any, order: Order, size: int) -> AsyncIterator[Any]:
        after, left = "", len(self.world.resources) + 1
        while left:
            page = await eyes.page(ResourceQuery(), order, size, after)
            yield page
            if not page.more:
                return
            after, left = page.more, left - 1

    def _cursors(self, cursors: Iterable[str], order: Order) -> None:
        for text in cursors:
            cursor = Cursor.decode(text, order)
            resource = self.by_name.get(f"resources/{cursor.id}")
            self.check(f"cursor {cursor}", cursor.key, None if resource is None else sort_key(resource, order))

    def cards(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Whoever works on a resource is shown so, whoever may read it may, and links lead to what is seen."""
        for name, etag, _, readable, _, spec, contact, head, links in rows:
            resource = self.by_name[name]
            works = self.world.works_on(self.principal, resource)
            reads = self.world.may(self.principal, Action.READ, resource)
            told = (etag is not None, head is not None, readable, spec is not None, contact is not None, links)
            self.check(f"card of {name}", told, (works, works, reads, reads, reads, sorted(self._links(resource))))

    async def graph(self, session: Any) -> None:
        names = [resource.name for resource in (*self.world.resources, *self.world.deleted)]
        down = {name: sorted(self._links(self.by_name[name])) if name in self.by_name else [] for name in names}
        up = {name: sorted(far for far in down if name in down[far]) if name in self.by_name else [] for name in names}
        for what, told, true in (
            ("dependencies", await session.dependencies(names), down),
            ("dependants", await session.dependants(names), up),
        ):
            self.check(what, {name: sorted(end.resource.name for end in ends) for name, ends in told.items()}, true)
        self.check("by name", sorted(await session.resources_by_name(names)), sorted(self.by_name))
        for resource in (*self.world.resources, *self.world.deleted):
            true_reason = None if resource.name in self.by_name else "NOT_FOUND"
            self.check(f"get of {resource.code}", await _reason(session.resource_by_code(resource.code)), true_reason)
            told = await _reason(session.why(Action.READ, resource.name))
            self.check(f"why of {resource.name}", told, true_reason)

    def _links(self, resource: Resource) -> set[str]:
        return {link.target for link in resource.shown.content.dependencies} & self.by_name.keys()

    async def bin(self, session: Any) -> None:
        """What was deleted is listed for those who could take it back, with no more of it than they might read."""
        page = await session.bin.page(first=20)
        true = self.world.could_undelete(self.principal)
        self.check("bin", sorted(view.name for view in page.items), sorted(resource.name for resource in true))
        for view in page.items:
            links = {
                link.target
                for content in (view.content, view.head and view.head.content)
                if content
                for link in content.dependencies
            }
            self.check(f"links of {view.name}", links <= self.by_name.keys(), True)

    async def log(self, session: Any) -> None:
        told, after = [], 0
        while page := await session.log(after=after, first=7):
            told += page[:7]
            after = told[-1].position
        root = self.world.may_anywhere(self.principal, Action.AUDIT)
        true = [
            (resource.name, outcome)
            for resource in self.world.resources
            for outcome in ("accepted", "refused")
            if resource.name in self.by_name
            and (root if outcome == "refused" else self.world.may(self.principal, Action.AUDIT, resource))
        ]
        self.check("log", [(entry.object, entry.outcome.value) for entry in told], true)
        for entry in told:
            readable = self.world.may(self.principal, Action.READ, self.by_name[entry.object])
            self.check(f"body at {entry.position}", (entry.body is None, entry.salt is None), (not readable,) * 2)

    async def refusals(self, platform: Any, chance: Any) -> None:
        """What is hidden is refused in the very words in which what does not exist is, by every verb."""
        call, verbs = Call(principal=self.principal, validate_only=True), platform.resources
        tries = {
            "submit": lambda name: verbs.submit(call, name),
            "update": lambda name: verbs.update(call, name, {}, None),
            "reject": lambda name: verbs.reject(call, name, None, "v1"),
            "retire": lambda name: verbs.retire(call, name, "v1"),
        }
        ways = [(verb, cut) for verb in tries for cut in (0, len("resources/"))]
        nothing = {(verb, cut): await _refusal(tries[verb](NOWHERE[cut:])) for verb, cut in ways}
        hidden = [resource for resource in self.world.resources if resource.name not in self.by_name]
        hidden += self.world.deleted
        for resource in chance.sample(hidden, min(len(hidden), len(ways))):
            verb, cut = way = chance.choice(ways)
            told = await _refusal(tries[verb](resource.name[cut:]))
            self.check(f"{verb} of {resource.name[cut:]}", told, nothing[way])

    async def links(self, platform: Any, chance: Any) -> None:
        """A link to what is hidden is refused in the very words in which one into nothing is."""
        owner = await self._home(platform)
        if owner is None:
            return
        nothing = await _refusal(self._create(platform, owner, NOWHERE))
        for resource in chance.sample([*self.world.resources, *self.world.deleted], 12):
            told = await _refusal(self._create(platform, owner, resource.name))
            self.check(f"link to {resource.name}", told == nothing, resource.name not in self.by_name)

    async def _home(self, platform: Any) -> str | None:
        """An organisation for which the principal may create."""
        for item in self.world.organizations:
            if await _reason(self._create(platform, item.id, None)) is None:
                return str(item.id)
        return None

    def _create(self, platform: Any, owner: str, target: str | None) -> Any:
        content = {
            "title": {"zh": "新", "en": "New"},
            "summary": {"zh": "新", "en": "New"},
            "share_type": "unconditional",
            "data_level": "l1",
            "spec": {"functions": ["x"]},
            "dependencies": [{"target": target, "relation": "calls"}] if target else [],
        }
        new = {"code": "NEW-1", "kind": "application", "type": "business_system", "owner": owner, "content": content}
        return platform.resources.create(Call(principal=self.principal, validate_only=True), new)

    def words(self, heard: Sequence[str]) -> None:
        """No answer holds a word that would betray something."""
        secrets = self.world.secrets_from(self.principal)
        for word in set(TELLING.findall("\n".join(heard))):
            self.check(f"an answer that holds {word}", secrets.get(word), None)


async def _reason(answer: Any) -> str | None:
    """Why an answer is refused; None when it is not."""
    try:
        await answer
    except UcsError as refusal:
        return refusal.reason
    return None


async def _refusal(answer: Any) -> tuple[Any, ...] | None:
    """All that a refusal tells, but for the names in it."""
    try:
        await answer
    except UcsError as refusal:
        fields = {name: ULID.sub("·", str(value)) for name, value in refusal.fields.items()}
        return refusal.reason, fields, ULID.sub("·", str(refusal))
    return None


@asynccontextmanager
async def watched(open_nodes: Any, url: str, world: Any, sight: Any, **options: Any) -> AsyncIterator[tuple[Any, Any]]:
    """A node that shows a world, with its doors."""

    def build(store: Any, verifier: Any) -> Any:
        return build_platform(store, verifier, origin="here", clock=lambda: sight.now)

    async with open_nodes(url, 1, build, **options) as [node], node.doors() as doors:
        await world.enter(node.store)
        yield node, doors


async def look_around(node: Any, doors: Any, world: Any, sight: Any, three_eyes: Any, findings: Any) -> list[str]:
    """Everything that is wrong with what everybody in a world is shown."""
    found = []
    for person in world.principals:
        watch = Watch(world, person.id, sight, findings)
        chance = findings.random("queries", person.id)
        heard: list[str] = []
        rows = []
        async with node.platform.session(person.id) as session:
            for eyes in three_eyes(session, doors, person.id):
                await watch.gets(eyes, chance)
                rows.append(await watch.lists(eyes, chance))
                heard += eyes.heard
            await watch.graph(session)
            await watch.log(session)
            await watch.bin(session)
        watch.cards(rows[0])
        watch.check("the doors", rows[1:], [rows[0]] * 2)
        await watch.refusals(node.platform, chance)
        await watch.links(node.platform, chance)
        watch.words(heard)
        found += watch.found
    return found


async def test_nobody_is_shown_what_a_get_denies_and_all_else_is_listed(
    database, open_nodes, sight, three_eyes, findings, round_number
):
    world = sight.world(findings.random("world", round_number))
    async with watched(open_nodes, database, world, sight) as (node, doors):
        findings.expect_none(await look_around(node, doors, world, sight, three_eyes, findings))


class Blind:
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


class _Broken:
    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)


class FiltersAfterLimit(_Broken):
    """It cuts the page first, and then leaves out what may not be seen."""

    async def select(self, query: Any, visibility: Any, **page: Any) -> list[Resource]:
        found = await self._reader.select(query, None, **page)
        seen = await self._reader.visible([resource.id for resource in found], visibility)
        return [resource for resource in found if resource.id in seen]


class CountsEverything(_Broken):
    """It lists what may be seen, and counts all."""

    async def count(self, query: Any, visibility: Any) -> int:
        count: int = await self._reader.count(query, None)
        return count

    async def facets(self, query: Any, visibility: Any, dimensions: Any) -> Any:
        return await self._reader.facets(query, None, dimensions)


class FollowsEveryLink(_Broken):
    """It takes for visible whatever exists, wherever a link leads there."""

    async def visible(self, ids: Iterable[str], visibility: Any) -> set[str]:
        return set(await self._reader.resources(ids))


class FollowsLinksIntoTheBin(_Broken):
    """It takes for visible what was deleted."""

    async def visible(self, ids: Iterable[str], visibility: Any) -> set[str]:
        wanted = list(ids)
        seen: set[str] = await self._reader.visible(wanted, visibility)
        return seen | (await self._reader.deleted(wanted)).keys()


@pytest.mark.parametrize("broken", [FiltersAfterLimit, CountsEverything, FollowsEveryLink, FollowsLinksIntoTheBin])
async def test_a_store_that_looks_the_other_way_is_found(database, open_nodes, sight, three_eyes, findings, broken):
    world = sight.world(findings.random("world", 0))
    found = []
    async with watched(open_nodes, database, world, sight, wrap=lambda store: Blind(store, broken)) as (node, doors):
        for person in world.principals[1:4]:
            watch = Watch(world, person.id, sight, findings)
            async with node.platform.session(person.id) as session:
                eyes, *_ = three_eyes(session, doors, person.id)
                await watch.lists(eyes, findings.random("twin", person.id))
                await watch.graph(session)
            watch.words(eyes.heard)
            found += watch.found
    findings.expect_caught(broken.__name__, found)
