"""Tables of a plugin's own: what may be asked of them, whichever database holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROWS_MOST = 5_000
"""How many rows one answer may have."""

READ_SECONDS = 5.0
"""How long one statement that reads may take."""

WRITE_SECONDS = 2.0
"""How long one statement of a unit may take: nobody else writes meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRead:
    """A statement that reads, and was looked through: which tables it reads, by the names that their author gave them, and
    whose owners it asks about. `rows` is how many it may answer with; None when it does not say so itself.
    """

    plugin: str
    statement: Any
    tables: frozenset[str]
    visible: frozenset[str] = frozenset()
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWrite:
    """A statement that writes to one table, once, or once for each of some sets of values, and was looked through.

    With `key` the values are rows, each in place of the one with the same key.
    """

    plugin: str
    statement: Any
    table: str
    tables: frozenset[str]
    values: Sequence[Mapping[str, object]] = ()
    key: tuple[str, ...] = ()
