"""The verbs of the schema. Each calls one verb of the platform and answers with the resource as it then is."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.inputs import CreateResourceInput, ResourceContentPatch, new_resource, plain_fields
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.texts import ETAG, REASON, REQUEST_ID, RESOURCE_ID, VALIDATE_ONLY, resolved
from ucs_core.platform import ResourceView

Id = Annotated[strawberry.ID, strawberry.argument(description=RESOURCE_ID)]
Etag = Annotated[str, strawberry.argument(description=ETAG)]
MaybeEtag = Annotated[str | None, strawberry.argument(description=ETAG)]
Reason = Annotated[str, strawberry.argument(description=REASON)]
RequestId = Annotated[str | None, strawberry.argument(description=REQUEST_ID)]
ValidateOnly = Annotated[bool, strawberry.argument(description=VALIDATE_ONLY)]
NewResource = Annotated[CreateResourceInput, strawberry.argument(description="新资源 · The new resource")]
Patch = Annotated[ResourceContentPatch, strawberry.argument(description="要修改的内容 · What to change")]


@strawberry.type(description="变更 · What can be done; each is logged, allowed or refused")
class Mutation:
    """What can be done."""

    @resolved("新建资源及其首个草稿", "Enter a resource with its first draft; it is offline")
    async def create_resource(
        self, info: Info, input: NewResource, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> Resource:
        """Enter a resource."""
        call = info.context.call(request_id, validate_only)
        return await _changed(info, info.context.platform.resources.create(call, new_resource(input)))

    @resolved("修改内容，形成新草稿", "Open a new draft in which the given fields are replaced")
    async def update_resource(
        self,
        info: Info,
        id: Id,
        etag: Etag,
        content: Patch,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Resource:
        """Open a new draft."""
        call = info.context.call(request_id, validate_only)
        return await _changed(info, info.context.platform.resources.update(call, id, plain_fields(content), etag))

    @resolved("提交审核", "Hand the draft to the reviewers")
    async def submit_resource(
        self,
        info: Info,
        id: Id,
        etag: MaybeEtag = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Resource:
        """Hand the draft to the reviewers."""
        call = info.context.call(request_id, validate_only)
        return await _changed(info, info.context.platform.resources.submit(call, id, etag))

    @resolved("撤回审核", "Take the revision back from review")
    async def withdraw_resource(
        self,
        info: Info,
        id: Id,
        etag: MaybeEtag = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Resource:
        """Take the revision back."""
        call = info.context.call(request_id, validate_only)
        return await _changed(info, info.context.platform.resources.withdraw(call, id, etag))

    @resolved("审核通过", "Make the revision in review the current one")
    async def approve_resource(
        self, info: Info, id: Id, etag: Etag, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> Resource:
        """Approve the revision."""
        call = info.context.call(request_id, validate_only)
        return await _changed(info, info.context.platform.resources.approve(call, id, etag))

    @resolved("驳回", "Send the revision in review back, with the reason")
    async def reject_resource(
        self,
        info: Info,
        id: Id,
        etag: Etag,
        reason: Reason,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Resource:
        """Reject the revision."""
        call = info.context.call(request_id, validate_only)
        return await _changed(info, info.context.platform.resources.reject(call, id, reason, etag))

    @resolved("上架", "Make an approved resource available")
    async def bring_online(
        self,
        info: Info,
        id: Id,
        etag: MaybeEtag = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Resource:
        """Make it available."""
        call = info.context.call(request_id, validate_only)
        return await _changed(info, info.context.platform.resources.bring_online(call, id, etag))

    @resolved("下架", "Take a resource off the shelf, with the reason")
    async def take_offline(
        self,
        info: Info,
        id: Id,
        reason: Reason,
        etag: MaybeEtag = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Resource:
        """Take it off the shelf."""
        call = info.context.call(request_id, validate_only)
        return await _changed(info, info.context.platform.resources.take_offline(call, id, reason, etag))


async def _changed(info: Info, verb: Awaitable[ResourceView]) -> Resource:
    # What the caller selects around the resource is read afresh, after the verb.
    await info.context.forget()
    return Resource.of(await verb)
