"""Verdicts at the end of a window, and scores: bounded, monotone, and the same in whatever order sums are made."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ucs_capability_road_sweeping.scores import Tally, Weights, checked_weights, score_of, tally_of, total
from ucs_capability_road_sweeping.segments import RoadLevel, Segment
from ucs_capability_road_sweeping.spans import Layers
from ucs_capability_road_sweeping.sweeping import Fault
from ucs_capability_road_sweeping.verdicts import Verdict, judged, none_swept
from ucs_sdk import Invalid

# A machine that has other work makes nothing wrong.
UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def segment(length=100.0, level=RoadLevel.FIRST):
    line = ((120.0, 36.0), (120.001, 36.0))
    return Segment(code="S", name="S", level=level, region="370202", line=line, length=length)


def judge(*stretches, length=100.0, share=0.9, heard=True, passes=1, level=RoadLevel.FIRST):
    layers = Layers(passes)
    for each in stretches:
        layers.add(*each)
    return judged(segment(length, level), layers, share=share, heard=heard)


@pytest.mark.parametrize(
    ("end", "verdict"), [(90.0, Verdict.SWEPT), (89.99, Verdict.PARTLY), (100.0, Verdict.SWEPT)], ids=str
)
def test_exactly_the_share_that_is_asked_for_is_enough(end, verdict):
    assert judge((0.0, end)).verdict is verdict


def test_what_was_not_swept_is_missed_or_was_never_heard_of():
    assert judge().verdict is Verdict.MISSED
    assert judge(heard=False).verdict is Verdict.NO_TRACK
    assert judge(share=0.0).verdict is Verdict.MISSED


def test_the_longest_stretch_that_is_left_is_named():
    assert judge((10.0, 40.0), (50.0, 70.0)).missing == (70.0, 100.0)
    assert judge((0.0, 100.0)).missing is None


def test_every_pass_that_is_asked_for_counts():
    once = judge((0.0, 100.0), passes=2)
    assert (once.verdict, once.planned, once.swept) == (Verdict.PARTLY, 200.0, 100.0)
    assert judge((0.0, 100.0), (0.0, 100.0), passes=2).verdict is Verdict.SWEPT


def test_a_plan_of_which_nothing_was_swept_is_one_matter():
    assert none_swept([judge(), judge(heard=False)])
    assert not none_swept([judge(), judge((0.0, 1.0))])


def test_a_score_is_the_weighted_mean_that_it_says_it_is():
    results = [judge((0.0, 100.0)), judge((0.0, 50.0))]
    tally = tally_of(results, seconds=100.0, faults={Fault.OVERSPEED: 20.0, Fault.OFF_AREA: 10.0})
    score = score_of(tally, Weights())
    assert (score.coverage, score.met, score.faultless, score.qualified_km) == (0.75, 0.5, 0.8, 0.1)
    assert score.score == round(60 * 0.75 + 30 * 0.5 + 10 * 0.8, 2)


def test_a_metre_counts_as_its_level_says():
    results = [judge((0.0, 100.0)), judge(level=RoadLevel.THIRD)]
    levels = {RoadLevel.FIRST: 3.0, RoadLevel.THIRD: 1.0}
    assert score_of(tally_of(results), Weights(levels=levels)).coverage == 0.75


def test_where_nothing_was_planned_there_is_no_score():
    assert score_of(Tally(), Weights()) is None
    assert score_of(tally_of([judge((0.0, 100.0))]), Weights(levels={RoadLevel.SECOND: 1.0})) is None


def test_weights_that_come_to_nothing_are_refused():
    for wrong in (Weights(coverage=0, met=0, faultless=0), Weights(levels={RoadLevel.FIRST: 0.0})):
        with pytest.raises(Invalid, match="more than 0"):
            checked_weights(wrong)


WINDOWS = st.lists(
    st.builds(
        lambda ends, passes, seconds, over: tally_of(
            [judge((0.0, end), passes=passes) for end in ends],
            seconds=seconds,
            faults={Fault.OVERSPEED: over * seconds},
        ),
        st.lists(st.integers(0, 100).map(float), min_size=1, max_size=5),
        st.integers(1, 3),
        st.integers(0, 9_000).map(float),
        st.sampled_from((0.0, 0.25, 1.0)),
    ),
    min_size=1,
    max_size=8,
)


@UNHURRIED
@given(windows=WINDOWS, cut=st.integers(0, 8), again=st.randoms())
def test_sums_come_out_alike_in_any_order_and_any_parts(windows, cut, again):
    whole = total(windows)
    shuffled = list(windows)
    again.shuffle(shuffled)
    parts = total([total(shuffled[:cut]), total(shuffled[cut:])])
    assert parts == whole
    assert 0 <= score_of(whole, Weights()).score <= 100


@UNHURRIED
@given(ends=st.lists(st.integers(0, 100), min_size=1, max_size=6), which=st.integers(0, 5), more=st.integers(0, 100))
def test_who_sweeps_more_never_scores_less(ends, which, more):
    better = [max(end, more) if index == which else end for index, end in enumerate(ends)]
    scores = [
        score_of(tally_of([judge((0.0, float(end))) for end in each]), Weights()).score for each in (ends, better)
    ]
    assert scores[0] <= scores[1]


def test_a_score_that_takes_the_mean_of_means_is_found():
    """The twin: districts' days are not worth the same, their metres are."""
    long, short = tally_of([judge((0.0, 900.0), length=1_000.0)]), tally_of([judge(length=10.0)])
    mean = (score_of(long, Weights()).coverage + score_of(short, Weights()).coverage) / 2
    assert score_of(total([long, short]), Weights()).coverage != mean
    assert score_of(total([long, short]), Weights()).coverage == pytest.approx(900 / 1_010, abs=1e-6)
