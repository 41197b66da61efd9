"""Ids and times are kept in few bytes, in the order of their texts."""

from __future__ import annotations

from random import Random

import pytest

from ucs_registry.read_model.catalogue import Move
from ucs_registry.read_model.ids import (
    IdTable,
    microseconds,
    microseconds_or_none,
    packed,
    packed_or_none,
    time_text,
    unpacked,
)
from ucs_registry.read_model.kept import MOVES_MOST, Journal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def some_ids(count: int) -> list[str]:
    chance = Random(4)
    return ["".join([chance.choice("01234567"), *chance.choices(ALPHABET, k=25)]) for _ in range(count)]


def test_ids_come_back_as_they_were_and_in_their_order() -> None:
    ids = [*some_ids(500), "0" * 26, "7" + "Z" * 25]
    assert [unpacked(packed(id)) for id in ids] == ids
    assert sorted(ids) == [unpacked(id) for id in sorted(map(packed, ids))]


@pytest.mark.parametrize(
    "text", ["", "0" * 25, "8" + "0" * 25, "0" * 25 + "I", "0" * 25 + "a", " " + "0" * 25, "_" * 26]
)
def test_what_is_no_id_is_not_taken_for_one(text: str) -> None:
    assert packed_or_none(text) is None


def test_times_come_back_as_they_were_and_in_their_order() -> None:
    texts = ["0001-01-01T00:00:00.000000Z", "2026-03-01T08:00:00.000001Z", "9999-12-31T23:59:59.999999Z"]
    assert [time_text(microseconds(text)) for text in texts] == texts
    assert sorted(map(microseconds, texts)) == list(map(microseconds, texts))


@pytest.mark.parametrize(
    "text", ["", "x", "2026-03-01T08:00:00Z", "2026-13-01T08:00:00.000000Z", "２026-03-01T08:00:00.000000Z"]
)
def test_what_the_store_would_not_have_written_is_no_time(text: str) -> None:
    assert microseconds_or_none(text) is None


def test_a_table_finds_each_id_and_no_other() -> None:
    ids = list(map(packed, some_ids(3000)))
    table = IdTable(4000)
    assert table.slots(ids[:1000]) == list(range(1000))
    assert [table.add(id) for id in ids[1000:2000]] == list(range(1000, 2000))
    assert table.slots(ids[500:2500]) == list(range(500, 2500))
    assert [table.slot(id) for id in ids] == [*range(2500), *[None] * 500]


def test_a_table_without_room_says_so() -> None:
    table = IdTable(1)
    with pytest.raises(OverflowError):
        table.slots(list(map(packed, some_ids(2000))))


def test_a_journal_that_has_forgotten_says_so() -> None:
    journal, move = Journal(7), Move(0, 0, "", 1, 0, "", frozenset(), "")
    journal.add([move], 8)
    assert journal.place(7) == 0
    assert len(list(journal.since(0) or ())) == 1
    journal.add([move] * MOVES_MOST, 9)
    assert journal.since(0) is None
    assert len(list(journal.since(1) or ())) == MOVES_MOST
    assert journal.place(6) is None
