"""Answering shapes: what one caller may see of what a store has, without a session of its own for each answer.

A caller's eyes are made for the state of access that was seen last, and the answer says which state it was read from. Where
that is another one, the eyes are made anew and the question is asked again: so a revocation counts from the next answer on,
as it does for sessions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.snapshot import Profile, Snapshot
from ucs_core.access.tokens import VerifiedToken
from ucs_core.access.vouching import check_standing
from ucs_core.platform.calls import Clock
from ucs_core.platform.present import TRIES, Present, Seen, asks_no_session
from ucs_core.platform.sight import WORKING_ACTIONS
from ucs_registry.queries import Order
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
            async with asyncio.timeout(WIDE_SECONDS):
                return await self._answer(principal, token, shape, asked)
        except (UcsError, TimeoutError):
            return None

    async def _answer(
        self, principal: str, token: VerifiedToken | None, shape: Shape, asked: Sequence[object]
    ) -> Shown | None:
        for _ in range(TRIES):
            seen, at = self._present.seen or await self._present.beyond(None), self._clock()
            caller = self._caller(seen, principal, shape.sight, at)
            if not all(_answerable(seen.snapshot, page) for page in asked if isinstance(page, PageWanted)):
                return None
            if token is not None:
                check_standing(seen.snapshot, caller.profile.principal, token, at)
            shown = await self._shaped.ask(shape, caller.eyes, at, asked)
            if shown is None or shown.standing == seen.standing:
                self._sample(seen.snapshot, caller)
                return shown
            await self._present.beyond(seen)
        return None

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
        eyes = self._shaped.eyes(discover, read, work)
        caller = _Caller(profile, eyes, (discover, *([read] if read else ()), *work))
        self._callers[principal, sight] = caller
        return caller

    def _sample(self, snapshot: Snapshot, caller: _Caller) -> None:
        shadow = self._shadow
        for visibility in caller.visibilities:
            if shadow is not None and shadow.turn():
                shadow.note_visibility(snapshot, caller.profile, Action(visibility.action), visibility)


def _answerable(snapshot: Snapshot, page: PageWanted) -> bool:
    """Whether a page is of a list that needs no more of the caller's own than what it may discover, and is refused nothing."""
    return page.order is not Order.SUBMITTED and asks_no_session(page.query, snapshot)
