"""Which pictures are looked at when not all can be: the worth of a look, and a simulation beside round robin."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_video_ai.scheduling import OVERDUE, USUAL, Look, Yield, chosen, rate, worth_of

BEGAN = datetime(2026, 7, 1, tzinfo=UTC)
hours = st.floats(0, 23.9)
yields = st.builds(Yield, finds=st.floats(0, 50), hours=st.floats(0, 100))


def test_the_rate_is_the_mean_of_what_was_counted_and_what_was_credited():
    assert rate(0, 0) == USUAL.finds / USUAL.hours
    assert rate(3, 26.0) == 3.5 / 50


@given(yields, hours, st.floats(0.1, 100))
def test_more_risk_more_finds_and_longer_waiting_are_worth_no_less(known, waited, risk):
    now = worth_of(risk, known, waited)
    assert worth_of(risk * 2, known, waited) >= now
    assert worth_of(risk, Yield(finds=known.finds + 1, hours=known.hours), waited) >= now
    assert worth_of(risk, known, waited + 0.05) >= now


@given(yields, yields, st.floats(0.1, 100))
def test_whoever_waited_too_long_goes_before_all_others(rich, poor, risk):
    assert worth_of(risk, poor, USUAL.waits_most) >= OVERDUE
    assert worth_of(100.0, rich, USUAL.waits_most - 0.01) < OVERDUE


@given(st.lists(st.tuples(st.floats(0.01, 5), st.integers(0, 2)), max_size=50))
def test_what_was_counted_fades_and_is_never_less_than_nothing(story):
    known = Yield()
    for waited, found in story:
        known = known.after(waited, found)
        assert known.finds >= 0
        assert known.hours >= 0
    assert known.hours <= USUAL.fades


def test_a_stream_that_fell_silent_is_worth_less_than_before():
    busy = Yield()
    for _ in range(20):
        busy = busy.after(0.5, 1)
    quiet = busy
    for _ in range(100):
        quiet = quiet.after(0.5, 0)
    assert worth_of(1.0, quiet, 0.5) < worth_of(1.0, busy, 0.5) / 2


def test_the_most_worth_come_first_and_of_equals_the_longest_due():
    looks = [
        Look(key="b", due=BEGAN, worth=1.0),
        Look(key="a", due=BEGAN, worth=1.0),
        Look(key="c", due=BEGAN - timedelta(hours=1), worth=1.0),
        Look(key="d", due=BEGAN, worth=2.0),
    ]
    assert [each.key for each in chosen(looks, 3)] == ["d", "c", "a"]
    assert chosen(looks, 0) == []


def small_world():
    np = pytest.importorskip(
        "numpy", reason="the libraries of capabilities/video_ai/requirements.txt are not installed"
    )
    pytest.importorskip("cv2", reason="the libraries of capabilities/video_ai/requirements.txt are not installed")
    from ucs_capability_video_ai.vision import simulation

    return np, simulation, simulation.World(streams=2_000, algorithms=5)


def test_in_a_simulation_more_is_found_than_by_round_robin():
    _, simulation, world = small_world()
    told = simulation.compared(world)
    ours, theirs = told["by_worth"], told["round_robin"]
    assert told["simulation"] is True
    assert (ours["happened"], ours["looks"]) == (theirs["happened"], theirs["looks"])
    assert ours["found"] > 1.5 * theirs["found"]


def test_choosing_by_the_wait_alone_would_be_found():
    np, simulation, world = small_world()

    def by_wait(known, now, tick, budget):
        return np.argpartition(known.looked, budget - 1)[:budget]

    waits = simulation.simulate(world, by_wait).found
    assert waits < 1.2 * simulation.simulate(world, simulation.round_robin).found
