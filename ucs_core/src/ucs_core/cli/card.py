"""`ucs get`: show one resource, or its latest revision, as a card, as JSON, or as a file that `ucs apply` takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import yaml
from rich.table import Table
from rich.text import Text

from ucs_core.cli.catalogue import content_of, find_resource, state_of, term, titled
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.output import Output
from ucs_core.cli.verb import flag, run, word
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import Denied
from ucs_sdk.vocabulary import (
    DataLevel,
    DependencyRelation,
    OpenType,
    ResourceKind,
    ReviewState,
    ShareType,
    UpdateCycle,
)


def get(args: Sequence[str]) -> int:
    """`ucs get`."""
    as_file = say("print a file for `ucs apply`, with the latest revision", "输出可供 `ucs apply` 使用的最新版本文件")
    verb = client_verb(
        "get",
        _get,
        [
            word("resource", say("a code, resources/ULID, or a bare ULID", "资源代码、resources/ULID 或 ULID")),
            flag(
                "--head",
                say(
                    "the latest revision instead, approved or not, and the etag that names this state",
                    "改为查看最新版本（无论是否已通过）及标识当前状态的版本标记",
                ),
            ),
            flag("--yaml", as_file, name="as_file"),
        ],
        summary=say(
            "Show one resource: the approved revision that is served or, with --head, the latest one, for those who work "
            "on it.",
            "查看一项资源：默认为已通过的现行版本；加 --head 查看最新版本（限维护人员）。",
        ),
        examples=[
            "ucs get QD-3702-DAT-9001",
            "ucs get QD-3702-DAT-9001 --head --as reviewer",
            "ucs get QD-3702-DAT-9001 --yaml > resource.yaml",
        ],
    )
    return run(verb, args)


def _get(output: Output, client: Client, resource: str, head: bool, as_file: bool) -> int:
    found = find_resource(client, resource)
    if head and found["head"] is None:
        raise Denied("HEAD_HIDDEN", object=found["code"])
    output.document(found)
    if as_file:
        output.line(_as_file(found).rstrip("\n"))
    else:
        output.show(*(head_card(found) if head else card(found)))
    return Exit.OK


def _as_file(found: Answer) -> str:
    holder = found["head"]["content"] if found["head"] else found
    content = {name: value for name, value in content_of(holder).items() if value not in (None, [], {}, False)}
    stated = {
        "code": found["code"],
        "kind": found["kind"],
        "type": found["type"],
        "owner": found["owner"]["id"].removeprefix("organizations/"),
        "content": content,
    }
    text: str = yaml.safe_dump(stated, allow_unicode=True, sort_keys=False, width=100)
    return text


def head_card(found: Answer) -> list[Text | Table]:
    """The latest revision of a resource for people, with who wrote and judged it; the caller is shown that revision."""
    return card(found | found["head"]["content"], review=_review(found["head"]))


def card(found: Answer, review: Sequence[tuple[str, str]] = ()) -> list[Text | Table]:
    """A resource for people: its titles, then what is known of it, line by line."""
    heading = Text(titled(found["title"]), "bold")
    other = say(found["title"]["zh"], found["title"]["en"])
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True, style="dim")
    rows.add_column(overflow="fold")
    for label, value in _lines(found, review or _rejection(found["head"])):
        if value:
            rows.add_row(Text(label), Text(value))
    return [heading, Text(other, "dim"), Text(titled(found["summary"])), Text(""), rows]


def _review(head: Answer) -> list[tuple[str, str]]:
    return [
        (say("revision", "版本"), str(head["number"])),
        (say("authors", "编写人"), ", ".join(head["authors"])),
        (say("submitter", "提交人"), _by(head["submitter"], head["submitted_at"])),
        (say("reviewer", "审核人"), _by(head["reviewer"], head["reviewed_at"])),
        (say("rejected for", "驳回理由"), head["reason"] or ""),
    ]


def _rejection(head: Answer | None) -> list[tuple[str, str]]:
    """Why the latest revision was sent back, for those who are shown it."""
    return _review(head)[-2:] if head and head["state"] == ReviewState.REJECTED else []


def _by(who: str | None, at: str | None) -> str:
    return f"{who}, {at}" if who else ""


def _lines(found: Answer, review: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield say("code", "代码"), found["code"]
    yield say("name", "名称"), found["id"]
    yield say("kind", "类别"), f"{term(ResourceKind, found['kind'])} · {found['type']}"
    yield say("owner", "所属机构"), f"{titled(found['owner']['title'])} ({found['owner']['id']})"
    yield say("state", "状态"), state_of(found)
    yield say("because", "原因"), found["availability_reason"] or ""
    yield say("deprecated", "弃用"), announced(found["deprecation"])
    yield from review
    yield (
        say("shared", "共享"),
        _with(term(ShareType, found["share_type"]), found["share_condition"], found["denial_basis"]),
    )
    yield say("open", "开放"), _with(term(OpenType, found["open_type"]), found["open_condition"])
    yield say("data level", "数据分级"), f"{found['data_level'].upper()} {term(DataLevel, found['data_level'])}"
    yield say("renewed", "更新周期"), term(UpdateCycle, found["update_cycle"])
    yield say("changed", "更新时间"), found["updated_at"]
    yield say("members", "成员数"), str(found["member_count"] or "")
    yield say("tags", "标签"), " ".join(found["tags"])
    yield say("region", "行政区划"), found["region_code"] or ""
    yield say("location", "位置"), _place(found["location"])
    yield say("covers", "覆盖范围"), _shape(found["footprint"])
    yield say("about", "内容时间"), _window(found["temporal"])
    yield say("contact", "联系方式"), found["contact"] or ""
    yield say("source", "来源"), _source(found)
    yield from _ends(say("needs", "依赖"), found["dependencies"])
    yield from _notices(found)
    yield from _ends(say("needed by", "被依赖"), found["dependants"])
    yield say("etag", "版本标记"), found["etag"] or ""
    if found["spec"]:
        text: str = yaml.safe_dump(found["spec"], allow_unicode=True, sort_keys=False, width=100)
        yield say("spec", "规格"), text.rstrip("\n")
    if not found["readable"]:
        hidden = say("spec and contact: `ucs why read …` tells why", "规格与联系方式；用 `ucs why read …` 查看原因")
        yield say("hidden", "未显示"), hidden


def announced(deprecation: Answer | None) -> str:
    """What is announced with a deprecation; nothing where there is none."""
    if not deprecation:
        return ""
    parts = [say(f"from {deprecation['effective_on']} on", f"自 {deprecation['effective_on']} 起")]
    if gone := deprecation["removal_on"]:
        parts.append(say(f"to go on {gone}", f"计划于 {gone} 移除"))
    if other := deprecation["alternative"]:
        named = f"{other['code']} {titled(other['title'])}"
        parts.append(say(f"use {named} instead", f"请改用 {named}"))
    return say("; ", "；").join(filter(None, [*parts, deprecation["note"]]))


def _notices(found: Answer) -> Iterator[tuple[str, str]]:
    """What it needs and is deprecated."""
    holders = [found, *([found["head"]["content"]] if found["head"] else [])]
    ends = {end["resource"]["id"]: end["resource"] for holder in holders for end in holder["dependencies"]}
    for notice in found["notices"]:
        end = ends.get(notice["target"])
        named = f"{end['code']} {titled(end['title'])}" if end else notice["target"]
        yield say("! deprecated", "！已弃用"), f"{named}{say(': ', '：')}{announced(notice['deprecation'])}"


def _with(title: str, *reasons: str | None) -> str:
    return say("; ", "；").join([title, *filter(None, reasons)])


def _place(location: Answer | None) -> str:
    return f"{location['longitude']}, {location['latitude']} (WGS-84)" if location else ""


def _shape(footprint: Answer | None) -> str:
    if not footprint:
        return ""
    parts = [footprint["coordinates"]] if footprint["type"] == "Polygon" else footprint["coordinates"]
    vertices = sum(len(ring) - 1 for part in parts for ring in part)
    return say(
        f"{footprint['type']} of {vertices} vertices (WGS-84)", f"{footprint['type']}，{vertices} 个顶点（WGS-84）"
    )


def _window(window: Answer | None) -> str:
    if not window:
        return ""
    start, end = window["start"], window["end"]
    if start and end:
        return say(f"{start} to {end}", f"{start} 至 {end}")
    return say(f"from {start} on", f"{start} 起") if start else say(f"until {end}", f"至 {end}")


def _source(found: Answer) -> str:
    made_up = say("generated data (synthetic)", "生成数据（synthetic）") if found["synthetic"] else ""
    return say("; ", "；").join(filter(None, [found["source"], made_up]))


def _ends(label: str, ends: Sequence[Answer]) -> Iterator[tuple[str, str]]:
    for end in ends:
        yield (
            label,
            f"{end['resource']['code']} {titled(end['resource']['title'])} ({term(DependencyRelation, end['relation'])})",
        )
