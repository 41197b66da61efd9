"""Pages of resources, read from either end: where they begin, where they end, and what stands around them."""

from __future__ import annotations

from dataclasses import dataclass

from ucs_core.platform.sight import Sight
from ucs_core.platform.views import ResourcePage
from ucs_registry.queries import Cursor, Order, ResourceQuery, cursor_of, page_size
from ucs_registry.resources import Resource
from ucs_sdk.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAsked:
    """A page: the first so many, or the last so many, of what stands behind one cursor and ahead of another.

    With `around`, it is found out whether something stands on the far side of the page, too: another question to the store.
    """

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    around: bool = False


async def read_page(sight: Sight, query: ResourceQuery, order: Order, asked: PageAsked) -> ResourcePage:
    """The page of a list that the caller may see. Raises Invalid for a bad cursor or size, and for two sizes at once."""
    if asked.first is not None and asked.last is not None:
        raise Invalid("ARGUMENTS_EXCLUSIVE", arguments=["first", "last"])
    backward = asked.last is not None
    size = page_size(asked.last, "last") if backward else page_size(asked.first)
    after = Cursor.decode(asked.after, order) if asked.after else None
    before = Cursor.decode(asked.before, order, "before") if asked.before else None
    found = await sight.reader.select(
        query, sight.visibility(), order=order, after=after, first=size + 1, before=before, backward=backward
    )
    further = len(found) > size
    shown = found[-size:] if backward else found[:size]
    # Without a cursor on that side the page begins, or ends, where the list does.
    ahead = further if backward else after is not None
    behind = further or before is not None if not backward else before is not None
    if asked.around:
        if ahead and not (backward and further):
            ahead = await _anything(sight, query, order, shown, ahead_of_it=True)
        if behind and (backward or not further):
            behind = await _anything(sight, query, order, shown, ahead_of_it=False)
    return ResourcePage.model_construct(
        items=await sight.views(shown),
        cursors=[cursor_of(resource, order).encode() for resource in shown],
        more=behind,
        earlier=ahead,
    )


async def _anything(
    sight: Sight, query: ResourceQuery, order: Order, shown: list[Resource], *, ahead_of_it: bool
) -> bool:
    # Of an empty page nothing stands on one side of the cursor, so that whatever there is stands on the other.
    edge = cursor_of(shown[0 if ahead_of_it else -1], order) if shown else None
    found = await sight.reader.select(
        query,
        sight.visibility(),
        order=order,
        after=None if ahead_of_it else edge,
        first=1,
        before=edge if ahead_of_it else None,
        backward=ahead_of_it,
    )
    return bool(found)
