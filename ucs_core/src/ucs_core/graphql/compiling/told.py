"""Fields of the root that no statement answers: a session tells them, and what is selected of it is written down at once.

What is asked is mostly worked out from the state of access, from constants, or in several steps. The resolvers of the schema
say what it is; the selections under them, which the execution would go through anew for every object, are worked out once.
Whatever fails is left to the plain execution, which says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from inspect import iscoroutine
from typing import Any, Protocol, TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    get_argument_values,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import AbortSignal, Path, is_awaitable
from strawberry.schema.schema_converter import GraphQLCoreConverter

from ucs_core.graphql.compiling.given import Given, Unfit

Told: TypeAlias = Any
"""What a session tells, as plain JSON."""


class Selecting(Protocol):
    """What is selected of an object of a type, by its keys."""

    def __call__(self, kind: GraphQLObjectType, details: list[FieldDetails], /) -> Mapping[str, list[FieldDetails]]: ...


@dataclass(slots=True)
class Run:
    """The telling of one operation. What must be waited for comes later, all of one depth together."""

    context: object
    given: Given
    later: list[tuple[dict[str, Told], str, Awaitable[Any], Complete]] = field(default_factory=list)

    def give_up(self) -> None:
        """Begin no more of what is still to come."""
        for _, _, each, _ in self.later:
            if iscoroutine(each):
                each.close()
        self.later = []

    async def finish(self) -> None:
        """Wait for what is still to come, and for what comes of it."""
        while self.later:
            waiting, self.later = self.later, []
            found = await asyncio.gather(*(each for _, _, each, _ in waiting), return_exceptions=True)
            failed = next((value for value in found if isinstance(value, BaseException)), None)
            if failed is not None:
                raise failed
            for (into, key, _, complete), value in zip(waiting, found, strict=True):
                into[key] = complete(self, value)


Complete: TypeAlias = Callable[[Run, Any], Told]
"""Makes plain JSON of a value. Raises Unfit for what may not be null and is."""

Reads: TypeAlias = Callable[[Run, Any], Any]
"""Reads a field of an object; mostly its attribute."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A field of the root. `concerns` says of its arguments whether a session is asked at all."""

    read: Reads
    complete: Complete
    concerns: Callable[[Given], bool]

    async def tell(self, run: Run) -> Told:
        """The field's value."""
        into: dict[str, Told] = {}
        try:
            run.later.append((into, "told", self.read(run, None), self.complete))
            await run.finish()
        finally:
            run.give_up()
        return into["told"]


class Tellings:
    """Makes tellings for the fields of one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        selecting: Selecting,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = dict(fragments)
        self._selecting = selecting

    def telling(
        self,
        root: GraphQLObjectType,
        details: list[FieldDetails],
        concerns: Callable[[Mapping[str, Any]], bool] | None,
    ) -> Telling:
        """How a field of the root is told; `concerns` says of its arguments whether it is, and is None where it always is."""
        node = details[0].node
        asked = root.fields[node.name.value]
        return Telling(
            self._reads(root, details),
            self._completes(asked.type, details),
            lambda given: concerns is None or concerns(get_argument_values(asked, node, given)),
        )

    def _reads(self, parent: GraphQLObjectType, details: list[FieldDetails]) -> Reads:
        nodes = [each.node for each in details]
        asked = parent.fields[nodes[0].name.value]
        resolve: Any = asked.resolve
        if getattr(resolve, "_is_default", False):
            name = asked.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].python_name
            return lambda _, thing: getattr(thing, name)
        info = self._info(parent, asked, nodes)

        def read(run: Run, thing: object) -> object:
            here = info._replace(variable_values=run.given, context=run.context)
            return resolve(thing, here, **get_argument_values(asked, nodes[0], run.given))

        return read

    def _info(self, parent: GraphQLObjectType, asked: GraphQLField, nodes: list[FieldNode]) -> GraphQLResolveInfo[Any]:
        name = nodes[0].name.value
        return GraphQLResolveInfo(
            field_name=name,
            field_nodes=nodes,
            return_type=asked.type,
            parent_type=parent,
            path=Path(None, name, parent.name),
            schema=self._schema,
            fragments=self._fragments,
            root_value=None,
            operation=self._operation,
            variable_values=_NOTHING,
            context=None,
            is_awaitable=is_awaitable,
            abort_signal=AbortSignal(),
            async_helpers=_UNUSED,
        )

    def _completes(self, kind: GraphQLOutputType, details: list[FieldDetails]) -> Complete:
        if isinstance(kind, GraphQLNonNull):
            return partial(_present, self._completes(kind.of_type, details))
        if isinstance(kind, GraphQLList):
            return partial(_listed, self._completes(kind.of_type, details))
        if is_leaf_type(kind):
            return partial(_leaf, kind)
        possible = [kind] if isinstance(kind, GraphQLObjectType) else self._schema.get_possible_types(_abstract(kind))
        return partial(_object, {each.name: self._entries(each, details) for each in possible})

    def _entries(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> Entries:
        return [(key, *self._entry(kind, inner)) for key, inner in self._selecting(kind, details).items()]

    def _entry(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> tuple[Reads, Complete]:
        name = details[0].node.name.value
        if name == "__typename":
            return (lambda _, thing: kind.name), (lambda _, told: told)
        return self._reads(kind, details), self._completes(kind.fields[name].type, details)


def _abstract(kind: GraphQLOutputType) -> GraphQLAbstractType:
    if not is_abstract_type(kind):
        raise TypeError(f"{kind} is no type of a thing")
    return kind


_NOTHING = Given({}, {})
_UNUSED: Any = None

Entries: TypeAlias = Sequence[tuple[str, Reads, Complete]]


def _present(complete: Complete, run: Run, value: object) -> Told:
    if value is None:
        raise Unfit
    return complete(run, value)


def _listed(complete: Complete, run: Run, value: Any) -> Told:  # noqa: ANN401 -- any list
    return None if value is None else [complete(run, each) for each in value]


def _leaf(kind: GraphQLLeafType, _: Run, value: object) -> Told:
    return None if value is None else kind.coerce_output_value(value)


def _object(entries: Mapping[str, Entries], run: Run, value: Any) -> Told:  # noqa: ANN401 -- an object of the schema
    if value is None:
        return None
    told: dict[str, Told] = {}
    for key, read, complete in entries[type(value).__strawberry_definition__.name]:
        found = read(run, value)
        if is_awaitable(found):
            told[key] = None
            run.later.append((told, key, found, complete))
        else:
            told[key] = complete(run, found)
    return told
