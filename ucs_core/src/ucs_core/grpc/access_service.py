"""The service of access: each method calls one verb of the platform, or asks one question."""

from __future__ import annotations

from collections.abc import Sequence

from ucs.access.v1 import explanation_pb2, grant_pb2, policy_pb2, principal_pb2, vocabulary_pb2
from ucs.access.v1.access_service_pb2_grpc import AccessServiceServicer
from ucs_core.access.actions import Action
from ucs_core.grpc import access, explanations
from ucs_core.grpc.calls import call_of, current_caller, reading, session_of
from ucs_core.grpc.conversion import few
from ucs_core.grpc.pages import cursor_of_page, page_token
from ucs_core.grpc.terms import name_of
from ucs_core.platform import Platform
from ucs_core.platform.administration.access_verbs import logged
from ucs_core.platform.administration.stated import read_edits, read_expectations
from ucs_registry.queries import page_size
from ucs_sdk.errors import Invalid

_ACTION = vocabulary_pb2.Action.DESCRIPTOR

_Paged = (
    principal_pb2.ListPrincipalsRequest
    | policy_pb2.ListRoleAssignmentsRequest
    | policy_pb2.ListPoliciesRequest
    | grant_pb2.ListGrantsRequest
    | explanation_pb2.WhoCanRequest
    | explanation_pb2.WhatIfRequest
)
"""The requests whose answers come in pages."""


