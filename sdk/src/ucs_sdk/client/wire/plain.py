"""From messages to plain JSON, field by field, as the .proto files name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from functools import cache
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp

EXACT_MOST = 2**53
"""The largest whole number up to which every one has its own double."""


@cache
def numbers(enum: EnumDescriptor) -> Mapping[str, int]:
    """The numbers of an enumeration by their plain names: RESOURCE_KIND_DATA is `data`; 0, which says nothing, has none."""
    prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"
    return {value.name.removeprefix(prefix).lower(): value.number for value in enum.values if value.number}


@cache
def _names(enum: EnumDescriptor) -> Mapping[int, str]:
    return {number: name for name, number in numbers(enum).items()}


def name_of(enum: EnumDescriptor, number: int) -> str:
    """The plain name of a number; its digits for one that a later release has brought."""
    return _names(enum).get(number, str(number))


def plain(message: Message) -> dict[str, Any]:
    """The fields of a message that are set: enumerations by name, instants as text, a Struct as its object."""
    return {field.name: _plain_field(field, value) for field, value in message.ListFields()}


# A field holds a scalar, a message or a list of them, and what JSON makes of it is as free.
def _plain_field(field: FieldDescriptor, value: Any) -> Any:  # noqa: ANN401
    if field.is_repeated:
        return [_plain_value(field, item) for item in value]
    return _plain_value(field, value)


# As above.
def _plain_value(field: FieldDescriptor, value: Any) -> Any:  # noqa: ANN401
    if field.enum_type is not None:
        return name_of(field.enum_type, value)
    match value:
        case Struct():
            return {key: _plain_json(item) for key, item in value.fields.items()}
        case Timestamp():
            return value.ToDatetime(UTC).isoformat()
        case Message():
            return plain(value)
        case _:
            return value


# A JSON value.
def _plain_json(value: Value) -> Any:  # noqa: ANN401
    match value.WhichOneof("kind"):
        case "number_value":
            number = value.number_value
            # The wire has doubles only: what was sent as a whole number is one again.
            return int(number) if number.is_integer() and abs(number) <= EXACT_MOST else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return {key: _plain_json(item) for key, item in value.struct_value.fields.items()}
        case "list_value":
            return [_plain_json(item) for item in value.list_value.values]
        case _:
            return None
