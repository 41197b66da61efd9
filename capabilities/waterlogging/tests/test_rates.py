"""One device cannot take the place of the others."""

from datetime import UTC, datetime, timedelta

from ucs_capability_waterlogging.rates import Allowances

NOW = datetime(2022, 9, 15, tzinfo=UTC)


def taken(allowances, device, count, at=NOW):
    return sum(allowances.take(device, at, readings=30, seconds=60) for _ in range(count))


def test_a_storm_of_one_device_is_cut_to_its_allowance_and_others_are_not():
    allowances = Allowances()
    assert taken(allowances, "storm", 10_000) == 30
    assert taken(allowances, "quiet", 5) == 5


def test_an_allowance_fills_up_with_time_and_no_further_than_it_was():
    allowances = Allowances()
    taken(allowances, "L1", 30)
    assert taken(allowances, "L1", 10, NOW + timedelta(seconds=2)) == 1
    assert taken(allowances, "L1", 100, NOW + timedelta(days=1)) == 30


def test_a_clock_that_goes_back_gives_nothing():
    allowances = Allowances()
    taken(allowances, "L1", 30)
    assert taken(allowances, "L1", 5, NOW - timedelta(hours=1)) == 0
    assert taken(allowances, "L1", 5, NOW) == 0


def test_devices_without_number_do_not_fill_the_memory():
    allowances = Allowances(devices_most=100)
    for number in range(1_000):
        allowances.take(f"made-up-{number}", NOW, readings=30, seconds=60)
    assert len(allowances) == 100
