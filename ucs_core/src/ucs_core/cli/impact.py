"""`ucs impact`: what breaks if a resource goes, and, with --down, what is needed to build on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from ucs_core.cli.catalogue import LISTED, find_resource, from_wire, term, titled
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.directory import page_options
from ucs_core.cli.drawing import table
from ucs_core.cli.output import Output
from ucs_core.cli.verb import flag, number, run, word
from ucs_registry.graph import DEPTH_DEFAULT, DEPTH_MOST, Direction
from ucs_registry.queries import PAGE_MOST
from ucs_sdk.commands import Exit, say
from ucs_sdk.vocabulary import Availability, ResourceKind, Term, Use

OWNERS_SHOWN = 5
"""How many owners people are shown; --json tells all that the platform names."""

SUMMED_UP = (3, 4)
"""Which columns tell kind and owner, of which there are sums above."""

VIA = 6
"""Which column tells by what something is reached."""

_TALLY = "depth count kinds { value count } owners { count owner { id title { zh en } } } ownerCount"
_NODES = f"nodes {{ depth via use resource {{ {LISTED} }} }} pageInfo {{ hasNextPage endCursor }}"
_ASKED = "query($resource: ID!, $direction: WalkDirection!, $depth: Int!, $first: Int!, $after: String)"
_CALL = "impact(resource: $resource, direction: $direction, depth: $depth, first: $first, after: $after)"
_WHOLE = (
    f"{_ASKED} {{ {_CALL} {{ total {{ {_TALLY} }} levels {{ depth count kinds {{ value count }} }} "
    f"states {{ value count }} uses {{ value count }} truncated {_NODES} }} }}"
)
_NEXT = f"{_ASKED} {{ {_CALL} {{ truncated {_NODES} }} }}"


def impact(args: Sequence[str]) -> int:
    """`ucs impact`."""
    down = say("what it needs instead, and whether you may use it", "改为查看它所需的资源，以及您可否使用")
    verb = client_verb(
        "impact",
        _impact,
        [
            word("resource", say("a code, or resources/ULID", "资源代码或 resources/ULID")),
            flag("--down", down),
            number("--depth", say("how many steps", "步数"), least=1, most=DEPTH_MOST, default=DEPTH_DEFAULT),
            *page_options(),
        ],
        summary=say(
            "Show what breaks if a resource goes: everything that depends on it, counted by step, kind and owner. With "
            "--down, what is needed to build on it.",
            "影响分析：列出依赖某资源的一切，按步数、类别和机构计数。加 --down 则列出构建它所需的资源。",
        ),
        examples=["ucs impact QD-3702-DAT-0010", "ucs impact QD-3702-APP-0012 --down --depth 10"],
    )
    return run(verb, args)


def _impact(
    output: Output,
    client: Client,
    resource: str,
    down: bool,
    depth: int,
    first: int,
    after: str | None,
    all: bool,
) -> int:
    found = find_resource(client, resource)
    direction = Direction.DOWN if down else Direction.UP
    asked = {"resource": found["id"], "direction": direction.value, "depth": depth}
    if all:
        truncated = False
        for page in _pages(client, asked, after):
            truncated = page["truncated"]
            for node in page["nodes"]:
                output.record(node)
                output.line("\t".join(_cells(node, {}, down=down)))
        _warn(output, truncated=truncated)
        return Exit.OK
    page = from_wire(client.ask(_WHOLE, **asked, first=first, after=after)["impact"])
    cursor = page["page_info"]["end_cursor"] if page["page_info"]["has_next_page"] else None
    output.document(_document(found, asked, page, cursor))
    _show(output, found, page, down=down)
    _warn(output, truncated=page["truncated"])
    output.more(cursor)
    if any(node["use"] == Use.GRANT_NEEDED for node in page["nodes"]):
        output.note(
            say(
                "`ucs why invoke CODE` tells what a grant is needed for.", "可用 `ucs why invoke 代码` 查看为何须申请。"
            )
        )
    return Exit.OK


def _pages(client: Client, asked: Mapping[str, Any], after: str | None) -> Iterator[Answer]:
    while True:
        page = from_wire(client.ask(_NEXT, **asked, first=PAGE_MOST, after=after)["impact"])
        yield page
        if not page["page_info"]["has_next_page"]:
            return
        after = page["page_info"]["end_cursor"]


def _document(found: Answer, asked: Mapping[str, Any], page: Answer, cursor: str | None) -> Answer:
    return {
        "resource": {"id": found["id"], "code": found["code"]},
        "direction": asked["direction"],
        "depth": asked["depth"],
        **{name: page[name] for name in ("total", "levels", "states", "uses", "truncated")},
        "items": page["nodes"],
        "next": cursor,
    }


def _show(output: Output, found: Answer, page: Answer, *, down: bool) -> None:
    total, title = page["total"], f"{titled(found['title'])} ({found['code']})"
    if not total["count"]:
        nothing = say(f"{title} needs nothing", f"{title} 不依赖任何资源")
        if not down:
            nothing = say(f"Nothing depends on {title}", f"没有资源依赖 {title}")
        output.line(nothing + say(" that you may see.", "（就您可见范围而言）。"))
        return
    count, one = total["count"], total["count"] == 1
    heading = say(f"{title} needs {count} {'resource' if one else 'resources'}", f"{title} 需要 {count} 项资源")
    if not down:
        depend = "resource depends" if one else "resources depend"
        heading = say(f"{count} {depend} on {title}", f"{count} 项资源依赖 {title}")
    output.show(Text(heading, "bold"))
    for level in page["levels"]:
        output.line(_level(level))
    output.line(say("  owners: ", "  所属机构：") + _owners(total))
    output.line(say("  states: ", "  状态：") + _counts(Availability, page["states"]))
    if page["uses"]:
        output.line(say("  you: ", "  您：") + _counts(Use, page["uses"]))
    if page["nodes"]:
        titles, rows = _titles(down=down), _rows(found, page["nodes"], down=down)
        # Where there is little room, titles and codes that can be read are worth more than what was summed up.
        kept = [at for at in range(len(titles)) if not (output.is_narrow and at in SUMMED_UP)]
        shown = table([titles[at] for at in kept], [[row[at] for at in kept] for row in rows])
        # The codes by which something is reached stand in the list, too: where there is room, they are kept whole.
        shown.columns[kept.index(VIA)].no_wrap = not output.is_narrow
        output.show(Text(""), shown)


def _level(level: Answer) -> str:
    count, kinds = level["count"], _counts(ResourceKind, level["kinds"])
    steps = f"{level['depth']} step" if level["depth"] == 1 else f"{level['depth']} steps"
    return say(f"  in {steps}: {count} ({kinds})", f"  第 {level['depth']} 步：{count} 项（{kinds}）")


def _titles(*, down: bool) -> list[str]:
    last = [say("YOU", "您")] if down else []
    return [
        *(say("STEP", "步"), say("TITLE", "标题"), say("CODE", "代码"), say("KIND", "类别")),
        *(say("OWNER", "所属机构"), say("STATE", "状态"), say("VIA", "经由"), *last),
    ]


def _rows(found: Answer, nodes: Sequence[Answer], *, down: bool) -> list[list[str]]:
    codes = {found["id"]: found["code"]} | {node["resource"]["id"]: node["resource"]["code"] for node in nodes}
    return [_cells(node, codes, down=down) for node in nodes]


def _cells(node: Answer, codes: Mapping[str, str], *, down: bool) -> list[str]:
    shown = node["resource"]
    return [
        str(node["depth"]),
        titled(shown["title"]),
        shown["code"],
        term(ResourceKind, shown["kind"]),
        titled(shown["owner"]["title"]),
        term(Availability, shown["availability"]),
        codes.get(node["via"], node["via"]),
        *([term(Use, node["use"])] if down else []),
    ]


def _counts(vocabulary: type[Term], counts: Sequence[Answer]) -> str:
    return " · ".join(f"{term(vocabulary, item['value'])} {item['count']}" for item in counts)


def _owners(total: Answer) -> str:
    shown = [f"{titled(item['owner']['title'])} {item['count']}" for item in total["owners"][:OWNERS_SHOWN]]
    others = total["owner_count"] - len(shown)
    more = [say(f"{others} others", f"另有 {others} 个")] if others > 0 else []
    return " · ".join([*shown, *more])


def _warn(output: Output, *, truncated: bool) -> None:
    if truncated:
        output.note(
            say(
                "The walk ended at its bound: there may be more than was counted. Take fewer steps.",
                "遍历已达上限，实际数量可能更多；请减少步数。",
            )
        )
