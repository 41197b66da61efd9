"""How often an algorithm was right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_video_ai.precision import Tally, Verdict

verdicts = st.sampled_from([None, Verdict.RIGHT, Verdict.WRONG])


def test_the_interval_is_wilsons():
    # Worked by hand for 8 of 10: centre (0.8 + z²/20) / (1 + z²/10), as in Wilson (1927), equation 5.
    least, most = Tally(right=8, wrong=2).interval()
    assert (round(least, 4), round(most, 4)) == (0.4902, 0.9433)


def test_nothing_is_known_of_what_nobody_judged():
    assert Tally().precision is None
    assert Tally().interval() == (0.0, 1.0)
    assert not Tally().is_bad(0.5, 0)


@pytest.mark.parametrize(("right", "wrong", "bad"), [(0, 9, False), (0, 10, True), (4, 6, False), (1, 12, True)])
def test_an_algorithm_is_quiet_only_when_it_is_surely_too_often_wrong(right, wrong, bad):
    assert Tally(right=right, wrong=wrong).is_bad(0.5, 10) is bad


@given(st.lists(st.lists(verdicts, max_size=4), max_size=20))
def test_each_incident_counts_as_its_last_verdict_however_often_it_changed(stories):
    tally = Tally()
    for story in stories:
        before = None
        for verdict in story:
            tally, before = tally.after(before, verdict), verdict
    last = [story[-1] for story in stories if story]
    assert (tally.right, tally.wrong) == (last.count(Verdict.RIGHT), last.count(Verdict.WRONG))


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_share_lies_in_its_interval(right, wrong):
    tally = Tally(right=right, wrong=wrong)
    least, most = tally.interval()
    assert 0.0 <= least <= most <= 1.0
    assert tally.precision is None or least <= tally.precision + 1e-12
    assert tally.precision is None or tally.precision <= most + 1e-12
