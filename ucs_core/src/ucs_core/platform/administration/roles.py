"""The mutating verbs on roles: who holds which, and where. Roles are held by principals and never by roles."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel, ConfigDict

from ucs_core.access.edition import Edition
from ucs_core.access.edits import AccessEdits
from ucs_core.access.policy import MEMBER, PUBLIC, HeldRole, Relation, RoleAssignment, assignment_id, near
from ucs_core.access.titles import READY_TITLES
from ucs_core.platform.administration.access_verbs import AccessVerbs, plain, written
from ucs_core.platform.administration.delegation import Delegation, organization_id, principal_id
from ucs_core.platform.calls import Call
from ucs_core.platform.pipeline import WriteSession
from ucs_core.platform.validation import organization_unknown
from ucs_registry.principals import Principal, RuleRow
from ucs_sdk.errors import Invalid, NotFound


class RoleAssignmentView(BaseModel):
    """A principal holds a role at an organisation, or at none; principal and anchor are ids."""

    model_config = ConfigDict(frozen=True)

    principal: str
    role: str
    anchor: str | None = None


class RoleVerbs(AccessVerbs):
    """Give roles to principals, and take them away."""

    async def assign(self, call: Call, principal: str, role: str, anchor: str | None) -> RoleAssignmentView:
        """Give a principal a role at an organisation; without one it must be a role that counts everywhere.

        Asks `administer` over the principal's organisation and over all that the role reaches. What is held already is
        refused with NOTHING_CHANGED, so that nobody takes credit for it.
        """

        async def work(session: WriteSession) -> RoleAssignmentView:
            delegation, edition = self._delegation(session.sight), session.sight.snapshot.edition
            row = _stated(delegation, edition, principal, role, anchor)
            _check_role(edition, row, edition.index.roles() if delegation.platform else READY_TITLES)
            rule = delegation.require_assignment(edition.principals[row.principal], row.held)
            if row.held in edition.assigned.get(row.principal, ()):
                raise Invalid("NOTHING_CHANGED", object=f"principals/{row.principal}")
            await self._lockout.guard(session, AccessEdits(assign=(row,)), ())
            await session.unit.put_rules([row.to_rule()])
            session.written.append(written(f"rules/{row.id}", rule, None, plain(row.to_rule())))
            return _view(row)

        return await self._run(
            call, "roles.assign", "rules/-", _request(principal, role, anchor), RoleAssignmentView, work
        )

    async def unassign(self, call: Call, principal: str, role: str, anchor: str | None) -> RoleAssignmentView:
        """Take a role away that a principal holds at an organisation, or at none. Asks for what `assign` asks."""

        async def work(session: WriteSession) -> RoleAssignmentView:
            delegation, edition = self._delegation(session.sight), session.sight.snapshot.edition
            row = _stated(delegation, edition, principal, role, anchor)
            rule = delegation.require_assignment(edition.principals[row.principal], row.held)
            standing = await _standing(session, row)
            if not standing:
                held = [name for name, _ in edition.assigned.get(row.principal, ())]
                raise NotFound(
                    "ROLE_NOT_HELD",
                    object=f"principals/{row.principal}",
                    role=role[:64],
                    near=[name for name in near(role, held) if name != role],
                )
            await self._lockout.guard(session, AccessEdits(unassign=(row,)), standing)
            await session.unit.remove_rules([item.id for item in standing])
            session.written += [written(f"rules/{item.id}", rule, plain(item), None) for item in standing]
            return _view(row)

        return await self._run(
            call, "roles.unassign", "rules/-", _request(principal, role, anchor), RoleAssignmentView, work
        )


async def _standing(session: WriteSession, row: RoleAssignment) -> list[RuleRow]:
    """All rows that give a role, whatever their ids."""
    values = row.to_rule().values
    found = [item for item in await session.unit.rules_of("g", [row.principal]) if item.values == values]
    if len(found) < session.sight.snapshot.edition.assigned.get(row.principal, ()).count(row.held):
        # One that came in past the door counts, and need not stand where the others are looked up.
        return [item for item in await session.unit.rules() if item.section == "g" and item.values == values]
    return found


def _request(principal: str, role: str, anchor: str | None) -> dict[str, Any]:
    return {"principal": principal, "role": role, "anchor": anchor}


def _view(row: RoleAssignment) -> RoleAssignmentView:
    return RoleAssignmentView(principal=row.principal, role=row.role, anchor=row.anchor)


def _stated(delegation: Delegation, edition: Edition, principal: str, role: str, anchor: str | None) -> RoleAssignment:
    """The assignment that was stated. Its principal is known to the caller, and its anchor exists."""
    who = _principal(delegation, edition, principal).id
    where = organization_id(anchor) if anchor else None
    if where is not None and where not in edition.tree.positions:
        raise organization_unknown("anchor", where, edition.tree.ids)
    # The check of the role's form comes with the row.
    id = assignment_id(who, role, where)
    return RoleAssignment(id=id, principal=who, role=role, anchor=where)


def _principal(delegation: Delegation, edition: Edition, name: str) -> Principal:
    id = principal_id(name)
    word = id.removeprefix("roles/")
    if id not in edition.principals and word in {*edition.index.roles(), PUBLIC, MEMBER}:
        raise Invalid("ROLE_NESTED", path="principal", role=word)
    return delegation.principal(name)


def _check_role(edition: Edition, row: RoleAssignment, told: Collection[str]) -> None:
    """Raise Invalid unless the role can be held; what may have been meant is one of those that the caller may be told of."""
    if row.role in (PUBLIC, MEMBER):
        raise Invalid("ROLE_IMPLICIT", path="role", role=row.role)
    if row.role not in edition.index.roles():
        raise Invalid("ROLE_UNKNOWN", path="role", role=row.role, near=near(row.role, told))
    held = HeldRole(row.role, row.anchor)
    if held.anchor is None and Relation.ANY.value not in edition.index.relations(held.role):
        raise Invalid("ANCHOR_MISSING", path="anchor", role=row.role)
