"""`ucs role`: the roles that policies speak of, and who holds one where."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

import click

from ucs_core.cli.catalogue import from_wire, titled
from ucs_core.cli.client import Answer, Client, client_verb, new_request_id
from ucs_core.cli.directory import (
    ASSIGNMENT,
    ASSIGNMENTS,
    POLICIES,
    bare,
    every,
    organization_name,
    policy_row,
    principal_name,
)
from ucs_core.cli.drawing import table
from ucs_core.cli.groups import run_group
from ucs_core.cli.output import Answered, Output
from ucs_core.cli.policy_plan import told_policy
from ucs_core.cli.verb import Verb, flag, option, word
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import NotFound

_ROLES = "{ roles { role title { zh en } policies holders } }"


def role(args: Sequence[str]) -> int:
    """`ucs role VERB`."""
    verbs = {"list": _list_verb, "show": _show_verb, "assign": _assign_verb, "unassign": _unassign_verb}
    return run_group("ucs role", verbs, args)


def _list_verb() -> Verb:
    return client_verb(
        "list",
        _list,
        [],
        summary=say(
            "List the roles, with how many policies speak of each and how many hold it, as far as you may know.",
            "列出角色及其策略数与（您可知的）任职人数。",
        ),
        examples=["ucs role list --as platform-admin"],
    )


def _list(output: Output, client: Client) -> int:
    roles = [from_wire(node) for node in client.ask(_ROLES)["roles"]]
    output.document({"items": roles})
    titles = [say("ROLE", "角色"), say("NAME", "名称"), say("POLICIES", "策略数"), say("HOLDERS", "任职人数")]
    rows = [[item["role"], _title(item), str(item["policies"]), str(item["holders"])] for item in roles]
    output.show(table(titles, rows))
    return Exit.OK


def _title(item: Answer) -> str:
    return titled(item["title"]) if item["title"] else ""


def _show_verb() -> Verb:
    return client_verb(
        "show",
        _show,
        [word("role", say("the role's name, such as reviewer", "角色名称，如 reviewer"))],
        summary=say("Show what a role allows, and who holds it.", "查看角色的权限及任职者。"),
        examples=["ucs role show reviewer --as platform-admin"],
    )


def _show(output: Output, client: Client, role: str) -> int:
    roles = {item["role"]: from_wire(item) for item in client.ask(_ROLES)["roles"]}
    if role not in roles:
        raise NotFound("NOT_FOUND", object=role[:80], near=difflib.get_close_matches(role, roles, n=3))
    policies = every(client, POLICIES, {"role": role})
    holders = every(client, ASSIGNMENTS, {"role": role})
    output.document(roles[role] | {"policies": policies, "holders": holders})
    output.line(f"{role}  {_title(roles[role])}".rstrip())
    output.line(say("policies", "策略"))
    for node in policies:
        output.line(f"  {told_policy(policy_row(node))}")
    output.line(say("held by", "任职者"))
    for held in holders:
        output.line(f"  {_held(held)}")
    if not holders:
        output.line(say("  nobody that you may know of", "  没有您可知的任职者"))
    return Exit.OK


def _held(held: Answer) -> str:
    return bare(held["principal"]) + (f" @ {bare(held['anchor'])}" if held["anchor"] else "")


def _assign_verb() -> Verb:
    return client_verb(
        "assign",
        _action("assignRole"),
        _words(),
        summary=say(
            "Give a principal a role at an organisation; by most policies it counts there and in all below. Without --at "
            "only policies about any owner serve it.",
            "任命主体在某机构担任角色；多数策略及于该机构及其所有下级。不带 --at 时仅适用于不限机构的策略。",
        ),
        examples=["ucs role assign li.na reviewer --at qingdao-water --as platform-admin"],
    )


def _unassign_verb() -> Verb:
    return client_verb(
        "unassign",
        _action("unassignRole"),
        _words(),
        summary=say("Take a role away that a principal holds at an organisation.", "撤销主体在某机构的角色。"),
        examples=["ucs role unassign li.na reviewer --at qingdao-water"],
    )


def _words() -> list[click.Parameter]:
    return [
        word("principal", say("who", "主体标识")),
        word("role", say("which role", "角色名称")),
        option("--at", say("at which organisation", "任职机构"), metavar="ID", name="anchor"),
        flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
    ]


def change_role(
    client: Client, mutation: str, principal: str, role: str, anchor: str | None, *, dry_run: bool
) -> Answer:
    """Assign a role or take it away, by the mutation's name; the assignment that was meant."""
    document = (
        "mutation($principal: ID!, $role: String!, $anchor: ID, $requestId: String!, $validateOnly: Boolean!) { "
        f"done: {mutation}(principal: $principal, role: $role, anchor: $anchor, requestId: $requestId, "
        f"validateOnly: $validateOnly) {{ {ASSIGNMENT} }} }}"
    )
    answer = client.ask(
        document,
        principal=principal_name(principal),
        role=role,
        anchor=organization_name(anchor),
        requestId=new_request_id(),
        validateOnly=dry_run,
    )
    return from_wire(answer["done"])


def _action(mutation: str) -> Callable[..., int]:
    def act(output: Output, client: Client, principal: str, role: str, anchor: str | None, dry_run: bool) -> int:
        try:
            held = change_role(client, mutation, principal, role, anchor, dry_run=dry_run)
        except Answered as answered:
            # Scripts say again what already is; as with `ucs apply`, that is nothing to do.
            if answered.reason != "NOTHING_CHANGED":
                raise
            held = {"principal": principal_name(principal), "role": role, "anchor": organization_name(anchor)}
            output.line(say("Already as stated, nothing to do.", "已与所述一致，无需处理。"))
        else:
            output.line(_told(mutation, held, dry_run=dry_run))
        output.document({"dry_run": dry_run, "assignment": held})
        return Exit.OK

    return act


def _told(mutation: str, held: Answer, *, dry_run: bool) -> str:
    who, role = held["principal"], held["role"]
    where = say(f" at {held['anchor']}", f"（{held['anchor']}）") if held["anchor"] else ""
    if mutation == "assignRole":
        would = say(f"{who} would become {role}{where}", f"{who} 将任 {role}{where}")
        done = say(f"{who} is now {role}{where}", f"{who} 已任 {role}{where}")
    else:
        would = say(f"{who} would no longer be {role}{where}", f"{who} 将不再任 {role}{where}")
        done = say(f"{who} is no longer {role}{where}", f"{who} 已不再任 {role}{where}")
    return would + say("; nothing was changed", "；未作任何更改") if dry_run else done
