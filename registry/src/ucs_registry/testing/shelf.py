"""What every store holds of deprecations, of what still needs a resource, and of what was deleted."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from ucs_registry.bin import KEPT, BinPlace, DeletedResource
from ucs_registry.ports import Store, Unit
from ucs_registry.queries import Dimension, Order, ResourceQuery
from ucs_registry.resources import Deprecation, Point, Resource
from ucs_registry.testing.builders import (
    NOW,
    a_resource,
    a_revision,
    a_visibility,
    an_id,
    everything_visible,
    founded,
    saved,
)
from ucs_registry.testing.organizations import HOSTILE
from ucs_registry.testing.resources import needs
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT
from ucs_sdk.errors import AlreadyExists
from ucs_sdk.vocabulary import Availability, ReviewState, ShareType

ANNOUNCED = Deprecation(
    effective_on=date(2026, 4, 1),
    removal_on=date(2027, 4, 1),
    alternative=f"resources/{an_id(9)}",
    note="改用“新接口”",
)


async def deleted(unit: Unit, resource: Resource, at: datetime = NOW) -> DeletedResource:
    """Delete a resource in a unit."""
    entry = DeletedResource(
        resource=resource,
        revisions=tuple(await unit.revisions(resource.id)),
        deleted_at=at,
        by="principals/editor",
        purge_at=at + KEPT,
    )
    await unit.delete(entry)
    return entry


class DeprecationsContract:
    """What is announced is kept, found by id, and leads to what it affects."""

    async def test_deprecation_comes_back_equal(self, store: Store) -> None:
        old = a_resource(1, deprecation=ANNOUNCED)
        await founded(store, old, a_resource(2))
        async with store.read() as reader:
            assert await reader.resource(an_id(1)) == old
            assert await reader.deprecations([an_id(1), an_id(2), an_id(3), *HOSTILE]) == {an_id(1): ANNOUNCED}
        await saved(store, a_resource(1, version=2))
        async with store.read() as reader:
            assert await reader.resource(an_id(1)) == a_resource(1, version=2)
            assert await reader.deprecations([an_id(1)]) == {}

    async def test_what_a_visible_deprecation_affects_is_found(self, store: Store) -> None:
        await founded(
            store,
            a_resource(1, deprecation=ANNOUNCED),
            a_resource(2, deprecation=ANNOUNCED, share_type=ShareType.CONDITIONAL, share_condition="申请"),
            a_resource(3, dependencies=needs(1, 4)),
            a_resource(4, dependencies=needs(2)),
            a_resource(5, dependencies=needs(3)),
        )
        async with store.read() as reader:
            second = await reader.cell(an_id(2)) or 0
            eyes = everything_visible(second)
            for asked, found in (
                (ResourceQuery(affected_by_deprecation=True), [3, 4]),
                (ResourceQuery(affected_by_deprecation=True, deprecated_to=eyes), [3]),
                (ResourceQuery(affected_by_deprecation=True, search="CODE-000003"), [3]),
                (ResourceQuery(any_of=(ResourceQuery(affected_by_deprecation=True), ResourceQuery(code="X"))), [3, 4]),
            ):
                listed = await reader.select(asked, everything_visible(), order=Order.CODE, after=None, first=9)
                assert [item.id for item in listed] == list(map(an_id, found))
                assert await reader.count(asked, everything_visible()) == len(found)


class HoldersContract:
    """What holds a resource: that which needs it, was approved, and is not retired."""

    async def test_only_what_is_in_use_holds(self, store: Store) -> None:
        draft = a_revision(1, ReviewState.DRAFT, dependencies=needs(1))
        await founded(
            store,
            a_resource(1),
            a_resource(2, dependencies=needs(1)),
            a_resource(3, dependencies=needs(1), availability=Availability.OFFLINE),
            a_resource(4, dependencies=needs(1), availability=Availability.RETIRED),
            a_resource(5, head=draft, availability=Availability.OFFLINE),
            a_resource(6, dependencies=needs(2)),
        )
        async with store.read() as reader:
            assert await reader.holders(an_id(1), None, first=9) == [an_id(2), an_id(3)]
            assert await reader.holders(an_id(1), None, first=1) == [an_id(2)]
            assert await reader.count_holders(an_id(1), None) == 2
            hidden = await reader.cell(an_id(3)) or 0
            eyes = a_visibility(bytes(DENIED if number == hidden else ALLOWED for number in range(9)))
            assert await reader.holders(an_id(1), eyes, first=9) == [an_id(2)]
            assert await reader.count_holders(an_id(1), eyes) == 1
            for id in (*HOSTILE, an_id(6)):
                assert (await reader.holders(id, None, first=9), await reader.count_holders(id, None)) == ([], 0)


class BinContract:
    """What is deleted is nowhere but in the bin, and comes back whole."""

    async def test_deleted_resource_is_nowhere_but_in_the_bin(self, store: Store) -> None:
        place = Point(longitude=120.4, latitude=36.1)
        gone = a_resource(
            1, tags=("防汛",), dependencies=needs(2), title_zh="旧泵站", region_code="370202001", location=place
        )
        await founded(store, gone, a_resource(2), a_resource(3, dependencies=needs(1)))
        async with store.write() as unit:
            await deleted(unit, gone)
            await unit.commit()
        async with store.read() as reader:
            assert await reader.resource(gone.id) is None
            assert await reader.resource_by_code(gone.code) is None
            assert await reader.resources([gone.id]) == {}
            assert await reader.cell(gone.id) is None
            assert await reader.revisions(gone.id) == []
            assert await reader.visible([gone.id], everything_visible()) == set()
            assert await reader.dependencies([gone.id]) == []
            assert await reader.dependants([an_id(2)]) == []
            assert await reader.holders(an_id(2), None, first=9) == []
            for query in (
                ResourceQuery(),
                ResourceQuery(search="泵站"),
                ResourceQuery(tag="防汛"),
                ResourceQuery(code=gone.code),
                ResourceQuery(district="370202"),
                ResourceQuery(region="370202001"),
            ):
                for visibility in (None, everything_visible()):
                    listed = await reader.select(query, visibility, order=Order.CODE, after=None, first=9)
                    assert gone.id not in [item.id for item in listed]
                    assert await reader.count(query, visibility) == len(listed)
                    facets = await reader.facets(query, visibility, [Dimension.KIND, Dimension.DISTRICT])
                    assert sum(facets[Dimension.KIND].values()) == len(listed)
                    assert not facets[Dimension.DISTRICT]
            assert sum((await reader.cell_counts()).values()) == 2
            # The edge of the other one is still there, and leads nowhere.
            assert [edge.source for edge in await reader.dependants([gone.id])] == [f"resources/{an_id(3)}"]

    async def test_deleted_resource_comes_back_whole(self, store: Store) -> None:
        first, second = a_revision(1, title_zh="一", spec={"深": [1, 2.5, -0.0, None]}), a_revision(2, title_zh="二")
        draft = a_revision(3, ReviewState.IN_REVIEW, title_zh="三", dependencies=needs(2))
        await founded(store, a_resource(2), a_resource(1, head=first))
        kept = a_resource(1, head=draft, current=second, version=3, tags=("x",), deprecation=ANNOUNCED)
        await saved(store, a_resource(1, head=second, version=2))
        await saved(store, kept)
        async with store.write() as unit:
            put = await deleted(unit, kept)
            await unit.commit()
        async with store.read() as reader:
            counts = await reader.cell_counts()
            assert await reader.deleted([kept.id, an_id(2), *HOSTILE]) == {kept.id: put}
            assert put.revisions == (draft, second, first)
            assert put.approved
        back = kept.model_copy(update={"version": 4})
        async with store.write() as unit:
            await unit.undelete(back)
            await unit.commit()
        async with store.read() as reader:
            assert await reader.resource(kept.id) == back
            assert await reader.revisions(kept.id) == [draft, second, first]
            assert await reader.deleted([kept.id]) == {}
            assert sum((await reader.cell_counts()).values()) == sum(counts.values()) + 1
            found = await reader.select(ResourceQuery(search="二"), None, order=Order.CODE, after=None, first=9)
            assert [item.id for item in found] == [kept.id]
            assert await reader.deprecations([kept.id]) == {kept.id: ANNOUNCED}

    async def test_code_and_id_stay_taken_until_the_purge(self, store: Store) -> None:
        await founded(store, a_resource(1))
        async with store.write() as unit:
            await deleted(unit, a_resource(1))
            await unit.commit()
        for taken, path in ((a_resource(2, code="CODE-000001"), "code"), (a_resource(1, code="OTHER"), "id")):
            async with store.write() as unit:
                with pytest.raises(AlreadyExists) as refusal:
                    await unit.save([taken])
                assert (refusal.value.reason, refusal.value.fields["path"]) == ("CODE_TAKEN", path)
        async with store.write() as unit:
            for id in (an_id(1), an_id(7), *HOSTILE):
                await unit.purge(id)
            await unit.save([a_resource(2, code="CODE-000001"), a_resource(1, code="OTHER")])
            await unit.commit()
        async with store.read() as reader:
            assert await reader.deleted([an_id(1)]) == {}
            assert await reader.count(ResourceQuery(), None) == 2

    async def test_deletion_of_a_lost_unit_deletes_nothing(self, store: Store) -> None:
        await founded(store, a_resource(1, dependencies=needs(2)), a_resource(2))
        async with store.write() as unit:
            await deleted(unit, a_resource(1, dependencies=needs(2)))
        async with store.read() as reader:
            assert await reader.deleted([an_id(1)]) == {}
            assert await reader.count(ResourceQuery(), None) == 2
            assert len(await reader.dependants([an_id(2)])) == 1

    async def test_reader_keeps_what_is_deleted_meanwhile(self, store: Store) -> None:
        await founded(store, a_resource(1))
        async with store.read() as reader:
            assert await reader.resource(an_id(1)) == a_resource(1)
            async with store.write() as unit:
                await deleted(unit, a_resource(1))
                await unit.commit()
            assert await reader.resource(an_id(1)) == a_resource(1)
            assert await reader.deleted([an_id(1)]) == {}

    async def test_bin_is_paged_by_what_may_be_taken_back(self, store: Store) -> None:
        drafts = {"head": a_revision(1, ReviewState.DRAFT), "availability": Availability.OFFLINE}
        items = [
            a_resource(1),
            a_resource(2, **drafts),
            a_resource(3, owner="3702"),
            a_resource(4, owner="3702", **drafts),
            a_resource(5),
        ]
        await founded(store, *items)
        async with store.read() as reader:
            cells = [await reader.cell(item.id) for item in items]
        async with store.write() as unit:
            for at, item in enumerate(items):
                # The last two go at the same instant.
                await deleted(unit, item, NOW + timedelta(seconds=min(at, 3)))
            await unit.commit()
        own = a_visibility(bytes(ALLOWED if number in (cells[0], cells[1]) else DENIED for number in range(9)))
        other = a_visibility(bytes(ALLOWED if number in (cells[2], cells[3]) else WITH_GRANT for number in range(9)))
        nothing = a_visibility(b"")
        async with store.read() as reader:
            for approved, draft, wanted in (
                (None, None, [5, 4, 3, 2, 1]),
                (own, nothing, [5, 1]),
                (nothing, own, [2]),
                (own, other, [5, 4, 1]),
                (other, other, [4, 3]),
            ):
                found, after = [], None
                while page := await reader.bin_page(approved=approved, drafts=draft, after=after, first=2):
                    found += [item.resource.id for item in page]
                    after = BinPlace.of(page[-1])
                assert found == list(map(an_id, wanted))
            assert await reader.due(NOW + KEPT, first=9) == [an_id(1)]
            assert await reader.due(NOW + KEPT + timedelta(days=1), first=3) == list(map(an_id, (1, 2, 3)))
            assert await reader.due(NOW, first=9) == []
