"""Types of the schema made of JSON Schema: what a plugin's operation takes and answers, as GraphQL has it.

An object with named properties becomes a type of that title, a list a list, a closed set of words an enumeration, and an
instant or a date the scalar for it. What GraphQL cannot say (unions, maps with free keys, names that it does not allow) is
`JSON`. Names change from snake_case to camelCase; the plugin gets and gives its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from itertools import count
from typing import Any, NamedTuple, TypeAlias, cast

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLError,
    GraphQLField,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
)

from ucs_registry.canonical import canonical_json, timestamp

JsonSchema: TypeAlias = Mapping[str, Any]
AnyType: TypeAlias = Any
"""A type of graphql-core; which kinds go where, it checks by itself."""

Info: TypeAlias = GraphQLResolveInfo[Any]
"""What a resolver is told about its place."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_INT_LEAST, _INT_MOST = -(2**31), 2**31 - 1
_WHOLE_MOST = 2**63 - 1


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _WHOLE_MOST:
        raise GraphQLError("A whole number has 63 bits at most.")
    return value


WHOLE = GraphQLScalarType(
    "BigInt",
    description="整数：JSON 整数，不限于 32 位 · A whole number: an integer in JSON, of up to 63 bits",
    serialize=_whole,
    parse_value=_whole,
)
"""Whole numbers whose bounds say that they may outgrow the 32 bits of GraphQL's own Int."""


class Form(NamedTuple):
    """A type, and how a value in JSON becomes what the type writes."""

    type: AnyType
    shown: Callable[[Any], Any] | None = None


class Forms:
    """The types of one capability, each made once. `schema` lends the scalars that it has already."""

    def __init__(self, capability: str, schema: GraphQLSchema) -> None:
        self._prefix = pascal(capability)
        self._scalars = schema
        self._taken = frozenset(schema.type_map)
        self._made: dict[tuple[bool, bytes], GraphQLNamedType] = {}

    def output(self, schema: JsonSchema) -> Form:
        """The type of an answer: never null."""
        form = self._form(schema, _defs(schema), inward=False)
        return Form(form.type if isinstance(form.type, GraphQLNonNull) else GraphQLNonNull(form.type), form.shown)

    def input(self, schema: JsonSchema) -> AnyType | None:
        """The type of what is asked, nullable where all of it may be left out; None where nothing is asked."""
        defs = _defs(schema)
        stated = _followed(schema, defs)
        if not stated.get("properties"):
            return None
        form = self._named(stated, defs, inward=True)
        return GraphQLNonNull(form.type) if stated.get("required") else form.type

    def _form(self, schema: JsonSchema, defs: Mapping[str, Any], *, inward: bool) -> Form:
        """The type of a schema, nullable only where the schema says so."""
        stated, null = _without_null(_followed(schema, defs), defs)
        form = self._named(stated, defs, inward=inward)
        return form if null else Form(GraphQLNonNull(form.type), form.shown)

    def _named(self, schema: JsonSchema, defs: Mapping[str, Any], *, inward: bool) -> Form:
        kind = schema.get("type")
        if "enum" in schema or "const" in schema:
            return self._words(schema, inward=inward)
        if kind == "object" and _has_fields(schema):
            return Form(self._object(schema, defs, inward=inward))
        if kind == "array" and isinstance(schema.get("items"), Mapping):
            items = self._form(schema["items"], defs, inward=inward)
            shown = None if items.shown is None else partial(_each, items.shown)
            return Form(GraphQLList(items.type), shown)
        if kind == "string":
            return self._text(schema)
        if kind == "integer":
            return Form(WHOLE if _is_large(schema) else GraphQLInt)
        return Form({"number": GraphQLFloat, "boolean": GraphQLBoolean}.get(str(kind)) or self._scalar("JSON"))

    def _text(self, schema: JsonSchema) -> Form:
        match schema.get("format"):
            case "date-time":
                return Form(self._scalar("DateTime"), _instant)
            case "date":
                return Form(self._scalar("Date"), date.fromisoformat)
            case _:
                return Form(GraphQLString)

    def _scalar(self, name: str) -> GraphQLNamedType:
        return self._scalars.type_map[name]

    def _words(self, schema: JsonSchema, *, inward: bool) -> Form:
        words = schema.get("enum", [schema.get("const")])
        title = schema.get("title")
        if not title or not all(isinstance(word, str) and _NAME.match(word) for word in words):
            return Form(GraphQLString if all(isinstance(word, str) for word in words) else self._scalar("JSON"))
        # One enumeration serves both ways.
        key = False, canonical_json(schema)
        if key not in self._made:
            values = {word: GraphQLEnumValue(word) for word in words}
            self._made[key] = GraphQLEnumType(self._name(title, ""), values, description=schema.get("description"))
        return Form(self._made[key])

    def _object(self, schema: JsonSchema, defs: Mapping[str, Any], *, inward: bool) -> GraphQLNamedType:
        title = str(schema.get("title") or "Value")
        # Two models of one title are two types.
        key = inward, canonical_json(schema)
        if key not in self._made:
            name, described = self._name(title, "Input" if inward else ""), schema.get("description")
            # Fields come later: an object may hold others of its own kind.
            if inward:
                fields = partial(self._input_fields, schema, defs)
                self._made[key] = GraphQLInputObjectType(name, fields, description=described)
            else:
                self._made[key] = GraphQLObjectType(name, partial(self._fields, schema, defs), description=described)
        return self._made[key]

    def _name(self, title: str, ending: str) -> str:
        stem = f"{self._prefix}{pascal(title).removeprefix(self._prefix)}"
        taken = {type.name for type in self._made.values()} | self._taken
        names = (f"{stem}{number if number > 1 else ''}{ending}" for number in count(1))
        return next(name for name in names if name not in taken)

    def _fields(self, schema: JsonSchema, defs: Mapping[str, Any]) -> dict[str, GraphQLField]:
        fields = {}
        for key, stated in schema["properties"].items():
            form = self._form(stated, defs, inward=False)
            fields[camel(key)] = GraphQLField(
                form.type, resolve=_reading(key, form.shown), description=_description(key, stated)
            )
        return fields

    def _input_fields(self, schema: JsonSchema, defs: Mapping[str, Any]) -> dict[str, GraphQLInputField]:
        required = schema.get("required", ())
        fields = {}
        for key, stated in schema["properties"].items():
            type = self._form(stated, defs, inward=True).type
            if key not in required and isinstance(type, GraphQLNonNull):
                # What may be left out is nullable here; the plugin's model says which value it then has.
                type = type.of_type
            fields[camel(key)] = GraphQLInputField(type, description=_description(key, stated), out_name=key)
        return fields


