"""The schema: the single source of what the GraphQL door offers."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from ucs_core.graphql.mutations import Mutation
from ucs_core.graphql.queries import Query
from ucs_core.graphql.scalars import SCALARS
from ucs_core.graphql.subscriptions import Subscription


class _Prepared(SchemaExtension):
    """Hands strawberry the document that was parsed, limited and validated before."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.root_value
        self.execution_context.root_value = None
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = []
        yield


class _Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Say nothing here: errors are told to the caller, and to the log where they are ours, in one place."""


@cache
def build_schema() -> strawberry.Schema:
    """The schema, ready to execute documents that are handed over as `root_value`; made once, as nobody changes it."""
    return _Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        extensions=[_Prepared],
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def reserved_names() -> frozenset[str]:
    """The names of root fields, which no capability of a plugin may have."""
    core = core_schema(build_schema())
    roots = (core.query_type, core.mutation_type, core.subscription_type)
    return frozenset(name for root in roots if root is not None for name in root.fields)


def printed() -> str:
    """The schema as a document, the text of `schema.graphql` beside this module."""
    return f"{build_schema().as_str()}\n"


def running_on(schema: strawberry.Schema, core: GraphQLSchema) -> strawberry.Schema:
    """The schema, executing on another one of graphql-core's that was made of its own."""
    if core_schema(schema) is core:
        return schema
    running = copy.copy(schema)
    running._schema = core
    return running


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The graphql-core schema within, for validation and limits."""
    # strawberry offers no public way to it; its own extensions take the same one.
    return schema._schema
