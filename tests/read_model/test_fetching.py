"""What is read for a model while it moves: nothing that moved meanwhile is lost."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from ucs_registry.canonical import timestamp
from ucs_registry.queries import Dimension
from ucs_registry.read_model.asking import Sought
from ucs_registry.read_model.catalogue import Catalogue
from ucs_registry.read_model.following import Loaded
from ucs_registry.read_model.ids import packed
from ucs_registry.read_model.kept import Journal
from ucs_registry.read_model.needs import READ_AT_ONCE, PostingFetch
from ucs_registry.read_model.ports import CellRow, Changed, Place, Reads, State
from ucs_registry.shapes import Standing
from ucs_registry.testing import NOW, an_id

COUNT = 2 * READ_AT_ONCE
STANDING = Standing(1, "a", 1, "c")
LATER = NOW.replace(year=NOW.year + 1)


def loaded_at(position: int) -> Loaded:
    """A model of many resources that differ in nothing but their ids."""
    catalogue = Catalogue(2 * COUNT)
    catalogue.add_cells([CellRow(0, 1, ("data", "dataset", "shared", "l1", "none", "online"))])
    catalogue.fill(b",".join(f"{an_id(number)}{timestamp(NOW)}0:".encode() for number in range(COUNT)))
    state = State(position, STANDING, b"m")
    return Loaded(catalogue=catalogue, state=state, journal=Journal(position))


class Tagged:
    """Reads of a database in which everything has the tag."""

    async def tagged(self, tag: str, most: int) -> tuple[State, bytes]:
        return State(10, STANDING, b"n"), b",".join(an_id(number).encode() for number in range(COUNT))


async def test_what_moves_while_a_posting_is_taken_in_stays_in_it() -> None:
    loaded, sought = loaded_at(8), Sought("t", None)

    async def moving() -> None:
        """The first resource changes, and the model comes to where the posting was read."""
        now = Changed(Place(an_id(0), timestamp(LATER), 0, ""), frozenset({"t"}), "")
        move = loaded.catalogue.change(packed(an_id(0)), now)
        assert move is not None
        loaded.journal.add([move], 10)

    reads = cast(Reads, Tagged())
    await asyncio.gather(PostingFetch(sought).into(loaded, reads), moving())
    found: Any = loaded.postings.get(sought, loaded.journal)
    assert found == loaded.catalogue.all
    assert loaded.catalogue.find(packed(an_id(0))) in found
    assert len(loaded.catalogue.values[Dimension.KIND]["data"]) == COUNT
