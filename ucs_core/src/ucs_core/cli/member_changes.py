"""The verbs of `ucs member` that change a set: import members from a file, and remove them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Container, Iterator
from pathlib import Path

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ucs_core.cli.catalogue import find_resource
from ucs_core.cli.client import Client, client_verb, new_request_id
from ucs_core.cli.member_file import Chunk, chunks_of
from ucs_core.cli.output import Output, error_text
from ucs_core.cli.reach import find_platform, find_stream, reach_options
from ucs_core.cli.verb import Misused, Verb, flag, option, word
from ucs_core.grpc.client import import_members
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import FailedPrecondition, UcsError
from ucs_sdk.messages import Locale
from ucs_sdk.wording import IMPORT_ENDED

CODES_MOST = 1_000
"""How many members one call removes."""

_REMOVE = (
    "mutation($resource: ID!, $codes: [String!]!, $requestId: String!, $validateOnly: Boolean!) { "
    "done: removeMembers(resource: $resource, codes: $codes, requestId: $requestId, validateOnly: $validateOnly) "
    "{ count total } }"
)
UNFIT_MOST = 20
"""How many mistakes a check tells at most before it ends."""

_AMONG = re.compile(r"\bmembers\[(\d+)\](?:\.\w+)?")
_PLACE = re.compile(r"chunks\[(\d+)\](?:\.members\[(\d+)\])?\.?(.*)\Z", re.DOTALL)


def _resource() -> click.Argument:
    return word("resource", say("the resource: a code, or resources/ULID", "所属资源：代码或 resources/ULID"))


def _dry_run() -> click.Option:
    return flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改"))


def import_verb() -> Verb:
    """`ucs member import`."""
    grpc = say("where gRPC answers; else UCS_GRPC, else the demo's", "gRPC 地址；默认取 UCS_GRPC 或演示平台")
    return Verb(
        "import",
        _import,
        [
            _resource(),
            word("file", say("NDJSON, or CSV by its ending", "NDJSON 文件；以 .csv 结尾则按 CSV 读取")),
            _dry_run(),
            option("--grpc", grpc, metavar="ADDRESS"),
            *reach_options(),
        ],
        summary=say(
            "Enter or replace members from a file, 5,000 in a transaction. A line that is refused ends the import; what "
            "stands before its chunk stays, and importing the whole file again is harmless. --dry-run tells up to 20 lines "
            "that are not fit.",
            "从文件登记或替换成员，每 5000 个为一个事务。遇到被拒绝的行即中止，此前各批已生效；重新导入整个文件不会产生副作用。"
            "--dry-run 可一次列出至多 20 行错误。",
        ),
        examples=[
            "ucs member import QD-3702-INF-0005 channels.ndjson",
            "ucs member import QD-3702-INF-0005 channels.csv --dry-run --as publisher",
        ],
    )


def _import(
    output: Output,
    resource: str,
    file: str,
    dry_run: bool,
    grpc: str | None,
    http: str | None,
    token: str | None,
    persona: str | None,
) -> int:
    path = Path(file)
    if not path.is_file():
        raise Misused(say(f"There is no file {file}.", f"没有文件 {file}。"))
    reach = find_platform(http, token, persona)
    stream = find_stream(grpc, token, persona)
    if reach.token and not stream.token:
        raise FailedPrecondition("TOKEN_ELSEWHERE", known=reach.place, address=stream.place)
    with Client(reach) as client:
        found = find_resource(client, resource)
    parent, unfit = found["id"], set[int]()
    while True:
        try:
            count = asyncio.run(_send(output, path, stream.place, stream.token or "", parent, unfit, dry_run=dry_run))
            break
        except UcsError as refusal:
            _name_by_code(refusal, parent, found["code"])
            line = refusal.fields.get("line")
            if not dry_run or not isinstance(line, int) or len(unfit) == UNFIT_MOST - 1:
                raise
            # Nothing was entered: without the line, the next mistake shows itself.
            output.note(error_text(refusal))
            unfit.add(line)
    output.document({"resource": parent, "count": count, "dry_run": dry_run, "unfit_lines": sorted(unfit)})
    if dry_run and unfit:
        output.line(
            say(
                f"{len(unfit)} lines are not fit, {count} are; nothing was changed.",
                f"{len(unfit)} 行有误，{count} 个成员校验通过，未作更改。",
            )
        )
        return Exit.REFUSED
    if dry_run:
        output.line(
            say(f"{count} members are fit to be entered; nothing was changed.", f"{count} 个成员校验通过，未作更改。")
        )
    else:
        output.line(say(f"{count} members entered or replaced.", f"已登记或替换 {count} 个成员。"))
    return Exit.OK


async def _send(
    output: Output, path: Path, address: str, token: str, parent: str, unfit: Container[int], *, dry_run: bool
) -> int:
    sent: dict[int, list[int]] = {}
    count = 0
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} {task.description}"), TimeElapsedColumn())
    console = output.console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(say("members", "个成员"), total=None)
        chunks = _noted((_without(chunk, unfit) for chunk in chunks_of(path)), sent)
        try:
            async for told in import_members(address, token, parent, chunks, validate_only=dry_run):
                count += told
                progress.update(task, completed=count)
        except UcsError as refusal:
            raise _placed(refusal, path, sent, dry_run=dry_run) from refusal
    if not sent:
        raise Misused(say(f"{path} holds no members.", f"{path} 中没有成员。"))
    return count


def _without(chunk: Chunk, unfit: Container[int]) -> Chunk:
    kept = [at for at, place in enumerate(chunk.places) if place not in unfit]
    if len(kept) == len(chunk.places):
        return chunk
    lines = chunk.ndjson.splitlines(keepends=True)
    return Chunk(b"".join(lines[at] for at in kept), [chunk.places[at] for at in kept])


def _noted(chunks: Iterator[Chunk], sent: dict[int, list[int]]) -> Iterator[bytes]:
    """The chunks as they are sent; of the last few it is kept where their lines stood."""
    for at, chunk in enumerate(chunks):
        sent[at] = chunk.places
        # The platform answers for a chunk while a few others are on their way.
        sent.pop(at - _ON_THEIR_WAY, None)
        yield chunk.ndjson


_ON_THEIR_WAY = 256


def _placed(refusal: UcsError, path: Path, sent: dict[int, list[int]], *, dry_run: bool) -> UcsError:
    """A refusal with the line of the file in place of the place in the stream."""
    place = _PLACE.match(str(refusal.fields.get("path", "")))
    if place is None or int(place[1]) not in sent:
        return refusal
    lines, found = sent[int(place[1])], {}
    if place[2] is None or int(place[2]) >= len(lines):
        where = say(f"{path}, lines {lines[0]} to {lines[-1]}", f"{path} 第 {lines[0]} 至 {lines[-1]} 行")
    else:
        line = found["line"] = lines[int(place[2])]
        where = say(f"{path}, line {line}", f"{path} 第 {line} 行")
    if place[3]:
        where += say(f", {place[3]}", f" {place[3]}")
    fields = {**refusal.fields, "path": where, **found}
    placed = type(refusal)(refusal.reason, retry_after=refusal.retry_after, **fields)

    # The platform has worded it already, in both languages.
    def told(locale: Locale, text: str) -> str:
        text = _AMONG.sub(lambda other: _line_of(other, lines), text.replace(place[0], where))
        ended = {Locale.EN: IMPORT_ENDED.en, Locale.ZH: IMPORT_ENDED.zh}[locale]
        # Nothing stays of what was only checked.
        return text.removesuffix(ended.format(path=where, committed=fields.get("committed"))) if dry_run else text

    placed.said = {locale: told(locale, text) for locale, text in refusal.said.items()}
    return placed


def _line_of(found: re.Match[str], lines: list[int]) -> str:
    at = int(found[1])
    return say(f"line {lines[at]}", f"第 {lines[at]} 行") if at < len(lines) else found[0]


def _name_by_code(refusal: UcsError, parent: str, code: str) -> None:
    refusal.said = {locale: text.replace(parent, code) for locale, text in refusal.said.items()}


def remove_verb() -> Verb:
    """`ucs member remove`."""
    return client_verb(
        "remove",
        _remove,
        [_resource(), word("codes", say("the members' codes", "成员代码"), many=True), _dry_run()],
        summary=say(
            "Remove members of a resource by their codes, all of them or none.",
            "按代码移除成员，全部生效或全不生效。",
        ),
        examples=["ucs member remove QD-3702-INF-0005 37020200001320000001 37020200001320000002"],
    )


def _remove(output: Output, client: Client, resource: str, codes: tuple[str, ...], dry_run: bool) -> int:
    parent = find_resource(client, resource)["id"]
    answer = client.ask(_REMOVE, resource=parent, codes=list(codes), requestId=new_request_id(), validateOnly=dry_run)[
        "done"
    ]
    output.document({"resource": parent, "count": answer["count"], "total": answer["total"], "dry_run": dry_run})
    count, total = answer["count"], answer["total"]
    if dry_run:
        output.line(
            say(f"{count} members would be removed; nothing was changed.", f"将移除 {count} 个成员，未作更改。")
        )
    else:
        output.line(say(f"{count} members removed; {total} are left.", f"已移除 {count} 个成员，剩余 {total} 个。"))
    return Exit.OK
