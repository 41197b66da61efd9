"""Ways of keeping records that err, each of which the comparison with a plain look at all records finds out."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from ucs_registry.documents import DocumentQuery
from ucs_registry.record_ways import StandingWay
from ucs_registry.sql import SqlStore, open_store
from ucs_registry.sql.record_checks import miscounted
from ucs_registry.sql.record_glances import SqlRecords
from ucs_registry.sql.record_keeping import Moves, Owned
from ucs_registry.testing.records import CASES, a_case, changed, city, declared, differences, glanced, lived


class CountsOnlyWhatIsNew(Moves):
    """A record that is put again is counted where it comes, and not taken from where it was."""

    def _count(self, way: int, place: tuple[str, int] | None, by: int) -> None:
        if by > 0:
            super()._count(way, place, by)


class CountsNoChange(Moves):
    """A put does not move the counters."""

    def move(self, id: str, before: Owned | None, after: Owned | None) -> None:
        counts = dict(self._counts)
        super().move(id, before, after)
        if before is not None and after is not None:
            self._counts = counts


class LeavesPlaces(Moves):
    """A record that moves within a list stays where it was, too."""

    def _note(self, way: int, id: str, old: tuple[str, int] | None, new: tuple[str, int] | None) -> None:
        super()._note(way, id, None, new)


class KeepsOwners(Moves):
    """A record that is given to others is still shown to those who had it."""

    def move(self, id: str, before: Owned | None, after: Owned | None) -> None:
        if before is not None and after is not None:
            after = Owned(after.body, before.owner)
        super().move(id, before, after)


class FollowsNothing(SqlRecords):
    """Counts stay as they were first read."""

    async def _brought(self, way: StandingWay) -> Any:
        access, book = await super()._brought(way)
        if book is not None:
            book.follow = lambda *_: None  # type: ignore[method-assign] # this very book goes on no more
        return access, book


class JudgesNoOwner(SqlRecords):
    """Pages are read whoever owns what is on them."""

    async def page(self, query: DocumentQuery, after: Any, first: int) -> Any:
        asked = DocumentQuery(
            plugin=query.plugin,
            collection=query.collection,
            where=query.where,
            order=query.order,
            descending=query.descending,
        )
        return await super().page(asked, after, first)


@pytest.fixture
async def kept(any_url: str) -> Any:
    store = await open_store(any_url)
    yield store
    await store.close()


async def found_out(store: SqlStore) -> bool:
    """Whether a life of chance on a store shows differences."""
    chance = Random(1)
    await city(store)
    await declared(store)
    for _ in range(4):
        try:
            await lived(store, chance, 30, 2)
        except Exception:  # noqa: BLE001 -- a place that was not left is entered twice
            return True
        async with store.read() as reader:
            if await differences(reader, chance, CASES, 10):
                return True
        if await glanced(store, chance, CASES, 10):
            return True
    return False


@pytest.mark.parametrize("moves", [CountsOnlyWhatIsNew, CountsNoChange, LeavesPlaces, KeepsOwners])
async def test_keeping_that_errs_is_found_out(kept: SqlStore, moves: type[Moves]) -> None:
    kept.moves = moves
    assert await found_out(kept)


@pytest.mark.parametrize("records", [FollowsNothing, JudgesNoOwner])
async def test_quick_answers_that_err_are_found_out(kept: SqlStore, records: type[SqlRecords]) -> None:
    kept.records = records(kept._dialect, kept.direct)
    assert await found_out(kept)


async def test_a_store_that_does_not_err_is_not(kept: SqlStore) -> None:
    assert not await found_out(kept)


async def test_counts_follow_a_database_that_was_put_back(kept: SqlStore) -> None:
    """What a node had counted of a history that is no more counts for nothing."""
    chance = Random(2)
    await city(kept)
    await declared(kept)
    await lived(kept, chance, 20, 3)
    assert await glanced(kept, chance, CASES, 10) == []
    other = SqlRecords(kept._dialect, kept.direct)
    kept.records, stale = other, kept.records
    for book in stale._shelf._books.values():
        # As after a backup: the same positions, and other leaves.
        book.leaf = "0" * 64
        book.follow([("ta", 1, 5)], book.position, book.leaf)
    kept.records = stale
    await lived(kept, chance, 20, 1)
    # The first question finds it out, and reads anew with the next.
    await glanced(kept, chance, CASES, 10)
    assert await glanced(kept, chance, CASES, 10) == []


@pytest.mark.parametrize(
    ("harm", "table"),
    [
        ("DELETE FROM document_places WHERE id = '0001'", "document_places"),
        ("UPDATE document_places SET owner = owner + 1 WHERE id = '0001'", "document_places"),
        ("INSERT INTO document_places (way, key, id, owner) VALUES (2, 'x', '0001', 1)", "document_places"),
        ("UPDATE document_counts SET total = total + 1", "document_counts"),
        ("DELETE FROM document_counts WHERE way = (SELECT max(way) FROM document_counts)", "document_counts"),
    ],
)
async def test_ways_that_contradict_their_records_are_found(
    kept: SqlStore, any_url: str, harm: str, table: str
) -> None:
    await city(kept)
    await declared(kept)
    await changed(kept, [a_case("0001", Random(1)), a_case("0002", Random(2))])
    assert await miscounted(any_url) == {}
    async with kept._writing.begin() as connection:
        await connection.exec_driver_sql(harm)
    assert table in await miscounted(any_url)
