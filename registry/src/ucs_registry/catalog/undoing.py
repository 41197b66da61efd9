"""Taking a review back, for a while, as long as nobody built on it."""

from __future__ import annotations

from datetime import timedelta

from ucs_registry.canonical import timestamp
from ucs_registry.catalog.changes import Actor, Change, stored
from ucs_registry.catalog.linking import check_dependencies
from ucs_registry.lifecycle import Verb, check_transition
from ucs_registry.ports import Unit
from ucs_registry.resources import Resource, Revision
from ucs_registry.reviews import Decided
from ucs_sdk.errors import FailedPrecondition
from ucs_sdk.vocabulary import Availability, ReviewState


async def undo_review(unit: Unit, resource: Resource, actor: Actor, *, within: timedelta) -> Change:
    """Put the revision that was decided back into review, as a new write; the one approved before it is current again.

    Only its reviewer may, no later than `within` after the decision, and only while nothing was written since.
    """
    check_transition(resource, Verb.UNDO_REVIEW)
    await _check_undoable(unit, resource, actor, within)
    approved = resource.head.state is ReviewState.APPROVED
    head = resource.head.model_copy(
        update={"state": ReviewState.IN_REVIEW, "reviewer": None, "reviewed_at": None, "reason": None}
    )
    if not approved:
        return await stored(unit, resource, actor, head=head)
    earlier = await unit.latest_revisions(resource.id, before=head.number, first=1, state=ReviewState.APPROVED)
    await _check_standing(unit, resource, earlier, actor)
    return await stored(unit, resource, actor, head=head, current=earlier[0] if earlier else None)


async def note_decision(unit: Unit, change: Change) -> Change:
    """Keep what tells later whether anything was written since a decision."""
    after = change.after
    await unit.note_decision(Decided(resource=after.id, version=after.version, availability=after.availability))
    return change


async def _check_undoable(unit: Unit, resource: Resource, actor: Actor, within: timedelta) -> None:
    head, name = resource.head, resource.name
    if head.reviewer != actor.name or head.reviewed_at is None:
        raise FailedPrecondition("UNDO_OF_ANOTHERS", object=name, reviewer=head.reviewer or "–")
    decided = await unit.decision(resource.id)
    if decided is None or decided.version != resource.version:
        online = Availability.ONLINE
        if decided is not None and resource.availability is online and decided.availability is not online:
            raise FailedPrecondition("UNDO_OF_WHAT_IS_ONLINE", object=name)
        raise FailedPrecondition("UNDO_OVERTAKEN", object=name)
    if actor.at - head.reviewed_at > within:
        at, seconds = timestamp(head.reviewed_at), int(within.total_seconds())
        raise FailedPrecondition("UNDO_TOO_LATE", object=name, at=at, seconds=seconds)


async def _check_standing(unit: Unit, resource: Resource, earlier: list[Revision], actor: Actor) -> None:
    # What the earlier revision needs may have changed while it was not current, and its edges go live again.
    for revision in earlier:
        standing = {link.target for link in revision.content.dependencies}
        await check_dependencies(unit, resource, revision.content, actor.visibility, standing)
