"""What a policy file would change of the rows that stand: which rows come, change and go."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.text import Text

from ucs_core.access import PolicyRow, RoleAssignment
from ucs_core.access.policy import WILDCARD
from ucs_core.cli.catalogue import to_wire
from ucs_core.cli.client import Answer
from ucs_core.cli.policy_file import PolicyFile, conditions, stated
from ucs_sdk.commands import say
from ucs_sdk.errors import Invalid, NotFound

CHANGE_MOST = 180
"""How many policies may change at once. What a request may hold is bounded by its values, and a policy has a dozen; an
assignment has a third of that.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The rows that stand, as of one version of the access rules."""

    version: int
    policies: Mapping[str, PolicyRow]
    assignments: tuple[RoleAssignment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The rows that are to come, to change and to go. `version` is the one of the rows that it was made for."""

    version: int
    added: tuple[PolicyRow, ...] = ()
    changed: tuple[tuple[PolicyRow, PolicyRow], ...] = ()
    removed: tuple[PolicyRow, ...] = ()
    assign: tuple[RoleAssignment, ...] = ()
    unassign: tuple[RoleAssignment, ...] = ()

    @property
    def put(self) -> tuple[PolicyRow, ...]:
        """The policies that come, or take another's place."""
        return (*self.added, *(after for _, after in self.changed))

    @property
    def touches_policies(self) -> bool:
        """Whether any policy comes, changes or goes."""
        return bool(self.added or self.changed or self.removed)

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.touches_policies or self.assign or self.unassign)

    def check_size(self) -> None:
        """Raise Invalid when it is more than one request can carry: it is done as a whole or not at all."""
        rows = len(self.put) + len(self.removed)
        roles = len(self.assign) + len(self.unassign)
        if rows + roles / 3 > CHANGE_MOST:
            raise Invalid("POLICY_CHANGE_TOO_LARGE", path="FILE", count=rows + roles, most=CHANGE_MOST)

    def edits(self) -> Answer:
        """As the platform takes edits of access."""
        return {
            "put": [policy_input(row) for row in self.put],
            "remove": [row.id for row in self.removed],
            "assign": [assignment_input(row) for row in self.assign],
            "unassign": [assignment_input(row) for row in self.unassign],
        }

    def plain(self) -> Answer:
        """As JSON."""
        return {
            "version": self.version,
            "added": [stated(row) for row in self.added],
            "changed": [{"before": stated(before), "after": stated(after)} for before, after in self.changed],
            "removed": [stated(row) for row in self.removed],
            "assigned": [_plain(row) for row in self.assign],
            "unassigned": [_plain(row) for row in self.unassign],
        }


def plan_of(file: PolicyFile, standing: Standing, *, prune: bool) -> Plan:
    """What a file would change. Rows that it does not hold stay; with `prune` they go, where it holds their heading."""
    policies, wanted = standing.policies, {row.id: row for row in file.policies or ()}
    held, asked = _by_key(standing.assignments), _by_key(file.assignments or ())
    prune_policies, prune_assignments = (prune and part is not None for part in (file.policies, file.assignments))
    changed = [(policies[id], row) for id, row in wanted.items() if id in policies and policies[id] != row]
    return Plan(
        version=standing.version,
        added=tuple(row for id, row in wanted.items() if id not in policies),
        changed=tuple(changed),
        removed=tuple(row for id, row in policies.items() if prune_policies and id not in wanted),
        assign=tuple(row for key, row in asked.items() if key not in held),
        unassign=tuple(row for key, row in held.items() if prune_assignments and key not in asked),
    )


def removal(standing: Standing, ids: Iterable[str]) -> Plan:
    """The plan of taking some policies away. Raises NotFound, with near misses, for one that does not stand."""
    known = dict.fromkeys(known_policy(standing, id) for id in ids)
    return Plan(version=standing.version, removed=tuple(standing.policies[id] for id in known))


def known_policy(standing: Standing, id: str) -> str:
    """The id of a policy that stands. Raises NotFound, with near misses, for any other."""
    short = id.removeprefix("policies/")
    if short not in standing.policies:
        near = difflib.get_close_matches(short[:127], standing.policies, n=3)
        raise NotFound("NOT_FOUND", object=f"policies/{short[:127]}", near=near)
    return short


def policy_input(row: PolicyRow) -> Answer:
    """A policy as the platform takes one: what matches everything is not stated."""
    return to_wire(stated(row) | {"action": None if row.action == WILDCARD else row.action})


def assignment_input(row: RoleAssignment) -> Answer:
    """A role assignment as the platform takes one."""
    anchor = None if row.anchor is None else f"organizations/{row.anchor}"
    return {"principal": f"principals/{row.principal}", "role": row.role, "anchor": anchor}


def shown_plan(plan: Plan) -> list[Text]:
    """The plan as coloured lines: + for what comes, - for what goes, ~ for what changes."""
    lines = [Text(f"  + {told_policy(row)}", "green") for row in plan.added]
    lines += [Text(f"  ~ {_told_change(before, after)}", "yellow") for before, after in plan.changed]
    lines += [Text(f"  - {told_policy(row)}", "red") for row in plan.removed]
    lines += [Text(f"  + {told_assignment(row)}", "green") for row in plan.assign]
    lines += [Text(f"  - {told_assignment(row)}", "red") for row in plan.unassign]
    return lines


def told_policy(row: PolicyRow) -> str:
    """A policy in one line."""
    return f"{row.id}: {row.effect} {row.role} {row.action} {row.relation} ({conditions(row)})"


def told_assignment(row: RoleAssignment) -> str:
    """A role assignment in one line."""
    where = say(f" at {row.anchor}", f"@{row.anchor}") if row.anchor else ""
    return say(f"{row.principal} is {row.role}{where}", f"{row.principal} 任 {row.role}{where}")


def _told_change(before: PolicyRow, after: PolicyRow) -> str:
    names = [name for name in stated(before) | stated(after) if getattr(before, name) != getattr(after, name)]
    return f"{after.id}: " + ", ".join(f"{name} {getattr(before, name)} → {getattr(after, name)}" for name in names)


def _by_key(rows: Iterable[RoleAssignment]) -> dict[tuple[str, str, str], RoleAssignment]:
    return {(row.principal, row.role, row.anchor or ""): row for row in rows}


def _plain(row: RoleAssignment) -> Answer:
    return {"principal": row.principal, "role": row.role, "anchor": row.anchor}
