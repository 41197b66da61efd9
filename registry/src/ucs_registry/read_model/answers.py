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
from ucs_registry.read_model.eyes import ReadModelEyes, eyes_of
from ucs_registry.read_model.following import Followed
from ucs_registry.read_model.fragments import UNKNOWN, Filling, Tree
from ucs_registry.read_model.ids import unpacked
from ucs_registry.read_model.lists_shown import Page, PageShowing
from ucs_registry.read_model.model import Head, Model
from ucs_registry.read_model.shelf import Shelf
from ucs_registry.read_model.showing import Judged, Looking, Showing
from ucs_registry.read_model.slots import Slots
from ucs_registry.read_model.taking import ALONE, FIRST, SEVERAL, pieces_of
from ucs_registry.read_model.templates import Beyond, template_of
from ucs_registry.shapes import Eyes, PageWanted, Question, Shape, Shaped, Shown
from ucs_registry.visibility import Visibility
from ucs_sdk.errors import Internal

PLANS_MOST = 512
"""For how many shapes it is kept how they are answered."""

MISSING_MOST = 1_000
"""How many fragments are read for one answer at once. Where more are missing, the database answers."""

LEADS_ON = 2
"""Over how many links a card leads on that is kept only when it is asked for again: to keep it takes three statements' time, to
keep any other less than twice its own.
"""

ONCE_MOST = 32_768
"""How many cards that lead on and on are known to have been asked for once, in some 5 MB."""

TURNS_MORE = 4
"""How often an answer is begun anew because others write, beside once for each level of it."""


