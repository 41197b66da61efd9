"""A node that starts has its plugins before it is ready, shows them together, and lets none of them keep the others waiting."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from plugin_city import PluginCity, written

from ucs_core.plugins import host

SAYS = """
import asyncio, pathlib
from pydantic import BaseModel
from ucs_sdk import Capability, Context, hookimpl
class Said(BaseModel):
    text: str = ""
says = Capability("{name}", title_zh="说", title_en="Says")
gate = asyncio.Event()
@says.operation(title_zh="说", title_en="Say")
async def say(ctx: Context, asked: Said) -> Said:
    return Said(text="{name}")
{more}
@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [says]
"""

HANGS = """
@hookimpl
async def ucs_started(ctx: Context) -> None:
    if pathlib.Path(__file__).with_name("hangs").exists():
        await gate.wait()
"""


async def decided(first: PluginCity, second: PluginCity, *names: str, **more: str) -> None:
    """Enable plugins on one node, and install them on the other."""
    for name in names:
        source = SAYS.format(name=name, more=more.get(name, ""))
        await first.enable(written(first.folder, name, source))
    second.installed |= first.installed


async def test_what_starts_together_makes_one_table(
    two_nodes: list[PluginCity], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "TOGETHER_SECONDS", 60)
    first, second = two_nodes
    await decided(first, second, *(f"p{number}" for number in range(5)))
    tables: list[int] = []
    second.platform.extensions.on_change(lambda table: tables.append(len(table.plugins)))
    await second.platform.extensions.verbs.follow()
    assert tables == [5]
    assert await second.invoke("wang", "p4.say") == {"text": "p4"}


async def test_one_that_hangs_keeps_no_other_from_being_called(
    two_nodes: list[PluginCity], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "TOGETHER_SECONDS", 0)
    first, second = two_nodes
    await decided(first, second, "aa", "bb", bb=HANGS)
    (second.folder / "bb" / "src" / "bb_plugin" / "hangs").touch()
    there = asyncio.Event()
    second.platform.extensions.on_change(lambda table: there.set())
    following = asyncio.create_task(second.platform.extensions.verbs.follow())
    async with asyncio.timeout(10):
        await there.wait()
    assert await second.invoke("wang", "aa.say") == {"text": "aa"}
    assert not following.done()
    following.cancel()
    await asyncio.wait({following})


async def test_a_node_is_not_ready_before_its_plugins_are(two_nodes: list[PluginCity]) -> None:
    first, second = two_nodes
    await decided(first, second, "aa", "bb")
    extensions = second.platform.extensions
    waiting: asyncio.Task[Any] = asyncio.create_task(extensions.followed())
    await asyncio.sleep(0)
    assert not waiting.done()
    async with extensions.running():
        await waiting
        assert sorted(extensions.table.plugins) == ["aa", "bb"]
