"""`ucs scenario`: business scenes that are composed of resources, what they are made of, and whether all of that works."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from ucs_core.cli.card import card
from ucs_core.cli.catalogue import LISTED, RESOURCE, find_resource, from_wire, state_of, term, titled, to_wire
from ucs_core.cli.client import Answer, Client, client_verb, new_request_id
from ucs_core.cli.directory import page_options
from ucs_core.cli.documents import read_values
from ucs_core.cli.drawing import table
from ucs_core.cli.groups import run_group
from ucs_core.cli.output import Output
from ucs_core.cli.search import ORDERS
from ucs_core.cli.verb import Verb, choice, flag, one_of, option, word
from ucs_registry.queries import PAGE_MOST
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import Availability, DependencyRelation, PartTrouble, ResourceKind, ScenarioHealth

FIELDS = ("code", "owner", "content")
"""What a file states of a new scenario."""

_PARTS = "id relation version role required code kind type title { zh en } availability trouble"
_SCENARIO = f"parts {{ {_PARTS} }} health reasons {{ trouble resource required }}"
_BRIEF = "parts { id required trouble } health"
_PAGE = f"""query($filter: ResourceFilter, $search: String, $order: ResourceOrder!, $first: Int!, $after: String) {{
  scenarios(filter: $filter, search: $search, orderBy: $order, first: $first, after: $after) {{
    totalCount nodes {{ resource {{ {LISTED} }} {_BRIEF} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
_SHOW = f"query($id: ID!) {{ scenario(id: $id) {{ resource {{ {RESOURCE} }} {_SCENARIO} }} }}"
_CREATE = (
    "mutation($input: CreateScenarioInput!, $requestId: String!, $validateOnly: Boolean!) { "
    "done: createScenario(input: $input, requestId: $requestId, validateOnly: $validateOnly) "
    f"{{ resource {{ {RESOURCE} }} {_SCENARIO} }} }}"
)


def scenario(args: Sequence[str]) -> int:
    """`ucs scenario VERB`."""
    return run_group("ucs scenario", {"list": _list_verb, "show": _show_verb, "create": _create_verb}, args)


def _list_verb() -> Verb:
    owner = say("an organisation and all below it, such as 370202", "机构及其所有下级，如 370202")
    return client_verb(
        "list",
        _list,
        [
            word("words", say("words that must all occur", "检索词，须全部命中"), required=False, many=True),
            option("--owner", owner, metavar="ID"),
            one_of("--state", say("availability", "可用状态"), Availability),
            option("--tag", say("a whole tag", "完整标签"), metavar="TAG"),
            choice("--order", say("order", "排序"), ORDERS, default=ORDERS[0]),
            *page_options(),
        ],
        summary=say(
            "List the scenarios that you may see, each with its health.", "列出您有权查看的业务场景及其健康状况。"
        ),
        examples=["ucs scenario list 积水", "ucs scenario list --owner 3702 --order title_zh"],
    )


def _list(
    output: Output,
    client: Client,
    words: tuple[str, ...],
    order: str,
    first: int,
    after: str | None,
    all: bool,
    **stated: str | None,
) -> int:
    filter = {"ownerSubtree": stated["owner"], "availability": stated["state"], "tag": stated["tag"]}
    asked = {"search": " ".join(words) or None, "filter": filter, "order": order}
    if all:
        for page in _pages(client, asked, after):
            for node in page["nodes"]:
                output.record(node)
                output.line("\t".join(_cells(node)))
        return Exit.OK
    page = from_wire(client.ask(_PAGE, **asked, first=first, after=after)["scenarios"])
    cursor = page["page_info"]["end_cursor"] if page["page_info"]["has_next_page"] else None
    output.document({"total": page["total_count"], "items": page["nodes"], "next": cursor})
    if page["nodes"]:
        titles = (say("TITLE", "标题"), say("CODE", "代码"), say("OWNER", "所属机构"), say("STATE", "状态"))
        more = (say("HEALTH", "健康状况"), say("PARTS", "组成"))
        output.show(table([*titles, *more], [_cells(node) for node in page["nodes"]]))
    total, shown = page["total_count"], len(page["nodes"])
    output.line(
        say(f"{shown} of {total} scenarios", f"共 {total} 个场景，显示 {shown} 个")
        if total
        else say("No scenario that you may see matches.", "没有您有权查看的匹配场景。")
    )
    output.more(cursor)
    return Exit.OK


def _pages(client: Client, asked: Mapping[str, Any], after: str | None) -> Iterator[Answer]:
    while True:
        page = from_wire(client.ask(_PAGE, **asked, first=PAGE_MOST, after=after)["scenarios"])
        yield page
        if not page["page_info"]["has_next_page"]:
            return
        after = page["page_info"]["end_cursor"]


def _cells(node: Answer) -> list[str]:
    shown = node["resource"]
    return [
        titled(shown["title"]),
        shown["code"],
        titled(shown["owner"]["title"]),
        term(Availability, shown["availability"]),
        term(ScenarioHealth, node["health"]),
        str(len(node["parts"])),
    ]


def _show_verb() -> Verb:
    return client_verb(
        "show",
        _show,
        [word("scenario", say("a code, or resources/ULID", "资源代码或 resources/ULID"))],
        summary=say(
            "Show a scenario: its card, what it is composed of, and why it is not healthy when it is not.",
            "查看一个业务场景：其卡片、组成部分，以及不健康的原因。",
        ),
        examples=["ucs scenario show QD-3702-APP-0012", "ucs scenario show QD-3702-APP-0012 --json"],
    )


def _show(output: Output, client: Client, scenario: str) -> int:
    found = find_resource(client, scenario)
    shown = from_wire(client.ask(_SHOW, id=found["id"])["scenario"])
    output.document(shown)
    # The parts stand below, with more than the card tells of them.
    output.show(*card(found | {"dependencies": []}), Text(""))
    _show_parts(output, shown)
    return Exit.OK


def _show_parts(output: Output, shown: Answer) -> None:
    health, parts = term(ScenarioHealth, shown["health"]), shown["parts"]
    output.show(Text(say(f"Health: {health}", f"健康状况：{health}"), "bold"))
    for reason in shown["reasons"]:
        output.line(f"  {_reason(reason, parts)}")
    if parts:
        titles = (say("PART", "组成部分"), say("CODE", "代码"), say("KIND", "类别"), say("RELATION", "关系"))
        more = (say("ROLE", "作用"), say("NEEDED", "必需"), say("STATE", "状态"))
        output.show(Text(""), table([*titles, *more], [_part(part) for part in parts]))
    else:
        output.line(say("It has no parts that you may see.", "没有您可见的组成部分。"))


def _reason(reason: Answer, parts: Sequence[Answer]) -> str:
    trouble = term(PartTrouble, reason["trouble"])
    if reason["resource"] is None:
        return say(
            "It rests on something that is gone or that you may not see, so nobody can tell you more.",
            "它依赖已不存在或您无权查看的资源，因此无法判断。",
        )
    part = next(part for part in parts if part["id"] == reason["resource"])
    needed = say("required", "必需") if reason["required"] else say("not required", "非必需")
    return f"{part['code']} {titled(part['title'])}: {trouble} ({needed})"


def _part(part: Answer) -> list[str]:
    version = f" @{part['version']}" if part["version"] else ""
    state = term(Availability, part["availability"])
    if part["trouble"] == PartTrouble.DEPRECATED:
        state = f"{state} · {term(PartTrouble, part['trouble'])}"
    return [
        titled(part["title"]),
        part["code"],
        term(ResourceKind, part["kind"]),
        term(DependencyRelation, part["relation"]) + version,
        part["role"] or "",
        say("yes", "是") if part["required"] else say("no", "否"),
        state,
    ]


def _create_verb() -> Verb:
    told = say("a YAML file with one scenario; - is standard input", "含一个场景的 YAML 文件；- 表示标准输入")
    return client_verb(
        "create",
        _create,
        [word("file", told), flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改"))],
        summary=say(
            "Enter a scenario from a file that states code, owner and content; its dependencies are its parts, each with "
            "its role and whether it is required. It is a draft until it is submitted and approved.",
            "按文件新建业务场景：文件给出 code、owner 和 content，其 dependencies 即组成部分，可注明作用（role）与是否必需"
            "（required）。新场景为草稿，须提交并通过审核。",
        ),
        examples=["ucs scenario create examples/06-waterlogging-scenario.yaml --dry-run"],
    )


def _create(output: Output, client: Client, file: str, dry_run: bool) -> int:
    stated = _stated(file)
    content = {name: value for name, value in stated["content"].items() if value is not None}
    links = content.get("dependencies")
    if isinstance(links, list):
        content["dependencies"] = [_with_name(client, link) for link in links]
    given = {"code": stated["code"], "owner": stated["owner"], "content": to_wire(content)}
    answer = client.ask(_CREATE, input=given, requestId=new_request_id(), validateOnly=dry_run)
    made = from_wire(answer["done"])
    output.document({"dry_run": dry_run, **made})
    code = made["resource"]["code"]
    if dry_run:
        output.line(say(f"{code} would be created. Nothing was changed.", f"{code} 将被创建，未作任何更改。"))
        return Exit.OK
    output.line(
        say(f"Done: {code} is {state_of(made['resource'])}.", f"完成：{code} 现为 {state_of(made['resource'])}。")
    )
    _show_parts(output, made)
    output.note(say(f"`ucs submit {code}` hands it to the reviewers.", f"可用 `ucs submit {code}` 提交审核。"))
    return Exit.OK


def _stated(file: str) -> Answer:
    """The scenario that a file states. Raises Invalid for the first mistake."""
    values = read_values(file)
    if len(values) != 1:
        raise _malformed(file, 2, "", say("a file states one scenario", "一个文件只能描述一个场景"))
    value = values[0] if isinstance(values[0], dict) else {}
    for name in value:
        # A file for `ucs apply` states these two, and they are what a scenario has anyway.
        if name not in FIELDS and (name, value[name]) not in (("kind", "application"), ("type", "scenario")):
            raise _malformed(file, 1, str(name), _unfit(str(name)))
    for name in FIELDS:
        if name not in value:
            raise _malformed(file, 1, name, say(f"{name} is required", f"缺少 {name}"))
    if not isinstance(value["content"], dict):
        raise _malformed(file, 1, "content", say("content must hold fields", "content 必须包含字段"))
    return {"code": str(value["code"]), "owner": str(value["owner"]), "content": value["content"]}


def _unfit(name: str) -> str:
    if name not in ("kind", "type"):
        return say(f"{name} is not a field here", f"此处没有字段 {name}")
    return say(
        "a scenario is of the kind application and the type scenario; `ucs apply` enters other resources",
        "业务场景的 kind 为 application、type 为 scenario；其他资源请用 `ucs apply`",
    )


def _malformed(file: str, number: int, path: str, problem: str) -> Invalid:
    near = [] if path in FIELDS else difflib.get_close_matches(path, FIELDS, n=1)
    return Invalid("FILE_MALFORMED", file=file, number=number, problem=problem, path=path, near=near)


def _with_name(client: Client, link: object) -> object:
    """A part with the code of its target replaced by the name; people know resources by their codes."""
    target = link.get("target") if isinstance(link, dict) else None
    if not isinstance(link, dict) or not isinstance(target, str):
        return link
    return {**link, "target": find_resource(client, target)["id"]}
