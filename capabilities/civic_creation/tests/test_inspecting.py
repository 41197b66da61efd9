"""Files, visits, questionnaires and reviews on a stage: what they earn, and what is refused."""

import base64
import hashlib

import pytest
from pydantic import ValidationError

from ucs_sdk import AlreadyExists, Denied, Invalid, NotFound

INSPECTOR, UNIT = "civic-office", "market-unit"
PLACE = {"longitude": 120.306, "latitude": 36.054, "crs": "wgs84"}
POINT = {"code": "M1", "name": "团岛农贸市场", "point_type": "market", "region": "370202013", "unit": UNIT, **PLACE}


def test_a_file_is_what_it_says_it_is(stage):
    digest = stage.file("x")
    assert digest == hashlib.sha256(b"\xff\xd8\xffx").hexdigest()
    for content, media_type in (("AAAA", "image/jpeg"), ("####", "image/jpeg"), ("/9j/", "image/png")):
        with pytest.raises(Invalid):
            stage.ask("attach", {"content": content, "media_type": media_type})
    with pytest.raises(ValidationError):
        stage.ask("attach", {"content": "A" * 1_000_001, "media_type": "image/png"})


def test_a_file_is_given_to_those_who_see_what_it_shows(stage):
    found = stage.visit(clean=1)
    digest = hashlib.sha256(b"\xff\xd8\xffa").hexdigest()
    asked = {"assessment": found["assessment"], "digest": digest}
    assert base64.b64decode(stage.ask("file", asked)["content"]) == b"\xff\xd8\xffa"
    with pytest.raises(NotFound):
        stage.ask("file", asked | {"digest": "0" * 64})
    with pytest.raises(NotFound):
        stage.ask("file", asked | {"assessment": "0" * 24})


def test_the_same_visit_again_changes_nothing_and_another_under_its_reference_is_refused(stage):
    first = stage.visit(clean=1)
    before = dict(stage.context.state.records), len(stage.emitted)
    assert stage.visit(clean=1) == first
    assert (stage.context.state.records, len(stage.emitted)) == before
    with pytest.raises(AlreadyExists):
        stage.visit(clean=2)


@pytest.mark.parametrize(
    ("results", "problem"),
    [
        ([{"item": "clean", "problems": 1}], "evidence"),
        ([{"item": "nothing", "problems": 0}], "does not have it"),
        ([{"item": "happy", "problems": 0}], "does not have it"),
        ([{"item": "clean", "problems": 0}, {"item": "clean", "problems": 0}], "twice"),
    ],
)
def test_results_that_make_no_sense_are_refused(stage, results, problem):
    with pytest.raises(Invalid, match=problem):
        stage.ask("visit", {"reference": "r", "edition": "qd-2026", "point": "M1", "results": results})


def test_evidence_is_handed_in_by_whoever_names_it(stage):
    digest = stage.be(UNIT, "wang").file("mine")
    stage.be(INSPECTOR, "li")
    results = [{"item": "clean", "problems": 1, "evidence": [digest]}]
    with pytest.raises(NotFound, match="handed in"):
        stage.ask("visit", {"reference": "r", "edition": "qd-2026", "point": "M1", "results": results})


def test_only_assessors_assess_and_nobody_their_own_matter(stage):
    with pytest.raises(Denied, match="does not assess"):
        stage.be("somebody", "x").visit(clean=0)
    stage.be(INSPECTOR, "li").ask("register", POINT | {"code": "M3", "unit": INSPECTOR})
    with pytest.raises(Denied, match="own responsibility"):
        stage.visit(point="M3", clean=0)


def test_an_inspector_has_to_stand_near_the_point_they_speak_of(stage):
    asked = {"reference": "r", "edition": "qd-2026", "point": "M1", "results": [{"item": "clean", "problems": 0}]}
    with pytest.raises(Invalid, match="m from M1"):
        stage.ask("visit", asked | PLACE | {"latitude": 36.06})
    with pytest.raises(ValidationError):
        stage.ask("visit", asked | {"longitude": 120.306})
    stage.ask("visit", asked | PLACE | {"latitude": 36.0551})


def test_a_questionnaire_earns_the_share_of_those_who_are_content(stage):
    asked = {"reference": "q", "edition": "qd-2026", "region": "370202"}
    stage.ask("survey", asked | {"results": [{"item": "happy", "answers": 200, "positive": 150}]})
    assert stage.score() == 75.0
    for answers, kind in ((29, Invalid), (30, None)):
        more = asked | {"reference": f"q{answers}", "results": [{"item": "happy", "answers": answers, "positive": 0}]}
        if kind:
            with pytest.raises(kind, match="fewer than 30"):
                stage.ask("survey", more)
        else:
            stage.ask("survey", more)
    with pytest.raises(ValidationError):
        stage.ask("survey", asked | {"results": [{"item": "happy", "answers": 30, "positive": 31}]})


def test_a_review_earns_what_it_is_given_and_no_more_than_an_item_is_worth(stage):
    digest = stage.file("plan")
    asked = {"reference": "d", "edition": "qd-2026", "region": "370202", "unit": UNIT}
    stage.ask("review", asked | {"results": [{"item": "plan", "points": 15, "evidence": [digest]}]})
    assert stage.score() == 75.0
    assert stage.score(by="unit") == 75.0
    with pytest.raises(Invalid, match="worth 20"):
        stage.ask("review", asked | {"results": [{"item": "plan", "points": 20.5, "evidence": [digest]}]})
    own = asked | {"reference": "own", "unit": INSPECTOR}
    with pytest.raises(Denied):
        stage.ask("review", own | {"results": [{"item": "plan", "points": 15, "evidence": [digest]}]})
