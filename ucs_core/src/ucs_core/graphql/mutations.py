"""The verbs of the schema. Each calls one verb of the platform and answers with the resource as it then is."""

from __future__ import annotations

from typing import Annotated

import strawberry

from ucs_core.graphql.access_mutations import AccessMutation
from ucs_core.graphql.batches import BatchMutation
from ucs_core.graphql.context import Info
from ucs_core.graphql.graph import GraphMutation
from ucs_core.graphql.inputs import CreateResourceInput, ResourceContentPatch, new_resource, plain_fields
from ucs_core.graphql.log_proofs import LogMutation
from ucs_core.graphql.member_mutations import MemberMutation
from ucs_core.graphql.plugins import PluginMutation
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.reviews import ReviewMutation
from ucs_core.graphql.scenarios import ScenarioMutation
from ucs_core.graphql.shelf import ShelfMutation
from ucs_core.graphql.steps import Etag, Id, MaybeEtag, Reason, RequestId, ValidateOnly, changed, step
from ucs_core.graphql.texts import resolved
from ucs_core.graphql.type_mutations import TypeMutation

NewResource = Annotated[CreateResourceInput, strawberry.argument(description="新资源 · The new resource")]
Patch = Annotated[ResourceContentPatch, strawberry.argument(description="要修改的内容 · What to change")]


@strawberry.type(description="变更 · What can be done; each is logged, allowed or refused")
class Mutation(
    AccessMutation,
    BatchMutation,
    LogMutation,
    MemberMutation,
    PluginMutation,
    ReviewMutation,
    ShelfMutation,
    GraphMutation,
    ScenarioMutation,
    TypeMutation,
):
    """What can be done."""

    @resolved("新建资源及其首个草稿", "Enter a resource with its first draft; it is offline")
    async def create_resource(
        self, info: Info, input: NewResource, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> Resource:
        """Enter a resource."""
        new = new_resource(input)
        return await changed(
            info, request_id, validate_only, lambda platform, call: platform.resources.create(call, new)
        )

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
        return await changed(
            info, request_id, validate_only, lambda platform, call: platform.resources.update(call, id, fields, etag)
        )

    submit_resource = step("提交审核", "Hand the draft to the reviewers", lambda platform: platform.resources.submit)
    withdraw_resource = step(
        "撤回审核", "Take the revision back from review", lambda platform: platform.resources.withdraw
    )

    @resolved("审核通过", "Make the revision in review the current one")
    async def approve_resource(
        self, info: Info, id: Id, etag: Etag, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> Resource:
        """Approve the revision."""
        return await changed(
            info, request_id, validate_only, lambda platform, call: platform.resources.approve(call, id, etag)
        )

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
        return await changed(
            info, request_id, validate_only, lambda platform, call: platform.resources.reject(call, id, reason, etag)
        )

    undo_review = step(
        "撤销本人最近一次审核（限时，且其后无人改动）",
        "Take your own last decision back, for a while and as long as nobody wrote since",
        lambda platform: platform.resources.undo_review,
    )
    bring_online = step("上架", "Make an approved resource available", lambda platform: platform.resources.bring_online)

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
        return await changed(
            info,
            request_id,
            validate_only,
            lambda platform, call: platform.resources.take_offline(call, id, reason, etag),
        )
