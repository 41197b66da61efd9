"""The verbs on member sets in the schema."""

from __future__ import annotations

from typing import Annotated

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import MemberStatus
from ucs_core.graphql.inputs import PointInput, plain_fields
from ucs_core.graphql.resources import Resource
from ucs_core.graphql.scalars import Json
from ucs_core.graphql.texts import REQUEST_ID, RESOURCE_ID, VALIDATE_ONLY, described, resolved
from ucs_core.platform.members import MembersWritten

ResourceId = Annotated[strawberry.ID, strawberry.argument(description=RESOURCE_ID)]
Codes = Annotated[list[str], strawberry.argument(description="成员代码，1 至 1000 个 · The members' codes, 1 to 1,000")]
RequestId = Annotated[str | None, strawberry.argument(description=REQUEST_ID)]
ValidateOnly = Annotated[bool, strawberry.argument(description=VALIDATE_ONLY)]


@strawberry.input(description="成员名称 · What people call a member")
class MemberTitleInput:
    """What people call a member."""

    zh: str = described("中文", "Chinese")
    en: str | None = strawberry.field(default=None, description="英文 · English")


@strawberry.input(description="成员 · What is said of a member when it is entered or replaced")
class MemberInput:
    """What is said of a member."""

    code: str = described("成员代码", "What tells it from the others of its set")
    title: MemberTitleInput = described("名称", "What people call it")
    location: PointInput | None = strawberry.field(default=None, description="位置 · Where it is")
    region_code: str | None = strawberry.field(default=None, description="行政区划代码 · The division where it stands")
    status: MemberStatus | None = strawberry.field(
        default=None, description="成员状态，缺省为未知 · Whether it answers; unknown when not given"
    )
    attributes: Json | None = strawberry.field(
        default=None, description="属性 · What the resource's type asks of its members, at most 4,096 bytes"
    )


Members = Annotated[
    list[MemberInput], strawberry.argument(description="成员，1 至 1000 个 · The members, 1 to 1,000, each code once")
]


@strawberry.type(description="成员变更的结果 · What became of a member set")
class MembersChange:
    """What became of a member set."""

    count: int = described("登记或移除的成员数", "How many members were entered, replaced or removed")
    added: int = described("其中新增", "How many of them are new")
    total: int = described("现有成员数", "How many the set holds now")
    name: strawberry.Private[str]

    @classmethod
    def of(cls, written: MembersWritten) -> MembersChange:
        """The schema's object for what was written."""
        return cls(count=written.count, added=written.added, total=written.total, name=written.resource)

    @resolved("所属资源", "The resource that fronts the set")
    async def resource(self, info: Info) -> Resource:
        """The resource."""
        return Resource.of(await info.context.ask(lambda session: session.resource(self.name)))


@strawberry.type
class MemberMutation:
    """What can be done to member sets."""

    @resolved("登记或替换成员，全部生效或全不生效", "Enter or replace members, all of them or none")
    async def put_members(
        self,
        info: Info,
        resource: ResourceId,
        members: Members,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> MembersChange:
        """Enter or replace members."""
        call = info.context.call(request_id, validate_only)
        stated = [_stated(member) for member in members]
        return await _changed(info, await info.context.platform.members.put(call, resource, stated))

    @resolved("按代码移除成员，全部生效或全不生效", "Remove members by their codes, all of them or none")
    async def remove_members(
        self,
        info: Info,
        resource: ResourceId,
        codes: Codes,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> MembersChange:
        """Remove members."""
        call = info.context.call(request_id, validate_only)
        return await _changed(info, await info.context.platform.members.remove(call, resource, codes))


async def _changed(info: Info, written: MembersWritten) -> MembersChange:
    # What the caller selects around it is read afresh, after the verb.
    await info.context.forget()
    return MembersChange.of(written)


def _stated(member: MemberInput) -> dict[str, object]:
    # What is not stated is left out, so that the request is the same at every door; what attributes hold is their own.
    stated = plain_fields(member) | {"title": _full(plain_fields(member.title))}
    return _full(stated)


def _full(values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
