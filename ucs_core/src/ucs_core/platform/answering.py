"""Answering shapes: what one caller may see of what a store has, without a session of its own for each answer.

A caller's eyes are made for the state of access that was seen last, and the answer says which state it was read from. Where
that is another one, the eyes are made anew and the question is asked again: so a revocation counts from the next answer on,
as it does for sessions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.snapshot import Profile, Snapshot
from ucs_core.access.tokens import VerifiedToken
from ucs_core.access.vouching import check_standing
from ucs_core.platform.calls import Clock
from ucs_core.platform.present import TRIES, Present, Seen, names_known
from ucs_core.platform.revisions import queued
from ucs_core.platform.sight import WORKING_ACTIONS, Judge
from ucs_registry.shapes import Eyes, PageWanted, Shape, Shaped, Shown, Sight
from ucs_registry.visibility import Visibility
from ucs_sdk.errors import UcsError

WIDE_SECONDS = 1.0
"""How long an answer may take that nothing but the data bounds. A session counts what it reads, and stops at its bound."""

CALLERS_MOST = 512
"""For how many callers eyes are kept ready, at one state of access."""


@dataclass(frozen=True, slots=True)
class _Caller:
    """One caller at one state of access."""

    profile: Profile
    eyes: Eyes
    visibilities: tuple[Visibility, ...]


class Answers:
    """Answers shapes for callers. Where it has no answer, a session has one, or says why there is none."""

    def __init__(self, shaped: Shaped, present: Present, authority: Authority, clock: Clock) -> None:
        self._present = present
        self._shadow = authority.shadow
        self._clock = clock
        self._shaped = shaped
        self.wide_seconds = WIDE_SECONDS
        self._seen: Seen | None = None
        self._callers: dict[tuple[str, Sight], _Caller] = {}

    async def answer(
        self, principal: str, token: VerifiedToken | None, shape: Shape, asked: Sequence[object]
    ) -> Shown | None:
        """The answers for a principal, by id, or None where a session should answer: whatever is refused, is refused
        there and in its words.
        """
        try:
            if not shape.wide:
                return await self._answer(principal, token, shape, asked)
            async with asyncio.timeout(self.wide_seconds):
                return await self._answer(principal, token, shape, asked)
        except (UcsError, TimeoutError):
            return None

    async def _answer(
        self, principal: str, token: VerifiedToken | None, shape: Shape, asked: Sequence[object]
    ) -> Shown | None:
        # What is the caller's own is in lists alone.
        lists = PageWanted in map(type, asked)
        for _ in range(TRIES):
            seen, at = self._present.seen or await self._present.beyond(None), self._clock()
            caller = self._caller(seen, principal, shape.sight, at)
            if token is not None:
                check_standing(seen.snapshot, caller.profile.principal, token, at)
            own: Sequence[object] | None = self._own(seen.snapshot, caller, at, asked) if lists else asked
            if own is None:
                return None
            shown = await self._shaped.ask(shape, caller.eyes, at, own)
            if shown is None or shown.standing == seen.standing:
                self._sample(seen.snapshot, caller)
                return shown
            await self._present.beyond(seen)
        return None

    def _own(
        self, snapshot: Snapshot, caller: _Caller, at: datetime, asked: Sequence[object]
    ) -> Sequence[object] | None:
        """What is asked for, with what is the caller's own in it; None where it names what there is not."""
        if not all(names_known(page.query, snapshot) for page in asked if isinstance(page, PageWanted)):
            return None
        judge = Judge(snapshot=snapshot, profile=caller.profile, at=at, shadow=self._shadow)
        return [_of_their_own(each, judge) for each in asked]

    def _caller(self, seen: Seen, principal: str, sight: Sight, at: datetime) -> _Caller:
        if self._seen is not seen or len(self._callers) >= CALLERS_MOST:
            # Eyes of one state are of no use at another.
            self._seen = seen
            self._callers.clear()
        return self._callers.get((principal, sight)) or self._known(seen, principal, sight, at)

    def _known(self, seen: Seen, principal: str, sight: Sight, at: datetime) -> _Caller:
        snapshot = seen.snapshot
        profile = snapshot.profile(principal)
        discover = snapshot.visibility(profile, Action.DISCOVER, at)
        read = snapshot.visibility(profile, Action.READ, at) if sight.reads else None
        work = [snapshot.visibility(profile, action, at) for action in WORKING_ACTIONS] if sight.works else []
        if sight.invokes:
            work.append(snapshot.visibility(profile, Action.INVOKE, at))
        eyes = self._shaped.eyes(discover, read, work)
        caller = _Caller(profile, eyes, (discover, *([read] if read else ()), *work))
        self._callers[principal, sight] = caller
        return caller

    def _sample(self, snapshot: Snapshot, caller: _Caller) -> None:
        shadow = self._shadow
        for visibility in caller.visibilities:
            if shadow is not None and shadow.turn():
                shadow.note_visibility(snapshot, caller.profile, Action(visibility.action), visibility)


def _of_their_own(asked: object, judge: Judge) -> object:
    """What is asked for, with what is the caller's own in it. Raises Invalid for the order of a queue in another list."""
    if not isinstance(asked, PageWanted):
        return asked
    query = queued(asked.query, asked.order, judge)
    return asked if query is asked.query else replace(asked, query=query)
