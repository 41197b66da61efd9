"""What grants show beside what a mask does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pyroaring import BitMap

from ucs_registry.canonical import timestamp
from ucs_registry.read_model.catalogue import Catalogue
from ucs_registry.read_model.ids import microseconds, packed_or_none
from ucs_registry.read_model.ports import GrantRow
from ucs_registry.visibility import WITH_GRANT, Visibility

GRANTS_MOST = 500
"""How many grants of one caller are looked at with every question; whoever has more is answered by the database."""


def may_need_grants(visibility: Visibility) -> bool:
    """Whether a grant could show anything."""
    return bool(visibility.grantees) and WITH_GRANT in visibility.mask


class Granted(NamedTuple):
    """The grants that name somebody, by the ids of their resources; None where there are too many."""

    rows: Sequence[tuple[bytes, int, int | None]] | None

    def shown(self, catalogue: Catalogue, visibility: Visibility, at: datetime) -> BitMap:
        """What they show at an instant of what nothing else shows."""
        shown = BitMap()
        if not self.rows:
            return shown
        now = microseconds(timestamp(at))
        for id, start, end in self.rows:
            if start <= now and (end is None or now < end):
                number = catalogue.find(id)
                if number is not None and visibility.verdict(catalogue.cell(number)) == WITH_GRANT:
                    shown.add(number)
        return shown


def granted_of(rows: Sequence[GrantRow]) -> Granted:
    """Grants as they are kept."""
    if len(rows) > GRANTS_MOST:
        return Granted(None)
    packed = ((packed_or_none(row.resource), row) for row in rows)
    return Granted(
        [
            (id, microseconds(row.valid_from), None if row.valid_until is None else microseconds(row.valid_until))
            for id, row in packed
            if id is not None
        ]
    )
