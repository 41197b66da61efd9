"""Reading the log: what one caller may audit of it."""

from __future__ import annotations

from dataclasses import replace

from ucs_core.access.actions import Action
from ucs_core.platform.sight import Sight
from ucs_registry.log import Entry
from ucs_registry.ports import Reader
from ucs_registry.queries import page_size
from ucs_sdk.errors import Invalid

LOG_BATCH = 500
"""How many entries of the log are read at a time at least."""


class Audit:
    """The log through the eyes of one caller."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._reader: Reader = sight.reader

    async def entries(self, *, after: int, first: int | None) -> list[Entry]:
        """Up to `first` + 1 entries behind a position that the caller may audit, in order.

        Entries on resources are judged by the resource's owner before or after; all others ask `audit` at the root. What
        the caller may not discover has no entries for it, and what it may not read has entries without a body.
        """
        size, last = page_size(first), self._reader.head.position
        if not 0 <= after <= last:
            raise Invalid("POSITION_UNKNOWN", path="after", position=after, last=last)
        found: list[Entry] = []
        # Whoever may audit nothing at all is not worth a walk through the whole log.
        while self._may_audit and len(found) <= size:
            batch = await self._reader.log(after=after, first=max(4 * size, LOG_BATCH))
            if not batch:
                break
            found += await self._audited([entry for entry in batch if self._audits(entry)])
            after = batch[-1].position
        return found[: size + 1]

    async def _audited(self, entries: list[Entry]) -> list[Entry]:
        """The entries without those on what the caller may not discover, and without the bodies that it may not read."""
        ids = {_object_id(entry) for entry in entries if entry.object.startswith("resources/")}
        seen = await self._reader.visible(ids, self._sight.visibility())
        hidden = (await self._reader.resources(ids - seen)).keys() if ids - seen else set()
        readable = await self._reader.visible(seen, self._sight.visibility(Action.READ)) if seen else set()
        return [
            replace(entry, body=None, salt=None) if _object_id(entry) in seen - readable else entry
            for entry in entries
            if _object_id(entry) not in hidden
        ]

    @property
    def _may_audit(self) -> bool:
        """Whether there is anything in the log that the caller may audit."""
        snapshot, profile = self._sight.snapshot, self._sight.profile
        at_the_root = snapshot.decide_organization(profile, Action.AUDIT, snapshot.root).allowed
        return at_the_root or any(self._sight.visibility(Action.AUDIT).mask)

    def _audits(self, entry: Entry) -> bool:
        snapshot, profile = self._sight.snapshot, self._sight.profile
        attributes = [item for item in (entry.access_before, entry.access_after) if item is not None]
        if attributes:
            return any(snapshot.decide(profile, Action.AUDIT, item).allowed for item in attributes)
        return snapshot.decide_organization(profile, Action.AUDIT, snapshot.root).allowed


def _object_id(entry: Entry) -> str:
    return entry.object.removeprefix("resources/")
