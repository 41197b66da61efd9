"""Group commit: calls of operations that are ready while another one commits share a unit, and one wait for the disk.

Each is judged as if it were alone, over the state that the unit sees: whether it was answered before, whether its caller may, and
whether what it read still stands. Those that do not meet are written together, with their answers and one entry in the log each,
in the order in which they are written; nobody is answered before the commit. What cannot be decided in company is applied alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from ucs_core.invoke.staging import READ_MOST, STAGED_MOST, Key, Staged, Stale
from ucs_core.platform.calls import Call
from ucs_core.platform.extending.eyes import look_of
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession
from ucs_registry.documents import Document
from ucs_registry.ports import Store, Unit
from ucs_sdk.errors import UcsError, Unavailable

GROUP_MOST = 64
"""How many calls one unit may answer: each is judged while the others wait, and readers of the log get them at once."""


class Told(BaseModel):
    """The answer of an operation, as it is remembered."""

    answer: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ready:
    """A call whose function has returned: what it staged and answered, and what decides in a unit whether it may happen.

    `decide` raises what the caller is refused with, and notes in the session what the log will tell.
    """

    call: Call
    mutation: Mutation[Told]
    staged: Staged
    answer: Told
    decide: Callable[[WriteSession], Awaitable[None]]

    @property
    def sociable(self) -> bool:
        """Whether it can be judged beside others: what it changes are records and events, and not in an attempt."""
        staged = self.staged
        return not (self.call.validate_only or staged.blobs or staged.tables or staged.statements)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Place:
    """A call's place in the line, and the answer once it is committed; None for one that is to apply itself alone."""

    ready: Ready
    answered: asyncio.Future[Told | None]

    def tell(self, answer: Told | None) -> None:
        """Answer, unless the caller has gone."""
        if not self.answered.done():
            self.answered.set_result(answer)

    def fail(self, failure: BaseException) -> None:
        """Raise something to the caller, unless it has gone."""
        if not self.answered.done():
            self.answered.set_exception(failure)


@dataclass(slots=True)
class _Company:
    """Calls that go together, and all that those of one plugin bring about."""

    places: list[_Place] = field(default_factory=list)
    sessions: list[WriteSession] = field(default_factory=list)
    staged: dict[str, Staged] = field(default_factory=dict)
    named: set[tuple[str, str]] = field(default_factory=set)
    standing: dict[str, dict[Key, Document]] = field(default_factory=dict)

    def takes(self, ready: Ready) -> bool:
        """Whether a call can be beside those that are here: it does not meet them, and repeats none of them."""
        if ready.call.request_id is not None and (ready.call.actor, ready.call.request_id) in self.named:
            return False
        joined = self.staged.get(ready.staged.plugin)
        size = sum(staged.size for staged in self.staged.values())
        return size + ready.staged.size <= STAGED_MOST and (joined is None or not joined.meets(ready.staged))

    def join(self, place: _Place, session: WriteSession) -> None:
        """Take a call in."""
        ready = place.ready
        self.places.append(place)
        self.sessions.append(session)
        if ready.call.request_id is not None:
            self.named.add((ready.call.actor, ready.call.request_id))
        joined = self.staged.get(ready.staged.plugin)
        if joined is None:
            self.staged[ready.staged.plugin] = ready.staged.following()
        else:
            joined.join(ready.staged)


