"""What every store holds of records that are asked in declared ways: the same answers as from a plain look at all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pytest

from ucs_registry.documents import (
    TEXT_MOST,
    Document,
    DocumentQuery,
    FieldRange,
    NewDocument,
    Place,
    in_order,
    place_of,
)
from ucs_registry.ports import Reader, Store
from ucs_registry.record_ways import found_among, tally_of
from ucs_registry.testing.builders import NOW, an_entry, an_organization, founded
from ucs_registry.testing.organizations import HOSTILE
from ucs_sdk.errors import Invalid, Unavailable
from ucs_sdk.ways import Ways

CASES = Ways(
    listed=(
        ("at",),
        ("state", "at"),
        ("unit", "state", "at"),
        ("region[4]", "at"),
        ("state",),
        ("state", "unit"),
        ("region",),
    ),
    counted=(("state",), ("region[4]",), ("unit", "state"), ("light",)),
)
"""What the cases of these tests are asked by."""

ASKED = DocumentQuery(plugin="cases", collection="cases")

OWNERS = ("water", "37", "3702", "370", "roads")

_STATES = (
    "open",
    "closed",
    "",
    "o",
    "open\x01",
    "open\x02",
    "水",
    "x" * TEXT_MOST,
    "x" * (TEXT_MOST + 1),
    None,
    3,
    True,
    ["a"],
)
_UNITS = ("u1", "u2", "\x01u", None)
_REGIONS = ("3702", "370202", "370202001", "3703", "37", None, 370202)


def same(**values: Any) -> tuple[FieldRange, ...]:  # noqa: ANN401 -- any value
    """That fields equal values; `region_4` is the beginning of a region."""
    return tuple(FieldRange(field=field_of(name), least=value, most=value) for name, value in values.items())


def field_of(name: str) -> str:
    """The field of a name."""
    return name.replace("_4", "[4]")


def a_case(id: str, chance: Random, organization: str | None = None) -> NewDocument:
    """A case of chance."""
    body = {
        "state": chance.choice(_STATES),
        "unit": chance.choice(_UNITS),
        "region": chance.choice(_REGIONS),
        "at": chance.choice((None, f"2026-07-{chance.randrange(1, 29):02d}", chance.randrange(5), 0.5)),
        "light": chance.choice(("red", "green", None)),
        "text": "any",
    }
    return NewDocument(
        plugin="cases", collection="cases", id=id, organization=organization or chance.choice(OWNERS), body=body
    )


async def declared(store: Store, ways: Ways = CASES, *, drop: bool = True, build: bool = True) -> None:
    """Declare how cases are asked, and build it."""
    async with store.write() as unit:
        await unit.declare_documents("cases", {"cases": ways} if ways.declared else {}, drop=drop)
        await unit.commit()
    while build:
        async with store.write() as unit:
            build = await unit.index_documents()
            await unit.commit()


async def changed(store: Store, put: Sequence[NewDocument], removed: Sequence[str] = ()) -> None:
    """Put and remove cases in one unit."""
    async with store.write() as unit:
        if removed:
            await unit.remove_documents("cases", "cases", removed)
        if put:
            await unit.put_documents(put, NOW)
        unit.append(an_entry())
        await unit.commit()


async def all_of(reader: Reader) -> list[Document]:
    """All cases, told by their ids, whatever is declared."""
    ids = [f"{number:04d}" for number in range(2_000)]
    return list((await reader.documents("cases", "cases", ids)).values())


def a_question(chance: Random, ways: Ways, owners: Sequence[int]) -> DocumentQuery:
    """Something that may be asked of these ways: a list, and sometimes a range of what it is ordered by."""
    way = chance.choice([(), *ways.listed])
    ordered = bool(way) and chance.random() < 0.8
    values: Mapping[str, Sequence[Any]] = {
        "state": ("open", "open\x01", "open\x02", "o", "x" * TEXT_MOST, 3, True),
        "unit": ("u1", "\x01u"),
        "region[4]": ("3702", "37", "37020"),
        "region": ("370202", "3702"),
        "at": ("2026-07-05", 2),
    }
    fixed = way[:-1] if ordered else way
    where = [
        FieldRange(field=field, least=value, most=value) for field in fixed for value in [chance.choice(values[field])]
    ]
    if ordered and chance.random() < 0.5:
        low, high = chance.choice(
            ((None, "2026-07-15"), ("2026-07-03", None), ("2026-07-03", "2026-07-20"), (1, 3), (None, None))
        )
        where.append(FieldRange(field=way[-1], least=low, most=high))
    chance.shuffle(where)
    shown = None if chance.random() < 0.2 else frozenset(chance.sample(list(owners), chance.randrange(len(owners) + 1)))
    return DocumentQuery(
        plugin="cases",
        collection="cases",
        where=tuple(where),
        order=way[-1] if ordered else None,
        descending=chance.random() < 0.5,
        owners=shown,
    )


async def paged(reader: Reader, query: DocumentQuery, first: int) -> list[str]:
    """The ids of what a query finds, read page by page."""
    found: list[str] = []
    page = await reader.find_documents(query, first=first)
    while page:
        found += [document.id for document in page]
        page = await reader.find_documents(query, after=place_of(page[-1], query), first=first)
    return found


async def differences(reader: Reader, chance: Random, ways: Ways, questions: int) -> list[str]:
    """Where pages and counts are not those of a plain look at all cases."""
    numbers = {entry.id: entry.number for entry in await reader.all_organizations()}
    cases, owners, wrong = await all_of(reader), [numbers[id] for id in OWNERS], []
    for _ in range(questions):
        query = a_question(chance, ways, owners)
        plain = [document.id for document in in_order(found_among(cases, query, numbers), query, None)]
        if await paged(reader, query, chance.choice((1, 3, 50))) != plain:
            wrong.append(f"listed {query}")
        way = chance.choice([(), *ways.counted])
        asked = chance.sample(way, chance.randrange(len(way) + 1))
        parts = [_part(chance, field) for field in asked]
        counting = DocumentQuery(plugin="cases", collection="cases", where=tuple(parts), owners=query.owners)
        plainly = found_among(cases, counting, numbers)
        if await reader.count_documents(counting) != len(plainly):
            wrong.append(f"counted {counting}")
        for by in way:
            found = {key: total for key, total in (await reader.tally_documents(counting, by)).items() if total}
            if found != tally_of(plainly, by):
                wrong.append(f"by {by} {counting}")
    return wrong


def _part(chance: Random, field: str) -> FieldRange:
    value = {"state": "open", "unit": "u1", "region[4]": "3702", "light": "red"}[field]
    if chance.random() < 0.3:
        return FieldRange(field=field, least=value)
    return FieldRange(field=field, least=value, most=value)


async def lived(store: Store, chance: Random, ids: int, changes: int) -> None:
    """Change cases by chance: new, changed, given to others, removed."""
    for _ in range(changes):
        some = chance.sample(range(ids), chance.randrange(1, max(2, ids // 4)))
        gone = [f"{number:04d}" for number in some if chance.random() < 0.2]
        await changed(store, [a_case(f"{n:04d}", chance) for n in some if f"{n:04d}" not in gone], gone)


async def city(store: Store) -> None:
    """The organisations that own cases."""
    await founded(store)
    async with store.write() as unit:
        there = {entry.id for entry in await unit.all_organizations()}
        await unit.add_organizations([an_organization(id, "37") for id in OWNERS if id not in there])
        await unit.commit()


async def glanced(store: Store, chance: Random, ways: Ways, questions: int) -> list[str]:
    """Where quick answers are not those of a reader; a store that has none has no differences."""
    wrong: list[str] = []
    async with store.read() as reader:
        numbers = {entry.id: entry.number for entry in await reader.all_organizations()}
        for _ in range(questions if store.records else 0):
            query = a_question(chance, ways, [numbers[id] for id in OWNERS])
            before = await reader.find_documents(query, first=chance.choice((1, 4)))
            after = place_of(before[-1], query) if before and chance.random() < 0.5 else None
            page = await reader.find_documents(query, after=after, first=5)
            quick = await store.records.page(query, after, 5) if store.records else None
            if quick is None or list(quick.found) != page or quick.access[1] != reader.head.access_stamp:
                wrong.append(f"listed {query}")
            way = chance.choice([(), *ways.counted])
            where = tuple(_part(chance, field) for field in chance.sample(way, chance.randrange(len(way) + 1)))
            counting = DocumentQuery(plugin="cases", collection="cases", where=where, owners=query.owners)
            by = chance.choice([None, *way])
            told = await store.records.tally(counting, by) if store.records else None
            plain = (
                {"": await reader.count_documents(counting)}
                if by is None
                else await reader.tally_documents(counting, by)
            )
            if told is None or _some(told.counts) != _some(plain):
                wrong.append(f"counted by {by} {counting}: {told}")
    return wrong


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {key: total for key, total in counts.items() if total}


class RecordsContract:
    """Records that are asked in declared ways."""

    @pytest.mark.parametrize("seed", range(3))
    async def test_pages_and_counts_are_those_of_a_plain_look(self, store: Store, seed: int) -> None:
        chance = Random(seed)
        await city(store)
        if seed:
            await lived(store, chance, 40, 1)
        await declared(store)
        for _ in range(3):
            await lived(store, chance, 40, 2)
            async with store.read() as reader:
                assert await differences(reader, chance, CASES, 12) == []
            assert await glanced(store, chance, CASES, 12) == []

    async def test_what_is_not_declared_is_refused_and_says_what_is(self, store: Store) -> None:
        await city(store)
        await declared(store)
        await changed(store, [a_case("0001", Random(1))])
        between = (FieldRange(field="at", least="2026"),)
        for asked in (
            {"where": same(text="any")},
            {"where": same(light="red")},
            {"where": same(unit="u1"), "order": "at"},
            {"where": between},
            {"where": same(state="open") + between, "order": "unit"},
            {"where": same(state="open") * 2},
            {"order": "state", "where": between},
        ):
            query = DocumentQuery(plugin="cases", collection="cases", **asked)
            async with store.read() as reader:
                with pytest.raises(Invalid, match=r"RECORDS_NOT_LISTED.*listed_by state \+ at"):
                    await reader.find_documents(query, first=5)
        async with store.read() as reader:
            for where, by in (
                (same(text="any"), None),
                (same(state="open", light="red"), None),
                ((), "at"),
                ((), "unit[1]"),
            ):
                query = DocumentQuery(plugin="cases", collection="cases", where=where)
                with pytest.raises(Invalid, match="RECORDS_NOT_LISTED"):
                    await (reader.count_documents(query) if by is None else reader.tally_documents(query, by))

    async def test_records_that_are_named_are_looked_at_whatever_is_declared(self, store: Store) -> None:
        chance = Random(11)
        await city(store)
        await lived(store, chance, 20, 3)
        await declared(store)
        async with store.read() as reader:
            numbers = {entry.id: entry.number for entry in await reader.all_organizations()}
            named = frozenset({"0001", "0002", "0003", "0004", *HOSTILE})
            owners = frozenset(numbers[id] for id in ("water", "37"))
            query = DocumentQuery(
                plugin="cases", collection="cases", where=same(light="red"), order="light", ids=named, owners=owners
            )
            plain = in_order(found_among(await all_of(reader), query, numbers), query, None)
            assert await reader.find_documents(query, first=9) == plain
            assert await reader.count_documents(query) == len(plain)
            assert await reader.tally_documents(query, "unit") == tally_of(plain, "unit")

    async def test_hostile_names_and_places_find_nothing_in_declared_ways(self, store: Store) -> None:
        await city(store)
        await declared(store)
        kept = NewDocument(plugin="cases", collection="cases", id="0001", organization="water", body={"state": "open"})
        await changed(store, [kept])
        async with store.read() as reader:
            for text in HOSTILE:
                asked = DocumentQuery(
                    plugin="cases", collection="cases", where=same(state=text[:TEXT_MOST]), order="at"
                )
                assert await reader.find_documents(asked, first=5) == []
                for place in (Place(key=text, id="0"), Place(key="", id=text)):
                    assert len(await reader.find_documents(ASKED, after=place, first=5)) <= 1
                    if store.records:
                        await store.records.page(asked, place, 5)
                assert await reader.tally_documents(DocumentQuery(plugin=text, collection="cases"), "state") == {}

    async def test_a_way_that_is_being_built_has_no_answer_and_the_others_go_on(self, store: Store) -> None:
        chance = Random(7)
        await city(store)
        await changed(store, [a_case(f"{number:04d}", chance) for number in range(1_200)])
        await declared(store, Ways(listed=(("at",),), counted=(("state",),)))
        more = Ways(listed=(("at",), ("state", "at")), counted=(("state",), ("unit",)))
        await declared(store, more, build=False)
        new = DocumentQuery(plugin="cases", collection="cases", where=same(state="open"), order="at")
        old = DocumentQuery(plugin="cases", collection="cases", order="at")
        steps = 0
        while True:
            steps += 1
            async with store.read() as reader:
                assert len(await reader.find_documents(old, first=2_000)) == len(await all_of(reader))
                assert sum((await reader.tally_documents(ASKED, "state")).values()) == len(await all_of(reader))
                with pytest.raises(Unavailable, match="RECORDS_NOT_READY"):
                    await reader.find_documents(new, first=5)
                with pytest.raises(Unavailable, match="RECORDS_NOT_READY"):
                    await reader.tally_documents(ASKED, "unit")
            # What is before and what is behind the place that building has reached changes on the way.
            await lived(store, chance, 1_200, 1)
            async with store.write() as unit:
                await unit.index_documents()
                ready = all(way.state == "ready" for way in await unit.document_ways())
                await unit.commit()
            if ready:
                break
        assert steps == 3
        async with store.read() as reader:
            assert await differences(reader, chance, more, 3) == []
        assert await glanced(store, chance, more, 6) == []

    async def test_a_collection_may_declare_and_declare_nothing_again(self, store: Store) -> None:
        chance = Random(3)
        await city(store)
        await lived(store, chance, 30, 3)
        for ways in (CASES, Ways(), Ways(listed=(("unit", "at"),)), Ways()):
            await declared(store, ways)
            await lived(store, chance, 30, 2)
            async with store.read() as reader:
                assert {way.state for way in await reader.document_ways()} <= {"ready"}
                numbers = {entry.id: entry.number for entry in await reader.all_organizations()}
                asked = DocumentQuery(plugin="cases", collection="cases", where=same(unit="u1"), order="at")
                if ways == CASES:
                    continue
                cases = await all_of(reader)
                plain = [document.id for document in in_order(found_among(cases, asked, numbers), asked, None)]
                assert await paged(reader, asked, 4) == plain
                if not ways.declared:
                    assert await reader.tally_documents(asked, "state") == tally_of(
                        found_among(cases, asked, numbers), "state"
                    )

    async def test_what_is_declared_without_dropping_leaves_what_was(self, store: Store) -> None:
        await city(store)
        await lived(store, Random(5), 20, 2)
        first, second = Ways(listed=(("at",),)), Ways(listed=(("state", "at"),), counted=(("state",),))
        await declared(store, first)
        await declared(store, second, drop=False)
        together = Ways(listed=first.listed + second.listed, counted=second.counted)
        async with store.read() as reader:
            assert await differences(reader, Random(5), together, 10) == []
        await declared(store, second)
        async with store.read() as reader:
            with pytest.raises(Invalid, match="RECORDS_NOT_LISTED"):
                await reader.find_documents(DocumentQuery(plugin="cases", collection="cases", order="at"), first=5)

    async def test_what_a_unit_leaves_without_a_commit_counts_for_nothing(self, store: Store) -> None:
        chance = Random(9)
        await city(store)
        await declared(store)
        await lived(store, chance, 20, 2)
        async with store.write() as unit:
            await unit.put_documents([a_case("0001", chance), a_case("1999", chance)], NOW)
            assert await differences(unit, chance, CASES, 4) == []
        async with store.read() as reader:
            assert await differences(reader, chance, CASES, 4) == []
