"""What the platform hands to a plugin's functions: the SDK's ports, each behind the permission that the manifest asks for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import structlog
from pydantic import BaseModel
from ulid import ULID

from ucs_core.invoke.blobs import PluginBlobs
from ucs_core.invoke.known import KnownOrganizations
from ucs_core.invoke.own import OwnSql, StagedSql, tables_of
from ucs_core.invoke.ports import Eyes, Invokes, Secrets, Sharing, no_secrets
from ucs_core.invoke.records import Records, StagedRecords
from ucs_core.invoke.staging import Staged, Stale
from ucs_core.plugins.running import RunningPlugin
from ucs_registry.blobs import StoredBlob
from ucs_registry.canonical import canonical_json, plain_json_problem, storable
from ucs_registry.events import DATA_MOST, NAME_MOST, NewEvent
from ucs_sdk.context import Blobs, Caller, Documents, Organizations, Sql, StagedDocuments
from ucs_sdk.context import StagedSql as UnitSql
from ucs_sdk.errors import Conflict, FailedPrecondition, Invalid, NotFound
from ucs_sdk.manifest import Permission
from ucs_sdk.messages import Phrase

M = TypeVar("M", bound=BaseModel)

NOTIFIED = "ucs.notified.v1"
"""The type of the event by which a message is on its way: what brings messages to people subscribes to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtOnce:
    """How units begin and are committed where no function's return commits them."""

    begin: Callable[[], Staged]
    commit: Callable[[Staged], Awaitable[None]]


