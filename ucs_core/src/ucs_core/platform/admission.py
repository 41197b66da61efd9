"""What is asked before the catalogue changes. A call's changes are worked out in a unit that is undone; those who admit them are
asked beside it, since others wait for a unit; then the call runs again, and what it does must be what was admitted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import orjson

from ucs_registry.canonical import canonical_json, digest
from ucs_registry.catalog import Change
from ucs_registry.entering import Fresh
from ucs_registry.ports import Reader
from ucs_registry.principals import Principal
from ucs_registry.resources import ResourceContent
from ucs_sdk.errors import Conflict, UcsError
from ucs_sdk.faults import plugin_not_running

T = TypeVar("T")

ATTEMPTS = 3
"""How often a call is tried while what it would change, or who admits it, differs from what was asked."""

HOOK = "ucs_admit"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A change that a call would make. `path` is where its resource stands in the request.

    With `decline` the rest of the call goes on without it: that is told why.
    """

    verb: str
    path: str
    kind: str
    type: str
    code: str
    owner: str
    before: dict[str, Any] | None
    after: dict[str, Any]
    decline: Callable[[UcsError], None] | None = None

    @cached_property
    def key(self) -> str:
        """The same for the same change, whenever it is worked out."""
        same = [self.verb, self.kind, self.type, self.code, self.owner, self.before, self.after]
        return digest(canonical_json(same))


Proposing: TypeAlias = Callable[[], Iterable[Proposal]]
"""Words proposals, which nobody does unless somebody is to be asked."""


class Unadmitted(Exception):
    """A call would make changes that some plugins have not been asked about. Nothing has happened."""

    def __init__(self, names: Sequence[str], proposals: Sequence[Proposal], principal: Principal) -> None:
        super().__init__(*names)
        self.names = names
        self.proposals = proposals
        self.principal = principal


Asking: TypeAlias = Callable[[Unadmitted], Awaitable[None]]
"""Asks plugins about changes. Raises Invalid with what they object to, and that a plugin failed or does not run."""


async def nobody_answers(unadmitted: Unadmitted) -> None:
    """Refuse what has to be admitted where no plugins run."""
    raise plugin_not_running(unadmitted.names[0], HOOK)


@dataclass(slots=True)
class Admitted:
    """What was admitted of one call, and by whom."""

    names: tuple[str, ...] = ()
    keys: set[str] = field(default_factory=set)

    async def check(self, reader: Reader, proposing: Sequence[Proposing], principal: Principal) -> None:
        """Raise Unadmitted unless all changes were admitted by all who are to be asked."""
        names = tuple(await reader.admitting())
        if not names:
            return
        if names != self.names:
            self.keys.clear()
        self.names = names
        pending = [each for worded in proposing for each in worded() if each.key not in self.keys]
        if pending:
            raise Unadmitted(names, pending, principal)

    async def ask(self, unadmitted: Unadmitted, asking: Asking) -> None:
        """Ask, and note that it was admitted."""
        await asking(unadmitted)
        self.keys |= {each.key for each in unadmitted.proposals}


async def when_admitted(apply: Callable[[Admitted], Awaitable[T]], asking: Asking, verb: str) -> T:
    """Apply a call once all that it changes was admitted. Raises what `Asking` raises, and Conflict when that never stays."""
    admitted = Admitted()
    for _ in range(ATTEMPTS):
        try:
            return await apply(admitted)
        except Unadmitted as unadmitted:
            asked = unadmitted
        await admitted.ask(asked, asking)
    raise Conflict("ADMISSION_CONTENDED", verb=verb, attempts=ATTEMPTS)


def proposing(verb: str, change: Change, path: str = "") -> Proposing:
    """The proposal of a resource that is entered or gets its next revision."""

    def worded() -> list[Proposal]:
        before, after = change
        return [
            Proposal(
                verb=verb,
                path=path,
                kind=after.kind.value,
                type=after.type,
                code=after.code,
                owner=after.owner,
                before=None if before is None else _plain(before.head.content),
                after=_plain(after.head.content),
            )
        ]

    return worded


def entering(
    rows: Iterable[tuple[int, Fresh]], path: str, decline: Callable[[int, UcsError], None] | None
) -> Proposing:
    """The proposals of resources that enter together, each with its place."""

    def worded() -> Iterable[Proposal]:
        for place, fresh in rows:
            yield Proposal(
                verb="import",
                path=f"{path}[{place}]",
                kind=fresh.kind,
                type=fresh.type,
                code=fresh.code,
                owner=fresh.owner,
                before=None,
                after=orjson.loads(fresh.content),
                decline=None if decline is None else _declining(decline, place),
            )

    return worded


def _declining(decline: Callable[[int, UcsError], None], place: int) -> Callable[[UcsError], None]:
    return lambda refusal: decline(place, refusal)


def _plain(content: ResourceContent) -> dict[str, Any]:
    return content.model_dump(mode="json")
