"""What a reading is worth: bounds of sense, of time and of change; sensors that are stuck or silent."""

from datetime import UTC, datetime, timedelta

import pytest

from ucs_capability_waterlogging.sensors import Fault, Limits, Measured, Outcome, Sensor, depth_of, judged

NOW = datetime(2022, 9, 15, 11, 32, tzinfo=UTC)
LIMITS = Limits()


def minutes(count):
    return timedelta(minutes=count)


def sensor(depth=10.0, ago=1.0, **more):
    at = NOW - minutes(ago)
    return Sensor(**({"device": "L1", "depth_cm": depth, "at": at, "same_since": at} | more))


def test_the_level_is_the_reference_less_the_distance():
    assert depth_of(Measured.DISTANCE, 120.0, 297.0) == 177.0
    assert depth_of(Measured.DEPTH, 12.5, None) == 12.5
    assert depth_of(Measured.DISTANCE, 120.0, None) is None


def test_the_first_reading_is_taken():
    outcome, after = judged(Sensor(device="L1"), 12.0, NOW, NOW, LIMITS)
    assert (outcome, after.depth_cm, after.at, after.fault) == (Outcome.TAKEN, 12.0, NOW, Fault.NONE)


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (NOW + minutes(1), Outcome.TAKEN),
        (NOW + minutes(1) + timedelta(microseconds=1), Outcome.FUTURE),
        (NOW - minutes(1), Outcome.LATE),
        (NOW - minutes(2), Outcome.LATE),
    ],
)
def test_time_has_bounds(at, outcome):
    before = sensor()
    got, after = judged(before, 20.0, at, NOW, LIMITS)
    assert got is outcome
    assert (after is before) == (outcome is not Outcome.TAKEN)


@pytest.mark.parametrize(
    ("depth", "kept"), [(-5.0, 0.0), (-5.1, None), (0.0, 0.0), (500.0, 500.0), (500.1, None), (1e308, None)]
)
def test_depths_have_bounds_and_a_little_below_nothing_is_nothing(depth, kept):
    outcome, after = judged(Sensor(device="L1"), depth, NOW, NOW, LIMITS)
    if kept is None:
        assert (outcome, after.fault, after.depth_cm) == (Outcome.ABSURD, Fault.ABSURD, None)
    else:
        assert (outcome, after.depth_cm) == (Outcome.TAKEN, kept)


def test_a_sensor_that_goes_on_reading_absurdly_is_written_once():
    _, once = judged(sensor(), 9999.0, NOW, NOW, LIMITS)
    outcome, twice = judged(once, 9998.0, NOW + minutes(1), NOW + minutes(1), LIMITS)
    assert (outcome, twice is once) == (Outcome.ABSURD, True)
    assert once.believed_at(NOW, LIMITS) is None
    outcome, well = judged(once, 12.0, NOW, NOW, LIMITS)
    assert (outcome, well.fault) == (Outcome.TAKEN, Fault.NONE)


@pytest.mark.parametrize(
    ("depth", "ago", "outcome"),
    [
        (60.0, 1.0, Outcome.TAKEN),
        (60.1, 1.0, Outcome.DOUBTFUL),
        (60.1, 2.0, Outcome.TAKEN),
        (177.0, 1.0, Outcome.DOUBTFUL),
        (177.0, 7.0, Outcome.TAKEN),
    ],
)
def test_a_change_is_believed_up_to_a_bound_that_grows_with_time(depth, ago, outcome):
    assert judged(sensor(10.0, ago), depth, NOW, NOW, LIMITS)[0] is outcome


def test_a_jump_is_believed_when_the_next_reading_confirms_it():
    _, doubtful = judged(sensor(0.0), 100.0, NOW, NOW, LIMITS)
    assert (doubtful.fault, doubtful.depth_cm, doubtful.believed_at(NOW, LIMITS)) == (Fault.DOUBTFUL, 0.0, 0.0)
    soon = NOW + timedelta(seconds=10)
    assert judged(doubtful, 110.1, soon, soon, LIMITS)[0] is Outcome.DOUBTFUL
    outcome, sure = judged(doubtful, 110.0, soon, soon, LIMITS)
    assert (outcome, sure.depth_cm, sure.doubtful_cm, sure.fault) == (Outcome.TAKEN, 110.0, None, Fault.NONE)


@pytest.mark.parametrize(
    ("change", "ago", "outcome"),
    [
        (0.4, 0.9, Outcome.UNCHANGED),
        (0.5, 0.9, Outcome.TAKEN),
        (0.4, 1.0, Outcome.TAKEN),
        (0.0, 0.9, Outcome.UNCHANGED),
    ],
)
def test_what_says_nothing_new_is_kept_once_a_minute(change, ago, outcome):
    before = sensor(10.0, ago)
    got, after = judged(before, 10.0 + change, NOW, NOW, LIMITS)
    assert (got, after is before) == (outcome, outcome is Outcome.UNCHANGED)


@pytest.mark.parametrize(
    ("depth", "since", "outcome"),
    [
        (10.0, 120.0, Outcome.STUCK),
        (10.0, 119.9, Outcome.TAKEN),
        # A dry road is dry for weeks.
        (0.0, 10_000.0, Outcome.TAKEN),
    ],
)
def test_standing_water_that_never_moves_is_a_stuck_sensor(depth, since, outcome):
    held = sensor(depth, 1.0, same_since=NOW - minutes(since))
    got, after = judged(held, depth, NOW, NOW, LIMITS)
    assert got is outcome
    assert (after.fault is Fault.STUCK) == (outcome is Outcome.STUCK)
    assert (after.believed_at(NOW, LIMITS) is None) == (outcome is Outcome.STUCK)


def test_a_stuck_sensor_that_moves_is_believed_again():
    held = sensor(10.0, 1.0, fault=Fault.STUCK, same_since=NOW - minutes(300))
    outcome, after = judged(held, 10.1, NOW, NOW, LIMITS)
    assert (outcome, after.fault, after.same_since) == (Outcome.TAKEN, Fault.NONE, NOW)


@pytest.mark.parametrize(("ago", "fault"), [(15.0, Fault.NONE), (15.01, Fault.STALE)])
def test_a_silent_sensor_is_stale(ago, fault):
    held = sensor(10.0, ago)
    assert held.fault_at(NOW, LIMITS) is fault
    assert held.believed_at(NOW, LIMITS) == (None if fault is Fault.STALE else 10.0)


def test_a_sensor_that_never_spoke_is_stale():
    assert Sensor(device="L1").fault_at(NOW, LIMITS) is Fault.STALE
