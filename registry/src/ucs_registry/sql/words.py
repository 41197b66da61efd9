"""How each database writes JSON.

Answers are put together as text, piece by piece: what never needs an escape stands between quotes as it is, everything else
goes through the database's own function. No database builds an object from its parts, so that none reads the same text twice,
and none has to be told what is JSON already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import JSON, ColumnElement, Dialect, LargeBinary, ScalarSelect, Subquery, Text, cast, func, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from ucs_registry.sql.pieces import fixed, joined, whole

ITEM = "json"
"""The name of the column in which the rows of a list have their items."""


class Words(Protocol):
    """The words of one database."""

    @property
    def dialect(self) -> Dialect:
        """How statements for the direct driver are written."""

    def numbered(self, text: str, names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """A statement and the names of its values, each of which is handed over once, wherever it stands."""

    def quoted(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """A text in quotes, escaped; of what is NULL, null."""

    def inside(self, document: ColumnElement[str], path: Sequence[str | int]) -> ColumnElement[str]:
        """The JSON at a path of a document, as it is written there; NULL where there is nothing. Of a list, the path has
        the place.
        """

    def text_inside(self, document: ColumnElement[str], name: str) -> ColumnElement[str]:
        """The text that a document has under a name."""

    def gathered(self, rows: Subquery) -> ScalarSelect[str]:
        """The items of rows in the order in which they come, with commas between; NULL when there is none."""

    def members(self, document: ColumnElement[str], name: str) -> Subquery:
        """The texts in a JSON list as rows: the columns `value` and `place`, which is larger for what comes later."""

    def cursor(self, order: str, key: ColumnElement[str], id: ColumnElement[str]) -> ColumnElement[str]:
        """The cursor of a place in a list, as JSON: the same text that `Cursor.encode` makes of it."""

    def by_code_point(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """A text that is compared by code point."""


def _made(dialect: Any, paramstyle: str) -> Dialect:  # noqa: ANN401 -- dialects have untyped constructors
    made: Dialect = dialect(paramstyle=paramstyle)
    return made


class SqliteWords:
    """SQLite, from 3.38 on."""

    dialect = _made(SQLiteDialect_pysqlite, "qmark")

    def numbered(self, text: str, names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        # A mask is as long as there are cells, and the driver copies each value that it is handed.
        place = {name: at for at, name in enumerate(dict.fromkeys(names), 1)}
        asked = iter(names)
        # Between quotes stand texts, an even number of them behind the first.
        parts = text.split("'")
        for at in range(0, len(parts), 2):
            ahead, *behind = parts[at].split("?")
            parts[at] = ahead + "".join(f"?{place[next(asked)]}{piece}" for piece in behind)
        return "'".join(parts), tuple(place)

    def quoted(self, text: ColumnElement[str]) -> ColumnElement[str]:
        return func.json_quote(text, type_=Text)

    def inside(self, document: ColumnElement[str], path: Sequence[str | int]) -> ColumnElement[str]:
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        return document.op("->", return_type=Text())(fixed(f"${''.join(steps)}"))

    def text_inside(self, document: ColumnElement[str], name: str) -> ColumnElement[str]:
        return document.op("->>", return_type=Text())(fixed(f"$.{name}"))

    def gathered(self, rows: Subquery) -> ScalarSelect[str]:
        return select(func.group_concat(rows.c[ITEM], fixed(","), type_=Text).label("listed")).scalar_subquery()

    def members(self, document: ColumnElement[str], name: str) -> Subquery:
        rows = func.json_each(document).table_valued("key", "value")
        return select(rows.c.value, rows.c.key.label("place")).subquery(name)

    def cursor(self, order: str, key: ColumnElement[str], id: ColumnElement[str]) -> ColumnElement[str]:
        # A function of ours, which every direct connection has.
        return joined(['"', func.ucs_cursor(fixed(order), key, id, type_=Text), '"'])

    def by_code_point(self, text: ColumnElement[str]) -> ColumnElement[str]:
        return text


class _Bytes(LargeBinary):
    # A mask stands where a text could stand as well, and without a cast the server takes it for one.
    render_bind_cast = True


class _Postgres(PGDialect_psycopg):
    supports_statement_cache = True
    colspecs = PGDialect_psycopg.colspecs | {LargeBinary: _Bytes}


class PostgresWords:
    """PostgreSQL."""

    dialect = _made(_Postgres, "numeric_dollar")

    def numbered(self, text: str, names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        return text, tuple(names)

    def quoted(self, text: ColumnElement[str]) -> ColumnElement[str]:
        return func.coalesce(cast(func.to_json(text), Text), fixed("null"))

    def inside(self, document: ColumnElement[str], path: Sequence[str | int]) -> ColumnElement[str]:
        found: ColumnElement[object] = cast(document, JSON)
        for step in path:
            found = found.op("->")(whole(step) if isinstance(step, int) else fixed(step))
        return cast(found, Text)

    def text_inside(self, document: ColumnElement[str], name: str) -> ColumnElement[str]:
        return cast(document, JSON).op("->>", return_type=Text())(fixed(name))

    def gathered(self, rows: Subquery) -> ScalarSelect[str]:
        return select(func.string_agg(rows.c[ITEM], fixed(","), type_=Text).label("listed")).scalar_subquery()

    def members(self, document: ColumnElement[str], name: str) -> Subquery:
        rows = func.json_array_elements_text(cast(document, JSON)).table_valued("value", with_ordinality="place")
        # Ids compare by code point, whatever the language of the database.
        rows = rows.render_derived()
        return select(rows.c.value.collate("C").label("value"), rows.c.place).subquery(name)

    def cursor(self, order: str, key: ColumnElement[str], id: ColumnElement[str]) -> ColumnElement[str]:
        packed = joined([f'["{order}",', self.quoted(key), ',"', id, '"]'])
        encoded = func.encode(func.convert_to(packed, fixed("UTF8")), fixed("base64"))
        # Long texts are broken into lines, and padded; of the alphabet two letters differ from that of the web.
        return joined(['"', func.translate(encoded, fixed("+/=\n"), fixed("-_"), type_=Text), '"'])

    def by_code_point(self, text: ColumnElement[str]) -> ColumnElement[str]:
        return text.collate("C")
