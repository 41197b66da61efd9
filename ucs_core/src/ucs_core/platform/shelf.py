"""The verbs on what is to be used no more, and on the bin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Unpack

from ucs_core.access.actions import Action
from ucs_core.access.snapshot import Decision
from ucs_core.platform.calls import Call
from ucs_core.platform.noting import actor_of, again, narrowed_to, note, written_of
from ucs_core.platform.paging import Page, PageArguments, PageAsked, Places, Window
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_core.platform.purging import purged
from ucs_core.platform.sight import Judge, Sight, logged_name, resource_id
from ucs_core.platform.validation import parse
from ucs_core.platform.views import ResourceView
from ucs_registry import catalog
from ucs_registry.bin import BinPlace, DeletedResource
from ucs_registry.lifecycle import Verb
from ucs_registry.queries import ResourceQuery
from ucs_registry.resources import AccessAttributes, Deprecation, Resource
from ucs_registry.visibility import ALLOWED, DENIED, Visibility
from ucs_sdk.errors import FailedPrecondition, NotFound

BinPage = Page[ResourceView]
"""A page of the bin."""

_BY_TIME: Places[DeletedResource, BinPlace] = Places(of=BinPlace.of, encode=BinPlace.encode, decode=BinPlace.decode)


class ShelfVerbs:
    """Deprecate, delete, and what takes them back."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def deprecate(
        self, call: Call, name: str, deprecation: Mapping[str, Any], etag: str | None = None
    ) -> ResourceView:
        """Announce that a resource is to be used no more. Asks `retire`."""

        async def work(session: WriteSession) -> ResourceView:
            resource = await _found(session, name)
            decision = await session.sight.require(Action.RETIRE, resource)
            catalog.check_etag(resource, etag, Verb.DEPRECATE, required=False)
            announced = parse(Deprecation, deprecation, "deprecation")
            change = await catalog.deprecate(session.unit, resource, announced, actor_of(session))
            return await note(session, change, Action.RETIRE, decision, {"deprecation": deprecation})

        request = {"deprecation": deprecation, "etag": etag}
        return await self._pipeline.run(call, _mutation(Verb.DEPRECATE, Action.RETIRE, name, request, work, again))

    async def undeprecate(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """Take the announcement back. Asks `retire`."""

        async def work(session: WriteSession) -> ResourceView:
            resource = await _found(session, name)
            decision = await session.sight.require(Action.RETIRE, resource)
            catalog.check_etag(resource, etag, Verb.UNDEPRECATE, required=False)
            change = await catalog.undeprecate(session.unit, resource, actor_of(session))
            return await note(session, change, Action.RETIRE, decision, {})

        return await self._pipeline.run(
            call, _mutation(Verb.UNDEPRECATE, Action.RETIRE, name, {"etag": etag}, work, again)
        )

    async def delete(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """Move a resource into the bin. Asks `retire`, or `edit` while nothing of it was ever approved."""

        async def work(session: WriteSession) -> ResourceView:
            resource = await _found(session, name)
            action, decision = await _may_bin(session.sight, resource)
            catalog.check_etag(resource, etag, Verb.DELETE, required=False)
            # What it leads to must be looked at before it is gone.
            [answer] = await session.sight.views([resource])
            deleted = await catalog.delete(session.unit, resource, actor_of(session))
            body = {"code": resource.code, "purge_at": deleted.purge_at.isoformat()}
            session.written.append(_gone(resource, action, decision, body))
            return answer.model_copy(update=_binned(deleted))

        return await self._pipeline.run(
            call, _mutation(Verb.DELETE, Action.RETIRE, name, {"etag": etag}, work, _again_in_bin)
        )

    async def undelete(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """Take a resource out of the bin, as it was. Asks what `delete` asked; grants do not count for what is in the bin."""

        async def work(session: WriteSession) -> ResourceView:
            deleted = await _in_bin(session, name, Verb.UNDELETE)
            action, decision = await _may_bin(session.sight, deleted.resource)
            catalog.check_etag(deleted.resource, etag, Verb.UNDELETE, required=False)
            change = await catalog.undelete(session.unit, deleted, actor_of(session))
            session.written.append(written_of(change, action, decision, {"code": change.after.code}))
            return (await session.sight.views([change.after]))[0]

        return await self._pipeline.run(
            call, _mutation(Verb.UNDELETE, Action.RETIRE, name, {"etag": etag}, work, _again_in_bin)
        )

    async def purge(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """Remove a resource from the bin for ever. Asks `administer`. The answer is its card, without specification."""

        async def work(session: WriteSession) -> ResourceView:
            deleted = await _in_bin(session, name, Verb.PURGE)
            resource = deleted.resource
            decision = await session.sight.require(Action.ADMINISTER, resource)
            catalog.check_etag(resource, etag, Verb.PURGE, required=False)
            [answer] = await session.sight.views([resource])
            session.written.extend(await purged(session.unit, deleted, decision.rule))
            return _card(answer).model_copy(update=_binned(deleted))

        return await self._pipeline.run(
            call, _mutation(Verb.PURGE, Action.ADMINISTER, name, {"etag": etag}, work, _again_purged)
        )


class BinQuestions:
    """The bin, as far as one caller could take things out of it again."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    async def page(self, **page: Unpack[PageArguments]) -> BinPage:
        """A page of what the caller could undelete, the last deleted first. Raises Invalid for a bad cursor or page size."""
        window = Window(PageAsked(**page), _BY_TIME)
        approved, drafts = self._masks()
        found = await window.page(
            lambda span: self._sight.reader.bin_page(
                approved=approved,
                drafts=drafts,
                after=span.after,
                first=span.first,
                before=span.before,
                backward=span.backward,
            )
        )
        views = await self._sight.views([item.resource for item in found.items])
        return found.of([view.model_copy(update=_binned(item)) for view, item in zip(views, found.items, strict=True)])

    def _masks(self) -> tuple[Visibility, Visibility]:
        """In which cells the caller could undelete what was approved once, and what never was. Grants do not count."""
        asked = (Action.DISCOVER, Action.RETIRE, Action.EDIT)
        rows = list(zip(*(self._sight.visibility(action).mask for action in asked), strict=False))
        approved = bytes(ALLOWED if discover == retire == ALLOWED else DENIED for discover, retire, _ in rows)
        drafts = bytes(ALLOWED if discover == ALLOWED and ALLOWED in either else DENIED for discover, *either in rows)
        return self._visibility(approved), self._visibility(drafts)

    def _visibility(self, mask: bytes) -> Visibility:
        return Visibility(mask=mask, action=Action.RETIRE.value, grantees=(), at=self._sight.at)


def seen_affected(query: ResourceQuery, sight: Judge) -> ResourceQuery:
    """The query with the caller's eyes in it, where it asks for what is affected by a deprecation: what is deprecated and may
    not be discovered affects nothing.
    """
    branches = tuple(seen_affected(branch, sight) for branch in query.any_of)
    eyes = sight.visibility() if query.affected_by_deprecation else None
    return replace(query, deprecated_to=eyes, any_of=branches) if eyes or branches else query


def _mutation(
    verb: Verb,
    action: Action,
    name: str,
    request: Mapping[str, Any],
    work: Callable[[WriteSession], Awaitable[ResourceView]],
    repeated: Callable[[WriteSession, ResourceView], Awaitable[ResourceView]],
) -> Mutation[ResourceView]:
    return Mutation(
        verb=f"resources.{verb.value}",
        action=action.value,
        object=logged_name(name),
        request=request,
        answer=ResourceView,
        work=work,
        again=repeated,
    )


async def _found(session: WriteSession, name: str) -> Resource:
    id = resource_id(name)
    resource = await session.unit.resource(id)
    if resource is None:
        raise NotFound("NOT_FOUND", object=f"resources/{id}")
    return resource


async def _in_bin(session: WriteSession, name: str, verb: Verb) -> DeletedResource:
    """What is in the bin under a name. Raises NotFound, and FailedPrecondition for what is not deleted."""
    id = resource_id(name)
    deleted = (await session.unit.deleted([id])).get(id)
    if deleted is None:
        await session.sight.require(Action.DISCOVER, await _found(session, name))
        raise FailedPrecondition("NOT_DELETED", object=f"resources/{id}", verb=verb.value)
    return deleted


async def _may_bin(sight: Sight, resource: Resource) -> tuple[Action, Decision]:
    """The action by which the caller may delete and undelete a resource, and why. Raises NotFound or Denied."""
    await sight.require(Action.DISCOVER, resource)
    if resource.current is None:
        decision = await sight.decide(Action.EDIT, resource)
        if decision.allowed:
            return Action.EDIT, decision
    return Action.RETIRE, await sight.require(Action.RETIRE, resource)


async def _again_in_bin(session: WriteSession, answer: ResourceView) -> ResourceView:
    """The answer to a call that is repeated, wherever the resource is by now."""
    deleted = (await session.unit.deleted([answer.id])).get(answer.id)
    if deleted is None:
        return await again(session, answer)
    await _may_bin(session.sight, deleted.resource)
    return await narrowed_to(session, answer, deleted.resource)


async def _again_purged(session: WriteSession, answer: ResourceView) -> ResourceView:
    """The answer to a purge that is repeated: nothing is left to judge by but the answer itself."""
    content = answer.content
    access = AccessAttributes(
        owner=answer.owner,
        kind=answer.kind,
        type=answer.type,
        share_type=content.share_type,
        data_level=content.data_level,
        open_type=content.open_type,
        state=answer.availability,
    )
    if not session.sight.snapshot.decide(session.sight.profile, Action.DISCOVER, access).allowed:
        raise NotFound("NOT_FOUND", object=answer.name)
    return answer


def _gone(resource: Resource, action: Action, decision: Decision, body: Mapping[str, Any]) -> Written:
    """That a resource is no more, as the log will tell it."""
    return Written(
        object=resource.name,
        action=action.value,
        rule=decision.rule,
        body=body,
        before=resource.digest,
        access_before=resource.access,
    )


def _binned(deleted: DeletedResource) -> dict[str, object]:
    return {"deleted_at": deleted.deleted_at, "purge_at": deleted.purge_at, "deleted_by": deleted.by}


def _card(answer: ResourceView) -> ResourceView:
    """The card alone: what the answer to a purge keeps of a resource for as long as answers are kept."""
    content = answer.content.model_copy(update={"spec": {}, "contact": None, "dependencies": ()})
    empty = {"etag": None, "head": None, "member_count": None, "deprecation": None, "notices": (), "readable": False}
    return answer.model_copy(update={**empty, "content": content})
