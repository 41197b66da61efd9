"""The verbs that run a platform: `demo` and `serve`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from ucs_core.app import Node
from ucs_core.app import serve as serve_node
from ucs_core.cli.configuration import load_settings
from ucs_core.cli.output import Output
from ucs_core.cli.verb import Verb, choice, flag, option, run
from ucs_core.demo.run import run_demo
from ucs_registry.sql.urls import shown_url
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import Unavailable


def demo(args: Sequence[str]) -> int:
    """`ucs demo`."""
    verb = Verb(
        "demo",
        _demo,
        [
            choice(
                "--size",
                say(
                    "how much is in the city: full, the default, holds 189,000 items and takes a minute or more at its first "
                    "start; small, that of --check, starts in seconds",
                    "城市规模：full（默认）含 18.9 万项，首次启动需一分钟以上；small 数秒即可启动，--check 用它",
                ),
                ("small", "full"),
            ),
            option("--data", say("the folder that keeps the city", "数据目录"), metavar="DIR", default="var/demo"),
            option("--http", say("where HTTP listens", "HTTP 监听地址"), metavar="ADDRESS", default="127.0.0.1:8080"),
            option("--grpc", say("where gRPC listens", "gRPC 监听地址"), metavar="ADDRESS", default="127.0.0.1:50051"),
            flag("--check", say("run the README's walk-through against it, and end", "按 README 演练一遍后退出")),
        ],
        summary=say(
            "Run a platform with the city of Qingdao in it, until Ctrl-C. Other verbs find it by themselves.",
            "运行带有演示城市数据的平台，按 Ctrl-C 停止。其他命令会自动连接它。",
        ),
        examples=["ucs demo", "ucs demo --size small --data var/small", "ucs demo --check"],
    )
    return run(verb, args)


def _demo(output: Output, size: str | None, data: str, http: str, grpc: str, check: bool) -> int:
    # With --json stdout is for JSON alone; what the demo tells people goes beside it.
    with contextlib.redirect_stdout(sys.stderr) if output.as_json else contextlib.nullcontext():
        held, failed = run_demo(size, Path(data), http, grpc, check=check)
    output.document({"size": held, "data": data, "failed": failed})
    return Exit.REFUSED if failed else Exit.OK


def serve(args: Sequence[str]) -> int:
    """`ucs serve`."""
    verb = Verb(
        "serve",
        _serve,
        [
            option(
                "--http", say("where HTTP listens; else UCS_HTTP", "HTTP 监听地址；默认取 UCS_HTTP"), metavar="ADDRESS"
            ),
            option(
                "--grpc", say("where gRPC listens; else UCS_GRPC", "gRPC 监听地址；默认取 UCS_GRPC"), metavar="ADDRESS"
            ),
            option(
                "--database-url",
                say("where the catalogue is kept; else UCS_DATABASE_URL", "数据库地址；默认取 UCS_DATABASE_URL"),
                metavar="URL",
            ),
        ],
        summary=say(
            "Run one node until SIGTERM or Ctrl-C; then every request that was begun is ended. Settings are variables "
            "named UCS_… or a TOML file named by UCS_CONFIG. Both doors speak in the clear: put a proxy that ends TLS in "
            "front of them before you listen on anything but loopback.",
            "运行一个节点，收到 SIGTERM 或 Ctrl-C 后处理完已开始的请求再退出。"
            "设置取自 UCS_… 变量或 UCS_CONFIG 所指的 TOML 文件。"
            "两个入口均为明文：监听回环以外的地址之前，请在前面部署 TLS 代理。",
        ),
        examples=["ucs serve", "ucs serve --http 127.0.0.1:8081 --database-url postgresql://ucs@db/ucs"],
    )
    return run(verb, args)


def _serve(output: Output, http: str | None, grpc: str | None, database_url: str | None) -> int:
    settings = load_settings(http=http, grpc=grpc, database_url=database_url)

    async def tell(node: Node) -> None:
        output.record({"http": node.http, "grpc": node.grpc})
        output.flush()
        output.note(
            say(
                f"UCS answers at http://{node.http}/ and, over gRPC, at {node.grpc}. Ctrl-C stops it.",
                f"UCS 已启动：http://{node.http}/，gRPC {node.grpc}。按 Ctrl-C 停止。",
            )
        )
        if not await _is_founded(node):
            output.note(
                say(
                    "No platform has been founded here, so nobody can do anything yet: run `ucs db init --help` on this "
                    "database.",
                    "此处尚未初始化平台，目前无人可进行任何操作：请对该数据库运行 `ucs db init`，用法见 `ucs db init --help`。",
                )
            )

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(serve_node(settings, tell))
        except Unavailable as error:
            if error.reason == "STORE_UNAVAILABLE":
                shown = shown_url(settings.database_url)
                output.note(
                    say(
                        f"The database is {shown}; UCS_DATABASE_URL says where it is.",
                        f"数据库为 {shown}；由 UCS_DATABASE_URL 指定。",
                    )
                )
            raise
    return Exit.OK


async def _is_founded(node: Node) -> bool:
    async with node.store.read() as reader:
        return bool(await reader.children(None, after=None, first=1))
