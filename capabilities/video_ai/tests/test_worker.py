"""A worker: whose streams it reads, what it looks at first, and that a stream that fails holds up no other."""

from itertools import pairwise

import pytest

from ucs_capability_video_ai.algorithms import AlgorithmStated, AlgorithmStore
from ucs_capability_video_ai.detections import Detection
from ucs_capability_video_ai.looking import Looker, Memories
from ucs_capability_video_ai.supervision import Seen, after_picture, opened_again
from ucs_capability_video_ai.worker import ABANDONED_MOST, Worker, note_abandoned, trouble

CODES = [f"3702130100131000{number:04d}" for number in range(1, 7)]
PLAN = {"name": "p", "algorithms": ["finds_all"], "seconds": 10}
FRAMES = pytest.importorskip(
    "ucs_capability_video_ai.vision.frames",
    reason="the libraries of capabilities/video_ai/requirements.txt are not installed",
    exc_type=ImportError,
)


class FindsAll:
    """Finds litter in every picture, and remembers how many it saw."""

    def analyse(self, frame, memory):
        memory["seen"] = memory.get("seen", 0) + 1
        return [Detection(label="litter", confidence=0.9)]


class Breaks:
    """Fails at every picture."""

    def analyse(self, frame, memory):
        raise ZeroDivisionError


BREAKS = AlgorithmStated(name="breaks", title_zh="坏", title_en="Bad", labels=("litter",), warms_up=0, builds="")
STATED = AlgorithmStated(name="finds_all", title_zh="全", title_en="All", labels=("litter",), warms_up=0, builds="")


class Read:
    def __init__(self, at):
        import numpy

        self.image, self.at = numpy.zeros((90, 160, 3), numpy.uint8), at


class FakeReader:
    """A stream that behaves as its kind does: `live`, `dead`, `stuck`, `lying`, or `hung`, which never ends."""

    def __init__(self, kind, watch, now):
        self.kind, self._now = kind, now
        self._watch = opened_again(watch, now())
        self.stopped = self.started = False
        self._shows = 0

    def start(self):
        self.started = True

    def stop(self):
        self.stopped = True

    @property
    def is_alive(self):
        return self.kind == "hung" or not self.stopped

    @property
    def watch(self):
        if self.kind in ("live", "stuck", "lying"):
            self._shows += 1
            show = b"same" if self.kind == "stuck" else str(self._now()).encode()
            width = 100 + self._shows if self.kind == "lying" else 160
            seen = Seen(at=self._now(), width=width, height=90, stamp=None, print=show)
            self._watch = after_picture(self._watch, seen)
        return self._watch

    def newest(self):
        return Read(self._now()) if self.kind in ("live", "stuck", "lying") else None


class Node:
    """One worker and the readers that it opened."""

    def __init__(self, stage, kinds, name="w1"):
        self.stage, self.kinds, self.opened = stage, kinds, []
        looker = Looker(AlgorithmStore([(STATED, FindsAll), (BREAKS, Breaks)]), Memories())
        self.worker = Worker(stage.context, looker, self.open, name)

    def open(self, address, watch, now, listens):
        reader = FakeReader(self.kinds[address], watch, now)
        self.opened.append((address, reader))
        return reader

    async def rounds(self, count, seconds=1):
        looked = 0
        for _ in range(count):
            self.stage.context.clock.advance(seconds)
            looked += await self.worker.round()
        return looked


@pytest.fixture
def node(on_stage):
    def build(*kinds, plans=(PLAN,), **settings):
        stage = on_stage(stream_networks="10.0.0.0/8", **settings)
        addresses = {f"rtsp://10.0.0.{number}/x": kind for number, kind in enumerate(kinds, start=1)}
        for code, address in zip(CODES, addresses, strict=False):
            camera = {"code": code, "name": code, "source": address}
            stage.call("video_ai.register_camera", camera)
            # The store of the plugin does not know the test's algorithm, so the plan is put beside it.
            kept = stage.context.state.records["cameras", code]
            plan = kept.body.model_validate(kept.body.model_dump() | {"plans": list(plans), "watched": True})
            stage.context.state.records["cameras", code] = type(kept)(
                key=code, body=plan, revision=2, organization="370200", changed_at=kept.changed_at
            )
        return Node(stage, addresses)

    return build


def states(node):
    return {key: each["state"] for key, each in node.stage.records("streams").items()}


async def test_a_plans_pictures_are_looked_at_as_often_as_it_says(node):
    one = node("live")
    assert await one.rounds(31) == 3
    assert len(one.stage.told("city.video_ai.detected.v1")) == 3
    assert len(one.stage.context.state.blobs) == 1


async def test_what_a_stream_shows_becomes_an_incident(node):
    one = node("live")
    await one.rounds(25)
    one.stage.hear()
    (incident,) = one.stage.incidents()
    assert (incident["label"], incident["algorithm"], incident["cameras"]) == ("litter", "finds_all", [CODES[0]])


