"""The verbs of `ucs principal` that change one: enter it, change it, shut it out, bind it, revoke its tokens."""

from __future__ import annotations

import click

from ucs_core.cli.catalogue import from_wire
from ucs_core.cli.client import Answer, Client, client_verb, new_request_id
from ucs_core.cli.directory import PRINCIPAL, bare, organization_name, principal_name
from ucs_core.cli.output import Answered, Output
from ucs_core.cli.principal_card import id_word, principal_card
from ucs_core.cli.verb import Misused, Verb, flag, one_of, option
from ucs_sdk.commands import Exit, say
from ucs_sdk.vocabulary import PrincipalKind

_CREATE = (
    "mutation($input: CreatePrincipalInput!, $requestId: String!, $validateOnly: Boolean!) { "
    f"done: createPrincipal(input: $input, requestId: $requestId, validateOnly: $validateOnly) {{ {PRINCIPAL} }} }}"
)


def _dry_run() -> click.Option:
    return flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改"))


def create_verb() -> Verb:
    """`ucs principal create`."""
    return client_verb(
        "create",
        _create,
        [
            id_word(),
            one_of("--kind", say("what it is", "类别"), PrincipalKind, default=PrincipalKind.PERSON),
            option("--title", say("what people call it", "名称"), metavar="TEXT", required=True),
            option("--organization", say("where it belongs", "所属机构"), metavar="ID"),
            _dry_run(),
        ],
        summary=say(
            "Enter a principal: a person, an application, a hub or a plugin. It may do what every member of its "
            "organisation may until it is given a role.",
            "新增主体：人员、应用、中枢或插件。任命角色之前，权限与本机构普通成员相同。",
        ),
        examples=['ucs principal create li.na --title "李娜 Li Na" --organization qingdao-water --as platform-admin'],
    )


def _create(
    output: Output, client: Client, id: str, kind: str, title: str, organization: str | None, dry_run: bool
) -> int:
    stated = {"id": bare(id), "kind": kind, "title": title, "organization": organization_name(organization)}
    answer = client.ask(_CREATE, input=stated, requestId=new_request_id(), validateOnly=dry_run)
    return _report(output, answer, dry_run=dry_run, done=("created", "已新增"))


def update_verb() -> Verb:
    """`ucs principal update`."""
    none = say("it belongs to no organisation any more", "不再属于任何机构")
    return client_verb(
        "update",
        _update,
        [
            id_word(),
            option("--title", say("what people call it", "名称"), metavar="TEXT"),
            option("--organization", say("where it belongs", "所属机构"), metavar="ID"),
            flag("--no-organization", none, name="nowhere"),
            _dry_run(),
        ],
        summary=say("Change what people call a principal, or where it belongs.", "修改主体的名称或所属机构。"),
        examples=["ucs principal update li.na --organization qingdao-roads"],
    )


def _update(
    output: Output,
    client: Client,
    id: str,
    title: str | None,
    organization: str | None,
    nowhere: bool,
    dry_run: bool,
) -> int:
    changes: dict[str, str | None] = {"title": title} if title is not None else {}
    if nowhere and organization:
        raise Misused(
            say("Give --organization or --no-organization.", "--organization 与 --no-organization 只能给出一个。")
        )
    if organization or nowhere:
        changes["organization"] = organization_name(organization)
    if not changes:
        raise Misused(say("Nothing to change was given.", "未给出要修改的内容。"))
    return _change(output, client, "updatePrincipal", id, dry_run, ("updated", "已更新"), changes=changes)


def disable_verb() -> Verb:
    """`ucs principal disable`."""
    return client_verb(
        "disable",
        _disable,
        [
            id_word(),
            option("--reason", say("why, for the log", "理由，记入日志"), metavar="TEXT", required=True),
            _dry_run(),
        ],
        summary=say(
            "Shut a principal out: from its next call on it may do nothing. Its roles and grants stay.",
            "停用主体：自下一次调用起不能执行任何操作，其角色与授权予以保留。",
        ),
        examples=['ucs principal disable li.na --reason "left the bureau"'],
    )


def _disable(output: Output, client: Client, id: str, reason: str, dry_run: bool) -> int:
    return _change(output, client, "disablePrincipal", id, dry_run, ("disabled", "已停用"), reason=reason)


