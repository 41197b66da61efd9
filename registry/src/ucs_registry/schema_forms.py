"""The plain form of a schema, in which two of them can be compared: references written out, what judges nothing left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ucs_registry.schema_rules import definitions
from ucs_registry.schema_words import ASSERTIONS, DEFINITIONS, ONE, SOME
from ucs_registry.specs import comparable

Form: TypeAlias = Any
"""A schema without references and annotations, or False, which takes nothing; what takes everything is empty."""

ALL_TYPES = ("array", "boolean", "null", "number", "object", "string")

_IDLE = {"minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False}
"""Keywords that ask for nothing when they have these values."""


def form_of(schema: Mapping[str, Any] | bool) -> Form:
    """The plain form of a schema such as `schema_rules` lets pass."""
    names = definitions(schema) if isinstance(schema, Mapping) else {}
    written: dict[str, Form] = {}

    def form(part: Any) -> Form:  # noqa: ANN401 -- a schema is an object or a truth value
        if isinstance(part, bool):
            return {} if part else False
        made = {name: value for name, value in part.items() if name in ASSERTIONS and name != "$ref"}
        _tidy(made)
        for name in ONE:
            if name in made:
                made[name] = form(made[name])
        for name in SOME:
            if name in made:
                made[name] = [form(child) for child in made[name]]
        if "properties" in made:
            made["properties"] = {name: form(child) for name, child in made["properties"].items()}
        _drop_idle(made)
        if "$ref" not in part:
            return made
        name = part["$ref"].removeprefix(DEFINITIONS)
        if name not in written:
            written[name] = form(names[name])
        return {"allOf": [written[name], made]} if made else written[name]

    return form(schema)


def same(one: Form, other: Form) -> bool:
    """Whether two forms are equal, as JSON is: 1 and 1.0 are, 1 and true are not."""
    return bool(comparable(one) == comparable(other))


def types_of(form: Mapping[str, Any]) -> tuple[str, ...]:
    """The types of value that a form takes, sorted; `integer` only where other numbers are not taken."""
    return tuple(form.get("type", ALL_TYPES))


def member_among(type: str, taken: tuple[str, ...]) -> bool:
    """Whether values of a type are among those of some types."""
    return type in taken or (type == "integer" and "number" in taken)


def additional(form: Mapping[str, Any]) -> Form:
    """What fields that are not named must satisfy."""
    return form.get("additionalProperties", {})


def field_of(form: Mapping[str, Any], name: str) -> Form:
    """What a field must satisfy, be it named or not."""
    return form.get("properties", {}).get(name, additional(form))


def rest_of(form: Mapping[str, Any]) -> Form:
    """What the items behind the named places must satisfy."""
    return form.get("items", {})


def item_at(form: Mapping[str, Any], at: int) -> Form:
    """What the item at a place must satisfy."""
    prefix = form.get("prefixItems", ())
    return prefix[at] if at < len(prefix) else rest_of(form)


def _tidy(made: dict[str, Any]) -> None:
    """Bring what can be said in several ways into one."""
    if "const" in made:
        value = made.pop("const")
        if "enum" in made:
            made["allOf"] = [*made.get("allOf", ()), {"enum": [value]}]
        else:
            made["enum"] = [value]
    if "enum" in made:
        made["enum"] = list({comparable(value): value for value in made["enum"]}.values())
    if "type" in made:
        types = {made["type"]} if isinstance(made["type"], str) else set(made["type"])
        made["type"] = sorted(types - {"integer"} if "number" in types else types)
    if "required" in made:
        made["required"] = sorted(set(made["required"]))


def _drop_idle(made: dict[str, Any]) -> None:
    """Leave out keywords that ask for nothing."""
    for name, value in _IDLE.items():
        if name in made and made[name] == value:
            del made[name]
    for name in (*ONE, "required", "properties", "dependentRequired"):
        if name in made and made[name] in ({}, []) and name not in ("not", "if", "contains", "then", "else"):
            del made[name]
    if "if" not in made:
        made.pop("then", None)
        made.pop("else", None)
    if "contains" not in made:
        made.pop("minContains", None)
        made.pop("maxContains", None)
