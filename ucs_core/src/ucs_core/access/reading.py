"""Rows read for the compiler: what ten thousands of them share is looked at once.

It says what `rulebook` says, row by row. A row that is not plainly sound is handed to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from ucs_core.access.policy import COLUMNS, WILDCARD, Column, Effect, GrantNeed, HeldRole
from ucs_core.access.rulebook import read_rules
from ucs_registry.principals import RuleRow
from ucs_sdk.messages import Phrase

Values = tuple[str, ...]
"""The columns of a policy, in the order in which a `RuleRow` keeps them."""

_by_id = attrgetter("id")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactRules:
    """What was read: the columns of policies by id, roles by principal, and the rows set aside, each with why."""

    policies: dict[str, Values]
    assigned: dict[str, tuple[HeldRole, ...]]
    quarantined: tuple[tuple[str, Phrase], ...]


class _Sound(dict[str, str]):
    """The sound values of a column, each kept once however many rows hold it. Others raise KeyError."""

    def __init__(self, column: Column) -> None:
        super().__init__((word, word) for word in column.words)
        if column.open:
            self[WILDCARD] = WILDCARD
        self._column = column

    def __missing__(self, value: str) -> str:
        if not self._column.accepts(value):
            raise KeyError(value)
        self[value] = value
        return value


class _Desk:
    """What has been read so far."""

    def __init__(self, organizations: Iterable[str], principals: Iterable[str]) -> None:
        self._anchors = frozenset(organizations)
        self._people = frozenset(principals)
        self._columns = tuple(_Sound(column) for column in COLUMNS)
        self._held: dict[tuple[str, str], HeldRole] = {}
        self.policies: dict[str, Values] = {}
        self.assigned: dict[str, list[HeldRole]] = {}
        self.quarantined: list[tuple[str, Phrase]] = []

    def read(self, rules: Iterable[RuleRow]) -> None:
        """Read rows in the order of their ids."""
        roles, relations, kinds, types, shares, levels, opened, states, grants, actions, effects = self._columns
        held, assigned, policies = self._held, self.assigned, self.policies
        deny, free = Effect.DENY.value, GrantNeed.NONE_NEEDED.value
        for rule in rules:
            # Written out, not called: this is most of the time that compiling takes.
            try:
                if rule.section == "g":
                    principal, role, anchor = rule.values
                    assigned[principal].append(held[role, anchor])
                    continue
                if rule.section == "p":
                    role, relation, kind, type, share, level, open, state, grant, action, effect = rule.values
                    if effect != deny or grant == free:
                        policies[rule.id] = (
                            roles[role],
                            relations[relation],
                            kinds[kind],
                            types[type],
                            shares[share],
                            levels[level],
                            opened[open],
                            states[state],
                            grants[grant],
                            actions[action],
                            effects[effect],
                        )
                        continue
            except (KeyError, ValueError, TypeError):
                # Not plainly sound; or the first row of a principal, or of a role at an anchor.
                pass
            self._read_plainly(rule)

    def _read_plainly(self, rule: RuleRow) -> None:
        book = read_rules([rule], self._anchors, self._people)
        self.policies.update((row.id, row.to_rule().values) for row in book.policies)
        self.quarantined += book.quarantined
        for principal, roles in book.assigned.items():
            for role in roles:
                known = self._held.setdefault((role.role, role.anchor or ""), role)
                self.assigned.setdefault(principal, []).append(known)


def read_compact(rules: Iterable[RuleRow], organizations: Iterable[str], principals: Iterable[str]) -> CompactRules:
    """Read the rows of a store, given the ids of what exists. Never raises for a row."""
    desk = _Desk(organizations, principals)
    desk.read(sorted(rules, key=_by_id))
    return CompactRules(
        policies=desk.policies,
        assigned={principal: tuple(held) for principal, held in desk.assigned.items()},
        quarantined=tuple(desk.quarantined),
    )
