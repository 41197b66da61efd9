"""`ucs type`: the types of resources, looked at, compared with a file, and entered from one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from ucs_core.cli.catalogue import from_wire, term, titled
from ucs_core.cli.client import Answer, Client, client_verb, new_request_id
from ucs_core.cli.directory import codes_of
from ucs_core.cli.drawing import table
from ucs_core.cli.groups import run_group
from ucs_core.cli.output import Answered, Output
from ucs_core.cli.stated_file import one_of_file
from ucs_core.cli.verb import Verb, flag, number, one_of, option, word
from ucs_sdk.commands import Exit, say, spoken_locale
from ucs_sdk.errors import Code
from ucs_sdk.vocabulary import BreakKind, MemberCoding, ResourceKind

FIELDS = ("id", "kind", "title", "schema", "members")
"""What a file states of a type; `members` may be left out."""

_CALLED_MOST = 60

_CARD = "id version kind title { zh en } members { code } createdAt createdBy etag"
_WHOLE = "id version kind title { zh en } schema members { code schema } createdAt createdBy etag"
_PAGE = (
    "query($kind: ResourceKind, $first: Int!, $after: String) { page: types(kind: $kind, first: $first, after: $after) "
    f"{{ nodes {{ {_CARD} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
_ONE = f"query($id: ID!, $version: Int) {{ type(id: $id, version: $version) {{ {_WHOLE} }} }}"
_PUT = (
    "mutation($input: TypeInput!, $etag: String, $breaking: Boolean!, $requestId: String!, $validateOnly: Boolean!) { "
    "put: putType(input: $input, etag: $etag, breaking: $breaking, requestId: $requestId, validateOnly: $validateOnly) { "
    f"type {{ {_CARD} }} breaks {{ path kind problem {{ zh en }} }} examined unsatisfied unsatisfiedResources }} }}"
)


def type(args: Sequence[str]) -> int:
    """`ucs type VERB`."""
    return run_group("ucs type", {"list": _list_verb, "show": _show_verb, "check": _check_verb, "put": _put_verb}, args)


def _list_verb() -> Verb:
    return client_verb(
        "list",
        _list,
        [
            one_of("--kind", say("only those of this kind", "限该资源类别"), ResourceKind),
            number("--first", say("how many", "条数"), least=1, most=200, default=100),
            option("--after", say("go on behind this cursor", "从该游标之后继续"), metavar="CURSOR"),
        ],
        summary=say("List the types of resources in their latest versions.", "列出资源类型及其最新版本。"),
        examples=["ucs type list", "ucs type list --kind data --json"],
    )


def _list(output: Output, client: Client, kind: str | None, first: int, after: str | None) -> int:
    page = client.ask(_PAGE, kind=kind, first=first, after=after)["page"]
    nodes = [from_wire(node) for node in page["nodes"]]
    cursor = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    output.document({"items": nodes, "next": cursor})
    titles = [
        say("TYPE", "类型"),
        say("NAME", "名称"),
        say("KIND", "类别"),
        say("VERSION", "版本"),
        say("MEMBERS", "成员"),
    ]
    rows = [
        [
            _bare(node["id"]),
            titled(node["title"]),
            term(ResourceKind, node["kind"]),
            str(node["version"]),
            _coding(node),
        ]
        for node in nodes
    ]
    output.show(table(titles, rows))
    output.more(cursor, all=False)
    return Exit.OK


def _show_verb() -> Verb:
    return client_verb(
        "show",
        _show,
        [
            word("type", say("the type's id, such as dataset", "类型标识，如 dataset")),
            number(
                "--version", say("this version; the latest when not given", "指定版本，缺省为最新"), least=1, most=10**6
            ),
            flag(
                "--yaml", say("as a file that `ucs type put` takes", "输出为 `ucs type put` 可用的文件"), name="as_yaml"
            ),
        ],
        summary=say("Show what the spec of a type holds.", "查看某类型的规格字段。"),
        examples=["ucs type show dataset", "ucs type show video_pool --yaml > video_pool.yaml"],
    )


def _show(output: Output, client: Client, type: str, version: int | None, as_yaml: bool) -> int:
    found = from_wire(client.ask(_ONE, id=_name(type), version=version)["type"])
    output.document(found)
    if as_yaml:
        output.show_text(yaml.safe_dump(_as_file(found), allow_unicode=True, sort_keys=False, width=120))
        return Exit.OK
    kind = term(ResourceKind, found["kind"])
    entered = (
        say("built in", "内置") if found["created_by"] is None else f"{found['created_by']} {found['created_at'][:10]}"
    )
    output.line(f"{_bare(found['id'])}  {titled(found['title'])}  v{found['version']}  {kind}  ({entered})")
    _show_fields(output, say("SPEC", "规格"), found["schema"])
    if found["members"]:
        output.line(say(f"Members: {_coding(found)}", f"成员：{_coding(found)}"))
        _show_fields(output, say("ATTRIBUTE", "成员属性"), found["members"]["schema"])
    return Exit.OK


def _check_verb() -> Verb:
    return client_verb(
        "check",
        _check,
        [word("file", say("a YAML or JSON file; - is standard input", "YAML 或 JSON 文件；- 表示标准输入"))],
        summary=say(
            "Compare a file with the type that stands: what would break, and which resources would not satisfy it. Nothing is "
            "changed. The answer is 1 when something would break.",
            "比对文件与现有类型：列出不兼容之处和不符合的资源，不作任何更改。有不兼容时返回 1。",
        ),
        examples=["ucs type check dataset.yaml --as platform-admin"],
    )


def _check(output: Output, client: Client, file: str) -> int:
    stated = one_of_file(file, FIELDS, optional=("members",))
    put = _put_type(client, stated, breaking=True, dry_run=True)
    if put is None:
        return _nothing_to_do(output)
    output.document(put)
    _tell(output, client, put)
    if put["breaks"]:
        output.line(
            say(
                "Not compatible: `ucs type put --breaking` would enter it.",
                "不兼容：须用 `ucs type put --breaking` 录入。",
            )
        )
        return Exit.REFUSED
    if put["type"]["version"] == 1:
        output.line(say("A new type: it would be version 1.", "新类型：录入后为第 1 版。"))
    else:
        output.line(say("Compatible: all that was taken still is.", "兼容：原来接受的内容仍全部接受。"))
    return Exit.OK


def _put_verb() -> Verb:
    return client_verb(
        "put",
        _put,
        [
            word("file", say("a YAML or JSON file; - is standard input", "YAML 或 JSON 文件；- 表示标准输入")),
            flag("--breaking", say("enter it although it breaks something", "允许不兼容变更")),
            flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
        ],
        summary=say("Enter a type, or its next version, from a file.", "按文件录入资源类型或其新版本。"),
        examples=["ucs type put weather_station.yaml --as platform-admin"],
    )


def _put(output: Output, client: Client, file: str, breaking: bool, dry_run: bool) -> int:
    stated = one_of_file(file, FIELDS, optional=("members",))
    put = _put_type(client, stated, breaking=breaking, dry_run=dry_run)
    if put is None:
        return _nothing_to_do(output)
    output.document({"dry_run": dry_run} | put)
    _tell(output, client, put)
    name, version = _bare(put["type"]["id"]), put["type"]["version"]
    if dry_run:
        output.line(
            say(
                f"{name} would be version {version}; nothing was changed.",
                f"{name} 将为第 {version} 版；未作任何更改。",
            )
        )
    else:
        output.line(say(f"{name} is now version {version}.", f"{name} 现为第 {version} 版。"))
    return Exit.OK


def _put_type(client: Client, stated: Mapping[str, Any], *, breaking: bool, dry_run: bool) -> Answer | None:
    """What became of what a file states; None when that is what stands already."""
    etag = None
    try:
        etag = client.ask(_ONE, id=_name(str(stated["id"])), version=None)["type"]["etag"]
    except Answered as error:
        # A type that nobody knows yet is entered with no etag.
        if error.code is not Code.NOT_FOUND:
            raise
    try:
        answer = client.ask(
            _PUT, input=stated, etag=etag, breaking=breaking, requestId=new_request_id(), validateOnly=dry_run
        )
    except Answered as error:
        if error.reason != "NOTHING_CHANGED":
            raise
        return None
    return from_wire(answer["put"])


def _nothing_to_do(output: Output) -> Exit:
    # Scripts say again what already is; as with `ucs apply`, that is nothing to do.
    output.document({"changed": False})
    output.line(say("Already as stated, nothing to do.", "已与所述一致，无需处理。"))
    return Exit.OK


def _tell(output: Output, client: Client, put: Answer) -> None:
    for item in put["breaks"]:
        kind = term(BreakKind, item["kind"])
        output.line(f"  {item['path']}: {item['problem'][spoken_locale().value]} ({kind})")
    examined, unsatisfied = put["examined"], put["unsatisfied"]
    if examined:
        output.line(
            say(
                f"{unsatisfied} of the {examined} resources of the type that you may read do not satisfy it.",
                f"在您可读取的 {examined} 项该类资源中，有 {unsatisfied} 项不符合。",
            )
        )
    names = put["unsatisfied_resources"]
    codes = {} if output.as_json else codes_of(client, names)
    for name in names:
        output.line(f"  {codes.get(name, name)}")
    if len(names) < unsatisfied:
        output.line("  …")


def _show_fields(output: Output, heading: str, schema: Mapping[str, Any]) -> None:
    required = schema.get("required", [])
    fields = {name: part for name, part in schema.get("properties", {}).items() if isinstance(part, Mapping)}
    rows = [[f"{name}{'*' if name in required else ''}", _called(part), _asked(part)] for name, part in fields.items()]
    if not rows:
        output.line(say(f"{heading}: anything", f"{heading}：不限"))
        return
    output.show(table([heading, say("NAME", "名称"), say("HOLDS", "取值")], rows))
    if required:
        output.line(say("* required", "* 必填"))


def _called(part: Mapping[str, Any]) -> str:
    """What a field is called, or what it is, as far as its schema says so."""
    told = say(
        str(part.get("title") or part.get("description") or ""),
        str(part.get("x-ucs-title-zh") or part.get("title") or part.get("description") or ""),
    )
    return told if len(told) <= _CALLED_MOST else f"{told[: _CALLED_MOST - 1]}…"


def _asked(part: Mapping[str, Any]) -> str:
    """What a field must be, in a few words of the schema's own."""
    told = [str(part["type"]) if "type" in part else "", " | ".join(map(str, part.get("enum", [])))]
    within = part.get("items")
    if isinstance(within, Mapping) and "enum" in within:
        told.append(say("of ", "取自 ") + " | ".join(map(str, within["enum"])))
    told += [
        f"{name} {part[name]}" for name in ("format", "minimum", "maximum", "maxLength", "maxItems") if name in part
    ]
    text = "  ".join(filter(None, told))
    return text if len(text) <= 80 else f"{text[:79]}…"


def _as_file(found: Answer) -> Answer:
    members = {"members": found["members"]} if found["members"] else {}
    return {
        "id": _bare(found["id"]),
        "kind": found["kind"],
        "title": found["title"],
        "schema": found["schema"],
    } | members


def _coding(found: Answer) -> str:
    return term(MemberCoding, found["members"]["code"]) if found["members"] else ""


def _bare(name: str) -> str:
    return name.removeprefix("types/")


def _name(id: str) -> str:
    return f"types/{_bare(id)}"
