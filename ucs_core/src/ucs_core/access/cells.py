"""The cells of a store as two numbers each: whose resources they hold, and which combination of the other attributes."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from ucs_registry.visibility import Cell

Combination = tuple[str, ...]
"""Kind, type, share type, data level, open type and state."""

BARE: Combination = ("-",) * 6
"""The combination of an organisation or of the platform, which have none of these attributes: only `*` matches it."""

OTHERS: Callable[[dict[str, Any]], Combination] = itemgetter(
    "kind", "type", "share_type", "data_level", "open_type", "state"
)
"""Takes the combination out of the dictionary in which access attributes keep their fields: half the time of six look-ups."""


class Combinations:
    """The combinations that occur in stored cells, each with a number. It only grows, and only with the store."""

    def __init__(self) -> None:
        self.listed: list[Combination] = [BARE]
        # BARE is left out: no resource can claim to be an organisation.
        self.numbers: dict[Combination, int] = {}

    def number(self, combination: Combination) -> int:
        """The number of a combination, a new one if need be."""
        number = self.numbers.get(combination)
        if number is None:
            # The list grows first: whoever finds a number finds the combination, too.
            self.listed.append(combination)
            number = self.numbers[combination] = len(self.listed) - 1
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTable:
    """The cells from number 0 on: `owners` by id, and the numbers of their combinations in `pool`."""

    pool: Combinations
    owners: tuple[str, ...] = ()
    numbers: array[int]

    @classmethod
    def empty(cls) -> CellTable:
        """A table without cells and with a pool of its own."""
        return cls(pool=Combinations(), numbers=array("I"))

    def __len__(self) -> int:
        return len(self.owners)

    def with_cells(self, cells: Iterable[Cell]) -> CellTable:
        """The table with these cells behind it; those that it holds already are passed over. They come without gaps."""
        new = [cell for cell in sorted(cells, key=lambda cell: cell.number) if cell.number >= len(self)]
        if [cell.number for cell in new] != list(range(len(self), len(self) + len(new))):
            raise ValueError(f"cells must follow number {len(self)} without gaps")
        numbers = array("I", [self.pool.number(OTHERS(cell.attributes.__dict__)) for cell in new])
        owners = tuple(cell.attributes.owner for cell in new)
        return CellTable(pool=self.pool, owners=self.owners + owners, numbers=self.numbers + numbers)
