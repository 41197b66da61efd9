"""The GraphQL door: from a document to its answer, whatever carries them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from strawberry.types import ExecutionResult

from ucs_core.graphql.awaiting import AwaitingDocuments
from ucs_core.graphql.capabilities import Offered, extended, taken
from ucs_core.graphql.compiling import Planned
from ucs_core.graphql.context import OBJECTS_MOST, Caller, OperationContext
from ucs_core.graphql.documents import Documents, Operation
from ucs_core.graphql.errors import told, told_all
from ucs_core.graphql.limits import DocumentErrors, Limits
from ucs_core.graphql.persisted import PersistedDocuments, read_folder
from ucs_core.graphql.schema import build_schema, core_schema, running_on
from ucs_core.graphql.variables import check_variables
from ucs_core.platform import Platform
from ucs_core.platform.answering import Answers
from ucs_core.plugins.table import OperationTable
from ucs_sdk.declarations import Effect
from ucs_sdk.declarations import Operation as DeclaredOperation
from ucs_sdk.errors import UcsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back to the caller. `executed` says that the operation ran, and so whether there is `data`.

    `code` is the first error's, None without errors. `position` is the log position that a query has seen. What the store has
    put together itself is in `data`, and then there is nothing `stated` beside it.
    """

    stated: Mapping[str, Any]
    executed: bool
    code: str | None
    position: int | None = None
    data: bytes | None = None

    @property
    def body(self) -> Mapping[str, Any]:
        """The answer as a value."""
        return self.stated if self.data is None else {"data": orjson.loads(self.data)}

    @property
    def json(self) -> bytes:
        """The answer as JSON."""
        return orjson.dumps(self.stated) if self.data is None else b'{"data":' + self.data + b"}"


