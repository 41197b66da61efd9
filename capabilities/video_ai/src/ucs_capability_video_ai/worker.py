"""One worker of one node: holds shards by leases, watches their streams, and looks at the pictures that are worth it most.

Each round takes about a second of the platform's clock. Readers have threads of their own, analysis runs in threads; a round
waits for analysis alone, and for no stream.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from ucs_capability_video_ai import records
from ucs_capability_video_ai.addresses import allowed, read_networks, with_credential
from ucs_capability_video_ai.algorithms import missing_library, vision
from ucs_capability_video_ai.cameras import Camera, place_of
from ucs_capability_video_ai.capturing import CapturePlan, next_due
from ucs_capability_video_ai.events import DETECTED
from ucs_capability_video_ai.holding import Held, hold, let_go
from ucs_capability_video_ai.looking import Looker, analysed
from ucs_capability_video_ai.operations import looker_of
from ucs_capability_video_ai.records import StreamRecord
from ucs_capability_video_ai.scheduling import Look, Yield, chosen, worth_of
from ucs_capability_video_ai.settings import patience_of
from ucs_capability_video_ai.supervision import StreamState, StreamWatch
from ucs_sdk import Conflict, Context, Health, UcsError

ROUND = 1.0
"""How many seconds lie between two rounds."""

RELOADED = timedelta(seconds=15)
"""How old what a worker knows of its cameras may be."""

CAMERAS_MOST = 5_000
"""How many cameras one worker has in mind."""

AGAIN_LEAST, AGAIN_MOST = timedelta(seconds=5), timedelta(seconds=300)
"""After how long a stream that failed is opened anew: each time twice as long."""

ABANDONED_MOST = 8
"""How many readers that do not end may hang before the node is said to be unwell; no more streams are opened then."""

FAULTS = frozenset({StreamState.DEAD, StreamState.STUCK, StreamState.LYING})


class Reader(Protocol):
    """What a worker asks of `vision.reading.StreamReader`."""

    @property
    def watch(self) -> StreamWatch: ...

    @property
    def is_alive(self) -> bool: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    # A `vision.reading.Read`.
    def newest(self) -> Any: ...  # noqa: ANN401


Opens = Callable[[str, StreamWatch, Callable[[], datetime], bool], Reader]


def open_reader(address: str, watch: StreamWatch, now: Callable[[], datetime], listens: bool) -> Reader:
    """A reader of PyAV."""
    reader: Reader = vision("reading").StreamReader(address, watch, now, listens=listens)
    return reader


@dataclass
class Stream:
    """A camera of this worker, its reader if one is open, and what is known of its plans."""

    camera: Camera
    organization: str
    reader: Reader | None = None
    watch: StreamWatch | None = None
    state: StreamState = StreamState.STARTING
    fails: int = 0
    again_at: datetime | None = None
    looked: dict[str, datetime] = field(default_factory=dict)
    yields: dict[str, Yield] = field(default_factory=dict)
    found: frozenset[str] = frozenset()
    first_seen: datetime | None = None


class Worker:
    """Looks at the streams of the shards that it holds."""

    def __init__(self, ctx: Context, looker: Looker, opens: Opens = open_reader, name: str = "") -> None:
        self._ctx = ctx
        self._looker = looker
        self._opens = opens
        self.name = name or uuid.uuid4().hex[:12]
        self.held = Held()
        self.streams: dict[str, Stream] = {}
        self.abandoned: list[Reader] = []
        self._loaded_at: datetime | None = None
        self._wanted = False

    async def round(self) -> int:
        """Do what is due now; how many pictures were looked at."""
        now = self._ctx.clock.now()
        if self._is_stale(now):
            self._wanted = bool(await records.cameras_of(self._ctx).count({"watched": True}))
        # Where nobody asks for a stream, no lease is written.
        changed = self._wanted and await hold(self._ctx, self.name, self.held, now)
        if changed or self._is_stale(now):
            await self._load(now)
        self.abandoned = [each for each in self.abandoned if each.is_alive]
        for stream in self.streams.values():
            await self._supervise(stream, now)
        budget = max(1, round(self._ctx.settings["pictures_each_minute"] * ROUND / 60))
        looked = 0
        for stream, plan in self._due(now):
            if looked >= budget:
                break
            looked += await self._look(stream, plan, now)
        return looked

    async def close(self) -> None:
        """Stop the readers, and give up the shards so that others need not wait."""
        for stream in self.streams.values():
            self._shut(stream)
        await let_go(self._ctx, self.name, self.held)

    def _is_stale(self, now: datetime) -> bool:
        return self._loaded_at is None or now - self._loaded_at >= RELOADED

    async def _load(self, now: datetime) -> None:
        """Learn which cameras of the shards there are; those that are gone are read no more."""
        found: dict[str, Stream] = {}
        cameras = records.cameras_of(self._ctx)
        for shard in self.held.shards:
            async for each in records.walked(cameras, {"shard": shard, "watched": True}):
                if len(found) == CAMERAS_MOST:
                    self._ctx.log.warning("too_many_cameras", most=CAMERAS_MOST)
                    break
                known = self.streams.get(each.key) or Stream(each.body, each.organization, first_seen=now)
                if known.camera.source != each.body.source or known.camera.listens != each.body.listens:
                    self._shut(known)
                known.camera, known.organization = each.body, each.organization
                found[each.key] = known
        for code in self.streams.keys() - found.keys():
            self._shut(self.streams[code])
        self.streams, self._loaded_at = found, now

    async def _supervise(self, stream: Stream, now: datetime) -> None:
        """See how a stream stands; one that cannot be believed is shut and opened anew later, each time later."""
        if stream.reader is None:
            return
        watch = stream.watch = stream.reader.watch
        state = watch.state(now, patience_of(self._ctx.settings))
        ended = not stream.reader.is_alive and state is StreamState.LIVE
        if state in (StreamState.DEAD, StreamState.LYING) or ended:
            self._shut(stream)
            stream.fails += 1
            stream.again_at = now + min(AGAIN_MOST, AGAIN_LEAST * 2 ** min(10, stream.fails - 1))
        elif state is StreamState.LIVE:
            stream.fails = 0
        if state is not stream.state:
            await self._tell(stream, state, watch.lie, now)

    async def _tell(self, stream: Stream, state: StreamState, reason: str, now: datetime) -> None:
        stream.state = state
        record = StreamRecord(camera=stream.camera.code, state=state, since=now, reason=reason, worker=self.name)
        try:
            async with self._ctx.unit() as unit:
                staged = unit.documents(records.STREAMS, StreamRecord)
                staged.put(stream.camera.code, record, organization=stream.organization)
        except Conflict:
            # Whoever else reads it just now has said how it stands.
            self._ctx.log.info("stream_told_by_another", camera=stream.camera.code)

    def _due(self, now: datetime) -> list[tuple[Stream, CapturePlan]]:
        """The looks that are due, the most worth first."""
        looks: list[Look] = []
        plans: dict[str, tuple[Stream, CapturePlan]] = {}
        for stream in self.streams.values():
            for plan in stream.camera.plans:
                last = stream.looked.get(plan.name)
                due = next_due(plan, last, now)
                if due is None or due > now:
                    continue
                waited = (now - (last or stream.first_seen or now)).total_seconds() / 3600 or plan.seconds / 3600
                key = f"{stream.camera.code}/{plan.name}"
                worth = worth_of(plan.risk, stream.yields.get(plan.name, Yield()), waited)
                looks.append(Look(key=key, due=last or now, worth=worth))
                plans[key] = stream, plan
        return [plans[each.key] for each in chosen(looks, len(looks))]

    async def _look(self, stream: Stream, plan: CapturePlan, now: datetime) -> int:
        """Look at a stream's newest picture, if there is one that can be believed; how many were looked at."""
        if stream.reader is None:
            self._open(stream, now)
            return 0
        if stream.state in FAULTS:
            return 0
        read = await asyncio.to_thread(stream.reader.newest)
        if read is None:
            return 0
        view = f"{stream.camera.code}/{plan.preset}"
        try:
            seen = await self._looker.look(view, read.image, read.at, plan.algorithms)
        except UcsError as error:
            # It holds up no other stream, and is tried again with the next picture that is due.
            self._ctx.log.warning("not_looked_at", camera=stream.camera.code, plan=plan.name, reason=error.reason)
            stream.looked[plan.name] = now
            return 1
        told = await analysed(self._ctx, stream.camera, seen, plan.preset, read.at)
        if told:
            async with self._ctx.unit() as unit:
                for each in told:
                    unit.emit(DETECTED, each, subject=place_of(stream.camera), organization=stream.organization)
        found = frozenset(one.label for each in told for one in each.detections)
        self._learn(stream, plan, found, now)
        return 1

    def _learn(self, stream: Stream, plan: CapturePlan, found: frozenset[str], now: datetime) -> None:
        """Remember what a look has brought: what was there before is no finding."""
        waited = (now - stream.looked.get(plan.name, now)).total_seconds() / 3600
        known = stream.yields.get(plan.name, Yield())
        stream.yields[plan.name] = known.after(waited, len(found - stream.found))
        stream.found, stream.looked[plan.name] = found, now

    def _open(self, stream: Stream, now: datetime) -> None:
        if stream.again_at is not None and now < stream.again_at:
            return
        settings = self._ctx.settings
        open_now = [each for each in self.streams.values() if each.reader is not None]
        if len(self.abandoned) >= ABANDONED_MOST:
            return
        if len(open_now) >= settings["streams_open"]:
            idle = [each for each in open_now if not self._is_due(each, now)]
            if not idle:
                return
            self._shut(max(idle, key=lambda each: max(each.looked.values(), default=now)))
        try:
            address = allowed(
                stream.camera.source, read_networks(settings["stream_networks"]), settings["files_folder"]
            )
            secret = self._ctx.secret(stream.camera.credential) if stream.camera.credential else ""
        except UcsError as error:
            stream.again_at = now + AGAIN_MOST
            self._ctx.log.warning("stream_not_opened", camera=stream.camera.code, reason=error.reason)
            return
        fresh = StreamWatch(since=now)
        watch = fresh if stream.watch is None else replace(stream.watch, since=now, last=None, first=None)
        stream.reader = self._opens(with_credential(address, secret), watch, self._ctx.clock.now, stream.camera.listens)
        stream.reader.start()

    def _is_due(self, stream: Stream, now: datetime) -> bool:
        dues = [next_due(plan, stream.looked.get(plan.name), now) for plan in stream.camera.plans]
        return any(each is not None and each <= now + timedelta(seconds=ROUND) for each in dues)

    def _shut(self, stream: Stream) -> None:
        """Have a reader end; nobody waits for it."""
        if stream.reader is not None:
            stream.reader.stop()
            self.abandoned.append(stream.reader)
            stream.reader = None


