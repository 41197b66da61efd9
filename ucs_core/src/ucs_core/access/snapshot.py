"""Who may do what, at one version of the policies: decisions by index, and what each caller can see as a mask.

A snapshot never changes. It is compiled from one access version (organisations, principals, rules) and knows the cells
that the store held then; snapshots that differ in cells only share everything else through their `Edition`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakValueDictionary

from ucs_core.access.actions import Action
from ucs_core.access.cells import BARE, OTHERS, CellTable, Combination, Combinations
from ucs_core.access.compiler import NOTHING, Meaning, Outcome, Pairs, RuleIndex
from ucs_core.access.masks import MaskCache
from ucs_core.access.policy import HeldRole, PolicyRow
from ucs_core.access.rulebook import read_rules
from ucs_core.access.tree import OrganizationTree
from ucs_registry.organizations import Organization
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.resources import AccessAttributes
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT, Cell, Visibility
from ucs_sdk.errors import Unauthenticated
from ucs_sdk.messages import Phrase

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
    """What one set of held roles amounts to: for each owner's position in the tree, which of the entitlements applies."""

    __slots__ = ("__weakref__", "edition", "entitlements", "owners")

    def __init__(self, edition: Edition, entitlements: tuple[Entitlement, ...], owners: Sequence[int]) -> None:
        self.edition = edition
        self.entitlements = entitlements
        self.owners = owners


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
    ) -> None:
        self.version = version
        self.tree = OrganizationTree(organizations)
        self.principals = {principal.id: principal for principal in principals}
        book = read_rules(rules, self.tree.positions, self.principals)
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
            roles = self._meaning.held(principal, self.assigned.get(id, ()), self.tree)
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

    def holders(self, action: Action, owner: str) -> Iterator[tuple[Profile, HeldRole]]:
        """The enabled principals that an assigned role allows to act on an organisation, each with that role, by id."""
        position = self.tree.positions.get(owner, self.tree.nowhere)
        for id in sorted(self.assigned):
            principal = self.principals[id]
            reaching = [held for held in self.assigned[id] if self.index.allows(held, action, position, self.tree)]
            if reaching and not principal.disabled:
                profile = self.profile(id)
                entitlement = profile.row.entitlements[profile.row.owners[position]]
                # Another role of the same principal may deny what this one allows.
                if self.index.outcome(entitlement.pairs, action, BARE).verdict == ALLOWED:
                    yield profile, reaching[0]

    def fill(self, entitlement: Entitlement, action: Action) -> None:
        """Work out an entitlement for an action and every combination that the pool holds by now."""
        decisions = list(entitlement.decisions.get(action, ()))
        new = [
            self.index.outcome(entitlement.pairs, action, combination)
            for combination in self.pool.listed[len(decisions) :]
        ]
        entitlement.verdicts[action] = entitlement.verdicts.get(action, b"") + bytes(item.verdict for item in new)
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

    def _grantees(self, principal: Principal) -> tuple[str, ...]:
        position = self.tree.positions.get(principal.organization or "", -1)
        return (principal.name, *(f"organizations/{self.tree.ids[place]}" for place in self.tree.upward(position)))


