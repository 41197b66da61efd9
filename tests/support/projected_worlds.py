"""Worlds that change, for the read model: what the units of a platform do to resources, with the entries that they log.

Questions of chance are put to a model and to the statements that would answer without it, and the answers compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import orjson
from asked_worlds import HOMES, REGIONS, TAGS, World, asked_world

from ucs_registry.bin import KEPT, DeletedResource
from ucs_registry.log import Outcome
from ucs_registry.ports import Store, Unit
from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery
from ucs_registry.read_model import Listed, Model
from ucs_registry.resources import Resource
from ucs_registry.shapes import Field, Many, Object, One, PageWanted, Question, Shape, shape_of
from ucs_registry.sql import SqlStore
from ucs_registry.testing import NOW, a_grant, an_entry, an_organization
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ReviewState, ShareType

OWNERS = ("37", "3702", "370202", "water", "roads", "well", "unknown")
TYPES = ("video_pool", "dataset", "map_layer", "weather", "scenario", "none")
WORDS = ("水", "积水", "积水点", "水 level", "wat", "防", "twice", "code 000001", "é", "不在", "t1 防汛", "", "\u0000")
MOMENTS = (NOW, NOW + timedelta(seconds=3), NOW + timedelta(seconds=40), datetime.fromisoformat("0001-01-01T00:00:00Z"))


class ChangingWorld:
    """A world in a store, and what becomes of it. Every change is logged as a platform would."""

    def __init__(self, store: Store, chance: Random, resources: int = 40) -> None:
        self._store = store
        self._chance = chance
        self.world: World = asked_world(chance, resources)
        self._spare = asked_world(chance, resources * 4)
        self._next = resources
        self._live = {resource.id: resource for resource in self.world.resources}
        self._binned = {resource.id: resource for resource in self.world.binned}
        self._purged: list[Resource] = []
        self._tick = 0
        self._grants = {grant.id: grant for grant in self.world.grants}
        self._units = 0

    async def enter(self) -> None:
        """Put everything into the store."""
        await self.world.enter(self._store)

    async def change(self) -> str:
        """Do one thing or another, or several in one unit; what was done."""
        steps = (
            *(self._create, self._update, self._update, self._touch, self._review, self._delete, self._restore),
            *(self._purge, self._reenter, self._grant, self._ungrant, self._grow, self._refuse, self._members),
        )
        chosen = [self._chance.choice(steps) for _ in range(self._chance.choice((1, 1, 1, 3)))]
        async with self._store.write() as unit:
            for step in chosen:
                await step(unit)
            await unit.commit()
        return ", ".join(step.__name__ for step in chosen)

    def _log(self, unit: Unit, object: str, **changes: Any) -> None:
        unit.append(an_entry(object=object, **changes))

    def _moment(self) -> datetime:
        """Mostly later than ever, sometimes at the same time, sometimes by a clock that goes wrong."""
        self._tick += self._chance.choice((0, 1, 1, 2))
        late = self._chance.random() < 0.2
        return NOW + timedelta(seconds=self._tick - (self._chance.randrange(30) if late else -10))

    async def _save(self, unit: Unit, resource: Resource) -> None:
        await unit.save([resource])
        self._live[resource.id] = resource
        self._log(unit, resource.name)

    def _fresh(self) -> Resource:
        self._next += 1
        return self._spare.resources[self._next % len(self._spare.resources)].model_copy(
            update={"id": f"{self._next:026d}", "code": f"FRESH-{self._next}", "updated_at": self._moment()}
        )

    async def _create(self, unit: Unit) -> None:
        await self._save(unit, self._fresh())

    async def _update(self, unit: Unit) -> None:
        """New content, and with it other tags, words, another share type and district."""
        old, other = self._one(self._live), self._chance.choice(self._spare.resources)
        head = other.shown.model_copy(update={"number": old.head.number + 1, "state": ReviewState.APPROVED})
        await self._save(
            unit,
            old.model_copy(
                update={"head": head, "current": head, "version": old.version + 1, "updated_at": self._moment()}
            ),
        )

    async def _touch(self, unit: Unit) -> None:
        old = self._one(self._live)
        states = {"availability": self._chance.choice(list(Availability)), "version": old.version + 1}
        at = old.updated_at if self._chance.random() < 0.3 else self._moment()
        await self._save(unit, old.model_copy(update={**states, "updated_at": at}))

    async def _review(self, unit: Unit) -> None:
        """A draft more; what is shown stays."""
        old = self._one(self._live)
        draft = old.shown.model_copy(update={"number": old.head.number + 1, "state": ReviewState.DRAFT})
        await self._save(
            unit, old.model_copy(update={"head": draft, "version": old.version + 1, "updated_at": self._moment()})
        )

    async def _delete(self, unit: Unit) -> None:
        if len(self._live) < 5:
            return
        gone = self._live.pop(self._one(self._live).id)
        revisions = tuple(await unit.revisions(gone.id))
        by = "principals/editor"
        await unit.delete(
            DeletedResource(resource=gone, revisions=revisions, deleted_at=NOW, by=by, purge_at=NOW + KEPT)
        )
        self._binned[gone.id] = gone
        self._log(unit, gone.name)

    async def _restore(self, unit: Unit) -> None:
        if self._binned:
            back = self._binned.pop(self._one(self._binned).id)
            back = back.model_copy(update={"version": back.version + 1, "updated_at": self._moment()})
            await unit.undelete(back)
            self._live[back.id] = back
            self._log(unit, back.name)

    async def _purge(self, unit: Unit) -> None:
        if self._binned:
            gone = self._binned.pop(self._one(self._binned).id)
            held = [grant for grant in self._grants.values() if grant.resource == gone.name]
            await unit.remove_grants([grant.id for grant in held])
            await unit.purge(gone.id)
            self._purged.append(gone)
            self._log(unit, gone.name)
            for grant in held:
                del self._grants[grant.id]
                self._log(unit, f"grants/{grant.id}")

    async def _reenter(self, unit: Unit) -> None:
        """What was removed for ever comes again under its id, as by an import."""
        if self._purged:
            again = self._purged.pop()
            await self._save(unit, again.model_copy(update={"updated_at": self._moment()}))

    async def _grant(self, unit: Unit) -> None:
        resource, number = self._one(self._live), len(self._grants) + 1000 * self._tick
        given = a_grant(
            int(resource.id),
            id=f"later-{number}-{self._chance.random()}",
            grantee=self._chance.choice(GRANTEES),
            valid_from=NOW - timedelta(days=1),
            valid_until=self._chance.choice((None, NOW, NOW + timedelta(days=1))),
        )
        await unit.put_grants([given])
        self._grants[given.id] = given
        self._log(unit, f"grants/{given.id}")

    async def _ungrant(self, unit: Unit) -> None:
        if self._grants:
            grant = self._grants.pop(self._chance.choice(list(self._grants)))
            await unit.remove_grants([grant.id])
            self._log(unit, f"grants/{grant.id}")

    async def _grow(self, unit: Unit) -> None:
        """An organisation more, with something that belongs to it."""
        self._units += 1
        id = f"new{self._units}"
        await unit.add_organizations([an_organization(id, self._chance.choice(("37", "water")))])
        self._log(unit, f"organizations/{id}")
        await self._save(unit, self._fresh().model_copy(update={"owner": id}))

    async def _refuse(self, unit: Unit) -> None:
        self._log(unit, self._one(self._live).name, outcome=Outcome.REFUSED, reason="FORBIDDEN")

    async def _members(self, unit: Unit) -> None:
        """The log names a resource of which nothing changed that lists tell."""
        self._log(unit, self._one(self._live).name, verb="members.put")

    def _one(self, among: dict[str, Resource]) -> Resource:
        return among[self._chance.choice(sorted(among))]


GRANTEES = (*(f"principals/{id}" for id in HOMES), "organizations/37", "organizations/water")


class Questions:
    """Questions of chance. Cursors come from answers that were heard."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._cursors: dict[Order, list[Cursor]] = {order: [] for order in IN_TIME}

    def hear(self, order: Order, texts: Sequence[str | None]) -> None:
        """Take note of cursors."""
        self._cursors[order] += [Cursor.decode(text, order) for text in texts if text]

    def wanted(self) -> PageWanted:
        """A page."""
        chance, order = self._chance, self._chance.choice(IN_TIME)
        around = chance.random() < 0.7
        return PageWanted(
            query=self.query(),
            order=order,
            size=chance.choice((1, 2, 3, 10, 50)),
            after=self._cursor(order),
            before=self._cursor(order),
            backward=chance.random() < 0.4,
            around=around,
            facets=tuple(chance.sample(list(Dimension), chance.randrange(4))),
        )

    def _cursor(self, order: Order) -> Cursor | None:
        known = self._cursors[order]
        return self._chance.choice(known) if known and self._chance.random() < 0.35 else None

    def query(self, *, branches: bool = True) -> ResourceQuery:
        """What is looked for: a part or two, or nothing at all."""
        chance = self._chance
        parts: dict[str, Any] = {
            "kind": chance.choice(list(ResourceKind)),
            "type": chance.choice(TYPES),
            "owner": chance.choice(OWNERS),
            "owner_subtree": chance.choice(OWNERS),
            "share_type": chance.choice(list(ShareType)),
            "availability": chance.choice(list(Availability)),
            "data_level": chance.choice(list(DataLevel)),
            "open_type": chance.choice(list(OpenType)),
            "tag": chance.choice((*TAGS, "not there", "\u0000")),
            "tags": tuple(chance.sample(TAGS, 2)),
            "search": chance.choice(WORDS),
            "district": chance.choice((*(code[:6] for code in REGIONS if code), "")),
            "region": chance.choice(("37", "3702", "370202", "9", "x")),
            "updated_after": chance.choice(MOMENTS),
            "updated_before": chance.choice(MOMENTS),
        }
        if branches:
            parts["any_of"] = tuple(self.query(branches=False) for _ in range(chance.randrange(1, 4)))
        chosen = chance.sample(sorted(parts), chance.choice((0, 1, 1, 1, 2, 3)))
        return ResourceQuery(**{name: parts[name] for name in chosen})

    def visibility(self, cells: int) -> Visibility:
        """What somebody may see. Masks may be shorter and longer than there are cells."""
        chance = self._chance
        length = max(0, cells + chance.choice((0, 0, 0, -3, 5)))
        bytes_of = (bytes((1,)), bytes((0, 1)), bytes((0, 1, 2)), bytes((2,)), bytes((0, 2)))
        mask = bytes(chance.choices(chance.choice(bytes_of), k=length))
        grantees = tuple(chance.sample(GRANTEES, chance.randrange(4)))
        return Visibility(mask=mask, action="discover", grantees=grantees, at=NOW)


