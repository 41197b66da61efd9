"""The plugin in a whole platform: who may do what, and from a visit to a closed case together with the case centre."""

import base64
from pathlib import Path

import pytest

from ucs_sdk import Denied, UcsError
from ucs_sdk.plugins import find_in_folder
from ucs_sdk.testing.pytest_plugin import host

HERE = Path(__file__).resolve().parents[1]
CASE_CENTRE = HERE.parent / "case_center"
INSPECTOR, UNIT = "qingdao-water", "qingdao-urban-management"
PLACE = {"longitude": 120.306, "latitude": 36.054, "crs": "wgs84"}
POINT = {"code": "M1", "name": "团岛农贸市场", "point_type": "market", "region": "370202", "unit": UNIT, **PLACE}


class Civic:
    """What a test does with the plugin. The water bureau runs it and inspects; the market is urban management's."""

    def __init__(self, city, tree):
        self.city = city
        self.call("publish", {"edition": "qd-2026", "title": "示例", "assessors": [INSPECTOR], "tree": tree})
        self.call("register", POINT, as_="platform-admin")

    def call(self, operation, asked, as_="publisher", **more):
        return self.city.invoke(f"civic_creation.{operation}", asked, as_=as_, **more)

    def file(self, text="a", as_="publisher"):
        content = base64.b64encode(b"\xff\xd8\xff" + text.encode()).decode()
        return self.call("attach", {"content": content, "media_type": "image/jpeg"}, as_=as_)["digest"]

    def visit(self, reference="r1", problems=1, as_="publisher"):
        results = [{"item": "stalls", "problems": problems, "evidence": [self.file(as_=as_)]}]
        asked = {"reference": reference, "edition": "qd-2026", "point": "M1", "results": results}
        found = self.call("visit", asked, as_=as_)
        self.city.settle()
        return found

    def score(self, as_="app", **asked):
        (standing,) = self.call("scores", {"edition": "qd-2026", **asked}, as_=as_)["standings"]
        return standing["score"]

    def rectifications(self, as_="app"):
        return self.call("rectifications", {}, as_=as_)["rectifications"]


@pytest.fixture
def civic(city, made):
    return Civic(city, made.stated())


def test_what_was_found_belongs_to_who_found_it_and_the_problem_to_who_has_to_rectify_it(civic):
    found = civic.visit()
    held = civic.city.records("civic_creation", "assessments")[found["assessment"]]
    (record,) = civic.city.records("civic_creation", "rectifications").values()
    assert (held["organization"], record["organization"]) == (INSPECTOR, UNIT)
    assert civic.city.records("civic_creation", "points")["M1"]["organization"] == UNIT
    assert civic.city.dead() == []


def test_departments_see_scores_and_problems_and_the_public_does_not(civic):
    civic.visit()
    for who in ("publisher", "app", "duty_officer"):
        assert civic.score(as_=who) == 75.0
        assert [each["item"] for each in civic.rectifications(who)] == ["stalls"]
    with pytest.raises(UcsError, match="no operation"):
        civic.score(as_="outsider")


def test_only_who_may_edit_what_the_unit_has_reports_it_rectified(civic):
    id = civic.visit()["rectifications"][0]
    asked = {"rectification": id, "evidence": [civic.file("after")]}
    with pytest.raises(Denied):
        civic.call("rectify", asked)
    asked["evidence"] = [civic.file("after", as_="platform-admin")]
    assert civic.call("rectify", asked, as_="platform-admin")["state"] == "rectified"


def test_an_edition_is_changed_by_whoever_runs_it_and_nobody_else(civic, made):
    stated = {"edition": "qd-2026", "title": "改", "assessors": [UNIT], "tree": made.stated()}
    with pytest.raises(UcsError) as refused:
        civic.call("publish", stated, as_="app")
    assert refused.value.code in ("denied", "not_found")
    assert civic.call("edition", {"edition": "qd-2026"})["assessors"] == [INSPECTOR]


def test_nobody_but_an_assessor_assesses(civic):
    with pytest.raises(Denied):
        civic.visit(as_="platform-admin")


