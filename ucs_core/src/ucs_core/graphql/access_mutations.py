"""The verbs of the schema on who may do what: principals, roles, policies and grants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import strawberry

from ucs_core.access.policy import WILDCARD
from ucs_core.graphql.access_inputs import (
    CreatePrincipalInput,
    GiveGrantInput,
    PolicyInput,
    PrincipalChanges,
    changed,
    stated,
)
from ucs_core.graphql.access_types import AppliedPolicies, Grant, Principal, RoleAssignment
from ucs_core.graphql.context import Info
from ucs_core.graphql.scalars import Position
from ucs_core.graphql.texts import REQUEST_ID, VALIDATE_ONLY, Assignable, resolved
from ucs_core.platform import Call, Platform
from ucs_core.platform.administration.principals import PrincipalVerbs
from ucs_core.platform.administration.roles import RoleAssignmentView, RoleVerbs
from ucs_registry import principals as registry

T = TypeVar("T")

RequestId = Annotated[str | None, strawberry.argument(description=REQUEST_ID)]
ValidateOnly = Annotated[bool, strawberry.argument(description=VALIDATE_ONLY)]
PrincipalName = Annotated[strawberry.ID, strawberry.argument(description="主体 · principals/…")]
Reason = Annotated[str, strawberry.argument(description="理由，记入日志 · The reason, for the log")]
NewPrincipal = Annotated[CreatePrincipalInput, strawberry.argument(description="新主体 · The new principal")]
Changes = Annotated[PrincipalChanges, strawberry.argument(description="要修改的内容 · What to change")]
Issuer = Annotated[str, strawberry.argument(description="签发者（iss） · The provider's `iss`, whole and exact")]
Sub = Annotated[str, strawberry.argument(description="主体（sub） · Its `sub`")]
ARole = Annotated[str, strawberry.argument(description="角色 · Which role")]
Anchor = Annotated[
    strawberry.ID | None, strawberry.argument(description="任职机构 · At which organisation; at none when null")
]
Put = Annotated[
    list[PolicyInput] | None, strawberry.argument(description="新增或替换的策略 · Policies to enter or replace")
]
Remove = Annotated[list[strawberry.ID] | None, strawberry.argument(description="删除的策略 · Policies to remove")]
Version = Annotated[
    Position | None,
    strawberry.argument(description="所见权限版本；已变则拒绝 · The version that you have seen; refused when it moved"),
]
NewGrant = Annotated[GiveGrantInput, strawberry.argument(description="新授权 · The grant")]
GrantName = Annotated[strawberry.ID, strawberry.argument(description="授权 · grants/…")]

PrincipalStep = Callable[[Call, str], Awaitable[registry.Principal]]
"""A verb that asks for nothing but the principal."""

RoleStep = Callable[[Call, str, str, str | None], Awaitable[RoleAssignmentView]]
"""A verb on a role as somebody holds it."""


def _principal_step(zh: str, en: str, verb: Callable[[PrincipalVerbs], PrincipalStep]) -> Assignable:
    @resolved(zh, en)
    async def step(
        self: object, info: Info, id: PrincipalName, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> Principal:
        return Principal.of(
            await _done(info, request_id, validate_only, lambda platform, call: verb(platform.principals)(call, id))
        )

    return step


def _role_step(zh: str, en: str, verb: Callable[[RoleVerbs], RoleStep]) -> Assignable:
    @resolved(zh, en)
    async def step(
        self: object,
        info: Info,
        principal: PrincipalName,
        role: ARole,
        anchor: Anchor = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> RoleAssignment:
        who, where = principal.removeprefix("principals/"), anchor and anchor.removeprefix("organizations/")
        return RoleAssignment.of(
            await _done(
                info, request_id, validate_only, lambda platform, call: verb(platform.roles)(call, who, role, where)
            )
        )

    return step


@strawberry.type
class AccessMutation:
    """What can be done to who may do what."""

    @resolved("新建主体", "Enter a principal")
    async def create_principal(
        self, info: Info, input: NewPrincipal, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> Principal:
        """Enter a principal."""
        new = stated(input)
        return Principal.of(
            await _done(info, request_id, validate_only, lambda platform, call: platform.principals.create(call, new))
        )

    @resolved("修改主体", "Change what people call a principal, or where it belongs")
    async def update_principal(
        self,
        info: Info,
        id: PrincipalName,
        changes: Changes,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Principal:
        """Change a principal."""
        new = changed(changes)
        return Principal.of(
            await _done(
                info, request_id, validate_only, lambda platform, call: platform.principals.update(call, id, new)
            )
        )

    @resolved("停用主体", "Shut a principal out, with the reason")
    async def disable_principal(
        self,
        info: Info,
        id: PrincipalName,
        reason: Reason,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Principal:
        """Shut a principal out."""
        return Principal.of(
            await _done(
                info, request_id, validate_only, lambda platform, call: platform.principals.disable(call, id, reason)
            )
        )

    enable_principal = _principal_step("启用主体", "Let a principal in again", lambda verbs: verbs.enable)

    @resolved("绑定身份", "Say who a principal is to an identity provider")
    async def bind_principal(
        self,
        info: Info,
        id: PrincipalName,
        issuer: Issuer,
        subject: Sub,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Principal:
        """Bind a principal."""
        return Principal.of(
            await _done(
                info,
                request_id,
                validate_only,
                lambda platform, call: platform.principals.bind(call, id, issuer, subject),
            )
        )

    unbind_principal = _principal_step(
        "解除身份绑定", "Part a principal from its identity provider", lambda verbs: verbs.unbind
    )
    revoke_tokens = _principal_step(
        "作废此前签发的全部令牌", "Make all tokens issued before now worthless", lambda verbs: verbs.revoke_tokens
    )
    assign_role = _role_step(
        "任命", "Give a principal a role at an organisation, or at none", lambda verbs: verbs.assign
    )
    unassign_role = _role_step("免去任职", "Take a role away", lambda verbs: verbs.unassign)

    @resolved("变更策略，全部生效或全不生效", "Enter, replace and remove policies, all or none")
    async def apply_policies(
        self,
        info: Info,
        put: Put = None,
        remove: Remove = None,
        version: Version = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> AppliedPolicies:
        """Enter, replace and remove policies."""
        # What is not stated here is every action: the platform itself wants that said.
        rows = [{"action": WILDCARD, **stated(row)} for row in put or ()]
        gone = [name.removeprefix("policies/") for name in remove or ()]
        return AppliedPolicies.of(
            await _done(
                info,
                request_id,
                validate_only,
                lambda platform, call: platform.policies.apply(call, rows, gone, version),
            )
        )

    @resolved("给予授权", "Give a grant")
    async def give_grant(
        self, info: Info, input: NewGrant, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> Grant:
        """Give a grant."""
        new = stated(input)
        return Grant.of(
            await _done(info, request_id, validate_only, lambda platform, call: platform.grants.give(call, new))
        )

    @resolved("撤销授权", "Revoke a grant, with the reason")
    async def revoke_grant(
        self,
        info: Info,
        id: GrantName,
        reason: Reason,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Grant:
        """Revoke a grant."""
        gone = id.removeprefix("grants/")
        return Grant.of(
            await _done(
                info, request_id, validate_only, lambda platform, call: platform.grants.revoke(call, gone, reason)
            )
        )


async def _done(
    info: Info, request_id: str | None, validate_only: bool, verb: Callable[[Platform, Call], Awaitable[T]]
) -> T:
    # What the caller selects around the answer is read afresh, after the verb.
    await info.context.forget()
    return await verb(info.context.platform, info.context.call(request_id, validate_only))
