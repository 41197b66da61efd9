"""The `ucs` command: finds the verbs of all installed distributions, runs one, and keeps tracebacks from people.

It imports the standard library and the light half of the SDK only, so that `ucs --help` answers at once.
"""

from __future__ import annotations

import difflib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from typing import NamedTuple

from ucs_sdk.commands import (
    ENTRY_POINT_GROUP,
    Command,
    CommandGroup,
    Exit,
    exit_of,
    exit_table,
    say,
    spoken_locale,
)
from ucs_sdk.errors import UcsError
from ucs_sdk.redaction import gist, without_secrets


class Problem(NamedTuple):
    """An entry point that gave no verbs, or a verb that was passed over, and why."""

    entry_point: str
    distribution: str
    why: str


class Discovery(NamedTuple):
    """The verbs that were found, by name, and what went wrong on the way."""

    commands: dict[str, Command]
    problems: list[Problem]


def discover(found: Iterable[EntryPoint] | None = None) -> Discovery:
    """The verbs of these entry points, or of all installed ones. A broken entry point costs its own verbs and no other's.

    Where two distributions offer one verb, the entry point whose name sorts first keeps it.
    """
    discovery = Discovery({}, [])
    points = entry_points(group=ENTRY_POINT_GROUP) if found is None else found
    for point in sorted(points, key=lambda item: (item.name, item.value)):
        distribution = point.dist.name if point.dist else "?"
        # Whatever a stranger's module raises while it is imported must cost only its own verbs.
        try:
            offered = _offered(point)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - see above
            discovery.problems.append(Problem(point.name, distribution, f"{type(error).__name__}: {error}"))
            continue
        for command in offered:
            if command.name in discovery.commands:
                why = say(f"the verb {command.name!r} is taken already", f"命令 {command.name} 已被占用")
                discovery.problems.append(Problem(point.name, distribution, why))
            else:
                discovery.commands[command.name] = command
    return discovery


def _offered(point: EntryPoint) -> list[Command]:
    offered = list(point.load()())
    strange = [item for item in offered if not isinstance(item, Command)]
    if strange:
        raise TypeError(f"{point.value} returned {strange[0]!r}, which is not a Command")
    return offered


def main(argv: Sequence[str] | None = None, discovery: Discovery | None = None) -> int:
    """Run one verb and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    known = discover() if discovery is None else discovery
    if words[:1] == ["help"]:
        words = [*words[1:2], "--help", *words[2:]]
    verb, rest = (words[0], words[1:]) if words else ("--help", [])
    if verb in ("--help", "-h"):
        return guarded("ucs", lambda: _help(known, as_json="--json" in rest))
    if verb in ("--version", "-V"):
        return guarded("ucs", lambda: _version(as_json="--json" in rest))
    if verb not in known.commands:
        return guarded("ucs", lambda: _unknown(verb, known))
    return guarded(f"ucs {verb}", lambda: known.commands[verb].run(rest))


def guarded(what: str, work: Callable[[], int]) -> int:
    """Run some work so that a person sees sentences and never a traceback; returns the exit code.

    With UCS_TRACEBACK set, a fault of the command itself is shown in full.
    """
    try:
        code = work()
        # A reader that went away is noticed here and not in the interpreter's last breath.
        sys.stdout.flush()
        return int(code)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.PIPE_CLOSED
    except UcsError as error:
        tell(error.message(spoken_locale()))
        return exit_of(error.code, error.reason)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else Exit.OK if leaving.code is None else Exit.REFUSED
    # The last resort before a person: whatever the verb did not foresee.
    except Exception as error:  # noqa: BLE001 - see above
        return _fault(what, error)


def _fault(what: str, error: Exception) -> int:
    if os.environ.get("UCS_TRACEBACK"):
        tell(without_secrets("".join(traceback.format_exception(error))))
    short = gist(error)
    tell(
        say(
            f"{what} stopped because of a fault of its own: {short}. Run it again with UCS_TRACEBACK=1 and report "
            "what it prints.",
            f"{what} 因自身故障停止：{short}。请设置 UCS_TRACEBACK=1 重新运行，并报告其输出。",
        )
    )
    return Exit.FAULT


def tell(text: str) -> None:
    """Say something to the person, on stderr."""
    sys.stderr.write(f"{text}\n")


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _unknown(verb: str, known: Discovery) -> int:
    near = difflib.get_close_matches(verb, known.commands, n=3, cutoff=0.55)
    tell(say(f"ucs has no verb {verb!r}.", f"ucs 没有命令 {verb}。") + (_near(near) if near else ""))
    tell(say("`ucs --help` lists the verbs.", "`ucs --help` 可列出全部命令。"))
    _tell_missing(known)
    return Exit.USAGE


def _near(near: list[str]) -> str:
    return say(f" Did you mean {' or '.join(near)}?", f"您要找的是 {'、'.join(near)} 吗？")


def _tell_missing(known: Discovery) -> None:
    for problem in known.problems:
        tell(
            say(
                f"Verbs are missing: entry point {problem.entry_point!r} of {problem.distribution} is broken "
                f"({problem.why}).",
                f"部分命令不可用：{problem.distribution} 的入口 {problem.entry_point} 有误（{problem.why}）。",
            )
        )
    if _installed("ucs-core") is None:
        tell(
            say(
                "The platform's verbs (demo, serve, search, …) are missing: install ucs-sdk[dev].",
                "缺少平台命令（demo、serve、search 等）：请安装 ucs-sdk[dev]。",
            )
        )


def _help(known: Discovery, *, as_json: bool) -> int:
    if as_json:
        _write_json({"commands": [_plain(command) for command in known.commands.values()]})
        return Exit.OK
    _write(say("Usage: ucs VERB [OPTIONS]", "用法：ucs 命令 [选项]"))
    width = max(map(len, known.commands), default=0)
    for group in CommandGroup:
        verbs = [command for command in known.commands.values() if command.group is group]
        if verbs:
            _write(f"\n{say(group.title_en, group.title_zh)}")
        for command in verbs:
            _write(f"  {command.name:<{width}}  {say(command.summary_en, command.summary_zh)}")
    _write(
        say(
            "\n`ucs VERB --help` explains a verb; --json makes any verb answer in JSON; UCS_LOCALE=zh speaks Chinese.",
            "\n`ucs 命令 --help` 查看用法；任何命令加 --json 即输出 JSON；UCS_LOCALE=en 切换为英文。",
        )
    )
    _write(say("\nExit codes", "\n退出码"))
    for code, meaning in exit_table(spoken_locale()):
        _write(f"  {code:>3}  {meaning}")
    _tell_missing(known)
    return Exit.OK


def _plain(command: Command) -> dict[str, str]:
    return {
        "name": command.name,
        "group": command.group.value,
        "summary": say(command.summary_en, command.summary_zh),
    }


def _version(*, as_json: bool) -> int:
    rooms = {name: _installed(name) for name in ("ucs-sdk", "ucs-registry", "ucs-core")}
    versions = {name: number for name, number in rooms.items() if number is not None}
    versions["python"] = ".".join(str(part) for part in sys.version_info[:3])
    if as_json:
        _write_json(versions)
    else:
        _write(", ".join(f"{name} {number}" for name, number in versions.items()))
    return Exit.OK


def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _write_json(value: object) -> None:
    _write(json.dumps(value, ensure_ascii=False))
