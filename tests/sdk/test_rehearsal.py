"""The platform in miniature keeps the promises that a plugin's function can see."""

import asyncio

import pytest
from plugin_texts import HEAD, MANIFEST
from pydantic import BaseModel, ValidationError

from ucs_sdk import Between
from ucs_sdk.errors import Conflict, Denied, NotFound, UcsError
from ucs_sdk.messages import Locale
from ucs_sdk.testing import FakeContext, Rehearsal

CODE = """
from ucs_sdk import NotFound

pump.emits("city.pump.on.v1", Level)

@pump.operation(title_zh="写", title_en="Write", effect="write")
async def write(ctx: Context, asked: Level) -> Level:
    async with ctx.unit() as unit:
        levels = unit.documents("levels", Level)
        levels.put("P1", asked)
        unit.emit("city.pump.on.v1", asked, subject="P1")
        unit.notify("370200", title="on")
        assert (await levels.get("P1")).body == asked
        assert await ctx.documents("levels", Level).get("P1") != asked
    if asked.metres > 9:
        raise NotFound.saying("PUMP_UNKNOWN", zh="没有泵站 {name}", en="there is no pump {name}", name="P1")
    return asked

@pump.operation(title_zh="错", title_en="Err")
async def err(ctx: Context, asked: Level) -> Level:
    return "nothing of the kind"

@pump.on("city.rain.fell.v1")
async def fell(ctx: Context, event: Event[Level]) -> None:
    async with ctx.unit() as unit:
        unit.documents("levels", Level).put(event.subject, event.data)

@pump.every(seconds=60)
async def tidy(ctx: Context) -> None:
    async with ctx.unit() as unit:
        unit.documents("levels", Level).delete("P1")
"""
STATED = """
permissions = ["documents", "events", "notify", "run"]
events_in = ["city.rain.fell.v1"]
events_out = ["city.pump.on.v1"]
"""


class Level(BaseModel):
    metres: float


@pytest.fixture
def stage(plugin_folder):
    folder = plugin_folder(CODE, head=HEAD, manifest=MANIFEST + STATED)
    return Rehearsal(folder / "tests" / "test_pump.py")


def test_a_call_is_json_in_and_json_out_and_what_it_did_is_there(stage):
    assert stage.call("pump.write", {"metres": 2}) == {"metres": 2}
    assert stage.records("levels") == {"P1": {"metres": 2}}
    assert [(event.type, event.subject, event.organization) for event in stage.emitted] == [
        ("city.pump.on.v1", "P1", "370200")
    ]
    assert [notice.to for notice in stage.notified] == ["370200"]


def test_a_call_that_raises_has_changed_nothing_and_says_its_own_words(stage):
    stage.call("pump.write", {"metres": 2})
    with pytest.raises(UcsError) as caught:
        stage.call("pump.write", {"metres": 10})
    assert caught.value.message(Locale.ZH) == "没有泵站 P1"
    assert caught.value.code == NotFound.code
    assert stage.records("levels") == {"P1": {"metres": 2}}
    assert len(stage.emitted) == 1


def test_what_is_asked_and_answered_is_held_to_the_models(stage):
    with pytest.raises(ValidationError):
        stage.call("pump.write", {"metres": -1})
    with pytest.raises(UcsError, match="PLUGIN_ANSWER_INVALID"):
        stage.call("pump.err", {"metres": 1})


def test_events_and_schedules_are_run(stage):
    stage.deliver("city.rain.fell.v1", {"metres": 3}, subject="P1")
    assert stage.records("levels") == {"P1": {"metres": 3}}
    stage.run("tidy")
    assert stage.records("levels") == {}


@pytest.mark.parametrize(
    "work",
    [
        lambda stage: stage.call("pump.wirte", {}),
        lambda stage: stage.deliver("city.rain.ended.v1", {}),
        lambda stage: stage.run("untidy"),
        lambda stage: stage.hook("ucs_health"),
        lambda stage: stage.context.secret("key"),
    ],
)
def test_what_is_not_there_is_not_found(stage, work):
    with pytest.raises(NotFound):
        work(stage)


async def test_a_unit_is_all_or_nothing():
    ctx = FakeContext()

    async def half_done():
        async with ctx.unit() as unit:
            unit.documents("levels", Level).put("P1", Level(metres=1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await half_done()
    assert await ctx.documents("levels", Level).count() == 0


async def test_revisions_count_and_clash():
    ctx = FakeContext()
    for revision in (0, 1):
        async with ctx.unit() as unit:
            unit.documents("levels", Level).put("P1", Level(metres=revision), revision=revision)
    held = await ctx.documents("levels", Level).get("P1")
    assert (held.revision, held.body.metres, held.organization) == (2, 1, "370200")
    with pytest.raises(Conflict):
        async with ctx.unit() as unit:
            unit.documents("levels", Level).delete("P1", revision=1)


async def test_queries_filter_order_and_page():
    ctx = FakeContext()
    async with ctx.unit() as unit:
        for number in range(5):
            unit.documents("levels", Level).put(f"P{number}", Level(metres=10 - number))
    levels = ctx.documents("levels", Level)
    first = await levels.query({"metres": Between(least=7)}, order_by="metres", limit=3)
    assert [each.key for each in first.items] == ["P3", "P2", "P1"]
    second = await levels.query({"metres": Between(least=7)}, order_by="metres", limit=3, after=first.next)
    assert ([each.key for each in second.items], second.next) == (["P0"], None)
    assert await levels.count({"metres": 6}) == 1


async def test_the_clock_moves_when_somebody_sleeps_and_blobs_are_kept_by_content():
    ctx = FakeContext(secrets={"key": "s"}, answers={"echo.say": lambda asked: {"text": asked["text"]}})
    before = ctx.clock.now()
    await ctx.clock.sleep(90)
    assert (ctx.clock.now() - before).total_seconds() == 90
    blob = await ctx.blobs.put(b"water")
    assert await ctx.blobs.put(b"water") == blob
    assert await ctx.blobs.get(blob.digest) == b"water"
    assert ctx.secret("key") == "s"
    assert await ctx.invoke("echo.say", {"text": "x"}) == {"text": "x"}
    for what in (lambda: ctx.sql, lambda: ctx.visible("owner")):
        with pytest.raises(UcsError, match="FAKE_WITHOUT"):
            what()


def test_an_error_of_ones_own_keeps_its_code_and_fills_its_words():
    error = Denied.saying("TOO_DEEP", zh="水深 {metres} 米", en="{metres} m deep", metres=3)
    assert (error.message(Locale.ZH), error.message(Locale.EN)) == ("水深 3 米", "3 m deep")
    assert (error.reason, error.fields) == ("TOO_DEEP", {"metres": 3})


def test_a_rehearsal_can_stand_in_a_test_that_has_a_loop(stage):
    async def within():
        return stage.call("pump.write", {"metres": 2})

    assert asyncio.run(within()) == {"metres": 2}
