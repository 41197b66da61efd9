"""What a column may stand for: the fields of a resource, by the names that a mapping gives them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType, Term, UpdateCycle


class Form(StrEnum):
    """How a cell holds a value."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    LIST = "list"
    LINKS = "links"
    RECORDS = "records"
    JSON = "json"


VOCABULARIES: Mapping[str, type[Term]] = MappingProxyType(
    {
        "kind": ResourceKind,
        "availability": Availability,
        "share_type": ShareType,
        "open_type": OpenType,
        "data_level": DataLevel,
        "update_cycle": UpdateCycle,
    }
)
"""The fields whose cells hold words of a vocabulary: by value, or by Chinese or English title."""

ENTRY = ("id", "code", "kind", "type", "owner", "availability")
"""The fields of a resource beside its content."""

OUT_ONLY = ("owner_title.zh", "owner_title.en", "created_at", "updated_at", "revision")
"""What only a table that is written may hold."""

_FORMS = {
    "location.longitude": Form.NUMBER,
    "location.latitude": Form.NUMBER,
    "synthetic": Form.BOOLEAN,
    "tags": Form.LIST,
    "conforms_to": Form.LIST,
    "related_codes": Form.LIST,
    "dependencies": Form.LINKS,
    "issued_on": Form.DATE,
    "temporal.start": Form.DATE,
    "temporal.end": Form.DATE,
    "spec": Form.JSON,
    "footprint": Form.JSON,
}

_PARTS: Mapping[str, tuple[str, ...]] = {
    "title": ("zh", "en"),
    "summary": ("zh", "en"),
    "location": ("longitude", "latitude"),
    "temporal": ("start", "end"),
}


def form_of(field: str) -> Form:
    """How a cell holds the value of a field where the mapping does not say."""
    return _FORMS.get(field, Form.TEXT)


@cache
def known_fields() -> tuple[str, ...]:
    """Every field that a column may stand for; those of a spec are `spec.` and a name."""
    # The models are heavy, and most verbs need none of them.
    from ucs_registry.resources import ResourceContent  # noqa: PLC0415 - see above

    content = [
        f"{name}.{part}" if part else name for name in ResourceContent.model_fields for part in _PARTS.get(name, ("",))
    ]
    return (*ENTRY, *content, *OUT_ONLY)


def is_field(field: str) -> bool:
    """Whether a column may stand for a field of this name."""
    return field in known_fields() or (field.startswith("spec.") and all(field.split(".")))


def place_of(field: str) -> tuple[str, ...]:
    """Where a field stands in a resource, from the outside in."""
    parts = tuple(field.split("."))
    return parts if parts[0] in ENTRY or field in OUT_ONLY else ("content", *parts)


# Whatever JSON holds may stand there.
def value_at(resource: Mapping[str, Any], field: str) -> Any:  # noqa: ANN401 - see above
    """The value of a field in a resource; None where there is none."""
    value: Any = resource
    for part in place_of(field):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def put_at(resource: dict[str, Any], field: str, value: object) -> None:
    """Set the value of a field in a resource."""
    *outer, last = place_of(field)
    for part in outer:
        inner = resource.setdefault(part, {})
        if not isinstance(inner, dict):
            # `spec` as a whole stands in one column, and a part of it in another.
            inner = resource[part] = {}
        resource = inner
    resource[last] = value
