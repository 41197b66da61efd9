"""`ucs search`: find resources by words and filters."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ucs_core.cli.catalogue import LISTED, from_wire, term, titled
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.output import Output
from ucs_core.cli.verb import choice, flag, number, one_of, option, run, word
from ucs_sdk.commands import Exit, say
from ucs_sdk.vocabulary import Availability, ResourceKind, ShareType

PAGE_DEFAULT, PAGE_MOST = 20, 200
ORDERS = ("updated_desc", "updated_asc", "title_zh", "title_en", "code")

_PAGE = f"""query($search: String, $filter: ResourceFilter, $order: ResourceOrder!, $first: Int!, $after: String) {{
  resources(search: $search, filter: $filter, orderBy: $order, first: $first, after: $after) {{
    nodes {{ {LISTED} }}
    pageInfo {{ hasNextPage endCursor }}
"""
_FIRST_PAGE = _PAGE + " totalCount facets { kind { value count } } } }"
_NEXT_PAGE = _PAGE + " } }"


def search(args: Sequence[str]) -> int:
    """`ucs search`."""
    owner = say("an organisation and all below it, such as 370202", "机构及其所有下级，如 370202")
    everything = say(
        "every match, one per line; with --json one object per line", "全部结果，每行一项；配合 --json 每行一个对象"
    )
    verb = client_verb(
        "search",
        _search,
        [
            word("words", say("words that must all occur", "检索词，须全部命中"), required=False, many=True),
            one_of("--kind", say("kind", "资源类别"), ResourceKind),
            option("--type", say("type, such as dataset", "资源类型，如 dataset"), metavar="TYPE"),
            option("--owner", owner, metavar="ID"),
            one_of("--share", say("share type", "共享类型"), ShareType),
            one_of("--state", say("availability", "可用状态"), Availability),
            option("--tag", say("a whole tag", "完整标签"), metavar="TAG"),
            choice("--order", say("order", "排序"), ORDERS, default=ORDERS[0]),
            number("--first", say("how many", "条数"), least=1, most=PAGE_MOST, default=PAGE_DEFAULT),
            option("--after", say("go on behind this cursor", "从该游标之后继续"), metavar="CURSOR"),
            flag("--all", everything),
        ],
        summary=say("Find resources that you may see.", "查找您有权查看的资源。"),
        examples=[
            "ucs search 积水",
            "ucs search camera --kind infrastructure --owner 370202",
            "ucs search --all --json",
        ],
    )
    return run(verb, args)


def _search(
    output: Output,
    client: Client,
    words: tuple[str, ...],
    order: str,
    first: int,
    after: str | None,
    all: bool,
    **stated: str | None,
) -> int:
    variables = {"search": " ".join(words) or None, "filter": _filter(stated), "order": order}
    if all:
        as_bar = sys.stderr.isatty() and not sys.stdout.isatty()
        _stream(output, _pages(client, variables, after), as_bar=as_bar)
        return Exit.OK
    page = client.ask(_FIRST_PAGE, **variables, first=first, after=after)["resources"]
    nodes = [from_wire(node) for node in page["nodes"]]
    facets = {item["value"]: item["count"] for item in page["facets"]["kind"]}
    cursor = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    output.document({"total": page["totalCount"], "facets": {"kind": facets}, "items": nodes, "next": cursor})
    if nodes:
        output.show(_table(nodes))
    output.line(_sum(page["totalCount"], len(nodes), facets))
    if cursor:
        output.note(say(f"More: --after {cursor}, or --all.", f"更多：--after {cursor}，或 --all。"))
    if not page["totalCount"]:
        _guess_type(output, stated["type"])
    return Exit.OK


def _filter(stated: Mapping[str, str | None]) -> dict[str, str | None]:
    return {
        "kind": stated["kind"],
        "type": stated["type"],
        "ownerSubtree": stated["owner"],
        "shareType": stated["share"],
        "availability": stated["state"],
        "tag": stated["tag"],
    }


def _guess_type(output: Output, type: str | None) -> None:
    # Types are data, and the platform may know more of them than this version: an unknown one is worth a guess only.
    from ucs_registry.types import built_in_types  # noqa: PLC0415

    near = difflib.get_close_matches(type or "", built_in_types(), n=2)
    if near and type not in near:
        guess = " or ".join(near)
        output.note(
            say(f"{type!r} is no usual type. Did you mean {guess}?", f"{type} 不是常见类型，您要找的是 {guess} 吗？")
        )


def _table(nodes: Sequence[Answer]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in (say("TITLE", "标题"), say("CODE", "代码"), say("KIND", "类别"), say("OWNER", "所属机构")):
        table.add_column(heading, no_wrap=heading in ("CODE", "代码"), overflow="fold")
    table.add_column(say("SHARING", "共享"), overflow="fold")
    table.add_column(say("STATE", "状态"), overflow="fold")
    for node in nodes:
        table.add_row(*map(Text, _cells(node)))
    return table


def _cells(node: Answer) -> tuple[str, ...]:
    return (
        titled(node["title"]),
        node["code"],
        term(ResourceKind, node["kind"]),
        titled(node["owner"]["title"]),
        term(ShareType, node["share_type"]),
        term(Availability, node["availability"]),
    )


def _sum(total: int, shown: int, facets: dict[str, int]) -> str:
    if not total:
        return say("Nothing that you may see matches.", "没有您有权查看的匹配资源。")
    kinds = " · ".join(f"{term(ResourceKind, kind)} {count}" for kind, count in facets.items())
    return say(f"{shown} of {total} resources: {kinds}", f"共 {total} 项，显示 {shown} 项：{kinds}")


def _pages(client: Client, variables: Answer, after: str | None) -> Iterator[tuple[list[Answer], int | None]]:
    """Each page's resources; the first page also says how many there are in all."""
    document = _FIRST_PAGE
    while True:
        page = client.ask(document, **variables, first=PAGE_MOST, after=after)["resources"]
        yield [from_wire(node) for node in page["nodes"]], page.get("totalCount")
        if not page["pageInfo"]["hasNextPage"]:
            return
        after, document = page["pageInfo"]["endCursor"], _NEXT_PAGE


def _stream(output: Output, pages: Iterator[tuple[list[Answer], int | None]], *, as_bar: bool) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=output.console(stderr=True), disable=not as_bar, transient=True) as progress:
        task = progress.add_task(say("resources", "资源"), total=None)
        for nodes, total in pages:
            for node in nodes:
                output.record(node)
                output.line("\t".join(_cells(node)))
            progress.update(task, advance=len(nodes))
            if total is not None:
                progress.update(task, total=total)