IN_TIME = (Order.UPDATED_DESC, Order.UPDATED_ASC)


def _shape(*, around: bool, facets: Sequence[Dimension]) -> Shape:
    fields = ["total", "page.start", "page.end", *(["page.more", "page.earlier"] if around else [])]
    node = Object((("name", Field("name")),))
    items = Many("items", Object((("cursor", Field("cursor")), ("node", One("node", node)))))
    values = Many("values", Object((("value", Field("value")), ("count", Field("count")))))
    told = [(each.value, One(f"facet.{each.value}", Object((("values", values),)))) for each in facets]
    page = Object((*((name, Field(name)) for name in fields), ("items", items), *told))
    return shape_of([Question("page", 0, page)])


async def said_by_statements(store: SqlStore, wanted: PageWanted, visibility: Visibility) -> dict[str, Any] | None:
    """What the statements answer; None where what is asked for is no question for them."""
    shape = _shape(around=wanted.around, facets=wanted.facets)
    shown = await store.shaped.ask(shape, store.shaped.eyes(visibility, None, ()), NOW, [wanted])
    if shown is None or shown.answers[0] is None:
        return await _said_by_a_reader(store, wanted, visibility)
    told = orjson.loads(shown.answers[0])
    facets = {each: [(row["value"], row["count"]) for row in told[each.value]["values"]] for each in wanted.facets}
    items = [(item["node"]["name"].removeprefix("resources/"), item["cursor"]) for item in told["items"]]
    around = {"more": told.get("page.more"), "earlier": told.get("page.earlier")}
    return {"items": items, "total": told["total"], "facets": facets, **around}


