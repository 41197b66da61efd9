"""Types and vocabularies in the schema, as what they say and as what is asked of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import MemberCoding, ResourceKind
from ucs_core.graphql.nodes import After, Before, BilingualText, First, Last, PageInfo, asked, page_info
from ucs_core.graphql.scalars import Json
from ucs_core.graphql.texts import described, resolved
from ucs_core.platform.paging import Page
from ucs_registry import types as registry
from ucs_registry import vocabularies as words

TypeName = Annotated[strawberry.ID, strawberry.argument(description="资源类型 · types/…")]
Version = Annotated[
    int | None, strawberry.argument(description="版本，缺省为最新 · Which version; the latest when not given")
]
OfKind = Annotated[ResourceKind | None, strawberry.argument(description="资源类别 · Only those of this kind")]
VocabularyName = Annotated[strawberry.ID, strawberry.argument(description="词表 · vocabularies/…")]


@strawberry.type(name="MemberRules", description="成员规则 · What the members of a type's resources must be")
class MemberRules:
    """What the members of a type's resources must be."""

    code: MemberCoding = described("成员编码", "How they are called")
    schema: Json = described("成员属性的模式", "What their attributes must satisfy, in JSON Schema 2020-12")


@strawberry.type(description="资源类型的一个版本 · A type of resource, in one of its versions")
class ResourceType:
    """A type of resource. It is no Node: all versions of a type have one name."""

    id: strawberry.ID = described("名称，各版本相同", "Its name, which all versions share")
    version: int = described("版本，从 1 起", "Counted from 1; a type that every platform knows is version 1")
    kind: ResourceKind = described("所属资源类别", "The kind of resource that it refines")
    title: BilingualText = described("名称", "What people call it")
    schema: Json = described("规格的模式", "What `spec` must satisfy, in JSON Schema 2020-12")
    members: MemberRules | None = described("成员规则，无则不限", "What its members must be; null where they are free")
    created_at: datetime | None = described("录入时间，内置则无", "When it was entered; null where nobody entered it")
    created_by: strawberry.ID | None = described("录入者", "Who entered it")
    etag: str = described("版本标记", "The state that the next version must name")

    @classmethod
    def of(cls, type: registry.ResourceType) -> Self:
        """The schema's object for a version."""
        members = type.members
        return cls(
            id=strawberry.ID(type.name),
            version=type.version,
            kind=type.kind,
            title=BilingualText(zh=type.title.zh, en=type.title.en),
            schema=Json(type.schema),
            members=None if members is None else MemberRules(code=members.code, schema=Json(members.schema)),
            created_at=type.created_at,
            created_by=None if type.created_by is None else strawberry.ID(type.created_by),
            etag=type.etag,
        )


@strawberry.type(description="列表中的一个类型 · A type in a list")
class ResourceTypeEdge:
    """A type in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: ResourceType = described("类型", "The type")


@strawberry.type(description="类型列表的一页 · A page of types")
class ResourceTypeConnection:
    """A page of types."""

    edges: list[ResourceTypeEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[ResourceType] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")


@strawberry.type(description="词条 · A term of a vocabulary")
class VocabularyTerm:
    """A term of a vocabulary."""

    id: strawberry.ID = described("标识，即标签中冒号之后的部分", "What stands behind the colon of a tag")
    title: BilingualText = described("名称", "What people call it")
    broader: strawberry.ID | None = described("上位词", "The wider term under which it stands")


@strawberry.type(description="受控词表 · A vocabulary, from whose terms tags like `theme:health` are taken")
class Vocabulary:
    """A vocabulary."""

    id: strawberry.ID = described("名称", "Its name")
    version: int = described("版本，从 1 起", "Counted from 1")
    title: BilingualText = described("名称", "What people call it")
    terms: list[VocabularyTerm] = described("词条", "Its terms")
    closed: bool = described("是否封闭：标签必须取自词条", "Whether a tag of it must name one of its terms")
    updated_at: datetime | None = described("录入时间，内置则无", "When it was entered; null where nobody entered it")
    updated_by: strawberry.ID | None = described("录入者", "Who entered it")
    etag: str = described("版本标记", "The state that the next write must name")

    @classmethod
    def of(cls, vocabulary: words.Vocabulary) -> Self:
        """The schema's object for a vocabulary."""
        return cls(
            id=strawberry.ID(vocabulary.name),
            version=vocabulary.version,
            title=BilingualText(zh=vocabulary.title.zh, en=vocabulary.title.en),
            terms=[
                VocabularyTerm(
                    id=strawberry.ID(term.id),
                    title=BilingualText(zh=term.title.zh, en=term.title.en),
                    broader=None if term.broader is None else strawberry.ID(term.broader),
                )
                for term in vocabulary.terms
            ],
            closed=vocabulary.closed,
            updated_at=vocabulary.updated_at,
            updated_by=None if vocabulary.updated_by is None else strawberry.ID(vocabulary.updated_by),
            etag=vocabulary.etag,
        )


