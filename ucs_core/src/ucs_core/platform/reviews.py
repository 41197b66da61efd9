"""Many reviews in one call: each a write of its own, and a result for every one of them."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from ucs_core.access.actions import Action
from ucs_core.platform.calls import Call
from ucs_core.platform.noting import links_of
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession
from ucs_core.platform.resources import ResourceVerbs
from ucs_core.platform.sight import logged_name
from ucs_core.platform.validation import parse
from ucs_core.platform.views import ResourceView, narrowed
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.catalog import UNNAMED
from ucs_sdk.errors import Code, Invalid, NotFound, UcsError
from ucs_sdk.messages import Locale

ROWS_MOST = 200
"""How many reviews one call may decide."""

_PASSING = frozenset({Code.UNAVAILABLE, Code.EXHAUSTED, Code.DEADLINE_EXCEEDED, Code.INTERNAL})
"""What may be otherwise with the next try: an answer that holds such a refusal is not kept for those who repeat the call."""


_NAME = re.compile(r"resources/[0-9A-HJKMNP-TV-Z]{26}")


class ReviewDecision(StrEnum):
    """What a reviewer decides."""

    APPROVE = "approve"
    REJECT = "reject"


class ReviewRow(BaseModel):
    """One decision of many. An approval has no reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80)]
    decision: ReviewDecision
    etag: Annotated[str, Field(max_length=64)] | None = None
    reason: str | None = None


class RowRefusal(BaseModel):
    """Why one row was refused, with the message in both languages; `retry_after` is in seconds."""

    model_config = ConfigDict(frozen=True)

    code: Code
    reason: str
    fields: dict[str, Any]
    messages: dict[str, str]
    retry_after: float | None

    @classmethod
    def of(cls, error: UcsError) -> Self:
        """The refusal of an error."""
        return cls(
            code=error.code,
            reason=error.reason,
            fields={name: _plain(value) for name, value in error.fields.items()},
            messages={locale.value: error.message(locale) for locale in Locale},
            retry_after=error.retry_after,
        )


class ReviewResult(BaseModel):
    """What became of one row: the resource as it then was, or why the decision was refused."""

    model_config = ConfigDict(frozen=True)

    name: str
    resource: ResourceView | None = None
    refusal: RowRefusal | None = None


class ReviewResults(BaseModel):
    """What became of every row, in their order."""

    model_config = ConfigDict(frozen=True)

    results: list[ReviewResult]


class ReviewVerbs:
    """Decide many reviews."""

    def __init__(self, pipeline: Pipeline, resources: ResourceVerbs) -> None:
        self._pipeline = pipeline
        self._resources = resources

    async def decide(self, call: Call, rows: Sequence[Mapping[str, Any]]) -> ReviewResults:
        """Approve and reject up to 200 revisions in review, each in a unit of its own, with a result for each.

        What one row is refused for stops no other; a mistake in the form of any stops all before the first. A caller that
        goes away leaves the rows behind it undone, and can repeat the call under its request id: what was decided is told
        again, and the rest is done.
        """
        mutation = self._mutation(rows)
        repeated = await self._pipeline.recall(call, mutation)
        if repeated is not None:
            return repeated
        results = [
            await self._decide(_call_of_row(call, at), parse(ReviewRow, row, f"rows[{at}]"))
            for at, row in enumerate(rows)
        ]
        made = ReviewResults(results=results)
        passing = any(result.refusal is not None and result.refusal.code in _PASSING for result in results)
        if call.request_id is None or call.validate_only or passing:
            return made

        async def keep(_: WriteSession) -> ReviewResults:
            return made

        return await self._pipeline.run(call, replace(mutation, work=keep))

    def _mutation(self, rows: Sequence[Mapping[str, Any]]) -> Mutation[ReviewResults]:
        async def check(_: WriteSession) -> ReviewResults:
            _check(rows)
            return ReviewResults(results=[])

        return Mutation(
            verb="resources.review",
            action=Action.REVIEW.value,
            object="resources/-",
            request={"rows": list(rows)},
            answer=ReviewResults,
            work=check,
            again=_again,
        )

    async def _decide(self, call: Call, row: ReviewRow) -> ReviewResult:
        try:
            if row.decision is ReviewDecision.APPROVE:
                resource = await self._resources.approve(call, row.name, row.etag)
            else:
                resource = await self._resources.reject(call, row.name, row.reason, row.etag)
        except UcsError as refusal:
            return ReviewResult(name=row.name, refusal=RowRefusal.of(refusal))
        return ReviewResult(name=row.name, resource=resource)


def _check(rows: Sequence[Mapping[str, Any]]) -> None:
    """Raise Invalid for the form of what was sent: too few or too many, what is no decision, a resource named twice."""
    if not rows:
        raise Invalid("FIELD_TOO_SHORT", path="rows", limit=1, unit="item", more=0)
    if len(rows) > ROWS_MOST:
        raise Invalid("FIELD_TOO_LONG", path="rows", limit=ROWS_MOST, unit="items", more=0)
    seen: dict[str, int] = {}
    for at, row in enumerate(rows):
        name = logged_name(parse(ReviewRow, row, f"rows[{at}]").name)
        if seen.setdefault(name, at) != at:
            raise Invalid("ROW_TWICE", path=f"rows[{at}].name", object=name, first=f"rows[{seen[name]}]")


def _call_of_row(call: Call, at: int) -> Call:
    """The call of one row: of the same id in the log, with a request id that the whole one and the row's place give."""
    if call.request_id is None:
        return call
    return replace(call, request_id=f"row-{at}-{digest(canonical_json([call.request_id, at]))[:48]}")


async def _again(session: WriteSession, answer: ReviewResults) -> ReviewResults:
    """The answer to a call that is repeated, without what its caller may see no more."""
    told = [result.resource for result in answer.results if result.resource is not None]
    found = await session.unit.resources([view.id for view in told])
    seen = [item for item in found.values() if (await session.sight.decide(Action.DISCOVER, item)).allowed]
    now = {view.id: view for view in await session.sight.views(seen)}
    refusals = [result.refusal for result in answer.results if result.refusal is not None]
    names = {name for view in told for name in links_of(view)} | {logged_name(result.name) for result in answer.results}
    linked = await session.sight.seen(names.union(*map(_named, refusals)))
    return ReviewResults(results=[_told_again(result, now, linked) for result in answer.results])


def _told_again(result: ReviewResult, now: Mapping[str, ResourceView], linked: Container[str]) -> ReviewResult:
    if result.refusal is not None:
        return _refused_again(result, result.refusal, linked)
    if result.resource is None or result.resource.id not in now:
        return _gone(result)
    return result.model_copy(update={"resource": narrowed(result.resource, now[result.resource.id], linked)})


def _refused_again(result: ReviewResult, refusal: RowRefusal, linked: Container[str]) -> ReviewResult:
    if refusal.code is Code.NOT_FOUND:
        return result
    if logged_name(result.name) not in linked:
        return _gone(result)
    hidden = [name for name in _named(refusal) if name not in linked]
    if not hidden:
        return result
    told = refusal.model_dump_json()
    for name in hidden:
        told = told.replace(name, UNNAMED)
    return result.model_copy(update={"refusal": RowRefusal.model_validate_json(told)})


def _gone(result: ReviewResult) -> ReviewResult:
    return ReviewResult(name=result.name, refusal=RowRefusal.of(NotFound("NOT_FOUND", object=logged_name(result.name))))


def _named(refusal: RowRefusal) -> set[str]:
    """The names of all resources that a refusal mentions."""
    return set(_NAME.findall(refusal.model_dump_json()))


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
