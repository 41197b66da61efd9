"""Walks the JSON Schema of a pydantic model, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_BOUNDED_TEXT = ("maxLength", "enum", "const", "format", "pattern")


class Property(NamedTuple):
    """One field: the model in which it stands, its name, and its schema."""

    model: str
    name: str
    schema: Mapping[str, Any]


def properties(schema: Mapping[str, Any]) -> Iterator[Property]:
    """Every field of a model and of all models within it."""
    for model in [schema, *schema.get("$defs", {}).values()]:
        for name, stated in model.get("properties", {}).items():
            yield Property(model.get("title", "?"), name, stated)


def unbounded(schema: Mapping[str, Any]) -> Iterator[str]:
    """The fields by which somebody could send any amount: text, lists and mappings without an upper bound."""
    for each in properties(schema):
        if _is_unbounded(each.schema):
            yield f"{each.model}.{each.name}"


def _is_unbounded(stated: Mapping[str, Any]) -> bool:
    branches = [*stated.get("anyOf", ()), *stated.get("oneOf", ()), *stated.get("allOf", ())]
    if any(_is_unbounded(branch) for branch in branches):
        return True
    match stated.get("type"):
        case "string":
            return not any(key in stated for key in _BOUNDED_TEXT)
        case "array":
            items = [*stated.get("prefixItems", ()), stated.get("items") or {}]
            return "maxItems" not in stated or any(_is_unbounded(item) for item in items if isinstance(item, dict))
        case "object":
            return "properties" not in stated and "maxProperties" not in stated
    return False
