"""The snapshot that belongs to what a reader sees: no older, so that a revocation counts from the next reader on."""

from __future__ import annotations

import asyncio
from array import array

from ucs_core.access.cells import CellTable
from ucs_core.access.compiler import Meaning
from ucs_core.access.shadow import Shadow
from ucs_core.access.snapshot import Edition, Snapshot
from ucs_registry.merkle import Node
from ucs_registry.ports import Reader

MET_MOST = 256
"""How many stamps of cells are kept in mind. One that was forgotten costs a look into the log."""

CELLS_AT_ONCE = 5_000
"""How many cells are read at a time: as rows they take a hundred times the memory of the table that is made of them."""

KEPT = 4
"""How many access versions are kept, the newest, for readers that were opened before an edit."""


class Authority:
    """Keeps compiled snapshots, and brings them to where a reader stands before anything is decided.

    One task at a time compiles; those that wait for the same version find it made. What is kept goes by the stamps of the
    head and not by its numbers alone: a database may be put back under a running node, which then uses numbers twice.
    """

    def __init__(self, *, shadow: Shadow | None = None, meaning: Meaning | None = None) -> None:
        self.shadow = shadow
        self._meaning = meaning or Meaning()
        self._kept: dict[tuple[int, str], Snapshot] = {}
        self._table = CellTable.empty()
        self._met: dict[str, None] = {}
        self._seen: tuple[Node, str] | None = None
        self._lock = asyncio.Lock()

    async def at(self, reader: Reader) -> Snapshot:
        """The snapshot of exactly the reader's access version, with at least the cells of its head.

        On a unit this comes before its first write: what a unit has written, but not committed, belongs to no version.
        """
        head = reader.head
        snapshot = self._kept.get((head.access_version, head.access_stamp))
        if snapshot is None or snapshot.cells < head.cells or head.cell_stamp not in self._met:
            async with self._lock:
                snapshot = await self._brought_to(reader)
        return snapshot

    def kept(self, version: int, stamp: str) -> Snapshot | None:
        """The snapshot of a state of access, where it was asked for lately; of cells it may know fewer than there are."""
        return self._kept.get((version, stamp))

    async def _brought_to(self, reader: Reader) -> Snapshot:
        head = reader.head
        if head.cell_stamp not in self._met:
            await self._meet(reader)
        while len(self._table) < head.cells:
            # A unit also shows cells of its own that may never be committed: only those below the head are taken.
            cells = await reader.cells(len(self._table), min(CELLS_AT_ONCE, head.cells - len(self._table)))
            self._table = self._table.with_cells(cells)
            if not cells:
                break
        key = head.access_version, head.access_stamp
        snapshot = self._kept.get(key)
        if snapshot is None:
            snapshot = Snapshot(await self._compiled(reader), self._table)
        elif snapshot.cells < head.cells:
            snapshot = snapshot.with_table(self._table)
        self._kept[key] = snapshot
        # The newest stay: a reader that looks back never takes the place of one that looks at the present.
        for other in sorted(self._kept)[:-KEPT]:
            del self._kept[other]
        return snapshot

    async def _meet(self, reader: Reader) -> None:
        """Take up cells that were not met before. Those of another history are forgotten, with all that counts by them.

        The log tells: no two histories have the same entry at a position. A reader from before what was seen last cannot
        show that entry, and counts as of another history: that costs reading the cells anew, and is rare.
        """
        if self._seen is not None and not await self._shows(reader, *self._seen):
            self._table = CellTable(pool=self._table.pool, numbers=array("I"))
            self._kept.clear()
            self._met.clear()
        last = (0, reader.head.position - 1)
        found = await reader.tree_hashes([last]) if reader.head.position else {}
        self._seen = (last, found[last]) if last in found else None
        self._met[reader.head.cell_stamp] = None
        while len(self._met) > MET_MOST:
            del self._met[next(iter(self._met))]

    async def _shows(self, reader: Reader, leaf: Node, hash: str) -> bool:
        """Whether a reader's log holds the leaf that was seen last."""
        return (await reader.tree_hashes([leaf])).get(leaf) == hash

    async def _compiled(self, reader: Reader) -> Edition:
        organizations = await reader.all_organizations()
        principals = await reader.principals()
        rules = await reader.rules()
        revoked_keys = await reader.revoked_keys()
        # Ten thousands of rows take a good part of a second: other requests go on meanwhile.
        return await asyncio.to_thread(
            Edition,
            version=reader.head.access_version,
            organizations=organizations,
            principals=principals,
            rules=rules,
            pool=self._table.pool,
            meaning=self._meaning,
            revoked_keys=revoked_keys,
            stamp=reader.head.access_stamp,
        )