@strawberry.type(description="列表中的一个词表 · A vocabulary in a list")
class VocabularyEdge:
    """A vocabulary in a list."""

    cursor: str = described("游标", "The place just behind it")
    node: Vocabulary = described("词表", "The vocabulary")


@strawberry.type(description="词表列表的一页 · A page of vocabularies")
class VocabularyConnection:
    """A page of vocabularies."""

    edges: list[VocabularyEdge] = described("条目及其游标", "Items with their cursors")
    nodes: list[Vocabulary] = described("条目", "Items")
    page_info: PageInfo = described("分页信息", "Where the page stands")


@strawberry.type
class TypeQuery:
    """What can be asked about types and vocabularies."""

    @resolved("资源类型列表，按标识排序", "The types of resources in their latest versions, by id")
    async def types(
        self,
        info: Info,
        kind: OfKind = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ResourceTypeConnection:
        """A page of types."""
        page = asked(info, first, after, last, before)
        return _types_of(info, await info.context.ask(lambda session: session.types.types(kind, **page)))

    @resolved("一种资源类型", "One type of resource")
    async def type(self, info: Info, id: TypeName, version: Version = None) -> ResourceType | None:
        """One type."""
        return ResourceType.of(await info.context.ask(lambda session: session.types.type(id, version)))

    @resolved("一种资源类型的历次版本，新的在前", "The versions of a type, the latest first")
    async def type_versions(
        self,
        info: Info,
        id: TypeName,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ResourceTypeConnection:
        """A page of the versions of a type."""
        page = asked(info, first, after, last, before)
        return _types_of(info, await info.context.ask(lambda session: session.types.versions(id, **page)))

    @resolved("受控词表列表，按标识排序", "The vocabularies of tags, by id")
    async def vocabularies(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> VocabularyConnection:
        """A page of vocabularies."""
        arguments = asked(info, first, after, last, before)
        page = await info.context.ask(lambda session: session.types.vocabularies(**arguments))
        nodes = list(map(Vocabulary.of, page.items))
        info.context.spend(sum(len(node.terms) + 1 for node in nodes))
        return VocabularyConnection(
            edges=[VocabularyEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=page_info(page),
        )

    @resolved("一个受控词表", "One vocabulary")
    async def vocabulary(self, info: Info, id: VocabularyName) -> Vocabulary | None:
        """One vocabulary."""
        found = Vocabulary.of(await info.context.ask(lambda session: session.types.vocabulary(id)))
        info.context.spend(len(found.terms))
        return found


def _types_of(info: Info, page: Page[registry.ResourceType]) -> ResourceTypeConnection:
    nodes = list(map(ResourceType.of, page.items))
    info.context.spend(len(nodes))
    return ResourceTypeConnection(
        edges=[ResourceTypeEdge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=page_info(page),
    )
