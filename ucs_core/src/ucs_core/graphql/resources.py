"""Resources in the schema: what a caller is shown of them, and what stands around them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import (
    Availability,
    DataLevel,
    DependencyRelation,
    OpenType,
    ResourceKind,
    ReviewState,
    ShareType,
    UpdateCycle,
)
from ucs_core.graphql.members import Filter, MemberConnection, members_page
from ucs_core.graphql.nodes import After, Before, BilingualText, First, Last, Node, Point, TemporalWindow, asked
from ucs_core.graphql.organizations import Organization, load_organization
from ucs_core.graphql.revisions import RevisionConnection, revisions_page
from ucs_core.graphql.scalars import Json
from ucs_core.graphql.texts import MOST, content, described, resolved
from ucs_core.platform import DependencyView, ResourceView
from ucs_registry import resources as registry
from ucs_registry.queries import page_size
from ucs_sdk.errors import NotFound

Most = Annotated[int | None, strawberry.argument(description=MOST)]


@strawberry.type(description="资源内容 · What a revision of a resource holds")
class ResourceContent:
    """The fields that a resource and each of its revisions have in common."""

    title: BilingualText = content("title")
    summary: BilingualText = content("summary")
    tags: list[str] = content("tags")
    region_code: str | None = content("region_code")
    location: Point | None = content("location")
    classification: str | None = content("classification")
    provider_code: str | None = content("provider_code")
    format: str | None = content("format")
    share_type: ShareType = content("share_type")
    share_condition: str | None = content("share_condition")
    denial_basis: str | None = content("denial_basis")
    share_mode: str | None = content("share_mode")
    open_type: OpenType = content("open_type")
    open_condition: str | None = content("open_condition")
    data_level: DataLevel = content("data_level")
    update_cycle: UpdateCycle = content("update_cycle")
    issued_on: date | None = content("issued_on")
    conforms_to: list[str] = content("conforms_to")
    related_codes: list[str] = content("related_codes")
    source: str | None = content("source")
    synthetic: bool = content("synthetic")
    contact: str | None = content("contact")
    spec: Json | None = content("spec")
    footprint: Json | None = content("footprint")
    temporal: TemporalWindow | None = content("temporal")


@strawberry.type(description="弃用声明 · An announcement that a resource is to be used no more")
class Deprecation:
    """An announcement that a resource is to be used no more."""

    announced: strawberry.Private[registry.Deprecation]
    effective_on: date = described("自何日起弃用", "From which day on nothing new should depend on it")
    removal_on: date | None = described("计划移除日期", "The day on which it is planned to go")
    note: str | None = described("说明", "What users should know")

    @classmethod
    def of(cls, announced: registry.Deprecation | None) -> Self | None:
        """The schema's object, where something was announced."""
        if announced is None:
            return None
        return cls(
            announced=announced,
            effective_on=announced.effective_on,
            removal_on=announced.removal_on,
            note=announced.note,
        )

    @resolved("替代资源", "What to use instead; null unless you may see it")
    async def alternative(self, info: Info) -> Resource | None:
        """What to use instead."""
        name = self.announced.alternative
        view = None if name is None else await info.context.resources.load(name)
        return None if view is None else Resource.of(view)


@strawberry.type(description="弃用提醒 · That a resource which is needed is deprecated")
class DeprecationNotice:
    """That a resource which is needed is deprecated."""

    target: strawberry.ID = described("被弃用的资源", "The resource that is needed")
    deprecation: Deprecation = described("弃用声明", "What was announced of it")


