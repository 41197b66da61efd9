"""What a storm came to is counted from the platform's answers alone: whatever is lost or doubled there is noticed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from ucs_core.cli.storm.counting import Detected, Tally, percentile, tally
from ucs_sdk.geo import Position

BEGIN = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
BRIDGE, SQUARE = Position(120.4, 36.2), Position(120.35, 36.06)

Count = Callable[..., Tally]


def at(seconds):
    return (BEGIN + timedelta(seconds=seconds)).isoformat()


def detected(code, position, seconds):
    return Detected(code, position, BEGIN + timedelta(seconds=seconds))


def event(position, seconds, case="1"):
    return {"longitude": position.longitude, "latitude": position.latitude, "began_at": at(seconds), "case": case}


def case(position, seconds, *, number="1", took=0.3, state="closed"):
    dispatched = [] if took is None else [{"verb": "dispatch", "at": at(seconds + took)}]
    return {
        "case": number,
        "longitude": position.longitude,
        "latitude": position.latitude,
        "reported_at": at(seconds),
        "state": state,
        "steps": [{"verb": "report", "at": at(seconds)}, *dispatched],
    }


WATER = [detected("bridge", BRIDGE, 0), detected("square", SQUARE, 5), detected("bridge", BRIDGE, 60)]
EVENTS = [event(BRIDGE, 0), event(SQUARE, 5, "2"), event(BRIDGE, 60, "3")]
CASES = [case(BRIDGE, 0), case(SQUARE, 5, number="2", took=0.9), case(BRIDGE, 60, number="3")]


def careless(water, events, cases):
    """A counter that goes by numbers alone: what is lost at one place and doubled at another does not show."""
    whole = tally(water, events, cases)
    return whole._replace(lost=max(0, len(water) - len(cases)), doubled=max(0, len(cases) - len(events)))


def believing(water, events, cases):
    """A counter that finds cases by what events say of them: a second case that nothing refers to does not show."""
    named = {each["case"] for each in events}
    return tally(water, events, [each for each in cases if each["case"] in named])


WORLDS = {
    "as it should be": (EVENTS, CASES, (0, 0)),
    "no case at a place": (EVENTS, CASES[1:], (1, 0)),
    "no event at a place": (EVENTS[:1] + EVENTS[2:], CASES, (1, 0)),
    "two cases of one event": (EVENTS, [*CASES, case(BRIDGE, 61, number="4")], (0, 1)),
    "two events of one water": ([*EVENTS, event(SQUARE, 9)], CASES, (0, 1)),
    "lost here and doubled there": (EVENTS, [case(SQUARE, 8, number="4"), *CASES[1:]], (1, 1)),
    "the second storm forgotten": (EVENTS[:2], CASES[:2], (1, 0)),
    "nothing at all": ([], [], (3, 0)),
}


def wrong(count: Count) -> list[str]:
    """The worlds of which a counter says what is not so."""
    return [
        name
        for name, (events, cases, expected) in WORLDS.items()
        if (count(WATER, events, cases).lost, count(WATER, events, cases).doubled) != expected
    ]


def test_whatever_is_lost_or_doubled_is_noticed():
    assert wrong(tally) == []


@pytest.mark.parametrize("twin", [careless, believing])
def test_a_counter_that_would_not_notice_is_noticed(twin):
    assert "two cases of one event" in wrong(twin) or "lost here and doubled there" in wrong(twin)


def test_what_was_there_before_or_lies_elsewhere_is_not_counted():
    before = [case(BRIDGE, -600, number="8"), case(Position(120.41, 36.2), 1, number="9")]
    assert tally(WATER, EVENTS, [*before, *CASES]) == tally(WATER, EVENTS, CASES)


def test_it_counts_what_was_dispatched_and_closed_and_how_long_that_took():
    waiting = [CASES[0], CASES[1], case(BRIDGE, 60, number="3", took=None, state="filed")]
    assert tally(WATER, EVENTS, CASES) == Tally(3, 3, 3, 3, 0, 0, 0.9)
    assert tally(WATER, EVENTS, waiting) == Tally(3, 3, 2, 2, 0, 0, 0.9)


def test_a_percentile_is_one_of_the_values():
    assert percentile([], 0.99) is None
    assert percentile([3.0], 0.99) == 3.0
    assert percentile(range(1, 201), 0.99) == 198
    assert percentile(range(1, 101), 0.99) == 99
