"""A write in memory: copies of what it changes, published all at once."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ucs_registry.entering import Fresh, resource_of
from ucs_registry.log import Entry, EntryDraft
from ucs_registry.log_groups import Entries, PartedDraft
from ucs_registry.memory.blobs import BlobWriting
from ucs_registry.memory.events import EventWriting
from ucs_registry.memory.members import MemberWriting
from ucs_registry.memory.own import OwnWriting
from ucs_registry.memory.plugins import PluginWriting
from ucs_registry.memory.reading import MemoryReader, State
from ucs_registry.memory.reviews import ReviewWriting
from ucs_registry.memory.shelf import ShelfWriting
from ucs_registry.memory.types import TypeWriting
from ucs_registry.organizations import NewOrganization, Organization, path_below
from ucs_registry.ports import Head, RememberedRequest, next_stamp
from ucs_registry.principals import Principal, RuleRow, Subject
from ucs_registry.resources import Resource
from ucs_registry.search import document_tokens, resource_texts
from ucs_registry.signing import KEPT_VERB, Ledger, Verified, key_needed
from ucs_registry.visibility import Grant
from ucs_sdk.errors import AlreadyExists, Invalid


class MemoryUnit(
    MemoryReader,
    MemberWriting,
    ReviewWriting,
    TypeWriting,
    ShelfWriting,
    PluginWriting,
    BlobWriting,
    OwnWriting,
    EventWriting,
):
    """A write on copies of what it changes."""

    def __init__(
        self,
        published: State,
        publish: Callable[[State], None],
        ledger: Ledger | None = None,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(copy.copy(published), seconds)
        self._publish = publish
        self._ledger = ledger
        self._compacted = published.head.compacted
        self._own: set[str] = set()
        self._drafts: list[EntryDraft | PartedDraft] = []
        self._access_changed = False
        self._open = True

    async def add_organizations(self, new: Sequence[NewOrganization]) -> list[Organization]:
        kept = self._writable("organizations")
        added = []
        for item in new:
            parent = kept[item.parent] if item.parent is not None else None
            entry = Organization(**dict(item), number=len(kept), path=path_below(parent, item.id))
            kept[item.id] = entry
            added.append(entry)
        self._access_changed |= bool(added)
        return added

    async def enter(self, fresh: Sequence[Fresh], by: str, at: datetime) -> None:
        await self.save([resource_of(each, by, at) for each in fresh])

    async def save(self, resources: Sequence[Resource]) -> None:
        self._check(resources)
        for resource in resources:
            self._save(resource)

    async def put_principals(self, principals: Sequence[Principal]) -> None:
        self._check_open()
        after = self._state.principals | {principal.id: principal for principal in principals}
        holders: dict[Subject, str] = {}
        for principal in after.values():
            subject = principal.subject
            if subject is not None and holders.setdefault(subject, principal.id) != principal.id:
                raise AlreadyExists("SUBJECT_TAKEN", path="subject", taken=subject.subject)
        self._writable("principals").update(after)
        self._access_changed |= bool(principals)

    async def put_rules(self, rules: Sequence[RuleRow]) -> None:
        self._writable("rules").update({rule.id: rule for rule in rules})
        self._access_changed |= bool(rules)

    async def remove_rules(self, ids: Iterable[str]) -> None:
        kept = self._writable("rules")
        for id in ids:
            if kept.pop(id, None) is not None:
                self._access_changed = True

    async def put_grants(self, grants: Sequence[Grant]) -> None:
        self._writable("grants").update({grant.id: grant for grant in grants})

    async def remove_grants(self, ids: Iterable[str]) -> None:
        kept = self._writable("grants")
        for id in ids:
            kept.pop(id, None)

    async def revoke_keys(self, ids: Iterable[str]) -> None:
        fresh = dict.fromkeys(id for id in ids if id not in self._state.revoked_keys)
        self._writable("revoked_keys").update(fresh)
        self._access_changed |= bool(fresh)

    async def compact(self, upto: int) -> int:
        self._check_open()
        reached = min(upto, self._head.position)
        if reached <= self._compacted:
            return 0
        passed = self._state.log[self._compacted : reached]
        dropping = [entry.body is not None and entry.verb != KEPT_VERB for entry in passed]
        compacted = [
            replace(entry, body=None, salt=None) if dropped else entry
            for entry, dropped in zip(passed, dropping, strict=True)
        ]
        self._state.log = [*self._state.log[: self._compacted], *compacted, *self._state.log[reached:]]
        self._compacted = reached
        return sum(dropping)

    async def forget_requests(self, before: datetime) -> int:
        kept = self._writable("remembered")
        late = [key for key, request in kept.items() if request.at < before]
        for key in late:
            del kept[key]
        return len(late)

    async def remember(self, request: RememberedRequest) -> None:
        self._writable("remembered")[request.actor, request.request_id] = request

    def append(self, draft: EntryDraft | PartedDraft) -> None:
        self._check_open()
        self._drafts.append(draft)

    async def commit(self) -> Sequence[Entry]:
        self._check_open()
        last = self._head.position
        entries = Entries(self._drafts, last + 1)
        if self._ledger is None and self._state.note is not None and entries:
            raise key_needed()
        verified = None if self._ledger is None else await self._ledger.verify(self, self._state.note, last)
        self._open = False
        self._state.log.extend(entries)
        self._grow(entries)
        if self._ledger is not None and verified is not None:
            self._sign(self._ledger, verified, entries)
        self._state.head = Head(
            position=last + len(entries),
            access_version=self._head.access_version + self._access_changed,
            cells=len(self._state.cells),
            compacted=self._compacted,
            access_stamp=next_stamp(self._head.access_stamp, changed=self._access_changed),
            cell_stamp=next_stamp(self._head.cell_stamp, changed=len(self._state.cells) != self._head.cells),
            types_stamp=self.types_stamp,
        )
        self._publish(self._state)
        return entries

    def _grow(self, entries: Sequence[Entry]) -> None:
        self._state.frontier = frontier = self._state.frontier.copy()
        for entry in entries:
            for level, completed in enumerate(frontier.append(entry.leaf), start=1):
                self._state.subtrees[level, (frontier.size >> level) - 1] = completed

    def _sign(self, ledger: Ledger, verified: Verified, entries: Entries) -> None:
        for entry in entries:
            verified.frontier.append(entry.leaf)
        signed = ledger.sign(verified, entries)
        if signed is None:
            return
        self._state.note = signed.checkpoint.note
        if signed.kept:
            self._state.checkpoints = {**self._state.checkpoints, signed.checkpoint.size: signed.checkpoint}
        ledger.confirm(signed)

    def close(self) -> None:
        """Take no more writes."""
        self._open = False

    def _check(self, resources: Sequence[Resource]) -> None:
        claimed: dict[str, str] = {}
        for resource in resources:
            if resource.owner not in self._state.organizations:
                raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=resource.owner)
            holder = claimed.get(resource.code) or self._state.codes.get(resource.code)
            if holder not in (None, resource.id):
                raise AlreadyExists("CODE_TAKEN", path="code", taken=resource.code)
            claimed[resource.code] = resource.id
        self._check_bin(resources)

    def _save(self, resource: Resource) -> None:
        before = self._state.resources.get(resource.id)
        self._writable("resources")[resource.id] = resource
        self._writable("codes")[resource.code] = resource.id
        shown = {revision.number: revision for revision in (resource.current, resource.head) if revision}
        revisions = self._writable("revisions")
        revisions[resource.id] = revisions.get(resource.id, {}) | shown
        owner = self._state.organizations[resource.owner]
        self._writable("tokens")[resource.id] = document_tokens(resource_texts(resource, owner))
        cells = self._writable("cells")
        cells.setdefault(resource.access, len(cells))
        arrivals = self._writable("arrivals")
        for link in before.shown.content.dependencies if before else ():
            arrivals[link.target] = arrivals[link.target] - {resource.id}
        for link in resource.shown.content.dependencies:
            arrivals[link.target] = arrivals.get(link.target, frozenset()) | {resource.id}

    def _writable(self, name: str) -> dict[Any, Any]:
        self._check_open()
        if name not in self._own:
            setattr(self._state, name, dict(getattr(self._state, name)))
            self._own.add(name)
        kept: dict[Any, Any] = getattr(self._state, name)
        return kept

    def _check_open(self) -> None:
        if not self._open:
            raise RuntimeError("this unit has ended: it was committed or left")
