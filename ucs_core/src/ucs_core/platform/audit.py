"""Reading the log: what one caller may audit of it, and proofs for those who do not take the platform's word."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Unpack

import orjson

from ucs_core.access.actions import Action
from ucs_core.platform.log_proofs import ConsistencyProof, ExportedEntry, ExportPage, InclusionProof
from ucs_core.platform.paging import Page, PageArguments, PageAsked, Places, Span, Window
from ucs_core.platform.sight import Sight
from ucs_registry import merkle
from ucs_registry.checkpoints import Checkpoint
from ucs_registry.log import Entry
from ucs_registry.ports import Reader
from ucs_registry.queries import page_size
from ucs_registry.resources import AccessAttributes
from ucs_sdk.errors import FailedPrecondition, Invalid, NotFound

LOG_BATCH = 500
"""How many entries of the log are read at a time at least, and how many an export's page holds at most."""


_DIGITS_MOST = 19
"""How many digits a position has at most."""


class Audit:
    """The log through the eyes of one caller."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._reader: Reader = sight.reader

    async def entries(self, *, after: int, first: int | None) -> list[Entry]:
        """Up to `first` + 1 entries behind a position that the caller may audit, in order. See `page`."""
        size = page_size(first)
        self._known(after, "after")
        return await self._between(Span(after=after, before=None, first=size + 1, backward=False))

    async def page(self, **page: Unpack[PageArguments]) -> Page[Entry]:
        """A page of the entries that the caller may audit, in order; a cursor is a position.

        Entries on resources are judged by the resource's owner before or after; all others ask `audit` at the root. What
        the caller may not discover has no entries for it, and what it may not read has entries without a body.
        """
        places: Places[Entry, int] = Places(of=lambda entry: entry.position, encode=str, decode=self._position)
        return await Window(PageAsked(**page), places).page(self._between)

    async def _between(self, span: Span[int]) -> list[Entry]:
        after, before, owners = span.after or 0, span.before, None if self._oversees else self._owners()
        found: list[Entry] = []
        # Whoever may audit nothing at all is not worth a walk through the whole log.
        while (owners is None or owners) and len(found) < span.first:
            batch = await self._reader.log(
                after=after,
                first=max(4 * span.first, LOG_BATCH),
                owners=owners,
                before=before,
                backward=span.backward,
            )
            if not batch:
                break
            audited = await self._audited([entry for entry in batch if self._audits(entry)])
            if span.backward:
                found, before = audited + found, batch[0].position
            else:
                found, after = found + audited, batch[-1].position
        return found[-span.first :] if span.backward else found[: span.first]

    def _position(self, cursor: str, path: str) -> int:
        return self._known(position_of(cursor, path), path)

    def _known(self, position: int, path: str) -> int:
        last = self._reader.head.position
        if not 0 <= position <= last:
            raise Invalid("POSITION_UNKNOWN", path=path, position=position, last=last)
        return position

    async def checkpoint(self) -> Checkpoint | None:
        """The last checkpoint, for any caller; None while nothing was signed."""
        # The last one is nearly always over the whole log, and then the others need not be read.
        found = await self._reader.checkpoints(after=self._reader.head.position - 1)
        found = found or await self._reader.checkpoints()
        return found[-1] if found else None

    async def inclusion(self, position: int, size: int | None = None) -> InclusionProof:
        """The proof that an entry is among the first `size`, or in the last checkpoint's log.

        Raises NotFound for an entry that the caller may not audit, Invalid for a position or size beyond what is signed.
        """
        last = await self._signed()
        size = last.size if size is None else size
        self._within(size, 1, last.size, "size")
        self._within(position, 1, size, "position")
        entry = next(iter(await self._reader.log(after=position - 1, first=1)), None)
        if entry is None or entry.position != position:
            raise FailedPrecondition("LOG_INCOMPLETE")
        shown = await self._audited([entry] if self._audits(entry) else [])
        if not shown:
            raise NotFound("NOT_FOUND", object=f"log/{position}")
        nodes = [*merkle.inclusion_nodes(position, size), *merkle.root_nodes(size)]
        hashes = await self._hashes(nodes)
        return InclusionProof(
            entry=shown[0],
            leaf=entry.leaf,
            position=position,
            size=size,
            root=_root(size, hashes),
            hashes=merkle.inclusion_proof(position, size, hashes),
            checkpoint=await self._over(size, last),
        )

    async def consistency(self, first: int, second: int | None = None) -> ConsistencyProof:
        """The proof that the first entries are still the beginning of the log, for any caller: it tells of hashes alone.

        Raises Invalid for sizes beyond what is signed, or a first one above the second.
        """
        last = await self._signed()
        second = last.size if second is None else second
        self._within(second, 1, last.size, "second")
        self._within(first, 1, second, "first")
        nodes = {*merkle.consistency_nodes(first, second), *merkle.root_nodes(first), *merkle.root_nodes(second)}
        hashes = await self._hashes(nodes)
        return ConsistencyProof(
            first=first,
            second=second,
            first_root=_root(first, hashes),
            second_root=_root(second, hashes),
            hashes=merkle.consistency_proof(first, second, hashes),
            checkpoint=await self._over(second, last),
        )

    async def export(self, *, after: int = 0, first: int = LOG_BATCH, size: int | None = None) -> ExportPage:
        """Up to `first` entries behind a position and up to `size`, without gaps; asks `audit` at the root.

        What the caller may not discover is a bare leaf, and what it may not read has no body. Without a size, the export
        ends where the last checkpoint does. Raises FailedPrecondition with LOG_ENTRIES_UNSIGNED when entries stand behind it:
        no writer of ours leaves any.
        """
        self._sight.require_organization(Action.AUDIT, self._sight.snapshot.root)
        last, standing = await self._signed(), self._reader.head.position
        if standing > last.size:
            raise FailedPrecondition("LOG_ENTRIES_UNSIGNED", position=standing, signed=last.size)
        size = last.size if size is None else size
        self._within(size, 1, last.size, "size")
        self._within(after, 0, size, "after")
        self._within(first, 1, LOG_BATCH, "first")
        batch = await self._reader.log(after=after, first=min(first, size - after)) if after < size else []
        shown = {entry.position: entry for entry in await self._audited(filter(self._audits, batch))}
        kept = await self._reader.checkpoints() if not after else []
        return ExportPage(
            entries=[_exported(entry, shown.get(entry.position)) for entry in batch],
            checkpoints=[checkpoint for checkpoint in kept if checkpoint.size <= size],
            size=size,
            compacted=self._reader.head.compacted,
        )

    async def _signed(self) -> Checkpoint:
        """The last checkpoint. Raises FailedPrecondition while nothing was signed."""
        last = await self.checkpoint()
        if last is None:
            raise FailedPrecondition("LOG_UNSIGNED")
        return last

    async def _hashes(self, nodes: Iterable[merkle.Node]) -> dict[merkle.Node, str]:
        """The hashes of subtrees. Raises FailedPrecondition with LOG_INCOMPLETE when somebody took entries out."""
        wanted = set(nodes)
        hashes = await self._reader.tree_hashes(wanted)
        if not hashes.keys() >= wanted:
            raise FailedPrecondition("LOG_INCOMPLETE")
        return hashes

    async def _over(self, size: int, last: Checkpoint) -> Checkpoint | None:
        """The checkpoint of a size, if it is kept."""
        if size == last.size:
            return last
        found = await self._reader.checkpoints(after=size - 1, first=1)
        return next((item for item in found if item.size == size), None)

    def _within(self, number: int, least: int, most: int, path: str) -> None:
        if not least <= number <= most:
            raise Invalid("POSITION_UNKNOWN", path=path, position=number, last=most)

    async def _audited(self, audited: Iterable[Entry]) -> list[Entry]:
        """The entries without those on what the caller may not discover, and without the bodies that it may not read."""
        entries = [entry for entry in audited if _tells_its_resource(entry) or self._discovers(entry)]
        ids = {_resource_id(entry) for entry in entries if _tells_its_resource(entry)}
        seen = await self._reader.visible(ids, self._sight.visibility())
        hidden = (await self._reader.resources(ids - seen)).keys() if ids - seen else set()
        readable = await self._reader.visible(seen, self._sight.visibility(Action.READ)) if seen else set()
        gone = await self._gone(ids - seen - hidden)
        return [
            replace(entry, body=None, salt=None) if self._withholds(entry, seen - readable, gone) else entry
            for entry in entries
            if _resource_id(entry) not in hidden and self._knows_of(entry, gone)
        ]

    async def _gone(self, ids: Collection[str]) -> dict[str, AccessAttributes | None]:
        """What policies saw last of those that are not there, as far as the bin still tells."""
        deleted = await self._reader.deleted(ids) if ids else {}
        return {id: deleted[id].resource.access if id in deleted else None for id in ids}

    def _knows_of(self, entry: Entry, gone: Mapping[str, AccessAttributes | None]) -> bool:
        """Whether the caller may know of an entry on what is gone: by how policies saw it last, or else by the entry."""
        id = _resource_id(entry)
        if id not in gone:
            return True
        access = gone[id]
        return self._discovers(entry) if access is None else self._may(Action.DISCOVER, access)

    def _withholds(
        self, entry: Entry, unreadable: Collection[str], gone: Mapping[str, AccessAttributes | None]
    ) -> bool:
        """Whether the caller is not shown the body: it may not read the resource, or nobody knows any more who might."""
        id = entry.object.removeprefix("resources/")
        if id not in gone:
            return id in unreadable
        access = gone[id]
        if access is None:
            return entry.access_before is not None or entry.access_after is not None
        return not self._may(Action.READ, access)

    def _may(self, action: Action, access: AccessAttributes) -> bool:
        return self._sight.snapshot.decide(self._sight.profile, action, access).allowed

    def _discovers(self, entry: Entry) -> bool:
        """Whether the caller may discover what an entry is about that does not name it: a grant whose body is gone, or
        that was refused.
        """
        snapshot, profile = self._sight.snapshot, self._sight.profile
        attributes = [item for item in (entry.access_before, entry.access_after) if item is not None]
        return all(snapshot.decide(profile, Action.DISCOVER, item).allowed for item in attributes)

    @property
    def _oversees(self) -> bool:
        """Whether the caller may audit at the root, where all stands that no resource's owner answers for."""
        snapshot = self._sight.snapshot
        return snapshot.decide_organization(self._sight.profile, Action.AUDIT, snapshot.root).allowed

    def _owners(self) -> list[str]:
        """The organisations on some of whose resources the caller may audit something; each entry is judged all the same."""
        edition, row = self._sight.snapshot.edition, self._sight.profile.row
        audits = [
            any(
                edition.decisions(entitlement, Action.AUDIT, number)[False].allowed
                for number in range(1, len(edition.pool.listed))
            )
            for entitlement in row.entitlements
        ]
        return [id for place, id in enumerate(edition.tree.ids) if audits[row.owners[place]]]

    def _audits(self, entry: Entry) -> bool:
        snapshot, profile = self._sight.snapshot, self._sight.profile
        attributes = [item for item in (entry.access_before, entry.access_after) if item is not None]
        if attributes:
            return any(snapshot.decide(profile, Action.AUDIT, item).allowed for item in attributes)
        return snapshot.decide_organization(profile, Action.AUDIT, snapshot.root).allowed