_trouble: dict[str, Health] = {}


def trouble() -> Health | None:
    """What keeps this node from looking at streams, if anything does."""
    return next(iter(_trouble.values()), None)


def note_abandoned(worker: Worker) -> None:
    """Say that the node is unwell when too many readers hang."""
    _trouble.pop("abandoned", None)
    hanging = len(worker.abandoned)
    if hanging >= ABANDONED_MOST:
        _trouble["abandoned"] = Health(
            ok=False, zh=f"{hanging} 路视频读取无法结束", en=f"{hanging} readers of streams do not end"
        )


async def run(ctx: Context) -> None:
    """Work for as long as the plugin runs. Nothing heavy is imported before a plan asks for a stream; where a library is
    missing then, wait and say so.
    """
    while not await records.cameras_of(ctx).count({"watched": True}):
        await ctx.clock.sleep(RELOADED.total_seconds())
    while missing := await asyncio.to_thread(missing_library):
        _note_missing(missing)
        await ctx.clock.sleep(RELOADED.total_seconds())
    _trouble.pop("libraries", None)
    worker = Worker(ctx, looker_of(ctx))
    try:
        while True:
            await worker.round()
            note_abandoned(worker)
            await ctx.clock.sleep(ROUND)
    finally:
        for stream in worker.streams.values():
            if stream.reader is not None:
                stream.reader.stop()


def _note_missing(missing: str) -> None:
    _trouble["libraries"] = Health(
        ok=False,
        zh=f"VIDEO_LIBRARIES_MISSING：缺少 {missing}，无法分析视频流",
        en=f"VIDEO_LIBRARIES_MISSING: without {missing} no stream is looked at",
    )
