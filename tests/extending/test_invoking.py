"""Operations of plugins are called by those who may, within their time, and say who failed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from plugin_city import PluginCity, held

from ucs_core.invoke.metering import CallBudget, Tally
from ucs_core.platform import Call
from ucs_sdk.errors import Exhausted

UNRULY = """
class Words(BaseModel):
    text: str = Field(default="", max_length=3)

gate, waiting = asyncio.Event(), asyncio.Event()
events = []

@ledger.operation(title_zh="败", title_en="Fail", effect="write")
async def fail(ctx: Context, asked: Asked) -> Found:
    async with ctx.unit() as unit:
        unit.documents("notes", Note).put("left", Note())
    raise ValueError("the password is hunter2")

@ledger.operation(title_zh="拒", title_en="Refuse", effect="write")
async def refuse(ctx: Context, asked: Asked) -> Found:
    raise NotFound.saying("POINT_UNKNOWN", zh="没有点位 {point}", en="There is no point {point}", point=asked.key)

@ledger.operation(title_zh="挂", title_en="Hang", timeout=0.05)
async def hang(ctx: Context, asked: Asked) -> Found:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        events.append("cancelled")
        raise

@ledger.operation(title_zh="候", title_en="Wait", timeout=30)
async def wait(ctx: Context, asked: Asked) -> Found:
    events.append("begun")
    waiting.set()
    try:
        await gate.wait()
    except asyncio.CancelledError:
        events.append("cancelled")
        raise
    return Found(text="one")

@ledger.operation(title_zh="错", title_en="Wrong")
async def wrong(ctx: Context, asked: Asked) -> Words:
    return Asked(key="x") if asked.key == "type" else Words.model_construct(text="much too long")

@ledger.operation(title_zh="偷写", title_en="Sneak")
async def sneak(ctx: Context, asked: Asked) -> Found:
    async with ctx.unit() as unit:
        unit.documents("notes", Note).put("sneaked", Note())
    return Found()

@ledger.operation(title_zh="数", title_en="Count")
async def count(ctx: Context, asked: Asked) -> AsyncIterator[Found]:
    try:
        for number in range(asked.level):
            events.append(number)
            yield Found(count=number)
    finally:
        events.append("closed")

@ledger.operation(title_zh="转", title_en="Relay", effect="write")
async def relay(ctx: Context, asked: Asked) -> Found:
    told = await ctx.invoke("ledger.note", {"key": "relayed", "level": 1})
    async with ctx.unit() as unit:
        notes = unit.documents("notes", Note)
        await notes.get("own")
        notes.put("own", Note(level=told["count"]))
    events.append("relayed")
    if asked.level and len(events) <= asked.level:
        # Somebody else changes what was read, until the third time.
        await ctx.invoke("ledger.note", {"key": "own"}, request_id=f"other{len(events)}")
    return Found(count=told["count"])

@ledger.operation(title_zh="圈", title_en="Circle")
async def circle(ctx: Context, asked: Asked) -> Found:
    return Found(**await ctx.invoke("ledger.circle", {}))

@ledger.operation(title_zh="限", title_en="Reserved", share_type="conditional", share_condition="on request")
async def reserved(ctx: Context, asked: Asked) -> Found:
    return Found(text="reserved")
