"""Member sets: what may be asked of them, and the verbs that change them.

The members of a resource are seen by those who may `read` it, and nobody else is told of them, not even how many there
are. Changing them asks `edit` as well, and no review: what is online changes by the hour.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Unpack

from pydantic import BaseModel, ConfigDict

from ucs_core.access.actions import Action
from ucs_core.platform.calls import Call
from ucs_core.platform.member_batches import BATCH_MOST, CHUNK_MOST, Batch, check_size
from ucs_core.platform.paging import Page, PageArguments, PageAsked, Places, Window, places_by_id
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_core.platform.sight import Sight, logged_name
from ucs_core.platform.validation import parse
from ucs_registry import catalog
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.catalog import MembersChange
from ucs_registry.members import Member, MemberFilter, member_name
from ucs_registry.resources import Resource
from ucs_sdk.errors import NotFound

CODE_MOST = 64
"""How long a member's code may be."""


_BY_CODE: Places[Member, str] = places_by_id(lambda member: member.code)


class MemberView(BaseModel):
    """A member, and the id of the resource that fronts it."""

    model_config = ConfigDict(frozen=True)

    resource: str
    member: Member

    @property
    def name(self) -> str:
        """The name on the wire."""
        return member_name(self.resource, self.member.code)


MemberPage = Page[MemberView]
"""A page of a set, in the order of codes. A cursor is a code."""


class MembersWritten(BaseModel):
    """What became of a set: how many members were entered or removed, how many of those are new, how many there are now."""

    model_config = ConfigDict(frozen=True)

    resource: str
    count: int
    added: int
    total: int


class MemberQuestions:
    """The member sets, as far as one caller may read them."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._reader = sight.reader

    async def page(
        self, name: str, filter: Mapping[str, Any] | None = None, **page: Unpack[PageArguments]
    ) -> MemberPage:
        """A page of a resource's members. Raises NotFound, Denied, or Invalid for a bad filter, cursor or page size."""
        window, wanted = Window(PageAsked(**page), _BY_CODE), parse(MemberFilter, filter or {}, "filter")
        resource = await self._readable(name)
        found = await window.page(
            lambda span: self._reader.find_members(
                resource.id,
                wanted,
                after=span.after,
                first=span.first,
                before=span.before,
                backward=span.backward,
            )
        )
        return found.of([MemberView.model_construct(resource=resource.id, member=member) for member in found.items])

    async def count(self, name: str, filter: Mapping[str, Any] | None = None) -> int:
        """How many members a resource has, exactly, all of them or those of a filter."""
        wanted = parse(MemberFilter, filter or {}, "filter")
        return await self._reader.count_members((await self._readable(name)).id, wanted)

    async def member(self, name: str) -> MemberView:
        """One member by its name. Raises NotFound, or Denied when the resource may be discovered but not read."""
        parent, code = parted(name)
        resource = await self._readable(parent)
        found = (await self._reader.members(resource.id, [code])).get(code)
        if found is None:
            raise NotFound("NOT_FOUND", object=name[:120])
        return MemberView(resource=resource.id, member=found)

    async def _readable(self, name: str) -> Resource:
        resource = await self._sight.discovered(name)
        await self._sight.require(Action.READ, resource)
        return resource


class MemberVerbs:
    """Enter, replace and remove the members of a resource."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def put(self, call: Call, name: str, members: Sequence[Mapping[str, Any]]) -> MembersWritten:
        """Enter or replace up to 1,000 members of a resource, all or none."""
        return await self._put(call, name, Batch.of(members, BATCH_MOST), "members.put")

    async def import_chunk(self, call: Call, name: str, members: Sequence[Mapping[str, Any]] | bytes) -> MembersWritten:
        """Enter or replace up to 5,000 members of a resource, all or none: plain JSON objects, or NDJSON."""
        batch = Batch.of_lines(members, CHUNK_MOST) if isinstance(members, bytes) else Batch.of(members, CHUNK_MOST)
        return await self._put(call, name, batch, "members.import")

    async def remove(self, call: Call, name: str, codes: Sequence[str]) -> MembersWritten:
        """Remove up to 1,000 members of a resource by their codes, all or none."""
        counted: dict[str, object] = {"count": len(codes)}
        if len(codes) <= BATCH_MOST:
            counted["digest"] = digest(canonical_json([*codes]))

        async def apply(session: WriteSession, resource: Resource) -> MembersChange:
            check_size(len(codes), BATCH_MOST, "codes")
            return await catalog.remove_members(session.unit, resource, codes)

        return await self._change(call, name, "members.remove", counted, apply)

    async def _put(self, call: Call, name: str, batch: Batch, verb: str) -> MembersWritten:
        async def apply(session: WriteSession, resource: Resource) -> MembersChange:
            if batch.refusal is not None:
                raise batch.refusal
            return await catalog.put_members(session.unit, resource, batch.members, session.at)

        return await self._change(call, name, verb, {"count": batch.count, "digest": batch.digest}, apply)

    async def _change(
        self,
        call: Call,
        name: str,
        verb: str,
        request: Mapping[str, Any],
        apply: Callable[[WriteSession, Resource], Awaitable[MembersChange]],
    ) -> MembersWritten:
        async def work(session: WriteSession) -> MembersWritten:
            resource = await session.sight.discovered(name)
            # Whoever may write and not read would learn from the answers which members there are.
            await session.sight.require(Action.READ, resource)
            decision = await session.sight.require(Action.EDIT, resource)
            change = await apply(session, resource)
            session.written.append(
                Written(
                    object=resource.name,
                    action=Action.EDIT.value,
                    rule=decision.rule,
                    body={**request, "added": change.added, "total": change.total},
                    before=resource.digest,
                    after=resource.digest,
                    access_before=resource.access,
                    access_after=resource.access,
                )
            )
            return MembersWritten(resource=resource.name, count=change.changed, added=change.added, total=change.total)

        mutation = Mutation(
            verb=verb,
            action=Action.EDIT.value,
            object=logged_name(name),
            request=request,
            answer=MembersWritten,
            work=work,
            again=_again,
        )
        return await self._pipeline.run(call, mutation)


def parted(name: str) -> tuple[str, str]:
    """The resource's name and the code in a member's name. Raises NotFound for other names."""
    parent, middle, code = name.rpartition("/members/")
    if not middle or not parent.startswith("resources/") or "/" in code or not 0 < len(code) <= CODE_MOST:
        raise NotFound("NOT_FOUND", object=name[:120])
    return parent, code


async def _again(session: WriteSession, answer: MembersWritten) -> MembersWritten:
    await session.sight.require(Action.READ, await session.sight.discovered(answer.resource))
    return answer
