"""The log in the schema."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from ucs_core.graphql.enums import Availability, DataLevel, OpenType, Outcome, ResourceKind, ShareType
from ucs_core.graphql.nodes import PageInfo, page_info
from ucs_core.graphql.scalars import Position
from ucs_core.graphql.texts import described
from ucs_core.platform.paging import Page
from ucs_registry import resources as registry
from ucs_registry.log import Entry


@strawberry.type(description="访问属性 · All that a policy can see of a resource")
class AccessAttributes:
    """All that a policy can see of a resource."""

    owner: strawberry.ID = described("所属机构", "Owner")
    kind: ResourceKind = described("资源类别", "Kind")
    type: str = described("资源类型", "Type")
    share_type: ShareType = described("共享类型", "Share type")
    data_level: DataLevel = described("数据分级", "Data level")
    open_type: OpenType = described("开放属性", "Open type")
    state: Availability = described("可用状态", "Availability")

    @classmethod
    def of(cls, attributes: registry.AccessAttributes) -> Self:
        """The schema's object for the attributes."""
        return cls(
            owner=strawberry.ID(f"organizations/{attributes.owner}"),
            kind=attributes.kind,
            type=attributes.type,
            share_type=attributes.share_type,
            data_level=attributes.data_level,
            open_type=attributes.open_type,
            state=attributes.state,
        )


@strawberry.type(description="日志条目 · One accepted or refused write; all fields but body and salt go into the leaf")
class LogEntry:
    """An entry at its position."""

    format: int = described("格式版本", "Version of the header's layout")
    position: Position = described("位置，从 1 连续计数", "Place in the log, from 1 without gaps")
    at: datetime = described("时间", "When")
    origin: str = described("来源中枢", "Which hub wrote it")
    call_id: str = described("调用号", "All entries of one call share it")
    request_id: str | None = described("请求号", "The caller's request id")
    actor: str = described("操作人", "Who acted")
    on_behalf_of: str | None = described("代表谁", "For whom")
    verb: str = described("动词", "What was asked")
    action: str | None = described("操作", "Which action it needed")
    object: str = described("对象", "To what")
    outcome: Outcome = described("结果", "What became of it")
    reason: str | None = described("拒绝原因", "Why it was refused")
    rule: str | None = described("决定的策略", "Which policy row decided")
    before: str | None = described("变更前摘要", "Digest of the state before")
    after: str | None = described("变更后摘要", "Digest of the state after")
    access_before: AccessAttributes | None = described("变更前访问属性", "What policies saw before")
    access_after: AccessAttributes | None = described("变更后访问属性", "What policies saw after")
    body_digest: str = described("正文摘要（加盐）", "SHA-256 of salt and body")
    body: str | None = described("正文（JSON 原文）", "JSON text as digested; null once dropped")
    salt: str | None = described("盐（十六进制）", "Salt of the body's digest; null once dropped")
    leaf: str = described("默克尔叶", "Merkle leaf of the header (RFC 6962)")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The schema's object for an entry."""
        return cls(
            format=entry.format,
            position=Position(entry.position),
            at=entry.at,
            origin=entry.origin,
            call_id=entry.call_id,
            request_id=entry.request_id,
            actor=entry.actor,
            on_behalf_of=entry.on_behalf_of,
            verb=entry.verb,
            action=entry.action,
            object=entry.object,
            outcome=entry.outcome,
            reason=entry.reason,
            rule=entry.rule,
            before=entry.before,
            after=entry.after,
            access_before=_attributes(entry.access_before),
            access_after=_attributes(entry.access_after),
            body_digest=entry.body_digest,
            body=entry.body,
            salt=entry.salt,
            leaf=entry.leaf,
        )


@strawberry.type(description="列表中的一条日志 · An entry in a list")
class LogEdge:
    """An entry in a list."""

    cursor: str = described("游标，即其位置的十进制文本", "Its position, in decimal digits")
    node: LogEntry = described("日志条目", "The entry")


@strawberry.type(description="日志的一页 · A page of the log, as far as you may audit it")
class LogConnection:
    """A page of the log."""

    edges: list[LogEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[LogEntry] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")
    position: Position = described("日志末尾位置", "The last position that you see")


def _attributes(attributes: registry.AccessAttributes | None) -> AccessAttributes | None:
    return None if attributes is None else AccessAttributes.of(attributes)


def log_page(page: Page[Entry], position: int) -> LogConnection:
    """The schema's page of the log."""
    nodes = [LogEntry.of(entry) for entry in page.items]
    return LogConnection(
        edges=[LogEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=page_info(page),
        position=Position(position),
    )
