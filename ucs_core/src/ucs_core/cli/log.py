"""`ucs log`: read the platform's one log, and follow it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence

from rich.text import Text

from ucs_core.cli.catalogue import from_wire
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.directory import bare
from ucs_core.cli.groups import run_group
from ucs_core.cli.log_evidence import checkpoint_verb, compact_verb, export_verb, prove_verb, verify_verb
from ucs_core.cli.output import Answered, Output, error_text
from ucs_core.cli.verb import flag, number, run
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import Code, UcsError

FIRST_DEFAULT, FIRST_MOST = 20, 200
POLL_SECONDS, POLL_SECONDS_MOST = 1.0, 10.0
"""How often the log is asked for more, and how rarely while nobody answers."""

_SHOWN = """{
    position
    nodes { position at actor verb object outcome reason rule callId requestId action before after body leaf }
    pageInfo { hasNextPage endCursor }
  }"""
_PAGE = f"query($after: String!, $first: Int!) {{ log(after: $after, first: $first) {_SHOWN} }}"
_LAST = f"query($last: Int!) {{ log(last: $last) {_SHOWN} }}"

BELOW = 8
"""How far the second line of an entry is set in: behind its position."""

Wait = Callable[[float], object]
"""Waits for some seconds."""


def log(args: Sequence[str]) -> int:
    """`ucs log`, and the verbs that make evidence of it."""
    verbs = {
        "checkpoint": checkpoint_verb,
        "prove": prove_verb,
        "export": export_verb,
        "verify": verify_verb,
        "compact": compact_verb,
    }
    if args and not args[0].startswith("-"):
        return run_group("ucs log", verbs, args)
    behind = say("behind this position; else the last entries", "从该位置之后开始；默认显示最后若干条")
    verb = client_verb(
        "log",
        _log,
        [
            number("--after", behind, least=0),
            number("--first", say("how many", "条数"), least=1, most=FIRST_MOST, default=FIRST_DEFAULT),
            flag("--follow", say("go on until Ctrl-C", "持续输出，直到按 Ctrl-C")),
        ],
        summary=say(
            "Read the log of all accepted and refused changes, as far as you may audit it; with --json, one entry a line.",
            "查看全部已接受和被拒绝的变更（限您可审计的部分）；配合 --json 每行一条。",
        ),
        examples=[
            "ucs log --as platform-admin",
            "ucs log --after 0 --first 50",
            "ucs log --follow --json",
            *(f"ucs log {name} --help" for name in verbs),
        ],
    )
    return run(verb, args)


def _log(output: Output, client: Client, after: int | None, first: int, follow: bool) -> int:
    page = _last(client, first) if after is None else client.ask(_PAGE, after=str(after), first=first)["log"]
    _tell(output, page)
    if follow:
        _follow(output, client, _next(page), threading.Event().wait)
    elif not page["nodes"]:
        output.note(
            say(
                f"Nothing that you may audit stands behind position {after or 0}; the log ends at {page['position']}.",
                f"位置 {after or 0} 之后没有您可审计的条目；日志末尾为 {page['position']}。",
            )
        )
    return Exit.OK


def _last(client: Client, first: int) -> Answer:
    """The last entries that the caller may audit, as one page."""
    page: Answer = client.ask(_LAST, last=first)["log"]
    return page


def _follow(output: Output, client: Client, after: int, wait: Wait) -> None:
    """Ask for more until interrupted. A platform that goes away is waited for."""
    for page in _pages(client, after, wait, output.note):
        _tell(output, page)


def _pages(client: Client, after: int, wait: Wait, note: Callable[[str], None]) -> Iterator[Answer]:
    pause = POLL_SECONDS
    while True:
        try:
            page = client.ask(_PAGE, after=str(after), first=FIRST_MOST)["log"]
        except (UcsError, Answered) as error:
            if error.code is not Code.UNAVAILABLE:
                raise
            if pause == POLL_SECONDS:
                note(error_text(error) + say(" Waiting for it.", "正在等待恢复。"))
            pause = min(pause * 2, POLL_SECONDS_MOST)
            wait(pause)
            continue
        pause = POLL_SECONDS
        yield page
        after = _next(page)
        if not page["pageInfo"]["hasNextPage"]:
            wait(POLL_SECONDS)


def _next(page: Answer) -> int:
    """Behind which position to go on: the last entry shown, or the log's end when all were."""
    if page["pageInfo"]["hasNextPage"]:
        return int(page["nodes"][-1]["position"])
    end: int = page["position"]
    return end


def _tell(output: Output, page: Answer) -> None:
    width = output.console().width
    for node in page["nodes"]:
        entry = _entry(node)
        output.record(entry)
        output.show(*_lines(entry, _object(node), width))
    output.flush()


def _entry(node: Answer) -> Answer:
    """An entry with the reason that its actor stated, in place of the body that holds it."""
    entry = from_wire(node)
    body = json.loads(entry.pop("body") or "{}")
    return entry | {"stated_reason": body.get("reason") if entry["outcome"] == "accepted" else None}


def _object(node: Answer) -> str:
    """What an entry is about, for people: of a role assignment, whose row has no name that says so, who is what where."""
    row = json.loads(node["body"] or "{}").get("rules")
    if isinstance(row, dict) and row.get("section") == "g":
        who, role, *anchor = row["values"]
        return f"{who} {role}" + (f" @ {anchor[0]}" if anchor else "")
    return str(node["object"])


def _lines(entry: Answer, object: str, width: int) -> Iterator[Text]:
    """An entry for people; by which rule, or why not, stands on a line of its own where one line has no room for it."""
    line = Text(no_wrap=False)
    line.append(f"{entry['position']:>6}  ", "dim")
    line.append(f"{entry['at'][:19]}Z  ", "dim")
    line.append(f"{bare(entry['actor'])}  {entry['verb']}  {object}")
    if entry["outcome"] == "accepted":
        stated = f"“{entry['stated_reason']}”" if entry["stated_reason"] else ""
        why = Text("  ".join(filter(None, (stated, entry["rule"]))), "dim")
    else:
        why = Text(say(f"refused: {entry['reason']}", f"拒绝：{entry['reason']}"), "red")
    if not why or line.cell_len + 2 + why.cell_len <= width:
        yield Text.assemble(line, "  ", why) if why else line
        return
    yield line
    yield Text.assemble(" " * BELOW, why)
