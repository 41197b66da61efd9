"""Calling an operation: decide, quota, route, deadline, call, meter, log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.invoke.calling import Pump, called, checked
from ucs_core.invoke.context import Grounds, PluginContext, sharing_of
from ucs_core.invoke.ports import Meter, Quota
from ucs_core.invoke.staging import Staged, Stale
from ucs_core.platform.calls import Call, Clock
from ucs_core.platform.extending.deciding import Deciding, Standing
from ucs_core.platform.extending.eyes import CallerEyes, look_of
from ucs_core.platform.extending.grouping import GroupCommit, Ready, Told
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_core.platform.validation import parse
from ucs_core.plugins.host import PluginHost
from ucs_core.plugins.table import LiveOperation
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.ports import Reader, Store
from ucs_sdk.declarations import Effect
from ucs_sdk.errors import Conflict, FailedPrecondition, Invalid, UcsError
from ucs_sdk.faults import plugin_not_running

ATTEMPTS = 3
"""How often a function is run when what it read has changed meanwhile."""

DEPTH_MOST = 8
"""How many operations may stand between a caller and the one that is called."""

LOOK_SECONDS = 0.1
"""How old the decision behind an item of a stream may be."""

INVOKED = "operations.invoke"


@dataclass(slots=True)
class _Line:
    """Those who wait for the answer to one request id."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Invocations:
    """Calls operations for authenticated callers."""

    def __init__(
        self,
        store: Store,
        authority: Authority,
        clock: Clock,
        pipeline: Pipeline,
        host: PluginHost,
        grounds: Grounds,
        *,
        quota: Quota,
        meter: Meter,
    ) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._pipeline = pipeline
        self._host = host
        self._grounds = grounds
        self._quota = quota
        self._meter = meter
        self._repeating: dict[tuple[str, str], _Line] = {}
        self._deciding = Deciding(store, authority, clock, lambda: host.table)
        self.groups = GroupCommit(store, pipeline)

    async def invoke(
        self, call: Call, path: str, asked: Mapping[str, Any], *, seconds: float | None = None, depth: int = 0
    ) -> dict[str, Any]:
        """The answer of an operation. See `Platform.invoke`."""
        with self._host.taken(path) as live, self._metered(path) as noted:
            if live is None or live.operation.effect is Effect.READ:
                return await self._read(call, path, live, asked, seconds, depth, noted)
            if live.operation.streaming:
                raise Invalid("OPERATION_STREAMS", object=path, path="operation")
            async with self._alone(call):
                return await self._write(call, live, asked, seconds, depth, noted)

    async def stream(self, call: Call, path: str, asked: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """The answers of a streaming operation. See `Platform.stream`."""
        with self._host.taken(path) as found, self._metered(path) as noted:
            standing = await self._admitted(call, path, found, noted)
            live = _there(found, path)
            operation = live.operation
            if not operation.streaming:
                raise Invalid("OPERATION_ANSWERS_ONCE", object=path, path="operation")
            context = self._context(call, live, standing, depth=0, staged=None)
            items: Any = operation.call(context, parse(operation.input, asked, "input"))
            pump = Pump(items, plugin=live.plugin, object=path, seconds=operation.timeout, call_id=call.call_id)
            looked = time.monotonic()
            try:
                while True:
                    try:
                        item = await pump.next()
                    except StopAsyncIteration:
                        return
                    if time.monotonic() - looked > LOOK_SECONDS:
                        await self._admitted(call, path, live, noted, counted=False)
                        looked = time.monotonic()
                    yield checked(item, operation.output, plugin=live.plugin, object=path, call_id=call.call_id)
            finally:
                await pump.close()

    async def _read(
        self,
        call: Call,
        path: str,
        live: LiveOperation | None,
        asked: Mapping[str, Any],
        seconds: float | None,
        depth: int,
        noted: list[str | None],
    ) -> dict[str, Any]:
        standing = await self._admitted(call, path, live, noted, depth=depth)
        live = _there(live, path)
        if live.operation.streaming:
            raise Invalid("OPERATION_STREAMS", object=path, path="operation")
        return await self._answer(call, live, standing, asked, seconds, depth, None)

    async def _write(
        self,
        call: Call,
        live: LiveOperation,
        asked: Mapping[str, Any],
        seconds: float | None,
        depth: int,
        noted: list[str | None],
    ) -> dict[str, Any]:
        object = f"operations/{live.path}"
        logged = False
        try:
            standing, repeated = await self._begun(call, live, asked, noted, depth)
            object = standing.resource.name
            for _ in range(ATTEMPTS):
                staged = None if repeated else self._staged(live)
                try:
                    answer = {} if repeated else await self._answer(call, live, standing, asked, seconds, depth, staged)
                    logged = True
                    return (await self._committed(call, live, standing, asked, staged, answer)).answer
                except Stale:
                    logged = repeated = False
            raise Conflict("RECORDS_CONTENDED", object=live.path, attempts=ATTEMPTS)
        except UcsError as refusal:
            if logged or call.validate_only:
                raise
            await self._pipeline.refuse(replace(call, request_id=None), INVOKED, object, refusal)

    def _staged(self, live: LiveOperation) -> Staged:
        return Staged(plugin=live.plugin, at=self._clock(), sharing=lambda name: sharing_of(live.running, name))

    async def _begun(
        self, call: Call, live: LiveOperation, asked: Mapping[str, Any], noted: list[str | None], depth: int
    ) -> tuple[Standing, bool]:
        """That the caller may call, and whether it has been answered before; both in one state."""
        if call.request_id is None:
            return await self._admitted(call, live.path, live, noted, depth=depth), False
        async with self._store.read() as reader:
            standing = await self._admitted(call, live.path, live, noted, depth=depth, reader=reader)
            mutation = self._mutation(live, standing, asked, None, {})
            return standing, await self._pipeline.answered(reader, call, mutation) is not None

    async def _answer(
        self,
        call: Call,
        live: LiveOperation,
        standing: Standing,
        asked: Mapping[str, Any],
        seconds: float | None,
        depth: int,
        staged: Staged | None,
    ) -> dict[str, Any]:
        operation = live.operation
        model = parse(operation.input, asked, "input")
        context = self._context(call, live, standing, depth=depth, staged=staged)
        work: Any = operation.call(context, model)
        limit = operation.timeout if seconds is None else min(seconds, operation.timeout)
        answer = await called(work, plugin=live.plugin, object=live.path, seconds=limit, call_id=call.call_id)
        return checked(answer, operation.output, plugin=live.plugin, object=live.path, call_id=call.call_id)

    async def _committed(
        self,
        call: Call,
        live: LiveOperation,
        standing: Standing,
        asked: Mapping[str, Any],
        staged: Staged | None,
        answer: dict[str, Any],
    ) -> Told:
        """What the caller is told once what was staged is committed, with that of others where they are ready together."""
        mutation = self._mutation(live, standing, asked, staged, answer)
        if staged is None:
            return await self._pipeline.run(call, mutation)
        ready = Ready(
            call=call,
            mutation=mutation,
            staged=staged,
            answer=Told(answer=answer),
            decide=partial(self._decided, live, standing, asked, staged),
        )
        return await self._pipeline.run(call, mutation, partial(self.groups.apply, ready))

    async def _decided(
        self,
        live: LiveOperation,
        standing: Standing,
        asked: Mapping[str, Any],
        staged: Staged,
        session: WriteSession,
    ) -> None:
        """Decide within a unit whether the caller may, and note what the log tells of it."""
        resource, decision = await self._deciding.invocable(session.sight, live.path)
        told = {"operation": live.path, "version": live.version, "input_digest": digest(canonical_json(asked))}
        session.written.append(
            Written(
                object=standing.resource.name,
                action=Action.INVOKE.value,
                rule=decision.rule,
                body=told | staged.told(),
                access_before=resource.access,
                access_after=resource.access,
            )
        )

    def _mutation(
        self,
        live: LiveOperation,
        standing: Standing,
        asked: Mapping[str, Any],
        staged: Staged | None,
        answer: dict[str, Any],
    ) -> Mutation[Told]:
        name = standing.resource.name

        async def work(session: WriteSession) -> Told:
            if staged is None:
                # The answer that was to be repeated has been forgotten: the function has to run after all.
                raise Stale
            await self._decided(live, standing, asked, staged, session)
            await staged.apply(session.unit, look_of(session.unit, session.sight).may, session.at)
            return Told(answer=answer)

        async def again(session: WriteSession, told: Told) -> Told:
            await self._deciding.invocable(session.sight, live.path)
            return told

        return Mutation(
            verb=INVOKED,
            action=Action.INVOKE.value,
            object=name,
            request={"operation": live.path, "input": dict(asked)},
            answer=Told,
            work=work,
            again=again,
        )

    async def _admitted(
        self,
        call: Call,
        path: str,
        live: LiveOperation | None,
        noted: list[str | None],
        *,
        depth: int = 0,
        counted: bool = True,
        reader: Reader | None = None,
    ) -> Standing:
        """Decide, and count against the quota. Raises NotFound for what the caller may not discover."""
        call.check()
        if depth > DEPTH_MOST:
            raise FailedPrecondition("INVOKE_TOO_DEEP", object=path, limit=DEPTH_MOST)
        standing = await self._deciding.standing(call, path, reader)
        noted[0] = standing.caller.organization
        if live is None:
            raise plugin_not_running(path.partition(".")[0], path)
        if counted:
            self._quota.take(standing.caller.principal, path)
        return standing

    def _context(
        self, call: Call, live: LiveOperation, standing: Standing, *, depth: int, staged: Staged | None
    ) -> PluginContext:
        async def invokes(operation: str, asked: Mapping[str, Any], *, request_id: str, depth: int) -> dict[str, Any]:
            nested = Call(principal=call.principal, token=call.token, request_id=request_id)
            return await self.invoke(nested, operation, asked, depth=depth)

        return PluginContext(
            running=live.running,
            caller=standing.caller,
            eyes=CallerEyes(self._store, self._authority, self._clock, call.principal, call.token),
            grounds=self._grounds,
            # What is repeated under one request id calls the same others under the same ids.
            call_id=call.call_id
            if call.request_id is None
            else digest(f"{call.actor} {call.request_id}".encode())[:40],
            operation=live.path,
            invokes=invokes,
            depth=depth,
            organization=standing.caller.organization or live.running.owner,
            staged=staged,
        )

    @asynccontextmanager
    async def _alone(self, call: Call) -> AsyncIterator[None]:
        """On this node, a request id is at work once: who repeats it waits for the answer to the first."""
        if call.request_id is None:
            yield
            return
        key = (call.actor, call.request_id)
        line = self._repeating.setdefault(key, _Line())
        line.waiting += 1
        try:
            async with line.lock:
                yield
        finally:
            line.waiting -= 1
            if not line.waiting:
                del self._repeating[key]

    @contextmanager
    def _metered(self, path: str) -> Iterator[list[str | None]]:
        """Count what happens in the block, under the organisation that is noted in it."""
        noted: list[str | None] = [None]
        started, outcome = time.monotonic(), "ok"
        try:
            yield noted
        except UcsError as error:
            outcome = error.reason
            raise
        except GeneratorExit:
            raise
        except BaseException:
            outcome = "CANCELLED"
            raise
        finally:
            self._meter.count(
                path if path in self._host.table.operations else "", noted[0], outcome, time.monotonic() - started
            )


def _there(live: LiveOperation | None, path: str) -> LiveOperation:
    if live is None:
        raise plugin_not_running(path.partition(".")[0], path)
    return live
