"""`ucs why`: may somebody do something to a resource, which policy decided, and what would help; or what one may at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from ucs_core.access.actions import Action
from ucs_core.cli.catalogue import find_resource, from_wire
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.directory import bare, policy_row, principal_name
from ucs_core.cli.drawing import table
from ucs_core.cli.output import Output
from ucs_core.cli.policy_file import matched
from ucs_core.cli.verb import option, run, word, word_of
from ucs_sdk.commands import Exit, say
from ucs_sdk.vocabulary import ReviewState

_HELD = "role anchor"
_WHY = f"""query($action: Action!, $resource: ID!, $principal: ID) {{
  why(action: $action, resource: $resource, principal: $principal) {{
    action resource principal allowed needsGrant
    attributes {{ owner kind type shareType dataLevel openType state }}
    policy {{ id role relation kind type shareType dataLevel openType state grant action effect }}
    roles {{ {_HELD} }}
    remedies {{ role anchors anywhere }}
    granters {{ principal held {{ {_HELD} }} }}
  }}
}}"""


_EFFECTIVE = """query($resource: ID!, $principal: ID) {
  viewer { id }
  effectiveActions(resource: $resource, principal: $principal) { action allowed policy needsGrant }
}"""


class _Action(click.Argument):
    """The action, which may be left out: one word alone is the resource."""

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """Hand the word on to the resource when there is no other."""
        if isinstance(opts, dict) and not isinstance(opts.get("resource"), str) and isinstance(opts.get("action"), str):
            opts["resource"] = opts.pop("action")
        return super().handle_parse_result(ctx, opts, args)


def why(args: Sequence[str]) -> int:
    """`ucs why`."""
    whose = say("whose decision; your own when not given", "要解释的主体；默认为您本人")
    told = say("what one may be allowed to do; all of it when not given", "操作；省略则列出全部操作")
    action = word_of("action", told, [action.value for action in Action])
    verb = client_verb(
        "why",
        _why,
        [
            _Action(["action"], help=action.help, required=False, metavar=action.metavar, type=action.type),
            word("resource", say("a code, or resources/ULID", "资源代码或 resources/ULID")),
            option("--principal", whose, metavar="ID"),
        ],
        summary=say(
            "Explain why you, or somebody else, may or may not do something to a resource; without an action, list all "
            "that one may do. Denied is an answer too: the exit code is 0 either way.",
            "解释您或他人为何可以或不可以对资源执行某操作；省略操作则列出全部可行操作。“拒绝”也是答案，退出码同为 0。",
        ),
        examples=[
            "ucs why review QD-3702-DAT-9001",
            "ucs why read QD-3702-DAT-9001 --principal app --as platform-admin",
            "ucs why QD-3702-DAT-9001",
        ],
    )
    return run(verb, args)


def _why(output: Output, client: Client, action: str | None, resource: str, principal: str | None) -> int:
    found = find_resource(client, resource)
    whose = principal_name(principal) if principal else None
    if action is None:
        return _effective(output, client, found, whose)
    answer = from_wire(client.ask(_WHY, action=action, resource=found["id"], principal=whose)["why"])
    own = _own_revision(answer, found["head"])
    output.document(answer | {"own_revision": own})
    for line in _told(answer, found["code"]):
        output.line(line)
    if own is not None:
        who = answer["principal"]
        output.line(
            say(
                f"  but {who} wrote or submitted revision {own}: another reviewer must decide about that one",
                f"  但第 {own} 版由 {who} 编写或提交，须由其他审核人员处理",
            )
        )
    return Exit.OK


def _effective(output: Output, client: Client, found: Answer, principal: str | None) -> int:
    """All actions, and whether somebody may do each."""
    answer = client.ask(_EFFECTIVE, resource=found["id"], principal=principal)
    who, actions = principal or answer["viewer"]["id"], [from_wire(item) for item in answer["effectiveActions"]]
    output.document({"principal": who, "resource": found["id"], "actions": actions})
    output.line(say(f"What {who} may do to {found['code']}:", f"{who} 对 {found['code']} 的权限："))
    titles = [say("ACTION", "操作"), say("MAY", "允许"), say("BY", "依据")]
    output.show(table(titles, [_action_cells(item) for item in actions]))
    return Exit.OK


def _action_cells(item: Answer) -> list[str]:
    may = say("yes", "是") if item["allowed"] else say("no", "否")
    if item["policy"]:
        by = bare(item["policy"])
    elif item["needs_grant"]:
        by = say("a grant would allow it", "获得授权后即可")
    else:
        by = say("no policy allows it", "没有策略允许")
    return [item["action"], may, by]


def _own_revision(answer: Answer, head: Answer | None) -> int | None:
    """The number of the pending revision that a principal may not review because it is their own work, if it is."""
    if not answer["allowed"] or answer["action"] != Action.REVIEW or head is None:
        return None
    if head["state"] not in (ReviewState.DRAFT, ReviewState.IN_REVIEW):
        return None
    number: int = head["number"]
    return number if answer["principal"] in (*head["authors"], head["submitter"]) else None


def _told(answer: Answer, code: str) -> Iterator[str]:
    who, action = answer["principal"], answer["action"]
    if answer["allowed"]:
        yield say(f"Allowed: {who} may {action} {code}.", f"允许：{who} 可以对 {code} 执行 {action}。")
    else:
        yield say(f"Denied: {who} may not {action} {code}.", f"拒绝：{who} 不可以对 {code} 执行 {action}。")
    if answer["policy"] is not None:
        yield "  " + say("decided by ", "依据策略 ") + _policy(answer["policy"])
    elif not answer["allowed"]:
        yield say("  no policy allows it", "  没有策略允许")
    roles = ", ".join(map(_held, answer["roles"])) or say("none", "无")
    yield say(f"  roles held: {roles}", f"  所任角色：{roles}")
    yield say("  the resource: ", "  资源：") + _attributes(answer["attributes"])
    if answer["needs_grant"] and not answer["allowed"]:
        yield say("  a grant on this resource would allow it", "  获得该资源的授权后即可")
    for remedy in answer["remedies"]:
        yield _remedy(remedy)
    for granter in answer["granters"]:
        held = _held(granter["held"])
        yield say(f"  could grant it: {granter['principal']} ({held})", f"  可授权人：{granter['principal']}（{held}）")


def _policy(policy: Answer) -> str:
    row = policy_row(policy)
    told = ", ".join(f"{name}={value}" for name, value in ({"relation": row.relation} | matched(row)).items())
    return f"{row.id}: {row.effect} {row.action}, {row.role} ({told})"


def _attributes(attributes: Answer) -> str:
    return ", ".join(f"{name}={value}" for name, value in attributes.items())


def _held(held: Answer) -> str:
    return f"{held['role']}@{held['anchor']}" if held["anchor"] else str(held["role"])


def _remedy(remedy: Answer) -> str:
    if remedy["anywhere"]:
        return say(f"  would allow it: the role {remedy['role']}", f"  可行办法：担任角色 {remedy['role']}")
    anchors = ", ".join(remedy["anchors"])
    return say(
        f"  would allow it: the role {remedy['role']} at {anchors}",
        f"  可行办法：在 {anchors} 担任角色 {remedy['role']}",
    )