async def test_faults_are_noticed_in_their_time_and_hold_up_no_other(node):
    one = node("hung", "stuck", "lying", "live", "dead", dead_seconds=15.0, stuck_seconds=60.0)
    await one.rounds(16)
    assert states(one) == {CODES[0]: "dead", CODES[1]: "live", CODES[2]: "lying", CODES[3]: "live", CODES[4]: "dead"}
    await one.rounds(48)
    assert states(one)[CODES[1]] == "stuck"
    assert states(one)[CODES[3]] == "live"
    looked = [each.camera for each in one.stage.told("city.video_ai.detected.v1")]
    assert looked.count(CODES[3]) == 7
    assert CODES[4] not in looked
    shown = one.stage.call("video_ai.streams", {"state": "lying"})["streams"]
    assert [(each["camera"], each["reason"]) for each in shown] == [(CODES[2], "size_changed")]


async def test_an_algorithm_that_fails_fails_alone(node):
    plans = [PLAN | {"name": "bad", "algorithms": ["breaks"]}, PLAN]
    one = node("live", plans=plans)
    await one.rounds(60)
    assert one.stage.told("city.video_ai.detected.v1")
    reasons = [each[2]["reason"] for each in one.stage.context.state.logged if each[1] == "not_looked_at"]
    assert set(reasons) == {"ALGORITHM_FAILED"}


async def test_a_stream_that_failed_is_opened_anew_each_time_later(node):
    one = node("dead", dead_seconds=15.0)
    opened = []
    for second in range(200):
        before = len(one.opened)
        await one.rounds(1)
        if len(one.opened) > before:
            opened.append(second)
    waits = [b - a for a, b in pairwise(opened)]
    assert waits[:4] == [20, 25, 35, 55]
    assert all(reader.stopped for _, reader in one.opened[:-1])


async def test_readers_that_never_end_are_bounded_and_told(node):
    one = node("hung", dead_seconds=1.0)
    await one.rounds(1000)
    assert len(one.worker.abandoned) == ABANDONED_MOST
    note_abandoned(one.worker)
    assert trouble().ok is False
    one.worker.abandoned.clear()
    note_abandoned(one.worker)
    assert trouble() is None


async def test_no_more_streams_are_open_than_is_set_and_all_are_looked_at(node):
    one = node(*["live"] * 6, plans=[PLAN | {"seconds": 60}], streams_open=2)
    most = 0
    for _ in range(120):
        await one.rounds(1)
        most = max(most, sum(each.reader is not None for each in one.worker.streams.values()))
    assert most == 2
    assert {each.camera for each in one.stage.told("city.video_ai.detected.v1")} == set(CODES)


async def test_no_more_pictures_are_looked_at_than_is_set(node):
    one = node(*["live"] * 6, plans=[PLAN | {"seconds": 1}], pictures_each_minute=60)
    await one.rounds(5)
    assert await one.rounds(30) == 30


async def test_where_nothing_is_asked_for_nothing_is_written(on_stage):
    stage = on_stage()
    one = Node(stage, {})
    before = dict(stage.context.state.records)
    await one.rounds(100)
    assert stage.context.state.records == before


async def test_what_a_lost_worker_read_is_taken_over(node):
    one = node("live", "live")
    await one.rounds(3)
    other = Node(one.stage, one.kinds, name="w2")
    await other.rounds(10)
    assert other.opened == []
    await other.rounds(60)
    assert {address for address, _ in other.opened} == set(one.kinds)


async def test_a_worker_that_closes_hands_over_at_once(node):
    one = node("live")
    await one.rounds(3)
    await one.worker.close()
    assert all(reader.stopped for _, reader in one.opened)
    other = Node(one.stage, one.kinds, name="w2")
    await other.rounds(3)
    assert len(other.opened) == 1


async def test_an_address_outside_of_the_networks_is_never_opened(node):
    one = node("live")
    one.stage.context.settings["stream_networks"] = "192.168.0.0/16"
    await one.rounds(5)
    assert one.opened == []
    assert ("warning", "stream_not_opened") in [each[:2] for each in one.stage.context.state.logged]


async def test_a_camera_that_is_taken_out_is_read_no_more(node):
    one = node("live")
    await one.rounds(3)
    del one.stage.context.state.records["cameras", CODES[0]]
    await one.rounds(16)
    assert one.worker.streams == {}
    assert all(reader.stopped for _, reader in one.opened)


def test_memories_are_bounded_and_the_oldest_goes_first():
    memories = Memories(most=3)
    first = memories.of("a", "x")
    for stream in "bc":
        memories.of(stream, "x")
    assert memories.of("a", "x") is first
    memories.of("d", "x")
    assert len(memories) == 3
    assert memories.of("a", "x") is first
