"""The verbs that take a resource off the shelf: suspend, resume, retire, deprecate, undeprecate and delete.

Each reads the resource first, says what it is about to change, and sends the etag that it read. What cannot be taken back is
done only for somebody who says so: on the terminal, or by --yes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import click

from ucs_core.cli.asking import confirmed
from ucs_core.cli.catalogue import RESOURCE, find_resource, from_wire, state_of, titled
from ucs_core.cli.client import Answer, Client, client_verb, new_request_id
from ucs_core.cli.output import Answered, Output
from ucs_core.cli.verb import Action, flag, option, run, word
from ucs_sdk.commands import Exit, say, spoken_locale
from ucs_sdk.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One verb: the mutation behind it, whether it needs a reason, whether it is for good, and what to do next.

    `types` are those of the mutation's further variables.
    """

    name: str
    mutation: str
    summary: tuple[str, str]
    reason: bool = False
    for_good: bool = False
    next: tuple[str, str] | None = None
    types: tuple[tuple[str, str], ...] = ()


_STEPS = {
    step.name: step
    for step in (
        Step(
            name="suspend",
            mutation="suspendResource",
            summary=("Pause a resource that is online.", "暂停已上架的资源。"),
            reason=True,
            next=("`ucs resume {0}` ends the pause.", "可用 `ucs resume {0}` 恢复。"),
            types=(("reason", "String!"),),
        ),
        Step(name="resume", mutation="resumeResource", summary=("End a pause.", "恢复已暂停的资源。")),
        Step(
            name="retire",
            mutation="retireResource",
            summary=(
                "End a resource for good; refused while something in use depends on it.",
                "停用资源，不可恢复；仍被在用资源依赖时拒绝。",
            ),
            for_good=True,
        ),
        Step(
            name="deprecate",
            mutation="deprecateResource",
            summary=(
                "Announce that a resource is to be used no more; those who work on what depends on it see a notice.",
                "声明弃用资源；其使用方的维护人员将看到提醒。",
            ),
            next=(
                "`ucs search --affected` lists what depends on deprecated resources.",
                "可用 `ucs search --affected` 列出依赖已弃用资源者。",
            ),
            types=(("deprecation", "DeprecationInput!"),),
        ),
        Step(
            name="undeprecate",
            mutation="undeprecateResource",
            summary=("Take an announced deprecation back.", "取消弃用声明。"),
        ),
        Step(
            name="delete",
            mutation="deleteResource",
            summary=(
                "Move a resource into the bin, where it stays for 30 days; refused while something in use depends on it.",
                "删除资源，移入回收站保留 30 天；仍被在用资源依赖时拒绝。",
            ),
            next=(
                "`ucs undelete {0}` takes it back; `ucs bin` lists the bin.",
                "可用 `ucs undelete {0}` 恢复；`ucs bin` 查看回收站。",
            ),
        ),
    )
}


def suspend(args: Sequence[str]) -> int:
    """`ucs suspend`."""
    return _run(_STEPS["suspend"], args)


def resume(args: Sequence[str]) -> int:
    """`ucs resume`."""
    return _run(_STEPS["resume"], args)


def retire(args: Sequence[str]) -> int:
    """`ucs retire`."""
    return _run(_STEPS["retire"], args)


def undeprecate(args: Sequence[str]) -> int:
    """`ucs undeprecate`."""
    return _run(_STEPS["undeprecate"], args)


def delete(args: Sequence[str]) -> int:
    """`ucs delete`."""
    return _run(_STEPS["delete"], args)


def deprecate(args: Sequence[str]) -> int:
    """`ucs deprecate`."""
    step = _STEPS["deprecate"]
    params = [
        option(
            "--from",
            say(
                "the day from which on nothing new should depend on it; else as announced before, or today",
                "自何日起弃用；默认沿用此前声明，或为今天",
            ),
            metavar="YYYY-MM-DD",
            name="effective_on",
        ),
        option("--until", say("the day on which it is planned to go", "计划移除日期"), metavar="YYYY-MM-DD"),
        option(
            "--instead",
            say("what to use instead: a code, or resources/ULID", "替代资源的代码或名称"),
            metavar="RESOURCE",
        ),
        option(
            "--note",
            say('what users should know; "" takes away what was said before', '给使用方的说明；"" 表示删除此前的说明'),
            metavar="TEXT",
        ),
    ]

    def act(
        output: Output,
        client: Client,
        resource: str,
        effective_on: str | None,
        until: str | None,
        instead: str | None,
        note: str | None,
        **common: object,
    ) -> int:
        before = find_resource(client, resource)
        stated = {
            "effectiveOn": _day(effective_on, "--from"),
            "removalOn": _day(until, "--until"),
            "alternative": find_resource(client, instead)["id"] if instead else None,
            "note": note,
        }
        announced = _kept(output, stated, before["deprecation"])
        return _step(output, client, step, before, {"deprecation": announced}, common)

    examples = ["ucs deprecate QD-3702-DAT-9001 --instead QD-3702-DAT-9002 --until 2027-06-30"]
    return _verb(step, act, params, examples, args)


