"""What a request gives: its variables, and the arguments of fields, read as the execution would read them.

Most documents take a few texts and numbers, which are read here within a microsecond. Whatever else there is goes through
the functions of the execution. What is not as it should be gives no value at all: then the plain execution says why.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_argument_values,
    get_nullable_type,
    get_variable_values,
    is_input_object_type,
    is_leaf_type,
    is_nullable_type,
    is_required_argument,
    type_from_ast,
)
from graphql.execution.values import VariableValues, coerce_argument
from graphql.utilities import coerce_input_literal
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


def _reader(kind: object) -> Callable[[object], object] | None:
    """What reads a variable of a type that may be null; None leaves it to the execution."""
    if not isinstance(kind, GraphQLEnumType):
        return _READERS.get(str(kind))
    members = {name: kind.coerce_input_value(name) for name in kind.values}

    def member(value: object) -> object:
        if type(value) is not str or value not in members:
            raise Unfit
        return members[value]

    return member


class Variables:
    """Reads the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = tuple(operation.variable_definitions or ())
        self._plain: list[tuple[str, Callable[[object], object], bool]] | None = []
        for definition in self._definitions:
            kind = type_from_ast(schema, definition.type)
            required = isinstance(kind, GraphQLNonNull)
            read = _reader(kind.of_type if isinstance(kind, GraphQLNonNull) else kind)
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
    inputs = {name: each.type for name, each in field.args.items() if is_input_object_type(each.type)}
    if not inputs:
        return _coerced(field, node)
    names = _own_names(schema)
    written = {each.name.value: each.value for each in node.arguments or ()}
    composed = {
        name: compose
        for name, kind in inputs.items()
        if (compose := _composed(get_nullable_type(kind), written.get(name), names)) is not None
    }
    read = _coerced(field, node, composed)

    def converted(values: Given) -> Mapping[str, Any]:
        own = dict(read(values))
        for name, kind in inputs.items():
            if name in own:
                own[name] = names(kind, own[name])
        for name, compose in composed.items():
            own[name] = compose(values)
        return own

    return converted


_OwnNames: TypeAlias = Callable[[Any, Any], Any]


def _composed(kind: Any, written: ValueNode | None, names: _OwnNames) -> Callable[[Given], Any] | None:  # noqa: ANN401 -- any type of input
    """What reads an input that is written as an object with variables for some of its fields, as plain JSON; None where
    it is another, or has variables deeper within.

    What does not vary is coerced once. What is null or not given restricts nothing.
    """
    if not isinstance(kind, GraphQLInputObjectType) or kind.is_one_of or not isinstance(written, ObjectValueNode):
        return None
    varying = [
        (each.name.value, each.value.name.value) for each in written.fields if isinstance(each.value, VariableNode)
    ]
    fixed = tuple(each for each in written.fields if not isinstance(each.value, VariableNode))
    if not varying or not all(_may_be_left_out(kind.fields[name]) for name, _ in varying):
        return None
    if any(_varies(each.value) for each in fixed):
        return None
    coerced = coerce_input_literal(ObjectValueNode(fields=fixed), kind)
    if not isinstance(coerced, dict):
        return None
    constant = names(kind, coerced)
    # What is no object and no list has its own name whatever its value, which is looked up once.
    leaves = [(_own_name(kind, name, names), variable) for name, variable in varying if _is_leaf(kind, name)]
    others = [(name, variable) for name, variable in varying if not _is_leaf(kind, name)]

    def compose(values: Given) -> Any:  # noqa: ANN401 -- plain JSON
        given = values.coerced
        found = dict(constant)
        for name, variable in leaves:
            value = given.get(variable)
            if value is not None:
                found[name] = value if type(value) is str else plain(value)
        return found | names(kind, {name: given.get(variable) for name, variable in others}) if others else found

    return compose


def _is_leaf(kind: GraphQLInputObjectType, name: str) -> bool:
    return is_leaf_type(get_nullable_type(kind.fields[name].type))


def _own_name(kind: GraphQLInputObjectType, name: str, names: _OwnNames) -> str:
    own: str = next(iter(names(kind, {name: ""})))
    return own


def _may_be_left_out(field: GraphQLInputField) -> bool:
    """Whether a field may be null, and is where it is not given."""
    return is_nullable_type(field.type) and field.default is None and field.default_value in (None, Undefined)


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


def _coerced(field: GraphQLField, node: FieldNode, composed: Container[str] = ()) -> Arguments:
    """What coerces the arguments of a field, but for those that are composed."""
    written = {each.name.value: each for each in node.arguments or ()}
    constant: dict[str, Any] = {}
    varying: list[tuple[str, str, bool]] = []
    for name, definition in field.args.items():
        if name in composed:
            continue
        given = written.get(name)
        if given is not None and isinstance(given.value, VariableNode):
            varying.append((name, given.value.name.value, isinstance(definition.type, GraphQLNonNull)))
            given = None
            if is_required_argument(definition):
                continue
        elif given is not None and _varies(given.value):
            return _executed(field, node, composed)
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


def _executed(field: GraphQLField, node: FieldNode, composed: Container[str]) -> Arguments:
    """What coerces arguments as the execution does."""

    def read(values: Given) -> Mapping[str, Any]:
        found = get_argument_values(field, node, values)
        return {name: value for name, value in found.items() if name not in composed}

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
