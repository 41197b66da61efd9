"""Hours, plans and their windows: bounds included, past midnight, and not one window twice."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ucs_capability_road_sweeping.hours import Hours, hours_of
from ucs_capability_road_sweeping.plans import Plan, check_duty, checked, next_window, window_on
from ucs_capability_road_sweeping.segments import RoadLevel
from ucs_sdk import Invalid
from ucs_sdk.calendar import CHINA_STANDARD_TIME

# A machine that has other work makes nothing wrong.
UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

WEEK = (1, 2, 3, 4, 5, 6, 7)
MONDAY = date(2026, 7, 6)


def plan(start="04:00", end="07:00", weekdays=WEEK, **more):
    stated = {"code": "P1", "name": "早班", "vehicles": ("V1",), "segments": ("S1",), "first_day": MONDAY, **more}
    return Plan(start=time.fromisoformat(start), end=time.fromisoformat(end), weekdays=weekdays, **stated)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHINA_STANDARD_TIME)


def test_the_beginning_of_hours_belongs_to_them_and_their_end_does_not():
    hours = hours_of("05:00-08:30, 13:00-24:00")
    told = [hours.has(at(f"2026-07-06T{each}")) for each in ("04:59:59", "05:00", "08:29", "08:30", "23:59")]
    assert told == [False, True, True, False, True]
    assert hours.has(datetime(2026, 7, 5, 21, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    "text", ["5:00-6:00", "06:00-05:00", "05:00-05:00", "05:00-07:00,06:00-08:00", "24:00-24:30", "05:00", "x" * 9_000]
)
def test_what_are_no_hours_is_refused(text):
    with pytest.raises(Invalid, match="no hours"):
        hours_of(text)


def test_hours_cover_a_window_past_midnight_only_on_both_sides_of_it():
    assert hours_of("22:00-24:00").cover(time(22), time(6)) is False
    assert hours_of("00:00-06:00,22:00-24:00").cover(time(22), time(6)) is True
    assert hours_of("00:00-24:00").cover(time(22), time(6)) is True
    assert hours_of("05:00-07:00,07:00-09:00").cover(time(6), time(8)) is True
    assert Hours().cover(time(6), time(8)) is False
    assert hours_of("06:00-08:00").cover(time(6), time(8, 0, 1)) is False


def test_a_window_that_ends_before_it_begins_ends_on_the_next_day():
    window = window_on(plan("22:00", "02:00"), MONDAY)
    assert (window.start, window.end) == (at("2026-07-06T22:00"), at("2026-07-07T02:00"))


def test_a_plan_has_windows_from_its_first_day_to_its_last_on_its_days_of_the_week():
    held = plan(weekdays=(1, 3), last_day=MONDAY + timedelta(days=9))
    days = [day for day in range(-7, 21) if window_on(held, MONDAY + timedelta(days=day))]
    assert days == [0, 2, 7, 9]


def test_the_next_window_is_one_that_goes_on_or_the_first_to_come():
    held = plan("22:00", "02:00", weekdays=(1,))
    assert next_window(held, at("2026-07-07T01:59:59")).day == MONDAY
    assert next_window(held, at("2026-07-07T02:00")).day == MONDAY + timedelta(days=7)
    assert next_window(plan(last_day=MONDAY), at("2026-07-06T07:00")) is None
    assert next_window(plan(), at("2026-01-01T00:00")).day == MONDAY


@UNHURRIED
@given(
    start=st.times(),
    end=st.times(),
    weekdays=st.sets(st.integers(1, 7), min_size=1),
    minutes=st.integers(0, 40 * 24 * 60),
)
def test_walking_from_window_to_window_meets_each_once(start, end, weekdays, minutes):
    held = plan(start.strftime("%H:%M"), end.strftime("%H:%M"), weekdays=tuple(weekdays))
    if held.start != held.end:
        assert meets_each_once(next_window, held, at("2026-07-06T00:00") + timedelta(minutes=minutes))


def meets_each_once(following, held, begun):
    """Whether walking on from a moment meets the very windows that looking at every day finds."""
    walked, here = [], begun
    for _ in range(10):
        window = following(held, here)
        walked.append(window.day)
        here = window.end
    days = [begun.date() + timedelta(days=offset) for offset in range(-1, 80)]
    windows = [window for window in (window_on(held, day) for day in days) if window and window.end > begun]
    return walked == [window.day for window in windows[:10]]


def test_walking_that_forgets_what_began_yesterday_is_found():
    """The twin."""

    def forgetful(held, after):
        days = [after.date() + timedelta(days=offset) for offset in range(9)]
        return next(window for window in (window_on(held, day) for day in days) if window and window.end > after)

    night = plan("22:00", "02:00")
    assert meets_each_once(next_window, night, at("2026-07-08T01:00"))
    assert not meets_each_once(forgetful, night, at("2026-07-08T01:00"))


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("end", {"end": "04:00"}),
        ("weekdays", {"weekdays": (1, 1)}),
        ("weekdays", {"weekdays": (0,)}),
        ("vehicles", {"vehicles": ("V1", "V1")}),
        ("segments", {"segments": ("S1", "S1")}),
        ("start", {"start": "04:00Z"}),
        ("start", {"end": "07:00+08:00"}),
        ("first_day", {"first_day": date(9999, 12, 31)}),
        ("passes", {"segments": tuple(map(str, range(67))), "passes": 6}),
        ("last_day", {"last_day": MONDAY - timedelta(days=1)}),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(path, wrong):
    with pytest.raises(Invalid, match=path):
        checked(plan(**wrong))


def test_a_window_off_duty_is_refused():
    check_duty(plan(), RoadLevel.FIRST, hours_of("04:00-07:00"))
    with pytest.raises(Invalid, match="on duty"):
        check_duty(plan(), RoadLevel.FIRST, hours_of("04:00-06:59"))
