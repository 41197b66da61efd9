"""SensorThings: what can be read and made there, for the same people as anywhere, and what hostile requests get."""

import json

import pytest

from ucs_sdk.testing import Rehearsal

POINT = {
    "code": "QD-RJ",
    "name": "瑞金路铁路桥",
    "longitude": 120.4,
    "latitude": 36.2,
    "crs": "wgs84",
    "region": "370213",
    "sensors": [{"device": "L1", "reference_cm": 300}, {"device": "L2"}],
    "gauge": "R1",
}
STREAM = "QD-RJ:L1:depth"


class Things(Rehearsal):
    """The plugin with one point, and its mount."""

    def __init__(self):
        super().__init__(__file__)
        self.call("waterlogging.register", POINT)
        self.context.clock.advance(60)

    @property
    def now(self):
        return self.context.clock.now().isoformat()

    def get(self, path, query=""):
        answer = self.request("GET", f"/v1.1{path}", query=query)
        return answer.status, answer.json()

    def post(self, path, stated):
        body = stated if isinstance(stated, bytes) else json.dumps(stated).encode()
        answer = self.request("POST", f"/v1.1{path}", body)
        return answer.status, json.loads(answer.body) if answer.body else None

    def depth(self):
        return self.records("places")["QD-RJ"]["depth_cm"]


@pytest.fixture
def things():
    return Things()


def test_the_service_says_what_it_has(things):
    status, told = things.get("/")
    assert status == 200
    assert [each["name"] for each in told["value"]] == ["Things", "Datastreams"]


def test_a_point_is_a_thing_with_its_place_and_its_streams(things):
    _, told = things.get("/Things")
    (thing,) = told["value"]
    assert (thing["@iot.id"], thing["name"], thing["properties"]["colour"]) == ("QD-RJ", "瑞金路铁路桥", "unknown")
    assert thing["Locations"][0]["location"] == {"type": "Point", "coordinates": [120.4, 36.2]}
    assert things.get("/Things('QD-RJ')") == (200, thing)
    _, streams = things.get("/Things('QD-RJ')/Datastreams")
    assert [each["@iot.id"] for each in streams["value"]] == [STREAM, "QD-RJ:L2:depth"]
    assert things.get(f"/Datastreams('{STREAM}')") == (200, streams["value"][0])
    assert things.get(f"/Datastreams('{STREAM}')/Thing") == (200, thing)
    assert things.get("/Things('QD-RJ')/Locations")[1]["value"] == thing["Locations"]


def test_an_observation_is_taken_in_each_of_its_forms(things):
    assert things.post(f"/Datastreams('{STREAM}')/Observations", {"phenomenonTime": things.now, "result": 5}) == (
        201,
        None,
    )
    assert things.depth() == 5.0
    things.context.clock.advance(60)
    one = {"Datastream": {"@iot.id": "QD-RJ:L1:distance"}, "phenomenonTime": things.now, "result": 288}
    assert things.post("/Observations", one) == (201, None)
    assert things.depth() == 12.0
    times = []
    for _ in range(2):
        things.context.clock.advance(60)
        times.append(things.now)
    many = {
        "Datastream": {"@iot.id": STREAM},
        "components": ["phenomenonTime", "result"],
        "dataArray": [[times[0], 15], [times[1], 99_999]],
    }
    assert things.post("/CreateObservations", [many]) == (201, ["ok", "What no water can be"])
    assert things.depth() is None
    _, told = things.get(f"/Datastreams('{STREAM}')/Observations")
    (last,) = told["value"]
    assert (last["result"], last["resultQuality"]) == (15.0, "absurd")


def test_rain_is_observed_as_well(things):
    rain = {"Datastream": {"@iot.id": "QD-RJ:R1:rain"}, "phenomenonTime": things.now, "result": 4.5}
    assert things.post("/Observations", rain)[0] == 201
    assert things.get("/Things('QD-RJ')")[1]["properties"]["rain_mm"] == 4.5


def test_pages_follow_each_other_and_miss_nothing(things):
    for number in range(6):
        things.call("waterlogging.register", POINT | {"code": f"QD-{number}"})
    for of, count in (("Things", 7), ("Datastreams", 14)):
        seen, query = [], "$top=2"
        while query:
            _, told = things.get(f"/{of}", query)
            seen += [each["@iot.id"] for each in told["value"]]
            query = told.get("@iot.nextLink", "?").partition("?")[2]
        assert len(seen) == len(set(seen)) == count


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/Things('NO')", "", 404),
        ("/Things('QD-RJ')/Sensors", "", 404),
        ("/Datastreams('QD-RJ:L9:depth')", "", 404),
        ("/Datastreams('x')", "", 404),
        ("/Things('" + "x" * 300 + "')", "", 404),
        ("/Everything", "", 404),
        ("/Things", "$top=501", 400),
        ("/Things", "$top=-1", 400),
        ("/Things", "$skip=1e9", 400),
        ("/Things", "$skip=99999999999999999999", 400),
    ],
)
def test_what_is_not_there_is_said_so(things, path, query, status):
    got, told = things.get(path, query)
    assert (got, told["code"], bool(told["message"])) == (status, status, True)


def one(**more):
    return {"Datastream": {"@iot.id": STREAM}, "phenomenonTime": "2026-07-01T00:01:00Z", "result": 5} | more


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/Observations", b""),
        ("/Observations", b"{"),
        ("/Observations", b"[" * 100_000),
        ("/Observations", b"[]"),
        ("/Observations", {}),
        ("/Observations", one(Datastream=STREAM)),
        ("/Observations", one(Datastream={"@iot.id": "no:such:stream"})),
        ("/Observations", one(Datastream={"@iot.id": "QD-RJ:L1:../x"})),
        ("/Observations", one(Datastream={"@iot.id": {"a": 1}})),
        ("/Observations", one(result="deep")),
        ("/Observations", one(result=None)),
        ("/Observations", one(phenomenonTime="2026-07-01")),
        ("/Observations", one(phenomenonTime="2027-01-01T00:00:00Z")),
        ("/CreateObservations", {"a": 1}),
        ("/CreateObservations", [{"Datastream": {"@iot.id": STREAM}, "components": ["result"], "dataArray": [[1]]}]),
        ("/CreateObservations", [{"Datastream": {"@iot.id": STREAM}, "components": [], "dataArray": [[]] * 501}]),
        ("/CreateObservations", [{"Datastream": {"@iot.id": STREAM}, "components": 5, "dataArray": 5}]),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(things, path, body):
    before = dict(things.context.state.records)
    status, told = things.post(path, body)
    assert (status, bool(told["message"])) == (400, True)
    assert things.context.state.records == before


@pytest.mark.parametrize(
    ("accepted", "said"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "Observation 有误：超出量程。"),
        ("en", "Observation is wrong: What no water can be."),
    ],
)
def test_what_is_refused_is_said_in_the_language_that_was_asked_for(things, accepted, said):
    body = json.dumps(one(result=99_999)).encode()
    answer = things.request("POST", "/v1.1/Observations", body, headers={"accept-language": accepted})
    told = answer.json()
    assert (answer.status, told["message"], sorted(told["messages"])) == (400, said, ["en", "zh"])


def test_nothing_else_can_be_made_or_changed(things):
    assert things.post("/Things", {"name": "x"})[0] == 404
    for method in ("PUT", "PATCH", "DELETE"):
        assert things.request(method, "/v1.1/Things('QD-RJ')").status == 400
    assert things.request("GET", "/v2/Things").status == 404
