"""`ucs plugin dev`: a platform with one plugin in it that is loaded again whenever one of its files is saved."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import uvloop

from ucs_core.app import Node
from ucs_core.app import serve as serve_node
from ucs_core.cli.output import Output
from ucs_core.cli.verb import Verb, option, run, word
from ucs_core.demo.folder import DemoFolder
from ucs_core.demo.personas import ADMINISTRATOR, DEPARTMENT
from ucs_core.demo.seed import seed, write_tokens
from ucs_core.platform import Call
from ucs_core.profile import forget_profile, write_profile
from ucs_registry.sql import upgrade
from ucs_sdk.commands import Exit, say, spoken_locale
from ucs_sdk.errors import UcsError
from ucs_sdk.plugins import FoundPlugin, find_in_folder, load_plugin

CITY_SIZE = "bare"
"""The city that a plugin is tried in: all organisations and the personas, and nothing in the catalogue but the plugin's own."""

LOOK_SECONDS = 0.15
"""How often the files are looked at: a change is live within a second, loading included."""

_WATCHED = frozenset({".py", ".toml", ".yaml", ".yml", ".json", ".csv", ".sql"})
_PASSED_OVER = frozenset({"__pycache__", "node_modules", "build", "dist", "tests"})
_FILES_MOST = 5_000
"""How many files are watched; a plugin that has more is more than a plugin."""


def dev(args: Sequence[str]) -> int:
    """`ucs plugin dev DIR`."""
    verb = Verb(
        "dev",
        _dev,
        [
            word("folder", say("the plugin's folder; here when not given", "插件目录，缺省为当前目录"), required=False),
            option("--data", say("the folder that keeps the city; .ucs in the plugin's", "数据目录"), metavar="DIR"),
            option("--http", say("where HTTP listens", "HTTP 监听地址"), metavar="ADDRESS", default="127.0.0.1:8080"),
            option("--grpc", say("where gRPC listens", "gRPC 监听地址"), metavar="ADDRESS", default="127.0.0.1:50051"),
            option(
                "--owner", say("whose the operations are", "操作所属机构"), metavar="ORGANIZATION", default=DEPARTMENT
            ),
        ],
        summary=say(
            "Run a platform with this plugin in it, until Ctrl-C. A saved file is live within a second; while it is wrong, the "
            "version before goes on, and what is wrong is said here. Other verbs find the platform by themselves.",
            "运行载有该插件的平台，按 Ctrl-C 停止。保存后一秒内生效；有错时旧版本继续运行，并在此指出错误。"
            "其他命令会自动连接它。",
        ),
        examples=["ucs plugin dev", "ucs plugin dev hello --http 127.0.0.1:9080"],
    )
    return run(verb, args, path="ucs plugin dev")


def _dev(output: Output, folder: str | None, data: str | None, http: str, grpc: str, owner: str) -> int:
    root = Path(folder or ".").resolve()
    found = find_in_folder(root)
    # What cannot be loaded at all is said before anything is started.
    load_plugin(found)
    city = DemoFolder(Path(data) if data else root / ".ucs")
    settings = city.settings.model_copy(update={"http": http, "grpc": grpc})
    with city.held():
        fresh = city.prepare(CITY_SIZE)
        upgrade(settings.database_url)
        watching: set[asyncio.Task[None]] = set()

        async def when_started(node: Node) -> None:
            if fresh:
                await seed(node, CITY_SIZE, lambda *_: None)
                city.complete(CITY_SIZE)
            write_tokens(node, city.tokens)
            write_profile(node.http, node.grpc, city.tokens)
            await node.platform.extensions.load(Call(principal=ADMINISTRATOR), found, owner)
            _tell_start(output, node, found)
            watching.add(asyncio.create_task(_follow(output, node, root, owner)))

        uvloop.run(serve_node(settings, when_started))
    forget_profile(city.tokens)
    return Exit.OK


async def _follow(output: Output, node: Node, root: Path, owner: str) -> None:
    """Load the plugin again whenever its files have changed and stopped changing."""
    known = await asyncio.to_thread(_stamps, root)
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now = await asyncio.to_thread(_stamps, root)
        if now == known:
            continue
        changed = sorted({*now.items()} ^ {*known.items()})
        known = now
        started = time.perf_counter()
        name = Path(changed[0][0]).relative_to(root)
        try:
            await node.platform.extensions.load(Call(principal=ADMINISTRATOR), find_in_folder(root), owner)
        except UcsError as error:
            output.note(say(f"✗ {name}: the version before goes on.", f"✗ {name}：旧版本继续运行。"))
            output.note(f"  {error.message(spoken_locale())}")
        else:
            took = round((time.perf_counter() - started) * 1000)
            output.note(say(f"✓ {name}: live after {took} ms.", f"✓ {name}：已生效（{took} 毫秒）。"))


def _stamps(root: Path) -> Mapping[str, int]:
    """When each file of a plugin was last written, by path."""
    stamps: dict[str, int] = {}
    for path in _files(root):
        with contextlib.suppress(FileNotFoundError):
            stamps[str(path)] = path.stat().st_mtime_ns
        if len(stamps) >= _FILES_MOST:
            break
    return stamps


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _PASSED_OVER or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            if not path.is_symlink():
                yield from _files(path)
        elif path.suffix in _WATCHED:
            yield path


def _tell_start(output: Output, node: Node, found: FoundPlugin) -> None:
    operations = sorted(
        path for path, live in node.platform.extensions.table.operations.items() if live.plugin == found.name
    )
    output.record({"http": node.http, "grpc": node.grpc, "plugin": found.name, "operations": operations})
    output.flush()
    output.note(
        say(
            f"{found.name} runs at http://{node.http}/ (explorer: http://{node.http}/explorer) and, over gRPC, at {node.grpc}. "
            "Save a file, and it is live. Ctrl-C stops it.",
            f"{found.name} 已运行：http://{node.http}/（explorer：http://{node.http}/explorer），gRPC {node.grpc}。"
            "保存文件即生效，按 Ctrl-C 停止。",
        )
    )
    for path in operations:
        command = shlex.join(["ucs", "call", path, "--help"])
        output.note(f"  {command}")
    output.note(f"  ucs plugin list --as {ADMINISTRATOR}")
    sys.stderr.flush()
