"""The policies that a platform starts with: ten roles that a city's departments recognise. See `ready_policies.csv`."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from ucs_core.access.policy import COLUMNS, PolicyRow
from ucs_registry.principals import RuleRow

PLATFORM_ADMINISTRATOR = "platform_administrator"
"""The role that keeps the policies, and so repairs them."""


@cache
def ready_policies() -> tuple[PolicyRow, ...]:
    """The ready policies, as the file lists them."""
    text = files("ucs_core.access").joinpath("ready_policies.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    names = ["id", *(column.name for column in COLUMNS)]
    return tuple(PolicyRow(**row) for row in csv.DictReader(lines, fieldnames=names))


def ready_rules() -> list[RuleRow]:
    """The ready policies as the registry keeps them."""
    return [row.to_rule() for row in ready_policies()]