"""


async def test_a_plugin_answers_keeps_and_finds(city: PluginCity) -> None:
    view = await city.ledger()
    assert (view.state, view.operations) == ("running", ("ledger.note", "ledger.find", "ledger.version"))
    answer = await city.invoke("wang", "ledger.note", key="b", text="x", level=2)
    assert answer == {"keys": ["b"], "count": 2, "text": "wang"}
    assert (await city.invoke("wang", "ledger.note", key="b", text="y", level=3))["count"] == 5
    await city.invoke("wang", "ledger.note", key="a", text="x", level=7)
    assert await city.invoke("wang", "ledger.find", level=3) == {"keys": ["b", "a"], "count": 2, "text": ""}
    assert await city.notes() == {
        "a": {"text": "x", "level": 7, "owner": "water"},
        "b": {"text": "y", "level": 5, "owner": "water"},
    }
    entries = await city.entries("operations.invoke")
    assert [(each.actor, each.action, each.outcome) for each in entries] == [
        ("principals/wang", "invoke", "accepted")
    ] * 3
    assert all('"x"' not in (entry.body or "") for entry in entries)
    async with city.store.read() as reader:
        told = [(event.subject, event.organization) for event in await reader.events(after=0, first=9)]
    assert told == [("b", "water"), ("b", "water"), ("a", "water")]


async def test_what_one_may_not_discover_is_not_there(small: PluginCity, refused: Any) -> None:
    await small.ledger(UNRULY)
    hidden = await refused(small.invoke("outsider", "ledger.find"))
    unknown = await refused(small.invoke("outsider", "ledger.none"))
    assert (hidden.reason, hidden.fields) == ("OPERATION_NOT_FOUND", {"object": "ledger.find", "near": []})
    assert (unknown.reason, unknown.fields) == ("OPERATION_NOT_FOUND", {"object": "ledger.none", "near": []})
    assert (await refused(small.invoke("li", "ledger.notes"))).fields["near"][0] == "ledger.note"
    assert (await refused(small.invoke("li", "ledger.reserved"))).reason == "DENIED"
    assert (await small.invoke("wang", "ledger.reserved"))["text"] == "reserved"
    shown = await small.platform.operations("li")
    assert {each.path for each in shown} == set(small.platform.extensions.table.operations)
    assert [each.path for each in shown if not each.callable] == ["ledger.reserved"]
    assert await small.platform.operations("outsider") == []


async def test_every_refused_change_leaves_one_entry_and_nothing_else(city: PluginCity, refused: Any) -> None:
    await city.ledger(UNRULY)
    before = len(await city.entries("operations.invoke"))
    reasons = [
        (await refused(city.invoke(who, path, **asked))).reason
        for who, path, asked in (
            ("wang", "ledger.fail", {}),
            ("wang", "ledger.refuse", {"key": "p"}),
            ("wang", "ledger.note", {"key": 5}),
            ("outsider", "ledger.note", {}),
            ("pump", "ledger.note", {}),
        )
    ]
    assert reasons == ["PLUGIN_FAILED", "POINT_UNKNOWN", "FIELD_TYPE", "OPERATION_NOT_FOUND", "DENIED_THERE"]
    entries = (await city.entries("operations.invoke"))[before:]
    assert [entry.reason for entry in entries] == reasons
    assert await city.notes() == {}


async def test_errors_say_who_failed_and_never_what_an_exception_said(small: PluginCity, refused: Any) -> None:
    await small.ledger(UNRULY)
    failed = await refused(small.invoke("wang", "ledger.fail"))
    assert "hunter2" not in f"{failed.message()} {failed.fields}"
    said = await refused(small.invoke("wang", "ledger.refuse", key="p7"))
    assert (said.code, said.message()) == ("not_found", "There is no point p7")
    for path, asked, reason in (
        ("ledger.wrong", {"key": "type"}, "PLUGIN_ANSWER_INVALID"),
        ("ledger.wrong", {}, "PLUGIN_ANSWER_INVALID"),
        ("ledger.hang", {}, "PLUGIN_TIMED_OUT"),
        ("ledger.sneak", {}, "UNIT_IN_READ"),
        ("ledger.circle", {}, "INVOKE_TOO_DEEP"),
        ("ledger.count", {}, "OPERATION_STREAMS"),
    ):
        assert (await refused(small.invoke("wang", path, **asked))).reason == reason
    assert small.module.events == ["cancelled"]
    assert await small.notes() == {}


async def test_a_caller_that_leaves_ends_what_it_asked_for(small: PluginCity) -> None:
    await small.ledger(UNRULY)
    task = asyncio.create_task(small.invoke("wang", "ledger.wait"))
    await small.module.waiting.wait()
    task.cancel()
    await asyncio.wait({task})
    assert small.module.events == ["begun", "cancelled"]
    assert small.platform.extensions.table.plugins["ledger"].inside == 0


async def test_a_stream_makes_nothing_that_was_not_asked_for(small: PluginCity, refused: Any) -> None:
    await small.ledger(UNRULY)
    events = small.module.events
    stream = small.platform.stream(Call(principal="wang"), "ledger.count", {"level": 9})
    assert [(await anext(stream))["count"] for _ in range(2)] == [0, 1]
    await asyncio.sleep(0)
    assert events == [0, 1]
    await stream.aclose()
    assert events == [0, 1, "closed"]
    whole = [
        item["count"] async for item in small.platform.stream(Call(principal="wang"), "ledger.count", {"level": 3})
    ]
    assert whole == [0, 1, 2]
    once = await refused(anext(small.platform.stream(Call(principal="wang"), "ledger.find", {})))
    assert once.reason == "OPERATION_ANSWERS_ONCE"


async def test_a_stream_ends_when_access_does(small: PluginCity, refused: Any) -> None:
    await small.ledger(UNRULY)
    stream = small.platform.stream(Call(principal="li"), "ledger.count", {"level": 9})
    await anext(stream)
    await small.platform.disable_plugin(Call(principal="founder"), "ledger", reason="over")
    await asyncio.sleep(0.11)
    assert (await refused(anext(stream))).reason == "PLUGIN_NOT_RUNNING"


async def test_what_is_tried_changes_nothing(city: PluginCity) -> None:
    await city.ledger()
    call = Call(principal="wang", validate_only=True)
    assert (await city.platform.invoke(call, "ledger.note", {"level": 3}))["count"] == 3
    assert await city.notes() == {}
    assert await city.entries("operations.invoke") == []


async def test_nobody_loses_what_another_wrote(city: PluginCity) -> None:
    await city.ledger()
    results = await asyncio.gather(
        *(city.invoke("wang", "ledger.note", key="k", level=1) for _ in range(12)), return_exceptions=True
    )
    kept = [result for result in results if not isinstance(result, BaseException)]
    assert (await city.notes())["k"]["level"] == len(kept) > 0
    reasons = {getattr(result, "reason", None) for result in results if isinstance(result, BaseException)}
    assert reasons <= {"RECORDS_CONTENDED"}


async def test_a_function_that_runs_again_calls_others_once(city: PluginCity) -> None:
    await city.ledger(UNRULY)
    assert (await city.invoke("wang", "ledger.relay", level=2))["count"] == 1
    notes = await city.notes()
    assert (notes["relayed"]["level"], notes["own"]["level"], city.module.events) == (1, 1, ["relayed"] * 3)
    assert len(await city.entries("operations.invoke")) == 4


async def test_calls_beyond_the_quota_are_refused(small: PluginCity) -> None:
    budget = CallBudget(small.clock.seconds, calls=2, seconds=10)
    for _ in range(2):
        budget.take("wang", "ledger.find")
    with pytest.raises(Exhausted) as caught:
        budget.take("wang", "ledger.note")
    assert caught.value.retry_after == pytest.approx(5)
    budget.take("li", "ledger.find")
    small.clock.move(seconds=5)
    budget.take("wang", "ledger.find")


async def test_calls_are_metered_by_operation_organisation_and_outcome(small: PluginCity, refused: Any) -> None:
    await small.ledger(UNRULY)
    await small.invoke("wang", "ledger.find")
    await small.invoke("li", "ledger.find")
    await refused(small.invoke("wang", "ledger.fail"))
    tally = small.platform.extensions.invocations._meter
    assert isinstance(tally, Tally)
    assert {key: used.calls for key, used in tally.used.items()} == {
        ("ledger.find", "water", "ok"): 1,
        ("ledger.find", "roads", "ok"): 1,
        ("ledger.fail", "water", "PLUGIN_FAILED"): 1,
    }


async def test_access_that_ended_counts_at_the_commit(small: PluginCity, refused: Any) -> None:
    await small.ledger(
        """
gate, staged = asyncio.Event(), asyncio.Event()
@ledger.operation(title_zh="晚", title_en="Late", effect="write")
async def late(ctx: Context, asked: Asked) -> Found:
    async with ctx.unit() as unit:
        unit.documents("notes", Note).put("late", Note())
    staged.set()
    await gate.wait()
    return Found()
"""
    )
    task = asyncio.create_task(small.invoke("wang", "ledger.late"))
    await small.module.staged.wait()
    async with small.store.write() as unit:
        await unit.remove_rules([held("wang", "editor", "water").id])
        await unit.commit()
    small.module.gate.set()
    assert (await refused(task)).reason == "DENIED_THERE"
    assert await small.notes() == {}
