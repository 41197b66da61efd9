"""Why a caller may or may not, as data: what decided it, what the caller holds, and what would help.

Whoever may not discover a resource must not be shown any of this: the caller of `explain` sees to that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ucs_core.access.actions import Action
from ucs_core.access.cells import OTHERS
from ucs_core.access.compiler import Pairs
from ucs_core.access.policy import MEMBER, PUBLIC, HeldRole, PolicyRow
from ucs_core.access.snapshot import Decision, Profile, Snapshot
from ucs_registry.resources import AccessAttributes
from ucs_registry.visibility import ALLOWED

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
    grant, and `granters` those who administer the owner, first by id; both are empty when it is allowed. `grant_givers`
    are those who could give the grant that is missing: who administers the owner or the platform; empty when no grant
    would help.
    """

    action: Action
    attributes: AccessAttributes
    decision: Decision
    row: PolicyRow | None
    roles: tuple[HeldRole, ...]
    remedies: tuple[Remedy, ...]
    granters: tuple[Granter, ...]
    grant_givers: tuple[Granter, ...] = ()


def explain(
    snapshot: Snapshot, profile: Profile, action: Action, attributes: AccessAttributes, *, granted: bool = False
) -> Explanation:
    """Explain the decision that `decide` makes on the same arguments."""
    decision = snapshot.decide(profile, action, attributes, granted=granted)
    refused = not decision.allowed and snapshot.knows(attributes.owner)
    granters = _administering(snapshot, attributes.owner) if refused else ()
    grant_givers: tuple[Granter, ...] = ()
    if refused and decision.needs_grant:
        everywhere = _administering(snapshot, None)
        by_id = {granter.principal: granter for granter in (*everywhere, *granters)}
        grant_givers = tuple(by_id[id] for id in sorted(by_id)[:GRANTERS_MOST])
    return Explanation(
        action=action,
        attributes=attributes,
        decision=decision,
        row=snapshot.rule(decision.rule) if decision.rule else None,
        roles=profile.roles,
        remedies=tuple(_remedies(snapshot, profile, action, attributes)) if refused else (),
        granters=granters,
        grant_givers=grant_givers,
    )


def _administering(snapshot: Snapshot, organization: str | None) -> tuple[Granter, ...]:
    """The first of those who administer an organisation or, with None, the platform itself."""
    holders = snapshot.edition.holders(Action.ADMINISTER, organization)
    return tuple(Granter(principal=holder.principal.id, held=held) for holder, held in islice(holders, GRANTERS_MOST))


def _remedies(snapshot: Snapshot, profile: Profile, action: Action, attributes: AccessAttributes) -> Iterator[Remedy]:
    """Try each role, at no anchor, at the owner and at each organisation above it."""
    edition = snapshot.edition
    tree, combination = edition.tree, OTHERS(attributes.__dict__)
    position = tree.positions[attributes.owner]
    anchors = (None, *(tree.ids[place] for place in tree.upward(position)))
    own = edition.pairs(profile.roles, position)
    outcomes: dict[Pairs, bool] = {}
    for role in edition.index.roles():
        if role in (PUBLIC, MEMBER):
            continue
        helpful: list[str | None] = []
        for anchor in anchors:
            pairs = own | edition.index.reach(HeldRole(role, anchor), position, tree)
            if pairs not in outcomes:
                outcomes[pairs] = edition.index.outcome(pairs, action, combination).verdict == ALLOWED
            if outcomes[pairs]:
                helpful.append(anchor)
        if helpful:
            yield Remedy(role=role, anchors=(None,) if None in helpful else tuple(helpful))
