"""The schema as a document: everything in it is said in both languages, and enums speak the field's own words."""

import re
from importlib.resources import files

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    specified_scalar_types,
)

from ucs_core.access.actions import Action
from ucs_core.graphql.schema import build_schema, core_schema, printed
from ucs_sdk import vocabulary

BILINGUAL = re.compile(r"[^·]*[\u4e00-\u9fff][^·]* · [\x20-\x7e…]+", re.DOTALL)


@pytest.fixture(scope="module")
def schema():
    return core_schema(build_schema())


def described(schema):
    """Every place of the schema with its description."""
    for type in schema.type_map.values():
        if type.name.startswith("__") or type.name in specified_scalar_types:
            continue
        yield type.name, type.description
        if isinstance(type, GraphQLEnumType):
            yield from ((f"{type.name}.{name}", value.description) for name, value in type.values.items())
        if isinstance(type, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            for name, field in type.fields.items():
                yield f"{type.name}.{name}", field.description
                for argument, definition in getattr(field, "args", {}).items():
                    yield f"{type.name}.{name}({argument})", definition.description


def test_the_schema_is_the_one_that_was_reviewed():
    kept = files("ucs_core.graphql").joinpath("schema.graphql").read_text("utf-8")
    # After a change that is meant: write what `ucs_core.graphql.schema.printed` gives to that file.
    assert kept == printed()


def test_everything_is_described_in_chinese_and_english(schema):
    places = dict(described(schema))
    assert len(places) > 350
    assert [name for name, text in places.items() if text is None or not BILINGUAL.fullmatch(text)] == []


@pytest.mark.parametrize("description", [None, "Only English", "只有中文", "反了 · 中文"])
def test_a_description_in_one_language_would_be_found(description):
    assert description is None or not BILINGUAL.fullmatch(description)


def test_enums_hold_the_lower_case_names_of_the_field(schema):
    for name in (
        "ResourceKind", "ShareType", "OpenType", "DataLevel", "UpdateCycle", "ReviewState", "Availability",
        "OrganizationLevel", "OrganizationKind", "PrincipalKind",
    ):  # fmt: skip
        assert list(schema.type_map[name].values) == [term.value for term in getattr(vocabulary, name)]
    assert list(schema.type_map["Action"].values) == [action.value for action in Action]
    enums = [type for type in schema.type_map.values() if isinstance(type, GraphQLEnumType) and type.name[:2] != "__"]
    assert all(re.fullmatch("[a-z0-9_]+", value) for enum in enums for value in enum.values)


def test_the_vocabulary_is_what_it_was_to_everybody_else():
    assert [term.value for term in vocabulary.ShareType] == ["unconditional", "conditional", "none"]
    assert vocabulary.ShareType("none").title_zh == "不予共享"


def test_connections_have_the_shape_of_the_specification(schema):
    for name, type in schema.type_map.items():
        if name.endswith("Connection"):
            edge = name.removesuffix("Connection") + "Edge"
            assert str(type.fields["edges"].type) == f"[{edge}!]!"
            assert str(type.fields["pageInfo"].type) == "PageInfo!"
            assert str(schema.type_map[edge].fields["cursor"].type) == "String!"
    info = {name: str(field.type) for name, field in schema.type_map["PageInfo"].fields.items()}
    assert info == {
        "hasNextPage": "Boolean!", "hasPreviousPage": "Boolean!", "startCursor": "String", "endCursor": "String"
    }  # fmt: skip


def test_whoever_is_a_node_has_an_id(schema):
    node = schema.type_map["Node"]
    assert {type.name for type in schema.get_possible_types(node)} == {"Member", "Organization", "Resource", "Viewer"}


ANSWERS = {
    **dict.fromkeys(("create", "update", "disable", "enable", "bind", "unbind"), "Principal!"),
    **dict.fromkeys(("assign", "unassign"), "RoleAssignment!"),
    **dict.fromkeys(("give", "revoke"), "Grant!"),
}


def test_every_mutation_answers_with_what_it_changed(schema):
    mutations = schema.mutation_type.fields
    for name, field in mutations.items():
        verb = re.match("[a-z]+", name)[0]
        about = name.removeprefix(verb)
        if about in ("Principal", "Role", "Grant"):
            assert str(field.type) == ANSWERS[verb]
        elif about in ("Resource", "Online", "Offline"):
            assert str(field.type) == "Resource!"
    for name, field in mutations.items():
        # What an operation of a plugin would do, nobody can say who has not done it.
        asked = {"requestId"} if name == "invoke" else {"requestId", "validateOnly"}
        assert asked <= field.args.keys()
