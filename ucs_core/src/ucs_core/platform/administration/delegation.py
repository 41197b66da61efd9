"""How far an administrator reaches: what may be changed, and who is known to exist.

Whoever may `administer` the platform itself changes everything. Whoever may `administer` organisations changes what lies
inside of these: principals that belong there and hold nothing beyond, roles that speak of nothing beyond, and grants on
resources that are administered there. Nothing that such an administrator does changes a decision on what lies outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ucs_core.access.actions import Action
from ucs_core.access.policy import COLUMNS, Effect, HeldRole, Relation
from ucs_core.access.snapshot import Decision
from ucs_core.platform.sight import Ruling, Sight, denial
from ucs_core.platform.validation import near_ids, organization_unknown
from ucs_registry.principals import Principal
from ucs_registry.resources import Resource
from ucs_sdk.errors import Denied, NotFound

OVERSIGHT = (Action.ADMINISTER, Action.AUDIT)
"""Whoever may do one of these to an organisation may read who may do what there."""

CONFINED = frozenset({Relation.OWN.value, Relation.SUBTREE.value})
"""The relations that never lead out of the subtree of an anchor."""

_ROLE, _EFFECT = (at for name in ("role", "effect") for at, column in enumerate(COLUMNS) if column.name == name)


class Delegation:
    """What one caller may change of who may do what, over one state."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._edition = sight.snapshot.edition
        self._on_platform = self._decide(Action.ADMINISTER, None)

    @property
    def platform(self) -> bool:
        """Whether the caller administers the platform itself."""
        return self._on_platform.allowed

    # --- what the caller knows of ---

    def administers(self, organization: str | None) -> bool:
        """Whether the caller administers an organisation; with None, the platform itself."""
        return self.platform or self._decide(Action.ADMINISTER, organization).allowed

    def oversees(self, organization: str | None) -> bool:
        """Whether the caller administers or audits an organisation; with None, the platform itself."""
        return self.administers(organization) or any(
            self._decide(Action.AUDIT, place).allowed for place in {organization, None}
        )

    def reach(self, actions: Iterable[Action]) -> bytes:
        """A byte for each position of the tree, 1 where the caller may do one of these to the organisation there."""
        row, reached = self._sight.profile.row, set()
        for number, entitlement in enumerate(row.entitlements):
            if any(self._edition.decisions(entitlement, action, 0)[False].allowed for action in actions):
                reached.add(number)
        return bytes(number in reached for number in row.owners[: self._edition.tree.platform])

    def principal(self, name: str) -> Principal:
        """A principal that the caller may know of. Raises NotFound, with what may have been meant."""
        id = principal_id(name)
        found = self._edition.principals.get(id)
        if found is None or not self.knows(found):
            near = near_ids(id[:64], self.known_principals())
            raise NotFound("NOT_FOUND", object=f"principals/{id[:64]}", near=near)
        return found

    def known_principals(self) -> Iterator[str]:
        """The ids of all principals that the caller may know of."""
        if not self.platform and not any(self.reach([Action.ADMINISTER])):
            # Whoever administers nothing must not make us walk through everybody.
            return iter([self._sight.principal.id])
        return (item.id for item in self._edition.principals.values() if self.knows(item))

    def knows(self, principal: Principal) -> bool:
        """Whether the caller may know that a principal exists: itself, and those of organisations that it administers."""
        if self.platform or principal.id == self._sight.principal.id:
            return True
        return principal.organization is not None and self.administers(principal.organization)

    def knows_grant(self, resource: Resource, grantee: str) -> bool:
        """Whether the caller may know of a grant on a resource that it may discover: one that serves it, and those on what
        it administers or audits.
        """
        sight = self._sight
        return grantee in sight.profile.grantees or any(
            sight.snapshot.decide(sight.profile, action, resource.access).allowed for action in OVERSIGHT
        )

    # --- what the caller may change ---

    def require_platform(self) -> str | None:
        """The rule that lets the caller administer the platform itself, or Denied."""
        # Not the root of the tree: its administrators keep what is in the tree, not what the roles mean.
        return self._allowed(self._on_platform, "platform")

    def require_organization(self, id: str | None, path: str) -> str | None:
        """The rule that lets the caller administer an organisation. Raises Invalid when there is none, or Denied.

        None stands for whoever belongs to no organisation: the platform's administrators see to them.
        """
        if id is None:
            return self.require_platform()
        tree = self._edition.tree
        if id not in tree.positions:
            raise organization_unknown(path, id, tree.ids)
        return self._rule(id)

    def require_principal(self, principal: Principal) -> str | None:
        """The rule that lets the caller change a principal that it knows of, or Denied."""
        if self.platform:
            return self._on_platform.rule
        self._require_other(principal)
        rule = self._rule(principal.organization)
        self._require_confined(principal, self._edition.assigned.get(principal.id, ()))
        return rule

    def require_assignment(self, principal: Principal, held: HeldRole) -> str | None:
        """The rule that lets the caller give or take a role that a principal holds or is to hold, or Denied."""
        if self.platform:
            return self._on_platform.rule
        self._require_other(principal)
        rule = self._rule(principal.organization)
        # A role that denies is given to nobody who stands above: it would shut them out of what they look after.
        standing = self._edition.assigned.get(principal.id, ()) if self._denies(held.role) else ()
        self._require_confined(principal, [held, *standing])
        return rule

    def require_grant(self, resource: Resource, grantee: str | None = None) -> str | None:
        """The rule that lets the caller give a grant on a resource that it may discover, or revoke one, or Denied.

        With a grantee it is to be given: to nobody but others. A grant to administer does not count: what is given on
        one's way would outlast it.
        """
        decision = self._sight.snapshot.decide(self._sight.profile, Action.ADMINISTER, resource.access)
        rule = self._allowed(decision, resource.name)
        if not self.platform and grantee in self._sight.profile.grantees:
            raise _ruled(Denied("GRANT_TO_ONESELF", object=resource.name, grantee=grantee), decision)
        return rule

    # --- how it is decided ---

    def _require_other(self, principal: Principal) -> None:
        if principal.id == self._sight.principal.id:
            raise _ruled(Denied("SELF_ADMINISTRATION", object=principal.name), self._on_platform)

    def _require_confined(self, principal: Principal, roles: Sequence[HeldRole]) -> None:
        beyond = [held for held in roles if not self._confined(held)]
        if beyond:
            told = sorted({held.role for held in beyond})
            raise _ruled(Denied("ROLES_BEYOND", object=principal.name, roles=told), self._on_platform)

    def _confined(self, held: HeldRole) -> bool:
        """Whether no row of a held role, one that allows or one that denies, speaks of what the caller does not administer."""
        relations = set(self._edition.index.relations(held.role))
        if held.anchor is None or held.anchor not in self._edition.tree.positions or not relations <= CONFINED:
            return False
        return self._covers(held.anchor) if Relation.SUBTREE.value in relations else self.administers(held.anchor)

    def _covers(self, organization: str) -> bool:
        """Whether the caller administers an organisation and all below it."""
        tree, row = self._edition.tree, self._sight.profile.row
        start, stop = tree.subtree(tree.positions[organization])
        return all(
            self._edition.decisions(row.entitlements[number], Action.ADMINISTER, 0)[False].allowed
            for number in set(row.owners[start:stop])
        )

    def _denies(self, role: str) -> bool:
        # Columns are read where they stand: there are ten thousands of rows, and a few of the role.
        return any(row[_ROLE] == role and row[_EFFECT] == Effect.DENY for row in self._edition.index.policies.values())

    def _rule(self, organization: str | None) -> str | None:
        if self.platform or organization is None:
            return self._allowed(self._on_platform, "platform")
        return self._allowed(self._decide(Action.ADMINISTER, organization), f"organizations/{organization}")

    def _decide(self, action: Action, organization: str | None) -> Decision:
        return self._sight.snapshot.decide_organization(self._sight.profile, action, organization)

    def _allowed(self, decision: Decision, object: str) -> str | None:
        if not decision.allowed:
            raise denial(Action.ADMINISTER, object, decision)
        return decision.rule


def principal_id(name: str) -> str:
    """The id in `principals/{id}`; a bare id is taken as well."""
    return name.removeprefix("principals/")


def organization_id(name: str) -> str:
    """The id in `organizations/{id}`; a bare id is taken as well."""
    return name.removeprefix("organizations/")


def _ruled(refusal: Denied, decision: Decision) -> Denied:
    refusal.__cause__ = Ruling(decision.rule)
    return refusal
