"""`ucs policy`: the rows that say who may do what, looked at, compared with a file, tested, and brought in line with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import yaml

from ucs_core.access.actions import Action
from ucs_core.access.policy import Effect
from ucs_core.cli.client import Client, client_verb
from ucs_core.cli.directory import POLICIES, page_options, policy_row, show_list, standing
from ucs_core.cli.groups import run_group
from ucs_core.cli.output import Output
from ucs_core.cli.policy_changes import apply_verb, diff_verb, import_verb, remove_verb, test_verb
from ucs_core.cli.policy_file import conditions, stated, write_policy_file
from ucs_core.cli.policy_impact import impact_of
from ucs_core.cli.policy_plan import Plan, known_policy, told_assignment
from ucs_core.cli.verb import Verb, choice, flag, option, word
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import Invalid


def policy(args: Sequence[str]) -> int:
    """`ucs policy VERB`."""
    verbs = {
        "list": _list_verb,
        "show": _show_verb,
        "diff": diff_verb,
        "test": test_verb,
        "apply": apply_verb,
        "remove": remove_verb,
        "export": _export_verb,
        "import": import_verb,
    }
    return run_group("ucs policy", verbs, args)


def _list_verb() -> Verb:
    return client_verb(
        "list",
        _list,
        [
            option("--role", say("those that speak of this role", "针对该角色"), metavar="ROLE"),
            choice("--action", say("those about this action", "针对该操作"), [action.value for action in Action]),
            choice("--effect", say("allow or deny", "允许或拒绝"), [effect.value for effect in Effect]),
            *page_options(),
        ],
        summary=say(
            "List the policies; a condition that is not shown matches everything.", "列出策略；未显示的条件表示不限。"
        ),
        examples=["ucs policy list --role member --as platform-admin", "ucs policy list --effect deny --json"],
    )


def _list(
    output: Output,
    client: Client,
    role: str | None,
    action: str | None,
    effect: str | None,
    first: int,
    after: str | None,
    all: bool,
) -> int:
    filter = {"role": role, "action": action, "effect": effect}
    show_list(
        output,
        client,
        POLICIES,
        filter,
        [
            (say("POLICY", "策略"), "id"),
            (say("EFFECT", "效果"), "effect"),
            (say("ROLE", "角色"), "role"),
            (say("ACTION", "操作"), lambda node: node["action"] or "*"),
            (say("OWNER", "所属机构"), "relation"),
            (say("RESOURCES", "资源"), lambda node: conditions(policy_row(node))),
        ],
        first=first,
        after=after,
        all=all,
    )
    return Exit.OK


def _show_verb() -> Verb:
    return client_verb(
        "show",
        _show,
        [word("id", say("the policy's id", "策略编号"))],
        summary=say(
            "Show a policy as a file states it, and who holds its role.", "按文件写法查看策略及其角色的任职者。"
        ),
        examples=["ucs policy show ready.reviewer.review --as platform-admin"],
    )


def _show(output: Output, client: Client, id: str) -> int:
    stands = standing(client)
    row = stands.policies[known_policy(stands, id)]
    holders = [held for held in stands.assignments if held.role == row.role]
    plain = [{"principal": held.principal, "role": held.role, "anchor": held.anchor} for held in holders]
    output.document({"policy": stated(row), "holders": plain, "version": stands.version})
    text: str = yaml.safe_dump(stated(row), allow_unicode=True, sort_keys=False)
    for line in text.splitlines():
        output.line(line)
    for held in holders:
        output.line(f"# {told_assignment(held)}")
    return Exit.OK


def _export_verb() -> Verb:
    only = say("leave the role assignments out", "不含角色任命")
    params: list[click.Parameter] = [
        word("file", say("where to write it; else standard output", "写入的文件；默认标准输出"), required=False),
        flag("--only-policies", only),
    ]
    return client_verb(
        "export",
        _export,
        params,
        summary=say(
            "Write all policies and role assignments as a policy file. `ucs policy import` brings a platform back to what "
            "it says.",
            "将全部策略和角色任命写成策略文件；`ucs policy import` 可使平台恢复到该文件所述。",
        ),
        examples=["ucs policy export access.yaml --as platform-admin", "ucs policy export --only-policies"],
    )


def _export(output: Output, client: Client, file: str | None, only_policies: bool) -> int:
    stands = standing(client, assignments=not only_policies)
    # Whoever is shown only a part of the rows must not take it for the whole: the platform refuses them here.
    impact_of(client, Plan(version=stands.version), 1)
    heading = [
        say(
            f"Who may do what at {client.url}, as of version {stands.version} of its access rules.",
            f"{client.url} 的访问策略，权限版本 {stands.version}。",
        ),
        say("A column that is left out matches everything.", "省略的列表示不限。"),
    ]
    policies, assignments = list(stands.policies.values()), None if only_policies else stands.assignments
    text = write_policy_file(policies, assignments, heading)
    if file not in (None, "-"):
        _write(str(file), text)
    else:
        for line in text.splitlines():
            output.line(line)
    counts = {"policies": len(policies), "assignments": len(assignments or ())}
    output.document({"version": stands.version, "file": file, "text": text} | counts)
    output.note(
        say(
            f"{counts['policies']} policies and {counts['assignments']} role assignments.",
            f"共 {counts['policies']} 条策略、{counts['assignments']} 项角色任命。",
        )
    )
    return Exit.OK


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, "utf-8")
    except OSError as cause:
        raise Invalid("FILE_UNREADABLE", file=file, problem=cause.strerror) from cause
