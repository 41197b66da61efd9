"""What every type of the schema stands on: things with a name, pages, and texts in two languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Protocol

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.texts import AFTER, BEFORE, FIRST, LAST, described
from ucs_core.platform.paging import PageArguments

First = Annotated[int | None, strawberry.argument(description=FIRST)]
After = Annotated[str | None, strawberry.argument(description=AFTER)]
Last = Annotated[int | None, strawberry.argument(description=LAST)]
Before = Annotated[str | None, strawberry.argument(description=BEFORE)]


@strawberry.interface(description="可按名称取得的对象 · Anything that can be fetched by its name")
class Node:
    """Anything that can be fetched by its name."""

    id: strawberry.ID = described("名称，全平台唯一", "Name, unique on the platform")


@strawberry.type(name="Bilingual", description="中英文文本 · A text in Chinese and English")
class BilingualText:
    """A text in Chinese and English."""

    zh: str = described("中文", "Chinese")
    en: str = described("英文", "English")


@strawberry.type(description="地点（WGS-84，度） · A place in degrees, WGS-84")
class Point:
    """A place."""

    longitude: float = described("经度", "Longitude")
    latitude: float = described("纬度", "Latitude")


@strawberry.type(description="分页信息 · Where a page stands in its list")
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = described("是否有下一页", "Whether more follows")
    has_previous_page: bool = described("是否有上一页", "Whether something stands before it")
    start_cursor: str | None = described("首条游标", "Cursor of the first item")
    end_cursor: str | None = described("末条游标", "Cursor of the last item")


@strawberry.type(description="时间范围（含首尾，可一端开放） · From one day to another, both included; one may be open")
class TemporalWindow:
    """From one day to another."""

    start: date | None = described("开始日期", "The first day")
    end: date | None = described("结束日期", "The last day")


class Paged(Protocol):
    """A page of the platform's: the cursors of its items, and whether something stands behind it and ahead of it."""

    @property
    def cursors(self) -> Sequence[str]: ...
    @property
    def more(self) -> bool: ...
    @property
    def earlier(self) -> bool: ...


def page_info(page: Paged) -> PageInfo:
    """The page info of a page."""
    return PageInfo(
        has_next_page=page.more,
        has_previous_page=page.earlier,
        start_cursor=page.cursors[0] if page.cursors else None,
        end_cursor=page.cursors[-1] if page.cursors else None,
    )


def asked(info: Info, first: int | None, after: str | None, last: int | None, before: str | None) -> PageArguments:
    """What an operation asks of a page, as the platform takes it."""
    return {"first": first, "after": after, "last": last, "before": before, "around": _asks_around(info)}


def _asks_around(info: Info) -> bool:
    """Whether an operation asks what stands on both sides of a page."""
    waiting = list(info.selected_fields)
    while waiting:
        field = waiting.pop()
        if getattr(field, "name", "") in ("hasPreviousPage", "hasNextPage"):
            return True
        waiting += field.selections
    return False
