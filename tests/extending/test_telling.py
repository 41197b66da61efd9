"""Whoever runs a plugin learns what is wrong with it and at which line; whoever calls it, that it was the plugin."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from plugin_city import PluginCity, written
from structlog.testing import capture_logs

from ucs_core.graphql import Caller, GraphqlDoor
from ucs_core.plugins.loading import Loading
from ucs_registry.plugins import PluginRow
from ucs_sdk.errors import UcsError
from ucs_sdk.messages import Locale

BAD = """
@ledger.operation(title_zh="坏", title_en="Bad")
async def bad(ctx: Context, asked: Asked) -> Found:
    if asked.text == "type":
        return asked
    raise KeyError(asked.text)
"""

STUCK = "import threading\nGATE = threading.Event()\nGATE.wait()\n"

NEVER = """
import asyncio
from ucs_sdk import Context, hookimpl

async def forever():
    await asyncio.Event().wait()

@hookimpl
async def ucs_started(ctx: Context) -> None:
    await forever()
"""


def row(name: str) -> PluginRow:
    return PluginRow.model_construct(name=name, owner="water", settings={}, generation=1)


@pytest.fixture
def hurried() -> Iterator[Loading]:
    yield Loading(lambda *_: None, seconds=0.3)
    if (stuck := sys.modules.get("stuck_plugin")) is not None:
        stuck.GATE.set()


async def test_a_plugin_that_hangs_at_its_import_is_told_with_the_line(tmp_path: Path, hurried: Loading, refused: Any):
    late = await refused(hurried.loaded(written(tmp_path, "stuck", STUCK)))
    assert late.reason == "PLUGIN_START_TIMED_OUT"
    for locale in Locale:
        assert "stuck_plugin/__init__.py:3" in late.message(locale)


async def test_a_plugin_that_waits_for_ever_when_it_starts_is_told_with_the_line(
    tmp_path: Path, hurried: Loading, refused: Any
):
    plugin = await hurried.loaded(written(tmp_path, "never", NEVER))
    late = await refused(hurried.started(plugin, row("never")))
    assert late.reason == "PLUGIN_START_TIMED_OUT"
    assert "never_plugin/__init__.py:6" in late.message(Locale.EN)


async def test_a_plugin_that_fails_when_it_starts_is_told_with_the_line(tmp_path: Path, hurried: Loading, refused: Any):
    source = NEVER.replace("await forever()", "raise ValueError('no line')")
    plugin = await hurried.loaded(written(tmp_path, "never", source))
    failed = await refused(hurried.started(plugin, row("never")))
    assert "never_plugin/__init__.py:10: ValueError: no line" in failed.message(Locale.EN)


@pytest.mark.parametrize(
    ("text", "event", "reason"),
    [("secret", "plugin_failed", "PLUGIN_FAILED"), ("type", "plugin_answer_invalid", "PLUGIN_ANSWER_INVALID")],
)
async def test_a_fault_is_in_the_log_once_under_the_id_of_the_call(small: PluginCity, text, event, reason):
    await small.ledger(BAD)
    door = GraphqlDoor(small.platform)
    caller = Caller(principal="wang", locale=Locale.EN, call_id="01TESTTESTTESTTESTTESTTEST")
    document = f'{{ ledger {{ bad(input: {{text: "{text}"}}) {{ text }} }} }}'
    with capture_logs() as logged:
        body = (await door.run(door.prepare(document, None, {}), {}, caller)).body
    [told] = [entry for entry in logged if entry["log_level"] in ("warning", "error")]
    assert (told["event"], told["call_id"]) == (event, caller.call_id)
    assert body["errors"][0]["extensions"]["reason"] == reason
    assert "secret" not in str(body)


async def test_what_is_wrong_with_a_plugin_stops_its_tests_with_one_message(tmp_path: Path, capfd: Any):
    from ucs_sdk.authoring.trying import run_tests

    written(tmp_path, "never", "def broken(:\n")
    with pytest.raises(UcsError, match="PLUGIN_IMPORT_FAILED"):
        run_tests(tmp_path / "never")
    assert capfd.readouterr().out == ""
