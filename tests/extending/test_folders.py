"""A plugin that runs from its folder counts as installed: it is disabled and enabled like any other."""

from __future__ import annotations

from typing import Any

from plugin_city import PluginCity, a_ledger

from ucs_core.platform import Call

ADMINISTRATOR = Call(principal="founder")


async def test_a_plugin_of_a_folder_is_enabled_again(small: PluginCity, refused: Any) -> None:
    extensions = small.platform.extensions
    await extensions.load(ADMINISTRATOR, a_ledger(small.folder), "water")
    await small.platform.disable_plugin(ADMINISTRATOR, "ledger", reason="later")
    [view] = await small.platform.plugins("founder")
    assert (view.state, view.installed) == ("disabled", "1.0")
    assert (await small.platform.enable_plugin(ADMINISTRATOR, "ledger")).state == "running"
    assert (await small.invoke("wang", "ledger.version"))["text"] == "one"


async def test_a_folder_takes_the_place_of_what_is_installed(small: PluginCity) -> None:
    await small.ledger()
    elsewhere = small.folder / "elsewhere"
    await small.platform.extensions.load(ADMINISTRATOR, a_ledger(elsewhere, version="2.0"), "water")
    [view] = await small.platform.plugins("founder")
    assert (view.version, view.installed) == ("2.0", "2.0")


async def test_a_name_that_is_nearly_right_is_guessed(small: PluginCity, refused: Any) -> None:
    await small.ledger()
    unknown = await refused(small.platform.enable_plugin(ADMINISTRATOR, "leger"))
    assert (unknown.reason, unknown.fields["near"]) == ("PLUGIN_UNKNOWN", ["ledger"])
