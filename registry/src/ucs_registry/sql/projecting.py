"""What a read model reads: the head, resources in the order of the last change, and what the log says has changed since.

Every answer is one row of one statement, so that it is of one state, which stands in the same row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import BigInteger, BindParameter, ColumnElement, Text, bindparam, cast, func, select, tuple_

from ucs_registry.log import Outcome
from ucs_registry.read_model.ports import (
    QUICK_MOST,
    Behind,
    CellRow,
    Changed,
    GrantRow,
    OrganizationRow,
    Place,
    State,
)
from ucs_registry.search import Term
from ucs_registry.shapes import Standing
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query
from ucs_registry.sql.direct import Direct, DirectStatement, Row
from ucs_registry.sql.parameters import named
from ucs_registry.sql.pieces import fixed, joined, number, plain, plain_or_null, whole
from ucs_registry.sql.place_tables import places, tag_places
from ucs_registry.sql.rows import ATTRIBUTE_COLUMNS
from ucs_registry.sql.words import ITEM
from ucs_registry.together import now
from ucs_sdk.errors import Internal

_RESOURCE = "resources/"


class SqlProjecting:
    """A database's answers to a model."""

    def __init__(self, dialect: Dialect, direct: Direct) -> None:
        self._dialect = dialect
        self._direct = direct
        self._made: dict[str, tuple[DirectStatement, Mapping[str, object]]] = {}
        self._stood: tuple[int, State] | None = None
        self._shared: tuple[float, State] | None = None
        self._told = 0

    async def state(self) -> State:
        """As `Reads` has it."""
        since, shared = now.since, self._shared
        if since is not None and shared is not None and shared[0] > since:
            return shared[1]
        began, told = time.perf_counter(), self._told
        state = await self._looked()
        # Who has looked later may have told more meanwhile, and nobody is told less after that.
        self._shared = (began, state) if told == self._told else None
        self._told += 1
        return state

    async def _looked(self) -> State:
        # Looked at before the statement: what is committed while it runs shows itself the next time.
        mark, stood = self._direct.mark(), self._stood
        if stood is not None and mark == stood[0]:
            return stood[1]
        state = _state(await self._row("state", _with_state, {}, heavy=False))
        self._stood = None if mark is None else (mark, state)
        return state

    async def count(self) -> int:
        """As `Reads` has it."""
        counted = select(func.count()).select_from(places).scalar_subquery()
        row: tuple[Any, ...] = await self._row("count", lambda: _with_state(counted), {}, heavy=True)
        return int(row[-1])

    async def places(self, after: tuple[str, str], first: int) -> tuple[State, bytes]:
        """As `Reads` has it."""
        return await self._ids("places", self._places, {"time": after[0], "id": after[1], "first": first})

    async def behind(self, position: int, mark: bytes, most: int) -> Behind:
        """As `Reads` has it."""
        heavy = most > QUICK_MOST
        values = {"since": position, "upto": position + most}
        row: tuple[Any, ...] = await self._row("far" if heavy else "near", self._behind, values, heavy=heavy)
        state, self._shared, self._told = _state(row), None, self._told + 1
        there, reached_mark, objects, changed = row[-4:]
        return Behind(
            state=state,
            reached=min(state.position, position + most),
            reached_mark=reached_mark or b"",
            same=(there or b"") == mark,
            objects=frozenset(_listed(objects)),
            changed=[_changed(*told) for told in _listed(changed)],
        )

    async def cells(self, start: int, first: int) -> Sequence[CellRow]:
        """As `Reads` has it."""
        row: tuple[Any, ...] = await self._row("cells", self._cells, {"start": start, "first": first}, heavy=True)
        return [CellRow(number, owner, tuple(values)) for number, owner, *values in _listed(row[-1])]

    async def organizations(self) -> Sequence[OrganizationRow]:
        """As `Reads` has it."""
        row: tuple[Any, ...] = await self._row("organizations", self._organizations, {}, heavy=True)
        return [OrganizationRow(*told) for told in _listed(row[-1])]

    async def tagged(self, tag: str, most: int) -> tuple[State, bytes]:
        """As `Reads` has it."""
        return await self._ids("tagged", self._tagged, {"tag": tag, "first": most})

    async def holding(self, term: Term, most: int) -> tuple[State, bytes]:
        """As `Reads` has it."""
        values: dict[str, object] = {**self._dialect.sought([term]), "first": most}
        return await self._ids(f"holding {len(values)}", lambda: self._holding(term), values)

    async def grants(self, grantees: Sequence[str], action: str, most: int) -> tuple[State, Sequence[GrantRow]]:
        """As `Reads` has it."""
        values = {"grantees": orjson.dumps(grantees).decode(), "action": action, "first": most}
        row: tuple[Any, ...] = await self._row("grants", self._grants, values, heavy=False)
        return _state(row), [GrantRow(*told) for told in _listed(row[-1])]

    async def _ids(self, name: str, made: Callable[[], Query], values: Mapping[str, object]) -> tuple[State, bytes]:
        row: tuple[Any, ...] = await self._row(name, made, values, heavy=True)
        return _state(row), row[-1] or b""

    async def _row(self, name: str, made: Callable[[], Query], values: Mapping[str, object], *, heavy: bool) -> Row:
        """The one row of a statement, which is made when it is first asked for. What it says is known by its name."""
        ready = self._made.get(name)
        if ready is None:
            compiled = made().compile(dialect=self._dialect.words.dialect)
            text, names = self._dialect.words.numbered(str(compiled), getattr(compiled, "positiontup", None) or ())
            statement = DirectStatement(text=text, names=names, heavy=heavy)
            ready = self._made[name] = statement, compiled.params
        statement, constants = ready
        row = await self._direct.row(statement, {**constants, **values} if values else constants)
        if row is None:
            raise Internal("STORE_FAILED")
        return row

    # The statements

    def _places(self) -> Query:
        c = places.c
        item = joined([c.resource, c.updated_at, cast(c.cell, Text), ":", c.district])
        behind = tuple_(c.updated_at, c.resource) > tuple_(named("time", ""), named("id", ""))
        return self._with_items(
            select(item.label(ITEM)).where(behind).order_by(c.updated_at, c.resource).limit(_first())
        )

    def _behind(self) -> Query:
        log = tables.log.c
        since, upto = _number("since"), _number("upto")
        leaf = select(log.leaf)
        said = select(log.object).where(
            log.position > since, log.position <= upto, log.outcome == fixed(Outcome.ACCEPTED.value)
        )
        objects = said.distinct().cte("objects")
        about = func.substr(objects.c.object, 1, len(_RESOURCE), type_=Text) == fixed(_RESOURCE)
        told = select(self._changed(objects.c.object).label(ITEM)).where(about)
        return _with_state(
            leaf.where(log.position == since).scalar_subquery(),
            leaf.where(log.position <= upto).order_by(log.position.desc()).limit(whole(1)).scalar_subquery(),
            self._dialect.words.gathered(
                select(self._dialect.words.quoted(objects.c.object).label(ITEM)).subquery("names")
            ),
            self._dialect.words.gathered(told.subquery("told")),
        )

    def _changed(self, object: ColumnElement[str]) -> ColumnElement[str]:
        """A resource as JSON; NULL where it is gone. It is looked up for itself, however many there are."""
        c, search, resources = places.c, tables.search.c, tables.resources.c
        item = joined(
            [
                "[",
                *(*plain(c.resource), ",", *plain(c.updated_at), ",", *number(c.cell), ",", *plain(c.district), ","),
                *(resources.tags, ",", self._dialect.words.quoted(search.text), "]"),
            ]
        )
        found = tables.search.join(places, c.number == search.number)
        found = found.join(tables.resources, resources.id == search.resource)
        id = func.substr(object, len(_RESOURCE) + 1, type_=Text)
        return select(item).select_from(found).where(search.resource == id).scalar_subquery()

    def _cells(self) -> Query:
        c = tables.cells.c
        values = [piece for name in ATTRIBUTE_COLUMNS for piece in (",", self._dialect.words.quoted(c[name]))]
        item = joined(["[", *number(c.number), ",", *number(c.owner), *values, "]"])
        rows = select(item.label(ITEM)).where(c.number >= _number("start")).order_by(c.number).limit(_first())
        return self._with_items(rows)

    def _organizations(self) -> Query:
        c, quoted = tables.organizations.c, self._dialect.words.quoted
        item = joined(["[", *number(c.number), ",", quoted(c.id), ",", quoted(c.path), "]"])
        return self._with_items(select(item.label(ITEM)).order_by(c.number))

    def _tagged(self) -> Query:
        c = tag_places.c
        return self._with_items(select(c.resource.label(ITEM)).where(c.tag == named("tag", "")).limit(_first()))

    def _holding(self, term: Term) -> Query:
        found = self._dialect.led_to([term]).subquery("found")
        return self._with_items(select(found.c.resource.label(ITEM)).limit(_first()))

    def _grants(self) -> Query:
        c, quoted = tables.grants.c, self._dialect.words.quoted
        item = joined(["[", quoted(c.resource), ",", *plain(c.valid_from), ",", *plain_or_null(c.valid_until), "]"])
        named_by = self._dialect.within(c.grantee, (), "grantees")
        rows = select(item.label(ITEM)).where(named_by, c.action == named("action", "")).limit(_first())
        return self._with_items(rows)

    def _with_items(self, rows: Query) -> Query:
        return _with_state(self._dialect.words.gathered(rows.offset(whole(0)).subquery("rows")))


def _with_state(*answers: ColumnElement[Any]) -> Query:
    head, log = tables.head.c, tables.log.c
    mark = select(log.leaf).where(log.position == head.position).scalar_subquery()
    standing = (head.position, head.access_version, head.access_stamp, head.cells, head.cell_stamp)
    return select(*standing, mark.label("mark"), *answers)


def _state(row: Row) -> State:
    columns: tuple[Any, ...] = row[:6]
    position, version, stamp, cells, cell_stamp, mark = columns
    return State(position, Standing(version, stamp.decode(), cells, cell_stamp.decode()), mark or b"")


def _listed(items: bytes | None) -> Any:  # noqa: ANN401 -- JSON of a statement above
    return orjson.loads(b"[%b]" % (items or b""))


def _changed(id: str, updated_at: str, cell: int, district: str, tags: list[str], text: str) -> Changed:
    return Changed(Place(id, updated_at, cell, district), frozenset(tags), f" {text} ")


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, 0, type_=BigInteger())


def _first() -> BindParameter[int]:
    return _number("first")
