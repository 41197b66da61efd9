"""What every verb on resources notes for the log, and what it answers, also when it is called again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ucs_core.access.actions import Action
from ucs_core.access.snapshot import Decision
from ucs_core.platform.pipeline import WriteSession, Written
from ucs_core.platform.views import ResourceView, narrowed
from ucs_registry.catalog import Actor, Change
from ucs_registry.resources import Resource, ResourceContent
from ucs_sdk.errors import NotFound


def actor_of(session: WriteSession) -> Actor:
    """Who writes, when, and what they may see."""
    return Actor(session.call.actor, session.at, session.sight.visibility())


async def note(
    session: WriteSession, change: Change, action: Action, decision: Decision, request: Mapping[str, Any]
) -> ResourceView:
    """Note a change for the log; the answer is what the caller may see of the result."""
    session.written.append(written_of(change, action, decision, request))
    # The caller's sight may be older than a cell that this very write made: decide on attributes, not on masks.
    return (await session.sight.views([change.after]))[0]


def written_of(change: Change, action: Action, decision: Decision, request: Mapping[str, Any]) -> Written:
    """A change as the log will tell it."""
    before, after = change
    return Written(
        object=after.name,
        action=action.value,
        rule=decision.rule,
        body={**request, "revision": after.head.number},
        before=before.digest if before else None,
        after=after.digest,
        access_before=before.access if before else None,
        access_after=after.access,
    )


async def again(session: WriteSession, answer: ResourceView) -> ResourceView:
    """The answer to a call that is repeated, without what its caller may see no more. Raises NotFound."""
    resource = await session.unit.resource(answer.id)
    if resource is None:
        raise NotFound("NOT_FOUND", object=answer.name)
    return await narrowed_to(session, answer, resource)


async def narrowed_to(session: WriteSession, answer: ResourceView, resource: Resource) -> ResourceView:
    """An earlier answer about a resource, as far as the caller may still see it. Raises NotFound."""
    await session.sight.require(Action.DISCOVER, resource)
    now = (await session.sight.views([resource]))[0]
    return narrowed(answer, now, await session.sight.seen(links_of(answer)))


def links_of(view: ResourceView) -> set[str]:
    """The names of all resources to which a view leads."""
    contents: Iterable[ResourceContent] = [view.content, *([view.head.content] if view.head else [])]
    names = {link.target for content in contents for link in content.dependencies}
    announced = [view.deprecation, *(notice.deprecation for notice in view.notices)]
    names |= {item.alternative for item in announced if item and item.alternative}
    return names | {notice.target for notice in view.notices}
