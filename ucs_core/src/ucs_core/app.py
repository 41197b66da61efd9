"""The composition root: one process, one loop, both doors. It knows everyone and decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import uvicorn

from ucs_core.access.issuers import ExternalIssuer, KeyFileVerifier, TrustedIssuers
from ucs_core.access.key_ring import KeyFile
from ucs_core.access.log_keys import LogSigner
from ucs_core.access.tokens import LocalIssuer
from ucs_core.collecting import few_arenas, seldom_collected
from ucs_core.events.holders import holder_by
from ucs_core.graphql.schema import reserved_names
from ucs_core.grpc.server import GrpcServer, start_grpc
from ucs_core.http import Metrics, build_http, wire_of
from ucs_core.invoke.metering import quota_of
from ucs_core.logs import configure_logs
from ucs_core.platform import Platform, WatchLimits, build_platform
from ucs_core.platform.checkpoint_file import CheckpointFile, check_trusted
from ucs_core.platform.clock import SteadyClock, elapsed_seconds
from ucs_core.platform.upkeep import Upkeep
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings
from ucs_registry.ports import Store
from ucs_registry.settling import ended
from ucs_registry.sql import open_store
from ucs_registry.sql.urls import file_of
from ucs_sdk.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A running node: what it is made of and where it answers."""

    settings: Settings
    store: Store
    platform: Platform
    issuer: LocalIssuer
    readiness: Readiness
    http: str
    grpc: str


async def serve(settings: Settings, when_started: Callable[[Node], Awaitable[None]] | None = None) -> None:
    """Run a node until SIGTERM or SIGINT, then end every request that was begun.

    `when_started` runs once both doors answer; the node is ready when it has returned. A signal ends it, too.
    """
    configure_logs()
    few_arenas()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as life:
        try:
            node = await _entered(life, running(settings), stop)
        except _Stopped:
            return
        with seldom_collected():
            if when_started is not None:
                await _unless_stopped(when_started(node), stop)
            # Whoever is sent here because this node is ready finds what is enabled.
            await _unless_stopped(node.platform.extensions.followed(), stop)
            if not stop.is_set():
                node.readiness.enter(Phase.SERVING)
                await stop.wait()


class _Stopped(Exception):
    """A signal came while the node was starting; what it had opened is closed."""


async def _entered(
    life: contextlib.AsyncExitStack, node: AbstractAsyncContextManager[Node], stop: asyncio.Event
) -> Node:
    """A started node, unless it is stopped before: then the start ends where it stands, and what it opened is closed."""
    starting = asyncio.current_task()
    assert starting is not None
    entered: list[Node] = []

    def interrupt(_: asyncio.Task[Literal[True]]) -> None:
        if stop.is_set() and not entered:
            starting.cancel()

    watching = asyncio.ensure_future(stop.wait())
    watching.add_done_callback(interrupt)
    try:
        entered.append(await life.enter_async_context(node))
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
        starting.uncancel()
        raise _Stopped from None
    finally:
        watching.cancel()
    return entered[0]


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Node]:
    """A node with both doors open, still in its starting phase. Leaving drains and closes it."""
    async with contextlib.AsyncExitStack() as opened:
        listener = opened.enter_context(contextlib.closing(_listen(settings.http)))
        signer = LogSigner.load_or_create(settings.log_key_file, settings.origin)
        store = await open_store(settings.database_url, signer=signer, read_model=settings.read_model)
        opened.push_async_callback(store.close)
        await check_trusted(store, signer)
        await opened.enter_async_context(CheckpointFile(settings.checkpoint_file).following(store))
        clock = SteadyClock()
        kept = timedelta(seconds=settings.requests_kept_seconds)
        await opened.enter_async_context(Upkeep(store, clock, requests_kept=kept, origin=settings.origin).running())
        issuer = LocalIssuer.load_or_create(settings.key_file, now=clock.seconds)
        issuers = _trusted_issuers(settings, clock)
        opened.push_async_callback(issuers.close)
        limits = WatchLimits(node=settings.watches_most, principal=settings.watches_of_one_most)
        platform = build_platform(
            store,
            issuers,
            origin=settings.origin,
            clock=clock,
            watch_limits=limits,
            undo_within=timedelta(seconds=settings.review_undo_seconds),
            reserved=reserved_names(),
            holder=opened.enter_context(holder_by(file_of(settings.database_url))),
            quota=quota_of(settings.operation_calls_per_minute),
        )
        await opened.enter_async_context(platform.shadow.running())
        opened.push_async_callback(platform.pipeline.drain)
        opened.push_async_callback(platform.imports.close)
        # Behind the doors, which are closed first: what they were asked for ends on the plugins that it began with.
        await opened.enter_async_context(platform.extensions.running())
        readiness = Readiness(store.ping, platform.pipeline.check_log)
        # Whoever watches goes on at another node while this one still answers.
        readiness.watch(lambda phase: platform.watching.end() if phase is Phase.DRAINING else None)
        metrics = Metrics(lambda: platform.pipeline.unlogged_refusals, platform.shadow)
        metrics.show("ucs_watches", "Watches that are open.", lambda: platform.watching.open)
        metrics.show(
            "ucs_log_distrusted",
            "1 when the log in the database is not as it was signed: nothing is written.",
            lambda: platform.pipeline.distrusts_log,
        )
        metrics.follow("ucs_clock_steps", "How often this machine's clock was set.", lambda: clock.steps)
        server = _Server(_http_config(platform, readiness, settings, metrics))
        grpc = await start_grpc(platform, readiness, settings, metrics.observe)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        opened.push_async_callback(_drain, readiness, settings, server, serving, grpc)
        host, port = listener.getsockname()[:2]
        yield Node(
            settings=settings,
            store=store,
            platform=platform,
            issuer=issuer,
            readiness=readiness,
            http=f"{host}:{port}",
            grpc=grpc.address,
        )


def _trusted_issuers(settings: Settings, clock: SteadyClock) -> TrustedIssuers:
    now, elapsed = clock.seconds, elapsed_seconds
    external = [ExternalIssuer(each, now=now, elapsed=elapsed) for each in settings.issuers]
    return TrustedIssuers(KeyFileVerifier(KeyFile(settings.key_file), now=now), external)


async def _drain(
    readiness: Readiness, settings: Settings, server: uvicorn.Server, serving: asyncio.Task[None], grpc: GrpcServer
) -> None:
    readiness.enter(Phase.DRAINING)
    # Clients that keep connections learn from their next answer that they should go elsewhere.
    await asyncio.sleep(settings.lame_duck_seconds)
    server.should_exit = True
    await asyncio.gather(serving, grpc.stop(settings.drain_seconds))


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: both doors drain together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _http_config(platform: Platform, readiness: Readiness, settings: Settings, metrics: Metrics) -> uvicorn.Config:
    surface = build_http(platform, readiness, settings, metrics)
    return uvicorn.Config(
        surface,
        http=wire_of(surface),  # type: ignore[arg-type]  # what makes a protocol, as a class does
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=math.ceil(settings.drain_seconds),
    )


def _listen(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    try:
        listener = socket.create_server((host.strip("[]"), int(port)), backlog=1024)
    except (OSError, ValueError, OverflowError) as cause:
        raise Unavailable("ADDRESS_UNAVAILABLE", address=address) from cause
    # The head and the body of an answer are written one after the other: the body must not wait until a client has
    # acknowledged the head, which takes 40 ms. Connections inherit this; not every event loop sets it on its own.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


async def _unless_stopped(work: Awaitable[None], stop: asyncio.Event) -> None:
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await ended(task, stopped)
    if not task.cancelled():
        task.result()