def position_of(cursor: str, path: str = "after") -> int:
    """The position that a cursor of the log stands for. Raises Invalid when it is none."""
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _DIGITS_MOST):
        raise Invalid("POSITION_MALFORMED", path=path, value=cursor[:40])
    return int(cursor)


def _resource_id(entry: Entry) -> str:
    """The id of the resource that an entry is about; empty where it does not tell."""
    name = entry.object
    if name.startswith("grants/") and entry.body is not None:
        name = orjson.loads(entry.body).get("grants", {}).get("resource", "")
    return name.removeprefix("resources/") if name.startswith("resources/") else ""


def _tells_its_resource(entry: Entry) -> bool:
    return bool(_resource_id(entry))


def _root(size: int, hashes: dict[merkle.Node, str]) -> str:
    return merkle.Frontier(size, [hashes[node] for node in merkle.root_nodes(size)]).root


def _exported(entry: Entry, shown: Entry | None) -> ExportedEntry:
    """The entry as far as it is shown; what is not shown of it is withheld."""
    if shown is None:
        # Computed afresh: whoever edits an entry out of an auditor's sight must not go unnoticed by that.
        return ExportedEntry(header=None, leaf=entry.computed_leaf(), body=None, salt=None, withheld=True)
    withheld = entry.body is not None and shown.body is None
    return ExportedEntry(header=entry.header(), leaf=entry.leaf, body=shown.body, salt=shown.salt, withheld=withheld)
