"""`ucs principal`: who may act here, and the life of a principal from its entry to its being shut out."""

from __future__ import annotations

from collections.abc import Sequence

from ucs_core.cli.catalogue import from_wire, term
from ucs_core.cli.client import Client, client_verb
from ucs_core.cli.directory import (
    ASSIGNMENTS,
    GRANTS,
    PRINCIPAL,
    PRINCIPALS,
    Column,
    codes_of,
    every,
    organization_name,
    page_options,
    principal_name,
    show_list,
)
from ucs_core.cli.groups import run_group
from ucs_core.cli.output import Output
from ucs_core.cli.principal_card import id_word, principal_card
from ucs_core.cli.principal_changes import (
    bind_verb,
    create_verb,
    disable_verb,
    enable_verb,
    revoke_verb,
    unbind_verb,
    update_verb,
)
from ucs_core.cli.verb import Verb, choice, one_of, option
from ucs_sdk.commands import Exit, say
from ucs_sdk.vocabulary import PrincipalKind

_ONE = f"query($id: ID!) {{ principal(id: $id) {{ {PRINCIPAL} }} }}"
_STATES = ("enabled", "disabled")


def principal(args: Sequence[str]) -> int:
    """`ucs principal VERB`."""
    verbs = {
        "list": _list_verb,
        "show": _show_verb,
        "create": create_verb,
        "update": update_verb,
        "disable": disable_verb,
        "enable": enable_verb,
        "bind": bind_verb,
        "unbind": unbind_verb,
        "revoke-tokens": revoke_verb,
    }
    return run_group("ucs principal", verbs, args)


def _list_verb() -> Verb:
    below = say("of this organisation and all below it", "该机构及其所有下级")
    return client_verb(
        "list",
        _list,
        [
            one_of("--kind", say("kind", "主体类别"), PrincipalKind),
            option("--organization", below, metavar="ID"),
            option("--role", say("who hold this role, anywhere", "担任该角色者"), metavar="ROLE"),
            choice("--state", say("state", "状态"), _STATES),
            *page_options(),
        ],
        summary=say("List the principals that you administer or audit.", "列出您管理或审计的主体。"),
        examples=["ucs principal list --organization qingdao-water", "ucs principal list --role reviewer --all --json"],
    )


def _list(
    output: Output,
    client: Client,
    kind: str | None,
    organization: str | None,
    role: str | None,
    state: str | None,
    first: int,
    after: str | None,
    all: bool,
) -> int:
    filter = {
        "kind": kind,
        "organizationSubtree": organization_name(organization),
        "role": role,
        "disabled": None if state is None else state == "disabled",
    }
    columns: list[Column] = [
        (say("ID", "标识"), "id"),
        (say("KIND", "类别"), lambda node: term(PrincipalKind, node["kind"])),
        (say("NAME", "名称"), "title"),
        (say("ORGANISATION", "所属机构"), "organization"),
        (say("DISABLED", "已停用"), "disabled"),
    ]
    show_list(output, client, PRINCIPALS, filter, columns, first=first, after=after, all=all)
    return Exit.OK


def _show_verb() -> Verb:
    return client_verb(
        "show",
        _show,
        [id_word()],
        summary=say("Show a principal with its roles and grants.", "查看一个主体及其角色与授权。"),
        examples=["ucs principal show reviewer --as platform-admin"],
    )


def _show(output: Output, client: Client, id: str) -> int:
    name = principal_name(id)
    found = from_wire(client.ask(_ONE, id=name)["principal"])
    roles = every(client, ASSIGNMENTS, {"principal": name})
    grants = every(client, GRANTS, {"grantee": name})
    output.document(found | {"roles": roles, "grants": grants})
    codes = codes_of(client, [given["resource"] for given in grants])
    known = [given | {"resource": codes.get(given["resource"], given["resource"])} for given in grants]
    output.show(*principal_card(found, roles, known))
    return Exit.OK
