"""What is kept of resources in memory, as the database writes it: a statement for what some of them are shown as.

Each is written as in any other answer, for somebody who may do everything, with what its links lead to. What is judged for each
caller stands between marks, so that it can be left out: characters that JSON text never holds, because they are escaped in it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, TypeAlias

import orjson
from sqlalchemy import ColumnElement, FromClause, Select, Text, func, select, true

from ucs_registry.read_model.fragments import FIELD, MARKS, RECORD, Filled, Tree
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
        self._ready: OrderedDict[_Asked, DirectStatement] = OrderedDict()

    async def fill(self, tree: Tree, ids: Sequence[str], limits: tuple[int, ...]) -> Filled:
        """As `Filling` has it."""
        # A tree is known by itself: nothing of what it holds is looked at.
        one = len(ids) == 1
        key = tree, limits, one
        statement = self._ready.get(key)
        if statement is None:
            statement = self._made(key)
        else:
            self._ready.move_to_end(key)
        row: Any = await self._direct.row(statement, {"ids": ids[0] if one else orjson.dumps(ids).decode()})
        if row is None:
            return Filled(-1, Standing(-1, "", -1, ""), b"")
        position, version, stamp, cells, cell_stamp, text = row
        return Filled(position, Standing(version, stamp.decode(), cells, cell_stamp.decode()), text)

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

    def _made(self, key: _Asked) -> DirectStatement:
        build = Everything(self._dialect, frozenset(), {})
        statement = select(*(tables.head.c[name] for name in STANDING), self._shown(build, *key))
        made = self._ready[key] = self._direct_of(statement)
        if len(self._ready) > STATEMENTS_MOST:
            self._ready.popitem(last=False)
        return made

    def _direct_of(self, statement: Select[*tuple[Any, ...]]) -> DirectStatement:
        words = self._dialect.words
        compiled = statement.compile(dialect=words.dialect, compile_kwargs={"render_postcompile": True})
        text, names = words.numbered(str(compiled), getattr(compiled, "positiontup", None) or ())
        return DirectStatement(text=text, names=names)

    def _shown(self, build: Everything, tree: Tree, limits: tuple[int, ...], one: bool) -> ColumnElement[str]:
        """The records of some resources, or of one: each its id, and what it is shown as."""
        row = Resources(build)
        pieces: list[Piece] = [RECORD, row.c.id, FIELD, *_Writing(build, tree, limits, 0).object(row)]
        # What is written may put other rows beside the resources: the source is made after it.
        text = joined(pieces).label(ITEM)
        rows = select(text).select_from(row.source)
        if one:
            listed = rows.where(row.c.id == named("ids", "")).scalar_subquery()
        else:
            rows = rows.where(self._dialect.within(row.c.id, (), "ids"))
            listed = build.words.gathered(rows.subquery(build.name("rows")))
        return func.coalesce(listed, fixed(""), type_=Text).label(build.name("shown"))


class _Writing:
    """The writing of one tree at a level of it. Its holes are numbered in the order in which they stand in it."""

    def __init__(self, build: Everything, tree: Tree, limits: tuple[int, ...], level: int) -> None:
        self._build = build
        self._tree = tree
        self._limits = limits
        self._level = level
        self._marks = MARKS[level]
        self._holes = 0

    def object(self, row: Resources) -> list[Piece]:
        """What a resource is shown as."""
        return self._object(row, self._tree.kept.skeleton)

    def _object(self, row: Resources, shown: Object) -> list[Piece]:
        pieces: list[Piece] = ["{"]
        for at, (key, node) in enumerate(shown.entries):
            pieces += [f'{"," if at else ""}"{key}":', *self._node(row, node)]
        pieces.append("}")
        return pieces if shown.part is None else [where(row.parts[shown.part](row), pieces)]

    def _node(self, row: Resources, node: Node) -> list[Piece]:
        if is_hole(node):
            number = self._holes
            self._holes += 1
            return [f"{self._marks.hole}{number},", *self._inside(row, node, number), self._marks.hole]
        if isinstance(node, Object):
            return self._object(row, node)
        if isinstance(node, Field) and node.name.startswith("cursor."):
            return [self._build.words.cursor(node.name.removeprefix("cursor."), row.c.updated_at, row.c.id)]
        return list(written(row, node))

    def _inside(self, row: Resources, node: Node, number: int) -> list[Piece]:
        """What stands in a hole: text, or links."""
        if isinstance(node, Many):
            return self._links(row, node, self._tree.within[number])
        if isinstance(node, One):
            return self._alternative(row)
        return list(written(row, node))

    def _links(self, row: Resources, node: Many, trees: Sequence[Tree]) -> list[Piece]:
        links, marks = Links(self._build), self._marks
        near, end = (
            (links.c.source, links.c.target) if node.relation == "dependencies" else (links.c.target, links.c.source)
        )
        pieces: list[Piece] = [marks.item, end, marks.far, *self._link(links, node.object)]
        source, own = links.source, [*links.own]
        for tree in trees if self._level + 1 < len(self._limits) else ():
            far = Resources(self._build)
            text = joined(_Writing(self._build, tree, self._limits, self._level + 1).object(far))
            # Where there is nothing at the far end, all of it is NULL. Joined, it takes less of the database's stack than a
            # statement within the statement.
            pieces += [marks.far, func.coalesce(text, fixed(""), type_=Text)]
            source = source.outerjoin(far.source, far.c.id == end)
            own += far.own
        rows = select(joined(pieces).label(ITEM)).select_from(source).where(near == row.c.id)
        rows = rows.order_by(end, links.c.place).limit(whole(self._limits[self._level] + 1)).offset(whole(0))
        listed = self._build.words.gathered(rows.correlate_except(*own).subquery(self._build.name("rows")))
        return [func.coalesce(listed, fixed(""), type_=Text)]

    def _link(self, links: Links, link: Object) -> list[Piece]:
        pieces: list[Piece] = ["{"]
        for at, (key, node) in enumerate(link.entries):
            pieces.append(f'{"," if at else ""}"{key}":')
            pieces += [self._marks.far] if isinstance(node, One) else written(links, node)
        return [*pieces, "}"]

    def _alternative(self, row: Resources) -> list[Piece]:
        name = self._build.words.text_inside(row.c.deprecation, "alternative")
        return [func.coalesce(func.substr(name, whole(len(PREFIX) + 1), type_=Text), fixed(""), type_=Text)]


_Asked: TypeAlias = tuple[Tree, tuple[int, ...], bool]
"""What the text of a statement depends on: the tree, the limits, and whether it is asked of one resource alone."""
