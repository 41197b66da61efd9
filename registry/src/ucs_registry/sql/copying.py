"""Rows on their way into PostgreSQL by COPY: half the work of an INSERT on the server, and less than that here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import NoneType
from typing import cast

from psycopg import AsyncConnection as Driver
from psycopg import Error
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ucs_registry.settling import settled

COPIED_LEAST = 50
"""From so many rows on COPY is quicker than a statement."""

_ESCAPES = (("\\", r"\\"), ("\n", r"\n"), ("\r", r"\r"), ("\t", r"\t"))
"""What COPY reads otherwise than it stands, the sign of escapes first."""

_GAP = "\x00"
"""Stands between values while they are escaped together: no text that a store keeps holds one."""


async def copied(
    connection: AsyncConnection, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Insert rows. What the server refuses is raised as a statement would have it."""
    driver = (await connection.get_raw_connection()).driver_connection
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    if not isinstance(driver, Driver):
        raise TypeError(f"{driver!r} is no connection of the driver that rows are copied by")
    try:
        # Begun, it is ended: a connection in the midst of it takes no other statement.
        await settled(_copy(driver, statement, copy_text(rows)))
    except Error as cause:
        raise DBAPIError.instance(statement, None, cause, Error) from cause


async def _copy(driver: Driver, statement: str, text: bytes) -> None:
    async with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        await copy.write(text)


def copy_text(rows: Sequence[Sequence[object]]) -> bytes:
    """Rows in the text format of COPY: a line each, tabs between the values."""
    columns = map(_column, zip(*rows, strict=True))
    return "".join([f"{line}\n" for line in map("\t".join, zip(*columns, strict=True))]).encode()


def _column(values: Sequence[object]) -> Iterable[str]:
    """The values of a column as COPY writes them."""
    kinds = set(map(type, values))
    if NoneType not in kinds:
        return _present(kinds, values)
    present = [value for value in values if value is not None]
    told = iter(_present(kinds - {NoneType}, present))
    return [r"\N" if value is None else next(told) for value in values]


def _present(kinds: set[type], values: Sequence[object]) -> Iterable[str]:
    """Values of a column that are all there. A column is of one type; numbers may be whole ones or not."""
    if all(issubclass(kind, str) for kind in kinds):
        return _escaped(_GAP.join(cast(Sequence[str], values))).split(_GAP)
    if kinds == {bool}:
        return ["t" if value else "f" for value in values]
    return map(repr, values)


def _escaped(text: str) -> str:
    # Many times as quick as to translate, for text beyond Latin.
    for sign, escape in _ESCAPES:
        text = text.replace(sign, escape)
    return text
