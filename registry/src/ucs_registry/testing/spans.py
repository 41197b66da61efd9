"""Parts of lists between two places, which every store reads from either end in the same way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

from ucs_registry.bin import BinPlace
from ucs_registry.members import MemberFilter
from ucs_registry.organizations import Organization
from ucs_registry.ports import Store
from ucs_registry.testing.builders import (
    NOW,
    ROOT,
    a_grant,
    a_resource,
    a_revision,
    an_entry,
    an_id,
    an_organization,
    founded,
    saved,
)
from ucs_registry.testing.members import POOL, a_member, put
from ucs_registry.testing.shelf import deleted
from ucs_registry.testing.types import a_type, entered
from ucs_sdk.vocabulary import MemberStatus, ReviewState

Read = Callable[..., Awaitable[Sequence[Any]]]

_SIZES = (1, 2, 9)


class SpansContract:
    """A part of a list is the same whichever end it is read from."""

    async def test_organizations_are_read_from_either_end(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            await unit.add_organizations([an_organization(id, "3702") for id in ("a", "b", "zz")])
            await unit.commit()
        async with store.read() as reader:
            await _agrees(lambda **span: reader.children("3702", **span), _organization)
            await _agrees(lambda **span: reader.children(None, **span), _organization)
            await _agrees(lambda **span: reader.subtree(ROOT, **span), _organization)
            assert await reader.children("3702", after=None, before="\x00", first=9) == []
            assert await reader.subtree(ROOT, after=None, before="\x00", first=9) == []

    async def test_members_are_read_from_either_end(self, store: Store) -> None:
        await put(store, POOL, *(a_member(f"c{at}", status=list(MemberStatus)[at % 2]) for at in range(7)))
        async with store.read() as reader:
            for filter in (MemberFilter(), MemberFilter(status=next(iter(MemberStatus)))):
                await _agrees(
                    lambda filter=filter, **span: reader.find_members(POOL, filter, **span), lambda member: member.code
                )
            assert await reader.find_members(POOL, MemberFilter(), before="\x00", first=9) == []

    async def test_revisions_are_read_from_either_end(self, store: Store) -> None:
        await founded(store)
        for number in range(1, 8):
            judged = ReviewState.APPROVED if number % 2 else ReviewState.REJECTED
            await saved(store, a_resource(1, head=a_revision(number, judged), current=None))
        async with store.read() as reader:
            for state in (None, ReviewState.APPROVED):

                async def read(*, after: Any, before: Any, state: ReviewState | None = state, **span: Any) -> Any:  # noqa: ANN401 -- a place
                    return await reader.latest_revisions(an_id(1), before=after, above=before, state=state, **span)

                await _agrees(read, lambda revision: revision.number)
            assert await reader.latest_revisions(an_id(1), above=2**40, first=9) == []

    async def test_versions_of_a_type_are_read_from_either_end(self, store: Store) -> None:
        await entered(store, *(a_type(version=number) for number in range(1, 6)), a_type("other"))

        async with store.read() as reader:

            async def read(*, after: Any, before: Any, **span: Any) -> Any:  # noqa: ANN401 -- a place
                return await reader.type_versions("weather", before=after, above=before, **span)

            await _agrees(read, lambda type: type.version)

    async def test_bin_is_read_from_either_end(self, store: Store) -> None:
        items = [a_resource(at) for at in range(1, 7)]
        await founded(store, *items)
        async with store.write() as unit:
            for at, item in enumerate(items):
                # Some go at the same instant.
                await deleted(unit, item, NOW + timedelta(seconds=at // 2))
            await unit.commit()
        async with store.read() as reader:
            await _agrees(lambda **span: reader.bin_page(approved=None, drafts=None, **span), BinPlace.of)

    async def test_grants_are_read_from_either_end(self, store: Store) -> None:
        await founded(store, a_resource(1), a_resource(2))
        async with store.write() as unit:
            await unit.put_grants([a_grant(1 + at % 2, id=f"g{at}") for at in range(7)])
            await unit.commit()
        async with store.read() as reader:
            for resources in (None, [an_id(1)]):
                await _agrees(
                    lambda resources=resources, **span: reader.find_grants(resources=resources, **span),
                    lambda grant: grant.id,
                )
            assert await reader.find_grants(before="\x00") == []

    async def test_log_is_read_from_either_end(self, store: Store) -> None:
        async with store.write() as unit:
            for at in range(9):
                unit.append(an_entry(access_after=a_resource(at, owner=("3702", "water")[at % 2]).access))
            await unit.commit()
        async with store.read() as reader:
            for owners in (None, ["water"], ["water", "3702"], ["nobody"]):

                async def read(*, after: Any, owners: Any = owners, **span: Any) -> Any:  # noqa: ANN401 -- a place
                    return await reader.log(after=after or 0, owners=owners, **span)

                await _agrees(read, lambda entry: entry.position)
            assert [entry.position for entry in await reader.log(after=0, first=2, before=99, backward=True)] == [8, 9]
            assert await reader.log(after=0, first=9, before=0) == []


async def _agrees(read: Read, place: Callable[[Any], Any]) -> None:
    """Holds every part of a list, between any two of its places and from either end, to the whole of it."""
    whole = list(await read(after=None, before=None, first=99))
    ends = [None, *range(len(whole))]
    for after, before, first, backward in product(ends, ends, _SIZES, (False, True)):
        start, stop = -1 if after is None else after, len(whole) if before is None else before
        between = whole[start + 1 : max(stop, start + 1)]
        wanted = between[max(0, len(between) - first) :] if backward else between[:first]
        found = await read(
            after=None if after is None else place(whole[after]),
            before=None if before is None else place(whole[before]),
            first=first,
            backward=backward,
        )
        assert list(found) == wanted, (after, before, first, backward)


def _organization(organization: Organization) -> str:
    return organization.id
