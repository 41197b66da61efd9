"""What prepares chunks beside a node gives what the node itself would have made of them, and is nobody's undoing."""

import asyncio
import os
import signal

import orjson
import pytest

from ucs_core.platform import importing, preparer
from ucs_core.platform.preparer import CHUNKS_BEFORE, FULL, Preparer, Process
from ucs_core.platform.preparing import row_of
from ucs_core.rows.reading import Row
from ucs_registry.testing import an_id
from ucs_registry.types import KnownTypes, ResourceType, built_in_types
from ucs_sdk.errors import UcsError

SPEC = {"items": [{"name": "code", "title": "编码", "data_type": "string", "length": 32}]}


def a_row(number, **changes):
    content = {
        "title": {"zh": f"水位{number}", "en": "Level"},
        "summary": {"zh": "说明", "en": "Summary"},
        "tags": ["水"],
        "share_type": "unconditional",
        "data_level": "l1",
        "dependencies": [{"target": f"resources/{an_id(1)}", "relation": "reads"}],
        "spec": SPEC,
    }
    row = {"id": an_id(number), "code": f"A/{number}", "kind": "data", "type": "dataset", "owner": "37"}
    return row | {"content": content | changes}


def lines(count=FULL):
    return [orjson.dumps(a_row(number)) for number in range(count)]


def known(row):
    """All of a row but the salt, which is another every time."""
    return row.prepared, row.body


@pytest.fixture
async def ready():
    """A preparer whose process has begun."""
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("with one processor nothing is handed over")
    made = Preparer()
    for _ in range(CHUNKS_BEFORE + 1):
        assert await made.rows(lines(), ("", KnownTypes())) is None
    await made._starting
    yield made
    await made.close()


async def test_rows_are_those_that_the_node_would_have_made(ready):
    types = ("", KnownTypes())
    unfit = [orjson.dumps(a_row(1, spec={"items": []})), orjson.dumps(a_row(2, colour="red")), b"{", b"[]"]
    asked = [*lines(), *unfit]
    rows = await ready.rows(asked, types)
    assert [known(row) for row in rows[:FULL]] == [known(row_of(line, types)) for line in asked[:FULL]]
    assert [row.prepared.judged for row in rows[: FULL + 1]] == [""] * FULL + [None]
    assert rows[FULL + 1 :] == [None, None, None]
    # What is refused there is looked at here, where it is said why.
    batch = await importing.prepared(b"\n".join(asked), lenient=True, preparer=ready)
    assert [type(row) for row in batch.rows[:FULL]] == [Row] * FULL
    assert [isinstance(row, UcsError) for row in batch.rows[FULL:]] == [False, True, True, True]


async def test_rows_are_judged_by_the_types_that_are_handed_over(ready):
    built_in = built_in_types()["dataset"]
    strict = ResourceType(
        id="dataset", kind=built_in.kind, title=built_in.title, schema={"type": "object", "maxProperties": 0}
    )
    for stamp, types, judged in (("", KnownTypes(), ""), ("s", KnownTypes([strict]), None), ("t", KnownTypes(), "t")):
        for _ in range(2):
            rows = await ready.rows(lines(), (stamp, types))
            assert {row.prepared.judged for row in rows} == {judged}


async def test_a_process_that_has_died_is_done_without(ready):
    ready._process._process.kill()
    assert await ready.rows(lines(), ("", KnownTypes())) is None
    assert await ready.rows(lines(), ("", KnownTypes())) is None
    batch = await importing.prepared(b"\n".join(lines()), preparer=ready)
    assert all(isinstance(row, Row) for row in batch.rows)


async def test_a_process_that_hangs_is_done_without(ready):
    ready._patience = 0.1
    process = ready._process._process
    process.send_signal(signal.SIGSTOP)
    async with asyncio.timeout(20):
        assert await ready.rows(lines(), ("", KnownTypes())) is None
    assert process.returncode == -signal.SIGKILL
    assert await ready.rows(lines(), ("", KnownTypes())) is None


def test_nothing_is_taken_from_the_folder_that_the_node_was_started_in(tmp_path, monkeypatch):
    (tmp_path / "orjson.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    process = Process()
    try:
        process.wait_until_ready()
    finally:
        process.end()


async def test_one_that_cannot_be_started_is_done_without():
    def fails():
        raise FileNotFoundError("no interpreter")

    made = Preparer(fails)
    for _ in range(CHUNKS_BEFORE + 3):
        assert await made.rows(lines(), ("", KnownTypes())) is None
        if made._starting is not None:
            await made._starting
    await made.close()


async def test_few_rows_and_few_chunks_start_nothing():
    def fails():
        raise AssertionError("it was started")

    made = Preparer(fails)
    for _ in range(CHUNKS_BEFORE * 3):
        assert await made.rows(lines(FULL - 1), ("", KnownTypes())) is None
    for _ in range(CHUNKS_BEFORE):
        assert await made.rows(lines(), ("", KnownTypes())) is None
    assert made._starting is None
    await made.close()


async def test_it_ends_when_nothing_comes(ready):
    process = ready._process._process
    await ready._end()
    assert process.returncode is not None
    # And begins anew when a long import does.
    assert await ready.rows(lines(), ("", KnownTypes())) is None
    assert ready._chunks == 1


def test_it_ends_with_the_node_in_whatever_way():
    process = Process()
    process.wait_until_ready()
    process._questions.close()
    assert process._process.wait(preparer.IDLE_SECONDS) == 0
    process._answers.close()


async def test_a_caller_who_leaves_takes_no_answer_from_the_next(ready):
    types = ("", KnownTypes())
    leaving = asyncio.create_task(ready.rows(lines(), types))
    await asyncio.sleep(0)
    leaving.cancel()
    rows = await ready.rows([orjson.dumps(a_row(number)) for number in range(900, 900 + FULL)], types)
    assert rows[0].prepared.fresh.id == an_id(900)
    with pytest.raises(asyncio.CancelledError):
        await leaving
