"""What a caller may see, as a value that every store applies in the same way. The registry does not know who computed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ucs_registry.resources import AccessAttributes

DENIED, ALLOWED, WITH_GRANT = 0, 1, 2
"""The three values of a mask's byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A combination of access attributes that some resource has or had. Numbers count from 0 without gaps, for ever."""

    number: int
    attributes: AccessAttributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """Which cells are visible: one byte per cell number, `DENIED`, `ALLOWED`, or `WITH_GRANT`.

    A cell beyond the mask is denied. A `WITH_GRANT` cell shows a resource only if one of `grantees` holds a grant of
    `action` on it that is live at `at`: from <= at < until.
    """

    mask: bytes
    action: str
    grantees: tuple[str, ...]
    at: datetime

    def verdict(self, cell: int) -> int:
        """The byte of a cell."""
        return self.mask[cell] if 0 <= cell < len(self.mask) else DENIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A principal or organisation may perform an action on one resource from an instant until another.

    `grantee` is `principals/…` or `organizations/…`; a grant to an organisation serves its whole subtree.
    """

    id: str
    grantee: str
    action: str
    resource: str
    valid_from: datetime
    valid_until: datetime | None
    origin: str

    def live(self, at: datetime) -> bool:
        """Whether it counts at an instant."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)
