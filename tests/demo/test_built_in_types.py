"""The built-in types: sound schemas that say what every field is, in both languages, and refuse what they do not know."""

import json
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from ucs_core.demo.subjects import scenario_subjects, subjects
from ucs_core.platform.extending.entries import OPERATION
from ucs_registry.types import KnownTypes, built_in_types, check_spec
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import ResourceKind

LINES_MOST = 80


def faults(schema):
    """What is wrong with a type's schema."""
    if schema.get("additionalProperties") is not False:
        yield "takes fields that it does not know"
    if not schema.get("required"):
        yield "asks for nothing"
    for name, field in schema["properties"].items():
        if "description" not in field or "x-ucs-title-zh" not in field:
            yield f"{name} is not explained"
    yield from (f"{name} is asked for and unknown" for name in schema["required"] if name not in schema["properties"])


@pytest.mark.parametrize("type", built_in_types().values(), ids=lambda type: type.id)
def test_a_schema_is_sound(type):
    Draft202012Validator.check_schema(type.schema)
    assert list(faults(type.schema)) == []
    file = files("ucs_registry").joinpath("schemas", f"{type.id}.json")
    assert len(file.read_text("utf-8").splitlines()) < LINES_MOST


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"additionalProperties": True}, "does not know"),
        ({"required": []}, "asks for nothing"),
        ({"required": ["ghost"]}, "ghost is asked for"),
        ({"properties": {"items": {"description": "Fields."}}}, "items is not explained"),
    ],
)
def test_a_careless_schema_is_noticed(change, fault):
    schema = {**built_in_types()["dataset"].schema, **change}
    assert any(fault in line for line in faults(schema))


def test_every_kind_has_types_and_invented_resources():
    """None is invented of the type of operations: nobody would answer who calls it."""
    assert {type.kind for type in built_in_types().values()} == set(ResourceKind)
    invented = [*scenario_subjects(), *(subject for kind in ResourceKind for subject in subjects()[kind])]
    assert {subject.type for subject in invented} == set(built_in_types()) - {OPERATION}


@pytest.mark.parametrize(
    ("kind", "type", "spec"),
    [
        (ResourceKind.DATA, "dataset", {"items": []}),
        (ResourceKind.DATA, "dataset", {"items": [{"name": "a b", "title": "甲", "data_type": "string"}]}),
        (ResourceKind.DATA, "dataset", {"items": [{"name": "a", "title": "甲", "data_type": "text"}]}),
        (ResourceKind.DATA, "map_layer", {"geometry": "point", "crs": "wgs-84"}),
        (ResourceKind.INFRASTRUCTURE, "video_pool", {"channel_count": 1, "location_completeness": 96}),
        (ResourceKind.INFRASTRUCTURE, "video_pool", {"channel_count": -1}),
        (ResourceKind.COMPONENT, "api_service", {"protocol": "rest", "operations": [{"name": "a"}], "path": "//a"}),
        (ResourceKind.COMPONENT, "api_service", {"protocol": "rest", "operations": [{"name": "a"}], "path": "/../a"}),
        (ResourceKind.APPLICATION, "business_system", {"functions": ["甲"], "launched_on": "May 2021"}),
    ],
)
def test_what_a_schema_forbids_is_refused(kind, type, spec):
    with pytest.raises(Invalid) as refusal:
        check_spec(kind, type, spec, KnownTypes())
    assert refusal.value.reason == "SPEC_INVALID"


def test_schemas_are_formatted_alike():
    for type in built_in_types().values():
        text = files("ucs_registry").joinpath("schemas", f"{type.id}.json").read_text("utf-8")
        assert text.endswith("}\n")
        assert json.loads(text)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
