"""The verbs that move a resource on: submit, withdraw, undo, online, offline; and how approve and reject move one.

Each reads the resource first, says what it is about to change, and sends the etag that it read: what changed in between is
refused by the platform. What approve and reject judge is shown first, and they go on only for somebody who has seen it: who
names the etag of what they saw, answers yes on a terminal, or says --yes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from ucs_core.cli.asking import confirmed
from ucs_core.cli.card import head_card
from ucs_core.cli.catalogue import RESOURCE, content_of, find_resource, from_wire, is_name, state_of, titled
from ucs_core.cli.client import Answer, Client, client_verb, codes_of, new_request_id, with_codes
from ucs_core.cli.differences import Difference, content_differences, shown
from ucs_core.cli.output import Answered, Output, error_document, error_text
from ucs_core.cli.verb import Misused, flag, option, run, word
from ucs_sdk.commands import Exit, exit_of, say
from ucs_sdk.errors import Code, UcsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One verb: the mutation behind it, whether it is about content and judges it, and whether it needs a reason."""

    name: str
    mutation: str
    summary: tuple[str, str]
    about_content: bool
    judges: bool = False
    reason: bool = False
    next: tuple[str, str] | None = None


MOVES = {
    move.name: move
    for move in (
        Move(
            name="submit",
            mutation="submitResource",
            summary=("Hand the draft of a resource to the reviewers.", "提交资源草稿供审核。"),
            about_content=True,
            next=(
                "A reviewer decides: `ucs approve {0}` or `ucs reject {0}`.",
                "待审核：`ucs approve {0}` 或 `reject {0}`。",
            ),
        ),
        Move(
            name="withdraw",
            mutation="withdrawResource",
            summary=("Take a revision back from review; it is a draft again.", "撤回审核中的版本，恢复为草稿。"),
            about_content=True,
        ),
        Move(
            name="approve",
            mutation="approveResource",
            summary=("Make the revision in review the current one.", "通过审核，使该版本成为当前版本。"),
            about_content=True,
            judges=True,
        ),
        Move(
            name="reject",
            mutation="rejectResource",
            summary=("Send the revision in review back to its authors.", "驳回审核中的版本。"),
            about_content=True,
            judges=True,
            reason=True,
        ),
        Move(
            name="undo",
            mutation="undoReview",
            summary=(
                "Take your own last decision on a resource back: for a while, and as long as nobody wrote to it since. The "
                "revision is in review again, and the one approved before it is served again.",
                "撤销您对资源的最近一次审核：须在限时内且其后无人改动。该版本恢复为审核中，此前通过的版本恢复为现行版本。",
            ),
            about_content=True,
            next=(
                "Decide anew: `ucs approve {0}` or `ucs reject {0}`.",
                "可重新审核：`ucs approve {0}` 或 `reject {0}`。",
            ),
        ),
        Move(
            name="online",
            mutation="bringOnline",
            summary=("Make an approved resource available.", "上架已通过审核的资源。"),
            about_content=False,
        ),
        Move(
            name="offline",
            mutation="takeOffline",
            summary=("Take a resource off the shelf.", "下架资源。"),
            about_content=False,
            reason=True,
        ),
    )
}


def submit(args: Sequence[str]) -> int:
    """`ucs submit`."""
    move = MOVES["submit"]
    params = [
        word("resources", say("codes, or resources/ULID", "资源代码或 resources/ULID"), many=True),
        *_common(),
    ]
    examples = ["ucs submit QD-3702-DAT-9001", "ucs submit QD-3702-DAT-9001 QD-3702-DAT-9002"]
    return run(client_verb(move.name, _submit, params, summary=say(*move.summary), examples=examples), args)


def withdraw(args: Sequence[str]) -> int:
    """`ucs withdraw`."""
    return _run(MOVES["withdraw"], args)


def undo(args: Sequence[str]) -> int:
    """`ucs undo`."""
    return _run(MOVES["undo"], args)


def online(args: Sequence[str]) -> int:
    """`ucs online`."""
    return _run(MOVES["online"], args)


