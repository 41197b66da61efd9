"""Many events of one subscription on their way through its handler, and together into the store.

The events of one subject follow each other in a chain: each sees what those before it have staged. Chains of several subjects
that do not meet are committed in one unit, with the marks of all their events. Whatever does not go so is told to whoever has
brought it, to be judged event by event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ucs_core.invoke.staging import STAGED_MOST, WEIGHT_MOST, Key, Staged
from ucs_registry.documents import Document
from ucs_registry.events import Event, ParkedEvent
from ucs_registry.ports import Unit

GATHERED_SECONDS = 0.01
"""How long what is ready to be committed waits at most for more of its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """An event whose handler has returned, and what this event alone brought about."""

    event: Event
    call_id: str
    brought: Staged


@dataclass(slots=True, kw_only=True)
class Chain:
    """Events of one subject whose handlers have returned one behind the other, and all that they staged."""

    staged: Staged
    done: list[Handled] = field(default_factory=list)
    error: str | None = None
    """Why the event behind them failed, which saw nothing but what is committed."""
    last: bool = False
    """Whether nothing of the subject is left behind it."""

    @property
    def positions(self) -> list[int]:
        """Those of its events."""
        return [handled.event.position for handled in self.done]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """That with a unit all events of a subscription up to a position are dealt with, save those that it parks."""

    position: int
    parked: Sequence[ParkedEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The numbers of chains that a unit has left out.

    Those `alone` are to be judged event by event, those `behind` only have to be in a unit behind it.
    """

    alone: frozenset[int] = frozenset()
    behind: frozenset[int] = frozenset()


Commits = Callable[[Sequence[Chain], Closing | None], Awaitable[LeftOut]]
"""Commits chains in one unit, and closes it where nothing is left out. Nothing has happened when it raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """Chains that go together as records stand in a unit, joined, and what was left out."""

    chains: Sequence[Chain]
    staged: Staged
    standing: Mapping[Key, Document]
    left: LeftOut


async def fitting(unit: Unit, chains: Sequence[Chain]) -> Fitting:
    """Which chains go together. Whatever one of them writes, none of the others has read or writes."""
    asked = chains[0].staged.following()
    for chain in chains[1:]:
        asked.join(chain.staged)
    standing = await asked.stands(unit)
    joined: Staged | None = None
    fit: list[Chain] = []
    alone, behind = set[int](), set[int]()
    for number, chain in enumerate(chains):
        staged = chain.staged
        if not staged.fits(standing):
            alone.add(number)
        elif joined is None:
            joined = staged.following()
            fit.append(chain)
        elif joined.meets(staged) or _too_large(joined, staged):
            behind.add(number)
        else:
            joined.join(staged)
            fit.append(chain)
    left = LeftOut(alone=frozenset(alone), behind=frozenset(behind))
    return Fitting(chains=fit, staged=joined or asked, standing=standing, left=left)


def _too_large(one: Staged, other: Staged) -> bool:
    return one.size + other.size > STAGED_MOST or one.weight + other.weight > WEIGHT_MOST


class Batch:
    """What is ready of the events that were read together, and who still works on some of them."""

    def __init__(self, commits: Commits, position: int, subjects: int, gathered: float) -> None:
        """`gathered` is how long what is ready waits at most for more, in seconds."""
        self.parked: list[ParkedEvent] = []
        self.closed = False
        self._commits = commits
        self._gathered = gathered
        self._position = position
        self._there = subjects
        self._ready: list[tuple[Chain, asyncio.Future[bool]]] = []
        self._committing: asyncio.Task[None] | None = None
        self._full = asyncio.Event()

    async def commit(self, chain: Chain) -> bool:
        """Have a chain committed with what else is ready; False when it did not fit, and nothing of it has happened."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._ready.append((chain, done))
        self._look()
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        return await done

    def leave(self) -> None:
        """A subject is through."""
        self._there -= 1
        self._look()

    async def close(self) -> None:
        """Wait for what is being committed."""
        if self._committing is not None:
            await self._committing

    def _look(self) -> None:
        # Nobody works on anything that is not ready: there is nothing to wait for.
        if len(self._ready) >= self._there:
            self._full.set()

    async def _commit_all(self) -> None:
        while self._ready:
            if not self._full.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._gathered):
                        await self._full.wait()
            self._full.clear()
            ready, self._ready = self._ready, []
            await self._commit(ready)
        self._committing = None

    async def _commit(self, ready: Sequence[tuple[Chain, asyncio.Future[bool]]]) -> None:
        whole = len(ready) == self._there and all(chain.last for chain, _ in ready)
        while ready:
            chains = [chain for chain, _ in ready]
            closing = Closing(position=self._position, parked=tuple(self.parked)) if whole else None
            try:
                left = await self._commits(chains, closing)
            except BaseException as failure:
                for _, done in ready:
                    if not done.done():
                        done.set_exception(failure)
                if isinstance(failure, Exception):
                    # Those who wait raise it.
                    return
                raise
            whole = whole and not left.alone
            self.closed = whole and not left.behind
            for number, (_, done) in enumerate(ready):
                if number not in left.behind and not done.done():
                    done.set_result(number not in left.alone)
            ready = [ready[number] for number in sorted(left.behind)]
