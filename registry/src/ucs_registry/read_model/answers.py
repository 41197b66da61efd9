"""Answers to shapes out of memory: what the model knows, put together with texts that are kept.

An answer is made at the position of the database's head, which is read for it. Whatever is missing is read in one statement,
kept where it is of that very position, and the answer is made anew. Whatever is not known here the database answers as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import orjson

from ucs_registry.queries import Order
from ucs_registry.read_model.codes import Codes
from ucs_registry.read_model.following import Followed
from ucs_registry.read_model.fragments import UNKNOWN, Filling, Kept, Shelf, pieces_of
from ucs_registry.read_model.ids import packed_or_none, unpacked
from ucs_registry.read_model.lists_shown import Page, PageShowing
from ucs_registry.read_model.model import Head, Model
from ucs_registry.read_model.showing import Judged, Looking, Showing
from ucs_registry.read_model.templates import Beyond, template_of
from ucs_registry.shapes import Eyes, PageWanted, Question, Shape, Shaped, Shown
from ucs_registry.visibility import WITH_GRANT, Visibility

PLANS_MOST = 512
"""For how many shapes it is kept how they are answered."""

MISSING_MOST = 1_000
"""How many fragments are read for one answer at once. Where more are missing, the database answers."""

OFTEN = 2
"""How often a card is asked for before what it shows is kept: a statement for one card is cheaper than to keep it in vain."""

ASKED_MOST = 65_536
"""Of how many resources it is counted how often they were asked for in vain."""

TURNS_MORE = 4
"""How often an answer is begun anew because others write, beside once for each level of it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Eye:
    """One visibility of a caller; without `judged` it takes grants to judge by it, at every instant anew."""

    visibility: Visibility
    judged: Judged | None


@dataclass(frozen=True, slots=True, eq=False)
class ReadModelEyes:
    """What a caller may see: for the database behind the model, and for the model. `granted` are those visibilities by which a
    grant could show it anything.
    """

    behind: Eyes
    discover: _Eye
    read: _Eye | None
    work: tuple[_Eye, ...]
    granted: tuple[Visibility, ...]