async def _said_by_a_reader(store: SqlStore, wanted: PageWanted, visibility: Visibility) -> dict[str, Any] | None:
    async with store.read() as reader:
        query, places = wanted.query, {"after": wanted.after, "before": wanted.before, "backward": wanted.backward}
        rows = await reader.select(query, visibility, order=wanted.order, first=wanted.size, **places)
        facets = await reader.facets(query, visibility, wanted.facets)
        return {
            "items": [row.id for row in rows],
            "total": await reader.count(query, visibility),
            "facets": {each: list(values.items()) for each, values in facets.items()},
        }


def said_by_model(model: Model, listed: Listed, wanted: PageWanted) -> dict[str, Any]:
    """What a model answers, in the same form."""
    items = [(model.id(number), model.cursor(number, wanted.order)) for number in listed.numbers]
    around = {"more": listed.more, "earlier": listed.earlier}
    return {"items": items, "total": listed.total, "facets": dict(listed.facets), **around}


async def difference(
    store: SqlStore, model: Model, questions: Questions, wanted: PageWanted, visibility: Visibility
) -> str | None:
    """In what a model differs from the statements in one answer; None in nothing."""
    if await model.at_head([wanted], visibility) is None:
        return "it did not come to the head"
    listed = model.page(wanted, visibility, NOW)
    if listed is None:
        return f"it does not know {wanted}"
    mine = said_by_model(model, listed, wanted)
    questions.hear(wanted.order, [cursor for _, cursor in mine["items"][:2]])
    theirs = await said_by_statements(store, wanted, visibility)
    if theirs is not None and "more" not in theirs:
        mine = {"items": [id for id, _ in mine["items"]], "total": mine["total"], "facets": mine["facets"]}
    return None if mine == theirs else f"{wanted}\n{visibility}\nmodel      {mine}\nstatements {theirs}"
