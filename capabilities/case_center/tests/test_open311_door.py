"""Open311 GeoReport v2: services, requests, tokens and updates, in JSON and in XML, for those who reported."""

from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from ucs_sdk.testing import Rehearsal

FORM = {
    "service_code": "dirty_road",
    "lat": "36.07",
    "long": "120.38",
    "description": "路面有渣土",
    "email": "li@example.org",
    "first_name": "Li",
}


class Stage:
    """The door without a platform: what is emitted is delivered by hand."""

    def __init__(self):
        self.play = Rehearsal(__file__)
        self.delivered = 0

    def ask(self, method, path, **form):
        text = urlencode(form)
        body, query = (text.encode(), "") if method == "POST" else (b"", text)
        return self.play.request(method, f"/open311/v2/{path}", body, query=query)

    def get(self, path, **form):
        answer = self.ask("GET", path, **form)
        assert answer.status == 200, answer.body
        return answer.json()

    def settle(self):
        """Deliver what was emitted, as the platform says that it comes from this plugin."""
        while self.delivered < len(self.play.emitted):
            event = self.play.emitted[self.delivered]
            self.delivered += 1
            told = event.data.model_dump(mode="json")
            self.play.deliver(event.type, told, source="plugins/case_center", id=event.id)

    def act(self, verb, **more):
        (case,) = self.play.records("cases")
        self.play.call("case_center.act", {"case": case, "verb": verb, **more})
        self.settle()


@pytest.fixture
def stage():
    made = Stage()
    roles = ["receptionist", "collector", "shift_leader", "dispatcher"]
    made.play.call("case_center.assign_roles", {"principal": "tester", "roles": roles})
    made.play.call("case_center.enter_unit", {"unit": "370200", "title_zh": "青岛市", "title_en": "Qingdao"})
    return made


def test_services_are_the_case_types(stage):
    services = {each["service_code"]: each for each in stage.get("services.json")}
    assert services["road_waterlogging"] == {
        "service_code": "road_waterlogging",
        "service_name": "道路积水",
        "description": "Road under water",
        "metadata": False,
        "type": "realtime",
        "keywords": "",
        "group": "突发事件",
    }
    assert stage.get("services/dirty_road.json") == [{"service_code": "dirty_road", "attributes": []}]


def test_a_request_has_a_token_and_is_told_of_until_it_is_closed(stage):
    answer = stage.ask("POST", "requests.json", **FORM)
    assert answer.status == 201
    token = answer.json()[0]["token"]
    assert stage.ask("GET", f"tokens/{token}.json").status == 404
    stage.settle()
    assert stage.get(f"tokens/{token}.json") == [{"token": token, "service_request_id": token}]
    (told,) = stage.get(f"requests/{token}.json")
    assert (told["status"], told["status_notes"], told["lat"], told["long"]) == ("open", "unconfirmed", 36.07, 120.38)
    assert told["description"] == "路面有渣土"

    stage.act("accept", region="370202")
    stage.act("file")
    stage.act("dispatch", unit="370200")
    stage.act("begin")
    stage.act("dispose", note="已清扫")
    stage.act("check")
    stage.act("close")
    (told,) = stage.get("requests.json", status="closed", service_code="dirty_road")
    assert (told["service_request_id"], told["status_notes"]) == (token, "closed")
    assert stage.get("requests.json", status="open") == []
    updates = stage.get("servicerequestupdates.json")
    assert [each["status"] for each in updates] == [
        "unconfirmed",
        "confirmed",
        "action_scheduled",
        "in_progress",
        "fixed_council",
        "closed",
    ]
    followed = stage.play.call("case_center.follow", {"receipt": token})
    assert (followed["status"], len(followed["updates"])) == ("closed", 6)


def test_what_identifies_people_is_not_kept(stage):
    stage.ask("POST", "requests.json", **FORM)
    stage.settle()
    kept = str([stage.play.records(name) for name in ("cases", "intake")])
    assert "渣土" in kept
    assert "example.org" not in kept


def test_windows_and_ids_are_kept_to(stage):
    tokens = []
    for _ in range(3):
        tokens.append(stage.ask("POST", "requests.json", **FORM).json()[0]["token"])
        stage.settle()
        stage.play.context.clock.advance(86_400 * 50)
    assert len(stage.get("requests.json")) == 1
    assert len(stage.get("requests.json", start_date="2026-01-01T00:00:00Z")) == 3
    early = stage.get("requests.json", start_date="2026-01-01T00:00:00Z", end_date="2026-07-02T00:00:00Z")
    assert [each["service_request_id"] for each in early] == tokens[:1]
    named = stage.get("requests.json", service_request_id=f"{tokens[0]}, {tokens[2]},nobody")
    assert [each["service_request_id"] for each in named] == [tokens[0], tokens[2]]


def test_everything_is_there_in_xml_as_well(stage):
    answer = stage.ask("POST", "requests.xml", **FORM)
    token = ElementTree.fromstring(answer.body).findtext("request/token")
    stage.settle()
    root = ElementTree.fromstring(stage.ask("GET", f"requests/{token}.xml").body)
    assert (root.tag, root.findtext("request/status")) == ("service_requests", "open")
    services = ElementTree.fromstring(stage.ask("GET", "services.xml").body)
    assert services.findtext("service/metadata") == "false"
    wrong = stage.ask("GET", "requests/none.xml")
    assert (wrong.status, ElementTree.fromstring(wrong.body).findtext("error/code")) == (404, "404")


@pytest.mark.parametrize(
    ("method", "path", "form", "status"),
    [
        ("POST", "requests.json", {**FORM, "service_code": "dragon"}, 400),
        ("POST", "requests.json", {**FORM, "lat": "north"}, 400),
        ("POST", "requests.json", {**FORM, "lat": "91"}, 400),
        ("POST", "requests.json", {"service_code": "dirty_road"}, 400),
        ("POST", "requests.json", {f"f{number}": "x" for number in range(50)}, 400),
        ("GET", "requests.json", {"start_date": "yesterday"}, 400),
        ("GET", "services/dragon.json", {}, 400),
        ("GET", "nothing.json", {}, 404),
        ("GET", "services.yaml", {}, 404),
        ("PUT", "requests.json", {}, 404),
        ("GET", "../../requests.json", {}, 404),
    ],
)
def test_what_cannot_be_right_is_refused_with_a_code_and_words(stage, method, path, form, status):
    answer = stage.ask(method, path, **form)
    assert answer.status == status
    (error,) = answer.json()
    assert error["code"] == status
    assert error["description"]
    assert stage.play.records("cases") == {}


def test_a_reporter_follows_a_case_that_is_somebody_elses(center):
    asked = {"case_type": "dirty_road", "source": "citizen", "source_id": "1", "title": "渣土", "region": "370202"}
    receipt = center.call("report", asked, as_="app")["receipt"]
    center.city.settle()
    center.act(center.only(), "refuse", note="不属受理范围")
    center.city.settle()
    told = center.call("follow", {"receipt": receipt}, as_="app")
    assert [each["detail"] for each in told["updates"]] == ["unconfirmed", "unable to fix"]
    assert center.call("list", as_="app")["cases"] == []
    assert center.city.dead() == []
