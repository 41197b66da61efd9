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
from ucs_registry.sql.columns import Block

COPIED_LEAST = 50
"""From so many rows on COPY is quicker than a statement."""

_ESCAPES = ((b"\\", rb"\\"), (b"\n", rb"\n"), (b"\r", rb"\r"), (b"\t", rb"\t"))
"""What COPY reads otherwise than it stands, the sign of escapes first."""

_GAP = "\x00"
"""Stands between values while they are escaped together: no text that a store keeps holds one."""


async def copied(
    connection: AsyncConnection, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Insert rows. What the server refuses is raised as a statement would have it."""
    await _copied(connection, table, columns, copy_text(rows))


async def copied_block(connection: AsyncConnection, block: Block) -> None:
    """Insert rows that are told by columns; those in which all hold one value come first."""
    alike, varying = block.alike, block.varying
    begin = b"".join(next(iter(_column([value]))) + b"\t" for value in alike.values())
    text = _lines(begin, list(varying.values()))
    await _copied(connection, block.sheet.table.name, [*alike, *varying], text)


async def _copied(connection: AsyncConnection, table: str, columns: Sequence[str], text: bytes) -> None:
    driver = (await connection.get_raw_connection()).driver_connection
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    if not isinstance(driver, Driver):
        raise TypeError(f"{driver!r} is no connection of the driver that rows are copied by")
    try:
        # Begun, it is ended: a connection in the midst of it takes no other statement.
        await settled(_copy(driver, statement, text))
    except Error as cause:
        raise DBAPIError.instance(statement, None, cause, Error) from cause


async def _copy(driver: Driver, statement: str, text: bytes) -> None:
    async with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        await copy.write(text)


def copy_text(rows: Sequence[Sequence[object]]) -> bytes:
    """Rows in the text format of COPY: a line each, tabs between the values."""
    return _lines(b"", list(zip(*rows, strict=True)))


def _lines(begin: bytes, columns: Sequence[Sequence[object]]) -> bytes:
    """A line for each row, all of which begin alike."""
    lines = map(b"\t".join, zip(*map(_column, columns), strict=True))
    return begin + (b"\n" + begin).join(lines) + b"\n"


def _column(values: Sequence[object]) -> Iterable[bytes]:
    """The values of a column as COPY writes them."""
    kinds = set(map(type, values))
    if NoneType not in kinds:
        return _present(kinds, values)
    present = [value for value in values if value is not None]
    told = iter(_present(kinds - {NoneType}, present) if present else ())
    return [rb"\N" if value is None else next(told) for value in values]


def _present(kinds: set[type], values: Sequence[object]) -> Iterable[bytes]:
    """Values of a column that are all there. A column is of one type; numbers may be whole ones or not."""
    if all(issubclass(kind, str) for kind in kinds):
        return _escaped(_GAP.join(cast(Sequence[str], values)).encode()).split(b"\x00")
    if kinds == {bool}:
        return [b"t" if value else b"f" for value in values]
    return _GAP.join(map(repr, values)).encode().split(b"\x00")


def _escaped(text: bytes) -> bytes:
    # In bytes, where a sign that is not there is found missing many times as quick as in text beyond Latin.
    for sign, escape in _ESCAPES:
        if sign in text:
            text = text.replace(sign, escape)
    return text
