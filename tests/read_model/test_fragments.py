"""What is kept of resources: found again while it holds, forgotten when it does not, and never more than there is room for."""

from __future__ import annotations

from array import array
from collections import defaultdict

import pytest

from ucs_registry.read_model.fragments import FIELD, MARKS, RECORD, UNKNOWN
from ucs_registry.read_model.shelf import Shelf
from ucs_registry.read_model.taking import ALONE, FIRST, PIECE, SEVERAL, pieces_of
from ucs_registry.read_model.templates import Beyond, template_of
from ucs_registry.shapes import Field, Many, Object, One

CARD = Object((("code", Field("code")),))
LINKED = Object((("needs", Many("dependencies", Object((("resource", One("resource", CARD)),)))),))
NEEDED = Object((("by", Many("dependants", Object((("resource", One("resource", CARD)),)))),))
SLOTS = defaultdict(lambda: UNKNOWN, {b"A": 1, b"B": 2, b"C": 3})


def records(**shown):
    return ",".join(f"{RECORD}{id}{FIELD}{text}" for id, text in shown.items()).encode()


def linked(*targets, level=0, **brought):
    """A card with links; of those that are brought along, with what they lead to."""
    hole, item, far = MARKS[level]
    links = [f"{item}{target}{far}{{{far}}}" + (f"{far}{brought[target]}" if brought else "") for target in targets]
    return f'{{"needs":{hole}0,{",".join(links)}{hole}}}'


def tree_of(shelf, shown):
    return shelf.tree(template_of(shown))


def found(shelf, tree, slot):
    return tree.kept.young.get(slot) or shelf.again(tree.kept, slot)


def test_what_was_written_is_found_by_slot():
    shelf = Shelf()
    tree = tree_of(shelf, CARD)
    shelf.take(tree, records(A='{"code":"x,y"}', B='{"code":"B"}'), ALONE, SLOTS)
    assert found(shelf, tree, 1) == b'{"code":"x,y"}'
    assert found(shelf, tree, 2) == b'{"code":"B"}'
    assert found(shelf, tree, 3) is None


def test_links_are_kept_as_slots_and_what_is_not_there_is_left_out():
    shelf = Shelf()
    tree = tree_of(shelf, LINKED)
    shelf.take(tree, records(A=linked("B", "GONE")), ALONE, SLOTS)
    assert found(shelf, tree, 1) == (b'{"needs":', ((0, array("I", [2]), b"}"),))


def test_what_changed_is_forgotten_and_nothing_else():
    shelf = Shelf()
    tree = tree_of(shelf, CARD)
    shelf.take(tree, records(A="{}", B="{}"), ALONE, SLOTS)
    shelf.forget({1})
    assert found(shelf, tree, 1) is None
    assert found(shelf, tree, 2) == b"{}"


def test_what_led_to_something_that_was_not_there_is_forgotten_when_anything_changes():
    shelf = Shelf()
    tree = tree_of(shelf, LINKED)
    shelf.take(tree, records(A=linked("GONE"), B=linked("A")), ALONE, SLOTS)
    shelf.forget({77})
    # It may be what has come back.
    assert found(shelf, tree, 1) is None
    assert found(shelf, tree, 2) is not None


def test_where_others_decide_what_leads_there_nothing_outlives_a_change():
    shelf = Shelf()
    tree = tree_of(shelf, NEEDED)
    shelf.take(tree, records(A=linked("B")), ALONE, SLOTS)
    shelf.forget({77})
    assert found(shelf, tree, 1) is None


def test_too_many_links_are_not_kept():
    shelf = Shelf()
    tree = tree_of(shelf, LINKED)
    shelf.take(tree, records(A=linked(*["B"] * (ALONE[0] + 1))), ALONE, SLOTS)
    _, ((_, payload, _),) = found(shelf, tree, 1)
    assert payload is None


def test_what_nobody_asks_for_goes_and_what_is_asked_for_stays():
    shelf = Shelf(bytes_most=20_000)
    tree = tree_of(shelf, CARD)
    shelf.take(tree, records(A="{}"), ALONE, SLOTS)
    for slot in range(1_000, 1_500):
        assert found(shelf, tree, 1) is not None
        shelf.take(tree, records(D="x" * 100), ALONE, {b"D": slot})
    held = {**tree.kept.old, **tree.kept.young}
    assert sum(map(len, held.values())) < 20_000
    assert len(held) < 120
    assert found(shelf, tree, 1_000) is None


