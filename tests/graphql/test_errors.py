"""Errors: one table, both languages, the caller's own text where graphql speaks, and nothing of ours."""

import dataclasses

import pytest
from structlog.testing import capture_logs

import ucs_sdk
from ucs_core.graphql import CODES, GraphqlDoor
from ucs_sdk.errors import Code, Internal, UcsError


def test_every_neutral_code_has_its_word():
    assert {code.name: word for code, word in CODES.items()} == {code.name: code.name for code in Code}
    classes = [value for value in vars(ucs_sdk).values() if isinstance(value, type) and issubclass(value, UcsError)]
    assert {kind.code for kind in classes if kind is not UcsError} == set(CODES)


async def test_an_error_speaks_the_callers_language_and_carries_both(city):
    for language, words in {"en": "does not exist, or you may not see it", "zh": "不存在，或您无权查看"}.items():
        body = await city.answer("roads", '{ resource(code: "QD-0") { id } }', language=language)
        (error,) = body["errors"]
        assert words in error["message"]
        assert error["extensions"]["messages"][language] == error["message"]
        assert error["extensions"]["messages"].keys() == {"zh", "en"}
        assert error["extensions"]["fields"] == {"object": "QD-0"}
        assert (error["path"], error["locations"]) == (["resource"], [{"line": 1, "column": 3}])
        assert body["data"] == {"resource": None}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "Syntax Error"),
        ("{ viewer { nam } }", "Cannot query field 'nam' on type 'Viewer'"),
        ("{ viewer { titel } }", "Did you mean 'title'?"),
        ("query($a: Int) { viewer { id } }", "is never used"),
        ("{ ...F } fragment F on Query { ...F }", "within itself"),
        ("{ ...F } fragment F on Query { viewer { id } } fragment F on Query { viewer { id } }", "only one fragment"),
        ("{ resources(orderBy: UPDATED_DESC) { totalCount } }", "updated_desc"),
        ("{ resources(filter: { kind: DATA }) { totalCount } }", "data"),
        ("subscription { viewer { id } }", "on type 'Subscription'"),
        ("type T { a: Int }", "not executable"),
        ("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", "introspection depth"),
    ],
)
async def test_mistakes_in_the_document_are_told_in_graphqls_words(city, document, words):
    body = await city.answer("editor", document)
    assert "data" not in body
    error = body["errors"][0]
    assert words in error["message"]
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("INVALID", "DOCUMENT_INVALID")


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("query($first: Int!) { resources(first: $first) { totalCount } }", {}),
        ("query($first: Int!) { resources(first: $first) { totalCount } }", {"first": "many"}),
        ("query($first: Int!) { resources(first: $first) { totalCount } }", {"first": 2**40}),
        ("query($filter: ResourceFilter) { resources(filter: $filter) { totalCount } }", {"filter": {"kind": "DATA"}}),
        ("query($filter: ResourceFilter) { resources(filter: $filter) { totalCount } }", {"filter": {"no": 1}}),
    ],
)
async def test_variables_that_do_not_fit_are_refused_before_anything_is_read(city, document, variables):
    body = await city.answer("editor", document, variables)
    assert "data" not in body
    assert body["errors"][0]["extensions"]["reason"] == "DOCUMENT_INVALID"


@pytest.mark.parametrize(
    "spec",
    [2**64, -(2**63) - 1, float("inf"), float("nan")],
    ids=["too large", "too small", "infinite", "no number"],
)
async def test_numbers_that_json_cannot_carry_are_refused(city, make_new, refusal, spec):
    refused = await refusal(city.change("editor", "createResource", input=make_new(spec={"row_count": spec})))
    assert refused.code == "INVALID"


async def test_json_may_nest_so_deep_and_no_deeper(city, make_new, refusal):
    deep: dict = {}
    for _ in range(70):
        deep = {"a": deep}
    refused = await refusal(city.change("editor", "createResource", input=make_new(spec=deep)))
    assert refused.reason == "DOCUMENT_INVALID"
    assert "64 levels" in refused.message


