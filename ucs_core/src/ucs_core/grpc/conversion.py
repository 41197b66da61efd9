"""Between messages and plain JSON, field by field, as the .proto files name them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

from google.protobuf.descriptor import Descriptor, EnumDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import BaseModel

from ucs_core.grpc.terms import name_of, number_of
from ucs_registry.canonical import timestamp
from ucs_sdk.errors import Invalid

Filled = TypeVar("Filled", bound=Message)
Item = TypeVar("Item")

Json = Any
"""A JSON value, or what a model holds in its place: an enumeration's member, a date, a moment."""

EXACT_MOST = 2**53
"""The largest whole number up to which every one has its own double."""

LIST_MOST = 1_000
"""How long a list of the wire may be; what the models allow is less."""

VALUES_MOST = 20_000
"""How many values the free JSON of one message may hold, as over HTTP."""


class _Field(NamedTuple):
    """What there is to know of a field; asking its descriptor again for every value would cost more than the value."""

    name: str
    repeated: bool
    enum: EnumDescriptor | None
    holds_messages: bool


class _Room:
    """How many values of free JSON there is room for."""

    def __init__(self) -> None:
        self._left = VALUES_MOST

    def take(self, values: int) -> None:
        """Count values. Raises Invalid when there are too many."""
        self._left -= values
        if self._left < 0:
            raise Invalid("DOCUMENT_TOO_COSTLY", measure="values", value=VALUES_MOST - self._left, most=VALUES_MOST)


@cache
def _fields(descriptor: Descriptor) -> dict[str, _Field]:
    return {
        field.name: _Field(field.name, field.is_repeated, field.enum_type, field.message_type is not None)
        for field in descriptor.fields
    }


def plain(message: Message, path: str = "") -> dict[str, Any]:
    """The fields of a message that are set, as plain JSON: enumerations by name, instants as text, a Struct as its object.

    Raises Invalid for what JSON or the enumeration does not have, and for more than a message may hold; the error names
    the field below `path`.
    """
    return _plain_message(message, path, _Room())


def filled(message: Filled, values: Mapping[str, Any] | BaseModel, path: str = "") -> Filled:
    """The message, filled with plain values or the fields of a model; None leaves a field unset.

    Raises Invalid for a field or an enumeration's name that the wire does not have.
    """
    fields = _fields(message.DESCRIPTOR)
    for name, value in values.items() if isinstance(values, Mapping) else values:
        if value is None:
            continue
        field = fields.get(name)
        if field is None:
            raise Invalid("FIELD_UNKNOWN", path=_below(path, name), more=0)
        _fill_field(message, field, value, path)
    return message


def few(items: Sequence[Item], path: str) -> Sequence[Item]:
    """The items of a list. Raises Invalid when there are more than any list of the wire may hold."""
    if len(items) > LIST_MOST:
        raise Invalid("FIELD_TOO_LONG", path=path, limit=LIST_MOST, unit="items", more=0)
    return items


def _plain_message(message: Message, path: str, room: _Room) -> dict[str, Any]:
    fields = _fields(message.DESCRIPTOR)
    found = {}
    for descriptor, value in message.ListFields():
        field = fields[descriptor.name]
        found[field.name] = _plain_field(field, value, _below(path, field.name), room)
    return found


def _plain_field(field: _Field, value: Json, path: str, room: _Room) -> Json:
    if field.repeated:
        few(value, path)
    if not (field.holds_messages or field.enum):
        return list(value) if field.repeated else value
    if field.repeated:
        return [_plain_value(field, item, f"{path}[{at}]", room) for at, item in enumerate(value)]
    return _plain_value(field, value, path, room)


def _plain_value(field: _Field, value: Json, path: str, room: _Room) -> Json:
    if field.enum is not None:
        return name_of(field.enum, value, path)
    match value:
        case Struct():
            return _plain_object(value, path, room)
        case Timestamp():
            return _plain_instant(value, path)
        case _:
            return _plain_message(value, path, room)


def _plain_instant(instant: Timestamp, path: str) -> str:
    try:
        return timestamp(instant.ToDatetime(UTC))
    except ValueError as cause:
        shown = f"{instant.seconds}.{instant.nanos:09}"
        raise Invalid("FIELD_TYPE", path=path, value=shown, expected="datetime", more=0) from cause


def _plain_object(struct: Struct, path: str, room: _Room) -> dict[str, Any]:
    room.take(len(struct.fields))
    return {key: _plain_json(value, _below(path, key), room) for key, value in struct.fields.items()}


def _plain_json(value: Value, path: str, room: _Room) -> Json:
    match value.WhichOneof("kind"):
        case "number_value":
            return _plain_number(value.number_value, path)
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return _plain_object(value.struct_value, path, room)
        case "list_value":
            values = value.list_value.values
            room.take(len(values))
            return [_plain_json(item, f"{path}[{at}]", room) for at, item in enumerate(values)]
        case "null_value":
            return None
        case _:
            raise Invalid("FIELD_MISSING", path=path, more=0)


def _plain_number(number: float, path: str) -> int | float:
    # The wire has doubles only: what was sent as a whole number is one again.
    if not math.isfinite(number):
        raise Invalid("FIELD_NOT_FINITE", path=path, more=0)
    return int(number) if number.is_integer() and abs(number) <= EXACT_MOST else number


def _fill_field(message: Message, field: _Field, value: Json, path: str) -> None:
    if field.enum is not None:
        setattr(message, field.name, number_of(field.enum, value, _below(path, field.name)))
    elif field.holds_messages:
        fill = _fill_messages if field.repeated else _fill_message
        fill(getattr(message, field.name), value, _below(path, field.name))
    elif field.repeated:
        getattr(message, field.name).extend(value)
    else:
        setattr(message, field.name, value.isoformat() if isinstance(value, date) else value)


def _fill_messages(messages: RepeatedCompositeFieldContainer[Any], values: Iterable[Json], path: str) -> None:
    for at, value in enumerate(values):
        filled(messages.add(), value, f"{path}[{at}]")


def _fill_message(message: Message, value: Json, path: str) -> None:
    match message:
        case Struct():
            message.update(value.model_dump(mode="json") if isinstance(value, BaseModel) else value)
        case Timestamp():
            message.FromDatetime(value if isinstance(value, datetime) else datetime.fromisoformat(value))
        case _:
            filled(message, value, path)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
