"""Resources for one caller by one statement each, not yet looked into: what is shown of them is for the door to render.

Whatever is not the common case has no answer here and is left to a session, which answers it or words what is wrong.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.edition import Edition, Row
from ucs_core.access.snapshot import Profile, Snapshot
from ucs_core.access.tokens import VerifiedToken
from ucs_core.access.vouching import check_standing
from ucs_core.platform.calls import Clock
from ucs_core.platform.present import TRIES, Present, Seen, asks_no_session
from ucs_core.platform.sight import WORKING_ACTIONS
from ucs_core.platform.views import ResourceView, view
from ucs_registry.elements import Element, ElementPage, ElementReads, Eyes
from ucs_registry.elements import Seen as Found
from ucs_registry.visibility import ALLOWED, WITH_GRANT

RIGHTS_MOST = 50_000
"""For how many cells, each under one row of rights, it is kept what may be done there."""

CALLERS_MOST = 512
"""For how many callers it is kept ready what they may see."""

_SAMPLED = (Action.DISCOVER, Action.READ, *WORKING_ACTIONS)


class Rights(NamedTuple):
    """What one caller may do to an element."""

    discover: bool
    read: bool
    work: bool


class Rated(NamedTuple):
    """An element, and what the caller may do to it."""

    element: Element
    rights: Rights


class RatedPage(NamedTuple):
    """Elements that one caller may discover, all of one state, and the log position of that state."""

    items: Sequence[Rated]
    position: int


class _Verdicts(NamedTuple):
    """The verdicts on a cell. `working` are those of the actions of which one is enough."""

    discover: int
    read: int
    works: bool
    by_grant: tuple[str, ...]
    without_grants: Rights


class _Caller(NamedTuple):
    """One caller at one state of access."""

    profile: Profile
    eyes: Eyes


_Ask = Callable[[_Caller, Snapshot, datetime], Awaitable[Found | None]]


class ElementAnswers:
    """Answers questions about resources for callers whose token was verified."""

    def __init__(self, reads: ElementReads, present: Present, authority: Authority, clock: Clock) -> None:
        self._reads = reads
        self._present = present
        self._shadow = authority.shadow
        self._clock = clock
        self._verdicts: dict[tuple[Row, int], _Verdicts] = {}
        self._edition: Edition | None = None
        self._seen: Seen | None = None
        self._callers: dict[str, _Caller] = {}
        self._sampled = 0

    async def resource(self, token: VerifiedToken, id: str) -> Rated | None:
        """The resource of an id; None without an answer. Raises what a session would raise, unworded for the caller."""
        # Written out, not by way of `among`: this is what a Get does, and every call on the way counts.
        for _ in range(TRIES):
            seen, at = self._present.seen or await self._present.beyond(None), self._clock()
            caller = self._caller(seen, token, at)
            found = await self._reads.among((id,), caller.eyes, at)
            if self._stands(seen, found):
                if not found.elements:
                    return None
                rights = self._rights(caller.profile, seen.snapshot, found.elements[0])
                return Rated(found.elements[0], rights) if rights.discover else None
            await self._present.beyond(seen)
        return None

    async def among(self, token: VerifiedToken, ids: Sequence[str]) -> RatedPage | None:
        """Those of the ids that exist and may be discovered, in any order; None without an answer."""
        return await self._asked(token, lambda caller, _, at: self._reads.among(ids, caller.eyes, at))

    async def page(self, token: VerifiedToken, asked: ElementPage) -> RatedPage | None:
        """A part of a list; None without an answer."""

        async def ask(caller: _Caller, snapshot: Snapshot, at: datetime) -> Found | None:
            if not asks_no_session(asked.query, snapshot):
                return None
            return await self._reads.page(asked, caller.eyes, at)

        return await self._asked(token, ask)

    async def whole(self, token: VerifiedToken, items: Sequence[Rated]) -> list[Rated] | None:
        """The same with their content; None when one of them has changed since, for its caller or by itself."""
        seen, at = self._present.seen or await self._present.beyond(None), self._clock()
        eyes = self._caller(seen, token, at).eyes
        found = await self._reads.among([rated.element.id for rated in items], eyes, at, whole=True)
        whole = {element.told: element for element in found.elements}
        if not all(rated.element.told in whole for rated in items):
            return None
        return [Rated(whole[rated.element.told], rated.rights) for rated in items]

    async def _asked(self, token: VerifiedToken, ask: _Ask) -> RatedPage | None:
        for _ in range(TRIES):
            seen, at = self._present.seen or await self._present.beyond(None), self._clock()
            caller = self._caller(seen, token, at)
            found = await ask(caller, seen.snapshot, at)
            if found is None:
                return None
            if self._stands(seen, found):
                return self._rated(caller.profile, seen.snapshot, found)
            await self._present.beyond(seen)
        return None

    def _stands(self, seen: Seen, found: Found) -> bool:
        """Whether the caller was judged by the very state that was read."""
        return found.standing == seen.standing

    def _caller(self, seen: Seen, token: VerifiedToken, at: datetime) -> _Caller:
        snapshot = seen.snapshot
        principal = snapshot.identify(token)
        if self._seen is not seen or len(self._callers) >= CALLERS_MOST:
            # What one may see at one state is of no use at another.
            self._seen = seen
            self._callers.clear()
        caller = self._callers.get(principal)
        if caller is None:
            profile = snapshot.profile(principal)
            visibility = snapshot.visibility(profile, Action.DISCOVER, at)
            caller = self._callers[principal] = _Caller(profile, self._reads.eyes(visibility))
        check_standing(snapshot, caller.profile.principal, token, at)
        if self._shadow is not None and self._shadow.turn():
            self._sample(snapshot, caller.profile, at)
        return caller

    def _rated(self, profile: Profile, snapshot: Snapshot, found: Found) -> RatedPage:
        row, verdicts = profile.row, self._verdicts
        rated = []
        for element in found.elements:
            # Written out for what is mostly the case, as pages have many elements.
            known = None if element.held else verdicts.get((row, element.cell))
            rights = self._rights(profile, snapshot, element) if known is None else known.without_grants
            if rights.discover:
                rated.append(Rated(element, rights))
        return RatedPage(rated, found.position)

    def _rights(self, profile: Profile, snapshot: Snapshot, element: Element) -> Rights:
        row = profile.row
        key = row, element.cell
        found = self._verdicts.get(key)
        if found is None:
            if self._edition is not row.edition or len(self._verdicts) >= RIGHTS_MOST:
                self._verdicts.clear()
                self._edition = row.edition
            found = self._verdicts[key] = _judged(snapshot, profile, element.cell)
        held = element.held
        if not held:
            return found.without_grants
        return Rights(
            found.discover == ALLOWED or (found.discover == WITH_GRANT and Action.DISCOVER in held),
            found.read == ALLOWED or (found.read == WITH_GRANT and Action.READ in held),
            found.works or not held.isdisjoint(found.by_grant),
        )

    def _sample(self, snapshot: Snapshot, profile: Profile, at: datetime) -> None:
        """Let the shadow decide again what the elements are judged by, one action after the other."""
        self._sampled += 1
        action = _SAMPLED[self._sampled % len(_SAMPLED)]
        if self._shadow is not None:
            self._shadow.note_visibility(snapshot, profile, action, snapshot.visibility(profile, action, at))


def shown(rated: Rated) -> ResourceView | None:
    """What the caller sees of an element; None where more must be known to tell, as of some that the caller works on."""
    element, rights = rated
    if rights.work and element.involved():
        return None
    return view(
        element.resource(),
        readable=rights.read,
        works_on_it=rights.work,
        linked=element.linked(),
        members=element.members(),
    )


def _judged(snapshot: Snapshot, profile: Profile, cell: int) -> _Verdicts:
    discover, read = (snapshot.verdict(profile, action, cell) for action in (Action.DISCOVER, Action.READ))
    working = {action.value: snapshot.verdict(profile, action, cell) for action in WORKING_ACTIONS}
    works = ALLOWED in working.values()
    return _Verdicts(
        discover=discover,
        read=read,
        works=works,
        by_grant=tuple(action for action, verdict in working.items() if verdict == WITH_GRANT),
        without_grants=Rights(discover == ALLOWED, read == ALLOWED, works),
    )