class Snapshot:
    """One version of the policies over the cells of one state. Immutable; its profiles belong to its access version."""

    def __init__(self, edition: Edition, table: CellTable, positions: array[int] | None = None) -> None:
        if table.pool is not edition.pool:
            raise ValueError("a table of cells belongs to the pool of its edition")
        self._edition = edition
        self._table = table
        self._combinations = table.pool.numbers
        self._numbers = table.numbers
        self._owners = edition.tree.positions
        self._nowhere = edition.tree.nowhere
        known = array("I") if positions is None else positions
        self._positions = known + array(
            "I", [self._owners.get(owner, self._nowhere) for owner in table.owners[len(known) :]]
        )

    @property
    def version(self) -> int:
        """The access version that this was compiled from."""
        return self._edition.version

    @property
    def cells(self) -> int:
        """How many cells it knows."""
        return len(self._table)

    @property
    def edition(self) -> Edition:
        """What it shares with all snapshots of its version."""
        return self._edition

    @property
    def root(self) -> str | None:
        """The id of the organisation at the top of the tree; None while there is none."""
        return self._edition.tree.ids[0] if self._edition.tree.ids else None

    @property
    def quarantined(self) -> tuple[tuple[str, Phrase], ...]:
        """The ids of the rows that could not be read, each with the reason. They were set aside."""
        return self._edition.quarantined

    def knows(self, organization: str) -> bool:
        """Whether there is such an organisation."""
        return organization in self._owners

    def rule(self, id: str) -> PolicyRow | None:
        """A policy by its id."""
        return self._edition.index.policies.get(id)

    def profile(self, id: str) -> Profile:
        """The profile of a principal, by id. Raises Unauthenticated with PRINCIPAL_UNKNOWN."""
        return self._edition.profile(id)

    def decide(
        self, profile: Profile, action: Action, attributes: AccessAttributes, *, granted: bool = False
    ) -> Decision:
        """Whether a caller may do something to what has these attributes, holding a live grant for it or not.

        Whatever is unknown, be it the owner or another attribute, is denied.
        """
        # Written out, not called: this and `verdict` are asked for every row that is shown.
        row = profile.row
        if row.edition is not self._edition:
            raise _stale()
        values = attributes.__dict__
        entitlement = row.entitlements[row.owners[self._owners.get(values["owner"], self._nowhere)]]
        try:
            return entitlement.decisions[action][self._combinations[OTHERS(values)]][granted]
        except (KeyError, IndexError):
            return self._edition.judge(entitlement, action, OTHERS(values))[granted]

    def decide_organization(self, profile: Profile, action: Action, organization: str | None) -> Decision:
        """Whether a caller may do something to an organisation or, with None, to the platform as a whole.

        Only rows without conditions on resources speak of these, and of the platform only those with relation `any`.
        """
        row = self._row(profile)
        tree = self._edition.tree
        position = tree.platform if organization is None else tree.positions.get(organization, tree.nowhere)
        return self._edition.decisions(row.entitlements[row.owners[position]], action, 0)[False]

    def verdict(self, profile: Profile, action: Action, cell: int) -> int:
        """The verdict on a stored cell: `DENIED`, `ALLOWED` or `WITH_GRANT`. An unknown cell is denied."""
        row = profile.row
        if row.edition is not self._edition:
            raise _stale()
        if not 0 <= cell < len(self._numbers):
            return DENIED
        entitlement = row.entitlements[row.owners[self._positions[cell]]]
        try:
            return entitlement.verdicts[action][self._numbers[cell]]
        except (KeyError, IndexError):
            self._edition.fill(entitlement, action)
            return entitlement.verdicts[action][self._numbers[cell]]

    def visibility(self, profile: Profile, action: Action, at: datetime) -> Visibility:
        """What a caller sees for an action at an instant, as every store applies it."""
        row = self._row(profile)
        masks = self._edition.masks
        mask = masks.get((row, action))
        if len(mask) < self.cells:
            mask += self._verdicts(row, action, len(mask))
            masks.put((row, action), mask)
        return Visibility(mask=mask, action=action.value, grantees=profile.grantees, at=at)

    def with_cells(self, cells: Iterable[Cell]) -> Snapshot:
        """The snapshot with more cells behind its own; those that it knows are passed over."""
        return self.with_table(self._table.with_cells(cells))

    def with_table(self, table: CellTable) -> Snapshot:
        """The snapshot over a longer table of the same cells."""
        return Snapshot(self._edition, table, self._positions)

    def _row(self, profile: Profile) -> Row:
        if profile.row.edition is not self._edition:
            raise _stale()
        return profile.row

    def _verdicts(self, row: Row, action: Action, start: int) -> bytes:
        """The verdicts on the cells from `start` on."""
        for entitlement in row.entitlements:
            if len(entitlement.verdicts.get(action, b"")) < len(self._edition.pool.listed):
                self._edition.fill(entitlement, action)
        filled = [entitlement.verdicts[action] for entitlement in row.entitlements]
        by_position = [filled[which] for which in row.owners]
        return bytes(
            by_position[position][number]
            for position, number in zip(self._positions[start:], self._numbers[start:], strict=True)
        )


def compile_snapshot(
    *,
    version: int,
    organizations: Iterable[Organization],
    principals: Iterable[Principal],
    rules: Iterable[RuleRow],
    cells: Iterable[Cell] = (),
    meaning: Meaning | None = None,
) -> Snapshot:
    """Compile a state of the store. Rows that are no rules are set aside and never stop it."""
    table = CellTable.empty().with_cells(cells)
    edition = Edition(
        version=version,
        organizations=organizations,
        principals=principals,
        rules=rules,
        pool=table.pool,
        meaning=meaning or Meaning(),
    )
    return Snapshot(edition, table)


def _stale() -> ValueError:
    return ValueError("the profile belongs to another version of the policies; ask this snapshot for one")


def _decisions(outcome: Outcome) -> tuple[Decision, Decision]:
    """What an outcome means without a grant and with one."""
    if outcome.verdict == WITH_GRANT:
        return (
            Decision(allowed=False, rule=None, needs_grant=True),
            Decision(allowed=True, rule=outcome.rule, needs_grant=False),
        )
    return (Decision(allowed=outcome.verdict == ALLOWED, rule=outcome.rule, needs_grant=False),) * 2
