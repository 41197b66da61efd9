"""One statement for the resources of some ids, and one for a page of a list, each made once for all that ask alike."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, cast

import orjson
from sqlalchemy import FromClause, Text, func, select

from ucs_registry.canonical import storable, timestamp
from ucs_registry.elements import ElementPage, Eyes, Seen
from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.shapes import Standing
from ucs_registry.sql import tables
from ucs_registry.sql.counting import total as total_of
from ucs_registry.sql.dialects import Dialect, Query
from ucs_registry.sql.direct import Direct, DirectStatement
from ucs_registry.sql.elements.lines import HELD, LINK, NONE, Expression, Line, SqlElement
from ucs_registry.sql.listing import GATHER_MOST, Listing, needs_total, picked, stated_page
from ucs_registry.sql.parameters import may_need_grants, named, stated, visibility_values
from ucs_registry.sql.pieces import joined
from ucs_registry.visibility import Visibility

STATEMENTS_MOST = 256
"""How many statements are kept ready."""

STANDING = ("position", "access_version", "access_stamp", "cells", "cell_stamp")
_Found: TypeAlias = tuple[int, int, bytes, int, bytes, bytes]
_PAGE = "page_"
_HELD_AT, _LINK_AT = f"{HELD}at", f"{LINK}at"
FEED = "\n"


@dataclass(frozen=True, slots=True)
class _Ready:
    statement: DirectStatement
    constants: dict[str, object]


@dataclass(frozen=True, slots=True)
class SqlEyes:
    """The values by which a caller's sight is judged. `granted` says whether a grant could show it anything."""

    visibility: Visibility
    values: dict[str, object]
    granted: bool
    ones: dict[bool, tuple[_Ready, dict[str, object]]] = field(default_factory=dict)
    """The statements for one resource, without its content and with it, each with all values but the id and the instant."""

    def at(self, at: datetime) -> dict[str, object]:
        """The values at an instant."""
        now = timestamp(at)
        return {**self.values, _HELD_AT: now, _LINK_AT: now}


