"""Points that are drawn by lot can be drawn again by everybody."""

from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_civic_creation.drawing import draw

CODES = st.lists(st.text("ABC0123", min_size=1, max_size=4), max_size=30)


@given(CODES, st.integers(0, 40), st.text(max_size=5))
def test_a_draw_is_a_part_of_the_points_and_contains_every_smaller_draw(codes, count, seed):
    drawn = draw(codes, count, seed)
    assert len(drawn) == len(set(drawn)) == min(count, len(set(codes)))
    assert set(drawn) <= set(codes)
    assert draw(reversed(codes), count, seed) == drawn
    assert draw(codes, count + 1, seed)[:count] == drawn


def test_another_seed_draws_others():
    codes = [f"P{number}" for number in range(200)]
    assert draw(codes, 10, "a") != draw(codes, 10, "b")
    assert draw(codes, -1, "a") == []
