"""Loading a plugin, and loading it again while the old one is in use."""

import asyncio
import importlib
import sys
import threading
from importlib.metadata import EntryPoint

import pytest
from plugin_texts import HEAD, MANIFEST

from ucs_sdk.errors import UcsError
from ucs_sdk.plugins import call, find_plugins, load_plugin, manifest_path
from ucs_sdk.vocabulary import ShareType

READ = """
from ucs_capability_pump import levels

@pump.operation(title_zh="读", title_en="Read", effect="write", share_type="conditional", timeout=5)
async def read(ctx: Context, asked: Level) -> Level:
    "Read the level."
    return Level(metres=asked.metres + levels.ADDED)

@pump.operation(title_zh="逐级", title_en="Climb")
async def climb(ctx: Context, asked: Level) -> AsyncIterator[Level]:
    yield asked
"""


def answer(plugin, path="pump.read", metres=1.0):
    operation = plugin.operations[path]
    return asyncio.run(operation.call(None, operation.input(metres=metres))).metres


def test_a_plugin_is_found_read_and_loaded_from_its_folder_alone(found):
    plugin = load_plugin(found(READ, files={"src/ucs_capability_pump/levels.py": "ADDED = 2"}))
    assert (plugin.name, plugin.version) == ("pump", "1.2.0")
    operation = plugin.operations["pump.read"]
    assert (operation.effect, operation.streaming, operation.timeout) == ("write", False, 5)
    assert operation.share_type is ShareType.CONDITIONAL
    assert operation.description == "Read the level."
    assert operation.input_schema()["properties"]["metres"]["title"] == "水位"
    assert plugin.operations["pump.climb"].streaming
    assert answer(plugin) == 3


def test_the_installed_echo_is_found_by_its_entry_point_and_not_imported():
    (found,) = [each for each in find_plugins() if each.name == "echo"]
    before = sys.modules.pop("ucs_capability_echo", None)
    assert manifest_path(found).name == "plugin.toml"
    assert "ucs_capability_echo" not in sys.modules
    if before:
        sys.modules["ucs_capability_echo"] = before
    plugin = load_plugin(found)
    assert [*plugin.operations] == ["echo.say", "echo.spell"]
    assert plugin.version == "0.1.0"


def test_loading_again_gives_what_the_file_now_holds_and_the_old_goes_on(found):
    first = load_plugin(found(READ, files={"src/ucs_capability_pump/levels.py": "ADDED = 2"}))
    # As long and within the same second: what Python would take from its cache.
    second = load_plugin(found(READ, files={"src/ucs_capability_pump/levels.py": "ADDED = 7"}))
    assert (answer(first), answer(second)) == (3, 8)
    assert first.module is not second.module
    assert sys.modules["ucs_capability_pump"] is second.module


def test_without_fresh_what_is_imported_is_taken(found):
    plugin = found()
    first = load_plugin(plugin)
    assert load_plugin(plugin, fresh=False).module is first.module
    assert load_plugin(plugin).module is not first.module


@pytest.mark.parametrize("code", ["raise RuntimeError('spilt')", "@hookimpl\ndef ucs_nothing(): ..."])
def test_a_version_that_does_not_load_leaves_the_old_one_in_place(found, code):
    first = load_plugin(found(READ, files={"src/ucs_capability_pump/levels.py": "ADDED = 2"}))
    broken = found(code)
    with pytest.raises(UcsError):
        load_plugin(broken)
    assert sys.modules["ucs_capability_pump"] is first.module
    assert sys.modules["ucs_capability_pump.levels"].ADDED == 2
    assert answer(first) == 3


def test_nothing_else_of_a_folder_can_be_imported(found):
    load_plugin(found(files={"src/strangers_of_ours.py": "seen = True"}))
    with pytest.raises(ImportError):
        importlib.import_module("strangers_of_ours")


def test_a_plugin_that_hangs_at_import_holds_up_itself_alone(found, tmp_path):
    reached, released = threading.Event(), threading.Event()
    sys.modules["gate_of_ours"] = type(sys)("gate_of_ours")
    sys.modules["gate_of_ours"].wait = lambda: (reached.set(), released.wait(30))
    plugin = found("import gate_of_ours\ngate_of_ours.wait()\n")
    loading = threading.Thread(target=load_plugin, args=(plugin,))
    loading.start()
    try:
        assert reached.wait(30)
        (echo,) = [each for each in find_plugins() if each.name == "echo"]
        assert load_plugin(echo).name == "echo"
    finally:
        released.set()
        loading.join(30)
        del sys.modules["gate_of_ours"]


@pytest.mark.parametrize("loop", [False, True])
def test_a_hook_that_declares_may_be_asynchronous(found, loop):
    head = HEAD.replace("def ucs_capabilities", "async def ucs_capabilities")
    plugin = found(head=head)

    async def within_a_loop():
        return load_plugin(plugin)

    loaded = asyncio.run(within_a_loop()) if loop else load_plugin(plugin)
    assert [each.name for each in loaded.capabilities] == ["pump"]


def test_a_hook_is_called_with_the_arguments_that_it_takes(found):
    manifest = MANIFEST + 'permissions = ["admission"]'
    hooks = load_plugin(found("@hookimpl\ndef ucs_admit(change):\n    return [change]\n", manifest=manifest)).hooks
    assert call(hooks["ucs_admit"], ctx=None, change="it") == ["it"]


def test_everything_that_can_be_declared_is_in_the_plugin(found):
    code = """
    from ucs_sdk.shown import Features, Figure

    pump.emits("city.pump.on.v1", Level, title_zh="开", title_en="On")
    pump.collection("levels", Level, title_zh="水位", title_en="Levels", share_type="unconditional")
    pump.mount(print)

    @pump.on("city.rain.fell.v1", "city.rain.ended.v1")
    async def fell(ctx: Context, event: Event[Level]) -> None: ...

    @pump.every(seconds=60)
    async def tidy(ctx: Context) -> None: ...

    @pump.indicator(title_zh="水位", title_en="Level", unit="m")
    async def deepest(ctx: Context) -> Figure: ...

    @pump.layer(title_zh="泵站", title_en="Pumps")
    async def where(ctx: Context) -> Features: ...
    """
    stated = """
    permissions = ["events", "documents", "mount", "run"]
    events_in = ["city.rain.fell.v1", "city.rain.ended.v1"]
    events_out = ["city.pump.on.v1"]
    """
    plugin = load_plugin(found(code, manifest=MANIFEST + stated.replace("\n    ", "\n")))
    assert [each.types for each in plugin.subscriptions] == [("city.rain.fell.v1", "city.rain.ended.v1")]
    assert [*plugin.emissions] == ["city.pump.on.v1"]
    assert [(each.name, each.seconds) for each in plugin.schedules] == [("tidy", 60)]
    assert [each.unit for each in plugin.indicators] == ["m"]
    assert [each.name for each in plugin.layers] == ["where"]
    assert plugin.collections["levels"].share_type is ShareType.UNCONDITIONAL
    assert plugin.mount.app is print


def test_a_manifest_is_found_in_the_innermost_package(tmp_path, monkeypatch):
    for package in ("acme_of_ours", "acme_of_ours/flood"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise RuntimeError('it ran')")
        (tmp_path / package / "plugin.toml").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    (found,) = find_plugins([EntryPoint(name="flood", value="acme_of_ours.flood.main:ignored", group="ucs.plugins")])
    assert manifest_path(found) == tmp_path / "acme_of_ours" / "flood" / "plugin.toml"
