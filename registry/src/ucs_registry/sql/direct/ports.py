"""What a direct statement is, and who runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

Row: TypeAlias = tuple[int | float | bool | bytes | None, ...]
"""A row as it was read. Text and JSON come as UTF-8, unparsed; what SQLite keeps as a number comes as a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectStatement:
    """A statement that reads at most one row, made once and run often.

    The text's parameters are `?` on SQLite and `$1`, `$2` … on PostgreSQL; where the type of one does not follow from its
    place, the text casts it. `heavy` says that it may take longer than a loop can be kept waiting.
    """

    text: str
    names: tuple[str, ...]
    """What the parameters are called, by position."""
    heavy: bool = False


class Direct(Protocol):
    """Runs direct statements."""

    async def row(self, statement: DirectStatement, values: Mapping[str, object]) -> Row | None:
        """The first row of a statement, or None when there is none. Values that it does not name are passed over.

        Values are text, numbers, truth values, bytes or None. Raises Unavailable when the database does not answer, cannot
        be reached or has no place in time, DeadlineExceeded when it gave the statement up, and Internal when it refused it.
        """

    def mark(self) -> int | None:
        """What is the same only as long as nothing was committed to the database; None where only a statement can tell."""

    async def close(self) -> None:
        """Release what is held, and give up what runs. Statements after that raise Unavailable."""
