"""GraphQL over HTTP: methods, media types, statuses, and what the parameters may be."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from ucs_registry.memory import InMemoryStore
from ucs_sdk.errors import Internal

NEWER, OLDER = "application/graphql-response+json", "application/json"
QUERY = "{ viewer { id } }"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, OLDER),
        ("*/*", OLDER),
        ("application/json", OLDER),
        ("application/graphql-response+json", NEWER),
        ("application/graphql-response+json, application/json;q=0.9", NEWER),
        ("application/json;q=0.5, application/graphql-response+json;q=0.4", OLDER),
        ("application/graphql-response+json;q=0, */*", OLDER),
        ("APPLICATION/GRAPHQL-RESPONSE+JSON; charset=utf-8", NEWER),
        ("text/html", OLDER),
        (";;,,=;q=x", OLDER),
    ],
)
async def test_the_answer_has_the_media_type_that_was_asked_for(surface, accept, media):
    headers = {} if accept is None else {"Accept": accept}
    response = await surface.ask(QUERY, **headers)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
    assert response.json() == {"data": {"viewer": {"id": "principals/admin"}}}


@pytest.mark.parametrize(
    ("body", "executed"),
    [
        ({"query": "{"}, False),
        ({"query": "{ nothing }"}, False),
        ({"query": "query($a: Int!) { resources(first: $a) { totalCount } }"}, False),
        ({"query": "{ __typename ...F } fragment F on Query { ...F }"}, False),
        ({"query": "query A { __typename } query B { __typename }"}, False),
        ({"query": "{ " + "viewer { id } " * 400 + "}"}, False),
        ({"query": '{ resource(code: "none") { id } }'}, True),
        ({"query": 'mutation { submitResource(id: "none") { id } }'}, True),
    ],
)
async def test_the_newer_media_type_tells_failure_by_status_and_the_older_in_the_body(surface, body, executed):
    newer, older = await surface.post(body, Accept=NEWER), await surface.post(body, Accept=OLDER)
    assert newer.status_code == (200 if executed else 400)
    assert older.status_code == 200
    for response in (newer, older):
        assert ("data" in response.json()) is executed
        assert response.json()["errors"]


@pytest.mark.parametrize(
    ("parameters", "status", "reason"),
    [
        ({}, 400, "FIELD_MISSING"),
        ({"query": ""}, 400, "FIELD_MISSING"),
        ({"query": None}, 400, "FIELD_MISSING"),
        ({"query": 1}, 400, "FIELD_TYPE"),
        ({"query": {}}, 400, "FIELD_TYPE"),
        ({"query": [QUERY]}, 400, "FIELD_TYPE"),
        ({"query": QUERY, "operationName": 1}, 400, "FIELD_TYPE"),
        ({"query": QUERY, "variables": "x"}, 400, "FIELD_TYPE"),
        ({"query": QUERY, "variables": [1]}, 400, "FIELD_TYPE"),
        ({"query": QUERY, "extensions": "x"}, 400, "FIELD_TYPE"),
        ([{"query": QUERY}], 400, "BATCH_UNSUPPORTED"),
        ([], 400, "BATCH_UNSUPPORTED"),
        ("x", 400, "FIELD_TYPE"),
        (None, 400, "FIELD_TYPE"),
        (12, 400, "FIELD_TYPE"),
    ],
)
@pytest.mark.parametrize("accept", [NEWER, OLDER])
async def test_malformed_parameters_are_refused_by_name(surface, error, parameters, status, reason, accept):
    response = await surface.http.post(
        "/graphql",
        content=json.dumps(parameters),
        headers=surface.headers(Accept=accept, Content_Type="application/json"),
    )
    told = error(response)
    assert (told["status"], told["code"], told["reason"]) == (status, "INVALID", reason)


@pytest.mark.parametrize(
    "more",
    [
        {"variables": None, "operationName": None, "extensions": None},
        {"variables": {}, "operationName": "", "extensions": {"tracing": {"on": True}}},
        {"unknown": 1},
    ],
)
async def test_parameters_may_be_null_or_absent(surface, more):
    assert (await surface.post({"query": QUERY, **more})).json()["data"]


async def test_the_named_operation_is_run_with_its_variables(surface):
    query = "query A($id: ID!) { node(id: $id) { id } } query B { viewer { id } }"
    body = {"query": query, "operationName": "A", "variables": {"id": "organizations/3702"}}
    assert (await surface.post(body)).json() == {"data": {"node": {"id": "organizations/3702"}}}


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonp",
        "application/json; charset=gbk",
        "application/json; charset=utf-16",
    ],
)
async def test_a_body_must_be_json_in_utf8(surface, error, sent):
    headers = surface.headers()
    if sent:
        headers["Content-Type"] = sent
    told = error(await surface.http.post("/graphql", content=json.dumps({"query": QUERY}).encode(), headers=headers))
    assert (told["status"], told["reason"]) == (415, "CONTENT_TYPE_UNSUPPORTED")


@pytest.mark.parametrize(
    "sent", ["application/json", 'Application/JSON; charset="UTF-8"', "application/json;charset=utf8"]
)
async def test_json_in_utf8_is_recognised(surface, sent):
    body = json.dumps({"query": QUERY, "variables": {"名": "值"}}, ensure_ascii=False).encode()
    response = await surface.http.post("/graphql", content=body, headers=surface.headers(Content_Type=sent))
    assert response.status_code == 200


async def test_a_compressed_body_is_refused(surface, error):
    headers = surface.headers(Content_Type="application/json", Content_Encoding="gzip")
    told = error(await surface.http.post("/graphql", content=b"{}", headers=headers))
    assert told["status"] == 415


async def test_queries_may_be_sent_by_get(surface):
    parameters = {
        "query": "query A($id: ID!) { node(id: $id) { id } }",
        "variables": json.dumps({"id": "organizations/3702"}),
        "operationName": "A",
        "extensions": "{}",
    }
    response = await surface.http.get("/graphql", params=parameters, headers=surface.headers(Accept=NEWER))
    assert response.json() == {"data": {"node": {"id": "organizations/3702"}}}


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "FIELD_MISSING"),
        ({"query": QUERY, "variables": "{"}, "FIELD_TYPE"),
        ({"query": QUERY, "variables": "[]"}, "FIELD_TYPE"),
        ({"query": QUERY, "extensions": "1"}, "FIELD_TYPE"),
    ],
)
async def test_malformed_parameters_of_a_get_are_refused(surface, error, parameters, reason):
    told = error(await surface.http.get("/graphql", params=parameters, headers=surface.headers()))
    assert (told["status"], told["reason"]) == (400, reason)


async def test_mutations_are_not_run_by_get(surface, error):
    parameters = {"query": 'mutation { submitResource(id: "x") { id } }'}
    response = await surface.http.get("/graphql", params=parameters, headers=surface.headers())
    told = error(response)
    assert (told["status"], told["reason"], response.headers["allow"]) == (405, "MUTATION_NEEDS_POST", "POST")
    log = (await surface.ask("{ log(first: 200) { nodes { verb } } }")).json()["data"]["log"]["nodes"]
    assert "resources.submit" not in {entry["verb"] for entry in log}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
async def test_other_methods_are_refused_in_both_languages(surface, error, method):
    for language, words in {"en": "is not supported here", "zh": "此处不支持"}.items():
        headers = surface.headers(Accept_Language=language)
        response = await surface.http.request(method, "/graphql", headers=headers)
        told = error(response)
        assert (told["status"], told["reason"], response.headers["content-language"]) == (
            405,
            "METHOD_UNSUPPORTED",
            language,
        )
        assert words in told["message"]
        assert {"GET", "POST"} <= set(response.headers["allow"].split(", "))


async def test_a_query_tells_the_position_that_it_saw(surface, new):
    before = int((await surface.ask(QUERY)).headers["ucs-position"])
    document = "mutation($input: CreateResourceInput!) { createResource(input: $input) { code owner { id } } }"
    made = await surface.ask(document, {"input": new})
    assert made.json()["data"]["createResource"]["owner"] == {"id": "organizations/3702"}
    assert "ucs-position" not in made.headers
    assert int((await surface.ask(QUERY)).headers["ucs-position"]) == before + 1


async def test_a_call_is_known_in_the_log_by_the_id_in_its_answer(surface, new):
    document = "mutation($input: CreateResourceInput!) { createResource(input: $input) { code } }"
    made = await surface.ask(document, {"input": new})
    entries = (await surface.ask("{ log(first: 200) { nodes { callId verb } } }")).json()["data"]["log"]["nodes"]
    assert entries[-1] == {"callId": made.headers["ucs-call-id"], "verb": "resources.create"}


class Slow:
    """A store whose readers and units wait for ever."""

    def __init__(self, store):
        self._store = store
        self.go = asyncio.Event()

    def __getattr__(self, name):
        return getattr(self._store, name)

    def read(self):
        return self._when_it_goes(self._store.read)

    def write(self):
        return self._when_it_goes(self._store.write)

    @asynccontextmanager
    async def _when_it_goes(self, open):
        await self.go.wait()
        async with open() as opened:
            yield opened


@pytest.mark.parametrize("accept", [NEWER, OLDER])
async def test_a_query_that_takes_too_long_is_given_up(store, open_surface, error, accept):
    async with open_surface(Slow(store), request_seconds=0.05) as surface:
        told = error(await surface.ask(QUERY, Accept=accept))
        assert (told["status"], told["code"], told["reason"]) == (504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED")


async def test_a_mutation_that_takes_too_long_says_that_it_may_still_take_effect(store, open_surface, error, new):
    slow = Slow(store)
    async with open_surface(slow, request_seconds=0.05) as surface:
        document = "mutation($input: CreateResourceInput!) { createResource(input: $input) { code } }"
        told = error(await surface.ask(document, {"input": new}))
        assert (told["status"], told["reason"]) == (504, "OUTCOME_UNKNOWN")
        slow.go.set()
        await surface.platform.pipeline.drain()
        found = await surface.ask('{ resource(code: "QD-1") { code } }')
        assert found.json() == {"data": {"resource": {"code": "QD-1"}}}


class Stuck:
    """A store whose readers never answer about organisations."""

    def __init__(self, store):
        self._store = store
        self.open = 0

    def __getattr__(self, name):
        return getattr(self._store, name)

    @asynccontextmanager
    async def read(self):
        self.open += 1
        try:
            async with self._store.read() as reader:
                yield StuckReader(reader)
        finally:
            self.open -= 1


class StuckReader:
    def __init__(self, reader):
        self._reader = reader

    def __getattr__(self, name):
        return getattr(self._reader, name)

    async def organizations(self, ids):
        await asyncio.Event().wait()


async def test_a_query_that_is_given_up_half_way_leaves_no_reader_open(store, open_surface, error):
    stuck = Stuck(store)
    async with open_surface(stuck, request_seconds=0.05) as surface:
        told = error(await surface.ask("{ a: viewer { organization { id } } b: viewer { id } }"))
        assert (told["status"], told["reason"]) == (504, "DEADLINE_EXCEEDED")
        assert stuck.open == 0


async def test_a_store_that_fails_before_the_operation_begins_is_logged_with_its_cause(open_surface, error):
    class Failing(InMemoryStore):
        def read(self):
            raise Internal("STORE_FAILED") from ValueError("swordfish")

    async with open_surface(Failing()) as surface:
        with capture_logs() as logged:
            response = await surface.ask(QUERY)
    assert "swordfish" not in response.text
    assert (error(response)["code"], error(response)["reason"]) == ("INTERNAL", "STORE_FAILED")
    (entry,) = logged
    assert (entry["call_id"], entry["actor"]) == (response.headers["ucs-call-id"], "admin")
    assert "swordfish" in str(entry["exc_info"].__cause__)
