"""Dates, instants, positions and free JSON on the GraphQL wire."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

from ucs_registry.canonical import instant, timestamp

Json = NewType("Json", object)
"""Any JSON value: the specification of a resource."""

Position = NewType("Position", int)
"""A place in the log. It outgrows the 32 bits of GraphQL's own Int."""

Count = NewType("Count", int)
"""How many there are, where they may outgrow the 32 bits of GraphQL's own Int."""

JSON_DEPTH_MOST = 64
"""How deep a JSON value may nest."""

_INTEGER_LEAST, _INTEGER_MOST = -(2**63), 2**64 - 1
_POSITION_MOST = 2**63 - 1


def check_json(value: object) -> object:
    """The value itself. Raises GraphQLError when it nests too deep or holds a number that JSON cannot carry exactly."""
    waiting: list[tuple[object, int]] = [(value, 1)]
    while waiting:
        part, depth = waiting.pop()
        if depth > JSON_DEPTH_MOST:
            raise GraphQLError(f"JSON values may nest {JSON_DEPTH_MOST} levels deep at most.")
        if isinstance(part, Mapping):
            waiting += [(child, depth + 1) for child in part.values()]
        elif isinstance(part, list):
            waiting += [(child, depth + 1) for child in part]
        elif isinstance(part, float) and not math.isfinite(part):
            raise GraphQLError("JSON numbers must be finite.")
        elif isinstance(part, int) and not _INTEGER_LEAST <= part <= _INTEGER_MOST:
            raise GraphQLError("JSON integers must fit into 64 bits.")
    return value


def _json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> object:
    return check_json(value_from_ast_untyped(node, variables))


def _position(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _POSITION_MOST:
        raise GraphQLError("A position is an integer from 0 to 2^63 - 1.")
    return value


def _date(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as cause:
        raise GraphQLError("A date is written like 2026-01-31.") from cause


def _instant(value: object) -> datetime:
    try:
        return instant(str(value))
    except ValueError as cause:
        raise GraphQLError("An instant is written like 2026-01-31T08:00:00.000000Z.") from cause


SCALARS: Mapping[object, ScalarDefinition] = {
    Json: strawberry.scalar(
        name="JSON",
        description="任意 JSON 值 · Any JSON value",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=lambda value: value,
        parse_value=check_json,
        parse_literal=_json_literal,
    ),
    Position: strawberry.scalar(
        name="Position",
        description="日志位置：JSON 整数，不限于 32 位 · A place in the log: an integer in JSON, of up to 63 bits",
        serialize=int,
        parse_value=_position,
    ),
    Count: strawberry.scalar(
        name="Count",
        description="精确计数：JSON 整数，不限于 32 位 · An exact count: an integer in JSON, of up to 63 bits",
        serialize=int,
    ),
    date: strawberry.scalar(
        name="Date",
        description="日期 · A date, as YYYY-MM-DD",
        serialize=date.isoformat,
        parse_value=_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="时刻（UTC，RFC 3339） · An instant in UTC, as RFC 3339 with six decimals",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=timestamp,
        parse_value=_instant,
    ),
}
"""The scalars of our own, by the Python type that stands for each."""