def plain(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """A value that the schema has read, as JSON has it."""
    match value:
        case datetime():
            return timestamp(value)
        case date():
            return value.isoformat()
        case dict():
            return {key: plain(part) for key, part in value.items()}
        case list():
            return [plain(part) for part in value]
        case _:
            return value


def camel(name: str) -> str:
    """A name of the schema: `first_name` becomes `firstName`."""
    first, *others = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in others)


def pascal(name: str) -> str:
    """The name of a type: `road_sweeping` becomes `RoadSweeping`, and what stands in brackets is joined on."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))


def _defs(schema: JsonSchema) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", schema.get("$defs", {}))


def _followed(schema: JsonSchema, defs: Mapping[str, Any]) -> JsonSchema:
    """The schema itself, or the one that it refers to; what stands beside the reference describes the place, not the type."""
    reference = schema.get("$ref")
    if reference is None and len(schema.get("allOf", ())) == 1:
        reference = schema["allOf"][0].get("$ref")
    if not isinstance(reference, str):
        return schema
    name = reference.removeprefix("#/$defs/")
    return {"title": name, **defs.get(name, {})}


def _without_null(schema: JsonSchema, defs: Mapping[str, Any]) -> tuple[JsonSchema, bool]:
    """What a schema says beside that it may be null, and whether it may."""
    ways = schema.get("anyOf") or schema.get("oneOf")
    if ways is None:
        return schema, schema.get("type") in (None, "null") and not ({"enum", "const"} & schema.keys())
    others = [way for way in ways if way.get("type") != "null"]
    null = len(others) < len(ways)
    return (_followed(others[0], defs) if len(others) == 1 else {}), null


def _has_fields(schema: JsonSchema) -> bool:
    names = [camel(name) for name in schema.get("properties", ())]
    usable = all(_NAME.match(name) for name in names) and len(set(names)) == len(names)
    # Beside free keys, named ones are only some of the truth.
    return bool(names) and usable and not isinstance(schema.get("additionalProperties"), Mapping)


def _is_large(schema: JsonSchema) -> bool:
    bounds = [schema.get(name, 0) for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")]
    return any(not _INT_LEAST <= bound <= _INT_MOST for bound in bounds)


def _description(key: str, schema: JsonSchema) -> str | None:
    """What an author says of a field: title and description. A title that was made of the name says nothing."""
    made = key.replace("_", " ").title()
    said = [str(schema[name]) for name in ("title", "description") if schema.get(name) not in (None, "", made)]
    return " · ".join(said) or None


def _instant(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    # Times are UTC on the wire: a plugin's model that knows no zone means it, too.
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _each(shown: Callable[[Any], Any], values: list[Any] | None) -> list[Any] | None:
    return None if values is None else [None if value is None else shown(value) for value in values]


def _reading(key: str, shown: Callable[[Any], Any] | None) -> Callable[[Mapping[str, Any], Info], Any]:
    """The resolver of a field: what the answer has under the plugin's own name."""
    if shown is None:
        return lambda answer, _: answer.get(key)

    def read(answer: Mapping[str, Any], _: Info) -> Any:  # noqa: ANN401 -- whatever the type writes
        value = answer.get(key)
        return None if value is None else shown(value)

    return read
