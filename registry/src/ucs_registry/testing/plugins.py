"""What every store holds of plugins and their documents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ucs_registry.documents import TEXT_MOST, DocumentQuery, FieldRange, NewDocument, place_of
from ucs_registry.plugins import PluginRow
from ucs_registry.ports import Store
from ucs_registry.testing.builders import NOW, an_entry, founded
from ucs_registry.testing.organizations import HOSTILE
from ucs_sdk.errors import Invalid

ASKED = DocumentQuery(plugin="flood", collection="points")


def a_plugin(name: str = "flood", **changes: Any) -> PluginRow:  # noqa: ANN401 -- any field
    """A plugin of the organisation `water` that is enabled."""
    fields: dict[str, Any] = {"version": "1.0", "enabled": True, "owner": "water", "changed_at": NOW, "changed_by": "a"}
    return PluginRow(name=name, **fields | changes)


def a_document(id: str, organization: str = "water", **body: Any) -> NewDocument:  # noqa: ANN401 -- any JSON
    """A document in the collection that is asked for."""
    return NewDocument(plugin="flood", collection="points", id=id, organization=organization, body=body)


async def kept(store: Store, *documents: NewDocument, at: Any = NOW) -> None:  # noqa: ANN401 -- an instant
    """Keep documents in a unit of their own."""
    async with store.write() as unit:
        await unit.put_documents(documents, at)
        unit.append(an_entry())
        await unit.commit()


async def listed(store: Store, query: DocumentQuery, first: int = 99) -> list[str]:
    """The ids of what a query finds, read page by page, which is as much as it counts."""
    found: list[str] = []
    async with store.read() as reader:
        page = await reader.find_documents(query, first=first)
        while page:
            found += [document.id for document in page]
            page = await reader.find_documents(query, after=place_of(page[-1], query), first=first)
        assert await reader.count_documents(query) == len(found)
    return found


class PluginsContract:
    """What was decided about plugins."""

    async def test_plugins_come_back_equal_in_the_order_of_their_names(self, store: Store) -> None:
        await founded(store)
        rows = [
            a_plugin("pump", settings={"b": 1, "a": ["水"]}, admits=True, types=("pump_hall",), resources=("1", "2")),
            a_plugin("flood", enabled=False, admits=True, reason="坏 \\ ' \""),
        ]
        async with store.write() as unit:
            for row in rows:
                await unit.put_plugin(row)
            assert await unit.plugins() == rows[::-1]
            assert await unit.admitting() == ["pump"]
            await unit.commit()
        async with store.write() as unit:
            await unit.put_plugin(rows[0].model_copy(update={"generation": 2, "owner": "37"}))
            await unit.commit()
        async with store.read() as reader:
            assert [(row.name, row.owner, row.generation) for row in await reader.plugins()] == [
                ("flood", "water", 1),
                ("pump", "37", 2),
            ]

    async def test_a_plugin_belongs_to_an_organisation_that_exists(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            with pytest.raises(Invalid, match="ORGANIZATION_UNKNOWN"):
                await unit.put_plugin(a_plugin(owner="nowhere"))


class DocumentsContract:
    """Documents: kept, replaced, removed, found by their fields, and shown by their owners."""

    async def test_documents_come_back_as_they_were_kept(self, store: Store) -> None:
        await founded(store)
        body: dict[str, Any] = {"z": [1, {"深": None}], "a": "x", "level": 1.5, "open": True}
        await kept(store, a_document("1", **body))
        later = NOW + timedelta(hours=1)
        await kept(store, a_document("1", "37", a="y"), a_document("2"), at=later)
        async with store.read() as reader:
            found = await reader.documents("flood", "points", ["2", "1", "none", *HOSTILE])
            assert list(found["1"].body.items()) == [("a", "y")]
            assert (found["1"].organization, found["1"].created_at, found["1"].updated_at) == ("37", NOW, later)
            assert found["1"].revision == found["2"].revision == reader.head.position
            assert found.keys() == {"1", "2"}
            assert await reader.documents("flood", "other", ["1"]) == {}
            assert await reader.documents("other", "points", ["1"]) == {}

    async def test_no_revision_is_used_twice(self, store: Store) -> None:
        await founded(store)
        seen = set()
        for _ in range(3):
            await kept(store, a_document("1"))
            async with store.write() as unit:
                seen.add((await unit.documents("flood", "points", ["1"]))["1"].revision)
                assert await unit.remove_documents("flood", "points", ["1", "2"]) == 1
                unit.append(an_entry())
                await unit.commit()
        assert len(seen) == 3

    async def test_a_unit_sees_what_it_wrote_and_leaves_nothing_without_a_commit(self, store: Store) -> None:
        await founded(store)
        await kept(store, a_document("1", level=1))
        async with store.write() as unit:
            await unit.put_documents([a_document("1", level=2), a_document("2", level=2)], NOW)
            asked = DocumentQuery(plugin="flood", collection="points", where=(FieldRange(field="level", least=2),))
            assert [document.id for document in await unit.find_documents(asked, first=9)] == ["1", "2"]
            await unit.remove_documents("flood", "points", ["1"])
        assert await listed(store, ASKED) == ["1"]

    async def test_values_of_every_kind_are_found_and_ordered(self, store: Store) -> None:
        await founded(store)
        values = [None, False, True, -1e9, -2, -0.5, 0, 0.25, 3, 1e300, "", "A", "a", "aa", "水", "\U00020000"]
        await kept(store, *(a_document(f"{at:02d}", v=value) for at, value in enumerate(values)), a_document("99"))
        ids = [f"{at:02d}" for at in range(len(values))]
        ordered = DocumentQuery(plugin="flood", collection="points", order="v")
        assert await listed(store, ordered, 3) == ["00", "99", *ids[1:]]
        backward = DocumentQuery(plugin="flood", collection="points", order="v", descending=True)
        assert await listed(store, backward, 4) == [*ids[:0:-1], "99", "00"]
        for at, value in enumerate(values[1:], start=1):
            same = FieldRange(field="v", least=value, most=value)
            assert await listed(store, DocumentQuery(plugin="flood", collection="points", where=(same,))) == [ids[at]]
        for low, high, expected in (
            (-2, 3, ids[4:9]),
            ("A", "aa", ids[11:14]),
            (None, 0, ids[3:7]),
            ("a", None, ids[12:]),
        ):
            within = (FieldRange(field="v", least=low, most=high),)
            asked = DocumentQuery(plugin="flood", collection="points", where=within, order="v")
            assert await listed(store, asked, 2) == expected
        present = DocumentQuery(plugin="flood", collection="points", where=(FieldRange(field="v"),))
        assert await listed(store, present) == ids[1:]

    async def test_long_texts_equal_no_shorter_one(self, store: Store) -> None:
        await founded(store)
        await kept(store, a_document("long", v="x" * (TEXT_MOST + 1)), a_document("full", v="x" * TEXT_MOST))
        same = FieldRange(field="v", least="x" * TEXT_MOST, most="x" * TEXT_MOST)
        assert await listed(store, DocumentQuery(plugin="flood", collection="points", where=(same,))) == ["full"]

    async def test_all_conditions_hold_at_once(self, store: Store) -> None:
        await founded(store)
        await kept(store, *(a_document(f"{at}", even=at % 2 == 0, level=at) for at in range(8)))
        where = (FieldRange(field="even", least=True, most=True), FieldRange(field="level", least=3, most=6))
        asked = DocumentQuery(plugin="flood", collection="points", where=where, order="level", descending=True)
        assert await listed(store, asked, 1) == ["6", "4"]
        named = DocumentQuery(plugin="flood", collection="points", where=where, ids=frozenset({"4", "5", *HOSTILE}))
        assert await listed(store, named) == ["4"]

    async def test_only_documents_of_the_owners_are_shown_and_counted(self, store: Store) -> None:
        await founded(store)
        owners = ["water", "37", "3702", "water", "37"]
        await kept(store, *(a_document(f"{at}", owner, v=9 - at) for at, owner in enumerate(owners)))
        async with store.read() as reader:
            numbers = {entry.id: entry.number for entry in await reader.all_organizations()}
        for shown, expected in (({"water"}, "03"), ({"37", "3702"}, "124"), (set(), ""), ({"370"}, "")):
            asked = DocumentQuery(plugin="flood", collection="points", owners=frozenset(numbers[id] for id in shown))
            assert await listed(store, asked, 1) == list(expected)
            ordered = DocumentQuery(plugin="flood", collection="points", owners=asked.owners, order="v")
            assert await listed(store, ordered, 2) == list(expected)[::-1]

    async def test_hostile_names_find_nothing_and_harm_nothing(self, store: Store) -> None:
        await founded(store)
        await kept(store, a_document("1", v="x"))
        for text in HOSTILE:
            part = FieldRange(field=text, least="x", most="x")
            for asked in (
                DocumentQuery(plugin=text, collection="points"),
                DocumentQuery(plugin="flood", collection=text),
                DocumentQuery(plugin="flood", collection="points", where=(part,)),
                DocumentQuery(
                    plugin="flood", collection="points", where=(FieldRange(field="v", least=text[:TEXT_MOST]),) * 2
                ),
            ):
                async with store.read() as reader:
                    assert len(await reader.find_documents(asked, first=5)) <= 1
        assert await listed(store, ASKED) == ["1"]

    async def test_a_document_belongs_to_an_organisation_that_exists(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            with pytest.raises(Invalid, match="ORGANIZATION_UNKNOWN"):
                await unit.put_documents([a_document("1", "nowhere")], NOW)
