"""Removing what was deleted for ever: by a verb, or by the node itself when it has been in the bin for long enough."""

from __future__ import annotations

from ucs_core.access.actions import Action
from ucs_core.platform.administration.access_verbs import plain, written
from ucs_core.platform.administration.grants import view_of
from ucs_core.platform.calls import Clock, new_call_id
from ucs_core.platform.founding import SYSTEM
from ucs_core.platform.pipeline import Written
from ucs_registry import catalog
from ucs_registry.bin import DeletedResource
from ucs_registry.canonical import canonical_json
from ucs_registry.log import EntryDraft, Outcome, new_salt
from ucs_registry.ports import Store, Unit

ROUND = 50
"""How many are removed in one unit, so that nobody waits long for their turn."""


async def purged(unit: Unit, deleted: DeletedResource, rule: str | None = None) -> list[Written]:
    """Remove something from the bin; what the log is to tell of it and of the grants that go with it."""
    resource = deleted.resource
    grants = [view_of(grant) for grant in await catalog.purge(unit, deleted)]
    gone = Written(
        object=resource.name,
        action=Action.ADMINISTER.value,
        rule=rule,
        body={"code": resource.code, "deleted_by": deleted.by},
        before=resource.digest,
        access_before=resource.access,
    )
    return [gone, *(written(grant.name, rule, plain(grant), None, resource.access) for grant in grants)]


class Purging:
    """Removes what is due. Each node may do it."""

    def __init__(self, store: Store, clock: Clock, origin: str) -> None:
        self._store = store
        self._clock = clock
        self._origin = origin

    async def once(self) -> int:
        """Remove what is due; how many resources that were."""
        async with self._store.read() as reader:
            due = await reader.due(self._clock(), first=1)
        count = made = len(due) and await self._round()
        while made == ROUND:
            made = await self._round()
            count += made
        return count

    async def _round(self) -> int:
        call_id = new_call_id()
        async with self._store.write() as unit:
            due = await catalog.due(unit, self._clock(), first=ROUND)
            for deleted in due:
                for item in await purged(unit, deleted):
                    unit.append(self._entry(call_id, item))
            if due:
                await unit.commit()
        return len(due)

    def _entry(self, call_id: str, item: Written) -> EntryDraft:
        return EntryDraft(
            at=self._clock(),
            origin=self._origin,
            call_id=call_id,
            request_id=None,
            actor=SYSTEM,
            on_behalf_of=None,
            verb="resources.purge",
            action=None,
            object=item.object,
            outcome=Outcome.ACCEPTED,
            reason=None,
            rule=None,
            before=item.before,
            after=None,
            access_before=item.access_before,
            access_after=item.access_after,
            body=canonical_json(item.body).decode(),
            salt=new_salt(),
        )
