"""A plan of decisions as a text that a reviewer edits, a line for each resource, and `ucs approve --file` carries out.

    approve QD-3702-DAT-9001 v3
    reject  QD-3702-DAT-9002 v5 the units are missing
    skip    QD-3702-DAT-9003 v2

Whatever follows a # is for the reader alone. The etag says which state was read: what changed since is refused.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ucs_core.cli.catalogue import titled
from ucs_core.cli.client import Answer
from ucs_core.cli.differences import Difference, shown
from ucs_core.cli.output import Output
from ucs_core.cli.queue import novelty, submitted
from ucs_core.cli.verb import Misused
from ucs_sdk.commands import say

WORDS = ("approve", "reject", "skip")
LINES_MOST = 20_000
"""How many lines a plan may have, what is for the reader alone included."""
LINE_MOST = 2_000
"""How many characters a line may have that decides something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One line of a plan that is to be carried out."""

    decision: str
    reference: str
    etag: str
    reason: str | None


def write_heading(output: Output, total: int) -> None:
    """Tell the reader of a plan what to do with it."""
    for line in (
        say(
            f"{total} waiting for your review. Edit the first word of each line:",
            f"待您审核 {total} 项。请修改各行首词：",
        ),
        say("  approve  make it the current revision", "  approve  通过"),
        say("  reject   send it back; write the reason behind the etag", "  reject   驳回，并在版本标记之后写明理由"),
        say("  skip     leave it waiting (so does removing the line)", "  skip     暂不处理（删除该行亦可）"),
        say("Then: ucs approve --file THIS-FILE", "然后执行：ucs approve --file 本文件"),
    ):
        output.line(f"# {line}")


def write_line(output: Output, item: Answer, changes: Sequence[Difference], notes: Sequence[str]) -> None:
    """One resource of a plan, with what differs below it."""
    content = item["head"]["content"]
    about = f"{titled(content['title'])} · {titled(item['owner']['title'])} · {novelty(item)} · {submitted(item)}"
    output.line(f"\napprove {item['code']} {item['etag']}  # {_flat(about)}")
    for text in shown(changes):
        output.line(f"#{text.plain}")
    for note in notes:
        output.line(f"#{note}")


def read_plan(path: str) -> list[Planned]:
    """The decisions of a plan; `-` is standard input. Raises Misused with the line that cannot be read."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        why = cause.strerror if isinstance(cause, OSError) else say("it is not UTF-8 text", "不是 UTF-8 文本")
        raise Misused(say(f"{path} cannot be read: {why}.", f"无法读取 {path}：{why}。")) from cause
    found = list(_planned(text))
    seen: dict[str, int] = {}
    for number, line in found:
        if seen.setdefault(line.reference, number) != number:
            raise _mistake(
                number,
                say(
                    f"{line.reference} stands in line {seen[line.reference]} already",
                    f"{line.reference} 已出现在第 {seen[line.reference]} 行",
                ),
            )
    return [line for _, line in found]


def _planned(text: str) -> Iterator[tuple[int, Planned]]:
    for number, raw in enumerate(text.splitlines(), 1):
        if number > LINES_MOST:
            raise _mistake(number, say(f"a plan has at most {LINES_MOST} lines", f"计划最多 {LINES_MOST} 行"))
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        if len(line) > LINE_MOST:
            raise _mistake(number, say(f"it has more than {LINE_MOST} characters", f"超过 {LINE_MOST} 个字符"))
        word, *rest = line.split(None, 3)
        if word.lower() not in WORDS:
            near = difflib.get_close_matches(word.lower()[:20], WORDS, n=1)
            guess = say(f" Did you mean {near[0]}?", f"您要找的是 {near[0]} 吗？") if near else ""
            raise _mistake(
                number,
                say(
                    f"it begins with {word[:40]!r}, not with approve, reject or skip",
                    f"以 {word[:40]} 开头，应为 approve、reject 或 skip",
                ),
                guess,
            )
        if word.lower() != "skip":
            yield number, _decision(number, word.lower(), rest)


def _decision(number: int, word: str, rest: Sequence[str]) -> Planned:
    if len(rest) < 2:
        raise _mistake(number, say("a code and an etag must follow the word", "首词之后须有资源代码和版本标记"))
    reason = rest[2] if len(rest) > 2 else None
    if word == "reject" and reason is None:
        raise _mistake(number, say("a rejection needs its reason behind the etag", "驳回须在版本标记之后写明理由"))
    if word == "approve" and reason is not None:
        raise _mistake(
            number, say("an approval has no reason; put # before what is for yourself", "通过无须理由；备注请以 # 开头")
        )
    return Planned(decision=word, reference=rest[0], etag=rest[1], reason=reason)


def _mistake(number: int, problem: str, guess: str = "") -> Misused:
    return Misused(
        say(
            f"Line {number} of the plan: {problem}.{guess} Nothing was decided.",
            f"计划第 {number} 行：{problem}。{guess}未作任何处理。",
        )
    )


def _flat(text: str) -> str:
    return " ".join(text.split())