class SqlElements:
    """A database's elements."""

    def __init__(self, dialect: Dialect, direct: Direct) -> None:
        self._dialect = dialect
        self._words = dialect.words
        self._direct = direct
        self._kept: OrderedDict[Hashable, _Ready] = OrderedDict()
        self._stood: list[object] = []
        self._standing = Standing(-1, "", -1, "")

    def eyes(self, visibility: Visibility) -> SqlEyes:
        """As `ElementReads` has it."""
        values = visibility_values(visibility, LINK)
        values[f"{HELD}grantees"] = orjson.dumps(visibility.grantees).decode()
        return SqlEyes(visibility, values, may_need_grants(visibility))

    async def among(self, ids: Sequence[str], eyes: Eyes, at: datetime, *, whole: bool = False) -> Seen:
        """As `ElementReads` has it."""
        # Not by `cast`: a call of it takes half a microsecond, and this is asked for each Get.
        own: SqlEyes = eyes  # type: ignore[assignment]
        if len(ids) == 1:
            ready, values = own.ones.get(whole) or self._for_one(own, whole=whole)
            now = timestamp(at)
            return await self._read(
                ready, {**values, _HELD_AT: now, _LINK_AT: now, "id": ids[0] if storable(ids[0]) else ""}
            )
        values = own.at(at)
        values["ids"] = orjson.dumps([id for id in ids if storable(id)]).decode()
        ready = self._ready(("several", own.granted, whole), lambda: self._several(own, whole=whole))
        return await self._read(ready, ready.constants | values)

    async def page(self, asked: ElementPage, eyes: Eyes, at: datetime) -> Seen | None:
        """As `ElementReads` has it."""
        own = cast("SqlEyes", eyes)
        seen = replace(own.visibility, at=at)
        listing = Listing(
            asked.query, seen, asked.order, asked.after, asked.first, asked.before, asked.backward, prefix=_PAGE
        )
        values, variant = stated_page(self._dialect, listing)
        if variant is None:
            return None
        few = needs_total(listing, len(seen.mask)) and await self._count(asked.query, seen) <= GATHER_MOST
        ready = self._ready((variant, few, own.granted), lambda: self._listed(listing, seen, few=few))
        return await self._read(ready, ready.constants | values | own.at(at), asked.order)

    async def _count(self, query: ResourceQuery, eyes: Visibility) -> int:
        values, variant = stated(self._dialect, query, eyes, _PAGE)
        ready = self._ready(
            ("total", variant), lambda: total_of(self._dialect, query, eyes, prefix=_PAGE), kept=variant is not None
        )
        row = await self._direct.row(ready.statement, ready.constants | values)
        return 0 if row is None else int(row[0] or 0)

    async def _read(self, ready: _Ready, values: dict[str, object], order: Order | None = None) -> Seen:
        row = await self._direct.row(ready.statement, values)
        if row is None:
            raise LookupError("the database has no head")
        found: _Found = row  # type: ignore[assignment]  # as the statement says
        position, *stood, lines = found
        elements = [SqlElement(line) for line in lines[1:].split(b",\n")] if lines else []
        if order is not None:
            # By code point, as the databases compare; there the whole lines would be sorted along.
            elements.sort(key=SqlElement.place, reverse=order.descending)
        if stood != self._stood:
            version, stamp, cells, cell_stamp = found[1:5]
            self._standing = Standing(version, stamp.decode(), cells, cell_stamp.decode())
            self._stood = stood
        return Seen(position, self._standing, elements)

    def _for_one(self, eyes: SqlEyes, *, whole: bool) -> tuple[_Ready, dict[str, object]]:
        ready = self._ready(("one", eyes.granted, whole), lambda: self._one(eyes, whole=whole))
        made = eyes.ones[whole] = ready, ready.constants | eyes.values
        return made

    def _ready(self, key: Hashable, make: Callable[[], Query], *, kept: bool = True) -> _Ready:
        found = self._kept.get(key) if kept else None
        if found is not None:
            self._kept.move_to_end(key)
            return found
        compiled = make().compile(dialect=self._words.dialect, compile_kwargs={"render_postcompile": True})
        names = tuple(getattr(compiled, "positiontup", None) or ())
        # What has no name of its own is the same for all that ask alike.
        constants = {name: bind.value for name, bind in compiled.binds.items() if bind.unique}
        made = _Ready(DirectStatement(text=str(compiled), names=names), constants)
        if kept:
            self._kept[key] = made
            if len(self._kept) > STATEMENTS_MOST:
                self._kept.popitem(last=False)
        return made

    def _one(self, eyes: SqlEyes, *, whole: bool) -> Query:
        line = Line(self._dialect, eyes.visibility)
        text = joined([FEED, line.text(NONE, whole=whole)])
        rows = select(text).select_from(line.source(None, whole=whole))
        return self._statement(rows.where(line.resource.c.id == named("id", "")))

    def _several(self, eyes: SqlEyes, *, whole: bool) -> Query:
        resources = tables.resources.c
        ids = select(resources.id).where(self._dialect.within(resources.id, (), "ids")).subquery("asked")
        return self._statement(self._lines(eyes.visibility, ids, NONE, whole=whole))

    def _listed(self, listing: Listing, eyes: Visibility, *, few: bool) -> Query:
        rows = picked(self._dialect, listing, 0 if few else None).subquery("asked")
        return self._statement(self._lines(eyes, rows, self._words.quoted(rows.c.key), whole=False))

    def _lines(self, eyes: Visibility, ids: FromClause, key: Expression, *, whole: bool) -> Query:
        line = Line(self._dialect, eyes)
        text = func.aggregate_strings(joined([FEED, line.text(key, whole=whole)]), ",")
        return select(text).select_from(line.source(ids, whole=whole))

    def _statement(self, lines: Query) -> Query:
        text = func.coalesce(lines.scalar_subquery(), NONE, type_=Text)
        return select(*(tables.head.c[name] for name in STANDING), text)
