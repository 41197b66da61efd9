"""Which statements a call runs, and how the database would go about them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from sqlalchemy import event

from ucs_registry.sql import SqlStore, tables
from ucs_registry.sql.direct import DirectStatement, Row

SMALL = frozenset(
    (
        *("head", "cells", "districts", "member_sets", "principals", "rules", "revoked_keys", "types", "vocabularies"),
        *("decisions", "review_hands", "checkpoints", "organizations"),
    )
)
"""The tables that do not grow with the city, or hardly. None of the others is to be read from end to end."""

GROWING = frozenset(tables.metadata.tables).union(("search_index", "area_index")) - SMALL


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A statement as it was sent, with its values."""

    text: str
    values: Any
    direct: bool = False

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan to be looked at."""
        return self.text.lstrip(" (").upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE"))


@contextmanager
def captured(store: SqlStore) -> Iterator[list[Statement]]:
    """Every statement that a store runs meanwhile, in order."""
    found: list[Statement] = []

    def note(_: Any, __: Any, text: str, values: Any, ___: Any, many: bool) -> None:
        found.append(Statement(text=text, values=values[0] if many and values else values))

    engines = [engine.sync_engine for engine in (store._reading, store._writing)]
    direct = store.direct
    noting = _Noting(direct, found)
    # Whatever asks by way of the direct driver has got hold of it when the store was opened.
    holders = [store, *(held for held in vars(store).values() if getattr(held, "_direct", None) is direct)]
    names = ["direct", *["_direct"] * (len(holders) - 1)]
    for holder, name in zip(holders, names, strict=True):
        setattr(holder, name, noting)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
        for holder, name in zip(holders, names, strict=True):
            setattr(holder, name, direct)


class _Noting:
    """Runs direct statements as another does, and notes them."""

    def __init__(self, direct: Any, found: list[Statement]) -> None:
        self._direct = direct
        self._found = found

    def mark(self) -> bytes | None:
        """Ask the database each time."""
        return None

    async def row(self, statement: DirectStatement, values: Mapping[str, object]) -> Row | None:
        stated = [values[name] for name in statement.names]
        self._found.append(Statement(text=statement.text, values=stated, direct=True))
        found: Row | None = await self._direct.row(statement, values)
        return found

    async def close(self) -> None:
        await self._direct.close()


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of a plan: what is read of which table, by which index, and whether the index leads to the rows."""

    table: str
    index: str | None
    sought: bool
    told: str

    def __str__(self) -> str:
        return self.told


class Plans:
    """Asks a database for its plans, over a connection of its own.

    `small` says that the tables are: PostgreSQL would rather read them from end to end and compare everything with
    everything than look anything up, and is asked whether it could do without.
    """

    def __init__(self, url: str, *, small: bool = False) -> None:
        self._url = url
        self._postgres = not url.startswith("sqlite")
        self.small = small

    def of(self, statement: Statement) -> list[Step]:
        """The steps by which a statement reads tables."""
        return list(self._of_postgres(statement) if self._postgres else self._of_sqlite(statement))

    def _of_sqlite(self, statement: Statement) -> Iterator[Step]:
        path = self._url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path)) as connection:
            told = connection.execute(f"EXPLAIN QUERY PLAN {statement.text}", statement.values).fetchall()
        named = _aliases(statement.text)
        for *_, line in told:
            if found := _SQLITE.match(line):
                name = found["table"].strip('"')
                index = found["index"] or ("primary key" if "PRIMARY KEY" in line else None)
                virtual = "VIRTUAL TABLE INDEX" in line and not line.endswith("INDEX 0:")
                table = named.get(name, name)
                yield Step(
                    table=table,
                    index="made for the statement" if "AUTOMATIC" in line else index,
                    sought=virtual or (found["way"] == "SEARCH" and "AUTOMATIC" not in line),
                    told=line if table == name else f"{line} ({table})",
                )

    def _of_postgres(self, statement: Statement) -> Iterator[Step]:
        with psycopg.connect(self._url) as connection:
            connection.execute("SET plan_cache_mode = force_custom_plan")
            for way in ("seqscan", "hashjoin", "mergejoin") if self.small else ():
                connection.execute(f"SET enable_{way} = off")
            if statement.direct:
                values = [_as_text(value) for value in statement.values]
                asked = f"EXPLAIN (FORMAT JSON) {statement.text}".encode()
                result = connection.pgconn.exec_params(asked, values)
                told = result.get_value(0, 0)
                if told is None:
                    raise AssertionError(result.error_message.decode())
            else:
                asked = f"EXPLAIN (FORMAT JSON) {statement.text}"
                [[told]] = connection.execute(asked, statement.values).fetchall()
            few = {name for (name,) in connection.execute(_FEW, [FEW])}
        plan = told if isinstance(told, list) else orjson.loads(told)
        yield from (step for step in _walked(plan[0]["Plan"]) if self.small or step.table not in few)


def _walked(node: Mapping[str, Any], outer: str = "") -> Iterator[Step]:
    kind = node["Node Type"]
    table, index = node.get("Relation Name", outer), node.get("Index Name")
    if kind in ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"):
        sought = "Index Cond" in node
        told = " ".join(filter(None, [kind, "on", table, index and f"using {index}", node.get("Filter", "")[:80]]))
        yield Step(table=table, index=index, sought=sought, told=told)
    for inner in node.get("Plans", ()):
        yield from _walked(inner, table if kind.startswith("Bitmap") else outer)


def unhealthy(steps: Sequence[Step], walks: frozenset[str], whole: frozenset[str] = frozenset()) -> list[str]:
    """The steps that read a table that grows from end to end, save in the order of an index that may be walked.

    Who walks through an index stops when the page is full.
    """
    return [
        str(step) for step in steps if step.table in GROWING - whole and not step.sought and step.index not in walks
    ]


FEW = 2_000
"""A table of so few rows PostgreSQL may read as it likes."""

_FEW = "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples < %s"
_SQLITE = re.compile(
    r"(?P<way>SCAN|SEARCH) (?P<table>\S+)"
    r"(?: (?:LEFT-JOIN|VIRTUAL TABLE INDEX \S+|USING .*?(?:INDEX (?P<index>\w+)|PRIMARY KEY|ROWID)).*)?"
)
_ALIAS = re.compile(r"(?:FROM|JOIN|,)\s+\"?(\w+)\"?(?:\s+AS\s+\"?(\w+)\"?)", re.IGNORECASE)


def _aliases(text: str) -> dict[str, str]:
    return {alias: table for table, alias in _ALIAS.findall(text)}


def _as_text(value: object) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    return str(value).lower().encode() if isinstance(value, bool) else str(value).encode()
