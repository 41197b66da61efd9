"""`ucs watch`: hear of changes as they happen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from rich.text import Text

from ucs_core.cli.catalogue import from_wire, titled
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.output import Answered, Output, error_text
from ucs_core.cli.verb import number, one_of, option, run
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import Code, UcsError
from ucs_sdk.vocabulary import ResourceKind

PAUSE_SECONDS, PAUSE_SECONDS_MOST = 0.5, 10.0
"""How long to wait for a platform that went away: at first, and at most."""

_CHANGES = """subscription($after: String, $filter: WatchFilter) {
  changes(after: $after, filter: $filter) { position type id resource { code title { zh en } availability } }
}"""

Wait = Callable[[float], object]
"""Waits for some seconds."""


def watch(args: Sequence[str]) -> int:
    """`ucs watch`."""
    behind = say("behind this position, such as that of a list; else from now on", "从该位置之后开始；默认从现在开始")
    owner = say("an organisation and all below it, such as 370202", "机构及其所有下级，如 370202")
    verb = client_verb(
        "watch",
        _watch,
        [
            number("--after", behind, least=0),
            number("--first", say("end after so many changes", "收到若干项变更后结束"), least=1),
            one_of("--kind", say("kind", "资源类别"), ResourceKind),
            option("--type", say("type, such as dataset", "资源类型，如 dataset"), metavar="TYPE"),
            option("--owner", owner, metavar="ID"),
        ],
        summary=say(
            "Hear of every change of what you may see, once and in order, until Ctrl-C. A platform that goes away is waited "
            "for; it ends when what you may see changes. With --json, one change a line.",
            "按序接收您可见资源的每一项变更，直到按 Ctrl-C。平台暂时不可用时自动等待并续接；您的可见范围改变时结束。"
            "配合 --json 每行一项。",
        ),
        examples=["ucs watch --as app", "ucs watch --after 4000 --kind data --json", "ucs watch --owner qingdao-water"],
    )
    return run(verb, args)


def _watch(output: Output, client: Client, after: int | None, first: int | None, **stated: str | None) -> int:
    wanted = {"kind": stated["kind"], "type": stated["type"], "ownerSubtree": stated["owner"]}
    filter = {name: value for name, value in wanted.items() if value is not None}
    for event in islice(changes(client, after, filter, threading.Event().wait, output.note), first):
        output.record(from_wire(event))
        output.show(_line(event))
        output.flush()
    return Exit.OK


def changes(
    client: Client, after: int | None, filter: Answer, wait: Wait, note: Callable[[str], None]
) -> Iterator[Answer]:
    """Changes for ever; where the stream breaks off it is taken up again behind the last position that was heard of."""
    pause = PAUSE_SECONDS
    while True:
        try:
            for answer in client.stream(_CHANGES, after=None if after is None else str(after), filter=filter or None):
                event = answer["changes"]
                after, pause = int(event["position"]), PAUSE_SECONDS
                if event["type"] != "progress":
                    yield event
        except (UcsError, Answered) as error:
            # Who was too slow goes on where it was; everything else is for people to see.
            if error.code is not Code.UNAVAILABLE and error.reason != "WATCH_TOO_SLOW":
                raise
            if pause == PAUSE_SECONDS:
                note(error_text(error) + say(" Going on as soon as it answers.", "恢复后将自动继续。"))
        wait(pause)
        pause = min(pause * 2, PAUSE_SECONDS_MOST)


def _line(event: Answer) -> Text:
    words = {
        "added": say("added", "出现"),
        "modified": say("changed", "变更"),
        "removed": say("gone", "不再可见"),
    }
    line = Text(f"{event['position']:>6}  ", "dim")
    line.append(f"{words[event['type']]:<8}", "bold")
    resource = event["resource"]
    line.append(event["id"] if resource is None else f"{resource['code']}  {titled(resource['title'])}")
    if resource is not None:
        line.append(f"  {resource['availability']}", "dim")
    return line
