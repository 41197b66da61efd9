"""Going through the queue at a terminal: each resource with what differs, then a letter for what is to become of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.text import Text

from ucs_core.cli.catalogue import titled
from ucs_core.cli.client import Answer, Client, new_request_id
from ucs_core.cli.differences import shown
from ucs_core.cli.output import Answered, Output, error_text
from ucs_core.cli.queue import changes_of, difference, left_out, novelty, submitted
from ucs_sdk.commands import Exit, say

_APPROVE = (
    "mutation($id: ID!, $etag: String!, $key: String!) "
    "{ done: approveResource(id: $id, etag: $etag, requestId: $key) { id } }"
)
_REJECT = (
    "mutation($id: ID!, $etag: String!, $key: String!, $reason: String!) "
    "{ done: rejectResource(id: $id, etag: $etag, requestId: $key, reason: $reason) { id } }"
)
_UNDO = "mutation($id: ID!, $key: String!) { done: undoReview(id: $id, requestId: $key) { id etag } }"


@dataclass
class _Tally:
    """What was done so far, and the places of what can be undone, the last one behind."""

    approved: int = 0
    rejected: int = 0
    refused: int = 0
    decided: list[tuple[int, str]] = field(default_factory=list)


def walk(output: Output, client: Client, items: Sequence[Answer]) -> Exit:
    """Ask about one resource after the other, until the end or until the reviewer has had enough."""
    tally, place = _Tally(), 0
    while place < len(items):
        item = items[place]
        _show(output, client, item, place, len(items))
        letter = _asked(output)
        if letter in ("q", ""):
            break
        place += _done(output, client, item, place, letter, tally, items)
    _sum_up(output, tally, len(items) - tally.approved - tally.rejected - tally.refused)
    return Exit.OK if not tally.refused else Exit.REFUSED


def _show(output: Output, client: Client, item: Answer, place: int, total: int) -> None:
    head = item["head"]
    about = f"{novelty(item)} · {titled(item['owner']['title'])} · {head['submitter']} · {submitted(item)}"
    output.line("")
    output.show(
        Text(f"[{place + 1}/{total}] {item['code']}  {titled(head['content']['title'])}", "bold"), Text(about, "dim")
    )
    try:
        found = difference(client, item["id"])
    except Answered as error:
        output.note(error_text(error))
        return
    output.show(*shown(changes_of(found)))
    for note in left_out(found):
        output.line(note)


def _asked(output: Output) -> str:
    """The letter that was typed; q where nobody types any more."""
    question = say(
        "[a]pprove, [r]eject, [s]kip, [u]ndo the last, [q]uit? ",
        "[a] 通过、[r] 驳回、[s] 跳过、[u] 撤销上一项、[q] 退出？",
    )
    while True:
        typed = _line(output, question)
        if typed is None:
            return "q"
        letter = typed.strip().lower()[:1]
        if letter in ("a", "r", "s", "u", "q"):
            return letter


def _done(
    output: Output, client: Client, item: Answer, place: int, letter: str, tally: _Tally, items: Sequence[Answer]
) -> int:
    """Do what a letter says; by how many places to go on."""
    if letter == "s":
        return 1
    if letter == "u":
        return _undo(output, client, place, tally, items)
    if letter == "a":
        return _sent(output, tally, lambda: _send(client, _APPROVE, item), place, "approved")
    reason = (_line(output, say("Why? (an empty line takes it back) ", "理由？（空行取消）")) or "").strip()
    if not reason:
        return 0
    return _sent(output, tally, lambda: _send(client, _REJECT, item, reason=reason), place, "rejected")


def _send(client: Client, document: str, item: Answer, **more: str) -> None:
    client.ask(document, id=item["id"], etag=item["etag"], key=new_request_id(), **more)


def _sent(output: Output, tally: _Tally, send: Callable[[], None], place: int, kind: str) -> int:
    try:
        send()
    except Answered as error:
        # What somebody else decided meanwhile is no reason to stop.
        tally.refused += 1
        output.note(f"✗ {error_text(error)}")
        return 1
    tally.decided.append((place, kind))
    setattr(tally, kind, getattr(tally, kind) + 1)
    output.line(say(*{"approved": ("✓ approved", "✓ 已通过"), "rejected": ("↩ rejected", "↩ 已驳回")}[kind]))
    return 1


def _undo(output: Output, client: Client, place: int, tally: _Tally, items: Sequence[Answer]) -> int:
    if not tally.decided:
        output.note(say("Nothing was decided yet.", "尚未处理任何资源。"))
        return 0
    back, kind = tally.decided[-1]
    try:
        done = client.ask(_UNDO, id=items[back]["id"], key=new_request_id())["done"]
    except Answered as error:
        output.note(f"✗ {error_text(error)}")
        return 0
    tally.decided.pop()
    setattr(tally, kind, getattr(tally, kind) - 1)
    items[back]["etag"] = done["etag"]
    output.line(say(f"Undone: {items[back]['code']} waits again.", f"已撤销：{items[back]['code']} 恢复待审核。"))
    return back - place


def _line(output: Output, question: str) -> str | None:
    output.flush()
    sys.stderr.write(question)
    sys.stderr.flush()
    typed = sys.stdin.readline()
    return typed if typed else None


def _sum_up(output: Output, tally: _Tally, left: int) -> None:
    output.line("")
    output.line(
        say(
            f"{tally.approved} approved, {tally.rejected} rejected, {tally.refused} refused; {left} left as they were.",
            f"通过 {tally.approved} 项，驳回 {tally.rejected} 项，被拒绝 {tally.refused} 项；{left} 项未处理。",
        )
    )
