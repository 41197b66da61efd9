"""The queue of what awaits the caller's review, and decisions on it, as the client verbs send and show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ucs_core.cli.catalogue import find_resource, from_wire, titled
from ucs_core.cli.client import Answer, Client, new_request_id
from ucs_core.cli.differences import Difference
from ucs_core.cli.output import Output
from ucs_sdk.commands import Exit, exit_of, say
from ucs_sdk.errors import Code

PAGE_MOST = 200
"""How many resources a page of the queue, and how many decisions one call may hold."""

_WAITING = (
    "id code kind type etag revision title{zh en} owner{title{zh en}} "
    "head{number submitter submittedAt content{title{zh en}}}"
)
_PAGE = f"""query($filter: ResourceFilter, $search: String, $first: Int!, $after: String) {{
  reviews(filter: $filter, search: $search, first: $first, after: $after) {{
    nodes {{ {_WAITING} }} totalCount pageInfo {{ hasNextPage endCursor }} }} }}"""
_DIFF = """query($id: ID!, $from: Int, $to: Int) {
  revisionDiff(id: $id, fromNumber: $from, toNumber: $to) {
    fromNumber toNumber leftOut readable changes { path before after } } }"""
_DECIDE = """mutation($rows: [ReviewRowInput!]!, $requestId: String!, $validateOnly: Boolean!) {
  done: reviewResources(rows: $rows, requestId: $requestId, validateOnly: $validateOnly) {
    id resource { id code etag availability revision title { zh en } head { number state } }
    error { code reason message fields } } }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One decision: on which resource, by its name and its code, in which state, and why."""

    id: str
    code: str
    etag: str
    decision: str
    reason: str | None = None

    def plain(self) -> dict[str, str]:
        """As the platform takes it."""
        row = {"id": self.id, "etag": self.etag, "decision": self.decision}
        return row if self.reason is None else row | {"reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the queue: what waits, how much there is in all, and the cursor behind it where more follows."""

    items: list[Answer]
    total: int
    next: str | None


def page_of_queue(
    client: Client, wanted: Mapping[str, object], search: str | None, first: int, after: str | None = None
) -> Page:
    """A page of what waits for the caller, what waits longest first."""
    found = client.ask(_PAGE, filter=dict(wanted), search=search, first=first, after=after)["reviews"]
    info = found["pageInfo"]
    return Page(
        items=[from_wire(node) for node in found["nodes"]],
        total=found["totalCount"],
        next=info["endCursor"] if info["hasNextPage"] else None,
    )


def whole_queue(client: Client, wanted: Mapping[str, object], search: str | None = None) -> Iterator[Answer]:
    """All that waits for the caller, page by page."""
    after: str | None = None
    while True:
        page = page_of_queue(client, wanted, search, PAGE_MOST, after)
        yield from page.items
        after = page.next
        if after is None:
            return


def found_in_queue(client: Client, references: Sequence[str]) -> list[Answer]:
    """The resources of codes or names, in their order: out of the queue where they wait there, else one by one."""
    waiting: dict[str, Answer] = {}
    if len(references) > 1:
        waiting = {name: item for item in whole_queue(client, {}) for name in (item["code"], item["id"])}
    return [waiting.get(reference) or find_resource(client, reference) for reference in references]


def difference(client: Client, name: str, start: int | None = None, end: int | None = None) -> Answer:
    """How two revisions of a resource differ, as the platform tells it."""
    return from_wire(client.ask(_DIFF, **{"id": name, "from": start, "to": end})["revisionDiff"])


def changes_of(found: Answer) -> list[Difference]:
    """The fields that differ."""
    return [Difference(path=item["path"], before=item["before"], after=item["after"]) for item in found["changes"]]


def left_out(found: Answer) -> list[str]:
    """What a difference does not tell, in words."""
    told = []
    if more := found["left_out"]:
        told.append(say(f"  … and {more} more fields", f"  …… 另有 {more} 项差异"))
    if not found["readable"]:
        told.append(say("  (you may not read specification and contact)", "  （您无权读取规格与联系方式，未作比较）"))
    return told


