"""`ucs vocabulary`: the vocabularies of tags, looked at, and entered from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml

from ucs_core.cli.catalogue import from_wire, titled
from ucs_core.cli.client import Answer, Client, client_verb, new_request_id
from ucs_core.cli.drawing import table
from ucs_core.cli.groups import run_group
from ucs_core.cli.output import Answered, Output
from ucs_core.cli.stated_file import one_of_file
from ucs_core.cli.verb import Verb, flag, number, option, word
from ucs_sdk.commands import Exit, say
from ucs_sdk.errors import Code

FIELDS = ("id", "title", "closed", "terms")
"""What a file states of a vocabulary; `closed` may be left out."""

_WHOLE = "id version title { zh en } closed terms { id title { zh en } broader } updatedAt updatedBy etag"
_PAGE = (
    "query($first: Int!, $after: String) { page: vocabularies(first: $first, after: $after) "
    f"{{ nodes {{ {_WHOLE} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
_ONE = f"query($id: ID!) {{ vocabulary(id: $id) {{ {_WHOLE} }} }}"
_PUT = (
    "mutation($input: VocabularyInput!, $etag: String, $requestId: String!, $validateOnly: Boolean!) { "
    "put: putVocabulary(input: $input, etag: $etag, requestId: $requestId, validateOnly: $validateOnly) "
    f"{{ {_WHOLE} }} }}"
)


def vocabulary(args: Sequence[str]) -> int:
    """`ucs vocabulary VERB`."""
    return run_group("ucs vocabulary", {"list": _list_verb, "show": _show_verb, "put": _put_verb}, args)


def _list_verb() -> Verb:
    return client_verb(
        "list",
        _list,
        [
            number("--first", say("how many", "条数"), least=1, most=50, default=20),
            option("--after", say("go on behind this cursor", "从该游标之后继续"), metavar="CURSOR"),
        ],
        summary=say("List the vocabularies of tags.", "列出标签的受控词表。"),
        examples=["ucs vocabulary list"],
    )


def _list(output: Output, client: Client, first: int, after: str | None) -> int:
    page = client.ask(_PAGE, first=first, after=after)["page"]
    nodes = [from_wire(node) for node in page["nodes"]]
    cursor = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    output.document({"items": nodes, "next": cursor})
    titles = [say("VOCABULARY", "词表"), say("NAME", "名称"), say("TERMS", "词条数"), say("CLOSED", "封闭")]
    rows = [[_bare(node["id"]), titled(node["title"]), str(len(node["terms"])), _yes(node)] for node in nodes]
    output.show(table(titles, rows))
    output.more(cursor, all=False)
    return Exit.OK


def _show_verb() -> Verb:
    return client_verb(
        "show",
        _show,
        [
            word("vocabulary", say("its id, such as theme", "词表标识，如 theme")),
            flag(
                "--yaml",
                say("as a file that `ucs vocabulary put` takes", "输出为 `ucs vocabulary put` 可用的文件"),
                name="as_yaml",
            ),
        ],
        summary=say("Show the terms of a vocabulary.", "查看受控词表的词条。"),
        examples=["ucs vocabulary show theme"],
    )


def _show(output: Output, client: Client, vocabulary: str, as_yaml: bool) -> int:
    found = from_wire(client.ask(_ONE, id=_name(vocabulary))["vocabulary"])
    output.document(found)
    if as_yaml:
        output.show_text(yaml.safe_dump(_as_file(found), allow_unicode=True, sort_keys=False, width=120))
        return Exit.OK
    id = _bare(found["id"])
    closed = say("closed", "封闭") if found["closed"] else say("open", "开放")
    output.line(f"{id}  {titled(found['title'])}  v{found['version']}  {closed}")
    titles = [say("TAG", "标签"), say("NAME", "名称"), say("UNDER", "上位词")]
    output.show(
        table(titles, [[f"{id}:{item['id']}", titled(item["title"]), item["broader"] or ""] for item in found["terms"]])
    )
    return Exit.OK


def _put_verb() -> Verb:
    return client_verb(
        "put",
        _put,
        [
            word("file", say("a YAML or JSON file; - is standard input", "YAML 或 JSON 文件；- 表示标准输入")),
            flag("--dry-run", say("check everything, change nothing", "仅校验，不作更改")),
        ],
        summary=say("Enter a vocabulary, or replace what is said of one, from a file.", "按文件录入或替换受控词表。"),
        examples=["ucs vocabulary put season.yaml --as platform-admin"],
    )


def _put(output: Output, client: Client, file: str, dry_run: bool) -> int:
    stated = one_of_file(file, FIELDS, optional=("closed",))
    before = _standing(client, str(stated["id"]))
    etag = before and before["etag"]
    try:
        answer = client.ask(_PUT, input=stated, etag=etag, requestId=new_request_id(), validateOnly=dry_run)
    except Answered as error:
        # Scripts say again what already is; as with `ucs apply`, that is nothing to do.
        if error.reason != "NOTHING_CHANGED":
            raise
        output.document({"dry_run": dry_run, "vocabulary": before})
        output.line(say("Already as stated, nothing to do.", "已与所述一致，无需处理。"))
        return Exit.OK
    after = from_wire(answer["put"])
    output.document({"dry_run": dry_run, "vocabulary": after})
    for sign, terms in (("-", _lost(before, after)), ("+", _lost(after, before))):
        for id in terms:
            output.line(f"  {sign} {id}")
    name, version = _bare(after["id"]), after["version"]
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


def _standing(client: Client, id: str) -> Answer | None:
    try:
        return from_wire(client.ask(_ONE, id=_name(id))["vocabulary"])
    except Answered as error:
        # What nobody knows yet is entered with no etag.
        if error.code is not Code.NOT_FOUND:
            raise
        return None


def _lost(one: Answer | None, other: Answer | None) -> list[str]:
    """The terms of one that the other lacks."""
    ids = [[item["id"] for item in found["terms"]] if found else [] for found in (one, other)]
    return [id for id in ids[0] if id not in ids[1]]


def _as_file(found: Answer) -> Answer:
    terms = [{name: value for name, value in item.items() if value is not None} for item in found["terms"]]
    return {"id": _bare(found["id"]), "title": found["title"], "closed": found["closed"], "terms": terms}


def _yes(found: Mapping[str, object]) -> str:
    return say("yes", "是") if found["closed"] else say("no", "否")


def _bare(name: str) -> str:
    return name.removeprefix("vocabularies/")


def _name(id: str) -> str:
    return f"vocabularies/{_bare(id)}"
