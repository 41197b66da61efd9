"""The snapshot that belongs to what a reader sees: no older, so that a revocation counts from the next reader on."""

from __future__ import annotations

import asyncio

from ucs_core.access.cells import CellTable
from ucs_core.access.compiler import Meaning
from ucs_core.access.shadow import Shadow
from ucs_core.access.snapshot import Edition, Snapshot
from ucs_registry.ports import Reader

KEPT = 4
"""How many access versions are kept, the newest, for readers that were opened before an edit."""


class Authority:
    """Keeps compiled snapshots, and brings them to where a reader stands before anything is decided.

    One task at a time compiles; those that wait for the same version find it made.
    """

    def __init__(self, *, shadow: Shadow | None = None, meaning: Meaning | None = None) -> None:
        self.shadow = shadow
        self._meaning = meaning or Meaning()
        self._kept: dict[int, Snapshot] = {}
        self._table = CellTable.empty()
        self._lock = asyncio.Lock()

    async def at(self, reader: Reader) -> Snapshot:
        """The snapshot of exactly the reader's access version, with at least the cells of its head.

        On a unit this comes before its first write: what a unit has written, but not committed, belongs to no version.
        """
        head = reader.head
        snapshot = self._kept.get(head.access_version)
        if snapshot is None or snapshot.cells < head.cells:
            async with self._lock:
                snapshot = await self._brought_to(reader)
        return snapshot

    async def _brought_to(self, reader: Reader) -> Snapshot:
        head = reader.head
        if len(self._table) < head.cells:
            # A unit also shows cells of its own that may never be committed: only those below the head are taken.
            cells = await reader.cells(len(self._table))
            self._table = self._table.with_cells(cell for cell in cells if cell.number < head.cells)
        snapshot = self._kept.get(head.access_version)
        if snapshot is None:
            snapshot = Snapshot(await self._compiled(reader), self._table)
        elif snapshot.cells < head.cells:
            snapshot = snapshot.with_table(self._table)
        self._kept[head.access_version] = snapshot
        # The newest stay: a reader that looks back never takes the place of one that looks at the present.
        for version in sorted(self._kept)[:-KEPT]:
            del self._kept[version]
        return snapshot

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
        )