async def test_literal_json_reads_like_a_variable(city, make_new):
    document = """mutation { createResource(input: {
      code: "QD-L", kind: data, type: "dataset", owner: "qingdao-water", content: {
        title: {zh: "水", en: "Water"}, summary: {zh: "水", en: "Water"}, shareType: unconditional, dataLevel: l1,
        issuedOn: "2026-01-31", location: {longitude: 120.38, latitude: 36.07}, openType: none,
        spec: {items: [{name: "a", title: "甲", data_type: "decimal", length: 10}], row_count: 1}
      } }) { spec issuedOn location { longitude latitude } createdAt } }"""
    made = (await city.ask("editor", document))["createResource"]
    assert made["spec"]["items"][0]["length"] == 10
    assert (made["issuedOn"], made["location"]) == ("2026-01-31", {"longitude": 120.38, "latitude": 36.07})
    assert made["createdAt"].endswith("Z")


async def test_long_quotations_are_cut(city):
    body = await city.answer("editor", "{ viewer { " + "x" * 20_000 + " } }")
    assert len(body["errors"][0]["message"]) < 600


async def test_the_errors_of_a_document_are_few(city):
    body = await city.answer("editor", "{ " + " ".join(f"a{n}" for n in range(100)) + " }")
    assert len(body["errors"]) <= 11


async def test_what_fails_by_our_fault_is_known_by_its_call_id_alone(city):
    class Broken:
        def __getattr__(self, name):
            raise ValueError("the password is swordfish")

    door = GraphqlDoor(dataclasses.replace(city.platform, resources=Broken()))
    broken = dataclasses.replace(city, door=door)
    with capture_logs() as logged:
        body = await broken.answer("editor", 'mutation { submitResource(id: "x") { id } }')
    assert "swordfish" not in str(body)
    (error,) = body["errors"]
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("INTERNAL", "INTERNAL_OUTCOME_UNKNOWN")
    call_id = error["extensions"]["fields"]["call_id"]
    assert call_id in error["message"]
    (entry,) = logged
    assert (entry["call_id"], entry["actor"], entry["log_level"]) == (call_id, "editor", "error")
    assert "swordfish" in str(entry["exc_info"])


async def test_a_failure_that_has_a_name_is_told_by_it_and_logged_with_its_cause(city):
    class Broken:
        def __getattr__(self, name):
            raise Internal("STORE_FAILED") from ValueError("the password is swordfish")

    door = GraphqlDoor(dataclasses.replace(city.platform, resources=Broken()))
    broken = dataclasses.replace(city, door=door)
    with capture_logs() as logged:
        body = await broken.answer("editor", 'mutation { a: submitResource(id: "x") { id } }')
    assert "swordfish" not in str(body)
    assert body["errors"][0]["extensions"]["reason"] == "STORE_FAILED"
    (entry,) = logged
    assert (entry["actor"], entry["path"], entry["log_level"]) == ("editor", ["a"], "error")
    assert "swordfish" in str(entry["exc_info"].__cause__)


async def test_what_a_caller_did_wrong_is_not_logged_as_a_failure(city):
    with capture_logs() as logged:
        body = await city.answer("editor", '{ resource(code: "none") { id } }')
    assert body["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert logged == []


async def test_a_disabled_principal_reads_nothing(city, refusal):
    gone = {"id": "roads", "kind": "person", "title": "roads", "organization": "qingdao-roads", "disabled": True}
    await city.platform.administration.put_principals(city.call("admin"), [gone])
    for document in ("{ __schema { queryType { name } } }", "{ viewer { id } }"):
        body = await city.answer("roads", document)
        assert "data" not in body
        assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_the_operation_to_run_must_be_named_when_there_are_several(city):
    document = "query A { viewer { id } } query B { viewer { title } }"
    assert (await city.answer("editor", document, name="B"))["data"] == {"viewer": {"title": "editor"}}
    for name in (None, "C"):
        body = await city.answer("editor", document, name=name)
        assert body["errors"][0]["extensions"]["reason"] == "OPERATION_UNKNOWN"
        assert body["errors"][0]["extensions"]["fields"]["known"] == ["A", "B"]