def test_evidence_is_withdrawn_by_whose_it_is_and_the_past_stays_as_it_was(civic):
    found = civic.visit(problems=4)
    told = civic.call("scores", {"edition": "qd-2026"}, as_="app")
    civic.city.advance(hours=1)
    asked = {"assessment": found["assessment"], "reason": "照片不是该点位"}
    with pytest.raises(UcsError):
        civic.call("withdraw", asked, as_="app")
    civic.call("withdraw", asked)
    civic.city.settle()
    assert civic.call("scores", {"edition": "qd-2026"}, as_="app")["standings"] == []
    again = civic.call("scores", {"edition": "qd-2026", "as_of": told["as_of"]}, as_="app")
    assert again == told | {"settled": True}
    assert [each["state"] for each in civic.rectifications()] == ["voided"]


def test_a_visit_that_is_sent_again_has_one_effect(civic):
    assert civic.visit() == civic.visit()
    assert len(civic.city.records("civic_creation", "assessments")) == 1
    assert len(civic.city.emitted("city.case_center.report.v1")) == 1


def test_a_detection_is_confirmed_and_rectified(civic):
    civic.city.enable(find_in_folder(HERE), settings={"edition": "qd-2026"})
    asked = {"label": "暴露垃圾", "camera": "C1", "confidence": 0.9, "at": civic.city.clock.now().isoformat()}
    civic.call("detect", asked | PLACE | {"evidence": ["a" * 64]}, as_="publisher")
    civic.city.settle()
    (found,) = civic.call("candidates", {}, as_="app")["candidates"]
    assert (found["point"], found["item"]) == ("M1", "clean")
    civic.call("decide", {"point": "M1", "item": "clean", "number": 1, "confirmed": True})
    civic.city.settle()
    assert [each["item"] for each in civic.rectifications()] == ["clean"]
    (held,) = civic.city.records("civic_creation", "assessments").values()
    assert (held["organization"], held["body"]["by"]) == (INSPECTOR, "publisher")
    assert civic.city.dead() == []


def test_a_unit_is_reminded_by_the_clock(civic):
    civic.visit()
    civic.city.advance(days=8)
    assert civic.city.run_schedules()
    (record,) = civic.city.records("civic_creation", "rectifications").values()
    assert record["body"]["overdue"] is True


def test_it_answers_at_its_typed_fields(civic):
    civic.visit()
    asked = '{ civicCreation { scores(input: {edition: "qd-2026", by: unit}) { standings { rank group score } } } }'
    told = {"standings": [{"rank": 1, "group": UNIT, "score": 75.0}]}
    assert civic.city.graphql(asked) == {"civicCreation": {"scores": told}}


@pytest.fixture
def both(made):
    with host()([find_in_folder(CASE_CENTRE), find_in_folder(HERE)]) as city:
        yield Civic(city, made.stated())


def test_a_visit_becomes_a_case_that_is_followed_until_the_second_look(both):
    city = both.city

    def desk(operation, asked):
        return city.invoke(f"case_center.{operation}", asked, as_="publisher")

    roles = ["receptionist", "collector", "shift_leader", "dispatcher"]
    desk("assign_roles", {"principal": "publisher", "roles": roles})
    id = both.visit()["rectifications"][0]
    (case,) = desk("list", {})["cases"]
    assert (case["case_type"], case["state"]) == ("dirty_road", "reported")
    both.visit()
    assert len(desk("list", {})["cases"]) == 1
    desk("enter_unit", {"unit": INSPECTOR, "title_zh": "水务局", "title_en": "Water Bureau"})
    for verb, more in (
        ("accept", {}),
        ("file", {}),
        ("dispatch", {"unit": INSPECTOR}),
        ("begin", {}),
        ("dispose", {}),
        ("send_to_check", {}),
        ("check", {}),
        ("close", {}),
    ):
        desk("act", {"case": case["case"], "verb": verb, "note": f"{verb} 已办", **more})
        city.settle()
    (shown,) = both.rectifications()
    assert (shown["case"], shown["case_state"], shown["state"]) == (case["case"], "closed", "rectified")
    both.call("recheck", {"rectification": id, "passed": True, "evidence": [both.file("clean now")]})
    city.settle()
    assert [each["state"] for each in both.rectifications()] == ["closed"]
    assert city.dead() == []
