"""What the platform needs of a store about the tables of a plugin's own. A store without SQL refuses: SQL_NEEDS_DATABASE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from ucs_registry.own import OwnRead, OwnWrite


class OwnTables(Protocol):
    """The tables of one plugin, as a store has made them. Statements and columns are SQLAlchemy's."""

    @property
    def names(self) -> frozenset[str]:
        """What their author calls them."""

    def visible(self, column: Any) -> Any:  # noqa: ANN401 -- SQLAlchemy's, whose name stays in the store
        """The condition that the organisation in a column is one whose rows the reader may see."""

    def read(self, statement: Any) -> OwnRead:  # noqa: ANN401 -- as above
        """A statement that reads. Raises Internal with SQL_REFUSED for one that touches anything else than these tables."""

    def write(self, statement: Any, values: Sequence[Mapping[str, object]]) -> OwnWrite:  # noqa: ANN401 -- as above
        """A statement that inserts, updates or deletes. Raises Internal with SQL_REFUSED, as `read` does."""

    def put(self, table: Any, values: Sequence[Mapping[str, object]]) -> OwnWrite:  # noqa: ANN401 -- as above
        """Rows of a table, each in place of the one with the same primary key."""


class OwnReader(Protocol):
    """The rows of one state."""

    async def own_rows(self, read: OwnRead, readable: Mapping[str, frozenset[int] | None]) -> Sequence[Any]:
        """The rows of a statement. `readable` says for each table that it asks about whose rows are seen, by the numbers of
        organisations; None for all. Raises Internal with SQL_ROWS_TOO_MANY or SQL_TOO_SLOW.
        """

    async def own_revisions(self, plugin: str, tables: Iterable[str]) -> dict[str, int]:
        """The position in the log of the write that last changed each of these tables of a plugin; 0 for none."""


class OwnUnit(Protocol):
    """What a write does to tables of a plugin's own."""

    async def own_tables(self, plugin: str, metadata: Any) -> OwnTables:  # noqa: ANN401 -- as above
        """Make what is missing of the tables that a plugin declares. Raises FailedPrecondition with TABLE_WRONG for what no
        store would keep alike, and TABLE_CHANGED for what rows that are there would not survive.
        """

    async def run_own(self, writes: Sequence[OwnWrite]) -> None:
        """Run statements in their order. Raises Conflict with SQL_CONSTRAINT where a row is not as its table wants it."""
