"""`ucs revisions` and `ucs diff`: what became of each revision of a resource, and how two of them differ."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ucs_core.cli.catalogue import find_resource, from_wire, term, titled
from ucs_core.cli.client import Answer, Client, client_verb
from ucs_core.cli.differences import shown
from ucs_core.cli.output import Output
from ucs_core.cli.queue import changes_of, difference, left_out
from ucs_core.cli.verb import Misused, number, option, run, word
from ucs_sdk.commands import Exit, say
from ucs_sdk.vocabulary import ReviewState

PAGE_DEFAULT, PAGE_MOST = 20, 200
_NUMBER_DIGITS = 9

_REVISIONS = """query($id: ID!, $first: Int!, $after: String) { resource(id: $id) {
  revisions(first: $first, after: $after) {
    nodes { number state current authors createdAt submitter submittedAt reviewer reviewedAt reason }
    pageInfo { hasNextPage endCursor } } } }"""


def revisions(args: Sequence[str]) -> int:
    """`ucs revisions`."""
    verb = client_verb(
        "revisions",
        _revisions,
        [
            word("resource", say("a code, or resources/ULID", "资源代码或 resources/ULID")),
            number("--first", say("how many", "条数"), least=1, most=PAGE_MOST, default=PAGE_DEFAULT),
            option("--after", say("go on behind this cursor", "从该游标之后继续"), metavar="CURSOR"),
        ],
        summary=say(
            "List the revisions of a resource, the latest first. Who does not work on it sees the approved ones, with numbers "
            "and dates.",
            "列出资源的历史版本，最新在前。非维护人员仅见已通过版本的编号与日期。",
        ),
        examples=["ucs revisions QD-3702-DAT-9001", "ucs diff QD-3702-DAT-9001 1 3"],
    )
    return run(verb, args)


def diff(args: Sequence[str]) -> int:
    """`ucs diff`."""
    start = say("number of the earlier revision; 0 is nothing at all", "较早的版本号；0 表示空")
    end = say("number of the later revision; the latest when not given", "较晚的版本号，默认为最新")
    verb = client_verb(
        "diff",
        _diff,
        [
            word("resource", say("a code, or resources/ULID", "资源代码或 resources/ULID")),
            word("from", start, required=False),
            word("to", end, required=False),
        ],
        summary=say(
            "Show how two revisions of a resource differ, field by field: without numbers, the latest from the one that is "
            "served. For those who work on it.",
            "逐字段显示两个版本的差异：不给版本号时比较现行版本与最新版本（限维护人员）。",
        ),
        examples=[
            "ucs diff QD-3702-DAT-9001",
            "ucs diff QD-3702-DAT-9001 2",
            "ucs diff QD-3702-DAT-9001 1 3",
            "ucs diff QD-3702-DAT-9001 0 1    # all that revision 1 holds",
        ],
    )
    return run(verb, args)


def _revisions(output: Output, client: Client, resource: str, first: int, after: str | None) -> int:
    found = find_resource(client, resource)
    page = from_wire(client.ask(_REVISIONS, id=found["id"], first=first, after=after)["resource"])["revisions"]
    cursor = page["page_info"]["end_cursor"] if page["page_info"]["has_next_page"] else None
    nodes = page["nodes"]
    output.document({"id": found["id"], "code": found["code"], "items": nodes, "next": cursor})
    output.line(f"{found['code']}  {titled(found['title'])}")
    if nodes:
        output.show(_table(nodes, works=found["head"] is not None))
    else:
        output.line(say("No revision was approved yet.", "尚无通过审核的版本。"))
    output.more(cursor, all=False)
    return Exit.OK


def _table(nodes: Sequence[Answer], *, works: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    headings = [say("REVISION", "版本"), say("STATE", "状态"), say("DECIDED", "审核时间")]
    if works:
        headings += [say("BY", "审核人"), say("AUTHORS", "编写人"), say("WRITTEN", "编写时间"), say("REASON", "理由")]
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for node in nodes:
        served = say(" (served)", "（现行）") if node["current"] else ""
        cells = [f"{node['number']}{served}", term(ReviewState, node["state"]), _moment(node["reviewed_at"])]
        if works:
            authors = ", ".join(map(_person, node["authors"]))
            cells += [_person(node["reviewer"]), authors, _moment(node["created_at"]), node["reason"] or ""]
        table.add_row(*map(Text, cells))
    return table


# The words are named as the command line names them, one of which Python keeps for itself.
def _diff(output: Output, client: Client, resource: str, **numbers: str | None) -> int:
    start, end = (_number(numbers[name]) for name in ("from", "to"))
    found = find_resource(client, resource)
    told = difference(client, found["id"], start, end)
    changes = changes_of(told)
    output.document({"id": found["id"], "code": found["code"], **told})
    output.line(
        say(
            f"{found['code']}: from revision {told['from_number']} to {told['to_number']}",
            f"{found['code']}：第 {told['from_number']} 版 → 第 {told['to_number']} 版",
        )
    )
    output.show(*shown(changes))
    if not changes:
        output.line(say("  nothing differs", "  没有差异"))
    for note in left_out(told):
        output.line(note)
    return Exit.OK


def _number(said: str | None) -> int | None:
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= _NUMBER_DIGITS):
        raise Misused(
            say(
                f"{said[:40]} is no number of a revision. `ucs revisions` lists them.",
                f"{said[:40]} 不是版本号。可用 `ucs revisions` 查看。",
            )
        )
    return int(said)


def _moment(at: str | None) -> str:
    return at[:19].replace("T", " ") if at else ""


def _person(name: str | None) -> str:
    return (name or "").removeprefix("principals/")
