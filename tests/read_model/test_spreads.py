"""Facets of what has some values are counted once and moved along, and stay those of the statements."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from projected_worlds import GRANTEES, OWNERS, ChangingWorld, Questions, difference

from ucs_registry.queries import Dimension, Order, ResourceQuery
from ucs_registry.read_model import Model
from ucs_registry.read_model.spreads import SPREADS_MOST, Spread, Spreads, Values
from ucs_registry.shapes import PageWanted
from ucs_registry.sql import SqlStore
from ucs_registry.testing import NOW
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import Availability, ResourceKind, ShareType

ROUNDS, CELLS = 20, 400

ASKED = (
    *(ResourceQuery(kind=kind) for kind in ResourceKind),
    *(ResourceQuery(availability=each) for each in Availability),
    *(ResourceQuery(owner=owner) for owner in OWNERS[:4]),
    ResourceQuery(kind=ResourceKind.DATA, share_type=ShareType.UNCONDITIONAL),
    ResourceQuery(district="370202"),
)


class NeverMoved(Spreads):
    """Takes what was counted once for what is."""

    def of(self, mask: bytes, values: Values) -> Spread:
        found = self._kept.get((mask, values))
        if found is not None:
            found._upto = self._journal.end
        return super().of(mask, values)


class OfAllThatIsSeen(Spreads):
    """Forgets which values are asked for when something changes."""

    def of(self, mask: bytes, values: Values) -> Spread:
        found = super().of(mask, values)
        found._values = ()
        return found


class Unmasked(Spreads):
    """Counts whatever comes in, whoever may see it."""

    def of(self, mask: bytes, values: Values) -> Spread:
        found = super().of(mask, values)
        found._mask = bytes([1]) * len(mask)
        return found


async def first_difference(store: SqlStore, model: Model, kind: type[Spreads] = Spreads) -> str | None:
    """In what facets differ from the statements', asked by one caller between writes; None in nothing."""
    chance = Random(11)
    world, questions = ChangingWorld(store, chance), Questions(chance)
    await world.enter()
    assert await model.filled()
    loaded = model._here
    loaded.spreads = kind(loaded.catalogue, loaded.journal)
    # Some cells are granted, some denied, and most seen; of those that come later as well.
    visibility = Visibility(
        mask=bytes(chance.choices((1, 1, 1, 0, 2), k=CELLS)), action="discover", grantees=GRANTEES[:2], at=NOW
    )
    for _ in range(ROUNDS):
        # What moving along forgets, such as grants, is read by the next who asks.
        assert await model.at_head([], visibility) is not None
        for query in chance.sample(ASKED, 4):
            wanted = PageWanted(query=query, order=Order.UPDATED_DESC, size=2, facets=tuple(Dimension))
            found = await difference(store, model, questions, wanted, visibility)
            if found is not None:
                return found
        await world.change()
    assert len(loaded.spreads) > 0
    return None


async def test_facets_of_values_are_those_of_the_statements_between_writes(
    store: SqlStore, modelled: Callable[..., Model]
) -> None:
    assert await first_difference(store, modelled()) is None


@pytest.mark.parametrize("kind", [NeverMoved, OfAllThatIsSeen, Unmasked])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_spreads_that_err_are_found_out(
    store: SqlStore, modelled: Callable[..., Model], kind: type[Spreads]
) -> None:
    assert await first_difference(store, modelled(), kind) is not None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_no_more_spreads_are_kept_than_there_is_room_for(store: SqlStore, modelled: Callable[..., Model]) -> None:
    chance, model = Random(3), modelled()
    await ChangingWorld(store, chance).enter()
    assert await model.filled()
    spreads = model._here.spreads
    first = spreads.of(b"\x01", ())
    for at in range(SPREADS_MOST - 1):
        spreads.of(b"\x01", ((Dimension.TYPE, str(at)),))
    assert spreads.of(b"\x01", ()) is first
    spreads.of(b"\x01", ((Dimension.TYPE, "one more"),))
    assert len(spreads) == SPREADS_MOST
    assert spreads.of(b"\x01", ()) is first