def waited(item: Answer) -> str:
    """How long something has waited, in its largest unit."""
    at = item["head"]["submitted_at"]
    seconds = (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds() if at else 0
    for size, en, zh in ((86_400, "d", "天"), (3_600, "h", "小时"), (60, "min", "分钟")):
        if seconds >= size:
            return say(f"{int(seconds // size)} {en}", f"{int(seconds // size)} {zh}")
    return _now()


def _now() -> str:
    return say("just now", "刚刚")


def submitted(item: Answer) -> str:
    """How long ago something was submitted."""
    since = waited(item)
    return since if since == _now() else say(f"{since} ago", f"{since}前")


def novelty(item: Answer) -> str:
    """Whether what waits is new, or which revision of something that is served."""
    number, served = item["head"]["number"], item["revision"]
    return say("new", "新建") if number == served else say(f"revision {number}", f"第 {number} 版")


def decide(output: Output, client: Client, rows: Sequence[Row], *, dry_run: bool) -> Exit:
    """Send decisions, up to 200 at a time, and tell what became of each. The exit code is that of the refusals, if any."""
    results: list[Answer] = []
    for start in range(0, len(rows), PAGE_MOST):
        part = rows[start : start + PAGE_MOST]
        answered = client.ask(
            _DECIDE, rows=[row.plain() for row in part], requestId=new_request_id(), validateOnly=dry_run
        )["done"]
        for row, result in zip(part, answered, strict=True):
            _tell(output, row, result)
            results.append(_plain(row, result))
        output.flush()
    refused = [result["error"] for result in results if result["error"]]
    passed = len(results) - len(refused)
    _sum_up(output, passed, len(refused), dry_run=dry_run)
    output.document({"dry_run": dry_run, "passed": passed, "refused": len(refused), "results": results})
    return _exit(refused)


def _tell(output: Output, row: Row, result: Answer) -> None:
    if result["error"]:
        output.line(f"✗ {row.code}  {result['error']['message'].replace(row.id, row.code)}")
    else:
        mark = {"approve": "✓", "reject": "↩"}[row.decision]
        done = say(*{"approve": ("approved", "已通过"), "reject": ("rejected", "已驳回")}[row.decision])
        output.line(f"{mark} {row.code}  {done}  {titled(result['resource']['title'])}")


def _sum_up(output: Output, passed: int, refused: int, *, dry_run: bool) -> None:
    if dry_run:
        output.line(
            say(
                f"{passed} would pass, {refused} would be refused. Nothing was changed.",
                f"{passed} 项可执行，{refused} 项将被拒绝。未作任何更改。",
            )
        )
        return
    output.line(say(f"{passed} decided, {refused} refused.", f"已处理 {passed} 项，{refused} 项被拒绝。"))
    if passed:
        output.note(
            say(
                "`ucs undo CODE` takes a decision of yours back, for a while.",
                "限时内可用 `ucs undo 代码` 撤销您的审核。",
            )
        )


def _plain(row: Row, result: Answer) -> Answer:
    error = result["error"]
    resource = result["resource"] and from_wire(result["resource"])
    return {
        "id": row.id,
        "code": row.code,
        "decision": row.decision,
        "state": resource["head"]["state"] if resource and resource["head"] else None,
        "etag": resource["etag"] if resource else None,
        "error": error and error | {"code": str(error["code"]).lower()},
    }


def _exit(refused: Sequence[Answer]) -> Exit:
    kinds = {(error["code"], error["reason"]) for error in refused}
    codes = {exit_of(Code(code), reason) if code in tuple(Code) else Exit.FAULT for code, reason in kinds}
    return Exit.OK if not codes else codes.pop() if len(codes) == 1 else Exit.REFUSED
