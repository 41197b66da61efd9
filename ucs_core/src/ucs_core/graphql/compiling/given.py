"""What a request gives: its variables, and the arguments of fields, read as the execution would read them.

Most documents take a few texts and numbers, which are read here within a microsecond. Whatever else there is goes through
the functions of the execution. What is not as it should be gives no value at all: then the plain execution says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    get_argument_values,
    get_nullable_type,
    get_variable_values,
    is_input_object_type,
    is_required_argument,
    type_from_ast,
)
from graphql.execution.values import VariableValues, coerce_argument
from strawberry import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition

from ucs_core.graphql.inputs import plain
from ucs_registry.canonical import storable

Given: TypeAlias = VariableValues
"""The variables of a request, coerced."""

Arguments: TypeAlias = Callable[[Given], Mapping[str, Any]]
"""Reads the arguments of one field."""


class Unfit(Exception):
    """What was given is not for a compiled answer."""


def storable_text(value: object) -> str:
    """A text that a store may be asked for. Raises Unfit: what no store can keep is found in none."""
    if not isinstance(value, str) or not storable(value):
        raise Unfit
    return value


_INT_MOST = 2**31


def _text(value: object) -> str:
    if type(value) is not str:
        raise Unfit
    return value


def _id(value: object) -> str:
    return str(value) if type(value) is int else _text(value)


def _int(value: object) -> int:
    if type(value) is not int or not -_INT_MOST <= value < _INT_MOST:
        raise Unfit
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise Unfit
    return value


_READERS: Mapping[str, Callable[[object], object]] = {"String": _text, "ID": _id, "Int": _int, "Boolean": _flag}


class Variables:
    """Reads the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = tuple(operation.variable_definitions or ())
        self._plain: list[tuple[str, Callable[[object], object], bool]] | None = []
        for definition in self._definitions:
            kind = type_from_ast(schema, definition.type)
            required = isinstance(kind, GraphQLNonNull)
            read = _READERS.get(str(kind).rstrip("!"))
            if read is None or definition.default_value is not None:
                self._plain = None
                break
            self._plain.append((definition.variable.name.value, read, required))

    def read(self, sent: Mapping[str, Any]) -> Given:
        """The variables as the execution takes them. Raises Unfit where it would refuse them."""
        if self._plain is None:
            given = get_variable_values(self._schema, self._definitions, dict(sent))
            if isinstance(given, list):
                raise Unfit
            return given
        coerced: dict[str, object] = {}
        for name, read, required in self._plain:
            value = sent.get(name)
            if value is not None:
                coerced[name] = read(value)
            elif required:
                raise Unfit
            elif name in sent:
                coerced[name] = None
        return VariableValues({}, coerced)


def arguments(field: GraphQLField, node: FieldNode, schema: GraphQLSchema) -> Arguments:
    """What reads the arguments of a field, by their names in the schema. What is not given and has no default is left out.

    Inputs come as plain JSON under the platform's own names, as `plain_fields` makes it of them.
    """
    read = _coerced(field, node)
    inputs = {name: each.type for name, each in field.args.items() if is_input_object_type(each.type)}
    if not inputs:
        return read
    names = _own_names(schema)

    def converted(values: Given) -> Mapping[str, Any]:
        found = read(values)
        return {name: names(inputs[name], value) if name in inputs else value for name, value in found.items()}

    return converted


def _own_names(schema: GraphQLSchema) -> Callable[[Any, Any], Any]:
    """What makes plain JSON of a coerced input. The execution would make an object of it first, field by field, of which a
    filter has twenty: that takes longer than answering.
    """
    whole: Schema = schema.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    named = whole.config.name_converter.get_graphql_name
    known: dict[str, dict[str, str]] = {}

    def own(kind: Any, value: Any) -> Any:  # noqa: ANN401 -- any type of input, and any value of it
        kind = get_nullable_type(kind)
        if isinstance(kind, GraphQLList) and isinstance(value, list):
            return [own(kind.of_type, part) for part in value]
        if not isinstance(kind, GraphQLInputObjectType) or value is None:
            return plain(value)
        names = known.get(kind.name)
        if names is None:
            definition: StrawberryObjectDefinition = kind.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
            names = known[kind.name] = {named(field): field.python_name for field in definition.fields}
        fields = kind.fields
        # What is null restricts nothing, as what is not given.
        return {names[name]: own(fields[name].type, part) for name, part in value.items() if part is not None}

    return own


def _coerced(field: GraphQLField, node: FieldNode) -> Arguments:
    written = {each.name.value: each for each in node.arguments or ()}
    constant: dict[str, Any] = {}
    varying: list[tuple[str, str, bool]] = []
    for name, definition in field.args.items():
        given = written.get(name)
        if given is not None and isinstance(given.value, VariableNode):
            varying.append((name, given.value.name.value, isinstance(definition.type, GraphQLNonNull)))
            given = None
            if is_required_argument(definition):
                continue
        elif given is not None and _varies(given.value):
            return lambda values: get_argument_values(field, node, values)
        coerce_argument(constant, node, name, definition, given, None, None)
    if not varying:
        return lambda _: constant

    def read(values: Given) -> Mapping[str, Any]:
        found = dict(constant)
        for name, variable, required in varying:
            if variable in values.coerced:
                found[name] = values.coerced[variable]
            if required and found.get(name) is None:
                raise Unfit
        return found

    return read


def _varies(value: ValueNode) -> bool:
    """Whether a variable stands anywhere in a literal."""
    waiting: list[ValueNode] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, VariableNode):
            return True
        if isinstance(part, ListValueNode):
            waiting += part.values
        if isinstance(part, ObjectValueNode):
            waiting += (field.value for field in part.fields)
    return False
