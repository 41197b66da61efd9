"""Revisions of a resource in the schema, and how they differ."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import ReviewState
from ucs_core.graphql.nodes import PageInfo, page_info
from ucs_core.graphql.scalars import Json
from ucs_core.graphql.texts import RESOURCE_ID, described, resolved
from ucs_core.platform.paging import PageArguments
from ucs_core.platform.revisions import RevisionDiff as Difference
from ucs_core.platform.revisions import RevisionPage, RevisionView
from ucs_registry.differences import ABSENT

Id = Annotated[strawberry.ID, strawberry.argument(description=RESOURCE_ID)]
FromNumber = Annotated[
    int | None,
    strawberry.argument(
        description="较早的版本号，0 表示空；默认为现行版本 · "
        "The earlier revision, 0 for nothing at all; the served one when not given"
    ),
]
ToNumber = Annotated[
    int | None,
    strawberry.argument(description="较晚的版本号，默认为最新 · The later revision; the latest when not given"),
]


@strawberry.type(
    description="历史版本：非维护人员仅见已通过版本的编号与通过时间 · "
    "A revision without its content; others than those who work on it see of the approved ones number and time"
)
class RevisionEntry:
    """A revision without its content."""

    number: int = described("版本号", "Number, from 1")
    state: ReviewState = described("审核状态", "Where it stands in review")
    current: bool = described("是否为现行版本", "Whether it is the one that is served")
    authors: list[strawberry.ID] = described("自上次通过以来的编写人", "All who wrote since the last approval")
    created_at: datetime | None = described("编写时间", "When it was written")
    submitter: strawberry.ID | None = described("提交人", "Who submitted it")
    submitted_at: datetime | None = described("提交时间", "When it was submitted")
    reviewer: strawberry.ID | None = described("审核人", "Who reviewed it")
    reviewed_at: datetime | None = described("审核时间", "When it was reviewed")
    reason: str | None = described("驳回理由", "Why it was rejected")

    @classmethod
    def of(cls, view: RevisionView) -> Self:
        """The schema's object for a revision."""
        return cls(
            number=view.number,
            state=view.state,
            current=view.current,
            authors=[strawberry.ID(author) for author in view.authors],
            created_at=view.created_at,
            submitter=None if view.submitter is None else strawberry.ID(view.submitter),
            submitted_at=view.submitted_at,
            reviewer=None if view.reviewer is None else strawberry.ID(view.reviewer),
            reviewed_at=view.reviewed_at,
            reason=view.reason,
        )


@strawberry.type(description="列表中的一个版本 · A revision in a list")
class RevisionEdge:
    """A revision in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: RevisionEntry = described("版本", "The revision")


@strawberry.type(description="版本列表的一页，最新在前 · A page of revisions, the latest first")
class RevisionConnection:
    """A page of revisions."""

    edges: list[RevisionEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[RevisionEntry] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")


@strawberry.type(description="字段差异 · One field that differs")
class FieldChange:
    """One field that differs."""

    path: str = described("字段路径，如 title.zh、tags[水]", "Where it lies, such as title.zh or tags[water]")
    before: Json | None = described("此前的值；新增时为 null", "What it was; null where there was nothing")
    after: Json | None = described("此后的值；删除时为 null", "What it is; null where there is nothing any more")


@strawberry.type(description="版本差异 · How two revisions differ, field by field")
class RevisionDiff:
    """How two revisions differ."""

    from_number: int = described("较早的版本号，0 表示空", "The earlier revision; 0 is nothing at all")
    to_number: int = described("较晚的版本号", "The later revision")
    changes: list[FieldChange] = described("差异，至多 1000 项", "What differs, up to 1,000 fields")
    left_out: int = described("未列出的差异数", "How many more fields differ")
    readable: bool = described(
        "是否比较了规格与联系方式", "Whether you may read specification and contact, which are compared then"
    )

    @classmethod
    def of(cls, found: Difference) -> Self:
        """The schema's object for a difference."""
        changes = [
            FieldChange(path=change.path, before=_value(change.before), after=_value(change.after))
            for change in found.changes
        ]
        return cls(
            from_number=found.from_number,
            to_number=found.to_number,
            changes=changes,
            left_out=found.left_out,
            readable=found.readable,
        )


@strawberry.type
class RevisionQuery:
    """What can be asked about revisions."""

    @resolved("两个版本的差异（限维护人员）", "How two revisions of a resource differ; for those who work on it")
    async def revision_diff(
        self, info: Info, id: Id, from_number: FromNumber = None, to_number: ToNumber = None
    ) -> RevisionDiff:
        """How two revisions differ."""
        found = await info.context.ask(lambda session: session.revisions.diff(id, from_number, to_number))
        info.context.spend(len(found.changes))
        return RevisionDiff.of(found)


async def revisions_page(info: Info, name: str, asked: PageArguments) -> RevisionConnection:
    """A page of the revisions of a resource."""
    page: RevisionPage = await info.context.ask(lambda session: session.revisions.page(name, **asked))
    info.context.spend(len(page.items))
    nodes = [RevisionEntry.of(view) for view in page.items]
    return RevisionConnection(
        edges=[RevisionEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=page_info(page),
    )


def _value(held: Any) -> Json | None:  # noqa: ANN401 -- any JSON
    return None if held is ABSENT else Json(held)
