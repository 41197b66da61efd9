"""What every store holds of types and vocabularies that were entered."""

from __future__ import annotations

from typing import Any

from ucs_registry.organizations import Bilingual
from ucs_registry.ports import Store
from ucs_registry.testing.builders import NOW, a_resource, a_revision, a_visibility, an_id, founded
from ucs_registry.testing.organizations import HOSTILE
from ucs_registry.types import MemberRules, ResourceType, built_in_types, known_types
from ucs_registry.visibility import ALLOWED, DENIED
from ucs_registry.vocabularies import Vocabulary, VocabularyTerm
from ucs_sdk.vocabulary import MemberCoding, ResourceKind, ReviewState


def a_type(id: str = "weather", **changes: Any) -> ResourceType:  # noqa: ANN401 -- any field
    """A type of data that was entered, of any spec unless stated."""
    fields: dict[str, Any] = {
        "kind": ResourceKind.DATA,
        "title": Bilingual(zh="天气", en="Weather"),
        "schema": {"type": "object"},
        "created_at": NOW,
        "created_by": "principals/admin",
    }
    return ResourceType(id=id, **fields | changes)


def a_vocabulary(id: str = "season", **changes: Any) -> Vocabulary:  # noqa: ANN401 -- any field
    """A closed vocabulary of two terms that was entered."""
    terms = tuple(
        VocabularyTerm(id=term, title=Bilingual(zh=zh, en=term), broader=broader)
        for term, zh, broader in (("cold", "冷", None), ("winter", "冬", "cold"))
    )
    fields: dict[str, Any] = {
        "title": Bilingual(zh="季节", en="Season"),
        "terms": terms,
        "closed": True,
        "updated_at": NOW,
        "updated_by": "principals/admin",
    }
    return Vocabulary(id=id, **fields | changes)


async def entered(store: Store, *entries: ResourceType | Vocabulary) -> None:
    """Enter types and vocabularies in a unit of their own."""
    async with store.write() as unit:
        for entry in entries:
            await (unit.put_type(entry) if isinstance(entry, ResourceType) else unit.put_vocabulary(entry))
        await unit.commit()


class TypesContract:
    """Types, their versions, vocabularies, and the specs that they judge."""

    async def test_types_and_vocabularies_come_back_equal(self, store: Store) -> None:
        rules = MemberRules(code=MemberCoding.GB28181, schema={"type": "object", "properties": {"名": {"const": 1}}})
        types = [a_type("aa", members=rules), a_type("b", schema={"type": "object", "x-a": [1.5, None, {"甲": True}]})]
        await entered(store, a_vocabulary("z"), types[1], types[0], a_vocabulary("a", closed=False, terms=()))
        async with store.read() as reader:
            assert await reader.types() == types
            assert await reader.vocabularies() == [a_vocabulary("a", closed=False, terms=()), a_vocabulary("z")]
            assert await reader.type_versions("aa", first=9) == [types[0]]

    async def test_the_latest_version_counts_and_the_others_are_kept(self, store: Store) -> None:
        versions = [a_type(version=number, schema={"type": "object", "title": str(number)}) for number in (1, 2, 3, 10)]
        await entered(store, *versions, a_type("other"))
        async with store.read() as reader:
            assert await reader.types() == [a_type("other"), versions[-1]]
            assert await reader.type_versions("weather", first=2) == [versions[3], versions[2]]
            assert await reader.type_versions("weather", before=3, first=9) == [versions[1], versions[0]]
            assert await reader.type_versions("weather", before=1, first=9) == []
            for id in HOSTILE:
                assert await reader.type_versions(id, first=9) == []

    async def test_a_vocabulary_takes_the_place_of_the_one_before(self, store: Store) -> None:
        await entered(store, a_vocabulary())
        await entered(store, a_vocabulary(version=2, closed=False))
        async with store.read() as reader:
            assert await reader.vocabularies() == [a_vocabulary(version=2, closed=False)]

    async def test_the_stamp_is_new_with_every_change_and_with_nothing_else(self, store: Store) -> None:
        async with store.read() as reader:
            stamps = [reader.types_stamp]
        assert stamps == [""]
        for entry in (a_type(), a_type(version=2), a_vocabulary()):
            async with store.write() as unit:
                assert unit.types_stamp == stamps[-1]
                await (unit.put_type(entry) if isinstance(entry, ResourceType) else unit.put_vocabulary(entry))
                within = unit.types_stamp
                await unit.commit()
            async with store.read() as reader:
                assert reader.types_stamp == within
            stamps.append(within)
        await founded(store, a_resource())
        async with store.read() as reader:
            assert reader.types_stamp == stamps[-1]
        assert len(set(stamps)) == len(stamps)

    async def test_what_was_not_committed_was_never_known(self, store: Store) -> None:
        async with store.write() as unit:
            await unit.put_type(a_type())
            assert "weather" in (await known_types(unit)).types
        async with store.read() as reader:
            assert "weather" not in (await known_types(reader)).types
            assert reader.types_stamp == ""

    async def test_what_was_entered_stands_before_what_is_built_in(self, store: Store) -> None:
        shadow = a_type("dataset", version=2)
        await entered(store, shadow, a_vocabulary("theme", version=2))
        async with store.read() as reader:
            known = await known_types(reader)
        assert known.types["dataset"] == shadow
        assert known.types["network"] == built_in_types()["network"]
        assert known.vocabularies["theme"].version == 2

    async def test_specs_are_those_that_stand_for_visible_resources_of_a_type(self, store: Store) -> None:
        draft = a_revision(2, ReviewState.DRAFT, spec={"draft": 2})
        await founded(
            store,
            a_resource(1, spec={"a": [1, "水"]}),
            a_resource(2, head=draft, current=a_revision(spec={"current": 1}), version=2),
            a_resource(3, head=a_revision(1, ReviewState.DRAFT, spec={"first": 0}), current=None),
            a_resource(4, type="map_layer", spec={"other": 1}),
            a_resource(5),
        )
        expected = {1: {"a": [1, "水"]}, 2: {"current": 1}, 3: {"first": 0}, 5: {}}
        async with store.read() as reader:
            found = await reader.specs("dataset", None, after=None, first=9)
            assert [(row.id, row.spec) for row in found] == [(an_id(at), spec) for at, spec in expected.items()]
            part = await reader.specs("dataset", None, after=an_id(1), first=2)
            assert [row.id for row in part] == [an_id(2), an_id(3)]
            cells = await reader.cells(0)
            mask = bytes(ALLOWED if cell.attributes.type == "dataset" else DENIED for cell in cells)
            assert len(await reader.specs("dataset", a_visibility(mask), after=None, first=9)) == len(expected)
            assert await reader.specs("map_layer", a_visibility(mask), after=None, first=9) == []
            for type in HOSTILE:
                assert await reader.specs(type, None, after=None, first=9) == []
