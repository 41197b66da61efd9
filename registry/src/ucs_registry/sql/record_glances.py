"""Answers about records by one direct statement each, and counts out of memory, without a reader.

Each answer says in which state of access it was read. Where this process knows the ways of a collection no more, or never did,
there is no answer here, and a reader has one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import orjson

from ucs_registry.canonical import instant
from ucs_registry.documents import Document, DocumentQuery, Place
from ucs_registry.ports.documents import Access, Glance
from ucs_registry.record_ways import (
    StandingWay,
    WayState,
    answering,
    counters_span,
    counting,
    is_declared,
    tallied,
)
from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.direct import Direct, DirectStatement, Row
from ucs_registry.sql.record_counts import CountBook, CountShelf
from ucs_registry.sql.record_pages import Shape, Words, askable, page_sql, page_values, shapes_of, words_of
from ucs_sdk.errors import Invalid, Unavailable

COLLECTIONS_MOST = 1_000
"""Of how many collections the ways are kept in mind."""

CHUNK = 20_000
"""How many counters are read at once."""

TRIES = 3
"""How often a count is begun again because others write."""

_NAMED = re.compile(r":([a-z_]+)")
"""A value in a text; none of the texts casts with two colons."""

_STANDS = (
    "h.access_version, h.access_stamp, "
    "(SELECT count(*) FROM document_ways AS s WHERE s.number = :way AND s.made = :made AND s.state = 'ready')"
)


class SqlRecords:
    """Quick answers of one database. Used from one loop."""

    def __init__(self, dialect: Dialect, direct: Direct) -> None:
        self._direct = direct
        self._words = words_of(dialect)
        self._ways: dict[tuple[str, str], list[StandingWay]] = {}
        self._shelf = CountShelf()

    async def page(self, query: DocumentQuery, after: Place | None, first: int) -> Glance | None:
        """See `RecordReads.page`."""
        way = await self._way(query, after)
        if way is None:
            return None
        values = {**page_values(way, query, after, first), "made": way.made}
        row: Row = ()
        found: list[Any] = []
        for shape in shapes_of(self._words, query):
            statement = _page(self._words, shape, query.descending, after is not None)
            row = await self._direct.row(statement, values) or ()
            if not row or not row[2]:
                self._ways.pop((query.plugin, query.collection), None)
                return None
            found = orjson.loads(_bytes(row[3])) if row[3] else []
            if len(found) == first:
                break
        found.sort(key=lambda each: (each[0], each[1]), reverse=query.descending)
        return Glance(access=_access(row), found=[_document(query, each) for each in found])

    async def tally(self, query: DocumentQuery, by: str | None) -> Glance | None:
        """See `RecordReads.tally`."""
        way = await self._way(query, None, counted=True, by=by)
        if way is None or self._shelf.passed(_name(way)):
            return None
        for _ in range(TRIES):
            access, book = await self._brought(way)
            if book is None:
                return None
            position = book.position
            sums = await book.sums(query.owners)
            if sums is not None and access is not None and position == book.position:
                keys = book.keys(*counters_span(way, query.where))
                return Glance(access=access, counts=tallied(way, query, ((key, sums.get(key, 0)) for key in keys), by))
        return None

    async def _way(
        self, query: DocumentQuery, after: Place | None, *, counted: bool = False, by: str | None = None
    ) -> StandingWay | None:
        """The way that answers, as far as this process knows; a reader says why there is none."""
        if query.ids is not None or not askable(query, after):
            return None
        name = (query.plugin, query.collection)
        standing = self._ways.get(name)
        if standing is None:
            standing = await self._known(*name)
        if not is_declared(standing):
            return None
        try:
            return counting(standing, query, by) if counted else answering(standing, query)
        except (Invalid, Unavailable):
            # It may have been declared or built meanwhile.
            self._ways.pop(name, None)
            return None

    async def _known(self, plugin: str, collection: str) -> list[StandingWay]:
        row = await self._direct.row(_standing(self._words), {"plugin": plugin, "collection": collection})
        standing = (
            [_way_of(plugin, collection, each) for each in orjson.loads(_bytes(row[0]))] if row and row[0] else []
        )
        if len(self._ways) >= COLLECTIONS_MOST:
            self._ways.clear()
        if is_declared(standing):
            self._ways[plugin, collection] = standing
        return standing

    async def _brought(self, way: StandingWay) -> tuple[Access | None, CountBook | None]:
        """The book of a way at the head, and the state of access there; no book where there can be none."""
        name = _name(way)
        if self._shelf.book(name) is None:
            async with self._shelf.reading:
                if self._shelf.book(name) is None and not await self._read(way):
                    return None, None
        book = self._shelf.book(name)
        if book is None:
            return None, None
        since = book.position
        row = await self._direct.row(_since(self._words), _asked(way, since))
        if row is None or not row[2]:
            self._ways.pop((way.plugin, way.collection), None)
            self._shelf.forget(name)
            return None, None
        position, stood, leaf = int(row[3] or 0), _text(row[4]), _text(row[5])
        if book.position != since or self._shelf.book(name) is not book:
            # Another task has brought it further: whatever this one was told belongs to another state.
            return None, book
        if position < since or stood != book.leaf:
            self._shelf.forget(name)
            return None, book
        if position != since:
            book.follow(orjson.loads(_bytes(row[6])) if row[6] else [], position, leaf)
        return _access(row), book

    async def _read(self, way: StandingWay) -> bool:
        """Read the counters of a way in parts. What changes meanwhile is read again by whoever asks next."""
        row = await self._direct.row(_since(self._words), _asked(way, -1))
        if row is None or not row[2]:
            return False
        position, leaf = int(row[3] or 0), _text(row[5])
        book, last = CountBook(position, leaf), ("", -1)
        while True:
            part = await self._direct.row(
                _chunk(self._words), {"way": way.number, "last_key": last[0], "last_owner": last[1]}
            )
            found = orjson.loads(_bytes(part[0])) if part and part[0] else []
            book.follow(found, position, leaf)
            if not self._shelf.keeps(_name(way), book):
                return False
            if len(found) < CHUNK:
                self._shelf.put(_name(way), book)
                return True
            last = max((key, owner) for key, owner, _ in found)


def _name(way: StandingWay) -> tuple[int, int]:
    return way.number, way.made


def _asked(way: StandingWay, since: int) -> dict[str, object]:
    return {"way": way.number, "made": way.made, "since": since}


def _access(row: Row) -> Access:
    return Access(version=int(row[0] or 0), stamp=_text(row[1]) or "")


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _text(value: object) -> str | None:
    return None if value is None else _bytes(value).decode()


def _document(query: DocumentQuery, told: list[Any]) -> Document:
    _, id, organization, revision, created, updated, body = told
    return Document(
        plugin=query.plugin,
        collection=query.collection,
        id=id,
        organization=organization,
        body=orjson.loads(body),
        revision=revision,
        created_at=instant(created),
        updated_at=instant(updated),
    )


def _way_of(plugin: str, collection: str, told: list[Any]) -> StandingWay:
    number, counted, fields, state, made = told
    return StandingWay(
        number=number,
        plugin=plugin,
        collection=collection,
        counted=bool(counted),
        fields=tuple(fields.split()),
        state=WayState(state),
        made=made,
    )


def _statement(words: Words, text: str, *, heavy: bool = False) -> DirectStatement:
    """A text with its values by position, on PostgreSQL each once."""
    named = [match[1] for match in _NAMED.finditer(text)]
    if words.positional:
        return DirectStatement(text=_NAMED.sub("?", text), names=tuple(named), heavy=heavy)
    names = tuple(dict.fromkeys(named))
    return DirectStatement(
        text=_NAMED.sub(lambda match: f"${names.index(match[1]) + 1}", text), names=names, heavy=heavy
    )


@cache
def _page(words: Words, shape: Shape, descending: bool, behind: bool) -> DirectStatement:
    told = f"{words.row}(f.key, d.id, n.id, d.revision, d.created_at, d.updated_at, d.body)"
    listed = page_sql(words, shape, descending=descending, behind=behind, told=f"{words.rows}({told})", ordered=False)
    return _statement(words, f"SELECT {_STANDS}, ({listed}) FROM head AS h")


@cache
def _standing(words: Words) -> DirectStatement:
    told = f"{words.row}(s.number, s.counted, s.fields, s.state, s.made)"
    own = "s.plugin = :plugin AND s.collection = :collection"
    return _statement(words, f"SELECT {words.rows}({told}) FROM document_ways AS s WHERE {own}")


@cache
def _since(words: Words) -> DirectStatement:
    """Where a way and the log stand, the leaves there and where the asker stands, and what was counted since."""
    leaf = "SELECT l.leaf FROM log AS l WHERE l.position ="
    told = f"{words.rows}({words.row}(c.key, c.owner, c.total))"
    changed = f"SELECT {told} FROM document_counts AS c WHERE c.way = :way AND c.changed > :since"
    return _statement(
        words,
        f"SELECT {_STANDS}, h.position, ({leaf} :since), ({leaf} h.position), "
        f"CASE WHEN h.position = :since OR :since < 0 THEN NULL ELSE ({changed}) END FROM head AS h",
    )


@cache
def _chunk(words: Words) -> DirectStatement:
    told = f"{words.rows}({words.row}(c.key, c.owner, c.total))"
    part = (
        "SELECT c.key, c.owner, c.total FROM document_counts AS c WHERE c.way = :way AND c.key >= :last_key "
        f"AND (c.key, c.owner) > (:last_key, :last_owner) ORDER BY c.key, c.owner LIMIT {CHUNK}"
    )
    return _statement(words, f"SELECT {told} FROM ({part}) AS c", heavy=True)
