"""What is kept of resources in memory, as the database writes it: a statement for what several of them are shown as.

Each is written as in any other answer, for somebody who may do everything. What is judged for each caller stands between
marks, so that it can be left out: characters that JSON text never holds, because they are escaped in it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, FromClause, Select, Text, func, select, true

from ucs_registry.read_model.fragments import FAR_MARK, FIELD, HOLE, ITEM_MARK, LINKS_MOST, RECORD, Filled
from ucs_registry.read_model.templates import is_hole
from ucs_registry.shapes import Field, Many, Node, Object, One, Standing
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect
from ucs_registry.sql.direct import Direct, DirectStatement
from ucs_registry.sql.parameters import named
from ucs_registry.sql.pieces import Piece, fixed, joined, where, whole
from ucs_registry.sql.shaping.build import Build
from ucs_registry.sql.shaping.resources import Links, Resources
from ucs_registry.sql.shaping.statements import STANDING, written
from ucs_registry.sql.shaping.things import PREFIX
from ucs_registry.sql.words import ITEM

STATEMENTS_MOST = 128
"""How many statements are kept ready."""


class Everything(Build):
    """The making of a statement for somebody who may do everything."""

    def may(self, action: str, resources: FromClause) -> ColumnElement[bool]:
        """As `Build` has it."""
        return true()

    def works_on(self, resources: FromClause) -> ColumnElement[bool]:
        """As `Build` has it."""
        return true()


class SqlFilling:
    """A database's part in what is kept of resources."""

    def __init__(self, dialect: Dialect, direct: Direct) -> None:
        self._dialect = dialect
        self._direct = direct
        self._by_code: DirectStatement | None = None
        self._ready: OrderedDict[tuple[Object, ...], DirectStatement] = OrderedDict()

    async def fill(self, wanted: Sequence[tuple[Object, Sequence[str]]]) -> Filled:
        """As `Filling` has it."""
        key = tuple(skeleton for skeleton, _ in wanted)
        values = {f"ids_{at}": orjson.dumps(ids).decode() for at, (_, ids) in enumerate(wanted)}
        return await self._read(self._ready.get(key) or self._made(key), values, len(wanted))

    async def id_of(self, code: str) -> tuple[int, str | None]:
        """As `Filling` has it."""
        if self._by_code is None:
            resources = tables.resources.c
            id = select(resources.id).where(resources.code == named("code", "")).scalar_subquery()
            self._by_code = self._direct_of(select(tables.head.c.position, id))
        row: Any = await self._direct.row(self._by_code, {"code": code})
        if row is None:
            return -1, None
        position, found = row
        return position, None if found is None else found.decode()

    async def _read(self, statement: DirectStatement, values: dict[str, str], count: int) -> Filled:
        row: Any = await self._direct.row(statement, values)
        if row is None:
            return Filled(-1, Standing(-1, "", -1, ""), [b""] * count)
        position, version, stamp, cells, cell_stamp, *texts = row
        return Filled(position, Standing(version, stamp.decode(), cells, cell_stamp.decode()), texts)

    def _made(self, skeletons: tuple[Object, ...]) -> DirectStatement:
        build = Everything(self._dialect, frozenset(), {})
        answers = [self._shown(build, skeleton, f"ids_{at}") for at, skeleton in enumerate(skeletons)]
        statement = select(*(tables.head.c[name] for name in STANDING), *answers)
        made = self._ready[skeletons] = self._direct_of(statement)
        if len(self._ready) > STATEMENTS_MOST:
            self._ready.popitem(last=False)
        return made

    def _direct_of(self, statement: Select[*tuple[Any, ...]]) -> DirectStatement:
        words = self._dialect.words
        compiled = statement.compile(dialect=words.dialect, compile_kwargs={"render_postcompile": True})
        text, names = words.numbered(str(compiled), getattr(compiled, "positiontup", None) or ())
        return DirectStatement(text=text, names=names)

    def _shown(self, build: Everything, skeleton: Object, ids: str) -> ColumnElement[str]:
        """The records of some resources: each its id, and what it is shown as."""
        row = Resources(build)
        pieces: list[Piece] = [RECORD, row.c.id, FIELD, *_Writing(build).object(row, skeleton)]
        # What is written may put other rows beside the resources: the source is made after it.
        text = joined(pieces).label(ITEM)
        rows = select(text).select_from(row.source).where(self._dialect.within(row.c.id, (), ids))
        listed = build.words.gathered(rows.subquery(build.name("rows")))
        return func.coalesce(listed, fixed(""), type_=Text).label(build.name("shown"))


class _Writing:
    """The writing of one skeleton. Its holes are numbered in the order in which they stand in it."""

    def __init__(self, build: Everything) -> None:
        self._build = build
        self._holes = 0

    def object(self, row: Resources, shown: Object) -> list[Piece]:
        pieces: list[Piece] = ["{"]
        for at, (key, node) in enumerate(shown.entries):
            pieces += [f'{"," if at else ""}"{key}":', *self._node(row, node)]
        pieces.append("}")
        return pieces if shown.part is None else [where(row.parts[shown.part](row), pieces)]

    def _node(self, row: Resources, node: Node) -> list[Piece]:
        if is_hole(node):
            number = self._holes
            self._holes += 1
            return [f"{HOLE}{number},", *self._inside(row, node), HOLE]
        if isinstance(node, Object):
            return self.object(row, node)
        if isinstance(node, Field) and node.name.startswith("cursor."):
            return [self._build.words.cursor(node.name.removeprefix("cursor."), row.c.updated_at, row.c.id)]
        return list(written(row, node))

    def _inside(self, row: Resources, node: Node) -> list[Piece]:
        """What stands in a hole: text, or links."""
        if isinstance(node, Many):
            return self._links(row, node)
        if isinstance(node, One):
            return self._alternative(row)
        return list(written(row, node))

    def _links(self, row: Resources, node: Many) -> list[Piece]:
        links = Links(self._build)
        near, end = (
            (links.c.source, links.c.target) if node.relation == "dependencies" else (links.c.target, links.c.source)
        )
        item = joined([ITEM_MARK, end, FAR_MARK, *self._link(links, node.object)]).label(ITEM)
        rows = select(item).select_from(links.source).where(near == row.c.id).order_by(end, links.c.place)
        rows = rows.limit(whole(LINKS_MOST + 1)).offset(whole(0)).correlate_except(*links.own)
        listed = self._build.words.gathered(rows.subquery(self._build.name("rows")))
        return [func.coalesce(listed, fixed(""), type_=Text)]

    def _link(self, links: Links, link: Object) -> list[Piece]:
        pieces: list[Piece] = ["{"]
        for at, (key, node) in enumerate(link.entries):
            pieces.append(f'{"," if at else ""}"{key}":')
            pieces += [FAR_MARK] if isinstance(node, One) else written(links, node)
        return [*pieces, "}"]

    def _alternative(self, row: Resources) -> list[Piece]:
        name = self._build.words.text_inside(row.c.deprecation, "alternative")
        return [func.coalesce(func.substr(name, whole(len(PREFIX) + 1), type_=Text), fixed(""), type_=Text)]
