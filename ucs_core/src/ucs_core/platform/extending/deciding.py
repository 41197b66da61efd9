"""Who may call which operation, decided at each call by the state that the store is in then."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.snapshot import Decision, Snapshot
from ucs_core.access.vouching import check_standing
from ucs_core.platform.calls import Call, Clock
from ucs_core.platform.extending.entries import code_of
from ucs_core.platform.sight import Sight, see
from ucs_core.plugins.table import OperationTable
from ucs_registry.ports import Head, Reader, Store
from ucs_registry.principals import Principal
from ucs_registry.resources import Resource
from ucs_sdk.context import Caller
from ucs_sdk.errors import NotFound
from ucs_sdk.faults import plugin_not_running
from ucs_sdk.vocabulary import Availability

KNOWN_MOST = 2_000
"""How many entries of operations are kept in mind, of one state of the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """That a caller may call an operation: its entry in the catalogue, who calls, and what was decided."""

    resource: Resource
    caller: Caller
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was seen of one state of the catalogue: who may do what, and the entries of operations."""

    state: tuple[int, str, str, str]
    snapshot: Snapshot
    entries: dict[str, Resource | None] = field(default_factory=dict)


class Deciding:
    """Decides about calls, and keeps what was seen of the store's state last."""

    def __init__(self, store: Store, authority: Authority, clock: Clock, table: Callable[[], OperationTable]) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._table = table
        self._seen: _Seen | None = None

    async def standing(self, call: Call, path: str, reader: Reader | None = None) -> Standing:
        """How a caller stands to an operation now, or in the state that a reader sees. Raises NotFound for what it may not
        discover, Denied, or that it is not running.
        """
        if reader is not None:
            return await self._by(reader, call, path)
        at_once = await self._at_once(call, path)
        if at_once is not None:
            return at_once
        async with self._store.read() as opened:
            return await self._by(opened, call, path)

    async def invocable(self, sight: Sight, path: str) -> tuple[Resource, Decision]:
        """The entry of an operation that the caller may invoke now. Raises NotFound, Denied, or that it is not running."""
        resource = await self._entry(sight, path)
        if resource is None or not (await sight.decide(Action.DISCOVER, resource)).allowed:
            raise NotFound("OPERATION_NOT_FOUND", object=path[:80])
        # Before the decision: policies deny what is suspended, and the caller would ask in vain to be allowed.
        if resource.availability is not Availability.ONLINE:
            raise plugin_not_running(path.partition(".")[0], path)
        return resource, await sight.require(Action.INVOKE, resource)

    async def _at_once(self, call: Call, path: str) -> Standing | None:
        """The same without a reader, where the store stands as it did when everything about it was seen; None elsewhere,
        and where nothing but a reader can tell: of grants, and why somebody may not.
        """
        seen = self._seen
        if seen is None or path not in seen.entries or _state(await self._store.head()) != seen.state:
            return None
        entry, snapshot = seen.entries[path], seen.snapshot
        if entry is None or entry.availability is not Availability.ONLINE:
            return None
        profile = snapshot.profile(call.principal)
        if call.token is not None:
            check_standing(snapshot, profile.principal, call.token, self._clock())
        for action in (Action.DISCOVER, Action.INVOKE):
            decision = snapshot.decide(profile, action, entry.access)
            if not decision.allowed:
                return None
            shadow = self._authority.shadow
            if shadow is not None and shadow.turn():
                shadow.note(snapshot, profile, action, entry.access, False, decision)
        return Standing(resource=entry, caller=_caller(profile.principal), decision=decision)

    async def _by(self, reader: Reader, call: Call, path: str) -> Standing:
        sight = await see(reader, self._authority, call.principal, self._clock(), call.token)
        try:
            resource, decision = await self.invocable(sight, path)
        except NotFound as cause:
            raise NotFound("OPERATION_NOT_FOUND", object=path[:80], near=await self._near(sight, path)) from cause
        return Standing(resource=resource, caller=_caller(sight.principal), decision=decision)

    async def _entry(self, sight: Sight, path: str) -> Resource | None:
        """The entry of an operation, as the reader sees it: what it was at the same position of the same log, it still is."""
        state = _state(sight.reader.head)
        seen = self._seen
        if seen is None or seen.state != state:
            seen = self._seen = _Seen(state=state, snapshot=sight.snapshot)
        if path not in seen.entries:
            found = await sight.reader.resource_by_code(code_of(path))
            if len(seen.entries) < KNOWN_MOST:
                seen.entries[path] = found
            return found
        return seen.entries[path]

    async def _near(self, sight: Sight, path: str) -> list[str]:
        """Which operations may have been meant, of those that the caller may discover."""
        near = []
        for other in difflib.get_close_matches(path[:80], self._table().operations, n=3):
            entry = await sight.reader.resource_by_code(code_of(other))
            if entry is not None and (await sight.decide(Action.DISCOVER, entry)).allowed:
                near.append(other)
        return near


def _state(head: Head) -> tuple[int, str, str, str]:
    """What tells a state of the catalogue from every other, of other histories too."""
    return head.position, head.access_stamp, head.cell_stamp, head.types_stamp


def _caller(principal: Principal) -> Caller:
    return Caller(principal=principal.id, organization=principal.organization, kind=principal.kind)