class ReadModelShaped:
    """Answers shapes by a model, and by another where the model cannot."""

    def __init__(
        self, behind: Shaped, model: Model, filling: Filling, shelf: Shelf | None = None, *, often: int = 1
    ) -> None:
        """`often` says how often a card is asked for before what it shows is kept."""
        self._behind = behind
        self._model = model
        self._filling = filling
        self._shelf = shelf or Shelf()
        self._aged = 0
        self._asked: dict[int, int] = {}
        self.often = often
        self._plans: dict[Shape, _Plan | None] = {}
        self._codes = Codes()
        self.answered = 0
        """How many shapes were answered from memory."""
        model.subscribe(self._hear)

    def eyes(self, discover: Visibility, read: Visibility | None, work: Sequence[Visibility]) -> ReadModelEyes:
        """As `Shaped` has it."""
        sees, reads = _eye(discover), None if read is None else _eye(read)
        works = tuple(_eye(each) for each in work if each.action not in NOT_WORKING)
        every = (sees, *((reads,) if reads else ()), *works)
        granted = tuple(each.visibility for each in every if each.judged is None)
        return ReadModelEyes(self._behind.eyes(discover, read, work), sees, reads, works, granted)

    async def ask(self, shape: Shape, eyes: Eyes, at: datetime, asked: Sequence[object]) -> Shown | None:
        """As `Shaped` has it."""
        if not isinstance(eyes, ReadModelEyes):
            raise TypeError("these eyes were made for another store")
        plan = self._plans[shape] if shape in self._plans else self._planned(shape)
        if plan is not None:
            try:
                shown = await self._shown(plan, eyes, at, asked)
            except (Beyond, LookupError):
                # A cell that the mask does not know is of another state of access than the caller's; and a model may be given
                # up while something is read for it.
                shown = None
            if shown is not None:
                self.answered += 1
                return shown
        return await self._behind.ask(shape, eyes.behind, at, asked)

    async def _shown(self, plan: _Plan, eyes: ReadModelEyes, at: datetime, asked: Sequence[object]) -> Shown | None:
        model = self._model
        pages = [page for place in plan.pages if isinstance(page := asked[place], PageWanted)]
        worth = bool(plan.pages)
        for _ in range(plan.turns):
            head = await model.at_head(pages, eyes.discover.visibility, eyes.granted)
            if head is None:
                return None
            for place in plan.codes:
                await self._find_code(str(asked[place]), head)
            if not model.stands_at(head):
                continue
            looking = self._looking(eyes, at, asked)
            answers = [answer(looking) for answer in plan.answers]
            if not looking.missing:
                return Shown(head.position, head.standing, answers)
            # What a card that is worth it leads to is worth it, too.
            worth = worth or self._is_worth(looking.missing)
            if len(looking.missing) > MISSING_MOST or not worth:
                return None
            await self._fill(looking.missing)
        return None

    def _looking(self, eyes: ReadModelEyes, at: datetime, asked: Sequence[object]) -> Looking:
        discover = eyes.discover.judged or self._judged(eyes.discover.visibility, at)
        read = None if eyes.read is None else eyes.read.judged or self._judged(eyes.read.visibility, at)
        work = [each.judged or self._judged(each.visibility, at) for each in eyes.work]
        return Looking(self._model.catalogue, discover, read, work, asked, eyes.discover.visibility, at)

    def _judged(self, visibility: Visibility, at: datetime) -> Judged:
        granted = self._model.granted(visibility, at)
        if granted is None:
            raise Beyond
        return Judged(visibility, granted)

    def _is_worth(self, missing: Sequence[tuple[Kept, int]]) -> bool:
        """Whether what is missing of cards was asked for so often that it should be kept. Each time counts."""
        if self._aged != self._shelf.aged or len(self._asked) >= ASKED_MOST:
            # What was kept has gone to make room: more is asked for than there is room for.
            self._aged = self._shelf.aged
            self._asked.clear()
        asked, often = self._asked, self.often
        worth = True
        for _, slot in missing:
            times = asked[slot] = asked.get(slot, 0) + 1
            worth = worth and times >= often
        return worth

    async def _fill(self, missing: Sequence[tuple[Kept, int]]) -> None:
        """Read what is missing. Of another state than the model's nothing is kept."""
        model = self._model
        ids: dict[Kept, list[str]] = {}
        table = model.catalogue.table
        for kept, slot in dict.fromkeys(missing):
            ids.setdefault(kept, []).append(unpacked(table.id(slot)))
        filled = await self._filling.fill([(kept.skeleton, wanted) for kept, wanted in ids.items()])
        read = (filled.position, filled.standing)
        for kept, text in zip(ids, filled.texts, strict=True):
            for at, piece in enumerate(pieces_of(text)):
                if at:
                    await asyncio.sleep(0)
                if read != (model.position, model.standing):
                    return
                self._shelf.take(kept, piece, self._slot)

    def _slot(self, id: str) -> int:
        packed = packed_or_none(id)
        slot = None if packed is None else self._model.catalogue.table.slot(packed)
        return UNKNOWN if slot is None else slot

    async def _find_code(self, code: str, head: Head) -> None:
        """Know the slot of a code. Raises Beyond where nothing has it: that is for the database to say. Of another state than
        the model's nothing is kept.
        """
        if self._codes.slot(code) != UNKNOWN:
            return
        position, id = await self._filling.id_of(code)
        if position == head.position and self._model.stands_at(head):
            slot = UNKNOWN if id is None else self._slot(id)
            if slot == UNKNOWN:
                raise Beyond
            self._codes.put(code, slot)

    def _hear(self, followed: Followed) -> None:
        """Forget what has changed."""
        organized = any(name.startswith("organizations/") for name in followed.objects)
        if followed.everything or organized or not self._model.is_filled:
            # Organisations are shown with whatever belongs to them; they seldom change. And a model that is far behind tells
            # of what it passes on its way while nobody can ask it for slots.
            self._shelf.forget_all()
            self._codes.clear()
            return
        ids = {name.split("/", 2)[1] for name in followed.objects if name.startswith("resources/")}
        slots = {self._slot(id) for id in ids}
        self._codes.forget(slots)
        if slots:
            self._shelf.forget(slots)

    # Plans

    def _planned(self, shape: Shape) -> _Plan | None:
        if len(self._plans) >= PLANS_MOST or self._shelf.is_full:
            self._plans.clear()
            self._shelf.clear()
        try:
            plan = self._plan(shape)
        except Beyond:
            plan = None
        self._plans[shape] = plan
        return plan

    def _plan(self, shape: Shape) -> _Plan:
        answers, depth = [], 1
        places: dict[str, list[int]] = {"page": [], "resource_by_code": []}
        for question in shape.questions:
            made = _MADE.get(question.name)
            if made is None:
                raise Beyond
            places.setdefault(question.name, []).append(question.place)
            answer, levels = made(self, question)
            answers.append(answer)
            depth = max(depth, levels)
        return _Plan(tuple(answers), tuple(places["page"]), tuple(places["resource_by_code"]), depth + TURNS_MORE)

    def _one(self, question: Question) -> _Made:
        """The resource of an id."""
        return self._shows(question, lambda asked: UNKNOWN if asked is None else self._slot(str(asked)))

    def _coded(self, question: Question) -> _Made:
        """The resource of a code."""
        return self._shows(question, lambda asked: self._codes.slot(str(asked)))

    def _shows(self, question: Question, slot_of: Callable[[object], int]) -> _Made:
        template = template_of(question.object)
        showing, place = Showing(template, self._shelf), question.place

        def answer(looking: Looking) -> bytes | None:
            slot = slot_of(looking.asked[place])
            if slot == UNKNOWN or not looking.may(slot, looking.discover):
                return None
            out: list[bytes] = []
            showing.show(slot, looking, out.append)
            return b"".join(out)

        return answer, template.depth

    def _several(self, question: Question) -> _Made:
        """The resources of several ids, in their order; none unless all are there."""
        template = template_of(question.object)
        showing, place = Showing(template, self._shelf), question.place

        def answer(looking: Looking) -> bytes | None:
            slots = [self._slot(id) for id in orjson.loads(str(looking.asked[place]))]
            if not all(slot != UNKNOWN and looking.may(slot, looking.discover) for slot in slots):
                return None
            out: list[bytes] = []
            for at, slot in enumerate(slots):
                out.append(b"," if at else b"[")
                showing.show(slot, looking, out.append)
            out.append(b"]" if slots else b"[]")
            return b"".join(out)

        return answer, template.depth

    def _page(self, question: Question) -> _Made:
        """A page of a list, in one order or another."""
        place = question.place
        showings = {order: PageShowing(question.object, order, self._shelf) for order in ORDERS}

        def answer(looking: Looking) -> bytes:
            wanted = looking.asked[place]
            if not isinstance(wanted, PageWanted) or wanted.order not in showings:
                raise Beyond
            showing = showings[wanted.order]
            page = self._listed(wanted, looking, showing)
            out: list[bytes] = []
            showing.show(page, looking, out.append)
            return b"".join(out)

        return answer, showings[Order.UPDATED_DESC].depth

    def _listed(self, wanted: PageWanted, looking: Looking, showing: PageShowing) -> Page:
        model = self._model
        listed = model.page(wanted, looking.sight, looking.at, total=showing.total)
        if listed is None:
            raise Beyond
        numbers, catalogue = listed.numbers, model.catalogue
        start = end = None
        if numbers and showing.ends:
            start, end = (model.cursor(number, wanted.order) for number in (numbers[0], numbers[-1]))
        try:
            slots = list(map(catalogue.slots.__getitem__, numbers))
        except IndexError:
            slots = list(map(catalogue.slot, numbers))
        return Page(slots, listed.total, listed.earlier, listed.more, start, end, listed.facets, model.position)


NOT_WORKING = frozenset({"invoke"})
"""What one may do to a resource without working on it."""


def _eye(visibility: Visibility) -> _Eye:
    needs = bool(visibility.grantees) and WITH_GRANT in visibility.mask
    return _Eye(visibility, None if needs else Judged(visibility, ()))


ORDERS = (Order.UPDATED_DESC, Order.UPDATED_ASC)
"""The orders in which a model lists."""

_Answer: TypeAlias = Callable[[Looking], "bytes | None"]
_Made: TypeAlias = tuple[_Answer, int]

_MADE: Mapping[str, Callable[[ReadModelShaped, Question], _Made]] = {
    "resource": ReadModelShaped._one,
    "resource_by_code": ReadModelShaped._coded,
    "resources_named": ReadModelShaped._several,
    "page": ReadModelShaped._page,
}


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """How a shape is answered: an answer for each question, the places of pages and codes, and how many tries that takes at
    most.
    """

    answers: tuple[_Answer, ...]
    pages: tuple[int, ...]
    codes: tuple[int, ...]
    turns: int
