"""Leading a revision through review."""

from __future__ import annotations

from ucs_registry.catalog.changes import Actor, Change, stated, stored
from ucs_registry.catalog.linking import check_dependencies
from ucs_registry.catalog.undoing import note_decision
from ucs_registry.lifecycle import REVIEW, Verb, check_transition
from ucs_registry.ports import Unit
from ucs_registry.resources import Resource, Revision
from ucs_registry.types import check_content, known_types
from ucs_sdk.errors import FailedPrecondition, Invalid
from ucs_sdk.vocabulary import ReviewState


async def submit(unit: Unit, resource: Resource, actor: Actor, *, readable: bool = True) -> Change:
    """Hand the draft to the reviewers, if its type as it is now takes it. Whoever may not read it is not told what is wrong."""
    check_transition(resource, Verb.SUBMIT)
    await _check_type(unit, resource, Verb.SUBMIT, told=readable)
    head = resource.head.model_copy(
        update={"state": ReviewState.IN_REVIEW, "submitter": actor.name, "submitted_at": actor.at}
    )
    return await stored(unit, resource, actor, head=head)


async def withdraw(unit: Unit, resource: Resource, actor: Actor) -> Change:
    """Take the revision back from review."""
    check_transition(resource, Verb.WITHDRAW)
    # The submitter is kept among the authors: a withdrawal is no way to shed responsibility and review one's own work.
    authors = tuple(dict.fromkeys((*resource.head.authors, *filter(None, [resource.head.submitter]))))
    head = resource.head.model_copy(
        update={"state": ReviewState.DRAFT, "submitter": None, "submitted_at": None, "authors": authors}
    )
    return await stored(unit, resource, actor, head=head)


async def approve(unit: Unit, resource: Resource, actor: Actor) -> Change:
    """Make the revision in review the current one. Never by its author or submitter."""
    head = await _reviewed(unit, resource, Verb.APPROVE, actor, reason=None)
    await _check_type(unit, resource, Verb.APPROVE, told=False)
    # What it depends on may have changed since it was written, and its edges go live now.
    standing = {link.target for link in head.content.dependencies}
    await check_dependencies(unit, resource, head.content, actor.visibility, standing)
    return await note_decision(unit, await stored(unit, resource, actor, head=head, current=head))


async def reject(unit: Unit, resource: Resource, reason: str | None, actor: Actor) -> Change:
    """Send the revision in review back, with the reason."""
    head = await _reviewed(unit, resource, Verb.REJECT, actor, reason=reason)
    return await note_decision(unit, await stored(unit, resource, actor, head=head))


async def _check_type(unit: Unit, resource: Resource, verb: Verb, *, told: bool) -> None:
    """Raise when types and vocabularies as they are now do not take the latest revision: they may have changed since it was
    written. Invalid says what is wrong, and FailedPrecondition only that something is.
    """
    known = await known_types(unit)
    try:
        check_content(resource.kind, resource.type, resource.head.content, known)
    except Invalid as refusal:
        if told:
            raise
        raise FailedPrecondition(
            "CONTENT_OUTDATED",
            object=resource.name,
            verb=verb.value,
            type=f"types/{resource.type}",
            version=known.types[resource.type].version,
        ) from refusal


async def _reviewed(unit: Unit, resource: Resource, verb: Verb, actor: Actor, reason: str | None) -> Revision:
    target = check_transition(resource, verb)
    head = resource.head
    if actor.name in head.authors or actor.name == head.submitter:
        raise FailedPrecondition("SELF_APPROVAL", object=resource.name, actor=actor.name)
    if REVIEW[verb].needs_reason:
        reason = stated(reason, verb)
    return head.model_copy(update={"state": target, "reviewer": actor.name, "reviewed_at": actor.at, "reason": reason})
