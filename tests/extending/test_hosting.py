"""Plugins are enabled, swapped and disabled while the platform runs; what fails says why and stops nobody else."""

from __future__ import annotations

import asyncio
from typing import Any

from plugin_city import PluginCity, a_ledger, written

from ucs_core.platform import Call
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import Availability

FOUNDER = Call(principal="founder")

GATED = """
gate, three = asyncio.Event(), asyncio.Event()
begun = []
@ledger.operation(title_zh="候", title_en="Wait")
async def wait(ctx: Context, asked: Asked) -> Found:
    begun.append(1)
    if len(begun) == 3:
        three.set()
    await gate.wait()
    return Found(text="{version}")
@ledger.operation(title_zh="哪", title_en="Which")
async def which(ctx: Context, asked: Asked) -> Found:
    return Found(text="{version}")
stopped = []
@hookimpl
def ucs_stopping(ctx: Context) -> None:
    stopped.append("{version}")
"""


async def entry(city: PluginCity, path: str) -> Any:
    async with city.store.read() as reader:
        return await reader.resource_by_code(path.upper())


async def test_operations_come_and_go_in_the_catalogue(city: PluginCity) -> None:
    await city.ledger()
    made = await entry(city, "ledger.note")
    assert (made.kind, made.type, made.owner, made.availability) == ("component", "operation", "water", "online")
    spec = made.shown.content.spec
    assert (spec["operation"], spec["version"], spec["effect"], spec["streaming"]) == (
        "ledger.note",
        "1.0",
        "write",
        False,
    )
    assert spec["input"]["properties"]["key"]["maxLength"] == 40
    await city.ledger(GATED.format(version="two"), version="2.0")
    assert (await entry(city, "ledger.note")).shown.content.spec["version"] == "2.0"
    assert (await entry(city, "ledger.wait")).availability is Availability.ONLINE
    await city.ledger(version="3.0")
    assert (await entry(city, "ledger.wait")).availability is Availability.SUSPENDED
    view = await city.platform.disable_plugin(FOUNDER, "ledger", reason="being repaired")
    gone = await entry(city, "ledger.note")
    assert (view.state, gone.availability, gone.availability_reason) == ("disabled", "suspended", "being repaired")
    assert city.platform.extensions.table.operations == {}
    await city.ledger(version="3.0")
    assert (await entry(city, "ledger.note")).availability is Availability.ONLINE
    assert [item.outcome for item in await city.entries("plugins.enable") if item.object == "plugins/ledger"] == [
        "accepted"
    ] * 4


async def test_calls_in_flight_end_on_the_version_that_they_began_with(small: PluginCity) -> None:
    await small.ledger(GATED.format(version="one"), version="1.0")
    old = small.module
    waiting = [asyncio.create_task(small.invoke("wang", "ledger.wait")) for _ in range(3)]
    await old.three.wait()
    stop, answers = asyncio.Event(), []

    async def load() -> None:
        while not stop.is_set():
            answers.append((await small.invoke("wang", "ledger.which"))["text"])

    loads = [asyncio.create_task(load()) for _ in range(4)]
    await small.ledger(GATED.format(version="two"), version="2.0")
    assert (await small.invoke("wang", "ledger.which"))["text"] == "two"
    assert old.stopped == []
    stop.set()
    await asyncio.gather(*loads)
    old.gate.set()
    assert [answer["text"] for answer in await asyncio.gather(*waiting)] == ["one"] * 3
    await asyncio.wait(small.platform.extensions.host._leaving)
    assert old.stopped == ["one"]
    assert set(answers) == {"one", "two"}
    assert answers == sorted(answers)


async def failed_calls(city: PluginCity, swap: Any) -> list[str]:
    """The reasons why calls failed while a plugin was swapped under them."""
    await city.ledger(GATED.format(version="one"), version="1.0")
    stop, reasons = asyncio.Event(), []

    async def load() -> None:
        while not stop.is_set():
            try:
                await city.invoke("wang", "ledger.which")
            except UcsError as error:
                reasons.append(error.reason)
                await asyncio.sleep(0)

    loads = [asyncio.create_task(load()) for _ in range(4)]
    for version in ("2.0", "3.0"):
        await swap(version)
    stop.set()
    await asyncio.gather(*loads)
    return reasons


async def test_no_call_fails_while_a_plugin_is_swapped(small: PluginCity) -> None:
    async def swap(version: str) -> None:
        await small.ledger(GATED.format(version=version), version=version)

    assert await failed_calls(small, swap) == []


async def test_stopping_one_version_before_the_next_has_started_is_found(small: PluginCity) -> None:
    async def swap(version: str) -> None:
        small.platform.extensions.host.remove("ledger")
        await small.ledger(GATED.format(version=version), version=version)

    assert set(await failed_calls(small, swap)) == {"PLUGIN_NOT_RUNNING"}


async def test_a_version_that_does_not_start_leaves_the_one_before_it(small: PluginCity, refused: Any) -> None:
    await small.ledger()
    small.platform.extensions.host._loading._seconds = 0.3
    started = "\n@hookimpl\n{} ucs_started(ctx: Context) -> None:\n    {}\n"
    for more, reason, said in (
        ("\nraise ValueError('broken')\n", "PLUGIN_IMPORT_FAILED", "broken"),
        ("\ndef ucs_startd(): pass\n", "HOOK_UNKNOWN", "ucs_started"),
        (started.format("def", "raise OSError('no pump')"), "PLUGIN_START_FAILED", "no pump"),
        (started.format("async def", "await asyncio.Event().wait()"), "PLUGIN_START_TIMED_OUT", "0.3"),
        (started.format("def", "__import__('time').sleep(0.6)"), "PLUGIN_START_TIMED_OUT", "0.3"),
    ):
        failure = await refused(small.ledger(more, version="2.0"))
        assert failure.reason == reason
        assert said in failure.message()
        assert (await small.invoke("wang", "ledger.version"))["text"] == "one"
    [view] = await small.platform.plugins("founder")
    assert (view.version, view.installed, view.state, view.generation) == ("1.0", "2.0", "running", 1)
    reasons = [item.reason for item in await small.entries("plugins.enable") if item.outcome == "refused"]
    assert len(reasons) == 5


