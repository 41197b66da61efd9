"""`ucs bin`, `ucs undelete` and `ucs purge`: what was deleted, taking it back, and removing it for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click
from rich.table import Table
from rich.text import Text

from ucs_core.cli.asking import confirmed
from ucs_core.cli.catalogue import LISTED, from_wire, is_name, state_of, titled
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.output import Output
from ucs_core.cli.shelf import changed
from ucs_core.cli.verb import Misused, flag, number, option, run, word
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import NotFound

PAGE_DEFAULT, PAGE_MOST = 20, 200

_PAGE = f"""query($first: Int!, $after: String) {{
  deletedResources(first: $first, after: $after) {{
    nodes {{ {LISTED} deletedAt purgeAt deletedBy }} pageInfo {{ hasNextPage endCursor }}
  }}
}}"""

_WHEN = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*")


def bin(args: Sequence[str]) -> int:
    """`ucs bin`."""
    verb = client_verb(
        "bin",
        _bin,
        [
            number("--first", say("how many", "条数"), least=1, most=PAGE_MOST, default=PAGE_DEFAULT),
            option("--after", say("go on behind this cursor", "从该游标之后继续"), metavar="CURSOR"),
        ],
        summary=say(
            "List what was deleted and you could take back, the last deleted first.",
            "列出您可恢复的已删除资源，最近删除的在前。",
        ),
        examples=["ucs bin", "ucs bin --json"],
    )
    return run(verb, args)


def undelete(args: Sequence[str]) -> int:
    """`ucs undelete`."""
    summary = say("Take a resource back out of the bin, as it was.", "从回收站恢复资源。")
    verb = client_verb("undelete", _undelete, _words(), summary=summary, examples=["ucs undelete QD-3702-DAT-9001"])
    return run(verb, args)


def purge(args: Sequence[str]) -> int:
    """`ucs purge`."""
    summary = say(
        "Remove a resource from the bin for ever, with its members and the grants on it.",
        "从回收站彻底删除资源及其成员与授权，不可恢复。",
    )
    params = [*_words(), flag("--yes", say("do not ask: do it", "不再询问，直接执行"))]
    verb = client_verb("purge", _purge, params, summary=summary, examples=["ucs purge QD-3702-DAT-9001"])
    return run(verb, args)


def _words() -> list[click.Parameter]:
    return [
        word("resource", say("a code, or resources/ULID", "资源代码或 resources/ULID")),
        flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
    ]


def _bin(output: Output, client: Client, first: int, after: str | None) -> int:
    page = client.ask(_PAGE, first=first, after=after)["deletedResources"]
    nodes = [from_wire(node) for node in page["nodes"]]
    cursor = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    output.document({"items": nodes, "next": cursor})
    if nodes:
        output.show(_table(nodes))
    else:
        output.line(say("There is nothing in the bin that you could take back.", "回收站中没有您可恢复的资源。"))
    output.more(cursor, all=False)
    return Exit.OK


def _table(nodes: Sequence[Answer]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(say("TITLE", "标题"), overflow="fold")
    table.add_column(say("CODE", "代码"), no_wrap=True)
    table.add_column(say("OWNER", "所属机构"), overflow="fold")
    table.add_column(say("DELETED", "删除时间"), no_wrap=True)
    table.add_column(say("BY", "删除人"), overflow="fold")
    table.add_column(say("GONE AFTER", "彻底删除"), no_wrap=True)
    for node in nodes:
        table.add_row(
            *map(
                Text,
                (
                    titled(node["title"]),
                    node["code"],
                    titled(node["owner"]["title"]),
                    _WHEN.sub(r"\1 \2", node["deleted_at"]),
                    node["deleted_by"].removeprefix("principals/"),
                    node["purge_at"][:10],
                ),
            )
        )
    return table


def _undelete(output: Output, client: Client, resource: str, dry_run: bool) -> int:
    found = _find(client, resource)
    after = changed(client, "undeleteResource", found["id"], None, dry_run=dry_run)
    output.document({"verb": "undelete", "dry_run": dry_run, "id": after["id"], "code": after["code"]})
    if dry_run:
        output.line(say("Would pass. Nothing was changed.", "校验通过。未作任何更改。"))
    else:
        code, state = after["code"], state_of(after)
        output.line(say(f"Done: {code} is back: {state}.", f"完成：{code} 已恢复，现为 {state}。"))
    return Exit.OK


def _purge(output: Output, client: Client, resource: str, dry_run: bool, yes: bool) -> int:
    found = _find(client, resource)
    code = found["code"] or found["id"]
    output.line(f"purge: {code} {titled(found['title']) if found['title'] else ''}".rstrip())
    if not (dry_run or yes):
        otherwise = say(
            "It cannot be taken back, and nobody can be asked here: give --yes.",
            "此操作不可撤销，且此处无法询问确认：请使用 --yes。",
        )
        if not confirmed(output, say("Remove it for ever?", "确认彻底删除？此操作不可撤销。"), otherwise):
            return Exit.REFUSED
    after = changed(client, "purgeResource", found["id"], None, dry_run=dry_run)
    output.document({"verb": "purge", "dry_run": dry_run, "id": after["id"], "code": after["code"]})
    if dry_run:
        output.line(say("Would pass. Nothing was changed.", "校验通过。未作任何更改。"))
    else:
        output.line(say(f"Done: {after['code']} is gone for ever.", f"完成：{after['code']} 已彻底删除。"))
    return Exit.OK


def _find(client: Client, reference: str) -> Answer:
    """What is in the bin under a name or a code. A name may be of something that is not listed for the caller: the platform
    says why not. Raises NotFound for a code that is not there, and Misused for the name of something else.
    """
    if is_name(reference):
        id = reference if reference.startswith("resources/") else f"resources/{reference.upper()}"
        return next((item for item in _all(client) if item["id"] == id), {"id": id, "code": None, "title": None})
    if "/" in reference and reference.split("/", maxsplit=1)[0] in ("resources", "organizations", "principals"):
        raise Misused(
            say(
                f"{reference} is not a resource. Give a code or resources/ULID, as `ucs bin` shows them.",
                f"{reference} 不是资源。请给出代码或 resources/ULID，可用 `ucs bin` 查看。",
            )
        )
    for item in _all(client):
        if item["code"] == reference:
            return item
    raise NotFound("NOT_IN_BIN", object=reference[:80])


def _all(client: Client) -> Iterator[Answer]:
    after = None
    while True:
        page = client.ask(_PAGE, first=PAGE_MOST, after=after)["deletedResources"]
        yield from map(from_wire, page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]
