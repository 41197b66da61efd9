"""Rows on their way into PostgreSQL by COPY: half the work of an INSERT on the server, and less than that here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    if kinds == {str}:
        return _escaped(_GAP.join(map(str, values))).split(_GAP)
    if kinds == {int}:
        return map(str, values)
    return map(_value, values)


def _value(value: object) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return _escaped(value) if isinstance(value, str) else repr(value)


def _escaped(text: str) -> str:
    # Many times as quick as to translate, for text beyond Latin.
    for sign, escape in _ESCAPES:
        text = text.replace(sign, escape)
    return text
