"""The forecast: its formula at its bounds, and its error on storms that it was not chosen on."""

from math import exp, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_waterlogging.forecast import Method, Trend, ahead, trend_of
from ucs_capability_waterlogging.generated import Storm, depths

METHOD = Method()
HELD_OUT = range(1000, 1040)
"""Seeds beside those (0 to 39) on which window and fading were chosen."""


def test_nothing_measured_has_no_trend():
    assert trend_of([], METHOD) is None


@pytest.mark.parametrize("series", [[(0.0, 5.0)], [(0.0, 1.0), (60.0, 9.0)], [(0.0, 1.0), (0.0, 2.0), (0.0, 3.0)]])
def test_too_little_makes_no_trend(series):
    assert trend_of(series, METHOD) == Trend(depth=series[-1][1], slope=0.0)


@given(st.floats(0, 100), st.floats(-3, 3))
def test_a_straight_rise_is_found_exactly(start, slope):
    series = [(minute * 60.0, start + slope * minute) for minute in range(6)]
    found = trend_of(series, METHOD)
    assert found.slope == pytest.approx(slope, abs=1e-9)
    assert found.depth == pytest.approx(max(0.0, start + 5 * slope), abs=1e-9)


def test_samples_before_the_window_do_not_count():
    series = [(0.0, 500.0), *((600.0 + minute * 60.0, float(minute)) for minute in range(6))]
    assert trend_of(series, METHOD).slope == pytest.approx(1.0)


def test_the_trend_fades_with_its_time_constant():
    trend = Trend(depth=10.0, slope=1.0)
    assert ahead(trend, 0.0, METHOD) == 10.0
    assert ahead(trend, METHOD.fading, METHOD) == pytest.approx(10.0 + METHOD.fading * (1 - exp(-1)))
    assert ahead(trend, inf, METHOD) == pytest.approx(10.0 + METHOD.fading)


def test_no_forecast_is_below_the_road():
    assert ahead(Trend(depth=1.0, slope=-5.0), 30.0, METHOD) == 0.0


def mean_error(forecast, minutes):
    """The mean absolute error in centimetres, every third minute of the held-out storms at which water stands."""
    errors = []
    for seed in HELD_OUT:
        series = depths(seed, Storm(minutes=150))
        for now in range(10, len(series) - minutes, 3):
            if series[now][1] >= 1.0:
                errors.append(abs(forecast(series[: now + 1], minutes) - series[now + minutes][1]))
    return sum(errors) / len(errors)


def damped(series, minutes):
    return ahead(trend_of(series[-12:], METHOD), minutes, METHOD)


def nothing_changes(series, minutes):
    return series[-1][1]


def undamped(series, minutes):
    return ahead(trend_of(series[-12:], METHOD), minutes, Method(fading=1e9))


def wins(forecast):
    """Whether it errs less than the forecast that nothing changes by the margins that the README states."""
    margins = {10: 0.5, 20: 0.7, 30: 0.85}
    return all(
        mean_error(forecast, minutes) < margin * mean_error(nothing_changes, minutes)
        for minutes, margin in margins.items()
    )


def test_it_errs_less_than_the_forecast_that_nothing_changes():
    assert wins(damped)
    assert not wins(nothing_changes)
    assert mean_error(damped, 30) < mean_error(undamped, 30)
