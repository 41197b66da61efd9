"""Changing what a resource depends on, link by link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ucs_core.access.actions import Action
from ucs_core.platform.admission import proposing
from ucs_core.platform.calls import Call
from ucs_core.platform.noting import actor_of, again, note
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession
from ucs_core.platform.resources import LINKS_MOST, with_unseen_links
from ucs_core.platform.sight import logged_name, resource_id
from ucs_core.platform.validation import parse
from ucs_core.platform.views import ResourceView
from ucs_registry import catalog
from ucs_registry.lifecycle import Verb
from ucs_registry.resources import Dependency, Resource, ResourceContent, ResourceName
from ucs_sdk.errors import NotFound


class DependencyChange(BaseModel):
    """Links to be added, and the targets of those to be removed: of each no more than a resource may have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    add: Annotated[tuple[Dependency, ...], Field(max_length=LINKS_MOST)] = ()
    remove: Annotated[tuple[ResourceName, ...], Field(max_length=LINKS_MOST)] = ()


class DependencyVerbs:
    """Change dependencies."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def change(
        self,
        call: Call,
        name: str,
        add: Sequence[Mapping[str, Any]],
        remove: Sequence[str],
        etag: str | None,
    ) -> ResourceView:
        """Open a new draft that depends on some more, and on some no more; all else stays as in the latest revision.

        A link that is added to where one of the same relation leads takes its place. Asks `edit`.
        """
        request = {"add": list(add), "remove": list(remove), "etag": etag}

        async def work(session: WriteSession) -> ResourceView:
            id = resource_id(name)
            resource = await session.unit.resource(id)
            if resource is None:
                raise NotFound("NOT_FOUND", object=f"resources/{id}")
            decision = await session.sight.require(Action.EDIT, resource)
            catalog.check_etag(resource, etag, Verb.UPDATE, required=True)
            content = await _relinked(session, resource, parse(DependencyChange, {"add": add, "remove": remove}))
            change = await catalog.update(session.unit, resource, content, actor_of(session))
            session.proposing.append(proposing("update", change))
            return await note(session, change, Action.EDIT, decision, request)

        mutation = Mutation(
            verb="resources.change_dependencies",
            action=Action.EDIT.value,
            object=logged_name(name),
            request=request,
            answer=ResourceView,
            work=work,
            again=again,
        )
        return await self._pipeline.run(call, mutation)


async def _relinked(session: WriteSession, resource: Resource, change: DependencyChange) -> ResourceContent:
    content = resource.head.content
    unseen = await session.sight.unseen_links(resource)
    present = [link for link in content.dependencies if link not in unseen]
    links = catalog.relinked(resource, present, change.add, change.remove)
    stated = content.model_dump(mode="json") | {"dependencies": [link.model_dump(mode="json") for link in links]}
    return with_unseen_links(parse(ResourceContent, stated, "content"), resource, unseen)
