"""Working time in China: days, hours, deadlines, and the years that nobody has arranged yet."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_sdk.calendar import (
    CHINA_STANDARD_TIME,
    OFFICE_HOURS,
    DayKind,
    WorkCalendar,
    national_holidays,
    office_calendar,
)
from ucs_sdk.errors import Invalid, OutOfRange

OFFICE = office_calendar()
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 9, 30)).map(
    lambda each: each.replace(tzinfo=CHINA_STANDARD_TIME)
)
AMOUNTS = st.integers(0, 100 * 60).map(lambda minutes: timedelta(minutes=minutes))
DAY_HOURS = timedelta(hours=7)


def at(month, day, hour=0, minute=0, year=2026):
    return datetime(year, month, day, hour, minute, tzinfo=CHINA_STANDARD_TIME)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 2, 14), DayKind.MAKE_UP),
        (date(2026, 2, 15), DayKind.HOLIDAY),
        (date(2026, 2, 23), DayKind.HOLIDAY),
        (date(2026, 2, 24), DayKind.WORKDAY),
        (date(2026, 3, 1), DayKind.WEEKEND),
        (date(2025, 10, 8), DayKind.HOLIDAY),
        (date(2024, 9, 14), DayKind.MAKE_UP),
    ],
)
def test_days_are_as_the_state_council_arranged_them(day, kind):
    assert OFFICE.kind_of(day) is kind


@pytest.mark.parametrize(("year", "off", "worked"), [(2024, 28, 8), (2025, 28, 5), (2026, 33, 6)])
def test_the_tables_are_whole(year, off, worked):
    table = national_holidays()[year]
    assert (len(table.off), len(table.worked)) == (off, worked)
    assert table.notice.startswith("国办发明电")
    assert {day.year for day in [*table.off, *table.worked]} == {year}
    assert all(day.weekday() >= 5 for day in table.worked)
    assert not table.worked & table.off.keys()


@pytest.mark.parametrize("day", [date(2023, 12, 31), date(2026, 12, 29), date(2027, 3, 1)])
def test_a_day_that_no_notice_speaks_of_is_refused_and_not_guessed(day):
    with pytest.raises(OutOfRange, match="not known") as caught:
        OFFICE.is_worked(day)
    assert caught.value.fields["known"] == [2024, 2025, 2026]


def test_the_end_of_december_waits_for_the_next_years_notice():
    assert OFFICE.kind_of(date(2025, 12, 31)) is DayKind.WORKDAY
    assert OFFICE.kind_of(date(2026, 12, 28)) is DayKind.WORKDAY


def test_a_deadline_beyond_what_is_known_is_refused():
    with pytest.raises(OutOfRange):
        OFFICE.after(at(12, 25, 16), timedelta(hours=40))


def test_a_year_can_be_added():
    years = {**national_holidays(), 2027: national_holidays()[2026]}
    assert WorkCalendar(hours=OFFICE_HOURS, years=years).is_worked(date(2026, 12, 31))


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (at(9, 24, 16, 30), 3, at(9, 28, 11)),
        (at(9, 24, 9), 3, at(9, 24, 12)),
        (at(9, 24, 12, 30), 1, at(9, 24, 14, 30)),
        (at(9, 26, 3), 7, at(9, 28, 17, 30)),
        (at(9, 24, 8), 0, at(9, 24, 8)),
    ],
)
def test_a_deadline_counts_working_hours_only(start, hours, due):
    assert OFFICE.after(start, timedelta(hours=hours)) == due


def test_a_moment_of_another_zone_is_the_same_moment():
    start = datetime(2026, 9, 24, 8, 30, tzinfo=UTC)
    assert OFFICE.after(start, timedelta(hours=3)) == at(9, 28, 11)
    assert OFFICE.after(start, timedelta(hours=3)).utcoffset() == timedelta(hours=8)


def disagreements(calendar, start, amount):
    due = calendar.after(start, amount)
    return [due] if calendar.between(start, due) != amount or calendar.between(due, start) != -amount else []


@given(MOMENTS, AMOUNTS)
def test_the_time_until_a_deadline_is_the_time_that_was_given(start, amount):
    assert disagreements(OFFICE, start, amount) == []


def test_a_calendar_that_counts_holidays_as_worked_is_caught():
    class Careless(WorkCalendar):
        def between(self, start, end):
            return DAY_HOURS * abs((end.date() - start.date()).days)

    assert disagreements(Careless(hours=OFFICE_HOURS, years=national_holidays()), at(9, 24, 9), DAY_HOURS * 2)


@given(MOMENTS, AMOUNTS, AMOUNTS)
def test_later_is_never_earlier(start, some, more):
    assert OFFICE.after(start, some) <= OFFICE.after(start, some + more)
    assert OFFICE.after(OFFICE.after(start, some), more) == OFFICE.after(start, some + more) or not some or not more


@given(st.dates(date(2024, 6, 1), date(2026, 3, 1)), st.integers(1, 60))
def test_working_days_there_and_counted(day, count):
    due = OFFICE.days_after(day, count)
    assert OFFICE.is_worked(due)
    assert OFFICE.days_between(day + timedelta(days=1), due) == count
    assert OFFICE.days_between(due, day) in (0, 1)
    assert OFFICE.days_after(due, -count) <= day


def test_hours_begin_and_end():
    assert not OFFICE.is_open(at(9, 24, 8, 59))
    assert OFFICE.is_open(at(9, 24, 9))
    assert not OFFICE.is_open(at(9, 24, 12))
    assert not OFFICE.is_open(at(9, 25, 10))
    assert sum((end - start for start, end in OFFICE.hours_of(date(2026, 9, 24))), timedelta()) == DAY_HOURS


@pytest.mark.parametrize(
    "hours",
    [(), ((time(12), time(9)),), ((time(9), time(9)),), ((time(9), time(12)), (time(11), time(17)))],
)
def test_hours_that_are_none_are_refused(hours):
    with pytest.raises(Invalid):
        WorkCalendar(hours=hours, years=national_holidays())


@pytest.mark.parametrize(
    "work",
    [
        lambda: OFFICE.after(datetime(2026, 1, 1), timedelta()),
        lambda: OFFICE.after(at(1, 5), timedelta(seconds=-1)),
        lambda: OFFICE.between(datetime(2026, 1, 1), at(1, 5)),
    ],
)
def test_a_moment_without_a_zone_or_a_negative_amount_is_refused(work):
    with pytest.raises(Invalid):
        work()
