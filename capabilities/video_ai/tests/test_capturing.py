"""When plans want pictures."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ucs_capability_video_ai.capturing import CapturePlan, CaptureWindow, is_open, next_due
from ucs_sdk.calendar import CHINA_STANDARD_TIME

WEDNESDAY = datetime(2026, 7, 1, 0, 0, tzinfo=CHINA_STANDARD_TIME)


def plan(*windows, seconds=60, weekdays=()):
    stated = [CaptureWindow(begins=time.fromisoformat(a), ends=time.fromisoformat(b)) for a, b in windows]
    return CapturePlan(name="p", algorithms=("litter",), seconds=seconds, windows=tuple(stated), weekdays=weekdays)


def at(text, day=0):
    return datetime.combine(WEDNESDAY.date() + timedelta(days=day), time.fromisoformat(text), CHINA_STANDARD_TIME)


@pytest.mark.parametrize(
    ("moment", "wanted"), [("06:59:59", False), ("07:00", True), ("08:59:59", True), ("09:00", False)]
)
def test_a_window_begins_with_its_first_moment_and_ends_before_its_last(moment, wanted):
    assert is_open(plan(("07:00", "09:00")), at(moment)) is wanted


@pytest.mark.parametrize(("moment", "wanted"), [("21:59", False), ("23:00", True), ("03:00", True), ("05:00", False)])
def test_a_window_may_go_over_midnight(moment, wanted):
    assert is_open(plan(("22:00", "05:00")), at(moment)) is wanted


def test_the_night_belongs_to_the_day_on_which_it_began():
    night = plan(("22:00", "05:00"), weekdays=(2,))
    assert is_open(night, at("03:00", day=1))
    assert not is_open(night, at("03:00"))


def test_a_plan_without_windows_wants_pictures_always():
    assert is_open(plan(), at("03:00"))
    assert is_open(plan(weekdays=(2,)), at("23:59"))
    assert not is_open(plan(weekdays=(3,)), at("23:59"))


def test_the_next_picture_is_due_after_the_interval_or_with_the_next_window():
    asked = plan(("07:00", "09:00"), seconds=600)
    assert next_due(asked, at("08:00"), at("08:01")) == at("08:10")
    assert next_due(asked, at("08:55"), at("08:56")) == at("07:00", day=1)
    assert next_due(asked, None, at("06:00")) == at("07:00")


def test_what_was_missed_is_not_made_up_for():
    assert next_due(plan(seconds=60), at("06:00"), at("08:00")) == at("08:00")


@pytest.mark.parametrize(
    "wrong",
    [
        {"algorithms": ()},
        {"algorithms": ("a", "a")},
        {"seconds": 0},
        {"seconds": 86_401},
        {"weekdays": (7,)},
        {"weekdays": (1, 1)},
        {"risk": 0},
        {"windows": [{"begins": "07:00+08:00", "ends": "09:00"}]},
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(wrong):
    with pytest.raises(ValidationError):
        CapturePlan.model_validate({"name": "p", "algorithms": ("litter",), "seconds": 60} | wrong)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
windows = st.lists(st.tuples(st.times(), st.times()), max_size=4)


@given(moments, st.one_of(st.none(), moments), windows, st.sets(st.integers(0, 6)), st.integers(1, 86_400))
def test_what_is_due_is_in_a_window_and_neither_past_nor_too_soon(now, last, stretches, days, seconds):
    stated = tuple(CaptureWindow(begins=a, ends=b) for a, b in stretches)
    asked = CapturePlan(name="p", algorithms=("x",), seconds=seconds, windows=stated, weekdays=tuple(days))
    due = next_due(asked, last, now)
    assert due is not None
    assert due >= now
    assert last is None or due >= last + timedelta(seconds=seconds)
    assert is_open(asked, due)
