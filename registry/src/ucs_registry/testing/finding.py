"""What every store finds by place, time, level and branches, counts by every dimension, and pages both ways.

The store in memory asks each resource by itself: it is the reference that the others are held against.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from pydantic import TypeAdapter

from ucs_registry.extents import Area, Box, MultiPolygon, Polygon, Shape, Temporal
from ucs_registry.memory import InMemoryStore
from ucs_registry.ports import Reader, Store
from ucs_registry.queries import VALUES_MOST, Cursor, Dimension, Order, ResourceQuery, cursor_of
from ucs_registry.resources import Point, Resource
from ucs_registry.testing.builders import (
    NOW,
    a_grant,
    a_resource,
    a_visibility,
    an_organization,
    everything_visible,
    founded,
    saved,
)
from ucs_registry.testing.listing import ALL, ORDERS, listed
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType

_SHAPE: TypeAdapter[Polygon | MultiPolygon] = TypeAdapter(Shape)
_OWNERS = ("37", "3702", "370202", "3706", "370", "water")
_REGIONS = (None, "37", "3702", "370202", "370202001", "370203", "3706")
_TAGS = ("t", "u", "v", "防汛")
_DAY = timedelta(days=1)


def a_polygon(*rings: Sequence[tuple[float, float]]) -> Polygon | MultiPolygon:
    """A polygon of an outline and holes; each ring is closed here."""
    return _SHAPE.validate_python({"type": "Polygon", "coordinates": [[*ring, ring[0]] for ring in rings]})


def a_square(west: float, south: float, size: float) -> Polygon | MultiPolygon:
    """A square by its south-western corner."""
    return a_polygon(((west, south), (west + size, south), (west + size, south + size), (west, south + size)))


def _located(longitude: float, latitude: float) -> Point:
    return Point(longitude=longitude, latitude=latitude)


class FindingContract:
    """Filters by place, time, level and branches."""

    async def test_box_is_met_on_its_edge_and_not_beyond(self, store: Store) -> None:
        # Neighbours that a single float cannot tell apart.
        tick = 2.0**-43
        await founded(
            store,
            a_resource(1, location=_located(120.25, 36.5)),
            a_resource(2, location=_located(120.25 - tick, 36.5)),
            a_resource(3, location=_located(120.5 + tick, 36.5)),
            a_resource(4, location=_located(120.5, 36.75)),
            a_resource(5, footprint=a_square(120.5, 36.75, 0.1)),
            a_resource(6, footprint=a_square(120.5 + tick, 36.0, 0.1)),
            a_resource(7),
        )
        box = Box(west=120.25, south=36.25, east=120.5, north=36.75)
        async with store.read() as reader:
            assert await listed(reader, ResourceQuery(area=box)) == [1, 4, 5]
            assert await reader.count(ResourceQuery(area=box), None) == 3

    async def test_footprint_meets_by_its_shape_and_not_by_its_box(self, store: Store) -> None:
        # Two triangles that fill the halves of one box, and a ring around a hole.
        await founded(
            store,
            a_resource(1, footprint=a_polygon(((0, 0), (4, 0), (0, 4)))),
            a_resource(2, footprint=a_polygon(((4, 4), (4, 0.5), (0.5, 4)))),
            a_resource(3, footprint=a_polygon(((0, 0), (9, 0), (9, 9), (0, 9)), ((1, 1), (1, 8), (8, 8), (8, 1)))),
            a_resource(4, footprint=a_square(20, 20, 1), location=_located(0.5, 0.5)),
        )
        corner = Box(west=0.25, south=0.25, east=0.75, north=0.75)
        async with store.read() as reader:
            assert await listed(reader, ResourceQuery(area=corner)) == [1, 3, 4]
            inner = a_polygon(((1.5, 1.5), (1.6, 1.5), (1.5, 1.6)))
            assert await listed(reader, ResourceQuery(area=inner)) == [1]
            far = a_polygon(((3.9, 3.9), (7, 3.9), (3.9, 7)))
            assert await listed(reader, ResourceQuery(area=far)) == [2]

    async def test_polygon_is_met_inside_and_on_its_edge_but_not_in_its_hole(self, store: Store) -> None:
        places = ((1, 1), (5, 5), (4, 4), (0, 3), (10, 10), (10.001, 5))
        await founded(store, *(a_resource(at, location=_located(*place)) for at, place in enumerate(places, 1)))
        ring = a_polygon(((0, 0), (10, 0), (10, 10), (0, 10)), ((4, 4), (4, 6), (6, 6), (6, 4)))
        async with store.read() as reader:
            assert await listed(reader, ResourceQuery(area=ring)) == [1, 3, 4, 5]

    async def test_place_and_time_follow_what_stands_for_the_resource(self, store: Store) -> None:
        box = Box(west=0, south=0, east=1, north=1)
        window = Temporal(start=date(2025, 1, 1), end=date(2025, 12, 31))
        await founded(store, a_resource(1, location=_located(0.5, 0.5), temporal=window, region_code="370202"))
        draft = a_resource(1, location=_located(5, 5)).head.model_copy(update={"number": 2})
        async with store.read() as reader:
            kept = await reader.resource(a_resource(1).id)
        assert kept is not None
        query = ResourceQuery(area=box, during=window, district="370202")
        for current, wanted in ((kept.current, [1]), (draft, [])):
            await saved(store, kept.model_copy(update={"head": draft, "current": current, "version": 2}))
            async with store.read() as reader:
                assert await listed(reader, query) == wanted
                facets = await reader.facets(ALL, None, [Dimension.DISTRICT])
                assert facets == {Dimension.DISTRICT: {"370202": 1} if wanted else {}}

    async def test_windows_that_share_a_day_overlap(self, store: Store) -> None:
        def window(start: int | None, end: int | None) -> Temporal:
            day = [None if each is None else date(2025, 1, each) for each in (start, end)]
            return Temporal(start=day[0], end=day[1])

        windows = (window(5, 10), window(None, 5), window(10, None), window(11, 12), None)
        await founded(store, *(a_resource(at, temporal=each) for at, each in enumerate(windows, 1)))
        async with store.read() as reader:
            for during, wanted in (
                (window(10, 10), [1, 3]),
                (window(None, 4), [2]),
                (window(12, None), [3, 4]),
                (window(5, 11), [1, 2, 3, 4]),
            ):
                assert await listed(reader, ResourceQuery(during=during)) == wanted, during

    async def test_districts_and_regions_are_beginnings_of_the_division(self, store: Store) -> None:
        await founded(store, *(a_resource(at, region_code=region) for at, region in enumerate(_REGIONS)))
        async with store.read() as reader:
            for query, wanted in (
                (ResourceQuery(district="370202"), [3, 4]),
                (ResourceQuery(district="3702"), [2]),
                (ResourceQuery(region="3702"), [2, 3, 4, 5]),
                (ResourceQuery(region="370202001"), [4]),
                (ResourceQuery(region="370202", kind=ResourceKind.DATA), [3, 4]),
                (ResourceQuery(region="37020", share_type=ShareType.NONE), []),
                (ResourceQuery(district=""), [0]),
                (ResourceQuery(region="x"), []),
                (ResourceQuery(region="3\x00"), []),
                (ResourceQuery(district="\ud800"), []),
                (ResourceQuery(owner="\x00"), []),
                (ResourceQuery(tags=("t", "\x00")), []),
            ):
                assert await listed(reader, query) == wanted, query
                assert await reader.count(query, everything_visible()) == len(wanted), query

    async def test_branches_stand_side_by_side(self, store: Store) -> None:
        await founded(
            store,
            a_resource(1, tags=("t", "u"), title_zh="积水点"),
            a_resource(2, tags=("t",), data_level=DataLevel.L3),
            a_resource(3, open_type=OpenType.NONE, owner="water"),
            a_resource(4, open_type=OpenType.UNCONDITIONAL, owner="water"),
        )
        async with store.read() as reader:
            for branches, rest, wanted in (
                (({"tags": ("t", "u")}, {"owner": "water", "open_type": OpenType.NONE}), {}, [1, 3]),
                (({"search": "积水"}, {"data_level": DataLevel.L3}), {}, [1, 2]),
                (({"search": "积水"}, {"data_level": DataLevel.L3}), {"tags": ("u",)}, [1]),
                (({"owner": "water"}, {"data_level": DataLevel.L3}), {"open_type": OpenType.UNCONDITIONAL}, [4]),
                (({},), {}, [1, 2, 3, 4]),
                (({}, {"tag": "t"}), {}, [1, 2, 3, 4]),
            ):
                fields: Any = rest
                query = ResourceQuery(any_of=tuple(ResourceQuery(**branch) for branch in branches), **fields)
                assert await listed(reader, query) == wanted, query
                assert await reader.count(query, everything_visible()) == len(wanted), query

    async def test_every_question_is_answered_as_in_memory(self, store: Store) -> None:
        chance, reference = Random(20), InMemoryStore()
        resources = [_drawn(chance, number) for number in range(60)]
        later = [_drawn(chance, number) for number in chance.sample(range(60), 20)]
        later = [each.model_copy(update={"head": each.head.model_copy(update={"number": 2})}) for each in later]
        later = [each.model_copy(update={"current": each.head, "version": 2}) for each in later]
        for each in (store, reference):
            await founded(each, *resources)
            await saved(each, *later)
            async with each.write() as unit:
                await unit.put_grants([a_grant(number) for number in range(0, 60, 7)])
                await unit.commit()
        async with store.read() as found, reference.read() as expected:
            matched = 0
            for turn in range(72):
                query, visibility = _asked(chance, turn), _sight(chance)
                order, size = chance.choice(ORDERS), chance.choice((1, 5, 200))
                answers = [await _answer(each, query, visibility, order, size) for each in (found, expected)]
                assert answers[0] == answers[1], (query, visibility, order, size)
                matched += answers[0][0] > 0
        assert matched > 24


class FacetsContract:
    """Totals by value."""

    async def test_every_dimension_is_counted(self, store: Store) -> None:
        await founded(
            store,
            a_resource(1, region_code="370202001"),
            a_resource(2, region_code="370202", owner="water", data_level=DataLevel.L2),
            a_resource(3, kind=ResourceKind.COMPONENT, type="api_service", open_type=OpenType.UNCONDITIONAL),
            a_resource(
                4, share_type=ShareType.NONE, denial_basis="依据", availability=Availability.OFFLINE, tags=("t",)
            ),
        )
        true = {
            Dimension.KIND: {"data": 3, "component": 1},
            Dimension.TYPE: {"dataset": 3, "api_service": 1},
            Dimension.OWNER: {"37": 3, "water": 1},
            Dimension.SHARE_TYPE: {"unconditional": 3, "none": 1},
            Dimension.DATA_LEVEL: {"l1": 3, "l2": 1},
            Dimension.OPEN_TYPE: {"none": 3, "unconditional": 1},
            Dimension.DISTRICT: {"370202": 2},
            Dimension.AVAILABILITY: {"online": 3, "offline": 1},
        }
        async with store.read() as reader:
            for visibility in (None, everything_visible()):
                assert await reader.facets(ALL, visibility, list(Dimension)) == true
                for dimension, counts in true.items():
                    assert await reader.facets(ALL, visibility, [dimension]) == {dimension: counts}
            tagged = await reader.facets(ResourceQuery(tag="t"), None, [Dimension.OWNER, Dimension.DISTRICT])
            assert tagged == {Dimension.OWNER: {"37": 1}, Dimension.DISTRICT: {}}
            assert await reader.facets(ALL, None, []) == {}

    async def test_values_with_most_come_first_and_not_too_many_are_told(self, store: Store) -> None:
        await founded(store)
        owners = [f"o{number:03}" for number in range(VALUES_MOST + 5)]
        async with store.write() as unit:
            await unit.add_organizations([an_organization(owner, "37") for owner in owners])
            await unit.save([a_resource(number, owner=owner) for number, owner in enumerate(owners)])
            await unit.save([a_resource(1000 + number, owner=owners[-1 - number]) for number in range(3)])
            await unit.commit()
        async with store.read() as reader:
            [told] = (await reader.facets(ALL, None, [Dimension.OWNER])).values()
        assert list(told.items()) == [(owner, 2) for owner in owners[-3:]] + [(each, 1) for each in owners[:197]]

    async def test_facets_follow_every_write(self, store: Store) -> None:
        await founded(store, *(a_resource(at, region_code="370202") for at in range(4)))
        moved = [a_resource(at, region_code="3706", version=2, current=None) for at in range(2)]
        heads = [each.head.model_copy(update={"number": 2}) for each in moved]
        await saved(
            store,
            *(each.model_copy(update={"head": head, "current": head}) for each, head in zip(moved, heads, strict=True)),
        )
        async with store.write() as unit:
            await unit.save([a_resource(9, region_code="3706")])
            [within] = (await unit.facets(ALL, None, [Dimension.DISTRICT])).values()
            assert within == {"3706": 3, "370202": 2}
        async with store.read() as reader:
            [after] = (await reader.facets(ALL, None, [Dimension.DISTRICT])).values()
            assert after == {"370202": 2, "3706": 2}
            assert await reader.count(ResourceQuery(district="3706"), None) == 2

    async def test_facets_tell_nothing_of_what_is_hidden(self, store: Store) -> None:
        await founded(
            store,
            a_resource(1, region_code="370202"),
            a_resource(2, region_code="3706", owner="water", data_level=DataLevel.L4, type="map_layer", tags=("t",)),
        )
        async with store.read() as reader:
            visibility = a_visibility(bytes([1, 0]))
            for query in (ALL, ResourceQuery(region="37"), ResourceQuery(search="水位")):
                facets = await reader.facets(query, visibility, list(Dimension))
                assert [sum(counts.values()) for counts in facets.values()] == [1] * len(Dimension), query
                assert facets[Dimension.DISTRICT] == {"370202": 1}
            for query in (ResourceQuery(district="3706"), ResourceQuery(tag="t"), ResourceQuery(owner="water")):
                assert not any((await reader.facets(query, visibility, list(Dimension))).values()), query


def _drawn(chance: Random, number: int) -> Resource:
    kind, type = chance.choice([("data", "dataset"), ("data", "map_layer"), ("component", "api_service")])
    return a_resource(
        number,
        kind=ResourceKind(kind),
        type=type,
        owner=chance.choice(_OWNERS),
        availability=chance.choice(list(Availability)),
        data_level=chance.choice([DataLevel.L1, DataLevel.L3]),
        open_type=chance.choice(list(OpenType)),
        open_condition="条件",
        tags=tuple(chance.sample(_TAGS, chance.randrange(3))),
        title_zh=chance.choice(["积水", "水", "丙"]),
        region_code=chance.choice(_REGIONS),
        location=_located(chance.uniform(0, 10), chance.uniform(0, 10)) if chance.random() < 0.5 else None,
        footprint=_a_shape(chance) if chance.random() < 0.4 else None,
        temporal=_a_window(chance) if chance.random() < 0.5 else None,
        updated_at=NOW + chance.randrange(5) * _DAY,
        created_at=NOW - chance.randrange(5) * _DAY,
    )


def _a_shape(chance: Random) -> Polygon | MultiPolygon:
    west, south, size = chance.uniform(0, 9), chance.uniform(0, 9), chance.choice([0.1, 1, 3])
    if chance.random() < 0.5:
        return a_square(west, south, size)
    return a_polygon(((west, south), (west + size, south + size / 3), (west + size / 2, south + size)))


def _a_window(chance: Random) -> Temporal:
    start = date(2025, 1, 1) + chance.randrange(30) * _DAY
    window = Temporal(start=start, end=start + chance.randrange(10) * _DAY)
    return chance.choice([window, window, Temporal(start=window.start), Temporal(end=window.end)])


def _an_area(chance: Random) -> Area:
    if chance.random() < 0.5:
        return _a_shape(chance)
    west, south = chance.uniform(0, 8), chance.uniform(0, 8)
    return Box(west=west, south=south, east=west + chance.uniform(0.5, 6), north=south + chance.uniform(0.5, 6))


def _asked(chance: Random, turn: int) -> ResourceQuery:
    parts: list[dict[str, Any]] = [
        {"data_level": chance.choice([DataLevel.L1, DataLevel.L2])},
        {"open_type": chance.choice(list(OpenType))},
        {"owner": chance.choice(_OWNERS)},
        {"district": chance.choice(["370202", "3702", ""])},
        {"region": chance.choice(["37", "3702", "370202", "3702020"])},
        {"tags": tuple(chance.sample(_TAGS, 2))[: chance.randrange(1, 3)]},
        {"area": _an_area(chance)},
        {"during": _a_window(chance)},
        {"updated_after": NOW + chance.randrange(5) * _DAY},
        {"updated_before": NOW + chance.randrange(5) * _DAY},
        {"kind": ResourceKind.DATA},
        {"search": "水"},
        {"owner_subtree": "3702"},
    ]
    chosen: dict[str, Any] = {}
    for part in chance.sample(parts, turn % 3 + (turn % 4 == 0)):
        chosen |= part
    if turn % 3 == 0:
        branches = chance.sample(parts, chance.randrange(1, 4))
        chosen["any_of"] = tuple(ResourceQuery(**branch) for branch in branches)
    return ResourceQuery(**chosen)


def _sight(chance: Random) -> Visibility | None:
    mask = bytes(chance.choice([0, 1, 1, 2]) for _ in range(200))
    return chance.choice([None, everything_visible(), a_visibility(mask), a_visibility(mask)])


async def _answer(
    reader: Reader, query: ResourceQuery, visibility: Visibility | None, order: Order, size: int
) -> tuple[int, Any, list[list[str]]]:
    pages: list[list[str]] = []
    ends: dict[str, Cursor | None] = {"after": None, "before": None}
    for backward in (False, True, False):
        page = await reader.select(query, visibility, order=order, first=size, backward=backward, **ends)
        pages.append([resource.id for resource in page])
        if page:
            ends["before" if backward else "after"] = cursor_of(page[0] if backward else page[-1], order)
    facets = await reader.facets(query, visibility, list(Dimension))
    return await reader.count(query, visibility), facets, pages
