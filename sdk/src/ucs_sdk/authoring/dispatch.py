"""Runs one verb behind `ucs plugin`. All installed distributions may bring some, by the group `ucs.commands.plugin`."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points

from ucs_sdk.commands import Exit, say
from ucs_sdk.launcher import Discovery, discover, tell

GROUP = "ucs.commands.plugin"


def main(words: Sequence[str], discovery: Discovery | None = None) -> int:
    """Run a verb and return its exit code."""
    known = discover(entry_points(group=GROUP)) if discovery is None else discovery
    verb, rest = (words[0], words[1:]) if words else ("--help", ())
    if verb in ("--help", "-h"):
        _help(known)
        return Exit.OK
    if verb not in known.commands:
        return _unknown(verb, known)
    return known.commands[verb].run(rest)


def _help(known: Discovery) -> None:
    lines = [say("Usage: ucs plugin VERB [OPTIONS]", "用法：ucs plugin 命令 [选项]"), ""]
    width = max(map(len, known.commands), default=0)
    lines += [
        f"  {name:<{width}}  {say(verb.summary_en, verb.summary_zh)}" for name, verb in sorted(known.commands.items())
    ]
    lines += ["", say("`ucs plugin VERB --help` explains a verb.", "`ucs plugin 命令 --help` 查看用法。")]
    sys.stdout.write("\n".join([*lines, ""]))
    for problem in known.problems:
        tell(
            say(
                f"Verbs are missing: entry point {problem.entry_point!r} of {problem.distribution} is broken ({problem.why}).",
                f"部分命令不可用：{problem.distribution} 的入口 {problem.entry_point} 有误（{problem.why}）。",
            )
        )


def _unknown(verb: str, known: Discovery) -> int:
    near = difflib.get_close_matches(verb, known.commands, n=1, cutoff=0.55)
    tell(
        say(f"ucs plugin has no verb {verb!r}.", f"ucs plugin 没有命令 {verb}。")
        + (say(f" Did you mean {near[0]}?", f"您要找的是 {near[0]} 吗？") if near else "")
    )
    tell(say("`ucs plugin --help` lists the verbs.", "`ucs plugin --help` 可列出全部命令。"))
    if "dev" not in known.commands:
        tell(
            say(
                "The platform's verbs (dev, list, enable, …) are missing: install ucs-sdk[dev].",
                "缺少平台命令（dev、list、enable 等）：请安装 ucs-sdk[dev]。",
            )
        )
    return Exit.USAGE
