"""What every store promises of the tree over the log, of compaction, and of those who wait for the log to move."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from ucs_registry.log import Entry
from ucs_registry.merkle import (
    Frontier,
    Node,
    consistency_nodes,
    consistency_proof,
    inclusion_nodes,
    inclusion_proof,
    root_nodes,
    verify_consistency,
    verify_inclusion,
)
from ucs_registry.ports import Reader, Store
from ucs_registry.testing.builders import an_entry

_ENDLESS, _LONG = 60.0, 5.0
"""For how long nobody who is woken would wait, and when a test says so, in seconds."""


class TreeContract:
    """The Merkle tree grows with the log."""

    async def test_tree_proves_every_entry_and_every_growth(self, store: Store) -> None:
        sizes = [1, 2, 5, 6, 8, 13]
        for before, size in pairwise([0, *sizes]):
            await appended(store, size - before)
        async with store.read() as reader:
            entries = await reader.log(after=0, first=99)
            roots = {size: await root_of(reader, size) for size in sizes}
            assert roots == {size: _grown(entries[:size]).root for size in sizes}
            for entry in entries:
                hashes = await reader.tree_hashes(inclusion_nodes(entry.position, 13))
                proof = inclusion_proof(entry.position, 13, hashes)
                assert verify_inclusion(entry.leaf, entry.position, 13, proof, roots[13])
            for first, second in pairwise(sizes):
                hashes = await reader.tree_hashes(consistency_nodes(first, second))
                proof = consistency_proof(first, second, hashes)
                assert verify_consistency(first, second, roots[first], roots[second], proof)

    async def test_incomplete_subtrees_are_left_out(self, store: Store) -> None:
        await appended(store, 5)
        nodes = [(0, 4), (0, 5), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0), (-1, 0), (0, -1), (60, 60)]
        async with store.read() as reader:
            assert set(await reader.tree_hashes(nodes)) == {(0, 4), (1, 1), (2, 0)}
            assert await reader.tree_hashes([]) == {}

    async def test_tree_of_a_reader_stays_as_it_was(self, store: Store) -> None:
        await appended(store, 3)
        async with store.read() as reader:
            before = await _tree(reader)
            await appended(store, 5)
            assert await _tree(reader) == before

    async def test_lost_unit_leaves_the_tree_alone(self, store: Store) -> None:
        await appended(store, 3)
        async with store.write() as unit:
            unit.append(an_entry())
        await appended(store, 1)
        async with store.read() as reader:
            entries = await reader.log(after=0, first=9)
            assert await root_of(reader, 4) == _grown(entries).root

    async def test_log_without_a_signer_has_no_checkpoints(self, store: Store) -> None:
        await appended(store, 1)
        async with store.read() as reader:
            assert await reader.checkpoints() == []


class CompactionContract:
    """Bodies can be dropped; what vouches for the entries stays."""

    async def test_compaction_drops_bodies_and_salts_alone(self, store: Store) -> None:
        await appended(store, 4)
        async with store.read() as reader:
            before, tree = await reader.log(after=0, first=9), await _tree(reader)
        assert [await _compacted(store, upto) for upto in (0, 2, 2, 1)] == [0, 2, 0, 0]
        async with store.read() as reader:
            after = await reader.log(after=0, first=9)
            assert await _tree(reader) == tree
            assert reader.head.compacted == 2
            assert reader.head.position == 4
        assert [entry.header() for entry in after] == [entry.header() for entry in before]
        assert [entry.leaf for entry in after] == [entry.computed_leaf() for entry in before]
        assert [(entry.body, entry.salt) for entry in after[:2]] == [(None, None)] * 2
        assert after[2:] == before[2:]

    async def test_compaction_ends_at_the_last_entry(self, store: Store) -> None:
        await appended(store, 2)
        assert await _compacted(store, 99) == 2
        [entry] = await appended(store, 1)
        async with store.read() as reader:
            assert reader.head.compacted == 2
            assert await reader.log(after=2, first=9) == [entry]

    async def test_compaction_of_a_lost_unit_drops_nothing(self, store: Store) -> None:
        await appended(store, 2)
        async with store.read() as reader:
            before = await reader.log(after=0, first=9)
            async with store.write() as unit:
                assert await unit.compact(1) == 1
        async with store.read() as reader:
            assert await reader.log(after=0, first=9) == before
            assert reader.head.compacted == 0

    async def test_reader_keeps_the_bodies_that_it_opened_on(self, store: Store) -> None:
        await appended(store, 2)
        async with store.read() as reader:
            before = await reader.log(after=0, first=9)
            await _compacted(store, 2)
            assert await reader.log(after=0, first=9) == before


class MovedContract:
    """Whoever waits for the log to move is woken by the next unit, and is never held longer than it wants."""

    async def test_next_unit_wakes_those_who_wait(self, store: Store) -> None:
        await appended(store, 2)
        # One that is woken early waits again: only an entry ends it.
        waiting = [asyncio.create_task(_reached(store, 3)) for _ in range(3)]
        await asyncio.sleep(0)
        await appended(store, 1)
        _, still = await asyncio.wait(waiting, timeout=_LONG)
        for task in still:
            task.cancel()
        assert not still

    async def test_unit_that_ended_before_is_not_waited_for(self, store: Store) -> None:
        await appended(store, 2)
        await asyncio.wait_for(store.moved(1, _ENDLESS), _LONG)

    async def test_patience_ends_the_wait(self, store: Store) -> None:
        await appended(store, 1)
        await asyncio.wait_for(_waited(store, 1), _LONG)

    async def test_lost_unit_is_nothing_to_wake_for_again_and_again(self, store: Store) -> None:
        await appended(store, 1)
        async with store.write() as unit:
            unit.append(an_entry())
        woken = 0
        try:
            async with asyncio.timeout(0.2):
                while woken < 100:
                    await store.moved(1, _ENDLESS)
                    woken += 1
        except TimeoutError:
            pass
        assert woken < 5


async def appended(store: Store, count: int) -> list[Entry]:
    """Append entries in a unit of their own."""
    async with store.write() as unit:
        for _ in range(count):
            unit.append(an_entry())
        return list(await unit.commit())


async def root_of(reader: Reader, size: int) -> str:
    """The root of the tree of a size, from what the store has kept of it."""
    nodes = root_nodes(size)
    hashes = await reader.tree_hashes(nodes)
    return Frontier(size, [hashes[node] for node in nodes]).root


def _grown(entries: list[Entry]) -> Frontier:
    frontier = Frontier()
    for entry in entries:
        frontier.append(entry.leaf)
    return frontier


async def _tree(reader: Reader) -> dict[Node, str]:
    return await reader.tree_hashes((level, index) for level in range(4) for index in range(8))


async def _compacted(store: Store, upto: int) -> int:
    async with store.write() as unit:
        dropped = await unit.compact(upto)
        await unit.commit()
    return dropped


async def _reached(store: Store, position: int) -> None:
    while True:
        async with store.read() as reader:
            seen = reader.head.position
        if seen >= position:
            return
        await store.moved(seen, _ENDLESS)


async def _waited(store: Store, position: int) -> None:
    # A listener that has just begun wakes everybody once.
    for _ in range(2):
        await store.moved(position, 0.01)