def offline(args: Sequence[str]) -> int:
    """`ucs offline`."""
    return _run(MOVES["offline"], args)


def _run(move: Move, args: Sequence[str]) -> int:
    params: list[click.Parameter] = [word("resource", say("a code, or resources/ULID", "资源代码或 resources/ULID"))]
    if move.reason:
        told = say("why, for the owner to read", "理由，供资源所有者查看")
        params.append(option("--reason", told, metavar="TEXT", required=True))
    params += _common()
    example = f"ucs {move.name} QD-3702-DAT-9001" + (' --reason "…"' if move.reason else "")
    return run(client_verb(move.name, action_of(move), params, summary=say(*move.summary), examples=[example]), args)


def _common() -> list[click.Parameter]:
    seen = say("the etag of what you saw; else what is read now", "您所见状态的版本标记；默认取当前读到的")
    return [
        option("--etag", seen, metavar="ETAG"),
        flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
    ]


def _submit(output: Output, client: Client, resources: tuple[str, ...], etag: str | None, dry_run: bool) -> int:
    """Submit one resource, or several: each stands or falls alone, and the exit code is that of the first refusal."""
    move = MOVES["submit"]
    if len(resources) == 1:
        return action_of(move)(output, client, resource=resources[0], etag=etag, dry_run=dry_run)
    if etag is not None:
        raise Misused(
            say(
                "--etag names the state of one resource. Submit it alone, or several without --etag.",
                "--etag 只对应一项资源。请单独提交该资源，或在提交多项时不使用 --etag。",
            )
        )
    results: list[Answer] = []
    ended = Exit.OK
    for resource in dict.fromkeys(resources):
        try:
            if done := _moved(output, client, move, resource, dry_run=dry_run):
                results.append({"resource": resource, "code": done["after"]["code"]} | done)
        except (UcsError, Answered) as error:
            if error.code in _ENDS_ALL:
                raise
            code = _code_of(client, resource)
            shown = resource if code in (None, resource) else f"{resource} ({code})"
            output.line(f"✗ {shown}  {error_text(with_codes(client, error))}")
            results.append({"resource": resource, "code": code, "error": error_document(error)})
            ended = ended or exit_of(error.code, error.reason)
        output.flush()
    refused = sum("error" in result for result in results)
    passed = len(results) - refused
    output.line(_sum(passed, refused, dry_run=dry_run))
    output.document({"verb": move.name, "dry_run": dry_run, "passed": passed, "refused": refused, "results": results})
    return ended


def _code_of(client: Client, reference: str) -> str | None:
    """The code of what somebody named in any way; None where it is not to be seen."""
    if not is_name(reference):
        return reference
    name = f"resources/{reference.removeprefix('resources/').upper()}"
    return codes_of(client, [name]).get(name)


_ENDS_ALL = (Code.UNAVAILABLE, Code.UNAUTHENTICATED, Code.DEADLINE_EXCEEDED)
"""What is no matter of one resource: the others would meet it, too."""


def _sum(passed: int, refused: int, *, dry_run: bool) -> str:
    if dry_run:
        return say(
            f"{passed} would pass, {refused} would be refused. Nothing was changed.",
            f"{passed} 项可执行，{refused} 项将被拒绝。未作任何更改。",
        )
    return say(f"{passed} submitted, {refused} refused.", f"已提交 {passed} 项，{refused} 项被拒绝。")


def action_of(move: Move) -> Callable[..., int]:
    """What a verb does with one resource."""

    def act(output: Output, client: Client, resource: str, **stated: Any) -> int:  # noqa: ANN401 -- as `_moved` takes it
        done = _moved(output, client, move, resource, **stated)
        if done is None:
            return Exit.REFUSED
        output.document(done)
        return Exit.OK

    return act


