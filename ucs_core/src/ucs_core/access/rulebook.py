"""The rules of a store as they are read: a row that is no rule spoils itself and nothing else.

Such a row can only have come in past the door, for every row is checked before it is stored. It is set aside and
reported. If it is a denial whose role, action and effect can be read, each column that cannot be read counts as `*`, so
that nothing opens that somebody meant to close; but not for a role that everybody holds, nor for the one that must be able
to repair the row: that would close the door for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ucs_core.access.policy import (
    COLUMNS,
    MEMBER,
    PUBLIC,
    Effect,
    GrantNeed,
    HeldRole,
    PolicyRow,
    RoleAssignment,
    policy_row_invalid,
    shown,
)
from ucs_core.access.ready import PLATFORM_ADMINISTRATOR
from ucs_registry.principals import RuleRow
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

NEVER_CLOSED = frozenset({PUBLIC, MEMBER, PLATFORM_ADMINISTRATOR})
"""The roles from which an unreadable denial takes nothing away."""


_READABLE_ROLE, _READABLE_ACTION = (column for column in COLUMNS if column.name in ("role", "action"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What was read: policies in the order of their ids, roles by principal, and the rows set aside, each with why."""

    policies: tuple[PolicyRow, ...]
    assigned: dict[str, tuple[HeldRole, ...]]
    quarantined: tuple[tuple[str, Phrase], ...]


def read_rules(rules: Iterable[RuleRow], organizations: Iterable[str], principals: Iterable[str]) -> Rulebook:
    """Read the rows of a store, given the ids of what exists. Never raises for a row."""
    anchors, people = frozenset(organizations), frozenset(principals)
    policies: list[PolicyRow] = []
    assigned: dict[str, list[HeldRole]] = {}
    quarantined: list[tuple[str, Phrase]] = []
    for rule in sorted(rules, key=lambda rule: rule.id):
        try:
            if rule.section == "g":
                assignment = RoleAssignment.from_rule(rule)
                _check_known(assignment, anchors, people)
                assigned.setdefault(assignment.principal, []).append(assignment.held)
            else:
                policies.append(PolicyRow.from_rule(rule))
        except Invalid as refusal:
            wider = _widened(rule)
            policies += wider
            problem = refusal.fields["problem"]
            told = Phrase("policy-kept-as-wider" if wider else "policy-set-aside", problem=problem)
            quarantined.append((rule.id, told))
    return Rulebook(
        policies=tuple(policies),
        assigned={principal: tuple(held) for principal, held in assigned.items()},
        quarantined=tuple(quarantined),
    )


def _check_known(assignment: RoleAssignment, anchors: frozenset[str], people: frozenset[str]) -> None:
    for column, name, known in (("principal", assignment.principal, people), ("anchor", assignment.anchor, anchors)):
        if name is not None and name not in known:
            raise policy_row_invalid(assignment.id, Phrase("policy-unknown-name", column=column, value=shown(name)))


def _widened(rule: RuleRow) -> list[PolicyRow]:
    if rule.section != "p" or len(rule.values) != len(COLUMNS):
        return []
    written = {column.name: value for column, value in zip(COLUMNS, rule.values, strict=True)}
    if written["effect"] != Effect.DENY or not _READABLE_ROLE.accepts(written["role"]):
        return []
    if written["role"] in NEVER_CLOSED or not _READABLE_ACTION.accepts(written["action"]):
        return []
    sound = {
        column.name: value if column.accepts(value) else column.widest
        for column, value in zip(COLUMNS, rule.values, strict=True)
    }
    return [PolicyRow(id=rule.id, **(sound | {"grant": GrantNeed.NONE_NEEDED.value}))]