async def test_nobody_else_has_a_plugins_code_run(small: PluginCity, refused: Any) -> None:
    small.installed["spy"] = written(small.folder, "spy", "import builtins\nbuiltins.spied = True\n")
    failure = await refused(small.platform.enable_plugin(Call(principal="wang"), "spy", owner="water"))
    assert failure.reason.startswith("DENIED")
    import builtins

    assert not hasattr(builtins, "spied")
    assert (await refused(small.platform.plugins("wang"))).reason.startswith("DENIED")
    assert (await refused(small.platform.disable_plugin(Call(principal="wang"), "spy", reason="x"))).reason.startswith(
        "DENIED"
    )
    assert (await refused(small.platform.enable_plugin(FOUNDER, "none", owner="water"))).reason == "PLUGIN_UNKNOWN"
    assert (await refused(small.platform.enable_plugin(FOUNDER, "spy"))).reason in (
        "PLUGIN_OWNER_MISSING",
        "HOOK_ANSWER",
    )


async def test_other_nodes_follow_and_a_failing_plugin_stops_nothing(two_nodes: list[PluginCity]) -> None:
    here, there = two_nodes
    await here.ledger()
    other = there.folder / "there"
    there.installed["ledger"] = a_ledger(other, "\nraise ValueError('not on this node')\n")
    await there.platform.extensions.start()
    [view] = await there.platform.plugins("founder")
    assert view.state == "failed"
    assert "not on this node" in view.problem_en
    assert (await here.invoke("wang", "ledger.version"))["text"] == "one"
    there.installed["ledger"] = a_ledger(other)
    await there.platform.extensions.start()
    assert there.platform.extensions.table.operations == {}
    await here.ledger(version="1.1")
    await there.platform.extensions.start()
    assert (await there.invoke("wang", "ledger.version"))["text"] == "one"
    await here.platform.disable_plugin(FOUNDER, "ledger", reason="over")
    await there.platform.extensions.start()
    assert there.platform.extensions.table.operations == {}


async def test_an_owner_may_be_named_as_it_is_shown(small: PluginCity) -> None:
    view = await small.ledger(owner="organizations/water")
    assert view.owner == "organizations/water"
    assert (await entry(small, "ledger.note")).owner == "water"


async def test_settings_are_checked_kept_and_not_told(city: PluginCity, refused: Any) -> None:
    source = a_ledger(
        city.folder,
        """
@ledger.operation(title_zh="设", title_en="Set")
async def told(ctx: Context, asked: Asked) -> Found:
    return Found(text=ctx.settings["greeting"], count=ctx.settings["most"])
""",
    )
    manifest = source.root / "ledger_plugin" / "plugin.toml"
    manifest.write_text(
        manifest.read_text()
        + '[settings.greeting]\ntype = "string"\ntitle = {zh = "问候", en = "Greeting"}\n'
        + '[settings.most]\ntype = "integer"\ndefault = 3\ntitle = {zh = "上限", en = "Most"}\n'
    )
    assert (await refused(city.enable(source))).reason == "PLUGIN_SETTING_MISSING"
    assert (await refused(city.enable(source, settings={"greeting": 5}))).reason == "FIELD_TYPE"
    assert (await refused(city.enable(source, settings={"greetin": "x"}))).reason == "FIELD_UNKNOWN"
    await city.enable(source, settings={"greeting": "你好"})
    assert await city.invoke("wang", "ledger.told") == {"keys": [], "text": "你好", "count": 3}
    await city.enable(source)
    assert (await city.invoke("wang", "ledger.told"))["text"] == "你好"
    assert all("你好" not in (item.body or "") for item in await city.entries("plugins.enable"))


async def test_repeating_the_call_that_enabled_changes_nothing(small: PluginCity) -> None:
    small.installed["ledger"] = a_ledger(small.folder)
    call = Call(principal="founder", request_id="once")
    first = await small.platform.enable_plugin(call, "ledger", owner="water")
    running = small.platform.extensions.table.plugins["ledger"]
    again = await small.platform.enable_plugin(Call(principal="founder", request_id="once"), "ledger", owner="water")
    assert again == first
    assert small.platform.extensions.table.plugins["ledger"] is running


async def test_two_plugins_cannot_offer_one_operation(small: PluginCity, refused: Any) -> None:
    source = (
        "from pydantic import BaseModel\nfrom ucs_sdk import Capability, Context, hookimpl\n"
        "class Nothing(BaseModel):\n    pass\n"
        'cap = Capability("a_b", title_zh="一", title_en="One")\n'
        '@cap.operation(title_zh="一", title_en="One")\n'
        "async def one(ctx: Context, asked: Nothing) -> Nothing:\n    return asked\n"
        "@hookimpl\ndef ucs_capabilities() -> list[Capability]:\n    return [cap]\n"
    )
    await small.enable(written(small.folder, "aa", source.replace("a_b", "aa_b")))
    failure = await refused(small.enable(written(small.folder, "aa_b", source.replace("a_b", "aa_b"))))
    assert failure.reason == "PLUGIN_OPERATION_TAKEN"
