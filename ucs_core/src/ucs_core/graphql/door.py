"""The GraphQL door: from a document to its answer, whatever carries them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from strawberry.types import ExecutionResult

from ucs_core.graphql.context import Caller, OperationContext
from ucs_core.graphql.documents import Documents, Operation
from ucs_core.graphql.errors import told, told_all
from ucs_core.graphql.limits import DocumentErrors, Limits
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_core.graphql.variables import check_variables
from ucs_core.platform import Platform
from ucs_sdk.errors import UcsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back to the caller. `executed` says that the operation ran, and so whether there is `data`.

    `code` is the first error's, None without errors. `position` is the log position that a query has seen.
    """

    body: Mapping[str, Any]
    executed: bool
    code: str | None
    position: int | None = None


class GraphqlDoor:
    """Answers documents over one platform."""

    def __init__(self, platform: Platform, limits: Limits | None = None) -> None:
        self._platform = platform
        self._schema = build_schema()
        self._core = core_schema(self._schema)
        self._documents = Documents(self._core, limits or Limits())

    def prepare(self, document: str, operation: str | None, variables: Mapping[str, Any]) -> Operation:
        """The operation to run, within all limits. Raises UcsError or DocumentErrors, and has read nothing by then."""
        prepared = self._documents.operation(document, operation)
        prepared.check_cost(variables)
        check_variables(self._core, prepared.node, variables, prepared.limits.variables)
        return prepared

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Answer:
        """The answer to an operation. Raises Unauthenticated when the caller is unknown or disabled."""
        async with OperationContext(self._platform, caller) as context:
            if not operation.mutates:
                await context.session()
            result = await self._schema.execute(
                # strawberry insists on a text; what is run is the prepared document.
                "{ prepared }",
                variable_values=dict(variables),
                context_value=context,
                root_value=operation.document,
                operation_name=operation.name,
            )
            position = None if operation.mutates else context.position
        return _answer(result, caller, mutating=operation.mutates, position=position)

    async def subscribe(
        self, operation: Operation, variables: Mapping[str, Any], caller: Caller
    ) -> AsyncGenerator[Answer, None]:
        """One answer for each event. What ends the subscription is told in the last, which was not executed."""
        async with OperationContext(self._platform, caller) as context:
            results = await self._schema.subscribe(
                "{ prepared }",
                variable_values=dict(variables),
                context_value=context,
                root_value=operation.document,
                operation_name=operation.name,
            )
            async with aclosing(results):
                async for result in results:
                    # However long the caller takes for it, no state is held meanwhile.
                    await context.renew()
                    yield _answer(result, caller)


def _answer(result: ExecutionResult, caller: Caller, *, mutating: bool = False, position: int | None = None) -> Answer:
    errors = told_all(result.errors or [], caller, mutating=mutating)
    # Errors at no place of the answer are about the request itself: it was never begun.
    executed = result.data is not None or any(error.path for error in result.errors or [])
    body: dict[str, Any] = {"errors": errors} if errors else {}
    if executed:
        body["data"] = result.data
    return Answer(body=body, executed=executed, code=_code(errors), position=position)


def refused(error: UcsError | DocumentErrors, caller: Caller) -> Answer:
    """The answer to a request that was not run."""
    errors = told_all(error.errors, caller) if isinstance(error, DocumentErrors) else [told(error, caller.locale)]
    return Answer(body={"errors": errors}, executed=False, code=_code(errors))


def _code(errors: list[dict[str, Any]]) -> str | None:
    return str(errors[0]["extensions"]["code"]) if errors else None