class PluginClock:
    """The platform's clock as plugins see it. `naps` sleeps; tests bring one that does not wait."""

    def __init__(self, now: Callable[[], datetime], naps: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._now = now
        self._naps = naps

    def now(self) -> datetime:
        """The time, in UTC."""
        return self._now()

    async def sleep(self, seconds: float) -> None:
        """Come back after this many seconds."""
        await self._naps(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What all contexts of a node stand on."""

    clock: PluginClock
    secrets: Secrets = no_secrets


@dataclass(slots=True, kw_only=True)
class PluginContext:
    """The context of one run of one function.

    `staged` is where its units stage what the platform commits when the function has returned; `at_once` is given where units
    are committed when their block ends. With neither the function only reads.
    """

    running: RunningPlugin
    caller: Caller
    eyes: Eyes
    grounds: Grounds
    call_id: str
    operation: str
    invokes: Invokes
    depth: int = 0
    organization: str = ""
    """Whose what is written is, unless its author says otherwise."""
    staged: Staged | None = None
    at_once: AtOnce | None = None
    aside: Callable[[], None] = lambda: None
    """Told before the function looks at anything but what is staged, or has others do something; may raise Stale."""
    nested: int = field(default=0, init=False)
    opened: bool = field(default=False, init=False)

    @property
    def owner(self) -> str:
        """The organisation that runs the plugin."""
        return self.running.owner

    @property
    def clock(self) -> PluginClock:
        """The time."""
        return self.grounds.clock

    @property
    # structlog's loggers are made to measure, and have no type of their own.
    def log(self) -> Any:  # noqa: ANN401
        """The platform's log, with the plugin's name and the call's id."""
        return structlog.get_logger().bind(plugin=self.running.name, call_id=self.call_id)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The plugin's settings."""
        return self.running.settings

    @property
    def blobs(self) -> Blobs:
        """The files that the plugin keeps."""
        self.running.require(Permission.BLOBS)
        self.aside()
        may_write = self.at_once is not None or self.staged is not None
        return PluginBlobs(self.running.name, self.eyes, self.staged, self._keep if may_write else None, self.operation)

    @property
    def organizations(self) -> Organizations:
        """The organisations of the city."""
        return KnownOrganizations(self.eyes)

    @property
    def sql(self) -> Sql:
        """The plugin's own tables."""
        self.running.require(Permission.SQL)
        self.aside()
        return OwnSql(self.running, self.eyes, self.staged)

    def visible(self, column: Any) -> Any:  # noqa: ANN401 -- SQLAlchemy's, as in the SDK
        """The condition that a row's owner is one whose rows the caller may read."""
        self.running.require(Permission.SQL)
        return tables_of(self.running).visible(column)

    async def _keep(self, blob: StoredBlob) -> None:
        """Keep a file with all else that the function does, or at once where it does all at once."""
        if self.staged is not None:
            self.staged.keep(blob)
        elif self.at_once is not None:
            staged = self.at_once.begin()
            staged.keep(blob)
            await self.at_once.commit(staged)

    def documents(self, collection: str, model: type[M]) -> Documents[M]:
        """A collection to read."""
        self.running.require(Permission.DOCUMENTS)
        self.aside()
        return Records(
            self.running.name, collection, model, self.eyes, sharing_of(self.running, collection), self.staged
        )

    def unit(self) -> AbstractAsyncContextManager[StagedUnit]:
        """Begin what happens together or not at all."""
        if self.at_once is not None:
            return self._committed(self.at_once)
        if self.staged is None:
            raise FailedPrecondition("UNIT_IN_READ", object=self.operation)
        return self._joined(self.staged)

    @asynccontextmanager
    async def _joined(self, staged: Staged) -> AsyncIterator[StagedUnit]:
        """A unit that the platform commits when the function has returned; what fails within it is not staged."""
        if self.opened:
            # One inside the other would be two that are not undone together.
            raise FailedPrecondition("UNIT_WITHIN_UNIT", object=self.operation)
        self.opened = True
        before = (dict(staged.writes), list(staged.events), list(staged.statements), staged.weight)
        try:
            yield StagedUnit(self, staged)
        except BaseException:
            staged.writes, staged.events, staged.statements, staged.weight = before
            raise
        finally:
            self.opened = False

    @asynccontextmanager
    async def _committed(self, at_once: AtOnce) -> AsyncIterator[StagedUnit]:
        """A unit that is committed when its block ends."""
        staged = at_once.begin()
        try:
            yield StagedUnit(self, staged)
            if not staged.empty:
                await at_once.commit(staged)
        except Stale as cause:
            raise Conflict("RECORDS_CONTENDED", object=self.operation, attempts=1) from cause

    def secret(self, name: str) -> str:
        """A secret that the platform keeps for the plugin."""
        self.running.require(Permission.SECRETS)
        found = self.grounds.secrets(self.running.name, name)
        if found is None:
            raise NotFound("NOT_FOUND", object=f"secrets/{name[:80]}")
        return found

    async def notify(self, to: str, *, title: str, text: str = "", subject: str = "") -> None:
        """Send a message in a unit of its own."""
        async with self.unit() as unit:
            unit.notify(to, title=title, text=text, subject=subject)

    async def invoke(
        self, operation: str, asked: BaseModel | Mapping[str, Any], *, request_id: str | None = None
    ) -> dict[str, Any]:
        """Call another operation as the caller.

        Without a request id it gets one that is the same when this function is run again, so that what it changes is
        changed once.
        """
        self.running.require(Permission.INVOKE)
        self.aside()
        self.nested += 1
        stated = asked.model_dump(mode="json") if isinstance(asked, BaseModel) else asked
        return await self.invokes(
            operation, stated, request_id=request_id or f"{self.call_id}.{self.nested}", depth=self.depth + 1
        )


class StagedUnit:
    """What is staged within one block."""

    def __init__(self, context: PluginContext, staged: Staged) -> None:
        self._context = context
        self._staged = staged

    def documents(self, collection: str, model: type[M]) -> StagedDocuments[M]:
        """A collection to read and to write."""
        context = self._context
        context.running.require(Permission.DOCUMENTS)
        return StagedRecords(
            context.running.name,
            collection,
            model,
            context.eyes,
            sharing_of(context.running, collection),
            self._staged,
            context.organization,
        )

    @property
    def sql(self) -> UnitSql:
        """The plugin's own tables, to read and to write."""
        context = self._context
        context.running.require(Permission.SQL)
        context.aside()
        return StagedSql(context.running, context.eyes, self._staged)

    def emit(self, type: str, data: BaseModel, *, subject: str = "", organization: str = "") -> None:
        """Stage an event of a type that the plugin says it may emit."""
        running = self._context.running
        running.require(Permission.EVENTS)
        emission = running.plugin.emissions.get(type)
        if emission is None or not isinstance(data, emission.data):
            raise Invalid("EVENT_UNDECLARED", path=type[:200], plugin=running.name, type=type[:200])
        self._stage(type, data.model_dump(mode="json"), subject, organization)

    def notify(self, to: str, *, title: str, text: str = "", subject: str = "") -> None:
        """Stage a message."""
        self._context.running.require(Permission.NOTIFY)
        self._stage(NOTIFIED, {"to": to, "title": title, "text": text, "subject": subject}, subject or to, "")

    def _stage(self, type: str, data: Mapping[str, Any], subject: str, organization: str) -> None:
        for name, text in (("subject", subject), ("organization", organization)):
            if len(text) > NAME_MOST or not storable(text):
                raise Invalid("FIELD_INVALID", path=f"{type}.{name}", problem=Phrase("event-name", limit=NAME_MOST))
        problem = plain_json_problem(data)
        size = len(canonical_json(data)) if problem is None else 0
        if size > DATA_MOST:
            problem = Phrase("event-large", limit=DATA_MOST)
        if problem is not None:
            raise Invalid("FIELD_INVALID", path=type, problem=problem)
        context = self._context
        self._staged.emit(
            NewEvent(
                id=str(ULID()),
                source=f"plugins/{context.running.name}",
                type=type,
                subject=subject or None,
                time=context.clock.now(),
                organization=organization or context.organization or None,
                data=data,
            ),
            size,
        )


def sharing_of(running: RunningPlugin, collection: str) -> Sharing:
    """How far a collection is shared: as it was declared, else not at all."""
    declared = running.plugin.collections.get(collection)
    type = record_type(running.name, collection)
    if declared is None:
        return Sharing(type=type)
    return Sharing(type=type, share_type=declared.share_type, ways=declared.ways)


TYPE_MOST = 63
"""How many characters the name of a type has at most, where policies speak of it."""


def record_type(plugin: str, collection: str) -> str:
    """The type as which policies see a plugin's records: `plugin__collection`, so that `plugin__*` means all of them."""
    # What is cut off are the ends of long names of one plugin's collections.
    return f"{plugin}__{collection}"[:TYPE_MOST]
