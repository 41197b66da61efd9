"""A stretch of the log, made ready to be told to anybody: what it is about is read once for all watchers.

Watchers who may see the same of it share what they are told, so that a thousand of them cost little more than a few.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ucs_core.access.actions import Action
from ucs_core.access.edition import Profile, Row
from ucs_core.access.snapshot import Snapshot
from ucs_core.platform.sight import WORKING_ACTIONS, Sight
from ucs_core.platform.views import ResourceView, needed_by
from ucs_core.platform.watching.events import NOTHING, ChangeType, Told, WatchEvent, WatchFilter, earliest
from ucs_registry.bin import DeletedResource
from ucs_registry.log import Entry, Outcome
from ucs_registry.merkle import Node
from ucs_registry.ports import Reader
from ucs_registry.resources import AccessAttributes, Resource
from ucs_registry.visibility import Grant
from ucs_sdk.vocabulary import ReviewState

ENTRIES_MOST = 200
"""How many entries are read at a time."""

PREPARING = frozenset(
    f"resources.{verb}" for verb in ("update", "change_dependencies", "submit", "withdraw", "reject", "undo_review")
)
"""The verbs that touch only the latest revision. While another one is served they are told to those who work on it alone.
Undoing is one of them where a rejection was undone."""

SILENT = frozenset({"resources.purge", "operations.invoke"})
"""The verbs of which nobody is told: what they are about has been out of sight for long, or was used and has not changed."""

ABOUT_MEMBERS = "members."
"""How the verbs begin that touch members alone. They are told to those who may read the resource: nobody else is to know
that there are any."""

Pairs = frozenset[tuple[str, str]]
"""Actions, each with the name of a resource: what somebody holds live grants for."""


Anchor = tuple[Node, str]
"""The leaf at a position of the log: its place in the tree, and its hash."""


class _Key(NamedTuple):
    """All that decides what a watcher is told of a batch."""

    row: Row
    granted: Pairs
    filter: WatchFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The entries behind a position up to another, and the state of the reader that they were read from.

    `anchor` is the leaf at that
    other position, None without entries. `preparing` holds the positions of the entries that only those are told of who
    work on the resource.
    """

    reader: Reader
    snapshot: Snapshot
    at: datetime
    upto: int
    anchor: Anchor | None
    entries: tuple[Entry, ...]
    resources: Mapping[str, Resource]
    grants: Mapping[str, Collection[Grant]]
    preparing: frozenset[int]
    touches_grants: bool
    _told: dict[_Key, Told] = field(default_factory=dict)

    async def told(self, profile: Profile, filter: WatchFilter) -> Told:
        """What a watcher is told of it."""
        if not self.entries:
            return NOTHING
        held = [grant for grantee in profile.grantees for grant in self.grants.get(grantee, ())]
        key = _Key(profile.row, frozenset((grant.action, grant.resource) for grant in held), filter)
        told = self._told.get(key)
        if told is None:
            until = earliest(grant.valid_until for grant in held)
            told = self._told[key] = Told(await self._events(profile, key.granted, filter), until)
        return told

    async def _events(self, profile: Profile, granted: Pairs, filter: WatchFilter) -> tuple[WatchEvent, ...]:
        eyes = _Eyes(self.snapshot, profile, granted)
        changes = [(entry, eyes.change(entry, self.preparing)) for entry in self.entries if self._wanted(entry, filter)]
        told = [(entry, change) for entry, change in changes if change is not None]
        views = await self._views(eyes, {entry.object for entry, _ in told})
        return tuple(
            WatchEvent(
                position=entry.position,
                type=change,
                name=entry.object,
                resource=None if change is ChangeType.REMOVED else views.get(entry.object),
            )
            for entry, change in told
        )

    async def _views(self, eyes: _Eyes, names: Iterable[str]) -> dict[str, ResourceView]:
        """What the watcher sees now of those resources that it may still discover."""
        found = [self.resources[name] for name in names if name in self.resources]
        seen = [resource for resource in found if eyes.sees(Action.DISCOVER, resource.access, resource.name)]
        sight = Sight(reader=self.reader, snapshot=self.snapshot, profile=eyes.profile, at=self.at)
        return {view.name: view for view in await sight.views(seen)}

    def _wanted(self, entry: Entry, filter: WatchFilter) -> bool:
        access = entry.access_after or entry.access_before
        if access is None:
            return False
        if filter.kind not in (None, access.kind) or filter.type not in (None, access.type):
            return False
        if filter.owner_subtree is None:
            return True
        tree = self.snapshot.edition.tree
        top, owner = tree.positions.get(filter.owner_subtree), tree.positions.get(access.owner)
        if top is None or owner is None:
            return False
        first, end = tree.subtree(top)
        return first <= owner < end


