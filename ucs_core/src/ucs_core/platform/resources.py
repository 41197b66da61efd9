"""The mutating verbs on resources. What arrives is plain JSON; what leaves is what the caller may see of the result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from ucs_core.access.actions import Action
from ucs_core.access.snapshot import Decision
from ucs_core.platform.calls import Call
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_core.platform.sight import denial, logged_name, resource_id
from ucs_core.platform.validation import check_chunk, organization_unknown, parse
from ucs_core.platform.views import ResourceView, narrowed
from ucs_registry import catalog
from ucs_registry.catalog import Actor, Change, ImportedResource
from ucs_registry.lifecycle import Verb
from ucs_registry.resources import AccessAttributes, Dependency, NewResource, Resource, ResourceContent
from ucs_sdk.errors import Invalid, NotFound
from ucs_sdk.vocabulary import Availability

ACTION_OF: dict[Verb, Action] = {
    Verb.UPDATE: Action.EDIT,
    Verb.SUBMIT: Action.SUBMIT,
    Verb.WITHDRAW: Action.SUBMIT,
    Verb.APPROVE: Action.REVIEW,
    Verb.REJECT: Action.REVIEW,
    Verb.BRING_ONLINE: Action.OPERATE,
    Verb.TAKE_OFFLINE: Action.OPERATE,
    Verb.SUSPEND: Action.OPERATE,
    Verb.RESUME: Action.OPERATE,
    Verb.RETIRE: Action.RETIRE,
}
"""What a verb of the lifecycle asks of its caller."""

ETAG_REQUIRED = frozenset({Verb.UPDATE, Verb.APPROVE, Verb.REJECT})
"""Verbs that judge or replace content: the caller must say which state was read."""


class Imported(BaseModel):
    """What a chunk of an import brought in."""

    model_config = ConfigDict(frozen=True)

    count: int
    names: list[str]


class ResourceVerbs:
    """Create, update, review and operate resources."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def create(self, call: Call, resource: Mapping[str, Any]) -> ResourceView:
        """Enter a resource with its first draft; it is offline until a revision is approved and it is brought online."""

        async def work(session: WriteSession) -> ResourceView:
            new = parse(NewResource, resource)
            decision = _decide_new(session, Action.CREATE, new)
            change = await catalog.create(session.unit, new, _actor(session))
            return await _note(session, change, Action.CREATE, decision, resource)

        mutation = Mutation(
            verb="resources.create",
            action=Action.CREATE.value,
            object="resources/-",
            request=resource,
            answer=ResourceView,
            work=work,
            again=_again,
        )
        return await self._pipeline.run(call, mutation)

    async def update(self, call: Call, name: str, content: Mapping[str, Any], etag: str | None) -> ResourceView:
        """Open a new draft in which the given fields of the content are replaced; None clears a field.

        Links to what the caller may not discover stay as they are: nobody takes away what they cannot see.
        """

        async def apply(session: WriteSession, resource: Resource) -> Change:
            merged = resource.head.content.model_dump(mode="json") | dict(content)
            defaults = {name for name, value in merged.items() if value is None}
            kept = {name: value for name, value in merged.items() if name not in defaults}
            new = parse(ResourceContent, kept, "content")
            if "dependencies" in content:
                new = _with_unseen_links(new, resource, await session.sight.unseen_links(resource))
            return await catalog.update(session.unit, resource, new, _actor(session))

        return await self._change(call, name, Verb.UPDATE, etag, {"content": content}, apply)

    async def submit(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """Hand the draft to the reviewers."""

        async def apply(session: WriteSession, resource: Resource) -> Change:
            return await catalog.submit(session.unit, resource, _actor(session))

        return await self._change(call, name, Verb.SUBMIT, etag, {}, apply)

    async def withdraw(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """Take the revision back from review."""

        async def apply(session: WriteSession, resource: Resource) -> Change:
            return await catalog.withdraw(session.unit, resource, _actor(session))

        return await self._change(call, name, Verb.WITHDRAW, etag, {}, apply)

    async def approve(self, call: Call, name: str, etag: str | None) -> ResourceView:
        """Make the revision in review the current one."""

        async def apply(session: WriteSession, resource: Resource) -> Change:
            return await catalog.approve(session.unit, resource, _actor(session))

        return await self._change(call, name, Verb.APPROVE, etag, {}, apply)

    async def reject(self, call: Call, name: str, reason: str | None, etag: str | None) -> ResourceView:
        """Send the revision in review back, with the reason."""

        async def apply(session: WriteSession, resource: Resource) -> Change:
            return await catalog.reject(session.unit, resource, reason, _actor(session))

        return await self._change(call, name, Verb.REJECT, etag, {"reason": reason}, apply)

    async def bring_online(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """Make an approved resource available."""
        return await self._availability(call, name, Verb.BRING_ONLINE, None, etag)

    async def take_offline(self, call: Call, name: str, reason: str | None, etag: str | None = None) -> ResourceView:
        """Take a resource off the shelf, with the reason."""
        return await self._availability(call, name, Verb.TAKE_OFFLINE, reason, etag)

    async def suspend(self, call: Call, name: str, reason: str | None, etag: str | None = None) -> ResourceView:
        """Pause an available resource, with the reason."""
        return await self._availability(call, name, Verb.SUSPEND, reason, etag)

    async def resume(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """End a pause."""
        return await self._availability(call, name, Verb.RESUME, None, etag)

    async def retire(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """End a resource for good; refused while something depends on it."""
        return await self._availability(call, name, Verb.RETIRE, None, etag)

    async def import_chunk(self, call: Call, resources: Sequence[Mapping[str, Any]]) -> Imported:
        """Enter up to 1,000 resources as approved elsewhere, all or none. Asks `administer` over every owner."""

        async def work(session: WriteSession) -> Imported:
            check_chunk(resources, "resources")
            items, decisions = [], []
            for at, item in enumerate(resources):
                with catalog.naming(f"resources[{at}]"):
                    items.append(parse(ImportedResource, item))
                    decisions.append(_decide_new(session, Action.ADMINISTER, items[-1]))
            changes = await catalog.import_resources(session.unit, items, _actor(session))
            for change, decision, item in zip(changes, decisions, resources, strict=True):
                session.written.append(_written(change, Action.ADMINISTER, decision, item))
            return Imported(count=len(changes), names=[change.after.name for change in changes])

        mutation = Mutation(
            verb="resources.import",
            action=Action.ADMINISTER.value,
            object="resources/-",
            request={"resources": list(resources)},
            answer=Imported,
            work=work,
        )
        return await self._pipeline.run(call, mutation)

    async def _availability(
        self, call: Call, name: str, verb: Verb, reason: str | None, etag: str | None
    ) -> ResourceView:
        async def apply(session: WriteSession, resource: Resource) -> Change:
            return await catalog.change_availability(session.unit, resource, verb, reason, _actor(session))

        return await self._change(call, name, verb, etag, {"reason": reason}, apply)

    async def _change(
        self,
        call: Call,
        name: str,
        verb: Verb,
        etag: str | None,
        request: Mapping[str, Any],
        apply: Callable[[WriteSession, Resource], Awaitable[Change]],
    ) -> ResourceView:
        async def work(session: WriteSession) -> ResourceView:
            id = resource_id(name)
            resource = await session.unit.resource(id)
            if resource is None:
                raise NotFound("NOT_FOUND", object=f"resources/{id}")
            decision = await session.sight.require(ACTION_OF[verb], resource)
            self._check_etag(resource, etag, verb)
            change = await apply(session, resource)
            return await _note(session, change, ACTION_OF[verb], decision, request)

        mutation = Mutation(
            verb=f"resources.{verb.value}",
            action=ACTION_OF[verb].value,
            object=logged_name(name),
            request={**request, "etag": etag},
            answer=ResourceView,
            work=work,
            again=_again,
        )
        return await self._pipeline.run(call, mutation)

    def _check_etag(self, resource: Resource, etag: str | None, verb: Verb) -> None:
        """Raise Conflict unless the caller saw the present state."""
        catalog.check_etag(resource, etag, verb, required=verb in ETAG_REQUIRED)


def _with_unseen_links(new: ResourceContent, resource: Resource, unseen: Sequence[Dependency]) -> ResourceContent:
    hidden = {link.target for link in unseen}
    for link in new.dependencies:
        if link.target in hidden:
            # Whether it is there already must not be told from whether it exists.
            raise Invalid("DEPENDENCY_UNKNOWN", path="content.dependencies", object=resource.name, target=link.target)
    present = resource.head.content.dependencies
    if new.dependencies == tuple(link for link in present if link.target not in hidden):
        # What is only said again keeps its order, or a link that cannot be seen would show as a change.
        return new.model_copy(update={"dependencies": present})
    return new.model_copy(update={"dependencies": (*new.dependencies, *unseen)})


def _actor(session: WriteSession) -> Actor:
    return Actor(session.call.actor, session.at, session.sight.visibility())


def _decide_new(session: WriteSession, action: Action, new: NewResource) -> Decision:
    if not session.sight.snapshot.knows(new.owner):
        raise organization_unknown("owner", new.owner, session.sight.snapshot.edition.tree.ids)
    content = new.content
    attributes = AccessAttributes(
        owner=new.owner,
        kind=new.kind,
        type=new.type,
        share_type=content.share_type,
        data_level=content.data_level,
        open_type=content.open_type,
        state=Availability.OFFLINE,
    )
    decision = session.sight.snapshot.decide(session.sight.profile, action, attributes)
    if not decision.allowed:
        raise denial(action, f"organizations/{new.owner}", decision)
    return decision


async def _note(
    session: WriteSession, change: Change, action: Action, decision: Decision, request: Mapping[str, Any]
) -> ResourceView:
    session.written.append(_written(change, action, decision, request))
    # The caller's sight may be older than a cell that this very write made: decide on attributes, not on masks.
    return (await session.sight.views([change.after]))[0]


async def _again(session: WriteSession, answer: ResourceView) -> ResourceView:
    resource = await session.unit.resource(answer.id)
    if resource is None:
        raise NotFound("NOT_FOUND", object=answer.name)
    await session.sight.require(Action.DISCOVER, resource)
    return narrowed(answer, (await session.sight.views([resource]))[0])


def _written(change: Change, action: Action, decision: Decision, request: Mapping[str, Any]) -> Written:
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
