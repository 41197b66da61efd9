"""What changes over spans of the tree come to in numbers, summed up for all actions at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ucs_core.access.actions import Action
from ucs_core.access.compiler import Span

POSITIONS_MOST = 5_000
"""At how many positions a change keeps its numbers packed. One takes some 300 bytes."""

_FIELDS, _BITS = 4, 48
_MASK = (1 << _BITS) - 1
_ACTIONS = tuple(Action)
_PLACES = {action: at * _FIELDS * _BITS for at, action in enumerate(_ACTIONS)}

Counts = tuple[int, int, int, int]
"""Resources gained and lost, and organisations gained and lost."""


class Shift(NamedTuple):
    """What a change from some pairs to others means for one action: which combinations it gains and loses, each with its
    sums, whether an organisation is gained (1) or lost (-1), and whether grants count for others than before.
    """

    action: Action
    gained: frozenset[int]
    lost: frozenset[int]
    sums_gained: Sequence[int]
    sums_lost: Sequence[int]
    organization: int
    grants: bool


class Change:
    """What one change of pairs means for all actions.

    The numbers of all actions stand in one, 48 bits each, as sums over all positions before one: so a span costs one
    subtraction. No sum falls from one position to the next, so that none borrows from its neighbour.
    """

    __slots__ = ("_organizations", "packed", "shifts")

    def __init__(self, shifts: tuple[Shift, ...], organizations: int) -> None:
        """`organizations` are so many positions of the tree, from the first on, as count for one: the platform is the last."""
        self.shifts = shifts
        self._organizations = organizations
        self.packed: dict[int, int] = {}
        """The sums before a position, where they are known; elsewhere `before` works them out."""

    def before(self, position: int) -> int:
        """All the sums before a position."""
        packed, organizations = 0, min(position, self._organizations)
        for shift in self.shifts:
            numbers = (
                shift.sums_gained[position],
                shift.sums_lost[position],
                organizations if shift.organization > 0 else 0,
                organizations if shift.organization < 0 else 0,
            )
            for at, number in enumerate(numbers):
                packed |= number << _PLACES[shift.action] + at * _BITS
        if len(self.packed) >= POSITIONS_MOST:
            self.packed.clear()
        self.packed[position] = packed
        return packed


def counted(spans: Iterable[tuple[Span, Change]]) -> list[tuple[Action, Counts]]:
    """What changes over spans come to, for each action of which anything is gained or lost."""
    total = 0
    for (start, stop), change in spans:
        # Looked up here, since it is done for each of some hundred thousand spans. Zero is worked out again.
        packed = change.packed
        total += (packed.get(stop) or change.before(stop)) - (packed.get(start) or change.before(start))
    found = []
    for action, place in _PLACES.items():
        gained, lost, more, fewer = ((total >> place + at * _BITS) & _MASK for at in range(_FIELDS))
        if gained or lost or more or fewer:
            found.append((action, (gained, lost, more, fewer)))
    return found
