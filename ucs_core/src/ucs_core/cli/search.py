"""`ucs search`: find resources by words and filters."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ucs_core.cli.catalogue import LISTED, from_wire, term, titled
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.output import Output
from ucs_core.cli.search_filter import filter_of, filter_options
from ucs_core.cli.verb import Misused, choice, flag, number, option, run, word
from ucs_sdk.commands import Exit, say, spoken_locale
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType, Term

PAGE_DEFAULT, PAGE_MOST = 20, 200
ORDERS = (
    "updated_desc",
    "updated_asc",
    "created_desc",
    "created_asc",
    "title_zh",
    "title_zh_desc",
    "title_en",
    "title_en_desc",
    "code",
    "code_desc",
)
FACETS = ("kind", "type", "owner", "share_type", "data_level", "open_type", "district", "availability")
FACETS_MOST = 6
"""By how many dimensions the platform counts at once."""

VALUES_SHOWN = 20
"""How many values of a facet people are shown."""

_PAGE = f"""query($search: String, $filter: ResourceFilter, $order: ResourceOrder!, $first: Int, $after: String%s) {{
  resources(search: $search, filter: $filter, orderBy: $order, first: $first, after: $after%s) {{
    nodes {{ {LISTED} }}
    pageInfo {{ hasNextPage endCursor%s }}
"""
_COUNTED = " totalCount facets(by: $by) { dimension values { value count } } } }"
_FIRST_PAGE = _PAGE % (", $by: [Dimension!]!", "", "") + _COUNTED
_NEXT_PAGE = _PAGE % ("", "", "") + " } }"
_EITHER_WAY = (
    _PAGE
    % (
        ", $last: Int, $before: String, $by: [Dimension!]!",
        ", last: $last, before: $before",
        " hasPreviousPage startCursor",
    )
    + _COUNTED
)


def search(args: Sequence[str]) -> int:
    """`ucs search`."""
    everything = say(
        "every match, one per line; with --json one object per line", "全部结果，每行一项；配合 --json 每行一个对象"
    )
    verb = client_verb(
        "search",
        _search,
        [
            word("words", say("words that must all occur", "检索词，须全部命中"), required=False, many=True),
            *filter_options(),
            click.Option(
                ["--facet", "by"],
                help=say("count by this, up to six times", "按此维度统计，可重复至多六次") + f": {', '.join(FACETS)}",
                metavar="WORD",
                multiple=True,
            ),
            choice("--order", say("order", "排序"), ORDERS, default=ORDERS[0]),
            number("--first", say("how many, 20 when not given", "条数，默认 20"), least=1, most=PAGE_MOST),
            option("--after", say("go on behind this cursor", "从该游标之后继续"), metavar="CURSOR"),
            number("--last", say("how many from the end", "自末尾起的条数"), least=1, most=PAGE_MOST),
            option("--before", say("go back ahead of this cursor", "从该游标之前返回"), metavar="CURSOR"),
            flag("--all", everything),
        ],
        summary=say("Find resources that you may see.", "查找您有权查看的资源。"),
        examples=[
            "ucs search 积水",
            "ucs search camera --kind infrastructure --owner 370202 --facet district",
            "ucs search --box 120.2,36.0,120.5,36.3 --from 2025-01-01",
            "ucs search --any kind=data,tag=flood --any type=map_layer",
            "ucs search --all --json",
        ],
    )
    return run(verb, args)


def _search(
    output: Output,
    client: Client,
    words: tuple[str, ...],
    order: str,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    by: tuple[str, ...],
    all: bool,
    **stated: Any,  # noqa: ANN401 -- texts, flags and lists of texts
) -> int:
    variables = {"search": " ".join(words) or None, "filter": filter_of(stated), "order": order, "by": _dimensions(by)}
    if all:
        if last is not None or before is not None:
            raise Misused(say("--all reads from the beginning on.", "--all 从头读取，不能与 --last、--before 并用。"))
        as_bar = sys.stderr.isatty() and not sys.stdout.isatty()
        _stream(output, _pages(client, variables, after), as_bar=as_bar)
        return Exit.OK
    if before is not None and last is None and first is None:
        last = PAGE_DEFAULT
    page = client.ask(_EITHER_WAY, **variables, first=first, after=after, last=last, before=before)["resources"]
    _show_page(output, page)
    if not page["totalCount"]:
        _guess_type(output, stated["type"])
    return Exit.OK


def _dimensions(by: Sequence[str]) -> list[str]:
    for dimension in by:
        if dimension not in FACETS:
            near = difflib.get_close_matches(dimension, FACETS, n=1)
            error = Invalid("FIELD_NOT_ONE_OF", path="--facet", value=dimension[:80], allowed=FACETS, near=near)
            raise Misused(error.message(spoken_locale()))
    asked = dict.fromkeys(by)
    # The kinds are told beside what is asked for, where there is room for them.
    return list(asked if len(asked) >= FACETS_MOST else dict.fromkeys(("kind", *asked)))


def _show_page(output: Output, page: Answer) -> None:
    nodes = [from_wire(node) for node in page["nodes"]]
    facets = {
        facet["dimension"]: {item["value"]: item["count"] for item in facet["values"]} for facet in page["facets"]
    }
    info = page["pageInfo"]
    behind = info["endCursor"] if info["hasNextPage"] else None
    ahead = info["startCursor"] if info["hasPreviousPage"] else None
    output.document({"total": page["totalCount"], "facets": facets, "items": nodes, "next": behind, "previous": ahead})
    if nodes:
        output.show(_table(nodes, narrow=output.is_narrow))
    output.line(_sum(page["totalCount"], len(nodes), facets.get("kind", {})))
    for dimension, counts in facets.items():
        if dimension != "kind":
            output.show(_counts(dimension, counts))
            if len(counts) > VALUES_SHOWN:
                left = len(counts) - VALUES_SHOWN
                output.note(say(f"{left} more of these with --json.", f"另有 {left} 项，可用 --json 查看。"))
    output.more(behind)
    if ahead:
        output.note(say(f"Before these: --before {ahead}.", f"此前：--before {ahead}。"))


_COUNTED_BY: Mapping[str, type[Term]] = {
    "share_type": ShareType,
    "data_level": DataLevel,
    "open_type": OpenType,
    "availability": Availability,
}


def _counts(dimension: str, counts: Mapping[str, int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(_heading(dimension), overflow="fold")
    table.add_column(say("COUNT", "数量"), justify="right")
    for value, count in list(counts.items())[:VALUES_SHOWN]:
        table.add_row(Text(term(_COUNTED_BY[dimension], value) if dimension in _COUNTED_BY else value), str(count))
    return table


def _heading(dimension: str) -> str:
    titles = {
        "type": say("TYPE", "类型"),
        "owner": say("OWNER", "所属机构"),
        "share_type": say("SHARING", "共享"),
        "data_level": say("LEVEL", "分级"),
        "open_type": say("OPEN", "开放"),
        "district": say("DISTRICT", "区县"),
        "availability": say("STATE", "状态"),
    }
    return titles[dimension]


def _guess_type(output: Output, type: str | None) -> None:
    # Types are data, and the platform may know more of them than this version: an unknown one is worth a guess only.
    from ucs_registry.types import built_in_types  # noqa: PLC0415

    near = difflib.get_close_matches(type or "", built_in_types(), n=2)
    if near and type not in near:
        guess = " or ".join(near)
        output.note(
            say(f"{type!r} is no usual type. Did you mean {guess}?", f"{type} 不是常见类型，您要找的是 {guess} 吗？")
        )


def _table(nodes: Sequence[Answer], *, narrow: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in (say("TITLE", "标题"), say("CODE", "代码"), say("KIND", "类别"), say("OWNER", "所属机构")):
        table.add_column(heading, no_wrap=heading in ("CODE", "代码"), overflow="fold")
    # Where there is little room, titles that can be read are worth more than how a thing is shared: its card says that.
    shown = [0, 1, 2, 3, 5] if narrow else range(6)
    if not narrow:
        table.add_column(say("SHARING", "共享"), overflow="fold")
    table.add_column(say("STATE", "状态"), no_wrap=True)
    for node in nodes:
        cells = _cells(node)
        table.add_row(*(Text(cells[at]) for at in shown))
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


def _sum(total: int, shown: int, facets: Mapping[str, int]) -> str:
    if not total:
        return say("Nothing that you may see matches.", "没有您有权查看的匹配资源。")
    if not facets:
        return say(f"{shown} of {total} resources", f"共 {total} 项，显示 {shown} 项")
    kinds = " · ".join(f"{term(ResourceKind, kind)} {count}" for kind, count in facets.items())
    return say(f"{shown} of {total} resources: {kinds}", f"共 {total} 项，显示 {shown} 项：{kinds}")


def _pages(client: Client, variables: Answer, after: str | None) -> Iterator[tuple[list[Answer], int | None]]:
    """Each page's resources; the first page also says how many there are in all."""
    document = _FIRST_PAGE
    while True:
        asked = variables if document is _FIRST_PAGE else {name: variables[name] for name in variables if name != "by"}
        page = client.ask(document, **asked, first=PAGE_MOST, after=after)["resources"]
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
