"""The mutating verbs on resources. What arrives is plain JSON; what leaves is what the caller may see of the result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from ucs_core.access.actions import Action
from ucs_core.platform.admission import proposing
from ucs_core.platform.calls import Call
from ucs_core.platform.importing import Imported, ImportVerbs, decide_entry
from ucs_core.platform.noting import actor_of, again, note
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession
from ucs_core.platform.scenarios import check_is_scenario
from ucs_core.platform.sight import logged_name, resource_id
from ucs_core.platform.validation import parse
from ucs_core.platform.views import ResourceView
from ucs_registry import catalog
from ucs_registry.catalog import Change
from ucs_registry.lifecycle import Verb
from ucs_registry.resources import Dependency, NewResource, Resource, ResourceContent
from ucs_sdk.errors import Invalid, NotFound

ACTION_OF: dict[Verb, Action] = {
    Verb.UPDATE: Action.EDIT,
    Verb.SUBMIT: Action.SUBMIT,
    Verb.WITHDRAW: Action.SUBMIT,
    Verb.APPROVE: Action.REVIEW,
    Verb.REJECT: Action.REVIEW,
    Verb.UNDO_REVIEW: Action.REVIEW,
    Verb.BRING_ONLINE: Action.OPERATE,
    Verb.TAKE_OFFLINE: Action.OPERATE,
    Verb.SUSPEND: Action.OPERATE,
    Verb.RESUME: Action.OPERATE,
    Verb.RETIRE: Action.RETIRE,
}
"""What a verb of the lifecycle asks of its caller."""

UNDO_WITHIN = timedelta(minutes=15)
"""For how long a reviewer may take a decision back, where an operator does not say otherwise."""

LINKS_MOST = 200
"""How many links a resource may have, with those that its author cannot see."""

ETAG_REQUIRED = frozenset({Verb.UPDATE, Verb.APPROVE, Verb.REJECT})
"""Verbs that judge or replace content: the caller must say which state was read."""


class ResourceVerbs:
    """Create, update, review and operate resources."""

    def __init__(self, pipeline: Pipeline, *, undo_within: timedelta = UNDO_WITHIN) -> None:
        self._pipeline = pipeline
        self._undo_within = undo_within

    async def create(self, call: Call, resource: Mapping[str, Any]) -> ResourceView:
        """Enter a resource with its first draft; it is offline until a revision is approved and it is brought online."""

        async def work(session: WriteSession) -> ResourceView:
            new = parse(NewResource, resource)
            decision = decide_entry(session, Action.CREATE, new)
            change = await catalog.create(session.unit, new, actor_of(session))
            session.proposing.append(proposing("create", change))
            return await note(session, change, Action.CREATE, decision, resource)

        mutation = Mutation(
            verb="resources.create",
            action=Action.CREATE.value,
            object="resources/-",
            request=resource,
            answer=ResourceView,
            work=work,
            again=again,
        )
        return await self._pipeline.run(call, mutation)

    async def update(
        self, call: Call, name: str, content: Mapping[str, Any], etag: str | None, *, scenario: bool = False
    ) -> ResourceView:
        """Open a new draft in which the given fields of the content are replaced; None clears a field.

        Links to what the caller may not discover stay as they are: nobody takes away what they cannot see. With
        `scenario`, what is none is refused.
        """

        async def apply(session: WriteSession, resource: Resource) -> Change:
            if scenario:
                check_is_scenario(resource.name, resource.type)
            merged = resource.head.content.model_dump(mode="json") | dict(content)
            defaults = {name for name, value in merged.items() if value is None}
            kept = {name: value for name, value in merged.items() if name not in defaults}
            new = parse(ResourceContent, kept, "content")
            if "dependencies" in content:
                new = with_unseen_links(new, resource, await session.sight.unseen_links(resource))
            change = await catalog.update(session.unit, resource, new, actor_of(session))
            session.proposing.append(proposing("update", change))
            return change

        return await self._change(call, name, Verb.UPDATE, etag, {"content": content}, apply)

    async def submit(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """Hand the draft to the reviewers."""

        async def apply(session: WriteSession, resource: Resource) -> Change:
            readable = (await session.sight.decide(Action.READ, resource)).allowed
            return await catalog.submit(session.unit, resource, actor_of(session), readable=readable)

        return await self._change(call, name, Verb.SUBMIT, etag, {}, apply)

    async def withdraw(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """Take the revision back from review."""

        async def apply(session: WriteSession, resource: Resource) -> Change:
            return await catalog.withdraw(session.unit, resource, actor_of(session))

        return await self._change(call, name, Verb.WITHDRAW, etag, {}, apply)

    async def approve(self, call: Call, name: str, etag: str | None) -> ResourceView:
        """Make the revision in review the current one."""

        async def apply(session: WriteSession, resource: Resource) -> Change:
            return await catalog.approve(session.unit, resource, actor_of(session))

        return await self._change(call, name, Verb.APPROVE, etag, {}, apply)

    async def reject(self, call: Call, name: str, reason: str | None, etag: str | None) -> ResourceView:
        """Send the revision in review back, with the reason."""

        async def apply(session: WriteSession, resource: Resource) -> Change:
            return await catalog.reject(session.unit, resource, reason, actor_of(session))

        return await self._change(call, name, Verb.REJECT, etag, {"reason": reason}, apply)

    async def undo_review(self, call: Call, name: str, etag: str | None = None) -> ResourceView:
        """Take the caller's own last decision back, as a new write, for a while and as long as nobody wrote since."""

        async def apply(session: WriteSession, resource: Resource) -> Change:
            return await catalog.undo_review(session.unit, resource, actor_of(session), within=self._undo_within)

        return await self._change(call, name, Verb.UNDO_REVIEW, etag, {}, apply)

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
        return await ImportVerbs(self._pipeline).import_chunk(call, resources)

    async def _availability(
        self, call: Call, name: str, verb: Verb, reason: str | None, etag: str | None
    ) -> ResourceView:
        async def apply(session: WriteSession, resource: Resource) -> Change:
            return await catalog.change_availability(session.unit, resource, verb, reason, actor_of(session))

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
            undone = {"undone": resource.head.state.value} if verb is Verb.UNDO_REVIEW else {}
            return await note(session, change, ACTION_OF[verb], decision, {**request, **undone})

        mutation = Mutation(
            verb=f"resources.{verb.value}",
            action=ACTION_OF[verb].value,
            object=logged_name(name),
            request={**request, "etag": etag},
            answer=ResourceView,
            work=work,
            again=again,
        )
        return await self._pipeline.run(call, mutation)

    def _check_etag(self, resource: Resource, etag: str | None, verb: Verb) -> None:
        """Raise Conflict unless the caller saw the present state."""
        catalog.check_etag(resource, etag, verb, required=verb in ETAG_REQUIRED)


def with_unseen_links(new: ResourceContent, resource: Resource, unseen: Sequence[Dependency]) -> ResourceContent:
    """New content with those links of the resource that its author cannot see.

    Raises Invalid where it states one, and where they are too many together.
    """
    hidden = {link.target for link in unseen}
    for link in new.dependencies:
        if link.target in hidden:
            # Whether it is there already must not be told from whether it exists.
            raise Invalid("DEPENDENCY_UNKNOWN", path="content.dependencies", object=resource.name, target=link.target)
    if len(new.dependencies) + len(unseen) > LINKS_MOST:
        # What is kept beyond its bound could not be read any more.
        raise Invalid("FIELD_TOO_LONG", path="content.dependencies", limit=LINKS_MOST, unit="items", more=0)
    present = resource.head.content.dependencies
    if new.dependencies == tuple(link for link in present if link.target not in hidden):
        # What is only said again keeps its order, or a link that cannot be seen would show as a change.
        return new.model_copy(update={"dependencies": present})
    return new.model_copy(update={"dependencies": (*new.dependencies, *unseen)})