def enable_verb() -> Verb:
    """`ucs principal enable`."""
    return client_verb(
        "enable",
        _enable,
        [id_word(), _dry_run()],
        summary=say("Let a principal in again.", "重新启用主体。"),
        examples=["ucs principal enable li.na"],
    )


def _enable(output: Output, client: Client, id: str, dry_run: bool) -> int:
    return _change(output, client, "enablePrincipal", id, dry_run, ("enabled", "已启用"))


def bind_verb() -> Verb:
    """`ucs principal bind`."""
    return client_verb(
        "bind",
        _bind,
        [
            id_word(),
            option("--issuer", say("the `iss` of its tokens", "令牌中的 iss"), metavar="URL", required=True),
            option("--subject", say("their `sub`", "令牌中的 sub"), metavar="TEXT", required=True),
            _dry_run(),
        ],
        summary=say(
            "Say who a principal is to an identity provider, so that it signs in there.",
            "绑定主体在身份提供方的身份，使其可由该处登录。",
        ),
        examples=["ucs principal bind li.na --issuer https://id.example.org --subject 5f0c"],
    )


def _bind(output: Output, client: Client, id: str, issuer: str, subject: str, dry_run: bool) -> int:
    return _change(output, client, "bindPrincipal", id, dry_run, ("bound", "已绑定"), issuer=issuer, subject=subject)


def unbind_verb() -> Verb:
    """`ucs principal unbind`."""
    return client_verb(
        "unbind",
        _unbind,
        [id_word(), _dry_run()],
        summary=say("Part a principal from its identity provider.", "解除主体与身份提供方的绑定。"),
        examples=["ucs principal unbind li.na"],
    )


def _unbind(output: Output, client: Client, id: str, dry_run: bool) -> int:
    return _change(output, client, "unbindPrincipal", id, dry_run, ("unbound", "已解除绑定"))


def revoke_verb() -> Verb:
    """`ucs principal revoke-tokens`."""
    return client_verb(
        "revoke-tokens",
        _revoke,
        [id_word(), _dry_run()],
        summary=say(
            "Make all tokens of a principal that were issued until now worthless, as when one was lost. It may get new ones.",
            "使主体此前签发的全部令牌失效（如令牌遗失）。之后可重新签发。",
        ),
        examples=["ucs principal revoke-tokens li.na"],
    )


def _revoke(output: Output, client: Client, id: str, dry_run: bool) -> int:
    done = ("its tokens count no more", "其令牌已全部失效")
    return _change(output, client, "revokeTokens", id, dry_run, done)


_TYPES = {"changes": "PrincipalChanges!", "reason": "String!", "issuer": "String!", "subject": "String!"}
"""The types of what a mutation is told beside the principal."""


def _change(
    output: Output, client: Client, mutation: str, id: str, dry_run: bool, done: tuple[str, str], **told: object
) -> int:
    declared = "".join(f"${name}: {_TYPES[name]}, " for name in told)
    given = "".join(f"{name}: ${name}, " for name in told)
    document = (
        f"mutation({declared}$id: ID!, $requestId: String!, $validateOnly: Boolean!) {{ done: {mutation}"
        f"({given}id: $id, requestId: $requestId, validateOnly: $validateOnly) {{ {PRINCIPAL} }} }}"
    )
    name = principal_name(id)
    try:
        answer = client.ask(document, id=name, requestId=new_request_id(), validateOnly=dry_run, **told)
    except Answered as answered:
        # Scripts say again what already is; as with `ucs apply`, that is nothing to do.
        if answered.reason != "NOTHING_CHANGED":
            raise
        answer = client.ask(f"query($id: ID!) {{ done: principal(id: $id) {{ {PRINCIPAL} }} }}", id=name)
        dry_run, done = False, ("already as stated, nothing to do", "已与所述一致，无需处理")
    return _report(output, answer, dry_run=dry_run, done=done)


def _report(output: Output, answer: Answer, *, dry_run: bool, done: tuple[str, str]) -> int:
    after = from_wire(answer["done"])
    output.document({"dry_run": dry_run, "principal": after})
    if dry_run:
        output.line(say(f"{after['id']}: would pass; nothing was changed", f"{after['id']}：校验通过；未作任何更改"))
    else:
        output.line(say(f"{after['id']}: {done[0]}", f"{after['id']}：{done[1]}"))
    output.show(*principal_card(after, (), ()))
    return Exit.OK
