"""Pages that every store reads from either end."""

from __future__ import annotations

from datetime import timedelta

from ucs_registry.ports import Store
from ucs_registry.queries import Cursor, Order, cursor_of
from ucs_registry.resources import Resource
from ucs_registry.testing.builders import NOW, a_resource, founded
from ucs_registry.testing.listing import ALL, ORDERS

_DAY = timedelta(days=1)
_MIRRORED = (Order.TITLE_ZH_DESC, Order.TITLE_EN_DESC, Order.CODE_DESC)


class BothWaysContract:
    """Pages read from either end."""

    async def test_pages_read_backward_join_to_the_same_list(self, store: Store) -> None:
        resources = [
            a_resource(at, title_zh=f"题{at % 3}", title_en=f"T{at % 2}", updated_at=NOW + (at % 4) * _DAY)
            for at in range(23)
        ]
        await founded(store, *resources)
        async with store.read() as reader:
            for order in ORDERS:
                whole = await reader.select(ALL, None, order=order, after=None, first=99)
                rows: list[Resource] = []
                before: Cursor | None = None
                while page := await reader.select(
                    ALL, None, order=order, after=None, first=4, before=before, backward=True
                ):
                    rows = page + rows
                    before = cursor_of(page[0], order)
                assert rows == whole, order

    async def test_page_between_two_cursors_holds_what_stands_between(self, store: Store) -> None:
        await founded(store, *(a_resource(at) for at in range(10)))
        async with store.read() as reader:
            for order in ORDERS:
                whole = await reader.select(ALL, None, order=order, after=None, first=99)
                ends = {"after": cursor_of(whole[2], order), "before": cursor_of(whole[7], order)}
                for first, backward, wanted in ((9, False, whole[3:7]), (2, False, whole[3:5]), (2, True, whole[5:7])):
                    found = await reader.select(ALL, None, order=order, first=first, backward=backward, **ends)
                    assert found == wanted, (order, first, backward)

    async def test_ascending_and_descending_are_each_others_mirror(self, store: Store) -> None:
        await founded(store, *(a_resource(at, title_zh=f"题{at % 3}") for at in range(9)))
        async with store.read() as reader:
            for order in _MIRRORED:
                up = await reader.select(ALL, None, order=Order(order.removesuffix("_desc")), after=None, first=99)
                assert await reader.select(ALL, None, order=order, after=None, first=99) == up[::-1]
