"""A verb with verbs of its own, such as `ucs policy diff`: which there are, which was meant, and help that lists them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from ucs_core.cli.output import Output
from ucs_core.cli.verb import Studied, Verb, is_studied, run
from ucs_sdk.commands import Exit, say

Verbs = Mapping[str, Callable[[], Verb]]
"""What makes each verb, by its name; only the one that runs is made."""


def run_group(path: str, verbs: Verbs, args: Sequence[str]) -> int:
    """Run one of a group's verbs, with `path` as what people type before it; returns its exit code."""
    if is_studied():
        raise Studied({name: make() for name, make in verbs.items()})
    name, rest = (args[0], args[1:]) if args else ("--help", [])
    if name in verbs:
        return run(verbs[name](), rest, path=f"{path} {name}")
    output = Output(as_json="--json" in args)
    if name in ("--help", "-h", "--json"):
        output.show(*_help(path, verbs))
        output.document({"verbs": list(verbs)})
        return Exit.OK
    near = difflib.get_close_matches(name, verbs, n=1)
    guess = say(f" Did you mean {near[0]}?", f"您要找的是 {near[0]} 吗？") if near else ""
    message = say(f"{path} has no verb {name!r}.", f"{path} 没有命令 {name}。") + guess
    output.note(message)
    output.note(say(f"`{path} --help` lists them.", f"`{path} --help` 可列出全部命令。"))
    output.record({"error": {"code": "usage", "reason": "USAGE", "message": message, "fields": {"near": near}}})
    return Exit.USAGE


def _help(path: str, verbs: Verbs) -> list[Text | Table]:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for make in verbs.values():
        verb = make()
        table.add_row(Text(f"  {verb.name}"), Text(verb.summary))
    return [
        Text(say(f"Usage: {path} VERB [OPTIONS]\n", f"用法：{path} 命令 [选项]\n")),
        table,
        Text(say(f"\n`{path} VERB --help` explains one.", f"\n`{path} 命令 --help` 查看用法。")),
    ]
