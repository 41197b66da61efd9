"""Rows on their way into SQLite, told by columns: some hundreds in a statement, and what they have alike bound once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from sqlite3 import Error
from typing import Any

from aiosqlite import Connection as Driver
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ucs_registry.sql.columns import Block

STEPS = (200, 20, 1)
"""How many rows one statement enters, as long as there are so many: 40 columns of them are within SQLite's 32,766 parameters.

The driver holds the interpreter between the rows of a call, and lets go of it while a statement runs.
"""


async def entered(connection: AsyncConnection, block: Block) -> None:
    """Insert the rows of a block. What the database refuses is raised as a statement would have it."""
    alike, varying = block.alike, block.varying
    columns, values, start = list(varying.values()), tuple(alike.values()), 0
    for step in STEPS:
        whole = (block.height - start) // step * step
        if whole:
            statement = _statement(block.sheet.table.name, tuple(alike), tuple(varying), step)
            await _run(connection, statement, _bound(values, columns, start, start + whole, step))
            start += whole


async def _run(connection: AsyncConnection, statement: str, bound: Iterator[tuple[object, ...]]) -> None:
    # Past what is done for each statement by name, which goes over to the driver's thread and back three times.
    driver = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, Driver):
        raise TypeError(f"{driver!r} is no connection of the driver that rows are entered by")
    try:
        await driver.executemany(statement, bound)
    except Error as cause:
        raise DBAPIError.instance(statement, None, cause, Error) from cause


def _bound(
    values: tuple[object, ...], columns: Sequence[Sequence[Any]], start: int, end: int, step: int
) -> Iterator[tuple[object, ...]]:
    """The parameters of each statement."""
    for at in range(start, end, step):
        rows = zip(*(column[at : at + step] for column in columns), strict=True)
        yield (*values, *chain.from_iterable(rows))


@cache
def _statement(table: str, alike: tuple[str, ...], varying: tuple[str, ...], rows: int) -> str:
    told = "".join(f"?{number}, " for number in range(1, len(alike) + 1))
    # What has a number of its own is followed by the next one.
    first = f"({told}{', '.join(f'?{len(alike) + number}' for number in range(1, len(varying) + 1))})"
    others = f", ({told}{', '.join('?' * len(varying))})" * (rows - 1)
    return f"INSERT INTO {table} ({', '.join([*alike, *varying])}) VALUES {first}{others}"
