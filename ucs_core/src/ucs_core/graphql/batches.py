"""Several resources in one call, in the schema."""

from __future__ import annotations

from typing import Annotated

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.inputs import CreateResourceInput, new_resource
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.texts import REQUEST_ID, VALIDATE_ONLY, resolved
from ucs_core.platform.batches import batch_get

Ids = Annotated[
    list[strawberry.ID], strawberry.argument(description="资源名称，1 至 200 个 · From 1 to 200 names, resources/…")
]
Inputs = Annotated[
    list[CreateResourceInput], strawberry.argument(description="新资源，1 至 200 项 · From 1 to 200 new resources")
]
RequestId = Annotated[str | None, strawberry.argument(description=REQUEST_ID)]
ValidateOnly = Annotated[bool, strawberry.argument(description=VALIDATE_ONLY)]


@strawberry.type
class BatchQuery:
    """What can be asked for together."""

    @resolved(
        "多项资源，按名称；有任何一项不存在即报错并指明",
        "Several resources by name, in that order; an error that names those that do not exist, if there are any",
    )
    async def resources_by_name(self, info: Info, ids: Ids) -> list[Resource]:
        """Several resources by name."""
        views = await info.context.ask(lambda session: batch_get(session, ids))
        info.context.spend(len(views))
        return [Resource.of(view) for view in views]


@strawberry.type
class BatchMutation:
    """What can be done together."""

    @resolved("批量新建资源：全部成功或全部不做", "Enter several resources with their first drafts: all or none")
    async def create_resources(
        self, info: Info, inputs: Inputs, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> list[Resource]:
        """Enter several resources."""
        await info.context.forget()
        call = info.context.call(request_id, validate_only)
        made = await info.context.platform.batches.create(call, [new_resource(each) for each in inputs])
        info.context.spend(len(made.resources))
        return [Resource.of(view) for view in made.resources]
