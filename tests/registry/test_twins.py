"""Broken stores, each of which the contract catches.

A check that cannot fail proves nothing: every twin breaks one promise of the port, and the test of the contract that
stands for the promise must fail on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from memory_twins import Twin
from ucs_registry.memory import MemoryReader, MemoryUnit
from ucs_registry.queries import sort_key
from ucs_registry.search import matches, query_terms
from ucs_registry.sql import SqlStore
from ucs_registry.sql.postgresql import PostgresDialect
from ucs_registry.sql.sqlite import SqliteDialect
from ucs_registry.sql.urls import dialect_of
from ucs_registry.testing import StoreContract, a_resource, founded
from ucs_registry.testing.units import concurrent_updates
from ucs_registry.visibility import ALLOWED, WITH_GRANT
from ucs_sdk.errors import Internal, Unavailable


class UnserialUnits(Twin):
    """Units do not wait for each other."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        yield MemoryUnit(self._published(), self._publish)


class PositionBeforeTheTurn(Twin):
    """A unit takes its position, and then waits for its turn."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        early = self._published().head
        async with self._turn:
            unit = MemoryUnit(self._published(), self._publish)
            unit._head = early
            yield unit


class FiltersAfterThePage(Twin):
    """A page is cut first, and what may not be seen is taken out of it then."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def select(self, query, visibility, *, order, after, first):
            page = await super().select(query, None, order=order, after=after, first=first)
            seen = page if visibility is None else await self.visible((row.id for row in page), visibility)
            return [row for row in page if visibility is None or row.id in seen]


class CountsWhatIsHidden(Twin):
    """Totals do not ask who is counting."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def count(self, query, visibility):
            return await super().count(query, None)


class FacetsWhatIsHidden(Twin):
    """Facets do not ask who is counting."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def facets(self, query, visibility, dimensions):
            return await super().facets(query, None, dimensions)


class ShowsBeyondTheMask(Twin):
    """A cell that the mask does not speak of is visible."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        def _shown(self, visibility):
            shown = super()._shown(visibility)
            cells = self._state.cells
            return lambda resource: (
                shown(resource) or (visibility is not None and cells[resource.access] >= len(visibility.mask))
            )


class ForgetsThatGrantsEnd(Twin):
    """A grant counts for ever."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        def _shown(self, visibility):
            shown = super()._shown(visibility)
            held = {grant.resource for grant in self._state.grants.values() if grant.grantee in visibility.grantees}
            cells = self._state.cells
            return lambda resource: (
                shown(resource)
                or (resource.name in held and visibility.verdict(cells[resource.access]) in (ALLOWED, WITH_GRANT))
            )


class PagesByOffset(Twin):
    """A cursor stands for the number of rows that went before."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        before: ClassVar[dict[str, int]] = {}

        async def select(self, query, visibility, *, order, after, first):
            rows = await super().select(query, visibility, order=order, after=None, first=10_000)
            start = 0 if after is None else self.before[after.id]
            self.before.update({row.id: at for at, row in enumerate(rows, 1)})
            return rows[start : start + first]


class PagesWithoutTies(Twin):
    """A cursor compares sort keys, and forgets that rows may share one."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def select(self, query, visibility, *, order, after, first):
            rows = await super().select(query, visibility, order=order, after=after, first=10_000)
            return [row for row in rows if after is None or sort_key(row, order) != after.key][:first]


class SeesUncommitted(Twin):
    """A unit writes into the state that readers read."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        def __init__(self, published, publish):
            super().__init__(published, publish)
            self._state = published
            self._own = {name for name in vars(published) if name not in ("head", "log")}


class MovesUnderReaders(Twin):
    """A reader reads whatever is there now."""

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        reader = MemoryReader(self._published())
        states: Callable[[], Any] = self._published

        class Moving(MemoryReader):
            _state = property(lambda _: states(), lambda _, state: None)

        yield Moving(reader._state)


class CutsBeforeItHides(Twin):
    """Hidden sources take places among those that arrive."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def dependants(self, ids, visibility=None, *, first=None):
            edges = await super().dependants(ids, None, first=first)
            seen = edges if visibility is None else await self.visible((edge.source[10:] for edge in edges), visibility)
            return [edge for edge in edges if visibility is None or edge.source[10:] in seen]


class BoundsAllTogether(Twin):
    """The bound is one for all resources."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def dependants(self, ids, visibility=None, *, first=None):
            return (await super().dependants(ids, visibility))[:first]


class FindsAnyWord(Twin):
    """A resource is found by one of the words."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        def _wanted(self, query):
            terms = query_terms(query.search or "")
            return lambda resource: any(matches(self._state.tokens[resource.id], term) for term in terms)


class KeepsGapsInCells(Twin):
    """A lost unit's cells are not given again."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        lost = 0

        def _save(self, resource):
            cells = self._writable("cells")
            if resource.access not in cells:
                type(self).lost += 1
                cells[resource.access] = type(self).lost
            super()._save(resource)


class SharesSubjects(Twin):
    """Nobody looks who has a subject already."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        async def put_principals(self, principals):
            self._writable("principals").update({principal.id: principal for principal in principals})


class AssignsByAnyValue(Twin):
    """A rule is found by each of its values."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def rules_of(self, section, names):
            wanted = set(names)
            return [rule for rule in await self.rules() if rule.section == section and wanted & {*rule.values}]


class CutsBeforeItAsksTheOwner(Twin):
    """A page of the log is cut first, and entries of others are taken out of it then."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def log(self, *, after, first, owners=None):
            entries = await super().log(after=after, first=first)
            return entries if owners is None else [entry for entry in entries if entry.owner in set(owners)]


