"""Where a store stands."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a store stands: the log's last position (0 when empty), the version of everything that access is compiled
    from (organisations, principals, rules, revoked keys; grants are read live), how many cells exist, and up to which
    position the bodies of entries were dropped.

    A stamp is new with every unit that changes access, or adds cells: two states with the same numbers and different stamps
    are of different histories, as when a database was put back to an earlier state and went on from there. That of the types
    is empty until one is entered.
    """

    position: int
    access_version: int
    cells: int
    compacted: int = 0
    access_stamp: str = field(default="", compare=False)
    cell_stamp: str = field(default="", compare=False)
    types_stamp: str = ""


def next_stamp(before: str, *, changed: bool) -> str:
    """The stamp behind another: a new one when a unit has changed what it stands for."""
    return secrets.token_hex(8) if changed else before