def _moved(
    output: Output,
    client: Client,
    move: Move,
    resource: str,
    *,
    etag: str | None = None,
    dry_run: bool,
    yes: bool = False,
    reason: str | None = None,
) -> Answer | None:
    """What was done, as a document; None when somebody who was asked said no."""
    before = find_resource(client, resource)
    changes = _changes(before) if move.about_content else []
    _announce(output, move, before, changes)
    # Whoever is not shown the latest revision is not asked either: the platform tells them why not.
    stated_or_harmless = etag or yes or dry_run or before["head"] is None
    if move.judges and not stated_or_harmless and not _confirmed(output, move, before):
        return None
    stated: dict[str, object] = {"reason": reason} if move.reason else {}
    answer = client.ask(
        _document(move),
        id=before["id"],
        # Whoever is not shown an etag may not do this either; the platform says so.
        etag=etag or before["etag"] or "-",
        requestId=new_request_id(),
        validateOnly=dry_run,
        **stated,
    )
    after = from_wire(answer["done"])
    _report(output, move, after, dry_run=dry_run)
    return {
        "verb": move.name,
        "dry_run": dry_run,
        "differences": [change.plain() for change in changes],
        "before": _place(before),
        "after": _place(after),
    }


def _confirmed(output: Output, move: Move, resource: Answer) -> bool:
    """Whether the person at the terminal says yes to what was just shown. Raises Misused where nobody can be asked."""
    code, etag = resource["code"], resource["etag"] or "…"
    otherwise = say(
        f"Nobody can be asked here whether this is to be done. Read it with `ucs get {code} --head`, then give "
        f"--etag with the etag that it prints (now {etag}); or give --yes.",
        f"此处无法询问确认。请先用 `ucs get {code} --head` 查看，再用 --etag 给出其版本标记（现为 {etag}）；或使用 --yes。",
    )
    return confirmed(output, say(f"{move.name} this?", f"确认 {move.name}？"), otherwise)


def _document(move: Move) -> str:
    declared, given = ("$reason: String!, ", "reason: $reason, ") if move.reason else ("", "")
    return (
        f"mutation({declared}$id: ID!, $etag: String!, $requestId: String!, $validateOnly: Boolean!) {{ done: {move.mutation}"
        f"({given}id: $id, etag: $etag, requestId: $requestId, validateOnly: $validateOnly) {{ {RESOURCE} }} }}"
    )


def _changes(resource: Answer) -> list[Difference]:
    """How the latest revision differs from the one that is served; nothing while there is only the first."""
    head = resource["head"]
    if head is None or head["number"] == resource["revision"]:
        return []
    return content_differences(content_of(resource), content_of(head["content"]))


def _announce(output: Output, move: Move, resource: Answer, changes: Sequence[Difference]) -> None:
    head = resource["head"]
    latest = head["content"] if head and move.about_content else resource
    number = head["number"] if head and move.about_content else resource["revision"]
    code, title = resource["code"], titled(latest["title"])
    output.line(
        say(f"{move.name}: revision {number} of {code}, {title}", f"{move.name}：{code} 第 {number} 版，{title}")
    )
    if head and move.about_content and head["submitter"]:
        output.line(say(f"  submitted by {head['submitter']}", f"  提交人 {head['submitter']}"))
    if changes:
        output.show(*shown(changes))
    elif move.about_content and number == resource["revision"] == 1:
        output.line(say("  the first revision", "  首个版本"))
        if head and move.judges:
            output.show(*head_card(resource))


def _report(output: Output, move: Move, after: Answer, *, dry_run: bool) -> None:
    if dry_run:
        output.line(
            say(f"Would pass: {state_of(after)}. Nothing was changed.", f"校验通过：{state_of(after)}。未作任何更改。")
        )
        return
    output.line(say(f"Done: {after['code']} is {state_of(after)}.", f"完成：{after['code']} 现为 {state_of(after)}。"))
    code = after["code"]
    if move.next is not None:
        output.note(say(*move.next).format(code))
    elif move.name == "approve" and after["availability"] == "offline":
        output.note(say(f"`ucs online {code}` makes it available.", f"可用 `ucs online {code}` 上架。"))


def _place(resource: Answer) -> Answer:
    head = resource["head"] or {}
    return {
        "id": resource["id"],
        "code": resource["code"],
        "availability": resource["availability"],
        "revision": resource["revision"],
        "head": {"number": head.get("number"), "state": head.get("state")},
        "etag": resource["etag"],
    }
