"""Limits, clocks and lights: bounds included."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_case_center import clocks
from ucs_capability_case_center.clocks import Limit
from ucs_capability_case_center.vocabulary import LimitUnit, TimeLight
from ucs_sdk import OutOfRange
from ucs_sdk.calendar import CHINA_STANDARD_TIME, office_calendar

CALENDAR = office_calendar()
TICK = timedelta(microseconds=1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHINA_STANDARD_TIME)


WEDNESDAY = at("2026-07-01 09:00")
FOUR_WORKING_HOURS = Limit(amount=4, unit="working_hour")


@pytest.mark.parametrize(
    ("amount", "unit", "start", "due"),
    [
        (30, "minute", "2026-07-04 23:45", "2026-07-05 00:15"),
        (2, "hour", "2026-07-04 23:00", "2026-07-05 01:00"),
        (1, "day", "2026-07-04 23:00", "2026-07-05 23:00"),
        # 09:00 to 12:00 and 13:30 to 17:30 are seven hours.
        (4, "working_hour", "2026-07-01 09:00", "2026-07-01 14:30"),
        (4, "working_hour", "2026-07-03 16:30", "2026-07-06 12:00"),
        (1, "working_day", "2026-06-30 10:00", "2026-07-01 10:00"),
        (2, "working_day", "2026-07-03 10:00", "2026-07-07 10:00"),
        # The Dragon Boat festival of 2026: Friday the 19th to Sunday the 21st of June.
        (1, "working_day", "2026-06-18 10:00", "2026-06-22 10:00"),
        (20, "working_day", "2026-07-01 09:00", "2026-07-28 17:30"),
    ],
)
def test_limits_are_counted_in_their_unit(amount, unit, start, due):
    clock = clocks.started(Limit(amount=amount, unit=unit), at(start))
    assert clocks.reaches(clock, 1.0, CALENDAR) == at(due)


def lights_are_right(light):
    """Green until before 80 %, yellow from then on and until the last moment, red after it."""
    clock = clocks.started(FOUR_WORKING_HOURS, WEDNESDAY)
    # 80 % of four hours are three hours and twelve minutes: twelve minutes after the break.
    seen = [light(clock, at(f"2026-07-01 {hour}") + shift, CALENDAR) for hour, shift in BOUNDS]
    return seen == [TimeLight.GREEN, TimeLight.GREEN, TimeLight.YELLOW, TimeLight.YELLOW, TimeLight.RED, TimeLight.RED]


BOUNDS = [
    ("09:00", -TICK),
    ("13:42", -TICK),
    ("13:42", timedelta()),
    ("14:30", timedelta()),
    ("14:30", TICK),
    ("17:00", timedelta()),
]


def test_lights_turn_at_eighty_percent_and_after_the_last_moment():
    assert lights_are_right(clocks.light)


def test_lights_that_turn_a_moment_off_are_found():
    """Twins: red at the last moment, yellow after the eightieth percent only, and a clock that runs at night."""

    def early(clock, now, calendar):
        part = clocks.fraction(clock, now, calendar)
        return TimeLight.RED if part >= 1 else TimeLight.YELLOW if part >= 0.8 else TimeLight.GREEN

    def late(clock, now, calendar):
        part = clocks.fraction(clock, now, calendar)
        return TimeLight.RED if part > 1 else TimeLight.YELLOW if part > 0.8 else TimeLight.GREEN

    def awake(clock, now, calendar):
        always = clock.model_copy(update={"limit": Limit(amount=4, unit="hour")})
        return clocks.light(always, now, calendar)

    assert [lights_are_right(broken) for broken in (early, late, awake)] == [False, False, False]


def test_what_a_clock_stood_does_not_count():
    clock = clocks.started(FOUR_WORKING_HOURS, WEDNESDAY)
    standing = clocks.stopped(clock, at("2026-07-01 10:00"))
    assert clocks.reaches(standing, 1.0, CALENDAR) is None
    assert clocks.spent(standing, at("2027-08-01 10:00"), CALENDAR) == 3_600
    again = clocks.resumed(standing, at("2026-07-06 16:30"))
    assert clocks.reaches(again, 1.0, CALENDAR) == at("2026-07-07 11:00")
    assert clocks.spent(again, at("2026-07-06 17:00"), CALENDAR) == 5_400
    assert clocks.resumed(again, at("2026-07-08 09:00")) == again
    assert clocks.stopped(standing, at("2026-07-08 09:00")) == standing


def test_an_extension_adds_to_the_limit_and_moves_the_lights():
    clock = clocks.extended(
        clocks.started(FOUR_WORKING_HOURS, WEDNESDAY), Limit(amount=1, unit="working_day"), CALENDAR
    )
    assert clocks.reaches(clock, 1.0, CALENDAR) == at("2026-07-02 14:30")
    assert clocks.light(clock, at("2026-07-01 14:31"), CALENDAR) is TimeLight.GREEN


def test_a_day_that_no_notice_speaks_of_is_refused_and_a_clock_can_be_stopped_on_it():
    clock = clocks.started(Limit(amount=20, unit="working_day"), at("2026-12-10 09:00"))
    with pytest.raises(OutOfRange):
        clocks.reaches(clock, 1.0, CALENDAR)
    assert clocks.light(clock, at("2026-12-20 09:00"), CALENDAR) is TimeLight.GREEN
    standing = clocks.stopped(clock, at("2027-01-05 09:00"))
    with pytest.raises(OutOfRange):
        clocks.spent(standing, at("2027-01-06 09:00"), CALENDAR)


def test_a_clock_that_is_stopped_before_it_began_has_run_for_no_time():
    clock = clocks.stopped(clocks.started(FOUR_WORKING_HOURS, WEDNESDAY), WEDNESDAY - timedelta(seconds=3))
    assert clocks.spent(clock, WEDNESDAY, CALENDAR) == 0


MOMENTS = st.datetimes(datetime(2026, 3, 1), datetime(2026, 9, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
LIMITS = st.builds(Limit, amount=st.integers(1, 40), unit=st.sampled_from(LimitUnit))


@given(
    limit=LIMITS, moments=st.lists(MOMENTS, min_size=3, max_size=7, unique=True), part=st.sampled_from([0.8, 1.0, 2.0])
)
def test_a_clock_has_spent_a_part_when_it_reaches_it(limit, moments, part):
    """Whatever it stood in between; within a second, as the sum of parts is not exact."""
    start, *stops = sorted(moments)
    clock = clocks.started(limit, start)
    for stop, go in zip(stops[::2], stops[1::2], strict=False):
        clock = clocks.resumed(clocks.stopped(clock, stop), go)
    passed = clocks.fraction(clock, clock.stretches[-1].start, CALENDAR)
    reached = clocks.reaches(clock, part, CALENDAR)
    assert reached is not None
    if passed <= part:
        assert clocks.fraction(clock, reached, CALENDAR) == pytest.approx(part, abs=1e-6)
    else:
        assert reached == clock.stretches[-1].start
