"""What every store lists, counts and hides."""

from __future__ import annotations

from datetime import timedelta

from ucs_registry.ports import Reader, Store
from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery, cursor_of
from ucs_registry.resources import Resource
from ucs_registry.testing.builders import (
    NOW,
    a_grant,
    a_resource,
    a_visibility,
    an_id,
    everything_visible,
    founded,
    saved,
)
from ucs_registry.testing.organizations import HOSTILE
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT, Visibility
from ucs_sdk.vocabulary import Availability, DataLevel, ResourceKind, ShareType

ALL = ResourceQuery()

ORDERS = tuple(order for order in Order if order is not Order.SUBMITTED)
"""The orders of whole lists; the other one is that of the review queue, and holds only what waits there."""

TITLES = ("Z", "a", "é", "ｱ", "中", "丙", "\ufffd", "𠀀", "a", "", "A1", "A10", "A2")


async def listed(
    reader: Reader,
    query: ResourceQuery = ALL,
    visibility: Visibility | None = None,
    order: Order = Order.UPDATED_ASC,
    first: int = 200,
) -> list[int]:
    """The numbers of the resources of one page."""
    page = await reader.select(query, visibility, order=order, after=None, first=first)
    return [int(resource.id) for resource in page]


async def kinds(reader: Reader, query: ResourceQuery, visibility: Visibility | None) -> dict[str, int]:
    """How many of each kind there are."""
    return (await reader.facets(query, visibility, [Dimension.KIND]))[Dimension.KIND]


