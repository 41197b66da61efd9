"""One version of the policies, compiled: what each set of held roles amounts to, worked out as it is asked for."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakValueDictionary

from ucs_core.access.actions import Action
from ucs_core.access.cells import BARE, Combination, Combinations
from ucs_core.access.compiler import NOTHING, Meaning, Outcome, Pairs, RuleIndex
from ucs_core.access.masks import MaskCache
from ucs_core.access.policy import HeldRole
from ucs_core.access.reading import CompactRules, read_compact
from ucs_core.access.subjects import subjects_of
from ucs_core.access.tree import OrganizationTree
from ucs_registry.organizations import Organization
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.visibility import ALLOWED, WITH_GRANT
from ucs_sdk.errors import Unauthenticated

SHOWN_MOST = 256
"""For how many sorts of things a row keeps whose they may be."""

PROFILES_MOST = 10_000
"""How many principals' profiles an edition keeps; the oldest is forgotten first and made again when it is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a caller may, and the id of the row that decided it: None when no row allows it.

    `needs_grant` says that it is refused now and that a live grant on the resource would allow it.
    """

    allowed: bool
    rule: str | None
    needs_grant: bool


class Entitlement:
    """What one set of pairs (role, relation) allows, for every combination in the pool, filled in as it is asked for.

    `decisions` holds two for each combination: without a grant and with one. `verdicts` holds a mask's byte for each.
    """

    __slots__ = ("decisions", "pairs", "verdicts")

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs
        self.decisions: dict[Action, list[tuple[Decision, Decision]]] = {}
        self.verdicts: dict[Action, bytes] = {}


class Row:
    """What one set of held roles amounts to: for each owner's position in the tree, which of the entitlements applies.

    `verdicts` holds those of the entitlements, in their order, by action, as far as anybody has asked; they may lag behind.
    `shown` holds the owners that were asked for, by action and combination.
    """

    __slots__ = ("__weakref__", "edition", "entitlements", "owners", "shown", "verdicts")

    def __init__(self, edition: Edition, entitlements: tuple[Entitlement, ...], owners: Sequence[int]) -> None:
        self.edition = edition
        self.entitlements = entitlements
        self.owners = owners
        self.verdicts: dict[Action, list[bytes]] = {}
        self.shown: dict[tuple[Action, Combination], frozenset[int] | None] = {}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """A caller as one edition of the policies sees it. Callers who hold the same roles share a row."""

    principal: Principal
    roles: tuple[HeldRole, ...]
    grantees: tuple[str, ...]
    row: Row


class Edition:
    """All that is compiled from one access version, and what was derived from it on demand."""

    def __init__(
        self,
        *,
        version: int,
        organizations: Iterable[Organization],
        principals: Iterable[Principal],
        rules: Iterable[RuleRow],
        pool: Combinations,
        meaning: Meaning,
        revoked_keys: Iterable[str] = (),
        tree: OrganizationTree | None = None,
        stamp: str = "",
        book: CompactRules | None = None,
    ) -> None:
        """`book` stands for the rules where these were read before."""
        self.version = version
        self.stamp = stamp
        self.tree = OrganizationTree(organizations) if tree is None else tree
        self.principals = {principal.id: principal for principal in principals}
        self.subjects = subjects_of(self.principals.values())
        self.revoked_keys = frozenset(revoked_keys)
        if book is None:
            book = read_compact(rules, self.tree.positions, self.principals)
        self.assigned = book.assigned
        self.quarantined = book.quarantined
        self.index = RuleIndex(book.policies, meaning)
        self.pool = pool
        self.masks = MaskCache()
        self._meaning = meaning
        self._entitlements: dict[Pairs, Entitlement] = {}
        self._rows: WeakValueDictionary[frozenset[HeldRole], Row] = WeakValueDictionary()
        self._profiles: dict[str, Profile] = {}

    def profile(self, id: str) -> Profile:
        """The profile of a principal. Raises Unauthenticated when it is unknown or disabled."""
        profile = self._profiles.get(id)
        if profile is None:
            principal = self.principals.get(id)
            if principal is None or principal.disabled:
                raise Unauthenticated("PRINCIPAL_UNKNOWN")
            roles = self.held(principal)
            profile = Profile(
                principal=principal, roles=roles, grantees=self._grantees(principal), row=self.row(frozenset(roles))
            )
            while len(self._profiles) >= PROFILES_MOST:
                self._profiles.pop(next(iter(self._profiles)), None)
            self._profiles[id] = profile
        return profile

    def row(self, held: frozenset[HeldRole]) -> Row:
        """The row of a set of held roles."""
        row = self._rows.get(held)
        if row is None:
            numbers: dict[Pairs, int] = {}
            owners: list[int] = []
            for (start, stop), pairs in self.index.segments(held, self.tree):
                owners += [numbers.setdefault(pairs, len(numbers))] * (stop - start)
            entitlements = tuple(self._entitlements.setdefault(pairs, Entitlement(pairs)) for pairs in numbers)
            row = Row(self, entitlements, bytes(owners) if len(entitlements) <= 256 else array("I", owners))
            self._rows[held] = row
        return row

    def with_rows(self, principals: Iterable[Principal], rules: Iterable[RuleRow]) -> Edition:
        """The edition that other principals and rules would make over the same tree and the same pool."""
        return self._with(principals, rules, None)

    def with_rules_read(self, book: CompactRules) -> Edition:
        """The edition that other rules, read already, would make over the same tree, principals and pool."""
        return self._with(self.principals.values(), (), book)

    def _with(self, principals: Iterable[Principal], rules: Iterable[RuleRow], book: CompactRules | None) -> Edition:
        return Edition(
            version=self.version,
            organizations=(),
            principals=principals,
            rules=rules,
            book=book,
            pool=self.pool,
            meaning=self._meaning,
            revoked_keys=self.revoked_keys,
            tree=self.tree,
            stamp=self.stamp,
        )

    def held(self, principal: Principal, assigned: Sequence[HeldRole] | None = None) -> tuple[HeldRole, ...]:
        """The roles of an enabled principal: those assigned to it, or those given here instead, and those of everybody."""
        given = self.assigned.get(principal.id, ()) if assigned is None else assigned
        return self._meaning.held(principal, given, self.tree)

    def pairs(self, held: Iterable[HeldRole], position: int) -> Pairs:
        """The pairs of role and relation by which held roles reach a position of the tree."""
        reached = [self.index.reach(role, position, self.tree) for role in held]
        return frozenset().union(*reached)

    def reaching(self, position: int) -> Iterator[tuple[HeldRole, Pairs, Sequence[str]]]:
        """The assigned roles that reach a position, each with its pairs and the ids of those who hold it."""
        above = (
            [None, *(self.tree.ids[place] for place in self.tree.upward(position))]
            if position < self.tree.platform
            else [None]
        )
        for role, anchors in self._holding.items():
            near = anchors if self.index.looks_afar(role) else [anchor for anchor in above if anchor in anchors]
            for anchor in near:
                held = HeldRole(role, anchor)
                pairs = self.index.reach(held, position, self.tree)
                if pairs:
                    yield held, pairs, anchors[anchor]

    def holders(self, action: Action, owner: str | None) -> Iterator[tuple[Profile, HeldRole]]:
        """The enabled principals that an assigned role allows to act on an organisation or, with None, on the platform
        itself, each with that role, by id.
        """
        tree = self.tree
        position = tree.platform if owner is None else tree.positions.get(owner, tree.nowhere)
        allowed: dict[Pairs, bool] = {}
        candidates: dict[str, HeldRole] = {}
        for held, pairs, ids in self.reaching(position):
            if pairs not in allowed:
                allowed[pairs] = self.index.outcome(pairs, action, BARE).verdict == ALLOWED
            if allowed[pairs]:
                for id in ids:
                    candidates.setdefault(id, held)
        for id in sorted(candidates):
            if not self.principals[id].disabled:
                profile = self.profile(id)
                # Another role of the same principal may deny what this one allows.
                if self.index.outcome(self.pairs(profile.roles, position), action, BARE).verdict == ALLOWED:
                    yield profile, candidates[id]

    def fill(self, entitlement: Entitlement, action: Action) -> None:
        """Work out an entitlement for an action and every combination that the pool holds by now."""
        decisions = list(entitlement.decisions.get(action, ()))
        # Cut to what is decided: another thread may be at the same work, and comes to the same.
        verdicts = entitlement.verdicts.get(action, b"")[: len(decisions)]
        new = [
            self.index.outcome(entitlement.pairs, action, combination)
            for combination in self.pool.listed[len(decisions) :]
        ]
        entitlement.verdicts[action] = verdicts + bytes(item.verdict for item in new)
        entitlement.decisions[action] = decisions + [_decisions(item) for item in new]

    def decisions(self, entitlement: Entitlement, action: Action, number: int) -> tuple[Decision, Decision]:
        """The decisions on a combination of the pool, without a grant and with one."""
        if number >= len(entitlement.decisions.get(action, ())):
            self.fill(entitlement, action)
        return entitlement.decisions[action][number]

    def judge(self, entitlement: Entitlement, action: Action, combination: Combination) -> tuple[Decision, Decision]:
        """The decisions on a resource's combination, be it in the pool or not.

        What no stored cell has is worked out and not kept, so that nobody can fill our memory by asking.
        """
        number = self.pool.numbers.get(combination)
        if number is not None:
            return self.decisions(entitlement, action, number)
        # No resource can pass for an organisation.
        outcome = NOTHING if combination == BARE else self.index.outcome(entitlement.pairs, action, combination)
        return _decisions(outcome)

    @cached_property
    def _holding(self) -> dict[str, dict[str | None, list[str]]]:
        """Who holds each assigned role, by role and anchor. Made when it is first asked for."""
        found: dict[str, dict[str | None, list[str]]] = {}
        for id, roles in self.assigned.items():
            for role, anchor in roles:
                found.setdefault(role, {}).setdefault(anchor, []).append(id)
        return found

    def _grantees(self, principal: Principal) -> tuple[str, ...]:
        position = self.tree.positions.get(principal.organization or "", -1)
        return (principal.name, *(f"organizations/{self.tree.ids[place]}" for place in self.tree.upward(position)))


def _decisions(outcome: Outcome) -> tuple[Decision, Decision]:
    """What an outcome means without a grant and with one."""
    if outcome.verdict == WITH_GRANT:
        return (
            Decision(allowed=False, rule=None, needs_grant=True),
            Decision(allowed=True, rule=outcome.rule, needs_grant=False),
        )
    return (Decision(allowed=outcome.verdict == ALLOWED, rule=outcome.rule, needs_grant=False),) * 2
