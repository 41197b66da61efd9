"""What questions about access weigh, and what their variables may be."""

import dataclasses

import pytest

from ucs_core.graphql import Limits
from ucs_core.graphql.cost import WEIGHTS
from ucs_core.graphql.documents import Documents
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_sdk.errors import Invalid

NAME = "resources/00000000000000000000000001"
ASKED = {
    "principals": ("principals(first: 1) { nodes { id } }", 19),
    "roles": ("roles { role }", 19),
    "grants": ("grants(first: 1) { nodes { id } }", 6),
    "whoCan": (f'whoCan(action: read, resource: "{NAME}", first: 1) {{ totalCount }}', 6),
    "whatIf": ("whatIf(edits: {}, first: 200) { gained nodes { principal action gained lost } }", 1),
    "testPolicies": ("testPolicies(expectations: []) { passed allowed policy }", 1),
}
"""A question, and how often it may be asked in one operation."""


@pytest.fixture(scope="module")
def schema():
    return core_schema(build_schema())


def admitted(schema, document):
    try:
        Documents(schema, dataclasses.replace(Limits(), root_fields=40)).operation(document, None).check_cost({})
    except Invalid as refusal:
        return refusal.fields["measure"] != "cost"
    return True


def times(field, number):
    return "{ " + " ".join(f"a{each}: {field}" for each in range(number)) + " }"


@pytest.mark.parametrize("question", ["grants", "whoCan", "whatIf", "testPolicies"])
def test_dear_questions_fit_a_few_times_into_one_operation(schema, question):
    field, most = ASKED[question]
    assert admitted(schema, times(field, most))
    assert not admitted(schema, times(field, most + 1))


def test_edits_are_weighed_once_whatever_the_question(schema):
    weigh, test = ASKED["whatIf"][0], ASKED["testPolicies"][0]
    assert not admitted(schema, f"{{ {weigh} {test} }}")
    assert not admitted(schema, f"{{ {weigh} ...F }} fragment F on Query {{ {test} }}")


@pytest.mark.parametrize("question", ["principals", "roles"])
def test_directories_are_cheap_enough_for_a_page_of_a_console(schema, question):
    field, most = ASKED[question]
    assert admitted(schema, times(field, most))


@pytest.mark.parametrize("question", ["grants", "whoCan", "whatIf", "testPolicies"])
def test_without_its_weight_a_dear_question_would_fit_often(schema, question, monkeypatch):
    field, most = ASKED[question]
    monkeypatch.setitem(WEIGHTS, f"Query.{question}", 0)
    assert admitted(schema, times(field, most + 1))


@pytest.mark.parametrize("version", ["one", 1.5, True, -1, 2**63, [1]])
async def test_a_version_is_a_position(city, version):
    document = "mutation($version: Position) { applyPolicies(remove: [], version: $version) { version } }"
    body = await city.answer("admin", document, {"version": version})
    assert body["errors"][0]["extensions"]["reason"] == "DOCUMENT_INVALID"


async def test_a_word_that_is_none_is_told_before_anything_is_asked(city):
    for field in (
        "policies(filter: {action: fly}) { version }",
        'whoCan(action: fly, resource: "x") { totalCount }',
        "principals(filter: {kind: robot}) { nodes { id } }",
    ):
        body = await city.answer("admin", f"{{ {field} }}")
        assert body["errors"][0]["extensions"]["reason"] == "DOCUMENT_INVALID"


async def test_an_explanation_and_a_list_name_a_policy_alike(city, make_import):
    [name] = await city.import_many([make_import("QD-1")])
    asked = await city.ask(
        "editor", f'{{ why(action: edit, resource: "{name}") {{ policy {{ id kind action grant effect relation }} }} }}'
    )
    listed = await city.ask(
        "admin",
        '{ policies(filter: {role: "editor", action: edit}) { nodes { id kind action grant effect relation } } }',
    )
    assert listed["policies"]["nodes"] == [asked["why"]["policy"]]
    assert asked["why"]["policy"]["kind"] is None
