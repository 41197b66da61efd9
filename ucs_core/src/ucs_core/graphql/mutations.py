"""The verbs of the schema. Each calls one verb of the platform and answers with the resource as it then is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

from ucs_core.graphql.access_mutations import AccessMutation
from ucs_core.graphql.context import Info
from ucs_core.graphql.inputs import CreateResourceInput, ResourceContentPatch, new_resource, plain_fields
from ucs_core.graphql.log_proofs import LogMutation
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.texts import ETAG, REASON, REQUEST_ID, RESOURCE_ID, VALIDATE_ONLY, Assignable, resolved
from ucs_core.platform import Call, ResourceView
from ucs_core.platform.resources import ResourceVerbs

Id = Annotated[strawberry.ID, strawberry.argument(description=RESOURCE_ID)]
Etag = Annotated[str, strawberry.argument(description=ETAG)]
MaybeEtag = Annotated[str | None, strawberry.argument(description=ETAG)]
Reason = Annotated[str, strawberry.argument(description=REASON)]
RequestId = Annotated[str | None, strawberry.argument(description=REQUEST_ID)]
ValidateOnly = Annotated[bool, strawberry.argument(description=VALIDATE_ONLY)]
NewResource = Annotated[CreateResourceInput, strawberry.argument(description="新资源 · The new resource")]
Patch = Annotated[ResourceContentPatch, strawberry.argument(description="要修改的内容 · What to change")]


Step = Callable[[Call, str, str | None], Awaitable[ResourceView]]
"""A verb that asks for nothing but the resource, and an etag where the caller likes to name one."""


def _step(zh: str, en: str, verb: Callable[[ResourceVerbs], Step]) -> Assignable:
    """The field of such a verb."""

    @resolved(zh, en)
    async def step(
        self: object,
        info: Info,
        id: Id,
        etag: MaybeEtag = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Resource:
        return await _changed(info, request_id, validate_only, lambda verbs, call: verb(verbs)(call, id, etag))

    return step


@strawberry.type(description="变更 · What can be done; each is logged, allowed or refused")
class Mutation(AccessMutation, LogMutation):
    """What can be done."""

    @resolved("新建资源及其首个草稿", "Enter a resource with its first draft; it is offline")
    async def create_resource(
        self, info: Info, input: NewResource, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> Resource:
        """Enter a resource."""
        new = new_resource(input)
        return await _changed(info, request_id, validate_only, lambda verbs, call: verbs.create(call, new))

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
        fields = plain_fields(content)
        return await _changed(info, request_id, validate_only, lambda verbs, call: verbs.update(call, id, fields, etag))

    submit_resource = _step("提交审核", "Hand the draft to the reviewers", lambda verbs: verbs.submit)
    withdraw_resource = _step("撤回审核", "Take the revision back from review", lambda verbs: verbs.withdraw)

    @resolved("审核通过", "Make the revision in review the current one")
    async def approve_resource(
        self, info: Info, id: Id, etag: Etag, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> Resource:
        """Approve the revision."""
        return await _changed(info, request_id, validate_only, lambda verbs, call: verbs.approve(call, id, etag))

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
        return await _changed(info, request_id, validate_only, lambda verbs, call: verbs.reject(call, id, reason, etag))

    bring_online = _step("上架", "Make an approved resource available", lambda verbs: verbs.bring_online)

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
        return await _changed(
            info, request_id, validate_only, lambda verbs, call: verbs.take_offline(call, id, reason, etag)
        )


async def _changed(
    info: Info,
    request_id: str | None,
    validate_only: bool,
    verb: Callable[[ResourceVerbs, Call], Awaitable[ResourceView]],
) -> Resource:
    # What the caller selects around the resource is read afresh, after the verb.
    await info.context.forget()
    call = info.context.call(request_id, validate_only)
    return Resource.of(await verb(info.context.platform.resources, call))
