"""A model: how it comes to the database's head, and what it answers there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from pyroaring import BitMap

from ucs_registry.queries import Cursor, Order, ResourceQuery
from ucs_registry.read_model.asking import IN_TIME, NOTHING, is_known, sought_by
from ucs_registry.read_model.catalogue import Catalogue
from ucs_registry.read_model.following import BEHIND_MOST, Followed, Loaded, Outdated, follow, load
from ucs_registry.read_model.grants import may_need_grants
from ucs_registry.read_model.ids import packed_or_none, time_text
from ucs_registry.read_model.kept import Sight
from ucs_registry.read_model.lists import Listed, Matching, PageOf, Unknown
from ucs_registry.read_model.needs import Fetch, GrantsFetch, PostingFetch, SightFetch
from ucs_registry.read_model.ports import QUICK_MOST, Reads, State
from ucs_registry.read_model.spreads import Among
from ucs_registry.shapes import PageWanted, Standing
from ucs_registry.visibility import ALLOWED, WITH_GRANT, Visibility
from ucs_sdk.errors import UcsError

RESOURCES_MOST = 4_000_000
"""How many resources a model takes in, at some seventy bytes each."""

DEAD_LEAST, LATE_MOST = 20_000, 1_000
"""From so many dead numbers on, and a quarter of those that live, or from so many late ones, a model is made anew."""

NEAR_LEAST = 20_000
"""By so many entries, and a quarter of the resources, a model may be behind to be brought along rather than made anew."""

TRIES = 3
"""How often a question is brought to the head while it goes on from under it."""

FETCHED_AT_ONCE = 8
"""How many sets that are missing are read before the head is looked at again; of a question that misses very many the database
answers the first times."""

RETRY_SECONDS, TOO_MANY_SECONDS = 5.0, 600.0
"""How long nobody tries again to fill a model after the database did not answer, or had too many resources."""


class Head(NamedTuple):
    """Where the database and a model stand."""

    position: int
    standing: Standing


class Model:
    """What lists ask, in memory. Used from one loop. It is filled beside the loop when it is first asked."""

    def __init__(self, reads: Reads, most: int = RESOURCES_MOST) -> None:
        self._reads = reads
        self._most = most
        self._loaded: Loaded | None = None
        self._filling: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._fetching: dict[tuple[int, Fetch], asyncio.Task[None]] = {}
        self._barred = 0.0
        self._heard: list[Callable[[Followed], None]] = []
        self._open = True
        self.generation = 0

    # Coming to the head

    @property
    def is_filled(self) -> bool:
        """Whether it holds anything that could be brought to the head."""
        return self._loaded is not None

    @property
    def standing(self) -> Standing:
        """Where the database stood at the model's position. Raises LookupError while it is not filled."""
        return self._here.state.standing

    @property
    def catalogue(self) -> Catalogue:
        """What it holds, to be read and never written, and no longer than until somebody else has a turn. Raises LookupError
        while it is not filled.
        """
        return self._here.catalogue

    @property
    def position(self) -> int:
        """Up to where in the log it stands; -1 while it is not filled."""
        return -1 if self._loaded is None else self._loaded.position

    def stands_at(self, head: Head) -> bool:
        """Whether it still is where it came to."""
        loaded = self._loaded
        return loaded is not None and loaded.is_settled and head == (loaded.position, loaded.state.standing)

    def subscribe(self, heard: Callable[[Followed], None]) -> None:
        """Have somebody told of every move, before anything is answered where it led."""
        self._heard.append(heard)

    async def at_head(
        self,
        pages: Sequence[PageWanted] = (),
        visibility: Visibility | None = None,
        judging: Sequence[Visibility] = (),
    ) -> Head | None:
        """Come to where the database stands now, with all at hand that pages under a visibility need, and that judging by
        others needs.

        None where it cannot: it is not filled, or too far behind, or the database does not answer. What it answers is of this
        state until somebody else has had a turn.
        """
        with suppress(UcsError):
            for _ in range(TRIES):
                loaded = self._loaded
                if loaded is None:
                    self._begin()
                    return None
                fetched = False
                # What asks for one resource of a caller without grants needs nothing that could be missing.
                if pages or judging or visibility is not None:
                    for fetch in list(islice(_missing(loaded, pages, visibility, judging), FETCHED_AT_ONCE)):
                        await self._fetch(loaded, fetch)
                        fetched = True
                if not await self._bring(loaded):
                    return None
                if not fetched or not any(_missing(loaded, pages, visibility, judging)):
                    return Head(loaded.state.position, loaded.state.standing)
        return None

    async def filled(self) -> bool:
        """Begin to fill it, unless that has begun, and wait until it is over; whether it is filled."""
        if self._loaded is None:
            self._begin()
        if self._filling is not None:
            await asyncio.wait([self._filling])
        return self._loaded is not None

    async def close(self) -> None:
        """Give up what goes on, and answer no more."""
        self._open = False
        running = [task for task in (self._filling, self._following, *self._fetching.values()) if task is not None]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        self._loaded = None

    def _fetch(self, loaded: Loaded, fetch: Fetch) -> Awaitable[None]:
        """Read what is missing, once for all who miss it. Whoever leaves leaves it to the others."""
        key = id(loaded), fetch
        task = self._fetching.get(key)
        if task is None:
            task = self._fetching[key] = asyncio.create_task(fetch.into(loaded, self._reads))
            task.add_done_callback(lambda _: self._fetching.pop(key))
            task.add_done_callback(_seen)
        return asyncio.shield(task)

    async def _bring(self, loaded: Loaded) -> bool:
        """Come to the head; False where it is too far, or the model is not what it was."""
        known = loaded.position
        state = await self._reads.state()
        if loaded is not self._loaded:
            return False
        if state.position < known:
            # The log has gone back: the database was put back to an earlier state.
            self._drop(loaded)
            return False
        for _ in range(TRIES):
            if not loaded.partway and (loaded.position > state.position or loaded.state == state):
                break
            if state.position - loaded.position > BEHIND_MOST:
                self._begin()
                return False
            if self._following is None:
                self._following = asyncio.create_task(
                    self._follow(loaded, QUICK_MOST if state.position - loaded.position <= QUICK_MOST else BEHIND_MOST)
                )
                self._following.add_done_callback(self._followed)
            await asyncio.shield(self._following)
            if loaded is not self._loaded:
                return False
        return loaded.is_settled and loaded.position >= state.position

    def _followed(self, task: asyncio.Task[None]) -> None:
        self._following = None
        _seen(task)

    async def _follow(self, loaded: Loaded, most: int) -> None:
        try:
            self._tell(await follow(loaded, self._reads, most))
        except Outdated:
            self._drop(loaded)
        finally:
            if loaded.moving:
                # Some of what changed is in and some is not: nobody can tell what it holds.
                self._drop(loaded)
        if loaded is self._loaded and _is_worn(loaded):
            self._begin()

    def _drop(self, loaded: Loaded) -> None:
        if loaded is self._loaded:
            self._loaded = None

    def _tell(self, followed: Followed) -> None:
        for heard in self._heard:
            heard(followed)

    # Filling

    def _begin(self) -> None:
        """Fill it beside the loop, or bring it along where it is far behind, unless somebody does so already."""
        if self._filling is None and self._open and time.monotonic() >= self._barred:
            self._filling = asyncio.create_task(self._fill())
            self._filling.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._filling = None
        fault = None if task.cancelled() else task.exception()
        if fault is None:
            return
        self._barred = time.monotonic() + RETRY_SECONDS
        if not isinstance(fault, UcsError | Outdated):
            told = {"message": "the read model could not be filled", "exception": fault, "task": task}
            task.get_loop().call_exception_handler(told)

    async def _fill(self) -> None:
        loaded, state = self._loaded, await self._reads.state()
        if loaded is not None and not _is_worn(loaded) and _is_near(loaded, state):
            # Nobody is answered by it on the way, nor follows with it.
            self._loaded = None
            while self._following is not None:
                await asyncio.wait([self._following])
            if not loaded.moving:
                await self._catch_up(loaded)
                self._loaded = loaded
                if not _is_worn(loaded):
                    return
        loaded = await load(self._reads, self._most)
        if loaded is None:
            self._barred = time.monotonic() + TOO_MANY_SECONDS
            return
        while (await self._reads.state()) != loaded.state:
            await follow(loaded, self._reads)
        self._loaded = loaded
        self.generation += 1
        self._tell(Followed(position=loaded.position, everything=True))

    async def _catch_up(self, loaded: Loaded) -> None:
        while (await self._reads.state()) != loaded.state:
            self._tell(await follow(loaded, self._reads))

    # Answering

    def page(self, wanted: PageWanted, visibility: Visibility, at: datetime, *, total: bool = True) -> Listed | None:
        """A page of a list, as it stands where the model does; None where it does not know enough to tell.

        `at` is the instant at which grants are live.
        """
        loaded = self._loaded
        if loaded is None or not loaded.is_settled or wanted.order not in IN_TIME or not is_known(wanted.query):
            return None
        with suppress(Unknown):
            sets, sight = loaded.asking.sets(wanted.query), _sight(loaded, visibility)
            extra = _extra(loaded, visibility, at)
            matching = Matching(loaded.catalogue, [*sets, sight.numbers | extra if extra else sight.numbers])
            # What is counted is matched as a whole, which a page is then cut from.
            facets = loaded.spreads.facets(wanted, Among(sets, sight, extra), matching) if wanted.facets else {}
            return PageOf(loaded.catalogue, matching, wanted).listed(total=total, facets=facets)
        return None

    def count(self, query: ResourceQuery, visibility: Visibility, at: datetime) -> int | None:
        """How many resources a query and a visibility leave; None where the model does not know."""
        listed = self.page(PageWanted(query=query, order=Order.UPDATED_DESC, size=0), visibility, at)
        return None if listed is None else listed.total

    def find(self, id: str) -> int | None:
        """The number of a resource by its id, if it is there; nothing is judged."""
        loaded, packed = self._loaded, packed_or_none(id)
        return None if loaded is None or packed is None else loaded.catalogue.find(packed)

    def may(self, number: int, visibility: Visibility, at: datetime) -> bool | None:
        """Whether a visibility shows a resource; None where that depends on grants that are not at hand."""
        loaded = self._here
        said = visibility.verdict(loaded.catalogue.cell(number))
        if said != WITH_GRANT or not visibility.grantees:
            return said == ALLOWED
        with suppress(Unknown):
            return number in _extra(loaded, visibility, at)
        return None

    def granted(self, visibility: Visibility, at: datetime) -> BitMap | None:
        """The numbers of what grants show beside what a mask does; None where the grants are not at hand, or too many."""
        with suppress(Unknown):
            return _extra(self._here, visibility, at)
        return None

    def slot(self, number: int) -> int:
        """What a resource keeps for as long as the generation lasts, whatever becomes of its number."""
        return self._here.catalogue.slot(number)

    def number(self, slot: int) -> int | None:
        """The number of a slot now; None where the resource is gone."""
        return self._here.catalogue.number(slot)

    def cell(self, number: int) -> int:
        """The cell of a resource."""
        return self._here.catalogue.cell(number)

    def id(self, number: int) -> str:
        """The bare id of a resource."""
        return self._here.catalogue.id(number)

    def cursor(self, number: int, order: Order) -> str:
        """The cursor that stands just behind a resource in an order of time."""
        key, _ = self._here.catalogue.place(number)
        return Cursor(order=order, key=time_text(key), id=self.id(number)).encode()

    @property
    def _here(self) -> Loaded:
        if self._loaded is None:
            raise LookupError("the model is not filled")
        return self._loaded