class ReadModelShaped:
    """Answers shapes by a model, and by another where the model cannot."""

    def __init__(self, behind: Shaped, model: Model, filling: Filling, shelf: Shelf | None = None) -> None:
        self._behind = behind
        self._model = model
        self._filling = filling
        self._shelf = shelf or Shelf()
        self._slots = Slots(model)
        self._once: set[tuple[Tree, int]] = set()
        self.leads_on = LEADS_ON
        self._plans: dict[Shape, _Plan | None] = {}
        self._codes = Codes()
        self.answered = 0
        """How many shapes were answered from memory."""
        model.subscribe(self._hear)

    def eyes(self, discover: Visibility, read: Visibility | None, work: Sequence[Visibility]) -> ReadModelEyes:
        """As `Shaped` has it."""
        return eyes_of(self._behind.eyes(discover, read, work), discover, read, work)

    async def ask(self, shape: Shape, eyes: Eyes, at: datetime, asked: Sequence[object]) -> Shown | None:
        """As `Shaped` has it."""
        if not isinstance(eyes, ReadModelEyes):
            raise TypeError("these eyes were made for another store")
        plan = self._plans[shape] if shape in self._plans else self._planned(shape)
        if plan is not None:
            try:
                fresh = UNKNOWN if plan.card is None else self._fresh(plan.card, eyes, asked)
                if plan.card is not None and plan.card.showing.plain and fresh != UNKNOWN:
                    return await self._learnt(plan.card, shape, eyes, at, asked)
                shown = await self._shown(plan, fresh, eyes, at, asked)
            except (Beyond, LookupError):
                # A cell that the mask does not know is of another state of access than the caller's; and a model may be given
                # up while something is read for it.
                shown = None
            if shown is not None:
                self.answered += 1
                return shown
        return await self._behind.ask(shape, eyes.behind, at, asked)

    async def _shown(
        self, plan: _Plan, fresh: int, eyes: ReadModelEyes, at: datetime, asked: Sequence[object]
    ) -> Shown | None:
        """`fresh` is the slot of a card of which nothing is kept, or UNKNOWN."""
        model, head, card = self._model, None, plan.card
        if card is not None and fresh != UNKNOWN:
            if not self._is_worth(card, asked):
                return None
            # What is not kept need not be looked for: it is read, and with it where the head is.
            head = await self._read(card.showing.tree, [str(asked[card.place])], FIRST)
        looking: Looking | None = None
        tried: set[tuple[Tree, int]] = set()
        pages = [page for place in plan.pages if isinstance(page := asked[place], PageWanted)]
        for _ in range(plan.turns):
            # What was at the head when this was asked for is good as long as nothing has moved.
            if head is None or not model.stands_at(head):
                looking = None
                head = await model.at_head(pages, eyes.discover.visibility, eyes.granted)
                if head is None:
                    return None
            for place in plan.codes:
                await self._find_code(str(asked[place]), head)
            if not model.stands_at(head):
                continue
            if looking is None or looking.catalogue is not model.catalogue:
                looking = self._looking(eyes, at, asked)
            else:
                looking.again()
            answers = [answer(looking) for answer in plan.answers]
            if not looking.missing:
                return Shown(head.position, head.standing, answers)
            if len(looking.missing) > MISSING_MOST or not (tried or self._is_worth(card, asked)):
                return None
            alone = not tried.isdisjoint(looking.missing)
            await self._fill(looking.missing, ALONE if alone else FIRST if len(looking.missing) == 1 else SEVERAL)
            tried.update(looking.missing)
        return None

    def _is_worth(self, card: _Card | None, asked: Sequence[object]) -> bool:
        """Whether what is missing is kept: of a card that leads on and on from the second time on that it is asked for."""
        if card is None or card.showing.tree.depth < self.leads_on:
            return True
        once = card.showing.tree, self._slots.asked(asked[card.place])
        if once in self._once:
            return True
        if len(self._once) >= ONCE_MOST:
            self._once.clear()
        self._once.add(once)
        return False

    def _fresh(self, card: _Card, eyes: ReadModelEyes, asked: Sequence[object]) -> int:
        """The slot of a card of which nothing is kept, where the caller may discover it for all that is known; UNKNOWN
        otherwise.
        """
        slot, judged = self._slots.asked(asked[card.place]), eyes.discover.judged
        if slot == UNKNOWN or eyes.granted or judged is None or card.showing.has(slot):
            return UNKNOWN
        catalogue = self._model.catalogue
        number = catalogue.number(slot)
        return UNKNOWN if number is None or not judged.may(number, catalogue.cell(number)) else slot

    async def _learnt(
        self, card: _Card, shape: Shape, eyes: ReadModelEyes, at: datetime, asked: Sequence[object]
    ) -> Shown | None:
        """The database's answer, which is kept: what has no holes is the same for everybody."""
        shown = await self._behind.ask(shape, eyes.behind, at, asked)
        if shown is not None and (text := shown.answers[0]) is not None:
            if self._model.stands_at(Head(shown.position, shown.standing)):
                # Its slot may be another by now.
                self._shelf.put(card.showing.tree, self._slots.asked(asked[card.place]), text)
            else:
                await self._model.at_head()
        return shown

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

    async def _fill(self, missing: Sequence[tuple[Tree, int]], limits: tuple[int, ...]) -> None:
        """Read what is missing."""
        ids: dict[Tree, list[str]] = {}
        table = self._model.catalogue.table
        for tree, slot in dict.fromkeys(missing):
            ids.setdefault(tree, []).append(unpacked(table.id(slot)))
        for tree, wanted in ids.items():
            await self._read(tree, wanted, limits)

    async def _read(self, tree: Tree, ids: Sequence[str], limits: tuple[int, ...]) -> Head | None:
        """Read what some resources are shown as, and say of which state; None where it is not the model's, of which nothing is
        kept.
        """
        limits = ALONE if tree.alone else limits
        try:
            filled = await self._filling.fill(tree, ids, limits)
        except Internal:
            if limits == ALONE:
                raise
            # SQLite takes statements within statements up to some depth only, which differs from release to release.
            tree.alone = True
            return None
        model, head = self._model, Head(filled.position, filled.standing)
        for at, piece in enumerate(pieces_of(filled.text)):
            if at:
                await asyncio.sleep(0)
            if not model.stands_at(head):
                return None
            self._shelf.take(tree, piece, limits, self._slots)
        return head

    async def _find_code(self, code: str, head: Head) -> None:
        """Know the slot of a code. Raises Beyond where nothing has it: that is for the database to say. Of another state than
        the model's nothing is kept.
        """
        if self._codes.slot(code) != UNKNOWN:
            return
        position, id = await self._filling.id_of(code)
        if position == head.position and self._model.stands_at(head):
            slot = UNKNOWN if id is None else self._slots.asked(id)
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
            self._slots.clear()
            return
        ids = {name.split("/", 2)[1] for name in followed.objects if name.startswith("resources/")}
        slots = {self._slots.asked(id) for id in ids}
        self._codes.forget(slots)
        if slots:
            self._shelf.forget(slots)

    # Plans

    def _planned(self, shape: Shape) -> _Plan | None:
        if len(self._plans) >= PLANS_MOST or self._shelf.is_full:
            self._plans.clear()
            self._shelf.clear()
            self._once.clear()
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
        card = self._card(shape.questions[0]) if [each.name for each in shape.questions] == ["resource"] else None
        return _Plan(tuple(answers), tuple(places["page"]), tuple(places["resource_by_code"]), depth + TURNS_MORE, card)

    def _card(self, question: Question) -> _Card:
        return _Card(Showing(template_of(question.object), self._shelf), question.place)

    def _one(self, question: Question) -> _Made:
        """The resource of an id."""
        return self._shows(question, self._slots.asked)

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
            slots = [self._slots.asked(id) for id in orjson.loads(str(looking.asked[place]))]
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
            page = looking.listed.get(place)
            if page is None:
                page = looking.listed[place] = self._listed(wanted, looking, showing)
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
class _Card:
    """One resource that is asked for by its id, and nothing else: how it is shown, and the place of the id."""

    showing: Showing
    place: int


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """How a shape is answered: an answer for each question, the places of pages and codes, how many tries that takes at most,
    and which card it is where it is nothing else.
    """

    answers: tuple[_Answer, ...]
    pages: tuple[int, ...]
    codes: tuple[int, ...]
    turns: int
    card: _Card | None
