"""`ucs who-can`: everybody who may do something to a resource, and by which policy."""

from __future__ import annotations

from collections.abc import Sequence

from ucs_core.access.actions import Action
from ucs_core.cli.catalogue import find_resource, from_wire
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.directory import PAGE_MOST, PRINCIPAL, bare, page_options
from ucs_core.cli.drawing import table
from ucs_core.cli.output import Output
from ucs_core.cli.verb import run, word, word_of
from ucs_sdk.commands import Exit, say

_PAGE = (
    "query($action: Action!, $resource: ID!, $first: Int!, $after: String) { "
    "page: whoCan(action: $action, resource: $resource, first: $first, after: $after) { "
    f"nodes {{ principal {{ {PRINCIPAL} }} policy granted }} totalCount pageInfo {{ hasNextPage endCursor }} }} }}"
)


def who_can(args: Sequence[str]) -> int:
    """`ucs who-can`."""
    verb = client_verb(
        "who-can",
        _who_can,
        [
            word_of("action", say("what one may be allowed to do", "操作"), [action.value for action in Action]),
            word("resource", say("a code, or resources/ULID", "资源代码或 resources/ULID")),
            *page_options(),
        ],
        summary=say(
            "List everybody who may do something to a resource, by which policy, and whether it takes a grant. Asks that "
            "you audit or administer the resource.",
            "列出可对资源执行某操作的全部主体、所依据的策略及是否凭授权。需要您审计或管理该资源。",
        ),
        examples=["ucs who-can read QD-3702-DAT-0010 --as platform-admin"],
    )
    return run(verb, args)


def _who_can(
    output: Output, client: Client, action: str, resource: str, first: int, after: str | None, all: bool
) -> int:
    found = find_resource(client, resource)
    asked = {"action": action, "resource": found["id"]}
    if all:
        _stream(output, client, asked, after)
        return Exit.OK
    page = client.ask(_PAGE, **asked, first=first, after=after)["page"]
    nodes = [from_wire(node) for node in page["nodes"]]
    cursor = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    output.document(
        {"action": action, "resource": found["id"], "total": page["totalCount"], "items": nodes, "next": cursor}
    )
    if nodes:
        titles = [say("WHO", "主体"), say("NAME", "名称"), say("ORGANISATION", "所属机构"), say("BY", "依据")]
        output.show(table(titles, [_cells(node) for node in nodes]))
    total, code = page["totalCount"], found["code"]
    output.line(say(f"{total} may {action} {code}.", f"共 {total} 个主体可以对 {code} 执行 {action}。"))
    output.more(cursor)
    return Exit.OK


def _stream(output: Output, client: Client, asked: Answer, after: str | None) -> None:
    while True:
        page = client.ask(_PAGE, **asked, first=PAGE_MOST, after=after)["page"]
        for node in map(from_wire, page["nodes"]):
            output.record(node)
            output.line("\t".join(_cells(node)))
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def _cells(node: Answer) -> list[str]:
    who, organization = node["principal"], node["principal"]["organization"]
    granted = say(" and a grant", " 及授权") if node["granted"] else ""
    return [
        bare(who["id"]),
        who["title"],
        bare(organization["id"]) if organization else "",
        node["policy"].removeprefix("policies/") + granted,
    ]
