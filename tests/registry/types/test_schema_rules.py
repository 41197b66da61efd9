"""What the schema of a type may hold is bounded in every direction, and what is wrong with one is told by its place."""

from __future__ import annotations

from typing import Any

import pytest

from ucs_registry import schema_words
from ucs_registry.schema_rules import DEPTH_MOST, HEIGHT_MOST, PATTERNS_MOST, PLACES_MOST, SCHEMA_MOST, check_schema
from ucs_registry.specs import judge_of
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Locale


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def refusal(schema: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check_schema(schema)
    assert caught.value.reason == "SCHEMA_INVALID"
    return caught.value


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"not": schema}
    return {"type": "object", **schema}


def doubled(levels: int) -> dict[str, Any]:
    """A few definitions, each twice the one before: written out, they are beyond all bounds."""
    names = {
        f"d{at}": {"anyOf": [{"$ref": f"#/$defs/d{at - 1}"}] * 2} if at else {"type": "string"} for at in range(levels)
    }
    return an_object(a={"$ref": f"#/$defs/d{levels - 1}"}) | {"$defs": names}


@pytest.mark.parametrize(
    "schema",
    [
        an_object(),
        an_object(a={"type": ["string", "null"], "pattern": "^[a-z]+$", "format": "uri", "x-unit": "m", "title": "A"}),
        an_object(a={"$ref": "#/$defs/t", "maxLength": 3}) | {"$defs": {"t": {"type": "string"}}},
        an_object(a=True, b=False) | {"$schema": schema_words.DIALECT, "$id": "urn:x", "$comment": "c"},
        an_object(a={"if": {"const": 1}, "then": {"type": "integer"}, "else": {"oneOf": [{}, {"not": {}}]}}),
        an_object(a={"prefixItems": [{"const": 1}], "items": False, "contains": {}, "minContains": 2}),
        nested(DEPTH_MOST - 2),
        an_object(**{f"p{at}": {"pattern": "^a"} for at in range(PATTERNS_MOST)}),
        an_object(properties={"type": "string"}, type={"enum": [{"$ref": "elsewhere"}]}),
        doubled(8),
    ],
    ids=str,
)
def test_a_plain_schema_is_taken(schema: dict[str, Any]) -> None:
    check_schema(schema)


@pytest.mark.parametrize(
    ("schema", "path", "said"),
    [
        ({}, "schema.type", "must say"),
        ({"type": "string"}, "schema.type", "must say"),
        ({"type": ["object"]}, "schema.type", "must say"),
        (an_object() | {"$schema": "http://json-schema.org/draft-07/schema#"}, "schema.$schema", "2020-12"),
        (an_object(a={"patternProperties": {}}), "schema.properties.a.patternProperties", "no keyword"),
        (an_object(a={"$dynamicRef": "#x"}), "schema.properties.a.$dynamicRef", "no keyword"),
        (an_object(a={"$defs": {}}), "schema.properties.a.$defs", "only at the top"),
        (an_object(a={"$id": "urn:x"}), "schema.properties.a.$id", "only at the top"),
        (an_object(a={"format": "regex"}), "schema.properties.a.format", "formats are"),
        (an_object(a={"format": 1}), "schema.properties.a.format", "formats are"),
        (an_object(a={"pattern": "(?=a)"}), "schema.properties.a.pattern", "looking around"),
        (an_object(a={"pattern": "("}), "schema.properties.a.pattern", "no pattern"),
        (an_object(a={"pattern": "(a{1,999}){1,999}"}), "schema.properties.a.pattern", "repetitions"),
        (an_object(a={"pattern": "a" * 201}), "schema.properties.a.pattern", "200"),
        (an_object(a={"items": {"$ref": "https://example.org/x"}}), "schema.properties.a.items.$ref", "leads nowhere"),
        (an_object(a={"$ref": "#/properties/a"}), "schema.properties.a.$ref", "leads nowhere"),
        (an_object(a={"$ref": 5}), "schema.properties.a.$ref", "leads nowhere"),
        (an_object(a={"type": "text"}), "schema.properties.a.type", "not JSON Schema"),
        (an_object(a={"minLength": -1}), "schema.properties.a.minLength", "not JSON Schema"),
        (an_object(a={"required": "b"}), "schema.properties.a.required", "not JSON Schema"),
        (an_object(a=5), "schema.properties.a", "not JSON Schema"),
        ({"type": "object", "properties": []}, "schema.properties", "not JSON Schema"),
        ({"type": "object", "$defs": []}, "schema.$defs", "not JSON Schema"),
        ({"type": "object", "anyOf": []}, "schema.anyOf", "not JSON Schema"),
        (nested(DEPTH_MOST), "schema", "levels deep"),
        (an_object(a={"title": "x" * SCHEMA_MOST}), "schema", "bytes"),
        (an_object(a={"title": "\x00"}), "schema", "NUL"),
        (an_object(**{f"p{at}": {"pattern": "^a"} for at in range(PATTERNS_MOST + 1)}), None, "patterns"),
        (
            an_object() | {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}},
            None,
            "back to itself",
        ),
        (an_object() | {"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}}, "schema.$defs.a", "back to itself"),
        (doubled(40), "schema", f"{PLACES_MOST} places"),
        (an_object(**{f"p{at}": {} for at in range(PLACES_MOST)}), "schema", f"{PLACES_MOST} places"),
        (an_object(a={"enum": [[at] for at in range(PLACES_MOST // 2)]}), "schema", f"{PLACES_MOST} places"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(schema: dict[str, Any], path: str | None, said: str) -> None:
    error = refusal(schema)
    assert path in (None, error.fields["path"])
    assert said in error.message(Locale.EN)
    assert error.message(Locale.ZH) != error.message(Locale.EN)


def test_a_slip_is_guessed() -> None:
    assert refusal(an_object(a={"requird": ["b"]})).fields["near"][0] == "required"
    assert refusal(an_object(a={"format": "dat"})).fields["near"] == ["date"]
    schema = an_object(a={"$ref": "#/$defs/itm"}) | {"$defs": {"item": {}}}
    assert refusal(schema).fields["near"] == ["#/$defs/item"]


def test_a_long_way_down_is_refused_before_anybody_walks_it() -> None:
    names = {f"d{at}": {"items": {"$ref": f"#/$defs/d{at + 1}"}} for at in range(HEIGHT_MOST)}
    names[f"d{HEIGHT_MOST}"] = {}
    assert "levels deep" in refusal(an_object(a={"$ref": "#/$defs/d0"}) | {"$defs": names}).message(Locale.EN)
    # So deep that a walk by calls would end the process.
    value: Any = {}
    for _ in range(100_000):
        value = {"not": value}
    assert "levels deep" in refusal({"type": "object", "not": value}).message(Locale.EN)


def test_no_pattern_can_be_made_to_backtrack() -> None:
    """A pattern that takes engines with backtracking 2^40 steps for this text."""
    schema = an_object(a={"pattern": "^(a+)+$"})
    check_schema(schema)
    judge = judge_of(schema)
    mistake = judge.mistake_in({"a": "a" * 40 + "b"})
    assert mistake is not None
    assert mistake["path"] == "content.spec.a"
