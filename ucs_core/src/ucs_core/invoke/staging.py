"""What a function of a plugin has read and wants to change: kept aside, and brought to the store in one unit.

Nobody holds the writers' turn while a plugin's code runs. What was read is checked when the unit commits; where it changed
meanwhile, nothing of it happens, and the function is run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from ucs_core.access.actions import Action
from ucs_core.invoke.ports import Sharing
from ucs_registry.blobs import StoredBlob
from ucs_registry.documents import Document, NewDocument, check_document
from ucs_registry.events import NewEvent
from ucs_registry.own import OwnWrite
from ucs_registry.ports import Unit
from ucs_sdk.errors import Conflict, Denied, Exhausted, Internal

log = structlog.get_logger()

STAGED_MOST = 2_000
"""How many writes and events one unit may hold: it is one transaction, and others wait for it."""

READ_MOST = 20_000
"""How many records a unit may have read: each is looked at again when it commits."""

WEIGHT_MOST = 16 * 1024 * 1024
"""How many bytes the records, events and rows of one unit may have: what is larger would keep all others waiting for long."""

BLOBS_MOST = 64 * 1024 * 1024
"""How many bytes of files one unit may hold: they are in memory until it commits."""

Key = tuple[str, str]
"""A collection and the key of a record in it."""


class Stale(Exception):
    """Something that a function has read is not as it was. Nothing has happened; it is run again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A record that is to be put or, without a body, removed. `expected` is the revision that its author names.

    It belongs to `organization`; where none is named, to whom it belonged before, or `otherwise`.
    """

    body: Mapping[str, Any] | None
    organization: str = ""
    otherwise: str = ""
    expected: int | None = None
    size: int = 0


@dataclass(slots=True, kw_only=True)
class Staged:
    """What one run of a function has read, by revision (0: there was none), and what it wants to happen."""

    plugin: str
    at: datetime
    sharing: Callable[[str], Sharing]
    reads: dict[Key, int] = field(default_factory=dict)
    writes: dict[Key, Write] = field(default_factory=dict)
    events: list[NewEvent] = field(default_factory=list)
    blobs: dict[str, StoredBlob] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    statements: list[OwnWrite] = field(default_factory=list)
    weight: int = 0
    """How many bytes the writes, events and statements have, as `WEIGHT_MOST` bounds them."""

    @property
    def empty(self) -> bool:
        """Whether nothing is to happen."""
        return not (self.writes or self.events or self.blobs or self.statements)

    def note_read(self, collection: str, key: str, revision: int) -> None:
        """Remember what was seen first. What is seen again must be the same, or the function has seen two states."""
        seen = self.reads.setdefault((collection, key), revision)
        if seen != revision:
            raise Stale
        if len(self.reads) > READ_MOST:
            raise Exhausted("UNIT_TOO_LARGE", limit=READ_MOST)

    def write(self, collection: str, key: str, write: Write) -> None:
        """Stage a write; a later one takes the place of an earlier one, whose expectation stands."""
        if write.body is not None:
            write = replace(write, size=check_document(self._new(collection, key, write, write.otherwise)))
        before = self.writes.get((collection, key))
        self.weight += write.size - (before.size if before else 0)
        if before is not None and write.expected is None:
            write = replace(write, expected=before.expected)
        self.writes[collection, key] = write
        self._check_size()

    def note_table(self, table: str, revision: int) -> None:
        """Remember in which state one of the plugin's own tables was read, as `note_read` does of a record."""
        if self.tables.setdefault(table, revision) != revision:
            raise Stale

    def run(self, statement: OwnWrite) -> None:
        """Stage a statement on the plugin's own tables."""
        self.statements.append(statement)
        self.weight += sum(
            len(value) for row in statement.values for value in row.values() if isinstance(value, str | bytes)
        )
        self._check_size()

    def emit(self, event: NewEvent, size: int) -> None:
        """Stage an event whose data have so many bytes."""
        self.events.append(event)
        self.weight += size
        self._check_size()

    def keep(self, blob: StoredBlob) -> None:
        """Stage a file; the first media type that is said of it stands."""
        self.blobs.setdefault(blob.digest, blob)
        self._check_size()
        if sum(len(each.content) for each in self.blobs.values()) > BLOBS_MOST:
            raise Exhausted("UNIT_TOO_LARGE", limit=BLOBS_MOST)

    @property
    def size(self) -> int:
        """How much is to happen, as `STAGED_MOST` bounds it."""
        rows = sum(max(1, len(each.values)) for each in self.statements)
        return len(self.writes) + len(self.events) + len(self.blobs) + rows

    def following(self) -> Staged:
        """The same once more, for what is to be staged behind it and may be dropped without it."""
        return replace(
            self,
            reads=dict(self.reads),
            writes=dict(self.writes),
            events=list(self.events),
            blobs=dict(self.blobs),
            tables=dict(self.tables),
            statements=list(self.statements),
        )

    def beyond(self, before: Staged) -> Staged:
        """What is to happen here and was not yet before, of which this is a following."""
        return replace(
            self,
            reads={},
            writes={key: write for key, write in self.writes.items() if before.writes.get(key) is not write},
            events=self.events[len(before.events) :],
            blobs={digest: blob for digest, blob in self.blobs.items() if digest not in before.blobs},
            tables={},
            statements=self.statements[len(before.statements) :],
            weight=self.weight - before.weight,
        )

    def meets(self, other: Staged) -> bool:
        """Whether one of both writes what the other reads or writes, so that one of them has to be first."""
        mine, theirs = self.writes.keys(), other.writes.keys()
        tables = bool(self.statements or self.tables) and bool(other.statements or other.tables)
        return tables or not (
            mine.isdisjoint(theirs) and mine.isdisjoint(other.reads.keys()) and theirs.isdisjoint(self.reads.keys())
        )

    def join(self, other: Staged) -> None:
        """Take up what is to happen elsewhere, and does not meet this."""
        self.reads |= other.reads
        self.writes |= other.writes
        self.events += other.events
        self.blobs |= other.blobs
        self.tables |= other.tables
        self.statements += other.statements
        self.weight += other.weight

    async def stands(self, unit: Unit) -> dict[Key, Document]:
        """The records that were read or are to be written, as they stand in a unit."""
        return await self._standing(unit)

    def fits(self, standing: Mapping[Key, Document]) -> bool:
        """Whether all records are as they were read, and as the authors of writes expect them."""
        return not self.overtaken(standing) and all(
            write.expected in (None, revision_of(standing.get(key))) for key, write in self.writes.items()
        )

    def overtaken(self, standing: Mapping[Key, Document]) -> bool:
        """Whether a record that was read is not as it was."""
        return any(revision_of(standing.get(key)) != revision for key, revision in self.reads.items())

    def check_rights(self, standing: Mapping[Key, Document], may: Callable[[Action, Sharing, str], bool]) -> None:
        """Raise Denied for a record that its writer may not edit, as `apply` does."""
        for (collection, key), write in self.writes.items():
            before = standing.get((collection, key))
            new = self._new(collection, key, write, before.organization if before else write.otherwise)
            self._check_right(collection, before, new if write.body is not None else None, may)

    async def apply(
        self,
        unit: Unit,
        may: Callable[[Action, Sharing, str], bool] | None,
        at: datetime,
        standing: Mapping[Key, Document] | None = None,
    ) -> None:
        """Check what was read, and write. `may` decides whose records may be edited; None for the plugin's own work.
        `standing` is what `stands` has told in this unit already.

        Raises Stale, Conflict for a revision that was named and has gone, and Denied.
        """
        if standing is None:
            standing = await self._standing(unit)
        if self.overtaken(standing):
            raise Stale
        if await unit.own_revisions(self.plugin, self.tables) != self.tables:
            raise Stale
        put: list[NewDocument] = []
        removed: dict[str, list[str]] = {}
        for (collection, key), write in self.writes.items():
            before = standing.get((collection, key))
            if write.expected is not None and revision_of(before) != write.expected:
                raise Conflict("RECORD_CHANGED", plugin=self.plugin, collection=collection, key=key)
            new = self._new(collection, key, write, before.organization if before else write.otherwise)
            self._check_right(collection, before, new if write.body is not None else None, may)
            if write.body is not None:
                put.append(new)
            elif before is not None:
                removed.setdefault(collection, []).append(key)
        for collection, keys in removed.items():
            await unit.remove_documents(self.plugin, collection, keys)
        if put:
            await unit.put_documents(put, at)
        if self.blobs:
            await unit.put_blobs(self.plugin, list(self.blobs.values()), at)
        try:
            await unit.run_own(self.statements)
        except Internal:
            # Its caller learns that it was not taken, and nobody else is told why.
            log.exception("plugin_statement_failed", plugin=self.plugin)
            raise
        await unit.emit(self.events)

    def told(self) -> dict[str, Any]:
        """What the log says of it: which records, events and files, and never what they hold."""
        files = {"blobs": list(self.blobs)} if self.blobs else {}
        tables = {"tables": sorted({each.table for each in self.statements})} if self.statements else {}
        return {
            **files,
            **tables,
            "records": [f"{collection}/{key}" for collection, key in self.writes],
            "events": [f"{event.type} {event.id}" for event in self.events],
        }

    def _new(self, collection: str, key: str, write: Write, otherwise: str) -> NewDocument:
        return NewDocument(
            plugin=self.plugin,
            collection=collection,
            id=key,
            organization=write.organization or otherwise,
            body=write.body or {},
        )

    async def _standing(self, unit: Unit) -> dict[Key, Document]:
        wanted: dict[str, list[str]] = {}
        for collection, key in self.reads.keys() | self.writes.keys():
            wanted.setdefault(collection, []).append(key)
        return {
            (collection, key): document
            for collection, keys in wanted.items()
            for key, document in (await unit.documents(self.plugin, collection, keys)).items()
        }

    def _check_right(
        self,
        collection: str,
        before: Document | None,
        after: NewDocument | None,
        may: Callable[[Action, Sharing, str], bool] | None,
    ) -> None:
        if may is None:
            return
        sharing = self.sharing(collection)
        for owner in {each.organization for each in (before, after) if each is not None}:
            if not may(Action.EDIT, sharing, owner):
                # Whose it is now is not for somebody who may not edit it.
                raise Denied("DENIED_THERE", action=Action.EDIT.value, object=sharing.type)

    def _check_size(self) -> None:
        if self.size > STAGED_MOST:
            raise Exhausted("UNIT_TOO_LARGE", limit=STAGED_MOST)
        if self.weight > WEIGHT_MOST:
            raise Exhausted("UNIT_TOO_LARGE", limit=WEIGHT_MOST)


def revision_of(document: Document | None) -> int:
    """The revision of what is there; 0 for nothing."""
    return 0 if document is None else document.revision
