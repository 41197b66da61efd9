"""The state of access that was seen last, for answers that open no session of their own.

An answer says where the store stood when it was read. Where that is not the state that the caller was judged by, the present
state is looked at anew and the question is asked again: so a revocation counts from the next answer on, as it does for
sessions.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ucs_core.access.authority import Authority
from ucs_core.access.snapshot import Snapshot
from ucs_registry.ports import Store
from ucs_registry.queries import ResourceQuery
from ucs_registry.shapes import Standing

TRIES = 3
"""How often a question is asked while others change who may do what."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A state of access, and where the store stood that had it."""

    standing: Standing
    snapshot: Snapshot


class Present:
    """Keeps what was seen last."""

    def __init__(self, store: Store, authority: Authority) -> None:
        self._store = store
        self._authority = authority
        self._looking = asyncio.Lock()
        self.seen: Seen | None = None

    async def beyond(self, seen: Seen | None) -> Seen:
        """The present state, read by a session of its own unless somebody has seen another one than `seen` meanwhile."""
        async with self._looking:
            if self.seen is None or self.seen is seen:
                async with self._store.read() as reader:
                    head = reader.head
                    standing = Standing(head.access_version, head.access_stamp, head.cells, head.cell_stamp)
                    self.seen = Seen(standing, await self._authority.at(reader))
            return self.seen


def asks_no_session(query: ResourceQuery, snapshot: Snapshot) -> bool:
    """Whether a query asks for nothing that is the caller's own, and names organisations that there are."""
    return not (query.awaiting_review or query.affected_by_deprecation) and names_known(query, snapshot)


def names_known(query: ResourceQuery, snapshot: Snapshot) -> bool:
    """Whether a query names organisations that there are."""
    if not all(owner is None or snapshot.knows(owner) for owner in (query.owner, query.owner_subtree)):
        return False
    return all(names_known(branch, snapshot) for branch in query.any_of)
