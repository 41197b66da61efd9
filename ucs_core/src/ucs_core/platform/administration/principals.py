"""The mutating verbs on principals: persons, applications, hubs and plugins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from ucs_core.access.edits import AccessEdits
from ucs_core.access.tokens import ISSUER
from ucs_core.platform.administration.access_verbs import AccessVerbs, logged, plain, reasoned, written
from ucs_core.platform.administration.awaited import awaited
from ucs_core.platform.administration.delegation import Delegation, organization_id
from ucs_core.platform.calls import Call
from ucs_core.platform.pipeline import WriteSession
from ucs_core.platform.validation import parse
from ucs_registry.canonical import PLAIN_TEXT
from ucs_registry.organizations import OrganizationId
from ucs_registry.principals import Principal, PrincipalId, Subject
from ucs_sdk.errors import AlreadyExists, Invalid
from ucs_sdk.vocabulary import PrincipalKind

Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN_TEXT)]


class NewPrincipal(BaseModel):
    """What is needed to enter a principal. Only the platform's administrators enter one without an organisation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: PrincipalId
    kind: PrincipalKind
    title: Title
    organization: OrganizationId | None = None


class PrincipalChanges(BaseModel):
    """What can be changed of a principal; what is not stated stays. No organisation takes it out of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Title = ""
    organization: OrganizationId | None = None


Change = Callable[[WriteSession, Delegation, Principal], Awaitable[Principal]]
"""Makes of a principal, which the caller may change, what it is to become."""


class PrincipalVerbs(AccessVerbs):
    """Enter principals, change them, shut them out and let them in again."""

    async def create(self, call: Call, principal: Mapping[str, Any]) -> Principal:
        """Enter a principal. Asks `administer` over its organisation."""

        async def work(session: WriteSession) -> Principal:
            new = Principal(**dict(parse(NewPrincipal, _with_organization(principal))))
            rule = self._delegation(session.sight).require_organization(new.organization, "organization")
            known = session.sight.snapshot.edition.principals
            if new.id in known or await awaited(session, "principals", [new.id]):
                raise AlreadyExists("PRINCIPAL_TAKEN", path="id", taken=new.id)
            await self._keep(session, rule, None, new, {})
            return new

        return await self._run(
            call, "principals.create", "principals/-", {"principal": dict(principal)}, Principal, work, self._again
        )

    async def update(self, call: Call, name: str, changes: Mapping[str, Any]) -> Principal:
        """Change what a principal is called or where it belongs. A move asks `administer` over both organisations."""

        async def apply(_: WriteSession, delegation: Delegation, before: Principal) -> Principal:
            stated = parse(PrincipalChanges, _with_organization(changes))
            named = {field: getattr(stated, field) for field in stated.model_fields_set}
            if "organization" in named and named["organization"] != before.organization:
                delegation.require_organization(named["organization"], "organization")
            return before.model_copy(update=named)

        return await self._change(call, name, "update", {"changes": dict(changes)}, apply)

    async def disable(self, call: Call, name: str, reason: str | None) -> Principal:
        """Shut a principal out, with the reason, from the next session on. What it holds stays for when it is let in."""

        async def apply(_: WriteSession, __: Delegation, before: Principal) -> Principal:
            reasoned(reason)
            return before.model_copy(update={"disabled": True})

        return await self._change(call, name, "disable", {"reason": reason}, apply)

    async def enable(self, call: Call, name: str) -> Principal:
        """Let a principal in again that was shut out."""

        async def apply(_: WriteSession, __: Delegation, before: Principal) -> Principal:
            return before.model_copy(update={"disabled": False})

        return await self._change(call, name, "enable", {}, apply)

    async def bind(self, call: Call, name: str, issuer: str, subject: str) -> Principal:
        """Say who a principal is to an identity provider. Nobody else may have the same subject there."""

        async def apply(session: WriteSession, delegation: Delegation, before: Principal) -> Principal:
            bound = parse(Subject, {"issuer": issuer, "subject": subject})
            if bound.issuer == ISSUER:
                raise Invalid("ISSUER_IS_OURS", path="issuer", issuer=issuer)
            for other in session.sight.snapshot.edition.principals.values():
                if other.subject == bound and other.id != before.id:
                    if delegation.platform:
                        raise AlreadyExists("SUBJECT_TAKEN_BY", path="subject", taken=bound.subject, object=other.name)
                    # Whose it is may lie in a part of the tree that the caller may not know of.
                    raise AlreadyExists("SUBJECT_TAKEN", path="subject", taken=bound.subject)
            return before.model_copy(update={"subject": bound})

        return await self._change(call, name, "bind", {"issuer": issuer, "subject": subject}, apply)

    async def unbind(self, call: Call, name: str) -> Principal:
        """Part a principal from its identity provider: tokens from there do not count for it any longer."""

        async def apply(_: WriteSession, __: Delegation, before: Principal) -> Principal:
            return before.model_copy(update={"subject": None})

        return await self._change(call, name, "unbind", {}, apply)

    async def revoke_tokens(self, call: Call, name: str) -> Principal:
        """Make all tokens worthless that a principal was issued so far.

        Tokens tell whole seconds, so one that was issued in the very second of the call counts as issued before it, even
        if it came after: a new one may be asked for from the next second on. The epoch never goes back.
        """

        async def apply(session: WriteSession, _: Delegation, before: Principal) -> Principal:
            epoch = max(filter(None, (session.at, before.revoked_before)))
            return before.model_copy(update={"revoked_before": epoch})

        return await self._change(call, name, "revoke_tokens", {}, apply)

    async def _change(self, call: Call, name: str, verb: str, request: Mapping[str, Any], apply: Change) -> Principal:
        async def work(session: WriteSession) -> Principal:
            delegation = self._delegation(session.sight)
            before = delegation.principal(name)
            rule = delegation.require_principal(before)
            after = await apply(session, delegation, before)
            if after == before:
                raise Invalid("NOTHING_CHANGED", object=before.name)
            await self._keep(session, rule, before, after, request)
            return after

        return await self._run(
            call, f"principals.{verb}", logged("principals", name), request, Principal, work, self._again
        )

    async def _keep(
        self,
        session: WriteSession,
        rule: str | None,
        before: Principal | None,
        after: Principal,
        said: Mapping[str, Any],
    ) -> None:
        await self._lockout.guard(session, AccessEdits(principals=(after,)), ())
        await session.unit.put_principals([after])
        reason = reasoned(said["reason"]) if "reason" in said else None
        session.written.append(written(after.name, rule, plain(before), plain(after), reason=reason))

    async def _again(self, session: WriteSession, answer: Principal) -> Principal:
        """The answer to a call that is repeated, for who may still know of the principal."""
        self._delegation(session.sight).principal(answer.name)
        return answer


def _with_organization(stated: Mapping[str, Any]) -> dict[str, Any]:
    """What was stated, with the organisation by its id: a name is taken as well."""
    organization = stated.get("organization")
    return dict(stated) | ({"organization": organization_id(organization)} if isinstance(organization, str) else {})