class AccessService(AccessServiceServicer):
    """Serves `ucs.access.v1.AccessService`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    # --- principals ---

    async def GetPrincipal(
        self, request: principal_pb2.GetPrincipalRequest, context: object
    ) -> principal_pb2.Principal:
        async with session_of(self._platform) as session:
            return access.principal_message(session.directory.principal(request.name))

    async def ListPrincipals(
        self, request: principal_pb2.ListPrincipalsRequest, context: object
    ) -> principal_pb2.ListPrincipalsResponse:
        wanted, size, after = access.wanted_principals(request.filter), _size(request), _after(request)
        async with session_of(self._platform) as session:
            page = session.directory.principals(wanted, first=size, after=after)
            return principal_pb2.ListPrincipalsResponse(
                principals=[access.principal_message(item) for item in page.items],
                next_page_token=_next(request, page.cursors, page.more),
                position=session.position,
            )

    async def CreatePrincipal(
        self, request: principal_pb2.CreatePrincipalRequest, context: object
    ) -> principal_pb2.Principal:
        async with reading(self._platform, request, "principals.create", "principals/-"):
            new = access.stated(request.principal)
        return access.principal_message(await self._platform.principals.create(call_of(request), new))

    async def UpdatePrincipal(
        self, request: principal_pb2.UpdatePrincipalRequest, context: object
    ) -> principal_pb2.Principal:
        async with reading(self._platform, request, "principals.update", logged("principals", request.name)):
            changes = access.changes(request)
        return access.principal_message(await self._platform.principals.update(call_of(request), request.name, changes))

    async def DisablePrincipal(
        self, request: principal_pb2.DisablePrincipalRequest, context: object
    ) -> principal_pb2.Principal:
        return access.principal_message(
            await self._platform.principals.disable(call_of(request), request.name, request.reason or None)
        )

    async def EnablePrincipal(
        self, request: principal_pb2.EnablePrincipalRequest, context: object
    ) -> principal_pb2.Principal:
        return access.principal_message(await self._platform.principals.enable(call_of(request), request.name))

    async def BindPrincipal(
        self, request: principal_pb2.BindPrincipalRequest, context: object
    ) -> principal_pb2.Principal:
        subject = request.subject
        return access.principal_message(
            await self._platform.principals.bind(call_of(request), request.name, subject.issuer, subject.subject)
        )

    async def UnbindPrincipal(
        self, request: principal_pb2.UnbindPrincipalRequest, context: object
    ) -> principal_pb2.Principal:
        return access.principal_message(await self._platform.principals.unbind(call_of(request), request.name))

    async def RevokeTokens(
        self, request: principal_pb2.RevokeTokensRequest, context: object
    ) -> principal_pb2.Principal:
        return access.principal_message(await self._platform.principals.revoke_tokens(call_of(request), request.name))

    # --- roles ---

    async def ListRoles(self, request: policy_pb2.ListRolesRequest, context: object) -> policy_pb2.ListRolesResponse:
        async with session_of(self._platform) as session:
            roles = [access.role_message(view) for view in session.directory.roles()]
            return policy_pb2.ListRolesResponse(roles=roles, position=session.position)

    async def ListRoleAssignments(
        self, request: policy_pb2.ListRoleAssignmentsRequest, context: object
    ) -> policy_pb2.ListRoleAssignmentsResponse:
        wanted, size, after = access.wanted_assignments(request.filter), _size(request), _after(request)
        async with session_of(self._platform) as session:
            page = session.directory.assignments(wanted, first=size, after=after)
            return policy_pb2.ListRoleAssignmentsResponse(
                role_assignments=[access.assignment_message(item) for item in page.items],
                next_page_token=_next(request, page.cursors, page.more),
                position=session.position,
            )

    async def AssignRole(self, request: policy_pb2.AssignRoleRequest, context: object) -> policy_pb2.RoleAssignment:
        held = request.role_assignment
        return access.assignment_message(
            await self._platform.roles.assign(call_of(request), held.principal, held.role, held.anchor or None)
        )

    async def UnassignRole(self, request: policy_pb2.UnassignRoleRequest, context: object) -> policy_pb2.RoleAssignment:
        held = request.role_assignment
        return access.assignment_message(
            await self._platform.roles.unassign(call_of(request), held.principal, held.role, held.anchor or None)
        )

    # --- policies ---

    async def ListPolicies(
        self, request: policy_pb2.ListPoliciesRequest, context: object
    ) -> policy_pb2.ListPoliciesResponse:
        wanted, size, after = access.wanted_policies(request.filter), _size(request), _after(request)
        async with session_of(self._platform) as session:
            page = session.directory.policies(wanted, first=size, after=after)
            return policy_pb2.ListPoliciesResponse(
                policies=[access.policy_message(row) for row in page.items],
                next_page_token=_next(request, page.cursors, page.more),
                position=session.position,
                version=page.version,
                unread=[access.unread_message(id, problem) for id, problem in page.unread],
            )

    async def ApplyPolicies(
        self, request: policy_pb2.ApplyPoliciesRequest, context: object
    ) -> policy_pb2.ApplyPoliciesResponse:
        async with reading(self._platform, request, "policies.apply", "rules/-"):
            put = [access.policy(row, f"put[{at}]") for at, row in enumerate(few(request.put, "put"))]
            remove = list(few(request.remove, "remove"))
        version = request.version if request.HasField("version") else None
        applied = await self._platform.policies.apply(call_of(request), put, remove, version)
        names = [f"policies/{name.rpartition('/')[2]}" for name in applied.names]
        return policy_pb2.ApplyPoliciesResponse(version=applied.version, names=names)

    # --- grants ---

    async def GetGrant(self, request: grant_pb2.GetGrantRequest, context: object) -> grant_pb2.Grant:
        async with session_of(self._platform) as session:
            return access.grant_message(await session.directory.grant(request.name))

    async def ListGrants(self, request: grant_pb2.ListGrantsRequest, context: object) -> grant_pb2.ListGrantsResponse:
        wanted, size, after = request.filter, _size(request), _after(request)
        async with session_of(self._platform) as session:
            page = await session.directory.grants(
                wanted.resource or None, wanted.grantee or None, wanted.live, first=size, after=after
            )
            return grant_pb2.ListGrantsResponse(
                grants=[access.grant_message(item) for item in page.items],
                next_page_token=_next(request, page.cursors, page.more),
                position=session.position,
            )

    async def GiveGrant(self, request: grant_pb2.GiveGrantRequest, context: object) -> grant_pb2.Grant:
        async with reading(self._platform, request, "grants.give", "resources/-"):
            new = access.stated(request.grant)
        return access.grant_message(await self._platform.grants.give(call_of(request), new))

    async def RevokeGrant(self, request: grant_pb2.RevokeGrantRequest, context: object) -> grant_pb2.Grant:
        return access.grant_message(
            await self._platform.grants.revoke(call_of(request), request.name, request.reason or None)
        )

    # --- questions ---

    async def Why(self, request: explanation_pb2.WhyRequest, context: object) -> explanation_pb2.Explanation:
        action, asked = _action(request.action), request.principal.removeprefix("principals/")
        async with session_of(self._platform) as session:
            found = await session.access.why(action, request.resource, asked or None)
            return explanations.explanation_message(found, request.resource, asked or current_caller().principal)

    async def WhoCan(self, request: explanation_pb2.WhoCanRequest, context: object) -> explanation_pb2.WhoCanResponse:
        action, size, after = _action(request.action), _size(request), _after(request)
        async with session_of(self._platform) as session:
            page = await session.access.who_can(action, request.resource, first=size, after=after)
            return explanation_pb2.WhoCanResponse(
                holders=[explanations.holder_message(item) for item in page.items],
                next_page_token=_next(request, page.cursors, page.more),
                total_size=page.total,
                position=session.position,
            )

    async def ListEffectiveActions(
        self, request: explanation_pb2.ListEffectiveActionsRequest, context: object
    ) -> explanation_pb2.ListEffectiveActionsResponse:
        asked = request.principal.removeprefix("principals/")
        async with session_of(self._platform) as session:
            found = await session.access.effective(request.resource, asked or None)
            return explanation_pb2.ListEffectiveActionsResponse(
                effective_actions=[explanations.effective_message(item) for item in found], position=session.position
            )

    async def WhatIf(self, request: explanation_pb2.WhatIfRequest, context: object) -> explanation_pb2.WhatIfResponse:
        edits = read_edits(access.edits(request.edits, "edits"), "edits")
        size, after = _size(request), _after(request)
        async with session_of(self._platform) as session:
            found = await session.access.what_if(edits, first=size, after=after)
            answer = explanations.difference_message(found)
            answer.next_page_token = _next(request, found.cursors, found.more)
            answer.position = session.position
            return answer

    async def TestPolicies(
        self, request: explanation_pb2.TestPoliciesRequest, context: object
    ) -> explanation_pb2.TestPoliciesResponse:
        edits = read_edits(access.edits(request.edits, "edits"), "edits")
        stated = [
            access.expectation(item, f"expectations[{at}]")
            for at, item in enumerate(few(request.expectations, "expectations"))
        ]
        expectations = read_expectations(stated, "expectations")
        async with session_of(self._platform) as session:
            results = [explanations.result_message(item) for item in await session.access.test(edits, expectations)]
            return explanation_pb2.TestPoliciesResponse(results=results, position=session.position)


def _action(number: int) -> Action:
    if not number:
        raise Invalid("FIELD_MISSING", path="action", more=0)
    return Action(name_of(_ACTION, number, "action"))


def _size(request: _Paged) -> int:
    return page_size(request.page_size or None, "page_size")


def _after(request: _Paged) -> str | None:
    return cursor_of_page(request, request.page_token)


def _next(request: _Paged, cursors: Sequence[str], more: bool) -> str:
    return page_token(request, cursors[-1]) if more else ""