class ListingContract:
    """Filters, orders, pages, totals and facets."""

    async def test_text_is_ordered_by_code_point(self, store: Store) -> None:
        resources = [a_resource(at, title_zh=title or "-", title_en=title or "-") for at, title in enumerate(TITLES, 1)]
        await founded(store, *resources)
        for order in (Order.TITLE_ZH, Order.TITLE_EN):
            async with store.read() as reader:
                found = await reader.select(ALL, None, order=order, after=None, first=99)
            assert [entry.id for entry in found] == [
                entry.id for entry in sorted(resources, key=lambda entry: (entry.shown.content.title.zh, entry.id))
            ]

    async def test_orders_run_both_ways_and_break_ties_by_id(self, store: Store) -> None:
        same = NOW + timedelta(seconds=7)
        await founded(
            store, a_resource(1), a_resource(2, updated_at=same), a_resource(3, updated_at=same), a_resource(4)
        )
        async with store.read() as reader:
            assert await listed(reader, order=Order.UPDATED_ASC) == [1, 4, 2, 3]
            assert await listed(reader, order=Order.UPDATED_DESC) == [3, 2, 4, 1]
            assert await listed(reader, order=Order.CODE) == [1, 2, 3, 4]

    async def test_pages_join_without_gap_or_repetition(self, store: Store) -> None:
        resources = [
            a_resource(at, title_zh=f"题{at % 3}", updated_at=NOW + timedelta(seconds=at % 4)) for at in range(25)
        ]
        await founded(store, *resources)
        async with store.read() as reader:
            for order in ORDERS:
                whole = await reader.select(ALL, None, order=order, after=None, first=99)
                assert len(whole) == 25
                for size in (1, 4, 25):
                    assert await _paged(reader, order, size) == whole

    async def test_unmoved_rows_are_neither_skipped_nor_repeated(self, store: Store) -> None:
        await founded(store, *(a_resource(at) for at in range(10, 30)))
        seen: list[int] = []
        after: Cursor | None = None
        for turn in range(8):
            async with store.read() as reader:
                page = await reader.select(ALL, None, order=Order.UPDATED_DESC, after=after, first=4)
            seen += [int(resource.id) for resource in page]
            after = cursor_of(page[-1], Order.UPDATED_DESC) if page else after
            # Others add one row ahead of the reader and one behind, and move one that is still to come.
            moved = a_resource(28 - 2 * turn, updated_at=NOW + timedelta(days=1), version=2)
            await saved(store, a_resource(1000 + turn), a_resource(turn), *([moved] if turn < 8 else []))
        unmoved = [number for number in range(29, 9, -1) if number % 2]
        assert [number for number in seen if number in unmoved] == unmoved

    async def test_each_filter_holds(self, store: Store) -> None:
        await founded(
            store,
            a_resource(1),
            a_resource(2, kind=ResourceKind.COMPONENT, type="api_service"),
            a_resource(3, owner="370202", tags=("防汛", "x")),
            a_resource(4, owner="370"),
            a_resource(5, share_type=ShareType.NONE, denial_basis="依据"),
            a_resource(6, availability=Availability.SUSPENDED, owner="water"),
        )
        async with store.read() as reader:
            for query, wanted in (
                (ResourceQuery(kind=ResourceKind.COMPONENT), [2]),
                (ResourceQuery(kind=ResourceKind.APPLICATION), []),
                (ResourceQuery(type="dataset"), [1, 3, 4, 5, 6]),
                (ResourceQuery(owner_subtree="37"), [1, 2, 3, 5, 6]),
                (ResourceQuery(owner_subtree="3702"), [3, 6]),
                (ResourceQuery(owner_subtree="370"), [4]),
                (ResourceQuery(owner_subtree="3706"), []),
                (ResourceQuery(owner_subtree="nobody"), []),
                (ResourceQuery(share_type=ShareType.NONE), [5]),
                (ResourceQuery(availability=Availability.SUSPENDED), [6]),
                (ResourceQuery(tag="防汛"), [3]),
                (ResourceQuery(tag="防"), []),
                (ResourceQuery(code="CODE-000002"), [2]),
                (ResourceQuery(code="CODE-000002", kind=ResourceKind.DATA), []),
                (ResourceQuery(owner_subtree="37", type="dataset", availability=Availability.ONLINE), [1, 3, 5]),
                (ResourceQuery(tag="x", owner_subtree="3702"), [3]),
            ):
                assert await listed(reader, query) == wanted, query
                assert await reader.count(query, None) == len(wanted), query

    async def test_hostile_filters_match_nothing(self, store: Store) -> None:
        await founded(store, a_resource())
        async with store.read() as reader:
            for text in HOSTILE:
                for query in (
                    ResourceQuery(type=text),
                    ResourceQuery(owner_subtree=text),
                    ResourceQuery(tag=text),
                    ResourceQuery(code=text),
                ):
                    assert await listed(reader, query) == [], query
                    assert await reader.count(query, everything_visible()) == 0, query
                    assert await kinds(reader, query, None) == {}, query

    async def test_facets_leave_out_what_has_none(self, store: Store) -> None:
        await founded(
            store,
            a_resource(1),
            a_resource(2, tags=("t",)),
            a_resource(3, kind=ResourceKind.APPLICATION, type="business_system", tags=("t",)),
            a_resource(4, kind=ResourceKind.COMPONENT, type="api_service"),
        )
        # A kind that nothing is of any more must not linger with a zero.
        await saved(store, a_resource(4, version=2))
        async with store.read() as reader:
            assert await kinds(reader, ALL, None) == {"data": 3, "application": 1}
            assert await kinds(reader, ResourceQuery(tag="t"), None) == {"data": 1, "application": 1}
            assert await kinds(reader, ResourceQuery(tag="none"), None) == {}
            assert await reader.count(ALL, None) == 4

    async def test_totals_follow_every_write(self, store: Store) -> None:
        await founded(store, *(a_resource(at) for at in range(6)))
        await saved(store, *(a_resource(at, availability=Availability.OFFLINE, version=2) for at in range(2)))
        async with store.write() as unit:
            await unit.save([a_resource(5, availability=Availability.OFFLINE, version=2), a_resource(9)])
            assert await unit.count(ResourceQuery(availability=Availability.OFFLINE), None) == 3
        async with store.read() as reader:
            for availability, wanted in ((Availability.OFFLINE, 2), (Availability.ONLINE, 4), (None, 6)):
                query = ResourceQuery(availability=availability)
                assert await reader.count(query, None) == wanted
                assert len(await listed(reader, query)) == wanted