class GraphqlDoor:
    """Answers documents over one platform."""

    def __init__(
        self,
        platform: Platform,
        limits: Limits | None = None,
        *,
        compiled: bool = True,
        documents: Path | None = None,
    ) -> None:
        """`documents` is a folder of those that callers may ask for by their hash from the start. A bad one is Invalid."""
        self._platform = platform
        self._answers = platform.answers if compiled else None
        self._schema = build_schema()
        self._core = core_schema(self._schema)
        self._limits = limits or Limits()
        self._documents = Documents(self._core, self._limits)
        self._awaiting = AwaitingDocuments(taken(self._core), platform.extensions.installed)
        self._persisted = PersistedDocuments(
            read_folder(documents, self._documents.try_out, self._awaiting.takes) if documents else None
        )
        platform.extensions.on_change(self._follow)
        self._follow(platform.extensions.table)

    def _follow(self, table: OperationTable) -> None:
        """Have the operations of plugins in the schema from the next document on. What was prepared runs on what it was
        prepared for.
        """
        schema = extended(self._core, (_offered(live.operation) for live in table.operations.values()))
        self._documents = Documents(schema, self._limits)
        if self._awaiting.any:
            self._try_again(Documents(schema, self._limits), frozenset(table.plugins))

    def _try_again(self, documents: Documents, running: frozenset[str]) -> None:
        """Try the documents of the folder that name plugins: beside the loop, which has others to serve."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._awaiting.try_again(documents.try_out, running)
        else:
            loop.run_in_executor(None, self._awaiting.try_again, documents.try_out, running)

    def prepare(
        self, document: str | None, operation: str | None, variables: Mapping[str, Any], persisted: str | None = None
    ) -> Operation:
        """The operation to run, within all limits. Raises UcsError or DocumentErrors, and has read nothing by then.

        Where the document is not sent, its hash says which it is; where both are, the hash is taken note of.
        """
        text = self._text(document, persisted)
        try:
            prepared = self._documents.operation(text, operation)
        except DocumentErrors:
            self._awaiting.check_running(text, self._platform.extensions.table.plugins.keys())
            raise
        if persisted is not None:
            self._persisted.keep(persisted, text)
        self._check(prepared, variables)
        return prepared

    def recalled(
        self, document: str | None, operation: str | None, variables: Mapping[str, Any], persisted: str | None = None
    ) -> Operation | None:
        """The operation to run, when its document was prepared before and it is within all limits; None says nothing."""
        if persisted is not None:
            recalled = self._persisted.recalled(persisted)
            if document is not None and recalled != document:
                return None
            document = recalled
        known = None if document is None else self._documents.recalled(document, operation)
        if known is not None:
            try:
                self._check(known, variables)
            except UcsError:
                return None
        return known

    def _text(self, document: str | None, persisted: str | None) -> str:
        if persisted is None:
            return document or ""
        if document is None:
            return self._persisted.text(persisted)
        self._persisted.check(persisted, document)
        return document

    def _check(self, operation: Operation, variables: Mapping[str, Any]) -> None:
        operation.check_cost(variables)
        for value in variables.values():
            if isinstance(value, list | dict):
                check_variables(operation.schema, operation.node, variables, operation.limits.variables)
                return

    async def compiled(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Answer | None:
        """The answer that the store puts together in one statement; None where `run` has one, or says why there is none."""
        return None if self._answers is None else await self._compiled(self._answers, operation, variables, caller)

    async def run(
        self, operation: Operation, variables: Mapping[str, Any], caller: Caller, *, tried: bool = False
    ) -> Answer:
        """The answer to an operation. Raises Unauthenticated when the caller is unknown or disabled.

        `tried` says that `compiled` has just had no answer to it.
        """
        if self._answers is not None and not tried:
            answer = await self._compiled(self._answers, operation, variables, caller)
            if answer is not None:
                return answer
        return await self._executed(operation, variables, caller)

    async def _compiled(
        self, answers: Answers, operation: Operation, variables: Mapping[str, Any], caller: Caller
    ) -> Answer | None:
        """The answer that the store puts together; None where the plain execution has one, or says why there is none."""
        planned = operation.plans.ask(variables)
        if planned is None:
            return None
        plan, asked, _, told = planned
        if told:
            return await self._told(answers, planned, caller)
        shown = await answers.answer(caller.principal, caller.token, plan.shape, asked)
        data = None if shown is None else plan.data(shown.answers)
        if shown is None or data is None or len(data) * plan.density > OBJECTS_MOST:
            return None
        return Answer(stated={}, executed=True, code=None, position=shown.position, data=data)

    async def _told(self, answers: Answers, planned: Planned, caller: Caller) -> Answer | None:
        """The answer of which a session tells a part. What a statement answers beside it was read from the same state."""
        plan, asked, given, _ = planned
        try:
            async with OperationContext(self._platform, caller) as context:
                await context.session()
                told = await plan.tell(context, given)
        # Whatever went wrong goes wrong in the plain execution as well, which says how.
        except Exception:  # noqa: BLE001
            return None
        position, shown = context.position, None
        if plan.asked:
            shown = await answers.answer(caller.principal, caller.token, plan.shape, asked)
            if shown is None or shown.position != position:
                return None
        data = plan.data(shown.answers if shown else (), told)
        if data is None or context.objects + len(data) * plan.density > OBJECTS_MOST:
            return None
        return Answer(stated={}, executed=True, code=None, position=position, data=data)

    async def _executed(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Answer:
        async with OperationContext(self._platform, caller) as context:
            if not operation.mutates:
                await context.session()
            result = await running_on(self._schema, operation.schema).execute(
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
            results = await running_on(self._schema, operation.schema).subscribe(
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


def _offered(operation: DeclaredOperation) -> Offered:
    return Offered(
        path=operation.path,
        title_zh=operation.title_zh,
        title_en=operation.title_en,
        description=operation.description,
        changes=operation.effect is Effect.WRITE,
        streaming=operation.streaming,
        input=operation.input_schema(),
        output=operation.output_schema(),
    )


def _answer(result: ExecutionResult, caller: Caller, *, mutating: bool = False, position: int | None = None) -> Answer:
    errors = told_all(result.errors or [], caller, mutating=mutating)
    # Errors at no place of the answer are about the request itself: it was never begun.
    executed = result.data is not None or any(error.path for error in result.errors or [])
    body: dict[str, Any] = {"errors": errors} if errors else {}
    if executed:
        body["data"] = result.data
    return Answer(stated=body, executed=executed, code=_code(errors), position=position)


def refused(error: UcsError | DocumentErrors, caller: Caller) -> Answer:
    """The answer to a request that was not run."""
    errors = told_all(error.errors, caller) if isinstance(error, DocumentErrors) else [told(error, caller.locale)]
    return Answer(stated={"errors": errors}, executed=False, code=_code(errors))


def _code(errors: list[dict[str, Any]]) -> str | None:
    return str(errors[0]["extensions"]["code"]) if errors else None