def test_the_same_is_shown_wherever_a_resource_is_shown_alike():
    outer = template_of(DEEPER)
    [inner] = outer.holes[0].templates
    assert outer.skeleton == inner.skeleton
    assert (outer.depth, inner.depth) == (3, 2)


DEEPER = Object((("needs", Many("dependencies", Object((("resource", One("resource", LINKED)),)))),))


def test_what_links_lead_to_is_kept_with_them():
    shelf = Shelf()
    tree, cards = tree_of(shelf, LINKED), tree_of(shelf, CARD)
    shelf.take(tree, records(A=linked("B", "C", B='{"code":"B"}', C='{"code":"C"}')), SEVERAL, SLOTS)
    assert found(shelf, tree, 1)[1][0][1] == array("I", [2, 3])
    assert (found(shelf, cards, 2), found(shelf, cards, 3)) == (b'{"code":"B"}', b'{"code":"C"}')


def test_what_links_lead_to_brings_along_what_it_leads_to():
    shelf = Shelf()
    tree, cards = tree_of(shelf, DEEPER), tree_of(shelf, CARD)
    [[inner]] = tree.within
    assert (tree.depth, inner.depth) == (2, 1)
    far = linked("C", level=1, C='{"code":"C"}')
    shelf.take(tree, records(A=linked("B", B=far)), FIRST, SLOTS)
    assert found(shelf, tree, 1) == found(shelf, inner, 1) == (b'{"needs":', ((0, array("I", [2]), b"}"),))
    assert found(shelf, inner, 2) == (b'{"needs":', ((0, array("I", [3]), b"}"),))
    assert found(shelf, cards, 3) == b'{"code":"C"}'


def test_what_is_known_already_still_brings_along_what_it_leads_to():
    shelf = Shelf()
    tree, cards = tree_of(shelf, DEEPER), tree_of(shelf, CARD)
    shelf.take(tree, records(A=linked("B", B=linked("C", level=1, C="{}")), B=linked("C", C="[]")), ALONE, SLOTS)
    assert found(shelf, cards, 3) is None
    shelf.take(tree, records(A=linked("B", B=linked("C", level=1, C="{}"))), FIRST, SLOTS)
    assert found(shelf, cards, 3) == b"{}"


def test_of_more_links_than_are_brought_along_nothing_is_kept_but_what_they_lead_to():
    shelf = Shelf()
    tree = tree_of(shelf, LINKED)
    many = linked(*["B"] * (SEVERAL[0] + 1), B="{}")
    shelf.take(tree, records(A=many), SEVERAL, SLOTS)
    assert found(shelf, tree, 1) is None
    assert found(shelf, tree_of(shelf, CARD), 2) == b"{}"
    shelf.take(tree, records(A=linked(*["B"] * (SEVERAL[0] + 1))), ALONE, SLOTS)
    assert len(found(shelf, tree, 1)[1][0][1]) == SEVERAL[0] + 1


def test_one_shape_has_one_tree():
    shelf = Shelf()
    assert tree_of(shelf, DEEPER) is tree_of(shelf, DEEPER)
    assert tree_of(shelf, DEEPER) is not tree_of(shelf, LINKED)
    assert tree_of(shelf, DEEPER).kept is tree_of(shelf, LINKED).kept


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
    tree = tree_of(shelf, CARD)
    shelf.clear()
    shelf.take(tree, records(A="{}"), ALONE, SLOTS)
    assert found(shelf, tree, 1) is None


def test_what_is_much_is_taken_in_by_pieces_of_whole_fragments():
    long = "x" * (PIECE // 3)
    text = ",".join(f"{RECORD}{id}{FIELD}{long}" for id in "ABCABCABC").encode()
    pieces = list(pieces_of(text))
    assert len(pieces) > 1
    assert b",".join(pieces) == text
    assert all(piece.startswith(RECORD.encode()) and len(piece) < 2 * PIECE for piece in pieces)
    assert list(pieces_of(b"")) == [b""]