@dataclass(frozen=True, slots=True)
class _Eyes:
    """What one watcher may see, with the grants that it holds on what a batch is about."""

    snapshot: Snapshot
    profile: Profile
    granted: Pairs

    def sees(self, action: Action, access: AccessAttributes | None, name: str) -> bool:
        if access is None:
            return False
        decision = self.snapshot.decide(self.profile, action, access)
        if decision.needs_grant and (action.value, name) in self.granted:
            decision = self.snapshot.decide(self.profile, action, access, granted=True)
        return decision.allowed

    def change(self, entry: Entry, preparing: Collection[int]) -> ChangeType | None:
        """What an entry is to the watcher; None when it is none of its business."""
        before = self.sees(Action.DISCOVER, entry.access_before, entry.object)
        after = self.sees(Action.DISCOVER, entry.access_after, entry.object)
        if entry.position in preparing and not self._works_on(entry):
            return None
        if entry.verb.startswith(ABOUT_MEMBERS) and not self.sees(Action.READ, entry.access_after, entry.object):
            return None
        if after:
            return ChangeType.MODIFIED if before else ChangeType.ADDED
        return ChangeType.REMOVED if before else None

    def _works_on(self, entry: Entry) -> bool:
        return any(self.sees(action, entry.access_after, entry.object) for action in WORKING_ACTIONS)


async def read_batch(reader: Reader, snapshot: Snapshot, at: datetime, after: int) -> Batch:
    """Up to `ENTRIES_MOST` entries behind a position, with everything that they are about."""
    entries = await reader.log(after=after, first=ENTRIES_MOST)
    changes = tuple(entry for entry in entries if _tells(entry))
    ids = {entry.object.removeprefix("resources/") for entry in changes}
    resources = {item.name: item for item in (await reader.resources(ids)).values()} if ids else {}
    return Batch(
        reader=reader,
        snapshot=snapshot,
        at=at,
        upto=entries[-1].position if entries else after,
        anchor=((0, entries[-1].position - 1), entries[-1].leaf) if entries else None,
        entries=changes,
        resources=resources,
        grants=await _grants(reader, at, changes, resources.values()),
        preparing=await _preparing(reader, changes, resources),
        touches_grants=any(
            entry.object.startswith("grants/") and entry.outcome is Outcome.ACCEPTED for entry in entries
        ),
    )


def _tells(entry: Entry) -> bool:
    return entry.outcome is Outcome.ACCEPTED and entry.object.startswith("resources/") and entry.verb not in SILENT


async def _grants(
    reader: Reader, at: datetime, changes: Collection[Entry], resources: Collection[Resource]
) -> Mapping[str, Collection[Grant]]:
    """The live grants on what entries are about, be it gone by now, and on all that it leads to, by who holds them."""
    needed = {name for resource in resources for name in needed_by(resource)}
    announced = [resource.deprecation for resource in resources]
    announced += (await reader.deprecations(name.removeprefix("resources/") for name in needed)).values()
    names = {entry.object for entry in changes} | needed
    names |= {item.alternative for item in announced if item is not None and item.alternative is not None}
    found: dict[str, list[Grant]] = {}
    for grant in await reader.find_grants(resources=names, live_at=at) if names else ():
        found.setdefault(grant.grantee, []).append(grant)
    return found


async def _preparing(reader: Reader, changes: Collection[Entry], resources: Mapping[str, Resource]) -> frozenset[int]:
    """The positions of the entries that touched the latest revision while another one was served."""
    touching = [entry for entry in changes if entry.verb in PREPARING]
    gone = {entry.object.removeprefix("resources/") for entry in touching if entry.object not in resources}
    deleted = {item.resource.name: item for item in (await reader.deleted(gone)).values()} if gone else {}
    return frozenset([entry.position for entry in touching if await _prepares(reader, entry, resources, deleted)])


async def _prepares(
    reader: Reader, entry: Entry, resources: Mapping[str, Resource], deleted: Mapping[str, DeletedResource]
) -> bool:
    """Whether another revision was served when an entry touched the latest one."""
    if entry.verb == "resources.undo_review" and _body(entry).get("undone") == ReviewState.APPROVED:
        # What had been served is served no more, and that is everybody's business.
        return False
    kept = deleted.get(entry.object)
    resource = resources.get(entry.object) if kept is None else kept.resource
    if resource is None:
        # It was purged, and nobody can tell any more: those who worked on it are told, to be safe.
        return True
    if resource.current is None:
        return False
    number = _revision(entry)
    if number is None or number > resource.current.number:
        return True
    # It was approved later. Whether one was served before it, only the first that was approved can tell.
    revisions = kept.revisions if kept else await reader.revisions(resource.id) if number > 1 else ()
    return any(item.number < number for item in revisions if item.state is ReviewState.APPROVED)


def _revision(entry: Entry) -> int | None:
    """The number of the revision that an entry left behind as the latest, as its body tells."""
    number = _body(entry).get("revision")
    return number if isinstance(number, int) else None


def _body(entry: Entry) -> Mapping[str, Any]:
    body = None if entry.body is None else json.loads(entry.body)
    return body if isinstance(body, dict) else {}
