"""The part of the service of resources that is about reviews in quantity and revisions, and its messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value

from ucs.errors.v1 import error_detail_pb2 as errors_pb
from ucs.registry.v1 import resource_pb2 as pb
from ucs.registry.v1 import reviews_pb2 as reviews_pb
from ucs_core.grpc import resources
from ucs_core.grpc.calls import call_of, reading, session_of
from ucs_core.grpc.conversion import few, filled, plain
from ucs_core.grpc.pages import cursor_of_page, page_token
from ucs_core.platform import Platform
from ucs_core.platform.reviews import ReviewResult, RowRefusal
from ucs_core.platform.revisions import RevisionView
from ucs_registry.differences import ABSENT, FieldChange
from ucs_registry.queries import page_size
from ucs_sdk.messages import Locale


class ReviewMethods:
    """Methods of `ucs.registry.v1.ResourceService`."""

    _platform: Platform

    async def BatchReview(
        self, request: reviews_pb.BatchReviewResourcesRequest, context: object
    ) -> reviews_pb.BatchReviewResourcesResponse:
        async with reading(self._platform, request, "resources.review", "resources/-"):
            rows = [plain(row, f"rows[{at}]") for at, row in enumerate(few(request.rows, "rows"))]
        made = await self._platform.reviews.decide(call_of(request), rows)
        return reviews_pb.BatchReviewResourcesResponse(results=map(_result, made.results))

    async def UndoReview(self, request: reviews_pb.UndoResourceReviewRequest, context: object) -> pb.Resource:
        undone = await self._platform.resources.undo_review(call_of(request), request.name, request.etag or None)
        return resources.to_message(undone)

    async def ListRevisions(
        self, request: reviews_pb.ListRevisionsRequest, context: object
    ) -> reviews_pb.ListRevisionsResponse:
        size = page_size(request.page_size or None, "page_size")
        after = cursor_of_page(request, request.page_token)
        async with session_of(self._platform) as session:
            page = await session.revisions.page(request.name, first=size, after=after)
        return reviews_pb.ListRevisionsResponse(
            revisions=map(_revision, page.items),
            next_page_token=page_token(request, str(page.items[-1].number)) if page.more else "",
            current=page.current or 0,
        )

    async def DiffRevisions(
        self, request: reviews_pb.DiffRevisionsRequest, context: object
    ) -> reviews_pb.DiffRevisionsResponse:
        start = request.from_number if request.HasField("from_number") else None
        end = request.to_number if request.HasField("to_number") else None
        async with session_of(self._platform) as session:
            found = await session.revisions.diff(request.name, start, end)
        return reviews_pb.DiffRevisionsResponse(
            from_number=found.from_number,
            to_number=found.to_number,
            changes=map(_change, found.changes),
            left_out=found.left_out,
            readable=found.readable,
        )


def _result(result: ReviewResult) -> reviews_pb.ReviewResult:
    if result.refusal is not None:
        return reviews_pb.ReviewResult(name=result.name, error=_detail(result.refusal))
    resource = None if result.resource is None else resources.to_message(result.resource)
    return reviews_pb.ReviewResult(name=result.name, resource=resource)


def _detail(refusal: RowRefusal) -> errors_pb.ErrorDetail:
    detail = errors_pb.ErrorDetail(
        code=errors_pb.Code.Value(f"CODE_{refusal.code.name}"),
        reason=refusal.reason,
        message_zh=refusal.messages[Locale.ZH.value],
        message_en=refusal.messages[Locale.EN.value],
        fields={name: _text(value) for name, value in refusal.fields.items() if value is not None},
    )
    if refusal.retry_after is not None:
        detail.retry_after.FromTimedelta(timedelta(seconds=refusal.retry_after))
    return detail


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _revision(view: RevisionView) -> pb.Revision:
    values: dict[str, Any] = {
        "number": view.number,
        "state": view.state,
        "authors": view.authors,
        "submitter": view.submitter,
        "reviewer": view.reviewer,
        "reason": view.reason,
        "create_time": view.created_at,
        "submit_time": view.submitted_at,
        "review_time": view.reviewed_at,
    }
    return filled(pb.Revision(), values)


def _change(change: FieldChange) -> reviews_pb.FieldChange:
    return reviews_pb.FieldChange(path=change.path, before=_value(change.before), after=_value(change.after))


def _value(held: Any) -> Value | None:  # noqa: ANN401 -- any JSON
    if held is ABSENT:
        return None
    holder = Struct()
    holder.update({"value": held})
    return holder.fields["value"]
