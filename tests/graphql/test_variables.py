"""What variables hold is counted along the types of the schema, and free JSON is left out."""

import pytest
from graphql import parse

from ucs_core.graphql.schema import build_schema, core_schema
from ucs_core.graphql.variables import check_variables
from ucs_sdk import Invalid

MOST = 100
PATCH = "query($value: ResourceContentPatch) { viewer { id } }"


@pytest.fixture(scope="module")
def schema():
    return core_schema(build_schema())


@pytest.fixture
def check(schema):
    def checked(value: object, document: str = PATCH) -> None:
        check_variables(schema, parse(document).definitions[0], {"value": value}, MOST)

    return checked


LINK = {"target": "resources/x", "relation": "calls"}

HELD = {
    "tags": {"tags": ["x"] * MOST},
    "dependencies": {"dependencies": [LINK] * 40},
    "dependencies in lists": {"dependencies": [[LINK]] * 60},
    "one in place of a list": {"dependencies": {str(number): 0 for number in range(MOST)}},
    "unknown fields": {f"unknown{number}": number for number in range(MOST + 1)},
    "a list in place of a text": {"contact": ["x"] * MOST},
    "an object in place of a text": {"contact": {str(number): 0 for number in range(MOST)}},
    "a list in place of an object": [{}] * (MOST + 1),
}


@pytest.mark.parametrize("value", HELD.values(), ids=HELD)
def test_too_many_values_are_refused(check, value):
    with pytest.raises(Invalid, match="values in the variables"):
        check(value)


def test_as_many_as_allowed_pass(check, schema):
    # The fields that are left out are looked at, too.
    check({"tags": ["x"] * (MOST - len(schema.type_map["ResourceContentPatch"].fields))})


def test_what_is_left_out_counts(check):
    edits = "query($value: AccessEditsInput!) { viewer { id } }"
    check({"put": [{}] * 6}, edits)
    with pytest.raises(Invalid, match="values in the variables"):
        check({"put": [{}] * 8}, edits)


def test_free_json_is_not_counted(check):
    check({"spec": {"a": [1] * 10_000}})
    check({str(number): 0 for number in range(10_000)}, "query($value: JSON) { viewer { id } }")


def test_what_the_document_does_not_declare_is_not_counted(schema):
    operation = parse("{ viewer { id } }").definitions[0]
    check_variables(schema, operation, {"value": [1] * 10_000}, MOST)
