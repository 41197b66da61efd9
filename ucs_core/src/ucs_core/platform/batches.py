"""Several resources in one call: read together, or entered together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from ucs_core.access.actions import Action
from ucs_core.platform.admission import proposing
from ucs_core.platform.calls import Call
from ucs_core.platform.importing import decide_entry
from ucs_core.platform.noting import actor_of, again, note
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession
from ucs_core.platform.sessions import ReadSession
from ucs_core.platform.sight import resource_id
from ucs_core.platform.validation import parse
from ucs_core.platform.views import ResourceView
from ucs_registry import catalog
from ucs_registry.resources import NewResource
from ucs_sdk.errors import Invalid, NotFound

BATCH_MOST = 200
"""How many resources one call names, as many as a page holds."""


class Created(BaseModel):
    """What a batch entered, in its order."""

    model_config = ConfigDict(frozen=True)

    resources: list[ResourceView]


class BatchVerbs:
    """Enter several resources at once."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def create(self, call: Call, resources: Sequence[Mapping[str, Any]]) -> Created:
        """Enter 1 to 200 resources with their first drafts, all or none."""

        async def work(session: WriteSession) -> Created:
            check_batch(resources, "resources")
            views = []
            for at, resource in enumerate(resources):
                with catalog.naming(f"resources[{at}]"):
                    new = parse(NewResource, resource)
                    decision = decide_entry(session, Action.CREATE, new)
                    change = await catalog.create(session.unit, new, actor_of(session))
                    session.proposing.append(proposing("create", change, f"resources[{at}]"))
                    views.append(await note(session, change, Action.CREATE, decision, resource))
            return Created(resources=views)

        async def narrowed(session: WriteSession, answer: Created) -> Created:
            return Created(resources=[await again(session, view) for view in answer.resources])

        mutation = Mutation(
            verb="resources.batch_create",
            action=Action.CREATE.value,
            object="resources/-",
            request={"resources": list(resources)},
            answer=Created,
            work=work,
            again=narrowed,
        )
        return await self._pipeline.run(call, mutation)


async def batch_get(session: ReadSession, names: Sequence[str]) -> list[ResourceView]:
    """1 to 200 resources by name, in the order asked for. Raises NotFound with all those that are not there for the caller."""
    check_batch(names, "names")
    asked = [f"resources/{resource_id(name)}" for name in names]
    found = await session.resources_by_name(dict.fromkeys(asked))
    missing = [name for name in dict.fromkeys(asked) if name not in found]
    if missing:
        raise NotFound("NOT_FOUND", object=", ".join(missing), names=missing)
    return [found[name] for name in asked]


def check_batch(items: Sequence[object], path: str) -> None:
    """Raise Invalid unless a batch holds 1 to 200 items."""
    if not items:
        raise Invalid("FIELD_TOO_SHORT", path=path, limit=1, unit="item", more=0)
    if len(items) > BATCH_MOST:
        raise Invalid("FIELD_TOO_LONG", path=path, limit=BATCH_MOST, unit="items", more=0)
