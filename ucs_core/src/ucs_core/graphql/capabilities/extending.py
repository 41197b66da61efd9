"""The schema with the operations of plugins in it: made anew when they change, beside the one that is in use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)

from ucs_core.graphql.capabilities.forms import Forms, Info, camel, pascal, plain
from ucs_core.graphql.context import OperationContext
from ucs_core.graphql.cost import OPERATIONS
from ucs_core.graphql.texts import REQUEST_ID

READS, WRITES = OPERATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An operation as the schema needs to know it. `path` is what it is called by, `capability.operation`."""

    path: str
    title_zh: str
    title_en: str
    description: str
    changes: bool
    streaming: bool
    input: Mapping[str, Any]
    output: Mapping[str, Any]

    @property
    def capability(self) -> str:
        """Below which name it stands."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path.partition(".")[2]


def taken(schema: GraphQLSchema) -> frozenset[str]:
    """The names of root fields, which no capability may have."""
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    return frozenset(name for root in roots if root is not None for name in root.fields)


def extended(schema: GraphQLSchema, operations: Iterable[Offered]) -> GraphQLSchema:
    """The schema with these operations: reads and changes below their capability, streams as `capabilityOperation`.

    Raises ValueError for a capability whose name the schema has already.
    """
    reads: dict[str, dict[str, GraphQLField]] = defaultdict(dict)
    changes: dict[str, dict[str, GraphQLField]] = defaultdict(dict)
    streams: dict[str, GraphQLField] = {}
    forms: dict[str, Forms] = {}
    reserved = taken(schema)
    for operation in sorted(operations, key=lambda each: each.path):
        namespace = camel(operation.capability)
        if namespace in reserved:
            raise ValueError(f"{operation.capability!r} is a field of the schema itself")
        made = forms.setdefault(namespace, Forms(operation.capability, schema))
        if operation.streaming:
            streams[camel(f"{operation.capability}_{operation.name}")] = _stream(operation, made)
        else:
            group = changes if operation.changes else reads
            group[namespace][camel(operation.name)] = _call(operation, made)
    if not forms:
        return schema
    return _schema(schema, _spaces(reads, READS), _spaces(changes, WRITES), streams)


def _spaces(groups: Mapping[str, dict[str, GraphQLField]], ending: str) -> dict[str, GraphQLField]:
    return {
        name: GraphQLField(
            GraphQLNonNull(GraphQLObjectType(f"{pascal(name)}{ending}", fields)),
            resolve=lambda *_: {},
            description=f"能力 {name} 的操作 · The operations of the capability {name}",
        )
        for name, fields in groups.items()
    }


def _schema(
    schema: GraphQLSchema,
    reads: dict[str, GraphQLField],
    changes: dict[str, GraphQLField],
    streams: dict[str, GraphQLField],
) -> GraphQLSchema:
    parts = schema.to_kwargs()
    for name, fields in (("query", reads), ("mutation", changes), ("subscription", streams)):
        if fields:
            root = parts[name]  # type: ignore[literal-required]  # one of three keys
            kept = root.to_kwargs()
            kept["fields"] = {**root.fields, **fields}
            parts[name] = GraphQLObjectType(**kept)  # type: ignore[literal-required]  # as above
    # What the roots were before is reached from nowhere any more, and two types of one name would not do.
    old = {schema.query_type, schema.mutation_type, schema.subscription_type}
    parts["types"] = tuple(type for type in parts["types"] or () if type not in old)
    return GraphQLSchema(**parts)


def _described(operation: Offered) -> str:
    said = f"{operation.title_zh} · {operation.title_en}"
    return f"{said}\n\n{operation.description}" if operation.description else said


def _arguments(operation: Offered, forms: Forms) -> dict[str, GraphQLArgument]:
    arguments = {}
    asked = forms.input(operation.input)
    if asked is not None:
        arguments["input"] = GraphQLArgument(asked, description="输入 · What is asked")
    if operation.changes:
        arguments["requestId"] = GraphQLArgument(GraphQLString, description=REQUEST_ID, out_name="request_id")
    return arguments


def _call(operation: Offered, forms: Forms) -> GraphQLField:
    answer = forms.output(operation.output)
    path, changes, shown = operation.path, operation.changes, answer.shown

    async def resolve(_: object, info: Info, **given: Any) -> Any:  # noqa: ANN401 -- as the plugin answers
        context: OperationContext = info.context
        told = await context.invoke(path, plain(given.get("input") or {}), given.get("request_id"), changes=changes)
        return told if shown is None else shown(told)

    return GraphQLField(
        answer.type, args=_arguments(operation, forms), resolve=resolve, description=_described(operation)
    )


def _stream(operation: Offered, forms: Forms) -> GraphQLField:
    answer = forms.output(operation.output)
    path, shown = operation.path, answer.shown

    def subscribe(_: object, info: Info, **given: Any) -> AsyncIterator[Any]:  # noqa: ANN401 -- as above
        context: OperationContext = info.context
        return context.stream(path, plain(given.get("input") or {}))

    def resolve(event: Any, _: Info, **__: Any) -> Any:  # noqa: ANN401 -- as above
        return event if shown is None else shown(event)

    return GraphQLField(
        answer.type,
        args=_arguments(operation, forms),
        subscribe=subscribe,
        resolve=resolve,
        description=_described(operation),
    )