@strawberry.type(description="资源 · Anything catalogued: infrastructure, data, component service or application")
class Resource(ResourceContent, Node):
    """A resource as the caller may see it."""

    view: strawberry.Private[ResourceView]
    code: str = described("资源代码", "Unique code")
    kind: ResourceKind = described("资源类别", "Kind")
    type: str = described("资源类型", "Type, which refines the kind")
    availability: Availability = described("可用状态", "Whether it can be used")
    availability_reason: str | None = described("状态说明", "Why it is offline or suspended")
    created_at: datetime = described("创建时间", "When it was entered")
    updated_at: datetime = described("更新时间", "When what is shown last changed")
    revision: int = described("所示版本号", "Number of the revision shown")
    readable: bool = described("是否可读取规格与联系方式", "Whether you may read specification and contact")
    member_count: int | None = described("成员数（需“读取”权限）", "How many members it fronts; null unless readable")
    etag: str | None = described(
        "版本标记，供下一次写入使用", "State to name in the next write; for those who work on it"
    )

    deprecation: Deprecation | None = described(
        "弃用声明", "That it is to be used no more; null while nothing was announced"
    )
    notices: list[DeprecationNotice] = described(
        "弃用提醒：它所依赖的资源中已弃用者（限维护人员）", "What it needs and is deprecated; for those who work on it"
    )
    deleted_at: datetime | None = described("删除时间", "When it was deleted; null unless it is in the bin")
    purge_at: datetime | None = described("彻底删除时间", "When it will be removed for ever")
    deleted_by: strawberry.ID | None = described("删除人", "Who deleted it")

    @classmethod
    def of(cls, view: ResourceView) -> Self:
        """The schema's object for what the caller may see."""
        return cls(
            id=strawberry.ID(view.name),
            view=view,
            code=view.code,
            kind=view.kind,
            type=view.type,
            availability=view.availability,
            availability_reason=view.availability_reason,
            created_at=view.created_at,
            updated_at=view.updated_at,
            revision=view.revision,
            readable=view.readable,
            member_count=view.member_count,
            etag=view.etag,
            deprecation=Deprecation.of(view.deprecation),
            notices=[
                DeprecationNotice(target=strawberry.ID(item.target), deprecation=announced)
                for item in view.notices
                if (announced := Deprecation.of(item.deprecation))
            ],
            deleted_at=view.deleted_at,
            purge_at=view.purge_at,
            deleted_by=_id(view.deleted_by),
            **_content(view.content, readable=view.readable),
        )

    @resolved("所属机构", "The organisation that owns it")
    async def owner(self, info: Info) -> Organization:
        """The owner."""
        owner = await load_organization(info, self.view.owner)
        if owner is None:
            raise NotFound("NOT_FOUND", object=f"organizations/{self.view.owner}")
        return owner

    @resolved("最新版本（限维护人员）", "Latest revision; for those who work on the resource")
    def head(self) -> Revision | None:
        """The latest revision."""
        return None if self.view.head is None else Revision.of(self.view.head, readable=self.view.readable)

    @resolved("历史版本，最新在前", "Its revisions, the latest first")
    async def revisions(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> RevisionConnection:
        """A page of its revisions."""
        return await revisions_page(info, self.view.name, asked(info, first, after, last, before))

    @resolved("它所依赖的资源", "What it needs, as far as you may see it")
    async def dependencies(self, info: Info) -> list[Dependency]:
        """What it needs."""
        return _dependencies(await info.context.dependencies.load(self.view.name))

    @resolved("成员，按代码排序（需“读取”权限）", "Its members, in the order of their codes; null unless readable")
    async def members(
        self,
        info: Info,
        filter: Filter = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> MemberConnection | None:
        """A page of its members."""
        page = asked(info, first, after, last, before)
        return await members_page(info, self.view.name, filter, page) if self.view.readable else None

    @resolved("依赖它的资源，按名称排序，至多 first 项", "What needs it, as far as you may see it: the first by name")
    async def dependants(self, info: Info, first: Most = None) -> list[Dependency]:
        """What needs it."""
        return _dependencies(await info.context.dependants.load((self.view.name, page_size(first))))


@strawberry.type(description="依赖 · One resource needs another; `resource` is the far end")
class Dependency:
    """An edge as seen from one end."""

    relation: DependencyRelation = described("依赖关系", "How it is needed")
    version: str | None = described("所需版本", "Which version is needed")
    role: str | None = described("在其中的作用", "What it is needed for")
    required: bool = described("是否必需", "Whether it cannot be done without")
    resource: Resource = described("另一端的资源", "The far end")


@strawberry.type(description="版本内容 · What the latest revision holds, approved or not")
class RevisionContent(ResourceContent):
    """The content of a revision."""

    links: strawberry.Private[tuple[registry.Dependency, ...]]

    @resolved("此版本声明的依赖", "What this revision needs, as far as you may see it")
    async def dependencies(self, info: Info) -> list[Dependency]:
        """What it needs."""
        seen = await info.context.resources.load_many([link.target for link in self.links])
        ends = zip(self.links, seen, strict=True)
        return _dependencies(DependencyView(dependency=link, resource=far) for link, far in ends if far is not None)


@strawberry.type(description="版本 · An immutable version of a resource, and where it stands in review")
class Revision:
    """A revision."""

    number: int = described("版本号", "Number, from 1")
    state: ReviewState = described("审核状态", "Where it stands in review")
    authors: list[strawberry.ID] = described("自上次通过以来的编写人", "All who wrote since the last approval")
    created_at: datetime = described("编写时间", "When it was written")
    submitter: strawberry.ID | None = described("提交人", "Who submitted it")
    submitted_at: datetime | None = described("提交时间", "When it was submitted")
    reviewer: strawberry.ID | None = described("审核人", "Who reviewed it")
    reviewed_at: datetime | None = described("审核时间", "When it was reviewed")
    reason: str | None = described("驳回理由", "Why it was rejected")
    content: RevisionContent = described("内容", "What it holds")

    @classmethod
    def of(cls, revision: registry.Revision, *, readable: bool) -> Self:
        """The schema's object for a revision."""
        held = revision.content
        return cls(
            number=revision.number,
            state=revision.state,
            authors=[strawberry.ID(author) for author in revision.authors],
            created_at=revision.created_at,
            submitter=_id(revision.submitter),
            submitted_at=revision.submitted_at,
            reviewer=_id(revision.reviewer),
            reviewed_at=revision.reviewed_at,
            reason=revision.reason,
            content=RevisionContent(links=held.dependencies, **_content(held, readable=readable)),
        )


def _id(name: str | None) -> strawberry.ID | None:
    return None if name is None else strawberry.ID(name)


def _dependencies(views: Iterable[DependencyView]) -> list[Dependency]:
    return [
        Dependency(
            relation=view.dependency.relation,
            version=view.dependency.version,
            role=view.dependency.role,
            required=view.dependency.required,
            resource=Resource.of(view.resource),
        )
        for view in views
    ]


def _content(held: registry.ResourceContent, *, readable: bool) -> dict[str, Any]:
    location = held.location
    return {field.name: getattr(held, field.name) for field in dataclasses.fields(ResourceContent)} | {
        "title": BilingualText(zh=held.title.zh, en=held.title.en),
        "summary": BilingualText(zh=held.summary.zh, en=held.summary.en),
        "tags": list(held.tags),
        "location": location and Point(longitude=location.longitude, latitude=location.latitude),
        "conforms_to": list(held.conforms_to),
        "related_codes": list(held.related_codes),
        "footprint": held.footprint and held.footprint.model_dump(mode="json"),
        "temporal": held.temporal and TemporalWindow(start=held.temporal.start, end=held.temporal.end),
        "contact": held.contact if readable else None,
        "spec": held.spec if readable else None,
    }
