"""Why a caller may or may not, as data: what decided it, what the caller holds, and what would help.

Whoever may not discover a resource must not be shown any of this: the caller of `explain` sees to that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from ucs_core.access.actions import Action
from ucs_core.access.policy import MEMBER, PUBLIC, HeldRole, PolicyRow
from ucs_core.access.snapshot import Decision, Profile, Snapshot
from ucs_registry.resources import AccessAttributes

GRANTERS_MOST = 20
"""How many of those who could grant it are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A role that would allow it, and the anchors at which it would: the owner's or those above it, nearest first.

    None among the anchors says that the role helps without one.
    """

    role: str
    anchors: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Granter:
    """A principal that administers the owner, by id, and the role by which it does."""

    principal: str
    held: HeldRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a caller may or may not do something.

    `row` is the policy that decided, None when none allows it. `remedies` are the roles that would allow it without a
    grant, and `granters` those who could give a grant or a role, first by id; both are empty when it is allowed.
    """

    action: Action
    attributes: AccessAttributes
    decision: Decision
    row: PolicyRow | None
    roles: tuple[HeldRole, ...]
    remedies: tuple[Remedy, ...]
    granters: tuple[Granter, ...]


def explain(
    snapshot: Snapshot, profile: Profile, action: Action, attributes: AccessAttributes, *, granted: bool = False
) -> Explanation:
    """Explain the decision that `decide` makes on the same arguments."""
    decision = snapshot.decide(profile, action, attributes, granted=granted)
    refused = not decision.allowed and snapshot.knows(attributes.owner)
    holders = snapshot.edition.holders(Action.ADMINISTER, attributes.owner) if refused else iter(())
    return Explanation(
        action=action,
        attributes=attributes,
        decision=decision,
        row=snapshot.rule(decision.rule) if decision.rule else None,
        roles=profile.roles,
        remedies=tuple(_remedies(snapshot, profile, action, attributes)) if refused else (),
        granters=tuple(
            Granter(principal=holder.principal.id, held=held) for holder, held in islice(holders, GRANTERS_MOST)
        ),
    )


def _remedies(snapshot: Snapshot, profile: Profile, action: Action, attributes: AccessAttributes) -> Iterator[Remedy]:
    """Try each role, at no anchor, at the owner and at each organisation above it."""
    tree = snapshot.edition.tree
    above = [tree.ids[position] for position in tree.upward(tree.positions[attributes.owner])]
    for role in snapshot.edition.index.roles():
        if role in (PUBLIC, MEMBER):
            continue
        helpful: list[str | None] = []
        for anchor in (None, *above):
            row = snapshot.edition.row(frozenset((*profile.roles, HeldRole(role, anchor))))
            if snapshot.decide(replace(profile, row=row), action, attributes).allowed:
                helpful.append(anchor)
        if helpful:
            yield Remedy(role=role, anchors=(None,) if None in helpful else tuple(helpful))
