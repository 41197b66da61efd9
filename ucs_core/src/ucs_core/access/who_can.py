"""Who may do something to one resource, and what one caller may do to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ucs_core.access.actions import Action
from ucs_core.access.cells import BARE, OTHERS
from ucs_core.access.compiler import NOTHING, Outcome, Pairs
from ucs_core.access.snapshot import Edition, Snapshot
from ucs_registry.principals import Principal
from ucs_registry.resources import AccessAttributes
from ucs_registry.visibility import ALLOWED, WITH_GRANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A principal that may, the policy that lets it, and whether that takes a grant which it holds."""

    principal: Principal
    rule: str
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveAction:
    """Whether a caller may do one of the actions, the policy that decided, and whether a grant would help."""

    action: Action
    allowed: bool
    rule: str | None
    needs_grant: bool


def all_who_can(
    snapshot: Snapshot, action: Action, attributes: AccessAttributes, grantees: Collection[str]
) -> list[Holder]:
    """All enabled principals that may, in the order of their ids.

    `grantees` are the names of those who hold a live grant of the action on the resource.
    """
    edition = snapshot.edition
    combination = OTHERS(attributes.__dict__)
    outcomes: dict[Pairs, Outcome] = {}
    holds = _holds(edition, grantees)
    found = []
    for principal, pairs in _reaching(edition, edition.tree.positions.get(attributes.owner, edition.tree.nowhere)):
        outcome = outcomes.get(pairs)
        if outcome is None:
            outcome = NOTHING if combination == BARE else edition.index.outcome(pairs, action, combination)
            outcomes[pairs] = outcome
        granted = outcome.verdict == WITH_GRANT and holds(principal)
        if outcome.rule is not None and (granted or outcome.verdict == ALLOWED):
            found.append(Holder(principal=principal, rule=outcome.rule, granted=granted))
    return sorted(found, key=lambda holder: holder.principal.id)


def _reaching(edition: Edition, position: int) -> Iterator[tuple[Principal, Pairs]]:
    """Every enabled principal, with the pairs by which it reaches a position."""
    assigned: dict[str, Pairs] = {}
    for _, pairs, ids in edition.reaching(position):
        for id in ids:
            assigned[id] = assigned.get(id, frozenset()) | pairs
    unassigned: dict[str | None, Pairs] = {}
    for principal in edition.principals.values():
        if principal.disabled:
            continue
        home = principal.organization
        if home not in unassigned:
            unassigned[home] = edition.pairs(edition.held(principal, ()), position)
        yield principal, unassigned[home] | assigned.get(principal.id, frozenset())


def _holds(edition: Edition, grantees: Collection[str]) -> Callable[[Principal], bool]:
    """Tells whether a principal is one of the grantees or belongs to one."""
    tree = edition.tree
    below = [
        tree.subtree(tree.positions[id])
        for id in (name.removeprefix("organizations/") for name in grantees if name.startswith("organizations/"))
        if id in tree.positions
    ]

    def holds(principal: Principal) -> bool:
        position = tree.positions.get(principal.organization or "", -1)
        return principal.name in grantees or any(start <= position < stop for start, stop in below)

    return holds
