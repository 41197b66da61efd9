"""Scores and deductions on a stage, as of a date, whatever was withdrawn or published since."""

import hashlib
from datetime import timedelta

import pytest

from ucs_sdk import Exhausted, Invalid, NotFound

INSPECTOR, UNIT = "civic-office", "market-unit"

PLACE = {"longitude": 120.306, "latitude": 36.054, "crs": "wgs84"}
POINT = {"code": "M1", "name": "团岛农贸市场", "point_type": "market", "region": "370202013", **PLACE}
REPORT = "city.case_center.report.v1"


def test_a_score_of_the_past_goes_by_the_version_of_that_day(stage, made):
    stage.visit(clean=1, stalls=0)
    at = stage.hours(0)
    assert stage.score() == pytest.approx(100 * 50 / 60, abs=0.01)
    stage.hours(1)
    stated = made.stated()
    items = stated["projects"][0]["contents"][0]["items"]
    items[0]["points"], items[1]["points"] = 20, 40
    stage.publish(stated)
    assert stage.score() == pytest.approx(100 * 55 / 60, abs=0.01)
    assert stage.score(as_of=at) == pytest.approx(100 * 50 / 60, abs=0.01)
    assert stage.ask("scores", {"edition": "qd-2026", "as_of": at})["version"] == 1


def test_what_was_found_stays_with_the_unit_that_was_responsible_then(stage):
    stage.visit(clean=1)
    stage.ask("register", POINT | {"unit": "another-unit"})
    standings = stage.ask("scores", {"edition": "qd-2026", "by": "unit"})["standings"]
    assert [each["group"] for each in standings] == [UNIT]


def test_nothing_is_told_of_a_date_to_come_or_before_the_edition_was(stage):
    now = stage.context.clock.now()
    with pytest.raises(Invalid):
        stage.score(as_of=(now + timedelta(seconds=1)).isoformat())
    with pytest.raises(NotFound):
        stage.score(as_of=(now - timedelta(seconds=1)).isoformat())
    assert stage.score() is None


def test_a_score_says_whether_it_can_still_change(stage):
    stage.visit(clean=0)
    at = stage.hours(0)
    settled = []
    for wait in (59, 1):
        stage.context.clock.advance(wait)
        settled.append(stage.ask("scores", {"edition": "qd-2026", "as_of": at})["settled"])
    assert settled == [False, True]


def test_deductions_are_told_as_they_counted_at_a_date(stage):
    stage.visit("v1", clean=2)
    stage.visit("v2", point="M2", stalls=1)
    stage.visit("v3", point="M2", clean=0)
    found = stage.ask("deductions", {"edition": "qd-2026", "unit": UNIT})
    assert [(each["target"], each["item"], each["points"]) for each in found["deductions"]] in (
        [("M1", "clean", 20.0), ("M2", "stalls", 5.0)],
        [("M2", "stalls", 5.0), ("M1", "clean", 20.0)],
    )
    assert stage.ask("deductions", {"edition": "qd-2026", "unit": "other"})["deductions"] == []
    assert stage.ask("deductions", {"edition": "qd-2026", "limit": 1})["more"] is True


def test_evidence_that_is_withdrawn_counts_as_of_its_date_and_voids_what_rests_on_it(stage):
    found = stage.visit("bad", clean=4)
    stage.visit("good", point="M2", clean=0, files=())
    stage.settle()
    told = stage.ask("scores", {"edition": "qd-2026", "by": "point"})
    at = told["as_of"]
    assert [(each["rank"], each["group"], each["score"]) for each in told["standings"]] == [
        (1, "M2", 100),
        (2, "M1", 0),
    ]
    stage.hours(1)
    digest = hashlib.sha256(b"\xff\xd8\xffa").hexdigest()
    asked = {"assessment": found["assessment"], "digests": [digest], "reason": "照片不是该点位"}
    assert stage.ask("withdraw", asked)["lost"] == ["clean"]
    stage.settle()
    assert stage.records("rectifications")[f"{found['assessment']}.clean"]["state"] == "voided"
    assert stage.score() == 100.0
    again = stage.ask("scores", {"edition": "qd-2026", "by": "point", "as_of": at})
    assert again == told | {"settled": True}
    assert stage.ask("withdraw", asked)["lost"] == []
    shown = stage.ask("assessment", {"assessment": found["assessment"]})
    assert shown["results"][0]["evidence"][0]["reason"] == "照片不是该点位"
    with pytest.raises(NotFound):
        stage.ask("withdraw", asked | {"digests": ["0" * 64]})


def test_what_is_withdrawn_before_it_is_handled_needs_no_rectification(stage):
    found = stage.visit(clean=1)
    stage.ask("withdraw", {"assessment": found["assessment"], "reason": "提交有误"})
    stage.settle()
    assert stage.records("rectifications") == {}
    assert stage.told(REPORT) == []


def test_more_assessments_than_one_score_adds_up_are_refused(made):
    from ucs_capability_civic_creation.scoring import Tally
    from ucs_capability_civic_creation.standing import added_up
    from ucs_sdk.settling import settled

    async def pages():
        for start in range(0, 6, 2):
            yield [made.visit(f"v{start + number}", clean=0) for number in range(2)]

    tally = Tally(made.tree(), at=made.day(1))
    settled(added_up(tally, pages(), most=6))
    assert tally.assessments == 6
    with pytest.raises(Exhausted, match="shorter period"):
        settled(added_up(tally, pages(), most=5))
