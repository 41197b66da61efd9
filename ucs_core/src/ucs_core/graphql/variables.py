"""How much a request's variables hold, counted along the types of the schema before any of them is read.

Reading a value of a type takes ten microseconds, reading free JSON less than one: only the former is counted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLSchema,
    OperationDefinitionNode,
    get_nullable_type,
    is_scalar_type,
    type_from_ast,
)

from ucs_core.graphql.limits import check

_FREE = "JSON"


def check_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any], most: int
) -> None:
    """Raise Invalid with DOCUMENT_TOO_COSTLY when the variables of an operation hold more than so many values."""
    waiting: list[tuple[Any, Any]] = []
    for definition in operation.variable_definitions or ():
        value = variables.get(definition.variable.name.value)
        if isinstance(value, (list, dict)):
            waiting.append((type_from_ast(schema, definition.type), value))
    values = 0
    while waiting:
        type, value = waiting.pop()
        type = get_nullable_type(type)
        if is_scalar_type(type) and type.name == _FREE:
            continue
        # What does not fit its type counts as well: saying so is not free either. Nor are the fields that are left out.
        values += max(len(value), len(type.fields)) if isinstance(type, GraphQLInputObjectType) else len(value)
        check("values in variables", values, most)
        waiting += [(inner, part) for inner, part in _parts(type, value) if isinstance(part, (list, dict))]


def _parts(type: Any, value: list[Any] | dict[str, Any]) -> list[tuple[Any, Any]]:  # noqa: ANN401 -- any type of graphql's
    if isinstance(type, GraphQLList):
        # One value stands for a list of one.
        return [(type.of_type, part) for part in (value if isinstance(value, list) else [value])]
    if isinstance(type, GraphQLInputObjectType) and isinstance(value, dict):
        return [(type.fields[name].type, part) for name, part in value.items() if name in type.fields]
    return []
