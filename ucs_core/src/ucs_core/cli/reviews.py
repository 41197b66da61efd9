"""`ucs reviews`: what waits for the caller's review, as a table, with its differences, as a plan, or one by one."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ucs_core.cli.catalogue import term, titled
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.differences import shown
from ucs_core.cli.output import Output
from ucs_core.cli.plan import write_heading, write_line
from ucs_core.cli.queue import changes_of, difference, left_out, novelty, page_of_queue, submitted, waited, whole_queue
from ucs_core.cli.verb import Misused, flag, number, one_of, option, run, word
from ucs_core.cli.walk import walk
from ucs_sdk.commands import Exit, say
from ucs_sdk.vocabulary import ResourceKind

PAGE_DEFAULT, PAGE_MOST = 50, 200


def reviews(args: Sequence[str]) -> int:
    """`ucs reviews`."""
    plan = say(
        "print a plan to edit and hand to `ucs approve --file`, with differences below each line",
        "输出可编辑的审核计划（含差异），交由 `ucs approve --file` 执行",
    )
    verb = client_verb(
        "reviews",
        _reviews,
        [
            word("words", say("words that must all occur", "检索词，须全部命中"), required=False, many=True),
            one_of("--kind", say("kind", "资源类别"), ResourceKind),
            option("--type", say("type, such as dataset", "资源类型，如 dataset"), metavar="TYPE"),
            option("--owner", say("an organisation and all below it", "机构及其所有下级"), metavar="ID"),
            number("--first", say("how many", "条数"), least=1, most=PAGE_MOST, default=PAGE_DEFAULT),
            option("--after", say("go on behind this cursor", "从该游标之后继续"), metavar="CURSOR"),
            flag("--all", say("everything that waits", "全部待审核资源")),
            flag("--diff", say("show what differs from what is served", "显示与现行版本的差异")),
            flag("--plan", plan),
            flag("--walk", say("decide one by one, at the terminal", "在终端上逐项审核")),
        ],
        summary=say(
            "List what waits for your review, what waits longest first: in review, you may review it, and you neither wrote "
            "nor submitted it.",
            "列出待您审核的资源，最早提交在前：处于审核中、您有权审核、且非您编写或提交。",
        ),
        examples=[
            "ucs reviews",
            "ucs reviews --diff --owner 370202",
            "ucs reviews --walk",
            "ucs reviews --all --plan > plan.txt    # edit it, then: ucs approve --file plan.txt",
        ],
    )
    return run(verb, args)


def _reviews(
    output: Output,
    client: Client,
    words: tuple[str, ...],
    kind: str | None,
    type: str | None,
    owner: str | None,
    first: int,
    after: str | None,
    all: bool,
    diff: bool,
    plan: bool,
    walk: bool,
) -> int:
    if plan + walk > 1 or (plan and output.as_json):
        raise Misused(say("Give one of --plan, --walk and --json.", "--plan、--walk 与 --json 请只用其一。"))
    wanted = {"kind": kind, "type": type, "ownerSubtree": owner}
    search = " ".join(words) or None
    if walk:
        return _walk(output, client, wanted, search)
    page = page_of_queue(client, wanted, search, PAGE_MOST if all else first, after)
    items, cursor = page.items, page.next
    if all and cursor:
        items, cursor = list(whole_queue(client, wanted, search)), None
    if plan:
        return _plan(output, client, items, page.total)
    if diff:
        _differences(output, client, items)
    elif items:
        output.show(_table(items))
    output.document({"total": page.total, "items": items, "next": cursor})
    output.line(_sum(page.total, len(items)))
    if cursor:
        output.more(cursor)
    elif items and not output.as_json:
        output.note(
            say(
                "`ucs reviews --walk` goes through them one by one; `--plan` writes a plan to edit.",
                "`ucs reviews --walk` 可逐项审核；`--plan` 可生成审核计划。",
            )
        )
    return Exit.OK


def _walk(output: Output, client: Client, wanted: Answer, search: str | None) -> int:
    if output.as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Misused(
            say(
                "--walk asks at a terminal, and there is none here. `ucs reviews --plan` writes a plan to edit instead.",
                "--walk 需要在终端上询问，此处没有终端。可改用 `ucs reviews --plan` 生成审核计划。",
            )
        )
    items = list(whole_queue(client, wanted, search))
    if not items:
        output.line(_sum(0, 0))
        return Exit.OK
    return walk(output, client, items)


def _plan(output: Output, client: Client, items: Sequence[Answer], total: int) -> int:
    write_heading(output, total)
    for item in items:
        found = difference(client, item["id"])
        write_line(output, item, changes_of(found), left_out(found))
        output.flush()
    return Exit.OK


def _differences(output: Output, client: Client, items: Sequence[Answer]) -> None:
    for place, item in enumerate(items, 1):
        found = difference(client, item["id"])
        item["differences"] = found["changes"]
        output.show(Text(f"{place}/{len(items)}  {heading(item)}", "bold"))
        output.show(*shown(changes_of(found)))
        for note in left_out(found):
            output.line(note)
        output.line("")


def heading(item: Answer) -> str:
    """One resource of the queue on a line."""
    head = item["head"]
    about = ", ".join((novelty(item), head["submitter"] or "", submitted(item), item["etag"]))
    return f"{item['code']}  {titled(head['content']['title'])}  ({about})"


def _table(items: Sequence[Answer]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(say("WAITS", "等待"), no_wrap=True)
    table.add_column(say("CODE", "代码"), no_wrap=True)
    for title in (say("TITLE", "标题"), say("WHAT", "内容"), say("KIND", "类别"), say("OWNER", "所属机构")):
        table.add_column(title, overflow="fold")
    table.add_column(say("SUBMITTED BY", "提交人"), overflow="fold")
    table.add_column("ETAG", no_wrap=True)
    for item in items:
        head = item["head"]
        cells = (
            waited(item),
            item["code"],
            titled(head["content"]["title"]),
            novelty(item),
            term(ResourceKind, item["kind"]),
            titled(item["owner"]["title"]),
            (head["submitter"] or "").removeprefix("principals/"),
            item["etag"],
        )
        table.add_row(*map(Text, cells))
    return table


def _sum(total: int, shown_now: int) -> str:
    if not total:
        return say("Nothing waits for your review.", "没有待您审核的资源。")
    if shown_now == total:
        return say(f"{total} waiting for your review.", f"待您审核 {total} 项。")
    return say(f"{shown_now} of {total} waiting for your review.", f"待您审核 {total} 项，显示 {shown_now} 项。")
