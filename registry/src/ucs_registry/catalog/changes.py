"""What the verbs of the catalogue share: who acts, what changed, and how a change is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from ucs_registry.canonical import storable
from ucs_registry.lifecycle import Verb
from ucs_registry.ports import Unit
from ucs_registry.resources import NewResource, Resource, Revision
from ucs_registry.visibility import Visibility
from ucs_sdk.errors import (
    Conflict,
    Invalid,
    UcsError,
)
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import Availability, ReviewState

REASON_MOST = 1_000
"""How many characters of a stated reason are kept."""


class Change(NamedTuple):
    """A resource before and after a verb."""

    before: Resource | None
    after: Resource


class Actor(NamedTuple):
    """Who acts, when, and what they may see: dependencies are named only to things one may see."""

    name: str
    at: datetime
    visibility: Visibility


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Put the path of one of many items before the path of every error about it."""
    try:
        yield
    except UcsError as error:
        within = error.fields.get("path")
        fields = {**error.fields, "path": f"{path}.{within}" if within else path}
        raise type(error)(error.reason, retry_after=error.retry_after, **fields) from error


def check_etag(resource: Resource, etag: str | None, verb: Verb, *, required: bool) -> None:
    """Raise Conflict unless the caller saw the present state; Invalid when an etag is required and missing."""
    if etag is None:
        if required:
            raise Invalid("ETAG_MISSING", path="etag", object=resource.name, verb=verb.value)
        return
    if etag != resource.etag:
        raise Conflict("ETAG_STALE", object=resource.name, sent=etag, current=resource.etag)


def first_of(new: NewResource, id: str, actor: Actor) -> Resource:
    """A new resource with its first revision, a draft; it is offline."""
    head = Revision(number=1, content=new.content, state=ReviewState.DRAFT, authors=(actor.name,), created_at=actor.at)
    return Resource(
        id=id,
        code=new.code,
        kind=new.kind,
        type=new.type,
        owner=new.owner,
        availability=Availability.OFFLINE,
        version=1,
        created_at=actor.at,
        created_by=actor.name,
        updated_at=actor.at,
        head=head,
    )


async def stored(unit: Unit, before: Resource, actor: Actor, **changes: object) -> Change:
    """Keep a resource with these fields changed, as its next version."""
    # Work on the next revision of a published resource is its owner's business: it does not move `updated_at`.
    public = before.current is None or not changes.keys() <= {"head"}
    updated_at = max(actor.at, before.updated_at) if public else before.updated_at
    after = before.model_copy(update={**changes, "version": before.version + 1, "updated_at": updated_at})
    await unit.save([after])
    return Change(before, after)


def stated(reason: str | None, verb: Verb) -> str:
    """A reason as it is kept. Raises Invalid when there is none, or it is too long or holds what no store keeps."""
    reason = (reason or "").strip()
    if not reason:
        raise Invalid("REASON_MISSING", path="reason", verb=verb.value)
    if len(reason) > REASON_MOST:
        raise Invalid("FIELD_INVALID", path="reason", problem=Phrase("text-longer-than", limit=REASON_MOST))
    if not storable(reason):
        raise Invalid("FIELD_INVALID", path="reason", problem=Phrase("text-unstorable"))
    return reason
