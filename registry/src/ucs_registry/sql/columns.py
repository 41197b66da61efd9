"""Rows that go into a table together, column by column: what all of them have alike is said once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from ucs_registry.sql.keeping import Sheet


class Same(NamedTuple):
    """A column in which all rows hold one value."""

    value: object


Column: TypeAlias = Sequence[Any] | Same
"""The values of a column, in the order of the rows."""


class Block(NamedTuple):
    """Rows of a sheet: as many columns as it names, for so many rows."""

    sheet: Sheet
    columns: tuple[Column, ...]
    height: int

    @property
    def alike(self) -> dict[str, object]:
        """The columns in which all rows hold one value, with that value."""
        named = zip(self.sheet.columns, self.columns, strict=True)
        return {name: column.value for name, column in named if isinstance(column, Same)}

    @property
    def varying(self) -> dict[str, Sequence[Any]]:
        """The other columns."""
        named = zip(self.sheet.columns, self.columns, strict=True)
        return {name: column for name, column in named if not isinstance(column, Same)}

    def rows(self) -> Iterator[tuple[object, ...]]:
        """The rows, one after another."""
        whole = ([column.value] * self.height if isinstance(column, Same) else column for column in self.columns)
        return zip(*whole, strict=True)
