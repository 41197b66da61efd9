"""How the Merkle tree and its checkpoints grow in the database: with the rows that a commit writes anyway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Executable, Table, bindparam, select, update

from ucs_registry.log import Entry
from ucs_registry.log_groups import Entries
from ucs_registry.merkle import Frontier, Node, root_nodes
from ucs_registry.signing import Ledger, Signed, key_needed, rolled_back
from ucs_registry.sql import rows, tables
from ucs_registry.sql.columns import Block
from ucs_registry.sql.dialects import Query, Record, Values

BATCH = 1_000
"""How many leaves are held at once while a tree is built over entries that were written without one."""


class Statements(Protocol):
    """What growing needs of a unit."""

    async def all(self, statement: Query) -> Sequence[Record]:
        """The rows of a statement."""

    async def run(self, statement: Executable, values: Sequence[Values] | None = None) -> None:
        """Run a statement for its effect, once or for each set of values."""

    async def write(self, table: Table, made: Sequence[Values], *, key: tuple[str, ...]) -> None:
        """Insert or replace rows."""

    async def log(self, *, after: int, first: int) -> list[Entry]:
        """Entries behind a position."""

    async def tree_hashes(self, nodes: Sequence[Node]) -> dict[Node, str]:
        """The hashes of complete subtrees."""


class Growth:
    """The tree as a unit found it, and what it becomes. `standing` is the row of the head."""

    def __init__(self, standing: Record, ledger: Ledger | None) -> None:
        self._position: int = standing.position
        self._frontier = Frontier(standing.tree_size, rows.parted(standing.frontier))
        self._note: str | None = standing.note
        self._ledger = ledger
        self._signed: Signed | None = None

    async def grow(self, unit: Statements, entries: Entries) -> list[Block]:
        """Build the tree over entries, sign it where there is a signer, and give the entries' rows.

        Raises FailedPrecondition with LOG_ROLLED_BACK when the log does not continue what was signed of it, and with
        LOG_KEY_NEEDED when it is signed and there is no signer.
        """
        await self._catch_up(unit)
        frontier, verified = self._frontier, None
        if self._ledger is None and self._note is not None and entries:
            raise key_needed()
        if self._ledger is not None:
            verified = await self._ledger.verify(unit, self._note, self._position)
            if verified.frontier != frontier:
                raise rolled_back(self._position, verified.frontier.size)
            frontier = self._frontier = verified.frontier
        made = rows.entry_blocks(entries.groups, frontier)
        if self._ledger is not None and verified is not None:
            self._signed = self._ledger.sign(verified, entries)
        if self._signed is not None:
            self._note = self._signed.checkpoint.note
            if self._signed.kept:
                kept = {"size": self._signed.checkpoint.size, "note": self._note}
                await unit.write(tables.checkpoints, [kept], key=("size",))
        return made

    def standing(self) -> dict[str, object]:
        """What the head tells of the tree from now on."""
        frontier = self._frontier
        return {"tree_size": frontier.size, "frontier": rows.joined(frontier.peaks) or "", "note": self._note}

    def confirm(self) -> None:
        """Note that all of it is durable."""
        if self._ledger is not None and self._signed is not None:
            self._ledger.confirm(self._signed)

    async def _catch_up(self, unit: Statements) -> None:
        """Build the tree over entries that were written by an earlier release, which knew of none."""
        frontier, table = self._frontier, tables.log
        if frontier.size > self._position or len(frontier.peaks) != len(root_nodes(frontier.size)):
            raise rolled_back(self._position, frontier.size)
        statement = update(table).where(table.c.position == bindparam("home")).values(subtrees=bindparam("completed"))
        while frontier.size < self._position:
            leaves = select(table.c.leaf).where(table.c.position.between(frontier.size + 1, self._position))
            found = await unit.all(leaves.order_by(table.c.position).limit(BATCH))
            if not found:
                raise rolled_back(self._position, frontier.size)
            # The size is that after the leaf: the place of a completed subtree is where its last leaf stands.
            made = [(frontier.append(leaf), frontier.size) for (leaf,) in found]
            completing = [{"home": home, "completed": rows.joined(completed)} for completed, home in made if completed]
            if completing:
                await unit.run(statement, completing)
