"""`ucs approve` and `ucs reject`: one resource after it was shown, many at once, or what a plan says.

Many are sent together, and each stands or falls alone: what is refused is told beside what passed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from ucs_core.cli.asking import confirmed
from ucs_core.cli.catalogue import titled
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.output import Output
from ucs_core.cli.plan import read_plan
from ucs_core.cli.queue import Row, decide, found_in_queue, novelty
from ucs_core.cli.review import MOVES, Move, action_of
from ucs_core.cli.verb import Misused, flag, option, run, word
from ucs_sdk.commands import Exit, say

NAMES_MOST = 1_000
"""How many resources one command line may name; a plan may hold more."""


def approve(args: Sequence[str]) -> int:
    """`ucs approve`."""
    plan = say(
        "carry out a plan of approvals and rejections, as `ucs reviews --plan` writes it; - is standard input",
        "执行由 `ucs reviews --plan` 生成的审核计划（可含通过与驳回）；- 表示标准输入",
    )
    return _run(MOVES["approve"], [option("--file", plan, metavar="FILE", name="plan")], args)


def reject(args: Sequence[str]) -> int:
    """`ucs reject`."""
    told = say("why, for the owner to read", "理由，供资源所有者查看")
    return _run(MOVES["reject"], [option("--reason", told, metavar="TEXT", required=True)], args)


def _run(move: Move, own: Sequence[click.Parameter], args: Sequence[str]) -> int:
    seen = say("the etag of what you saw: `ucs get --head` prints it", "您所见版本的标记，由 `ucs get --head` 给出")
    yes = say("do not ask: judge whatever stands in review now", "不再询问，直接处理当前审核中的版本")
    params = [
        word("resources", say("codes, or resources/ULID", "资源代码或 resources/ULID"), required=False, many=True),
        *own,
        option("--etag", seen, metavar="ETAG"),
        flag("--yes", yes),
        flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
    ]
    verb = client_verb(move.name, _action(move), params, summary=_summary(move), examples=_examples(move))
    return run(verb, args)


def _summary(move: Move) -> str:
    return say(*move.summary) + say(
        " What it holds is shown first; then --etag, --yes, or a yes on the terminal is needed. `ucs reviews` lists what "
        "waits for you.",
        "先显示其内容，随后须给出 --etag、--yes，或在终端上确认。`ucs reviews` 可列出待您审核的资源。",
    )


def _examples(move: Move) -> list[str]:
    reason = ' --reason "…"' if move.reason else ""
    example = f"ucs {move.name} QD-3702-DAT-9001{reason}"
    many = f"ucs {move.name} QD-3702-DAT-9001 QD-3702-DAT-9002{reason} --yes"
    return [f"{example} --etag v2", example, many, *([] if move.reason else ["ucs approve --file plan.txt"])]


def _action(move: Move) -> Callable[..., int]:
    one = action_of(move)

    def act(
        output: Output,
        client: Client,
        resources: tuple[str, ...],
        etag: str | None,
        yes: bool,
        dry_run: bool,
        reason: str | None = None,
        plan: str | None = None,
    ) -> int:
        _check(resources, etag, plan)
        if plan is not None:
            return _carry_out(output, client, plan, dry_run=dry_run)
        if len(resources) == 1:
            stated = {"reason": reason} if move.reason else {}
            return one(output, client, resource=resources[0], etag=etag, dry_run=dry_run, yes=yes, **stated)
        found = found_in_queue(client, tuple(dict.fromkeys(resources)))
        rows = [_row(move, item, reason) for item in found]
        if not (yes or dry_run) and not _confirmed(output, move, found):
            return Exit.REFUSED
        return decide(output, client, rows, dry_run=dry_run)

    return act


def _check(resources: Sequence[str], etag: str | None, plan: str | None) -> None:
    """Raise Misused for what cannot be meant together."""
    if bool(resources) is (plan is not None):
        raise Misused(
            say(
                "Name resources, or a plan with --file: one of the two.",
                "请给出资源，或用 --file 给出审核计划，二者择一。",
            )
        )
    if etag is not None and len(resources) != 1:
        raise Misused(
            say(
                "--etag names the state of one resource. For many, a plan names that of each: `ucs reviews --plan`.",
                "--etag 只对应一项资源。多项请使用审核计划：`ucs reviews --plan`。",
            )
        )
    if len(resources) > NAMES_MOST:
        raise Misused(
            say(
                f"At most {NAMES_MOST} resources can be named; take a plan for more.",
                f"最多给出 {NAMES_MOST} 项资源；更多请使用审核计划。",
            )
        )


def _carry_out(output: Output, client: Client, plan: str, *, dry_run: bool) -> int:
    planned = read_plan(plan)
    if not planned:
        output.line(say("The plan decides nothing.", "计划中没有要处理的资源。"))
        output.document({"dry_run": dry_run, "passed": 0, "refused": 0, "results": []})
        return Exit.OK
    found = found_in_queue(client, [line.reference for line in planned])
    # Who wrote the plan has seen what it names: the etag says what that was.
    rows = [
        Row(id=item["id"], code=item["code"], etag=line.etag, decision=line.decision, reason=line.reason)
        for line, item in zip(planned, found, strict=True)
    ]
    return decide(output, client, rows, dry_run=dry_run)


def _row(move: Move, item: Answer, reason: str | None) -> Row:
    # Whoever is not shown an etag may not do this either; the platform says so.
    return Row(id=item["id"], code=item["code"], etag=item["etag"] or "-", decision=move.name, reason=reason)


def _confirmed(output: Output, move: Move, items: Sequence[Answer]) -> bool:
    for item in items:
        about = novelty(item) if item["head"] else ""
        latest = item["head"]["content"] if item["head"] else item
        output.line(f"  {item['code']}  {titled(latest['title'])}  {about}")
    otherwise = say(
        "Nobody can be asked here whether this is to be done. Read what differs with `ucs reviews --diff`, then give --yes; or "
        "hand over a plan that `ucs reviews --plan` has written.",
        "此处无法询问确认。请先用 `ucs reviews --diff` 查看差异，再使用 --yes；或使用 `ucs reviews --plan` 生成的审核计划。",
    )
    many = len(items)
    return confirmed(output, say(f"{move.name} these {many}?", f"确认对以上 {many} 项执行 {move.name}？"), otherwise)
