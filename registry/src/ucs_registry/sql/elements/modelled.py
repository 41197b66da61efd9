"""Elements out of memory: a read model says where the database stands, and what it told before holds until that says otherwise.

What is not known yet is read for all that an answer misses by one statement, and kept where it is of the model's very state.
Whatever the model does not know the database answers as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

import orjson
from sqlalchemy import Text, func, select

from ucs_registry.canonical import storable, timestamp
from ucs_registry.elements import ElementPage, Eyes, Seen
from ucs_registry.read_model import Followed, Head, Model
from ucs_registry.shapes import PageWanted, Standing
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query
from ucs_registry.sql.direct import Direct, DirectStatement, Row
from ucs_registry.sql.elements.lines import NONE, KeptLine
from ucs_registry.sql.elements.reads import FEED, STANDING, SqlElements
from ucs_registry.sql.elements.remembered import (
    GrantTimes,
    Memory,
    Remembered,
    Sight,
    Told,
    grants_of,
    line_of,
)
from ucs_registry.sql.pieces import joined, plain, plain_or_null, whole
from ucs_registry.sql.words import ITEM
from ucs_registry.visibility import ALLOWED, Visibility

GRANTS_MOST = 500
"""How many grants of one caller are kept; whoever has more is answered by the database."""

TURNS = 4
"""How often an answer is begun anew because others write."""

MISSING_MOST = 1_000
"""How many resources are read for one answer at once. Where more are missing, the database answers."""

_NOBODY = Visibility(mask=b"", action="", grantees=(), at=datetime.min)


class ModelEyes:
    """What a caller may discover, for the database and out of memory, with its grants as they were last read."""

    __slots__ = ("behind", "clear", "grants", "grants_of", "visibility")

    def __init__(self, behind: Eyes, visibility: Visibility) -> None:
        self.behind = behind
        self.visibility = visibility
        self.grants: GrantTimes | None = None
        self.grants_of = -1
        """Of which count of changes they are; -1 before they were read."""
        mask = visibility.mask
        self.clear = Sight(visibility, {}, "", up_to=len(mask) if mask.count(ALLOWED) == len(mask) else 0)
        """How whoever holds no grant sees at whatever instant."""


class ModelElements:
    """A database's elements, by a model where it knows enough."""

    def __init__(self, behind: SqlElements, model: Model, dialect: Dialect, direct: Direct) -> None:
        self._behind = behind
        self._model = model
        self._dialect = dialect
        self._direct = direct
        self._memory = Memory()
        self._changes = 0
        """How often something changed that may be a grant."""
        self._made: dict[str, tuple[DirectStatement, dict[str, object]]] = {}
        self.answered = 0
        """How many questions were answered out of memory."""
        model.subscribe(self._hear)

    def eyes(self, visibility: Visibility) -> ModelEyes:
        """As `ElementReads` has it."""
        return ModelEyes(self._behind.eyes(visibility), visibility)

    async def among(self, ids: Sequence[str], eyes: Eyes, at: datetime, *, whole: bool = False) -> Seen:
        """As `ElementReads` has it."""
        # Not by `cast`: a call of it takes as long as to look something up, and this is asked for each Get.
        own: ModelEyes = eyes  # type: ignore[assignment]
        found = None if whole else await self._among(ids, own, at)
        return await self._behind.among(ids, own.behind, at, whole=whole) if found is None else found

    async def _among(self, ids: Sequence[str], own: ModelEyes, at: datetime) -> Seen | None:
        get = self._memory.get
        for _ in range(TURNS):
            head = await self._model.at_head()
            if head is None:
                return None
            sight = self._sight(own, at)
            if sight is None:
                if not await self._read_grants(own):
                    return None
                continue
            found = [get(id) for id in ids]
            if None not in found:
                self.answered += 1
                return Seen(head.position, head.standing, _seen(found, sight))
            there = await self._complete([id for id, each in zip(ids, found, strict=True) if each is None], head)
            if there is None:
                return None
            ids = [id for id, each in zip(ids, found, strict=True) if each is not None or id in there]
        return None

    async def page(self, asked: ElementPage, eyes: Eyes, at: datetime) -> Seen | None:
        """As `ElementReads` has it."""
        own = cast("ModelEyes", eyes)
        found = await self._page(asked, own, at)
        return await self._behind.page(asked, own.behind, at) if found is None else found

    async def _page(self, asked: ElementPage, own: ModelEyes, at: datetime) -> Seen | None:
        model = self._model
        wanted = PageWanted(
            query=asked.query,
            order=asked.order,
            size=asked.first,
            after=asked.after,
            before=asked.before,
            backward=asked.backward,
        )
        for _ in range(TURNS):
            head = await model.at_head((wanted,), own.visibility)
            if head is None:
                return None
            sight = self._sight(own, at)
            if sight is None:
                if not await self._read_grants(own):
                    return None
                continue
            listed = model.page(wanted, own.visibility, at, total=False)
            if listed is None:
                return None
            catalogue, numbers = model.catalogue, listed.numbers
            try:
                slots = list(map(catalogue.slots.__getitem__, numbers))
            except IndexError:
                # Some came late, and stand elsewhere.
                slots = list(map(catalogue.slot, numbers))
            found = list(map(self._memory.in_slot, slots))
            if None not in found:
                self.answered += 1
                return Seen(head.position, head.standing, _seen(found, sight))
            missing = [catalogue.id(number) for number, each in zip(numbers, found, strict=True) if each is None]
            there = await self._complete(missing, head)
            if there is None or len(there) < len(missing):
                return None
        return None

    def _sight(self, own: ModelEyes, at: datetime) -> Sight | None:
        """How a caller sees at an instant; None where its grants have to be read first."""
        if not own.visibility.grantees:
            return own.clear
        if own.grants_of != self._changes:
            return None
        return Sight(own.visibility, own.grants, timestamp(at), own.clear.up_to) if own.grants else own.clear

    async def _read_grants(self, own: ModelEyes) -> bool:
        """Read a caller's grants; False where there are too many."""
        changes = self._changes
        row = await self._row("grants", self._grants, {"grantees": orjson.dumps(own.visibility.grantees).decode()})
        rows: list[Any] = orjson.loads(b"[%b]" % (cast("bytes | None", row[0] if row else None) or b""))
        if len(rows) > GRANTS_MOST:
            return False
        # Where something has changed meanwhile, they are of no count, and are read again.
        own.grants, own.grants_of = grants_of(rows), changes
        return True

    async def _complete(self, ids: Sequence[str], head: Head) -> frozenset[str] | None:
        """Read what is missing; those of the ids that there are, or None where there are too many, or the state is another."""
        if len(ids) > MISSING_MOST:
            return None
        asked = orjson.dumps([id for id in ids if storable(id)]).decode()
        row = await self._row("several", self._several, {"ids": asked})
        position, version, stamp, cells, cell_stamp, lines = cast("tuple[Any, ...]", row)
        standing = Standing(version, stamp.decode(), cells, cell_stamp.decode())
        if Head(position, standing) != head or not self._model.stands_at(head):
            # Others have written: what was read is not kept, and who asks begins anew.
            return frozenset(ids)
        there = [line_of(line, self._slot) for line in lines[1:].split(b",\n")] if lines else []
        for id, remembered in there:
            self._memory.keep(id, remembered)
        return frozenset(id for id, _ in there)

    def _slot(self, id: str) -> int | None:
        number = self._model.find(id)
        return None if number is None else self._model.slot(number)

    def _hear(self, followed: Followed) -> None:
        """Forget what has changed."""
        objects = followed.objects
        resources = {name.split("/", 2)[1] for name in objects if name.startswith("resources/")}
        if followed.everything or not self._model.is_filled or not all(map(_is_resource, objects)):
            self._changes += 1
        if followed.everything or not self._model.is_filled or any(map(_is_organization, objects)):
            self._memory.clear()
        else:
            self._memory.forget(resources)

    # Statements

    async def _row(self, name: str, made: Callable[[], Query], values: dict[str, object]) -> Row | None:
        ready = self._made.get(name)
        if ready is None:
            words = self._dialect.words
            compiled = made().compile(dialect=words.dialect, compile_kwargs={"render_postcompile": True})
            constants = {each: bind.value for each, bind in compiled.binds.items() if bind.unique}
            names = tuple(getattr(compiled, "positiontup", None) or ())
            ready = self._made[name] = DirectStatement(text=str(compiled), names=names), constants
        statement, constants = ready
        return await self._direct.row(statement, constants | values)

    def _several(self) -> Query:
        resources = tables.resources.c
        ids = select(resources.id).where(self._dialect.within(resources.id, (), "ids")).subquery("asked")
        line = KeptLine(self._dialect, _NOBODY)
        text = func.aggregate_strings(joined([FEED, line.text(NONE, whole=False)]), ",")
        rows = select(text).select_from(line.source(ids, whole=False)).scalar_subquery()
        return select(*(tables.head.c[name] for name in STANDING), func.coalesce(rows, NONE, type_=Text))

    def _grants(self) -> Query:
        c = tables.grants.c
        pieces = ["[", *plain(c.resource), ",", *plain(c.action), ",", *plain(c.valid_from), ","]
        item = joined([*pieces, *plain_or_null(c.valid_until), "]"])
        rows = select(item.label(ITEM)).where(self._dialect.within(c.grantee, (), "grantees"))
        rows = rows.limit(whole(GRANTS_MOST + 1)).offset(whole(0))
        return select(self._dialect.words.gathered(rows.subquery("rows")))


def _seen(found: Sequence[Remembered | None], sight: Sight) -> list[Told]:
    """What was found, as it is told to one caller."""
    return [each.seen(sight) for each in found if each]


def _is_resource(name: str) -> bool:
    return name.startswith("resources/")


def _is_organization(name: str) -> bool:
    return name.startswith("organizations/")
