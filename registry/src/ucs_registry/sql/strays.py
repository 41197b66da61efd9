"""Rows that refer to what is not there: what a database would refuse by constraints that cost too much with every new row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, exists, func, select

from ucs_registry.sql import tables
from ucs_registry.sql.faults import translated
from ucs_registry.sql.urls import dialect_of

REFERENCES: tuple[tuple[Column[Any], Column[Any]], ...] = (
    (tables.resources.c.owner, tables.organizations.c.number),
    (tables.resources.c.cell, tables.cells.c.number),
    *(
        (table.c[column], tables.resources.c.id)
        for table, column in (
            (tables.revisions, "resource"),
            (tables.resource_tags, "resource"),
            (tables.dependencies, "source"),
            (tables.search, "resource"),
            (tables.areas, "resource"),
            (tables.windows, "resource"),
        )
    ),
)
"""Which columns refer to which, without a constraint."""


async def strays(url: str) -> dict[str, int]:
    """How many rows of a database refer to nothing, by table and column; those of which there are none are left out."""
    engine = dialect_of(url).reading_engine()
    found = {}
    try:
        with translated():
            async with engine.connect() as connection:
                for column, target in REFERENCES:
                    alone = select(func.count()).select_from(column.table).where(~exists().where(target == column))
                    if count := (await connection.execute(alone)).scalar():
                        found[f"{column.table.name}.{column.name}"] = int(count)
    finally:
        await engine.dispose()
    return found
