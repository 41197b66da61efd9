"""Plugins are asked before the catalogue changes: after validation, beside the unit, and whoever fails admits nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from plugin_city import PluginCity, held, written

from ucs_core.platform import Call, admission
from ucs_core.platform.extending import admitting
from ucs_sdk.messages import Locale
from ucs_sdk.plugins import FoundPlugin

GUARD = """
import asyncio, time
from pydantic import BaseModel
from ucs_sdk import Change, Context, NotFound, Objection, hookimpl
asked, gate, begun = [], asyncio.Event(), asyncio.Event()
class Note(BaseModel):
    text: str = ""
@hookimpl
async def ucs_admit(ctx: Context, change: Change) -> list[Objection]:
    asked.append((change.verb, change.code, change.before and change.before["title"]["en"], change.after["title"]["en"]))
    title = change.after["title"]["en"]
{body}
"""

STRICT = """
    if "bad" in title:
        return [Objection(path="title.en", zh="标题不佳", en="a bad title"), Objection(path="spec", zh="无", en="empty")]
    return []
"""

FAILURES = {
    "raises": "    raise ValueError('hunter2')",
    "refuses": "    raise NotFound.saying('X', zh='无', en='hunter2')",
    "hangs": "    await asyncio.sleep(3600)",
    "answers otherwise": "    return 'yes'",
    "answers of another kind": "    return [title]",
    "writes": "    async with ctx.unit() as unit:\n        unit.documents('n', Note).put('k', Note())",
    "calls": "    await ctx.invoke('ledger.note', {})",
}


def guard(city: PluginCity, body: str = STRICT, name: str = "guard", version: str = "1.0") -> FoundPlugin:
    permissions = 'permissions = ["admission", "documents", "invoke"]\n'
    return written(city.folder, name, GUARD.format(body=body), permissions, version)


def resource(code: str, title: str = "fine", **changes: Any) -> dict[str, Any]:
    content = {
        "title": {"zh": title, "en": title},
        "summary": {"zh": title, "en": title},
        "share_type": "unconditional",
        "data_level": "l1",
        "spec": {"items": [{"name": "a", "title": "a", "data_type": "string"}]},
    }
    return {"code": code, "kind": "data", "type": "dataset", "owner": "water", "content": content | changes}


async def create(city: PluginCity, code: str, title: str = "fine", **call: Any) -> Any:
    return await city.platform.resources.create(Call(principal="wang", **call), resource(code, title))


def asked(city: PluginCity, name: str = "guard") -> list[Any]:
    found: list[Any] = city.platform.extensions.table.plugins[name].plugin.module.asked
    return found


async def codes(city: PluginCity, *names: str) -> list[str]:
    async with city.store.read() as reader:
        return [name for name in names if await reader.resource_by_code(name) is not None]


async def test_what_a_plugin_objects_to_is_told_at_once_in_both_languages(city: PluginCity, refused: Any) -> None:
    await city.enable(guard(city))
    error = await refused(create(city, "A-1", "bad"))
    assert (error.reason, error.fields["path"], error.fields["plugin"]) == (
        "CHANGE_NOT_ADMITTED",
        "content.title.en",
        "guard",
    )
    assert error.fields["count"] == 2
    assert "content.title.en: a bad title (guard), content.spec: empty (guard)" in error.message(Locale.EN)
    assert "content.title.en：标题不佳（guard）、content.spec：无（guard）" in error.message(Locale.ZH)
    assert await codes(city, "A-1") == []
    assert [(item.outcome, item.reason) for item in await city.entries("resources.create")] == [
        ("refused", "CHANGE_NOT_ADMITTED")
    ]
    await create(city, "A-1")
    assert await codes(city, "A-1") == ["A-1"]
    assert asked(city) == [("create", "A-1", None, "bad"), ("create", "A-1", None, "fine")]


async def test_every_way_into_the_catalogue_is_asked_about(city: PluginCity, refused: Any) -> None:
    await city.keep(held("wang", "organization_administrator", "water"))
    await city.enable(guard(city))
    made = await create(city, "A-1")
    call = Call(principal="wang")
    worse = {"title": {"zh": "bad", "en": "bad"}}
    resources, batches, imports = city.platform.resources, city.platform.batches, city.platform.imports
    error = await refused(resources.update(call, made.name, worse, made.etag))
    assert error.fields["path"] == "content.title.en"
    error = await refused(batches.create(call, [resource("B-1"), resource("B-2", "bad")]))
    assert error.fields["path"] == "resources[1].content.title.en"
    rows = [resource("C-1"), resource("C-2", "bad"), resource("C-3")]
    error = await refused(imports.import_chunk(call, rows))
    assert error.fields["path"] == "resources[1].content.title.en"
    error = await refused(imports.enter_whole(call, [[resource("D-1")], [resource("D-2", "bad")]]))
    assert error.fields["path"] == "chunks[1].resources[0].content.title.en"
    assert await codes(city, "B-1", "C-1", "C-3", "D-1") == []
    imported = await imports.import_chunk(call, rows, lenient=True)
    assert [(each.index, each.reason) for each in imported.rejections] == [(1, "CHANGE_NOT_ADMITTED")]
    assert await codes(city, "C-1", "C-2", "C-3") == ["C-1", "C-3"]
    assert ("update", "A-1", "fine", "bad") in asked(city)


async def test_nobody_is_asked_about_what_is_refused_anyway(small: PluginCity, refused: Any) -> None:
    await small.enable(guard(small))
    for who, what in (
        ("wang", resource("A 1")),
        ("wang", resource("A-1", spec={"items": 5})),
        ("wang", resource("A-1") | {"type": "none"}),
        ("li", resource("A-1")),
    ):
        await refused(small.platform.resources.create(Call(principal=who), what))
    assert asked(small) == []


async def test_what_is_tried_is_asked_about_and_what_is_repeated_is_not(small: PluginCity) -> None:
    await small.enable(guard(small))
    await create(small, "A-1", validate_only=True)
    assert await codes(small, "A-1") == []
    first = await create(small, "A-1", request_id="r1")
    assert (await create(small, "A-1", request_id="r1")).name == first.name
    assert len(asked(small)) == 2


@pytest.mark.parametrize("how", FAILURES)
async def test_a_check_that_fails_admits_nothing_and_is_named(small: PluginCity, refused: Any, how: str) -> None:
    await small.ledger()
    await small.enable(guard(small, FAILURES[how]))
    small.platform.extensions.admissions.check_seconds = 0.05
    error = await refused(create(small, "A-1"))
    assert (error.reason, error.fields["plugin"]) == ("PLUGIN_FAILED", "guard")
    assert "hunter2" not in f"{error.message()} {error.fields}"
    assert await codes(small, "A-1") == []
    await small.platform.disable_plugin(Call(principal="founder"), "guard", reason="broken")
    await create(small, "A-1")


async def test_a_check_that_blocks_its_thread_is_not_begun_without_end(small: PluginCity, refused: Any) -> None:
    blocking = """
