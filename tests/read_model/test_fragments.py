"""What is kept of resources: found again while it holds, forgotten when it does not, and never more than there is room for."""

from __future__ import annotations

from array import array

import pytest

from ucs_registry.read_model.fragments import (
    FAR_MARK,
    FIELD,
    HOLE,
    ITEM_MARK,
    LINKS_MOST,
    PIECE,
    RECORD,
    UNKNOWN,
    Shelf,
    pieces_of,
)
from ucs_registry.read_model.templates import Beyond, template_of
from ucs_registry.shapes import Field, Many, Object, One

CARD = Object((("code", Field("code")),))
LINKED = Object((("needs", Many("dependencies", Object((("resource", One("resource", CARD)),)))),))
NEEDED = Object((("by", Many("dependants", Object((("resource", One("resource", CARD)),)))),))
SLOTS = {"A": 1, "B": 2}


def slot_of(id):
    return SLOTS.get(id, UNKNOWN)


def records(**shown):
    return ",".join(f"{RECORD}{id}{FIELD}{text}" for id, text in shown.items()).encode()


def linked(*targets):
    items = ",".join(f"{ITEM_MARK}{target}{FAR_MARK}{{}}" for target in targets)
    return f'{{"needs":{HOLE}0,{items}{HOLE}}}'


def kept_of(shelf, shown):
    return shelf.of(template_of(shown).skeleton)


def found(shelf, kept, slot):
    return kept.young.get(slot) or shelf.again(kept, slot)


def test_what_was_written_is_found_by_slot():
    shelf = Shelf()
    kept = kept_of(shelf, CARD)
    shelf.take(kept, records(A='{"code":"x,y"}', B='{"code":"B"}'), slot_of)
    assert found(shelf, kept, 1) == b'{"code":"x,y"}'
    assert found(shelf, kept, 2) == b'{"code":"B"}'
    assert found(shelf, kept, 3) is None


def test_links_are_kept_as_slots_and_what_is_not_there_is_left_out():
    shelf = Shelf()
    kept = kept_of(shelf, LINKED)
    shelf.take(kept, records(A=linked("B", "GONE")), slot_of)
    assert found(shelf, kept, 1) == (b'{"needs":', ((0, array("I", [2]), b"}"),))


def test_what_changed_is_forgotten_and_nothing_else():
    shelf = Shelf()
    kept = kept_of(shelf, CARD)
    shelf.take(kept, records(A="{}", B="{}"), slot_of)
    shelf.forget({1})
    assert found(shelf, kept, 1) is None
    assert found(shelf, kept, 2) == b"{}"


def test_what_led_to_something_that_was_not_there_is_forgotten_when_anything_changes():
    shelf = Shelf()
    kept = kept_of(shelf, LINKED)
    shelf.take(kept, records(A=linked("GONE"), B=linked("A")), slot_of)
    shelf.forget({77})
    # It may be what has come back.
    assert found(shelf, kept, 1) is None
    assert found(shelf, kept, 2) is not None


def test_where_others_decide_what_leads_there_nothing_outlives_a_change():
    shelf = Shelf()
    kept = kept_of(shelf, NEEDED)
    shelf.take(kept, records(A=linked("B")), slot_of)
    shelf.forget({77})
    assert found(shelf, kept, 1) is None


def test_too_many_links_are_not_kept():
    shelf = Shelf()
    kept = kept_of(shelf, LINKED)
    shelf.take(kept, records(A=linked(*["B"] * (LINKS_MOST + 1))), slot_of)
    _, ((_, payload, _),) = found(shelf, kept, 1)
    assert payload is None


def test_what_nobody_asks_for_goes_and_what_is_asked_for_stays():
    shelf = Shelf(bytes_most=20_000)
    kept = kept_of(shelf, CARD)
    slots = iter(range(1_000_000))
    shelf.take(kept, f"{RECORD}A{FIELD}{{}}".encode(), lambda _: -7)
    for _ in range(500):
        assert found(shelf, kept, -7) is not None
        shelf.take(kept, records(**{"C" * 26: "x" * 100}), lambda _: next(slots))
    held = {**kept.old, **kept.young}
    assert sum(map(len, held.values())) < 20_000
    assert len(held) < 120
    assert found(shelf, kept, 0) is None


def test_the_same_is_shown_wherever_a_resource_is_shown_alike():
    deeper = Object((("needs", Many("dependencies", Object((("resource", One("resource", LINKED)),)))),))
    outer = template_of(deeper)
    [inner] = outer.holes[0].templates
    assert outer.skeleton == inner.skeleton
    assert (outer.depth, inner.depth) == (3, 2)


@pytest.mark.parametrize(
    "shown",
    [
        Object((("x", Field("health")),)),
        Object((("x", Field("cursor")),)),
        Object((("x", Many("members", CARD)),)),
        Object((("x", One("owner", Object((("y", One("children", CARD, place=1)),)))),)),
        Object((("x", Field("code")),), part="something new"),
    ],
)
def test_what_is_not_known_to_hold_for_everybody_is_not_kept(shown):
    with pytest.raises(Beyond):
        template_of(shown)


def test_whoever_holds_on_to_what_was_cleared_keeps_nothing_that_nobody_would_make_forget():
    shelf = Shelf()
    kept = kept_of(shelf, CARD)
    shelf.clear()
    shelf.take(kept, records(A="{}"), slot_of)
    assert found(shelf, kept, 1) is None


def test_what_is_much_is_taken_in_by_pieces_of_whole_fragments():
    long = "x" * (PIECE // 3)
    text = ",".join(f"{RECORD}{id}{FIELD}{long}" for id in "ABCABCABC").encode()
    pieces = list(pieces_of(text))
    assert len(pieces) > 1
    assert b",".join(pieces) == text
    assert all(piece.startswith(RECORD.encode()) and len(piece) < 2 * PIECE for piece in pieces)
    assert list(pieces_of(b"")) == [b""]
