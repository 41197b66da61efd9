"""Questions that are asked with every call: made and compiled once, and on SQLite put to the driver as they are.

What SQLAlchemy does for each statement by name costs some ten times what SQLite needs for a row by its key.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ucs_registry.sql.dialects import Dialect, Query, Record
from ucs_registry.sql.one_hop import OneHop

QUICK_MOST = 500
"""How many characters the values of a statement have at most that is run on the loop: more keys take longer than a loop can be
kept waiting, perhaps."""


class Ready:
    """A statement for one dialect, whose values stand in it by name. Its columns hold text, numbers and truth values."""

    def __init__(self, statement: Query, *, quick: bool = True) -> None:
        """`quick` says that it finds what it is asked for by keys."""
        self._statement = statement
        self._quick = quick
        self._text: str | None = None
        self._names: tuple[str, ...] = ()
        self._row: Callable[[Sequence[object]], Any] = tuple

    async def rows(self, connection: AsyncConnection, **values: object) -> Sequence[Record]:
        """The rows of the statement with these values, in the connection's transaction."""
        sync = connection.sync_connection
        driver = None if sync is None else sync.connection.driver_connection
        if sync is None or not isinstance(driver, OneHop):
            return (await connection.execute(self._statement, values)).all()
        if not sync.in_transaction():
            # Begun with the statement itself: nothing is sent for it here.
            sync.begin()
        if self._text is None:
            self._compile(sync)
        return await self._asked(driver, [values[name] for name in self._names])

    async def _asked(self, driver: OneHop, values: Sequence[object]) -> list[Any]:
        try:
            quick = self._quick and sum(len(value) for value in values if isinstance(value, str)) <= QUICK_MOST
            found = driver.at_once(self._text or "", values) if quick else None
            if found is None:
                found = await (await driver.cursor().execute(self._text or "", values)).fetchall()
        except sqlite3.Error as cause:
            raise DBAPIError.instance(self._text or "", None, cause, sqlite3.Error) from cause
        return [self._row(row) for row in found]

    def _compile(self, sync: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's
        compiled = self._statement.compile(dialect=sync.dialect)
        self._names = tuple(compiled.positiontup or ())
        keys = [str(column.key) for column in self._statement.selected_columns]
        # Of two columns of one name the second is had by its place alone.
        row: Any = namedtuple("Row", keys, rename=True)  # type: ignore[misc] # the statement says what it has
        self._row = row._make
        self._text = str(compiled)


class Asks(Protocol):
    """Asks a statement in the transaction of whoever has this."""

    async def __call__(self, ready: Ready, **values: object) -> Sequence[Record]: ...


class ReadyBook:
    """The statements of a kind, made once for each dialect."""

    def __init__(self, *, slow: Collection[str] = (), **makes: Callable[[Dialect], Query]) -> None:
        """`slow` names those that do not find what they are asked for by keys."""
        self._slow = frozenset(slow)
        self._makes = makes
        self._made: dict[tuple[type, str], Ready] = {}

    def of(self, dialect: Dialect, name: str) -> Ready:
        """The statement of a name."""
        key = (type(dialect), name)
        ready = self._made.get(key)
        if ready is None:
            ready = self._made[key] = Ready(self._makes[name](dialect), quick=name not in self._slow)
        return ready
