"""`ucs member`: what a resource fronts by the thousand, such as the channels of a camera pool."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click
from rich.table import Table
from rich.text import Text

from ucs_core.cli.catalogue import find_resource, from_wire, term
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.directory import PAGE_MOST, page_options
from ucs_core.cli.drawing import table
from ucs_core.cli.groups import run_group
from ucs_core.cli.member_changes import import_verb, remove_verb
from ucs_core.cli.output import Output
from ucs_core.cli.verb import Verb, one_of, option, word
from ucs_sdk.commands import Exit, say
from ucs_sdk.vocabulary import MemberStatus

MEMBER = "id code title { zh en } location { longitude latitude } regionCode status attributes createdAt updatedAt"
"""A member."""

_PAGE = (
    "query($resource: ID!, $filter: MemberFilter, $first: Int!, $after: String) { "
    "page: members(resource: $resource, filter: $filter, first: $first, after: $after) "
    f"{{ nodes {{ {MEMBER} }} totalCount pageInfo {{ hasNextPage endCursor }} }} }}"
)
_ONE = f"query($id: ID!) {{ member(id: $id) {{ {MEMBER} }} }}"


def member(args: Sequence[str]) -> int:
    """`ucs member VERB`."""
    verbs = {"list": _list_verb, "get": _get_verb, "import": import_verb, "remove": remove_verb}
    return run_group("ucs member", verbs, args)


def resource_word() -> click.Argument:
    """The resource that fronts the set."""
    return word("resource", say("the resource: a code, or resources/ULID", "所属资源：代码或 resources/ULID"))


def _list_verb() -> Verb:
    return client_verb(
        "list",
        _list,
        [
            resource_word(),
            option("--prefix", say("whose code begins so", "代码以此开头"), metavar="TEXT"),
            one_of("--status", say("status", "成员状态"), MemberStatus),
            option("--region", say("whose division's code begins so", "行政区划代码以此开头"), metavar="DIGITS"),
            option("--text", say("in whose title this occurs", "名称包含此文字"), metavar="TEXT"),
            *page_options(),
        ],
        summary=say(
            "List the members of a resource that you may read, in the order of their codes.",
            "列出一项资源的成员（需“读取”权限），按代码排序。",
        ),
        examples=[
            "ucs member list QD-3702-INF-0005 --status offline",
            "ucs member list QD-3702-INF-0005 --region 370202 --all --json > members.ndjson",
        ],
    )


def _list(
    output: Output,
    client: Client,
    resource: str,
    prefix: str | None,
    status: str | None,
    region: str | None,
    text: str | None,
    first: int,
    after: str | None,
    all: bool,
) -> int:
    filter = {"prefix": prefix, "status": status, "region": region, "text": text}
    stated = {name: value for name, value in filter.items() if value is not None}
    asked = {"resource": find_resource(client, resource)["id"], "filter": stated}
    if all:
        for page in _pages(client, asked, after):
            for node in map(from_wire, page["nodes"]):
                output.record(node)
                output.line("\t".join(_cells(node)))
        return Exit.OK
    page = client.ask(_PAGE, **asked, first=first, after=after)["page"]
    nodes = [from_wire(node) for node in page["nodes"]]
    cursor = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    output.document({"items": nodes, "next": cursor, "total": page["totalCount"]})
    if nodes:
        output.show(_drawn(nodes))
        total = page["totalCount"]
        output.note(say(f"{len(nodes)} of {total} members.", f"共 {total} 个成员，显示 {len(nodes)} 个。"))
    else:
        output.line(say("There are no such members.", "没有符合条件的成员。"))
    output.more(cursor)
    return Exit.OK


def _pages(client: Client, asked: Answer, after: str | None) -> Iterator[Answer]:
    # Counting what a filter leaves is worth asking for once, and here nobody does.
    document = _PAGE.replace(" totalCount", "")
    while True:
        page: Answer = client.ask(document, **asked, first=PAGE_MOST, after=after)["page"]
        yield page
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def _drawn(nodes: Sequence[Answer]) -> Table:
    titles = [say("CODE", "代码"), say("TITLE", "名称"), say("DIVISION", "行政区划"), say("STATUS", "状态")]
    return table(titles, [_cells(node) for node in nodes])


def _cells(node: Answer) -> list[str]:
    return [node["code"], _title(node), node["region_code"] or "", term(MemberStatus, node["status"])]


def _title(node: Answer) -> str:
    title = node["title"]
    return say(title["en"] or title["zh"], title["zh"])


def _get_verb() -> Verb:
    return client_verb(
        "get",
        _get,
        [resource_word(), word("code", say("the member's code", "成员代码"))],
        summary=say("Show one member of a resource.", "查看一个成员。"),
        examples=["ucs member get QD-3702-INF-0005 37020200001320000001"],
    )


def _get(output: Output, client: Client, resource: str, code: str) -> int:
    name = f"{find_resource(client, resource)['id']}/members/{code}"
    found = from_wire(client.ask(_ONE, id=name)["member"])
    output.document(found)
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True, style="dim")
    rows.add_column(overflow="fold")
    for label, value in _lines(found):
        if value:
            rows.add_row(Text(label), Text(value))
    other = say(found["title"]["zh"], found["title"]["en"] or "")
    output.show(Text(_title(found), "bold"), *([Text(other, "dim")] if other not in ("", _title(found)) else []), rows)
    return Exit.OK


def _lines(found: Answer) -> Iterator[tuple[str, str]]:
    place = found["location"]
    yield say("name", "成员名"), found["id"]
    yield say("code", "代码"), found["code"]
    yield say("status", "状态"), term(MemberStatus, found["status"])
    yield say("division", "行政区划"), found["region_code"] or ""
    yield say("location", "位置"), f"{place['longitude']}, {place['latitude']}" if place else ""
    for name, value in found["attributes"].items():
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    yield say("entered", "登记时间"), found["created_at"]
    yield say("updated", "更新时间"), found["updated_at"]
