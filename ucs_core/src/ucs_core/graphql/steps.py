"""What the mutations on resources have in common: their arguments, and how the resource is answered as it then is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.texts import ETAG, REASON, REQUEST_ID, RESOURCE_ID, VALIDATE_ONLY, Assignable, resolved
from ucs_core.platform import Call, Platform, ResourceView

Id = Annotated[strawberry.ID, strawberry.argument(description=RESOURCE_ID)]
Etag = Annotated[str, strawberry.argument(description=ETAG)]
MaybeEtag = Annotated[str | None, strawberry.argument(description=ETAG)]
Reason = Annotated[str, strawberry.argument(description=REASON)]
RequestId = Annotated[str | None, strawberry.argument(description=REQUEST_ID)]
ValidateOnly = Annotated[bool, strawberry.argument(description=VALIDATE_ONLY)]

Step = Callable[[Call, str, str | None], Awaitable[ResourceView]]
"""A verb that asks for nothing but the resource, and an etag where the caller likes to name one."""


def step(zh: str, en: str, verb: Callable[[Platform], Step]) -> Assignable:
    """The field of such a verb."""

    @resolved(zh, en)
    async def step(
        self: object,
        info: Info,
        id: Id,
        etag: MaybeEtag = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Resource:
        return await changed(info, request_id, validate_only, lambda platform, call: verb(platform)(call, id, etag))

    return step


async def changed(
    info: Info,
    request_id: str | None,
    validate_only: bool,
    verb: Callable[[Platform, Call], Awaitable[ResourceView]],
) -> Resource:
    """The resource as a verb leaves it."""
    # What the caller selects around the resource is read afresh, after the verb.
    await info.context.forget()
    call = info.context.call(request_id, validate_only)
    return Resource.of(await verb(info.context.platform, call))
