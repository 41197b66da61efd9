"""Promise 7, of what is looked for by place, time, level and branches, counted by every dimension and paged both ways.

The worlds of the other proofs, with places and times given to what is in them, and to drafts that nobody was shown others.
What matches is found by looking at each resource, with shapes so plain that school geometry tells what they meet.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_service_pb2 as api
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub
from ucs_core.grpc.conversion import filled
from ucs_core.grpc.terms import numbers
from ucs_core.platform import build_platform
from ucs_core.platform.filters import query_stated
from ucs_registry.extents import Polygon, Temporal
from ucs_registry.queries import Dimension, Order, district_of
from ucs_registry.resources import Point, Resource

REGIONS = (None, "370202", "370202001", "370203", "3706")
DAYS = [date(2025, 1, 1) + timedelta(days=number) for number in range(20)]
ORDERS = tuple(order for order in Order if order is not Order.SUBMITTED)
PAGE = """query($filter: ResourceFilter, $order: ResourceOrder!, $first: Int, $after: String, $last: Int, $before: String,
  $by: [Dimension!]!) { resources(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last,
  before: $before) { totalCount facets(by: $by) { dimension values { value count } } nodes { id }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
PAGE_OF_NUMBERS = numbers(finding_pb2.FacetDimension.DESCRIPTOR)


def placed(world: Any, chance: Any) -> None:
    """Give places and times to the resources of a world, and other ones to their drafts."""
    for at, resource in enumerate(world.resources):
        shown = _given(resource.shown, chance)
        revisions = {"head": shown} if resource.head == resource.shown else {"head": _given(resource.head, chance)}
        if resource.current is not None:
            revisions["current"] = shown
        world.resources[at] = resource.model_copy(update=revisions)


def _given(revision: Any, chance: Any) -> Any:
    start = chance.choice(DAYS)
    fields = {
        "region_code": chance.choice(REGIONS),
        "location": Point(longitude=chance.randrange(10), latitude=chance.randrange(10)),
        "footprint": _square(chance.randrange(10), chance.randrange(10), chance.choice((1, 2))),
        "temporal": Temporal(start=start, end=start + timedelta(days=chance.randrange(4))),
    }
    fields = {name: value if chance.random() < 0.6 else None for name, value in fields.items()}
    return revision.model_copy(update={"content": revision.content.model_copy(update=fields)})


def _square(west: int, south: int, size: int) -> Polygon:
    east, north = west + size, south + size
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return Polygon.model_validate({"type": "Polygon", "coordinates": [ring]})


def asked(world: Any, chance: Any) -> dict[str, Any]:
    """A filter of one to three parts, or of branches."""
    start = chance.choice(DAYS)
    parts: list[dict[str, Any]] = [
        {"data_level": chance.choice(("l1", "l2", "l3"))},
        {"open_type": chance.choice(("none", "unconditional"))},
        {"owner": chance.choice(world.organizations).id},
        {"district": chance.choice(("370202", "370203"))},
        {"region": chance.choice(("37", "370202", "370202001"))},
        {"tags": chance.sample(("防汛", "交通", "t1", "t2"), chance.randrange(1, 3))},
        {"area": _area(chance)},
        {"area": _area(chance)},
        {"during": {"start": start.isoformat(), "end": (start + timedelta(days=2)).isoformat()}},
    ]
    if chance.random() < 0.3:
        return {"any_of": chance.sample(parts, 2), **chance.choice(parts)}
    return {name: value for part in chance.sample(parts, chance.randrange(1, 4)) for name, value in part.items()}


def _area(chance: Any) -> dict[str, Any]:
    # Corners between the places: what only touches is told apart elsewhere.
    west, south, size = chance.randrange(9) - 0.5, chance.randrange(9) - 0.5, chance.choice((2.25, 5.25))
    if chance.random() < 0.5:
        return {"box": {"west": west, "south": south, "east": west + size, "north": south + size}}
    ring = [[west, south], [west + size, south], [west, south + size], [west, south]]
    return {"polygon": {"type": "Polygon", "coordinates": [ring]}}


def matches(resource: Resource, filter: dict[str, Any]) -> bool:
    """Whether a resource is what a filter means."""
    content = resource.shown.content
    region, window = content.region_code or "", content.temporal
    for name, value in filter.items():
        match name:
            case "any_of":
                held = any(matches(resource, branch) for branch in value)
            case "owner":
                held = resource.owner == value
            case "district":
                held = region[:6] == value
            case "region":
                held = region.startswith(value)
            case "tags":
                held = all(tag in content.tags for tag in value)
            case "during":
                held = window is not None and str(window.start) <= value["end"] and value["start"] <= str(window.end)
            case "area":
                held = _meets(content, value)
            case _:
                held = getattr(content, name) == value
        if not held:
            return False
    return True


def _meets(content: Any, area: dict[str, Any]) -> bool:
    point, shape = content.location, content.footprint
    boxes = [] if point is None else [(point.longitude, point.latitude, point.longitude, point.latitude)]
    if shape is not None:
        (west, south), _, (east, north), *_ = shape.coordinates[0]
        boxes.append((west, south, east, north))
    if "box" in area:
        ends = area["box"]
        return any(
            w <= ends["east"] and ends["west"] <= e and s <= ends["north"] and ends["south"] <= n
            for w, s, e, n in boxes
        )
    # A triangle with a right angle: the nearest corner of a box to that angle lies under the long side, or none does.
    (west, south), (east, _), *_ = area["polygon"]["coordinates"][0]
    return any(
        e >= west and n >= south and max(w, west) - west + max(s, south) - south <= east - west for w, s, e, n in boxes
    )


def values(resources: list[Resource], dimension: Dimension) -> dict[str, int]:
    """How many resources have each value of a dimension."""
    named = {"kind", "type", "owner", "availability"}
    read = {name: lambda item, name=name: getattr(item, name) for name in named}
    read["district"] = district_of
    one = read.get(dimension.value, lambda item: getattr(item.shown.content, dimension.value))
    return dict(Counter(str(value) for item in resources if (value := one(item))))


class Seeker:
    """One principal at one door. A page is its names, the total, the facets, and a cursor for each side that has more."""

    def __init__(self, session: Any, doors: Any, principal: str) -> None:
        self.session, self.doors, self.principal = session, doors, principal
        self.heard: list[str] = []

    async def platform(self, filter: Any, order: Order, size: int, cursor: str, back: bool, by: Any) -> Any:
        query = query_stated(filter)
        ends = {"last": size, "before": cursor or None} if back else {"first": size, "after": cursor or None}
        page = await self.session.resources(query, order=order, around=True, **ends)
        self.heard += [view.model_dump_json() for view in page.items]
        facets = await self.session.facets(query, by)
        sides = (page.cursors[0] if page.earlier else "", page.cursors[-1] if page.more else "")
        return [view.name for view in page.items], await self.session.count(query), facets, sides

    async def rpc(self, filter: Any, order: Order, size: int, cursor: str, back: bool, by: Any) -> Any:
        request = api.ListResourcesRequest(page_size=size, page_token=cursor, include_counts=True)
        filled(request, {"order_by": order, "filter": filter})
        request.facets.extend(PAGE_OF_NUMBERS[dimension.value] for dimension in by)
        answer = await self.doors.rpc(self.principal, ResourceServiceStub, "List", request)
        self.heard.append(str(answer))
        facets = {
            dimension: {item.value: item.count for item in facet.values}
            for dimension, facet in zip(by, answer.facets, strict=True)
        }
        sides = (answer.previous_page_token, answer.next_page_token)
        return [item.name for item in answer.resources], answer.total_size, facets, sides

    async def graphql(self, filter: Any, order: Order, size: int, cursor: str, back: bool, by: Any) -> Any:
        ends = {"last": size, "before": cursor or None} if back else {"first": size, "after": cursor or None}
        asked = {"filter": _camel(filter), "order": order.value, "by": [dimension.value for dimension in by], **ends}
        found = (await self.doors.graphql(self.principal, PAGE, asked))["resources"]
        self.heard.append(str(found))
        facets = {
            Dimension(each["dimension"]): {v["value"]: v["count"] for v in each["values"]} for each in found["facets"]
        }
        info = found["pageInfo"]
        sides = (
            info["startCursor"] if info["hasPreviousPage"] else "",
            info["endCursor"] if info["hasNextPage"] else "",
        )
        return [node["id"] for node in found["nodes"]], found["totalCount"], facets, sides


def _camel(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {re.sub(r"_([a-z])", lambda found: found[1].upper(), name): _camel(item) for name, item in value.items()}


async def look(world: Any, sight: Any, seeker: Seeker, ask: Any, chance: Any, rounds: int, findings: Any) -> list[str]:
    """What is wrong with what one principal is told at one door."""
    found = []
    seen = world.seen_by(seeker.principal)

    def check(what: str, told: Any, true: Any) -> None:
        findings.tried += 1
        if told != true:
            found.append(f"{seeker.principal} by {ask.__name__}: {what} told {told!r:.300}, not {true!r:.300}")

    for _ in range(rounds):
        filter, order, size = asked(world, chance), chance.choice(ORDERS), chance.choice((2, 5))
        by = chance.sample(list(Dimension), chance.randrange(1, 7))
        true = sight.ordered([item for item in seen if matches(item, filter)], order)
        names = [item.name for item in true]
        place, cursor, back = 0, "", False
        if ask != seeker.rpc and chance.random() < 0.4:
            # Over gRPC nobody begins at the end of a list.
            back, place = True, max(len(names) - size, 0)
        # To the end, one page back, and a look at the sides of each page.
        for turn in range(8):
            told, total, facets, (before, behind) = await ask(filter, order, size, cursor, back, by)
            wanted = names[place : place + size]
            check(f"page {turn} of {filter} by {order} (back={back})", told, wanted)
            check(f"sides of page {turn} of {filter}", (bool(before), bool(behind)), _sides(place, size, len(names)))
            if turn == 0:
                check(f"total of {filter}", total, len(names))
                for dimension in by:
                    check(f"{dimension} of {filter}", facets[dimension], values(true, dimension))
            if back or (not behind and not before) or told != wanted:
                break
            back = not behind or (turn > 0 and chance.random() < 0.3)
            cursor, start = (before, max(place - size, 0)) if back else (behind, place + size)
            size, place = (place - start, start) if back else (size, start)
    for word, what in world.secrets_from(seeker.principal).items():
        check(f"an answer that holds {word}", what if any(word in text for text in seeker.heard) else None, None)
    return found


def _sides(place: int, size: int, total: int) -> tuple[bool, bool]:
    return place > 0 and place < total, place + size < total


@asynccontextmanager
async def looked_at(open_nodes: Any, url: str, world: Any, sight: Any, **options: Any) -> Any:
    """A node that shows a world, with its doors."""

    def build(store: Any, verifier: Any) -> Any:
        return build_platform(store, verifier, origin="here", clock=lambda: sight.now)

    async with open_nodes(url, 1, build, **options) as [node], node.doors() as doors:
        await world.enter(node.store)
        yield node, doors


async def test_what_is_looked_for_in_every_way_is_what_may_be_seen_of_it(database, open_nodes, sight, findings):
    world = sight.world(findings.random("world", "finding"))
    placed(world, findings.random("places"))
    found = []
    async with looked_at(open_nodes, database, world, sight) as (node, doors):
        for person in world.principals:
            chance = findings.random("queries", person.id)
            async with node.platform.session(person.id) as session:
                seeker = Seeker(session, doors, person.id)
                for ask, rounds in ((seeker.platform, 14), (seeker.rpc, 4), (seeker.graphql, 4)):
                    times = rounds * findings.effort
                    found += await look(world, sight, seeker, ask, chance, times, findings)
    findings.expect_none(found)


class Blind:
    """A twin: a store whose readers are broken in one way."""

    def __init__(self, store: Any, reader: type) -> None:
        self._store = store
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @asynccontextmanager
    async def read(self) -> Any:
        async with self._store.read() as reader:
            yield self._reader(reader)


class _Broken:
    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)


class CountsEveryValue(_Broken):
    """It lists what may be seen, and spreads all."""

    async def facets(self, query: Any, visibility: Any, dimensions: Any) -> Any:
        return await self._reader.facets(query, None, dimensions)


class LooksBackAtEverything(_Broken):
    """It forgets who is looking when a list is read from its end."""

    async def select(self, query: Any, visibility: Any, *, backward: bool = False, **page: Any) -> Any:
        return await self._reader.select(query, None if backward else visibility, backward=backward, **page)


class SeesWhatIsNear(_Broken):
    """It forgets who is looking when a place is asked for."""

    async def select(self, query: Any, visibility: Any, **page: Any) -> Any:
        near = any(part.area for part in (query, *query.any_of))
        return await self._reader.select(query, None if near else visibility, **page)


@pytest.mark.parametrize("broken", [CountsEveryValue, LooksBackAtEverything, SeesWhatIsNear])
async def test_a_store_that_forgets_who_is_looking_is_found(database, open_nodes, sight, findings, broken):
    world = sight.world(findings.random("world", "finding"))
    placed(world, findings.random("places"))
    found = []
    async with looked_at(open_nodes, database, world, sight, wrap=lambda store: Blind(store, broken)) as (node, doors):
        for person in world.principals[1:4]:
            async with node.platform.session(person.id) as session:
                seeker = Seeker(session, doors, person.id)
                chance = findings.random("twin", person.id)
                found += await look(world, sight, seeker, seeker.platform, chance, 8, findings)
    findings.expect_caught(broken.__name__, found)