class CompactsUnderReaders(Twin):
    """Bodies are dropped in the log that everybody reads."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        async def compact(self, upto):
            shared = self._state.log
            dropped = await super().compact(upto)
            shared[:] = self._state.log
            return dropped


class CompactsHeaders(Twin):
    """Compaction drops who could see an entry as well."""

    class unit(MemoryUnit):  # noqa: N801 -- it stands for the attribute
        async def compact(self, upto):
            dropped = await super().compact(upto)
            self._state.log = [replace(entry, verb="") if entry.body is None else entry for entry in self._state.log]
            return dropped


class ShowsTheNextTree(Twin):
    """Hashes are those of the store, not of the state that was opened."""

    class reader(MemoryReader):  # noqa: N801 -- it stands for the attribute
        async def tree_hashes(self, nodes):
            leaves = {(0, entry.position - 1): entry.leaf for entry in self._state.log}
            known = self._state.subtrees | leaves
            return {node: known[node] for node in nodes if node in known}


class WakesForWhatWasLost(Twin):
    """A unit's entries are told of before it has committed."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        async with super().write() as unit:
            yield unit
            self._wake.ring(unit.head.position + len(unit._drafts))


class CommitsWithoutAWord(Twin):
    """Nobody is woken."""

    def _publish(self, state):
        self._state = state


TWINS = (
    (SharesSubjects, "test_no_two_principals_have_the_same_subject"),
    (AssignsByAnyValue, "test_rules_are_found_by_section_and_first_value"),
    (CutsBeforeItAsksTheOwner, "test_log_is_read_by_owner"),
    (CompactsUnderReaders, "test_reader_keeps_the_bodies_that_it_opened_on"),
    (CompactsUnderReaders, "test_compaction_of_a_lost_unit_drops_nothing"),
    (CompactsHeaders, "test_compaction_drops_bodies_and_salts_alone"),
    (ShowsTheNextTree, "test_tree_of_a_reader_stays_as_it_was"),
    (WakesForWhatWasLost, "test_lost_unit_is_nothing_to_wake_for_again_and_again"),
    (CommitsWithoutAWord, "test_next_unit_wakes_those_who_wait"),
    (UnserialUnits, "test_concurrent_updates_are_not_lost"),
    (UnserialUnits, "test_positions_have_no_gaps_under_concurrent_writers"),
    (UnserialUnits, "test_units_are_serial"),
    (PositionBeforeTheTurn, "test_positions_have_no_gaps_under_concurrent_writers"),
    (FiltersAfterThePage, "test_page_is_full_although_hidden_rows_stand_between"),
    (CountsWhatIsHidden, "test_totals_tell_nothing_of_what_is_hidden"),
    (CountsWhatIsHidden, "test_mask_decides_by_cell"),
    (FacetsWhatIsHidden, "test_totals_tell_nothing_of_what_is_hidden"),
    (ShowsBeyondTheMask, "test_cell_beyond_the_mask_is_denied"),
    (ForgetsThatGrantsEnd, "test_grant_lives_from_its_start_until_before_its_end"),
    (ForgetsThatGrantsEnd, "test_grant_counts_for_its_action_alone"),
    (PagesByOffset, "test_unmoved_rows_are_neither_skipped_nor_repeated"),
    (PagesWithoutTies, "test_pages_join_without_gap_or_repetition"),
    (SeesUncommitted, "test_nothing_is_seen_before_commit"),
    (SeesUncommitted, "test_leaving_without_commit_undoes_all"),
    (MovesUnderReaders, "test_reader_keeps_its_state_while_others_write"),
    (CutsBeforeItHides, "test_edges_of_hidden_sources_do_not_arrive_nor_take_a_place"),
    (BoundsAllTogether, "test_edges_that_arrive_are_bounded_at_each_resource"),
    (FindsAnyWord, "test_queries_find_what_they_should"),
    (KeepsGapsInCells, "test_cell_of_a_lost_unit_leaves_no_gap"),
)


@pytest.mark.parametrize(("twin", "promise"), TWINS, ids=lambda value: getattr(value, "__name__", value))
async def test_contract_catches_the_twin(twin: type[Twin], promise: str) -> None:
    check = getattr(StoreContract(), promise)
    await check(Twin())
    # That nothing was raised where something should be is told by an exception of another family.
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await check(twin())


class UnlockedPostgres(PostgresDialect):
    """Units take no advisory lock."""

    turn = None


class DeferredSqlite(SqliteDialect):
    """Units begin like readers, and take the lock with their first write."""

    def writing_engine(self):
        return self.reading_engine()


async def test_contract_catches_units_without_the_advisory_lock(postgres_url: str) -> None:
    url = dialect_of(postgres_url)._url
    stores = [SqlStore(UnlockedPostgres(url, 5)) for _ in range(2)]
    await founded(stores[0], a_resource(1, version=0))
    try:
        await concurrent_updates(stores)
    except Internal:
        # Two of them took the same place at once, which the database itself did not bear.
        lost = True
    else:
        async with stores[0].read() as reader:
            kept = await reader.resource(a_resource(1).id)
        lost = kept is not None and kept.version < 32
    for store in stores:
        await store.close()
    assert lost


async def test_contract_catches_units_that_begin_like_readers(sqlite_url: str) -> None:
    url = dialect_of(sqlite_url)._url
    stores = [SqlStore(DeferredSqlite(url, 1)) for _ in range(2)]
    await founded(stores[0], a_resource(1, version=0))
    with pytest.raises(Unavailable):
        await asyncio.wait_for(concurrent_updates(stores), 20)
    for store in stores:
        await store.close()