import threading
from ucs_sdk import hookimpl
gate, asked = threading.Event(), []
@hookimpl
def ucs_admit(change):
    asked.append(change.code)
    gate.wait(30)
    return []
"""
    await small.enable(written(small.folder, "guard", blocking, 'permissions = ["admission"]\n'))
    small.platform.extensions.admissions.check_seconds = 0.0
    for at in range(admitting.AT_WORK_MOST + 3):
        assert (await refused(create(small, f"A-{at}"))).reason == "PLUGIN_FAILED"
    small.platform.extensions.table.plugins["guard"].plugin.module.gate.set()
    assert len(asked(small)) == admitting.AT_WORK_MOST


async def test_nobody_waits_for_a_plugin_to_write_something_else(city: PluginCity) -> None:
    await city.ledger()
    await city.enable(guard(city, "    begun.set()\n    await gate.wait()\n    return []"))
    module = city.platform.extensions.table.plugins["guard"].plugin.module
    creating = asyncio.create_task(create(city, "A-1"))
    await module.begun.wait()
    assert (await city.invoke("wang", "ledger.note", level=3))["count"] == 3
    module.gate.set()
    await creating
    assert await codes(city, "A-1") == ["A-1"]


async def test_what_changes_while_somebody_is_asked_is_asked_about_again(city: PluginCity) -> None:
    made = await create(city, "A-1")
    await city.enable(guard(city, "    begun.set()\n    await gate.wait()\n    return []"))
    module = city.platform.extensions.table.plugins["guard"].plugin.module
    call, resources = Call(principal="wang"), city.platform.resources
    later = {"summary": {"zh": "later", "en": "later"}}
    updating = asyncio.create_task(resources.update(call, made.name, later, made.etag))
    await module.begun.wait()
    asking, city.platform.pipeline.asking = city.platform.pipeline.asking, all_is_well
    await resources.update(call, made.name, {"title": {"zh": "new", "en": "new"}}, made.etag)
    city.platform.pipeline.asking = asking
    module.gate.set()
    outcome = await asyncio.gather(updating, return_exceptions=True)
    assert [getattr(each, "reason", None) for each in outcome] == ["ETAG_STALE"]


async def all_is_well(unadmitted: admission.Unadmitted) -> None:
    """The twin of asking: it admits whatever there is."""


async def test_asking_nobody_is_found(small: PluginCity) -> None:
    await small.enable(guard(small))
    small.platform.pipeline.asking = all_is_well
    await create(small, "A-1", "bad")
    assert await codes(small, "A-1") == ["A-1"]
    assert asked(small) == []


async def test_another_node_asks_too_and_admits_nothing_before_it_can(
    two_nodes: Sequence[PluginCity], refused: Any
) -> None:
    here, there = two_nodes
    found = guard(here)
    await here.enable(found)
    assert (await refused(create(there, "A-1", "bad"))).reason == "PLUGIN_NOT_RUNNING"
    assert await codes(there, "A-1") == []
    there.installed["guard"] = found
    there.platform.extensions.host._failed_at.clear()
    assert (await refused(create(there, "A-1", "bad"))).reason == "CHANGE_NOT_ADMITTED"
    await create(there, "A-1")


async def test_all_plugins_are_asked(small: PluginCity, refused: Any) -> None:
    await small.enable(guard(small))
    await small.enable(guard(small, "    return [Objection(path='', zh='否', en='never')]", name="other"))
    error = await refused(create(small, "A-1", "bad"))
    assert error.fields["count"] == 3
    assert error.fields["objections"][-1] == "content: never (other)"
