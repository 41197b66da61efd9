"""What every store answers about many resources that are to be entered, and that it keeps what was worked out of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from ucs_registry.bin import DeletedResource
from ucs_registry.catalog import Actor, ImportedResource, import_prepared, prepare
from ucs_registry.entering import resource_of
from ucs_registry.extents import Box, Temporal
from ucs_registry.ports import Store, Taken
from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.resources import Dependency, Point
from ucs_registry.testing.builders import NOW, a_content, a_resource, an_id, everything_visible, founded
from ucs_sdk.vocabulary import DependencyRelation, ResourceKind

ROWS = 450
"""More than a database is given with one statement, and not a multiple of it."""

SPEC = {"items": [{"name": "code", "title": "编码", "data_type": "string", "length": 32}]}


STATED: dict[str, Any] = {
    "title_en": "a\tb\\n\u2028“”",
    "tags": ("水", "back\\slash"),
    "location": Point(longitude=120.25, latitude=36.5),
    "temporal": Temporal(start=date(2026, 1, 1)),
    "region_code": "37",
    "dependencies": (Dependency(target=f"resources/{an_id(1)}", relation=DependencyRelation.READS, role="\\N"),),
}
"""What stands in tables of its own, and texts that a database reads in a way of its own."""


def _item(number: int) -> ImportedResource:
    stated = STATED if number % 7 == 0 else {}
    content = a_content(**{"title_zh": "潮位" if number == ROWS else "水位", "spec": SPEC, **stated})
    return ImportedResource(
        id=an_id(number), code=f"A/{number}", kind=ResourceKind.DATA, type="dataset", owner="37", content=content
    )


class ImportContract:
    """What an import asks, and what becomes of it."""

    async def test_what_is_taken_is_known_in_the_catalogue_and_in_the_bin(self, store: Store) -> None:
        kept, deleted = a_resource(1, code="A/1"), a_resource(2, code="A/2")
        await founded(store, kept, deleted)
        in_bin = DeletedResource(
            resource=deleted, revisions=(deleted.head,), deleted_at=NOW, by="principals/x", purge_at=NOW
        )
        async with store.write() as unit:
            await unit.delete(in_bin)
            await unit.commit()
        async with store.read() as reader:
            asked = [an_id(1), an_id(2), an_id(3), "\x00"], ["A/1", "A/2", "A/3", "\ud800"]
            assert await reader.taken(*asked) == Taken({an_id(1), an_id(2)}, {"A/1", "A/2"})
            assert await reader.taken([], []) == Taken(set(), set())

    async def test_kinds_are_told_of_what_is_there_and_visible(self, store: Store) -> None:
        await founded(store, a_resource(1, kind=ResourceKind.DATA), a_resource(2, kind=ResourceKind.COMPONENT))
        async with store.read() as reader:
            both = {an_id(1): ResourceKind.DATA, an_id(2): ResourceKind.COMPONENT}
            asked = [an_id(1), an_id(2), an_id(9), "\x00"]
            assert await reader.kinds(asked, None) == both
            assert await reader.kinds(asked, everything_visible()) == both
            assert await reader.kinds(asked, everything_visible(cells=0)) == {}
            assert await reader.kinds([], None) == {}

    async def test_places_are_those_that_exist(self, store: Store) -> None:
        await founded(store)
        async with store.read() as reader:
            assert await reader.places(["37", "nowhere", "\x00"]) == {"37"}
            assert await reader.places([]) == set()

    async def test_batch_is_kept_as_each_of_it_alone_would_be(self, store: Store) -> None:
        await founded(store)
        items = [_item(number) for number in range(1, ROWS + 1)]
        async with store.write() as unit:
            await import_prepared(unit, prepare(items), Actor("principals/x", NOW, everything_visible(cells=0)))
            await unit.commit()
        async with store.read() as reader:
            found = await reader.resources([item.id for item in items if item.id])
            assert len(found) == ROWS
            for item in prepare(items):
                assert found[item.fresh.id] == resource_of(item.fresh, "principals/x", NOW)
            stated = ROWS // 7
            around = Box(west=120, south=36, east=121, north=37)
            day = Temporal(start=date(2026, 5, 1), end=date(2026, 5, 1))
            for query in (ResourceQuery(area=around), ResourceQuery(during=day), ResourceQuery(tags=("back\\slash",))):
                assert await reader.count(query, None) == stated
            assert len(await reader.dependants([an_id(1)])) == stated
            query = ResourceQuery(search="潮位")
            [one] = await reader.select(query, None, order=Order.CODE, after=None, first=10)
            assert one.id == an_id(ROWS)
            assert await reader.count(ResourceQuery(search="水位"), None) == ROWS - 1
        # What was worked out beforehand is what saving without it would have kept.
        async with store.write() as unit:
            changed = one.model_copy(update={"version": 2})
            await unit.save([changed])
            await unit.commit()
        async with store.read() as reader:
            assert await reader.resource(one.id) == changed
            assert await reader.count(query, None) == 1