def _seen(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        # Whoever waited has been told what it failed with; where nobody does any more, nobody needs to be.
        task.exception()


def _is_worn(loaded: Loaded) -> bool:
    """Whether so many numbers are dead or late that a new model is better."""
    catalogue = loaded.catalogue
    return catalogue.dead > DEAD_LEAST + len(catalogue) // 4 or len(catalogue.late) > LATE_MOST


def _is_near(loaded: Loaded, state: State) -> bool:
    """Whether a model is sooner brought along than made anew."""
    behind = state.position - loaded.position
    return 0 <= behind <= NEAR_LEAST + len(loaded.catalogue) // 4


def _missing(
    loaded: Loaded, pages: Sequence[PageWanted], visibility: Visibility | None, judging: Sequence[Visibility]
) -> Iterator[Fetch]:
    """What has to be read before questions can be answered. What the model does not know anyway is not."""
    for page in pages:
        query = page.query
        if query.tag is query.search is None and not query.tags and not query.any_of:
            continue
        if page.order in IN_TIME and is_known(query):
            for sought in sought_by(query):
                if loaded.postings.outdated(sought, loaded.journal):
                    yield PostingFetch(sought)
    if pages and visibility is not None:
        sight = loaded.sights.get(visibility.mask)
        if sight is None or not sight.bring(loaded.catalogue, loaded.journal):
            yield SightFetch(visibility.mask)
    for each in judging if visibility is None else (visibility, *judging):
        if may_need_grants(each) and (each.grantees, each.action) not in loaded.granted:
            yield GrantsFetch(each.grantees, each.action)


def _sight(loaded: Loaded, visibility: Visibility) -> Sight:
    sight = loaded.sights.get(visibility.mask)
    if sight is None or not sight.bring(loaded.catalogue, loaded.journal):
        raise Unknown
    if len(loaded.sights) > 1:
        loaded.sights.move_to_end(visibility.mask)
    return sight


def _extra(loaded: Loaded, visibility: Visibility, at: datetime) -> BitMap:
    """What grants show beside what the mask does."""
    if not may_need_grants(visibility):
        return NOTHING
    granted = loaded.granted.get((visibility.grantees, visibility.action))
    if granted is None or granted.rows is None:
        raise Unknown
    return granted.shown(loaded.catalogue, visibility, at) if granted.rows else NOTHING