def _kept(output: Output, stated: Answer, announced: Answer | None) -> Answer:
    """What is announced now: what is stated, and else what was announced before, which is told."""
    if announced is None:
        return stated | {
            "effectiveOn": stated["effectiveOn"] or date.today().isoformat(),
            "note": stated["note"] or None,
        }
    alternative = announced["alternative"]
    before = {
        "effectiveOn": announced["effective_on"],
        "removalOn": announced["removal_on"],
        "alternative": alternative and alternative["id"],
        "note": announced["note"],
    }
    told = {
        "--until": stated["removalOn"] is None and announced["removal_on"],
        "--instead": stated["alternative"] is None and alternative and alternative["code"],
        "--note": stated["note"] is None and announced["note"] and f"“{announced['note']}”",
    }
    kept = " ".join(f"{name} {value}" for name, value in told.items() if value)
    if kept:
        output.note(say(f"Kept of what was announced before: {kept}", f"沿用此前声明：{kept}"))
    return {name: before[name] if value is None else value or None for name, value in stated.items()}


def _day(text: str | None, path: str) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as cause:
        raise Invalid("FIELD_TYPE", path=path, value=text[:80], expected="date", more=0) from cause


def _run(step: Step, args: Sequence[str]) -> int:
    params: list[click.Parameter] = []
    if step.reason:
        told = say("why, for the owner to read", "理由，供资源所有者查看")
        params.append(option("--reason", told, metavar="TEXT", required=True))

    def act(output: Output, client: Client, resource: str, reason: str | None = None, **common: object) -> int:
        before = find_resource(client, resource)
        return _step(output, client, step, before, {"reason": reason} if step.reason else {}, common)

    example = f"ucs {step.name} QD-3702-DAT-9001" + (' --reason "…"' if step.reason else "")
    return _verb(step, act, params, [example], args)


def _verb(
    step: Step, act: Action, params: Sequence[click.Parameter], examples: Sequence[str], args: Sequence[str]
) -> int:
    everything = [
        word("resource", say("a code, or resources/ULID", "资源代码或 resources/ULID")),
        *params,
        option(
            "--etag",
            say("the etag of what you saw; else what is read now", "您所见状态的版本标记；默认取当前读到的"),
            metavar="ETAG",
        ),
    ]
    if step.for_good:
        everything.append(flag("--yes", say("do not ask: do it", "不再询问，直接执行")))
    everything.append(flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")))
    return run(client_verb(step.name, act, everything, summary=say(*step.summary), examples=examples), args)


def _step(
    output: Output,
    client: Client,
    step: Step,
    before: Answer,
    stated: Mapping[str, object],
    common: Mapping[str, object],
) -> int:
    code, dry_run = before["code"], bool(common["dry_run"])
    output.line(f"{step.name}: {code} {titled(before['title'])}")
    if step.for_good and not (dry_run or common["yes"]):
        otherwise = say(
            "It cannot be taken back, and nobody can be asked here: give --yes.",
            "此操作不可撤销，且此处无法询问确认：请使用 --yes。",
        )
        if not confirmed(output, say(f"{step.name} it for good?", f"确认 {step.name}？此操作不可撤销。"), otherwise):
            return Exit.REFUSED
    etag = common["etag"] or before["etag"]
    after = changed(client, step.mutation, before["id"], etag, dry_run=dry_run, types=step.types, stated=stated)
    output.document({"verb": step.name, "dry_run": dry_run, "before": _place(before), "after": _place(after)})
    if dry_run:
        output.line(say("Would pass. Nothing was changed.", "校验通过。未作任何更改。"))
        return Exit.OK
    output.line(_done(after))
    if step.next is not None:
        output.note(say(*step.next).format(code))
    return Exit.OK


def changed(
    client: Client,
    mutation: str,
    id: str,
    etag: object,
    *,
    dry_run: bool,
    types: Sequence[tuple[str, str]] = (),
    stated: Mapping[str, object] | None = None,
) -> Answer:
    """The resource as a mutation leaves it. Raises Answered; where something still needs it, the text lists what."""
    declared = "".join(f"${name}: {type}, " for name, type in types)
    given = "".join(f"{name}: ${name}, " for name, _ in types)
    document = (
        f"mutation({declared}$id: ID!, $etag: String, $requestId: String!, $validateOnly: Boolean!) {{ done: {mutation}"
        f"({given}id: $id, etag: $etag, requestId: $requestId, validateOnly: $validateOnly) {{ {RESOURCE} }} }}"
    )
    try:
        answer = client.ask(
            document, id=id, etag=etag, requestId=new_request_id(), validateOnly=dry_run, **(stated or {})
        )
    except Answered as error:
        raise _with_dependants(error) from error
    return from_wire(answer["done"])


def _with_dependants(error: Answered) -> Answered:
    names = error.fields.get("dependants")
    if error.reason != "STILL_NEEDED" or not isinstance(names, list) or not names:
        return error
    titles = error.fields.get(f"titles_{spoken_locale().value}") or [""] * len(names)
    lines = [f"  {name}  {title}" for name, title in zip(names, titles, strict=False)]
    more = int(error.fields.get("count") or 0) - len(names)
    if more > 0:
        lines.append(say(f"  and {more} more", f"  另有 {more} 项"))
    return Answered(error.code, error.reason, "\n".join([error.text, *lines]), error.fields)


def _done(after: Answer) -> str:
    code = after["code"]
    if after["deleted_at"]:
        until = after["purge_at"][:10]
        return say(f"Done: {code} is in the bin until {until}.", f"完成：{code} 已移入回收站，保留至 {until}。")
    if after["deprecation"]:
        since = after["deprecation"]["effective_on"]
        return say(f"Done: {code} is deprecated from {since} on.", f"完成：{code} 自 {since} 起弃用。")
    return say(f"Done: {code} is {state_of(after)}.", f"完成：{code} 现为 {state_of(after)}。")


def _place(resource: Answer) -> Answer:
    names = ("id", "code", "availability", "revision", "deprecation", "deleted_at", "purge_at", "etag")
    return {name: resource[name] for name in names}
