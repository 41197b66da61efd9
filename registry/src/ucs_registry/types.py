"""Resource types: what refines a kind, and the JSON Schema that a resource's `spec` must satisfy.

The schemas are files beside this module, one per type, in JSON Schema 2020-12.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema.protocols import Validator

from ucs_registry.organizations import Bilingual
from ucs_registry.specs import check_size, mistake_in, validator_of
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import ResourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A type of resource. Its schema is JSON Schema 2020-12 and speaks of `spec` alone."""

    id: str
    kind: ResourceKind
    title: Bilingual
    schema: dict[str, Any]


@cache
def built_in_types() -> dict[str, ResourceType]:
    """The types that every platform knows, by id."""
    found = {}
    for file in sorted(files("ucs_registry").joinpath("schemas").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".json"):
            raw = json.loads(file.read_text("utf-8"))
            type = ResourceType(
                id=raw["$id"].removeprefix("urn:ucs:type:"),
                kind=ResourceKind(raw["x-ucs-kind"]),
                title=Bilingual(zh=raw["x-ucs-title-zh"], en=raw["title"]),
                schema=raw,
            )
            found[type.id] = type
    return found


def check_spec(kind: ResourceKind, type: str, spec: dict[str, Any]) -> None:
    """Raise Invalid unless `type` is a type of `kind` and `spec` satisfies its schema; the error names path and expectation."""
    known = {id: entry for id, entry in built_in_types().items() if entry.kind is kind}
    if type not in known:
        near = difflib.get_close_matches(type, known, n=3)
        raise Invalid("TYPE_UNKNOWN", path="type", type=type, kind=kind.value, near=near, known=sorted(known))
    check_size(spec)
    mistake = mistake_in(spec, _validator(type))
    if mistake is not None:
        raise Invalid("SPEC_INVALID", type=type, **mistake)


@cache
def _validator(type: str) -> Validator:
    return validator_of(built_in_types()[type].schema)