class VisibilityContract:
    """Visibility: lists, totals, facets and `visible` agree, and say no more than a get would."""

    async def test_mask_decides_by_cell(self, store: Store) -> None:
        await founded(
            store, a_resource(1), a_resource(2, data_level=DataLevel.L2), a_resource(3, data_level=DataLevel.L3)
        )
        async with store.read() as reader:
            await _agrees(reader, a_visibility(bytes([ALLOWED, DENIED, ALLOWED])), [1, 3])
            await _agrees(reader, a_visibility(bytes([DENIED, DENIED, DENIED])), [])
            await _agrees(reader, everything_visible(), [1, 2, 3])

    async def test_cell_beyond_the_mask_is_denied(self, store: Store) -> None:
        await founded(store, a_resource(1), a_resource(2, data_level=DataLevel.L2), a_grant_target(3))
        async with store.read() as reader:
            await _agrees(reader, a_visibility(bytes([ALLOWED])), [1])
            await _agrees(reader, a_visibility(b""), [])

    async def test_grant_shows_its_resource_only(self, store: Store) -> None:
        await self._founded_with_grants(store)
        async with store.read() as reader:
            await _agrees(reader, a_visibility(bytes([WITH_GRANT])), [1])
            await _agrees(reader, a_visibility(bytes([ALLOWED])), list(range(1, 9)))
            await _agrees(reader, a_visibility(bytes([DENIED])), [])
            await _agrees(reader, a_visibility(bytes([WITH_GRANT]), grantees=()), [])
            await _agrees(reader, a_visibility(bytes([WITH_GRANT]), grantees=("principals/other",)), [5])
            both = ("principals/reader", "principals/other", "organizations/37")
            await _agrees(reader, a_visibility(bytes([WITH_GRANT]), grantees=both), [1, 5, 6])

    async def test_grant_counts_for_its_action_alone(self, store: Store) -> None:
        await self._founded_with_grants(store)
        async with store.read() as reader:
            await _agrees(reader, a_visibility(bytes([WITH_GRANT]), action="read"), [4])
            await _agrees(reader, a_visibility(bytes([WITH_GRANT]), action="invoke"), [])

    async def test_grant_lives_from_its_start_until_before_its_end(self, store: Store) -> None:
        day, tick = timedelta(days=1), timedelta(microseconds=1)
        await self._founded_with_grants(store)
        async with store.read() as reader:
            for at, wanted in (
                (NOW - 2 * day, [2, 7]),
                (NOW - day - tick, [2, 7]),
                (NOW - day, [1, 7]),
                (NOW + day - tick, [1]),
                (NOW + day, [3]),
                (NOW + 9 * day, [3]),
            ):
                visibility = a_visibility(bytes([WITH_GRANT]), at=at)
                seen = sorted(await reader.visible(map(an_id, range(9)), visibility))
                # Resource 7 is granted without an end until NOW, then ended: the test below replaces it.
                assert [int(id) for id in seen if int(id) != 7] == [number for number in wanted if number != 7], at
                assert await reader.count(ALL, visibility) == len(seen)

    async def test_grant_ends_when_it_is_replaced(self, store: Store) -> None:
        await founded(store, a_resource(1))
        async with store.write() as unit:
            await unit.put_grants([a_grant(1, valid_until=None)])
            await unit.commit()
        visibility = a_visibility(bytes([WITH_GRANT]), at=NOW + timedelta(days=1000))
        async with store.read() as reader:
            await _agrees(reader, visibility, [1])
        async with store.write() as unit:
            await unit.put_grants([a_grant(1, valid_until=NOW)])
            await unit.commit()
        async with store.read() as reader:
            await _agrees(reader, visibility, [])

    async def test_two_grants_show_a_resource_once(self, store: Store) -> None:
        await founded(store, a_resource(1))
        async with store.write() as unit:
            await unit.put_grants([a_grant(1), a_grant(1, id="second"), a_grant(1, id="third", grantee="principals/b")])
            await unit.commit()
        async with store.read() as reader:
            visibility = a_visibility(bytes([WITH_GRANT]), grantees=("principals/reader", "principals/b"))
            await _agrees(reader, visibility, [1])

    async def test_page_is_full_although_hidden_rows_stand_between(self, store: Store) -> None:
        hidden, shown = DataLevel.L4, DataLevel.L1
        await founded(store, *(a_resource(at, data_level=shown if at % 5 == 4 else hidden) for at in range(50)))
        async with store.read() as reader:
            visibility = await _seeing(reader, shown)
            assert await listed(reader, visibility=visibility, first=4) == [4, 9, 14, 19]
            page = await reader.select(ALL, visibility, order=Order.UPDATED_ASC, after=None, first=4)
            after = cursor_of(page[-1], Order.UPDATED_ASC)
            page = await reader.select(ALL, visibility, order=Order.UPDATED_ASC, after=after, first=99)
            assert [int(resource.id) for resource in page] == [24, 29, 34, 39, 44, 49]

    async def test_totals_tell_nothing_of_what_is_hidden(self, store: Store) -> None:
        await founded(
            store,
            a_resource(1, tags=("t",), title_zh="秘密"),
            a_resource(2, tags=("t",), title_zh="秘密", data_level=DataLevel.L4),
            a_resource(3, kind=ResourceKind.COMPONENT, type="api_service", data_level=DataLevel.L4, title_zh="秘密"),
        )
        async with store.read() as reader:
            visibility = await _seeing(reader, DataLevel.L1)
            for query, wanted in (
                (ALL, 1),
                (ResourceQuery(tag="t"), 1),
                (ResourceQuery(search="秘密"), 1),
                (ResourceQuery(code="CODE-000002"), 0),
                (ResourceQuery(kind=ResourceKind.COMPONENT), 0),
                (ResourceQuery(owner_subtree="37"), 1),
            ):
                assert await reader.count(query, visibility) == wanted, query
                facets = await kinds(reader, query, visibility)
                assert facets == ({"data": 1} if wanted else {}), query

    async def test_filters_and_visibility_hold_together(self, store: Store) -> None:
        await founded(
            store,
            *(
                a_resource(at, data_level=DataLevel.L4 if at % 2 else DataLevel.L1, owner="water" if at % 3 else "3706")
                for at in range(12)
            ),
        )
        async with store.read() as reader:
            visibility = await _seeing(reader, DataLevel.L1)
            query = ResourceQuery(owner_subtree="3702")
            assert await listed(reader, query, visibility) == [2, 4, 8, 10]
            assert await reader.count(query, visibility) == 4

    async def test_visible_passes_over_what_does_not_exist(self, store: Store) -> None:
        await founded(store, a_resource(1))
        async with store.read() as reader:
            assert await reader.visible([an_id(1), an_id(2), *HOSTILE], everything_visible()) == {an_id(1)}
            assert await reader.visible([], everything_visible()) == set()

    @staticmethod
    async def _founded_with_grants(store: Store) -> None:
        day = timedelta(days=1)
        await founded(store, *map(a_resource, range(1, 9)))
        async with store.write() as unit:
            await unit.put_grants(
                [
                    a_grant(1),
                    a_grant(2, valid_from=NOW - 9 * day, valid_until=NOW - day),
                    a_grant(3, valid_from=NOW + day, valid_until=None),
                    a_grant(4, action="read"),
                    a_grant(5, grantee="principals/other"),
                    a_grant(6, grantee="organizations/37", valid_until=None),
                    a_grant(7, valid_from=NOW - 9 * day, valid_until=NOW),
                ]
            )
            await unit.commit()


def a_grant_target(number: int) -> Resource:
    """A resource in a cell of its own."""
    return a_resource(number, data_level=DataLevel.L3)


async def _seeing(reader: Reader, level: DataLevel) -> Visibility:
    cells = await reader.cells(0)
    return a_visibility(bytes(ALLOWED if cell.attributes.data_level is level else DENIED for cell in cells))


async def _agrees(reader: Reader, visibility: Visibility, wanted: list[int]) -> None:
    assert await listed(reader, visibility=visibility) == wanted
    assert await reader.count(ALL, visibility) == len(wanted)
    assert sum((await kinds(reader, ALL, visibility)).values()) == len(wanted)
    assert await reader.visible(map(an_id, range(60)), visibility) == set(map(an_id, wanted))
    for number in range(10):
        query = ResourceQuery(code=f"CODE-{number:06d}")
        assert await reader.count(query, visibility) == (number in wanted)


async def _paged(reader: Reader, order: Order, size: int) -> list[Resource]:
    rows: list[Resource] = []
    after: Cursor | None = None
    while page := await reader.select(ALL, None, order=order, after=after, first=size):
        rows += page
        after = Cursor.decode(cursor_of(page[-1], order).encode(), order)
    return rows