class GroupCommit:
    """Applies calls on this node: one that comes alone at once, those that come meanwhile together."""

    def __init__(self, store: Store, pipeline: Pipeline) -> None:
        self._store = store
        self._pipeline = pipeline
        self._line: deque[_Place] = deque()
        self._going: asyncio.Task[None] | None = None
        self.waiting = 0
        """How many calls are here that have no answer yet."""

    async def apply(self, ready: Ready) -> Told:
        """The answer to a call, once what it brings about is committed. Raises Stale, UcsError, and logs no refusal."""
        place = _Place(ready=ready, answered=asyncio.get_running_loop().create_future())
        self._line.append(place)
        if self._going is None:
            self._going = asyncio.create_task(self._go())
        self.waiting += 1
        try:
            answer = await place.answered
        finally:
            self.waiting -= 1
        return await self._pipeline.apply(ready.call, ready.mutation) if answer is None else answer

    async def _go(self) -> None:
        group: list[_Place] = []
        try:
            while self._line:
                group = self._next()
                if len(group) == 1:
                    await self._alone(group[0])
                else:
                    await self._together(group)
        except BaseException as failure:
            # The loop is ending: whoever waits here would wait for ever.
            for place in (*group, *self._line):
                place.fail(failure)
            self._line.clear()
            raise
        finally:
            self._going = None

    def _next(self) -> list[_Place]:
        """Take those from the line who may go together, as far as can be told before their unit."""
        first = self._line.popleft()
        group, read, size = [first], len(first.ready.staged.reads), first.ready.staged.size
        while self._line and first.ready.sociable and len(group) < GROUP_MOST:
            ready = self._line[0].ready
            read, size = read + len(ready.staged.reads), size + ready.staged.size
            if not ready.sociable or read > READ_MOST or size > STAGED_MOST:
                break
            group.append(self._line.popleft())
        return group

    async def _alone(self, place: _Place) -> None:
        try:
            place.tell(await self._pipeline.apply(place.ready.call, place.ready.mutation))
        except Exception as failure:  # noqa: BLE001 -- its caller raises it
            place.fail(failure)

    async def _together(self, group: Sequence[_Place]) -> None:
        """Commit those that go together; the others are applied alone, or, where they only meet these, in a unit behind them."""
        company, behind, committing = _Company(), list[_Place](), False
        try:
            async with self._store.write() as unit:
                behind = await self._gather(unit, group, company)
                if company.places:
                    await self._write(unit, company)
                    committing = True
                    await self._commit(unit, company.places)
        except Exception as failure:  # noqa: BLE001 -- each caller raises it, or meets it again alone
            if committing or of_the_store(failure):
                # Whether a commit took hold may be unknown: whoever was tried again could have two effects.
                for place in company.places if committing else group:
                    place.fail(failure)
            for place in group:
                place.tell(None)
        else:
            for place in company.places:
                place.tell(place.ready.answer)
            self._line.extendleft(reversed(behind))

    async def _commit(self, unit: Unit, places: Sequence[_Place]) -> None:
        del places
        await self._pipeline.commit(unit)

    async def _gather(self, unit: Unit, group: Sequence[_Place], company: _Company) -> list[_Place]:
        """Judge each, and take in those that go together; those that are to be behind them."""
        company.standing = await _standing(unit, group)
        behind = []
        for place in group:
            if not company.takes(place.ready):
                behind.append(place)
                continue
            try:
                session = await self._judged(unit, place.ready, company.standing[place.ready.staged.plugin])
            except Stale as stale:
                place.fail(stale)
                continue
            if session is None:
                place.tell(None)
            else:
                company.join(place, session)
        return behind

    async def _judged(self, unit: Unit, ready: Ready, standing: Mapping[Key, Document]) -> WriteSession | None:
        """The session of a call that may happen as it is; None for one that its own unit is to answer or refuse."""
        try:
            session, repeated = await self._pipeline.begin(unit, ready.call, ready.mutation)
            if repeated is not None:
                return None
            await ready.decide(session)
            if ready.staged.overtaken(standing):
                raise Stale
            if not ready.staged.fits(standing):
                return None
            ready.staged.check_rights(standing, look_of(unit, session.sight).may)
        except UcsError as refusal:
            if of_the_store(refusal):
                raise
            return None
        return session

    async def _write(self, unit: Unit, company: _Company) -> None:
        """Write plugin by plugin, and log in the same order."""
        for plugin, staged in company.staged.items():
            # Whose records each may edit was asked one by one.
            await staged.apply(unit, None, company.sessions[-1].at, company.standing[plugin])
            for place, session in zip(company.places, company.sessions, strict=True):
                if place.ready.staged.plugin == plugin:
                    await self._pipeline.finish(session, place.ready.mutation, place.ready.answer)


async def _standing(unit: Unit, group: Sequence[_Place]) -> dict[str, dict[Key, Document]]:
    """The records that all of them have read or write, as they stand, by plugin."""
    asked: dict[str, Staged] = {}
    for staged in (place.ready.staged for place in group):
        if staged.plugin in asked:
            asked[staged.plugin].join(staged)
        else:
            asked[staged.plugin] = staged.following()
    return {plugin: await staged.stands(unit) for plugin, staged in asked.items()}


def of_the_store(failure: Exception) -> bool:
    """Whether something failed because the store is away: whoever was applied alone would meet the same."""
    return isinstance(failure, Unavailable) and failure.reason.startswith("STORE_")
