"""Edits of access before they take effect: what they would make of the rows that stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from ucs_core.access.policy import PolicyRow, RoleAssignment
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.visibility import Grant

_by_id = attrgetter("id")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEdits:
    """What is to change, all at once. `put` and `principals` enter or replace by id; `unassign` takes away every row that
    gives this role at this anchor, whatever its id. Grants given or revoked change no rows.
    """

    put: tuple[PolicyRow, ...] = ()
    remove: tuple[str, ...] = ()
    assign: tuple[RoleAssignment, ...] = ()
    unassign: tuple[RoleAssignment, ...] = ()
    principals: tuple[Principal, ...] = ()
    give: tuple[Grant, ...] = ()
    revoke: tuple[str, ...] = ()

    def rules_after(self, rules: Sequence[RuleRow]) -> list[RuleRow]:
        """The rows as they would then stand, in the order of their ids."""
        struck = {rule.id for rule in self.struck(rules)}
        kept = {rule.id: rule for rule in rules if rule.id not in struck}
        kept |= {row.id: row.to_rule() for row in self.put} | {row.id: row.to_rule() for row in self.assign}
        return sorted(kept.values(), key=_by_id)

    def struck(self, rules: Iterable[RuleRow]) -> list[RuleRow]:
        """Those of these rows that go, be it for another of the same id."""
        ids = {*self.remove, *(row.id for row in self.put), *(row.id for row in self.assign)}
        taken = {_key(row) for row in self.unassign}
        if not taken:
            return [rule for rule in rules if rule.id in ids]
        return [rule for rule in rules if rule.id in ids or _assigned(rule) in taken]

    def principals_after(self, principals: Iterable[Principal]) -> list[Principal]:
        """The principals as they would then stand, in the order of their ids."""
        kept = {principal.id: principal for principal in principals}
        kept |= {principal.id: principal for principal in self.principals}
        return [principal for _, principal in sorted(kept.items())]


def _key(row: RoleAssignment) -> tuple[str, ...]:
    return row.principal, row.role, row.anchor or ""


def _assigned(rule: RuleRow) -> tuple[str, ...] | None:
    # A row that came in past the door may hold anything.
    return rule.values if rule.section == "g" and all(isinstance(value, str) for value in rule.values) else None
