"""`ucs demo`: a running platform with the city of Qingdao in it, on this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

import ucs_core
from ucs_core.app import Node, serve
from ucs_core.collecting import given_back
from ucs_core.demo.capabilities import enter_capabilities
from ucs_core.demo.folder import DemoFolder
from ucs_core.demo.seed import Told, seed, write_tokens
from ucs_core.demo.walkthrough import steps_of, walk
from ucs_core.profile import forget_profile, write_profile
from ucs_core.readiness import Phase
from ucs_registry.sql.migrations import upgrade
from ucs_sdk.commands import say
from ucs_sdk.errors import NotFound

TRY = """
  UCS demo city · 青岛演示城市      http://{http}/      grpc {grpc}

  Three things to try 三件事 (in another terminal 另开终端):
    .venv/bin/ucs search 积水
    .venv/bin/ucs get QD-3702-DAT-0010 --as app
    http://{http}/explorer   with the token of   .venv/bin/ucs token app

  Tokens 令牌: {tokens}      Stop 停止: Ctrl-C
"""

UNFINISHED = (
    "Stopped before the whole city was in. The next start removes what there is of it and begins anew.",
    "城市数据尚未全部载入即已停止。下次启动会清除已载入的部分并重新开始。",
)


def run_demo(size: str | None, data: Path, http: str, grpc: str, *, check: bool) -> tuple[str, int]:
    """Run the demo until it is stopped; with `check`, until the README's walk-through has been done.

    The city is of the size asked for, or else of that which the folder holds, or else a full one; a walk-through makes a
    small one of its own. Gives the size, and how many steps have failed.
    """
    if check:
        size = size or "small"
        with tempfile.TemporaryDirectory(prefix="ucs-demo-") as folder:
            # The walk-through must not touch the profile of whoever runs it.
            os.environ["XDG_STATE_HOME"] = str(Path(folder) / "state")
            return size, _demo(size, DemoFolder(Path(folder)), http, grpc, _Check(_readme()))
    folder_kept = DemoFolder(data)
    size = size or folder_kept.size or "full"
    return size, _demo(size, folder_kept, http, grpc, None)


def _demo(size: str, folder: DemoFolder, http: str, grpc: str, check: _Check | None) -> int:
    settings = folder.settings.model_copy(update={"http": http, "grpc": grpc})
    with folder.held():
        fresh = folder.prepare(size)
        upgrade(settings.database_url)

        async def when_started(node: Node) -> None:
            if fresh:
                with _bars() as told:
                    await seed(node, size, told)
                folder.complete(size)
                await given_back()
            await enter_capabilities(node)
            write_tokens(node, folder.tokens)
            write_profile(node.http, node.grpc, folder.tokens)
            sys.stdout.write(TRY.format(http=node.http, grpc=node.grpc, tokens=folder.tokens))
            sys.stdout.flush()
            if check is not None:
                node.readiness.enter(Phase.SERVING)
                await check.run(node)
                signal.raise_signal(signal.SIGTERM)

        uvloop.run(serve(settings, when_started))
        if fresh and folder.size is None:
            _tell(say(*UNFINISHED))
    forget_profile(folder.tokens)
    return check.failed if check else 0


@contextlib.contextmanager
def _bars() -> Iterator[Told]:
    """Progress bars on standard error: one a kind of thing that is entered."""
    columns = (
        TextColumn("{task.description:<14}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done)

        yield told


class _Check:
    """The README's walk-through against a running demo."""

    def __init__(self, readme: Path) -> None:
        self._steps = steps_of(readme.read_text("utf-8"))
        self._folder = readme.parent
        self.failed = 0

    async def run(self, node: Node) -> None:
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "UCS_HTTP": node.http,
            "UCS_GRPC": node.grpc,
            "COLUMNS": "120",
            "UCS_LOCALE": "en",
        }
        self.failed = await walk(self._steps, self._folder, environment, _tell)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _readme() -> Path:
    readme = Path(ucs_core.__file__).resolve().parents[3] / "README.md"
    if not readme.exists():
        raise NotFound("README_MISSING", folder=str(readme.parent))
    return readme
