"""Rules in memory, as casbin loads them.

Values go into the model as they are. Casbin's own loaders write a row as a line of text and split it again at commas,
brackets and blanks, so that a value with a comma comes back as two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from casbin.persist import Adapter

from ucs_core.access.policy import PolicyRow, RoleAssignment


# casbin carries no types, so its classes are unknown to the type checker.
class RuleAdapter(Adapter):  # type: ignore[misc]
    """Gives casbin the policies, each with its id in front, and the role assignments. It cannot be saved to."""

    def __init__(self, policies: Iterable[PolicyRow], assignments: Iterable[RoleAssignment]) -> None:
        self._policies = [[row.id, *row.to_rule().values] for row in policies]
        self._assignments = [[row.principal, row.role, row.anchor or ""] for row in assignments]

    def load_policy(self, model: Mapping[str, Mapping[str, Any]]) -> None:
        """Fill casbin's model."""
        model["p"]["p"].policy = [list(values) for values in self._policies]
        model["g"]["g"].policy = [list(values) for values in self._assignments]
