"""Who may do what, at one version of the policies: decisions by index, and what each caller can see as a mask.

A snapshot never changes. It is compiled from one access version (organisations, principals, rules) and knows the cells
that the store held then; snapshots that differ in cells only share everything else through their `Edition`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property

from ucs_core.access.actions import Action
from ucs_core.access.cells import OTHERS, CellTable, Combination
from ucs_core.access.compiler import Meaning
from ucs_core.access.edition import PROFILES_MOST, SHOWN_MOST, Decision, Edition, Profile, Row
from ucs_core.access.policy import PolicyRow
from ucs_core.access.tokens import VerifiedToken
from ucs_registry.organizations import Organization
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.resources import AccessAttributes
from ucs_registry.visibility import DENIED, Cell, Visibility
from ucs_sdk.errors import Unauthenticated
from ucs_sdk.messages import Phrase

__all__ = ["PROFILES_MOST", "Decision", "Edition", "Profile", "Snapshot", "compile_snapshot"]


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

    @cached_property
    def places(self) -> Sequence[tuple[int, int]]:
        """Each cell's position in the tree and the number of its combination."""
        return list(zip(self._positions, self._numbers, strict=True))

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
        return self._edition.index.policy(id)

    def profile(self, id: str) -> Profile:
        """The profile of a principal, by id. Raises Unauthenticated with PRINCIPAL_UNKNOWN."""
        return self._edition.profile(id)

    def identify(self, token: VerifiedToken) -> str:
        """The id of the principal that a token is about. Raises Unauthenticated with SUBJECT_UNKNOWN."""
        # The local issuer names the principal itself; whether there is one is for `profile` to say.
        id = token.principal or self._edition.subjects.get((token.issuer, token.subject))
        if id is None:
            raise Unauthenticated("SUBJECT_UNKNOWN")
        return id

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

    def owners(self, profile: Profile, action: Action, combination: Combination) -> frozenset[int] | None:
        """The numbers of the organisations to whose things with these other attributes a caller may do something, without a
        grant; None when there is no organisation to whose it may not.
        """
        row, tree = self._row(profile), self._edition.tree
        asked = (action, combination)
        if asked in row.shown:
            return row.shown[asked]
        allowed = {
            which
            for which, entitlement in enumerate(row.entitlements)
            if self._edition.judge(entitlement, action, combination)[False].allowed
        }
        found = frozenset(number for position, number in enumerate(tree.numbers) if row.owners[position] in allowed)
        shown = None if len(found) == len(tree.numbers) else found
        if len(row.shown) < SHOWN_MOST:
            row.shown[asked] = shown
        return shown

    def verdict(self, profile: Profile, action: Action, cell: int) -> int:
        """The verdict on a stored cell: `DENIED`, `ALLOWED` or `WITH_GRANT`. An unknown cell is denied."""
        row = profile.row
        if row.edition is not self._edition:
            raise _stale()
        if cell >= 0:
            try:
                return row.verdicts[action][row.owners[self._positions[cell]]][self._numbers[cell]]
            except (KeyError, IndexError):
                pass
        return self._first_verdict(row, action, cell)

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

    def cell(self, number: int) -> tuple[str, Combination]:
        """The owner of a cell that it knows, and its combination."""
        return self._table.owners[number], self._table.pool.listed[self._numbers[number]]

    def with_edition(self, edition: Edition) -> Snapshot:
        """The same cells under another edition over the same tree and the same pool."""
        return Snapshot(edition, self._table, self._positions)

    def _first_verdict(self, row: Row, action: Action, cell: int) -> int:
        """The verdict on a cell that nobody has asked for, or that there is not."""
        if not 0 <= cell < len(self._numbers):
            return DENIED
        entitlement, number = row.entitlements[row.owners[self._positions[cell]]], self._numbers[cell]
        if number >= len(entitlement.verdicts.get(action, b"")):
            self._edition.fill(entitlement, action)
        row.verdicts[action] = [each.verdicts.get(action, b"") for each in row.entitlements]
        return entitlement.verdicts[action][number]

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
