"""Runs one verb behind another, such as `ucs plugin check`: all installed distributions may bring some, by a group of entry
points whose callables return `Command`s, as those of `ucs.commands` do.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points

from ucs_sdk.commands import Exit, say
from ucs_sdk.launcher import Discovery, discover, tell


def run_behind(
    path: str,
    group: str,
    words: Sequence[str],
    discovery: Discovery | None = None,
    *,
    missing: Callable[[Discovery], None] | None = None,
) -> int:
    """Run a verb and return its exit code. `path` is what people type before it; `missing` may say why it is not there."""
    known = discover(entry_points(group=group)) if discovery is None else discovery
    verb, rest = (words[0], words[1:]) if words else ("--help", ())
    if verb in ("--help", "-h"):
        _help(path, known)
        return Exit.OK
    if verb in known.commands:
        return known.commands[verb].run(rest)
    near = difflib.get_close_matches(verb, known.commands, n=1, cutoff=0.55)
    tell(
        say(f"{path} has no verb {verb!r}.", f"{path} 没有命令 {verb}。")
        + (say(f" Did you mean {near[0]}?", f"您要找的是 {near[0]} 吗？") if near else "")
    )
    tell(say(f"`{path} --help` lists the verbs.", f"`{path} --help` 可列出全部命令。"))
    if missing is not None:
        missing(known)
    return Exit.USAGE


def _help(path: str, known: Discovery) -> None:
    lines = [say(f"Usage: {path} VERB [OPTIONS]", f"用法：{path} 命令 [选项]"), ""]
    width = max(map(len, known.commands), default=0)
    lines += [
        f"  {name:<{width}}  {say(verb.summary_en, verb.summary_zh)}" for name, verb in sorted(known.commands.items())
    ]
    lines += ["", say(f"`{path} VERB --help` explains a verb.", f"`{path} 命令 --help` 查看用法。")]
    sys.stdout.write("\n".join([*lines, ""]))
    for problem in known.problems:
        tell(
            say(
                f"Verbs are missing: entry point {problem.entry_point!r} of {problem.distribution} is broken ({problem.why}).",
                f"部分命令不可用：{problem.distribution} 的入口 {problem.entry_point} 有误（{problem.why}）。",
            )
        )
