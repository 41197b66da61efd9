"""Everything about plugins on one node, put together: the host, the calls, the events, and what runs behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from pydantic import BaseModel
from ulid import ULID

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.tokens import VerifiedToken
from ucs_core.events.background import Background
from ucs_core.events.delivery import Delivery
from ucs_core.events.leases import LEASE_SECONDS, Leases
from ucs_core.events.supervising import Supervision
from ucs_core.invoke.context import Grounds, PluginClock
from ucs_core.invoke.metering import Tally
from ucs_core.invoke.ports import Meter, Quota, Secrets, Unlimited, no_secrets
from ucs_core.platform.calls import Call, Clock
from ucs_core.platform.extending.admitting import Admissions
from ucs_core.platform.extending.entries import code_of
from ucs_core.platform.extending.eyes import PluginEyes
from ucs_core.platform.extending.health import Wellbeing
from ucs_core.platform.extending.indexing import Indexing
from ucs_core.platform.extending.invoking import Invocations
from ucs_core.platform.extending.plugging import PluginVerbs, principal_of
from ucs_core.platform.extending.showing import Showing
from ucs_core.platform.extending.views import DeadEvent, OperationView
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_core.platform.sight import Sight, see
from ucs_core.plugins.host import Changed, PluginHost
from ucs_core.plugins.loading import Loading
from ucs_core.plugins.table import LiveOperation, OperationTable
from ucs_registry.events import ParkedEvent
from ucs_registry.ports import OwnTables, Store
from ucs_registry.queries import page_size
from ucs_registry.resources import Resource
from ucs_registry.settling import beside
from ucs_sdk.errors import FailedPrecondition, UcsError
from ucs_sdk.plugins import FoundPlugin, Plugin, find_plugins
from ucs_sdk.vocabulary import Availability

ROUND_SECONDS = 1.0
"""How long a node waits for the log to move before it looks whether something is due."""

BREATH_SECONDS = 0.02
"""The least between two looks at a log that moves all the time."""

FOLLOWED_SECONDS = 15.0
"""How long a node that starts is not ready because of plugins that start: longer than one that hangs may take."""

SETTLED_MOST = 1_000
"""How many rounds of delivery end in rest, unless handlers make events for each other without end."""

log = structlog.get_logger()


DEAD_MOST = 100_000
"""Among how many deliveries that were given up those are looked for that are to be tried again."""


class Replayed(BaseModel):
    """How many deliveries are tried again."""

    count: int


class Extensions:
    """Plugins on this node."""

    def __init__(
        self,
        store: Store,
        authority: Authority,
        clock: Clock,
        pipeline: Pipeline,
        *,
        origin: str,
        find: Callable[[], Iterable[FoundPlugin]],
        grounds: Grounds,
        quota: Quota,
        meter: Meter,
        fresh: bool,
        reserved: frozenset[str],
        holder: str | None = None,
    ) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._pipeline = pipeline
        self.background = Background(
            store=store,
            now=clock,
            origin=origin,
            grounds=grounds,
            eyes=PluginEyes(store),
            acts_as=principal_of,
            invoking=self._invoked_by,
        )
        loading = Loading(self.background.context, fresh=fresh)
        self.host = PluginHost(
            self.background.context, find=find, loading=loading, reserved=reserved, making=self._tables
        )
        self._followed = asyncio.Event()
        self.leases = Leases(store, holder or str(ULID()), seconds=lambda: clock().timestamp())
        self.delivery = Delivery(self.background, self.leases, lambda: self.host.table)
        self.supervision = Supervision(self.background, self.leases, loading)
        self.indexing = Indexing(store)
        self.wellbeing = Wellbeing(lambda: self.host.table, loading)
        self.host.on_change(self.wellbeing.follow)
        self.meter = meter
        self.verbs = PluginVerbs(store, authority, clock, pipeline, self.host, self.wellbeing)
        self.admissions = Admissions(self.host, grounds, self.background.eyes, self.verbs.follow)
        pipeline.asking = self.admissions.ask
        self.invocations = Invocations(store, authority, clock, pipeline, self.host, grounds, quota=quota, meter=meter)
        self.showing = Showing(store, authority, clock, self.host, grounds, self.invocations, quota=quota, meter=meter)

    @property
    def table(self) -> OperationTable:
        """What can be called now, the same for everybody."""
        return self.host.table

    def installed(self) -> list[str]:
        """The names of the plugins that could be enabled on this node."""
        return list(self.host.installed())

    def on_change(self, callback: Changed) -> None:
        """Have a function told of every new table, in the loop."""
        self.host.on_change(callback)

    def well(self) -> dict[str, bool]:
        """Whether each plugin that should run here runs, and does not say that it is unwell."""
        told = self.wellbeing.all()
        running = {name: name not in told or told[name].ok for name in self.host.table.plugins}
        return dict.fromkeys(self.host.failures, False) | running

    async def start(self) -> None:
        """Start what is enabled, without anything that runs behind."""
        await self.verbs.follow()

    async def settle(self) -> int:
        """Deliver until nothing is left that is due now; how many deliveries there were."""
        total = 0
        while await self.index():
            pass
        for _ in range(SETTLED_MOST):
            count = await self.delivery.once()
            if not count:
                return total
            total += count
        raise FailedPrecondition("EVENTS_WITHOUT_END", rounds=SETTLED_MOST)

    async def index(self) -> bool:
        """Go on with building what the plugins that run here declare about their records; whether more is left."""
        return await self.indexing.once(self.host.table.plugins.values(), self.host.table.generation)

    async def followed(self) -> None:
        """Wait until the plugins run that are to run, as far as they can; those that take too long are not waited for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FOLLOWED_SECONDS):
                await self._followed.wait()

    async def load(self, call: Call, found: FoundPlugin, owner: str | None = None) -> None:
        """Run what is in a folder in place of what is installed. Raises what is wrong with it; what ran before goes on."""
        await self.verbs.enable(call, found.name, owner, None, found)
        # Who disables it may want to enable it again.
        self.host.offer(found)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run plugins and all that is behind them until the end of the block."""
        self.host.on_change(self.supervision.follow)
        try:
            async with beside(self._follow()), beside(self._renew()), beside(self.wellbeing.run()):
                yield
        finally:
            await self.supervision.close()
            await self.delivery.close()
            await self.host.close()
            await self._let_go()

    async def operations(self, principal: str, token: VerifiedToken | None) -> list[OperationView]:
        """See `Platform.operations`."""
        table = self.host.table
        async with self._store.read() as reader:
            sight = await see(reader, self._authority, principal, self._clock(), token)
            found = await reader.resources_by_code(map(code_of, table.operations))
            entries = {path: found[code_of(path)] for path in table.operations if code_of(path) in found}
            seen = await reader.visible([entry.id for entry in entries.values()], sight.visibility())
            return [
                _shown(live, entries[path], callable=await self._callable(sight, entries[path]))
                for path, live in table.operations.items()
                if path in entries and entries[path].id in seen
            ]

    async def _callable(self, sight: Sight, entry: Resource) -> bool:
        return entry.availability is Availability.ONLINE and (await sight.decide(Action.INVOKE, entry)).allowed

    async def dead(
        self, principal: str, token: VerifiedToken | None, subscription: str | None, first: int
    ) -> list[DeadEvent]:
        """See `Platform.dead_events`."""
        async with self._store.read() as reader:
            sight = await see(reader, self._authority, principal, self._clock(), token)
            sight.require_organization(Action.ADMINISTER, None)
            parked = await reader.parked(subscription, dead=True, first=page_size(first))
            events = await reader.events_at(item.position for item in parked)
        return [
            DeadEvent(
                subscription=item.subscription,
                position=item.position,
                attempts=item.attempts,
                error=item.error,
                subject=events[item.position].subject or "",
                **{name: getattr(events[item.position], name) for name in _TOLD},
            )
            for item in parked
        ]

    async def replay(self, call: Call, subscription: str, positions: Iterable[int] | None) -> int:
        """See `Platform.replay_events`."""
        wanted = None if positions is None else sorted(set(positions))[:SETTLED_MOST]

        async def work(session: WriteSession) -> Replayed:
            rule = session.sight.require_organization(Action.ADMINISTER, None).rule
            dead = await session.unit.parked(
                subscription, dead=True, first=SETTLED_MOST if wanted is None else DEAD_MOST
            )
            found = {item.position: item for item in dead}
            for position in wanted or ():
                if position not in found:
                    raise FailedPrecondition("EVENT_NOT_DEAD", subscription=subscription[:80], position=position)
            again = [_afresh(item) for item in dead if wanted is None or item.position in wanted]
            await session.unit.park(again)
            session.written.append(
                Written(
                    object="platform",
                    action=Action.ADMINISTER.value,
                    rule=rule,
                    body={"subscription": subscription, "positions": [item.position for item in again]},
                )
            )
            return Replayed(count=len(again))

        mutation = Mutation(
            verb="events.replay",
            action=Action.ADMINISTER.value,
            object="platform",
            request={"subscription": subscription, "positions": wanted},
            answer=Replayed,
            work=work,
        )
        return (await self._pipeline.run(call, mutation)).count

    async def _tables(self, plugin: Plugin) -> OwnTables | None:
        """What a plugin has of tables of its own, made as far as they were missing."""
        if plugin.tables is None:
            return None
        async with self._store.write() as unit:
            made = await unit.own_tables(plugin.name, plugin.tables.metadata)
            await unit.commit()
        return made

    async def _invoked_by(
        self, principal: str, operation: str, asked: Mapping[str, Any], request_id: str, depth: int
    ) -> dict[str, Any]:
        return await self.invocations.invoke(
            Call(principal=principal, request_id=request_id), operation, asked, depth=depth
        )

    async def _follow(self) -> None:
        """Follow what is decided, here and elsewhere, and deliver what is committed."""
        while True:
            building, looked = False, time.monotonic()
            try:
                async with self._store.read() as reader:
                    position, rows = reader.head.position, await reader.plugins()
                await self.host.follow(rows)
                self._followed.set()
                await self.delivery.begin()
                building = await self.index()
            except UcsError as failure:
                log.warning("plugins_without_store", reason=failure.reason)
                position = -1
            except Exception:
                # It must outlive a fault of its own, and say that it had one.
                log.exception("plugins_not_followed")
                position = -1
            await self._store.moved(max(position, 0), BREATH_SECONDS if building else ROUND_SECONDS)
            # At once, when all was still for longer than that.
            breath = BREATH_SECONDS if position >= 0 else ROUND_SECONDS
            await asyncio.sleep(max(0.0, looked + breath - time.monotonic()))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                await self.leases.renew()
            except UcsError as failure:
                log.warning("leases_not_renewed", reason=failure.reason)

    async def _let_go(self) -> None:
        try:
            await self.leases.give_back()
        except UcsError as failure:
            # Others have them when they end.
            log.warning("leases_not_given_back", reason=failure.reason)


def build_extensions(
    store: Store,
    authority: Authority,
    clock: Clock,
    pipeline: Pipeline,
    *,
    origin: str,
    find: Callable[[], Iterable[FoundPlugin]] | None = None,
    plugin_clock: PluginClock | None = None,
    secrets: Secrets = no_secrets,
    quota: Quota | None = None,
    meter: Meter | None = None,
    fresh: bool = True,
    reserved: frozenset[str] = frozenset(),
    holder: str | None = None,
) -> Extensions:
    """Put a node's plugins together. `find` says what is installed; `fresh` imports anew what is imported already; `reserved`
    are the names, in camelCase, that no capability may have because a door has them already; `holder` is the name under
    which the node holds leases, a fresh one when not given.
    """
    return Extensions(
        store,
        authority,
        clock,
        pipeline,
        origin=origin,
        find=find or find_plugins,
        grounds=Grounds(clock=plugin_clock or PluginClock(clock), secrets=secrets),
        quota=quota or Unlimited(),
        meter=meter or Tally(),
        fresh=fresh,
        reserved=reserved,
        holder=holder,
    )


_TOLD = ("id", "source", "type", "time", "organization")


def _afresh(item: ParkedEvent) -> ParkedEvent:
    """A delivery that was given up, to be tried again as if for the first time."""
    return ParkedEvent(
        subscription=item.subscription,
        position=item.position,
        subject=item.subject,
        attempts=0,
        due=None,
        error=item.error,
    )


def _shown(live: LiveOperation, entry: Resource, *, callable: bool) -> OperationView:
    operation = live.operation
    return OperationView(
        path=live.path,
        plugin=live.plugin,
        version=live.version,
        title_zh=operation.title_zh,
        title_en=operation.title_en,
        description=operation.description,
        effect=operation.effect,
        streaming=operation.streaming,
        callable=callable,
        resource=entry.name,
        input=operation.input_schema(),
        output=operation.output_schema(),
    )
