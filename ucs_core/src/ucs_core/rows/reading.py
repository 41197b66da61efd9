"""Lines of NDJSON read, validated, judged and cut into search tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import orjson

from ucs_core.rows.limits import BATCH_VALUES_MOST, CHUNK_MOST, LINE_MOST, LINE_VALUES_MOST, values_in
from ucs_registry.canonical import canonical_json
from ucs_registry.entering import ImportedResource, Prepared, prepared
from ucs_registry.log import body_digest, new_salt
from ucs_registry.types import KnownTypes
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

Stated: TypeAlias = Mapping[str, Any] | bytes
"""A resource as plain JSON, or a line of NDJSON."""

Reading: TypeAlias = Callable[[Mapping[str, Any]], ImportedResource]
"""What makes a resource of plain JSON, or raises what is wrong with it."""

Types: TypeAlias = tuple[str, KnownTypes]
"""The types and vocabularies of a state, and how that is called."""


class Row(NamedTuple):
    """A row that could be read: what is to be entered, and what the log will tell of it."""

    prepared: Prepared
    body: str
    salt: str
    body_digest: str


def row_of(stated: Stated, types: Types, read: Reading) -> Row:
    """What is to be entered of a row. Raises Invalid, or what `read` does."""
    value = resource_of(stated) if isinstance(stated, bytes) else stated
    item = read(value)
    body, salt = _body(value), new_salt()
    return Row(prepared(item, *types), body, salt, body_digest(salt, body))


def lines_of(text: bytes) -> list[bytes]:
    """The lines that hold something. Raises Invalid for more values than may be unfolded."""
    if values_in(text) > BATCH_VALUES_MOST:
        raise Invalid("DOCUMENT_TOO_COSTLY", measure="values", value=values_in(text), most=BATCH_VALUES_MOST)
    # Counted before anything is made of them; empty lines there may be, too.
    if text.count(b"\n") > 2 * CHUNK_MOST:
        raise Invalid("FIELD_TOO_LONG", path="resources", limit=CHUNK_MOST, unit="items", more=0)
    return [line for line in text.split(b"\n") if line.strip()]


def resource_of(line: bytes) -> dict[str, Any]:
    """The resource of a line, as the platform takes it. Raises Invalid for what is none.

    It may be named as on the wire, `name` and `organizations/…`, or by bare ids.
    """
    if len(line) > LINE_MOST:
        raise Invalid("LINE_TOO_LONG", most=LINE_MOST)
    if values_in(line) > LINE_VALUES_MOST:
        raise Invalid("DOCUMENT_TOO_COSTLY", measure="values", value=values_in(line), most=LINE_VALUES_MOST)
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as cause:
        raise Invalid("LINE_NOT_JSON", place=cause.colno) from cause
    if not isinstance(value, dict):
        raise Invalid("LINE_NOT_OBJECT")
    owner, name = value.get("owner"), value.get("name")
    if isinstance(owner, str):
        value["owner"] = owner.removeprefix("organizations/")
    if isinstance(name, str) and "id" not in value:
        value["id"] = value.pop("name").removeprefix("resources/")
    return value


def _body(value: Mapping[str, Any]) -> str:
    """What the log tells of a row. Raises Invalid for what is no JSON and came past the doors."""
    try:
        return canonical_json({**value, "revision": 1}).decode()
    except TypeError as cause:
        raise Invalid("FIELD_INVALID", path="", problem=Phrase("value-not-json")) from cause
