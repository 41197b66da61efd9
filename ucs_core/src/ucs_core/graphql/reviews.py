"""Reviews in the schema: the queue of what waits, many decisions in one call, and taking one back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import Order, ReviewDecision
from ucs_core.graphql.errors import CODES
from ucs_core.graphql.inputs import plain_fields
from ucs_core.graphql.lists import ResourceConnection, ResourceFilter, connection_of, query_of, resources_page
from ucs_core.graphql.nodes import After, Before, First, Last, asked
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.scalars import Json
from ucs_core.graphql.texts import ETAG, REQUEST_ID, VALIDATE_ONLY, described, resolved
from ucs_core.platform.reviews import ReviewResult as Result
from ucs_core.platform.reviews import RowRefusal
from ucs_sdk.messages import Locale

Filter = Annotated[ResourceFilter | None, strawberry.argument(description="筛选条件 · Which of them")]
Search = Annotated[str | None, strawberry.argument(description="检索词，须全部命中 · Words that must all occur")]
RequestId = Annotated[str | None, strawberry.argument(description=REQUEST_ID)]
ValidateOnly = Annotated[bool, strawberry.argument(description=VALIDATE_ONLY)]


@strawberry.input(description="一项审核决定 · One decision of many")
class ReviewRowInput:
    """One decision of many."""

    id: strawberry.ID = described("资源名称", "resources/…")
    etag: str = strawberry.field(description=ETAG)
    decision: ReviewDecision = described("审核决定", "Approve or reject")
    reason: str | None = strawberry.field(
        default=strawberry.UNSET, description="驳回理由，驳回时必填 · Why it is rejected; for a rejection alone"
    )


Rows = Annotated[
    list[ReviewRowInput],
    strawberry.argument(description="1 至 200 项，每项资源一次 · From 1 to 200, each resource once"),
]


@strawberry.type(description="未能执行的原因 · Why one row was refused")
class RowError:
    """Why one row was refused."""

    code: str = described("错误代码，同 extensions.code", "As extensions.code of an error")
    reason: str = described("原因标识", "A stable key")
    message: str = described("说明（调用者的语言）", "What happened, in your language")
    fields: Json = described("详情", "The particulars")
    messages: Json = described("中英文说明", "What happened, in both languages")
    retry_after: float | None = described("多少秒后可重试", "After how many seconds another try may pass")

    @classmethod
    def of(cls, refusal: RowRefusal, locale: Locale) -> Self:
        """The schema's object for a refusal."""
        return cls(
            code=CODES[refusal.code],
            reason=refusal.reason,
            message=refusal.messages[locale.value],
            fields=Json(refusal.fields),
            messages=Json(refusal.messages),
            retry_after=refusal.retry_after,
        )


@strawberry.type(
    description="一项审核的结果：资源或错误 · What became of one row: the resource as it then was, or the error"
)
class ReviewResult:
    """What became of one row."""

    id: strawberry.ID = described("资源名称（同请求）", "The resource as the row named it")
    resource: Resource | None = described("审核后的资源", "The resource as it then was; null when refused")
    error: RowError | None = described("错误", "Why it was refused; null when it was not")

    @classmethod
    def of(cls, result: Result, locale: Locale) -> Self:
        """The schema's object for a result."""
        return cls(
            id=strawberry.ID(result.name),
            resource=None if result.resource is None else Resource.of(result.resource),
            error=None if result.refusal is None else RowError.of(result.refusal, locale),
        )


@strawberry.type
class ReviewQuery:
    """What can be asked about reviews."""

    @resolved("待我审核的资源，最早提交在前", "What waits for your review, submitted first")
    async def reviews(
        self,
        info: Info,
        filter: Filter = None,
        search: Search = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ResourceConnection:
        """A page of what waits for the caller's review."""
        query = replace(query_of(filter, search), awaiting_review=True)
        page = await resources_page(info, query, Order.SUBMITTED, asked(info, first, after, last, before))
        return connection_of(page, query, (await info.context.session()).position)


@strawberry.type
class ReviewMutation:
    """What can be done in quantity."""

    @resolved(
        "批量审核：逐项执行、逐项返回结果", "Decide many reviews, each a write of its own, with a result for each"
    )
    async def review_resources(
        self, info: Info, rows: Rows, request_id: RequestId = None, validate_only: ValidateOnly = False
    ) -> list[ReviewResult]:
        """Decide many reviews."""
        await info.context.forget()
        call = info.context.call(request_id, validate_only)
        made = await info.context.platform.reviews.decide(call, [_plain_row(row) for row in rows])
        info.context.spend(len(made.results))
        return [ReviewResult.of(result, info.context.caller.locale) for result in made.results]


def _plain_row(row: ReviewRowInput) -> Mapping[str, Any]:
    fields = plain_fields(row)
    return {"name": fields.pop("id"), **fields}
