"""Scores of units, and the figures for boards."""

import pytest


def handled(center, source_id, latitude, *, hours=0.0, rework=False, close=True):
    center.reported(source_id=source_id, latitude=latitude)
    case = max(center.cases(), key=lambda number: center.cases()[number]["told"]["latitude"])
    center.act(case, "begin", as_=center.crew)
    center.city.advance(hours=hours)
    center.act(case, "dispose", as_=center.crew, note="已排水")
    if rework:
        center.act(case, "rework", note="再排")
        center.act(case, "dispose", as_=center.crew, note="已排水")
    if close:
        center.act(case, "check")
        center.act(case, "close")


def test_a_unit_is_scored_by_its_cases(center):
    handled(center, "a", 36.1)
    handled(center, "b", 36.2, rework=True)
    handled(center, "c", 36.3, hours=12, close=False)
    center.reported(source_id="d", latitude=36.4)
    (told,) = center.call("scores", {"unit": center.unit})["scores"]
    assert told["counters"] == {
        "dispatched": 4,
        "disposed": 3,
        "on_time": 2,
        "late_open": 0,
        "closed": 2,
        "reworked": 1,
        "right_at_first": 3,
        "judged": 3,
    }
    # 30 × 2/4 + 30 × 2/3 + 30 × (1 − 1/3) + 10 × 4/100.
    assert told["score"] == pytest.approx(15 + 20 + 20 + 0.4)
    assert center.call("scores")["scores"] == [told]
    assert center.call("scores", {"since": "2027-01-01T00:00:00Z"})["scores"] == []


def test_who_may_not_see_a_case_learns_nothing_of_it_from_scores(center):
    handled(center, "a", 36.1)
    assert center.call("scores", as_="app")["scores"] == []
    (told,) = center.call("scores", {"unit": center.unit}, as_="app")["scores"]
    assert (told["counters"]["dispatched"], told["score"]) == (0, None)
