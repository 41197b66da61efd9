"""The verbs of the schema on types and vocabularies."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from ucs_core.graphql.context import Info
from ucs_core.graphql.enums import BreakKind, MemberCoding, ResourceKind
from ucs_core.graphql.inputs import BilingualInput, plain_fields
from ucs_core.graphql.nodes import BilingualText
from ucs_core.graphql.scalars import Json
from ucs_core.graphql.texts import REQUEST_ID, VALIDATE_ONLY, described, resolved
from ucs_core.graphql.types import ResourceType, Vocabulary
from ucs_core.platform.types import BreakView, TypePut

MaybeEtag = Annotated[
    str | None,
    strawberry.argument(
        description="所替换版本的标记，新条目不填 · The etag of what is replaced; none for what is new"
    ),
]
RequestId = Annotated[str | None, strawberry.argument(description=REQUEST_ID)]
ValidateOnly = Annotated[bool, strawberry.argument(description=VALIDATE_ONLY)]
Breaking = Annotated[
    bool,
    strawberry.argument(
        description="声明为不兼容变更 · Whether the version is meant to refuse what the one before takes"
    ),
]


@strawberry.input(description="成员规则 · What the members of a type's resources must be")
class MemberRulesInput:
    """What the members of a type's resources must be."""

    code: MemberCoding = described("成员编码", "How they are called")
    schema: Json = described("成员属性的模式", "What their attributes must satisfy, in JSON Schema 2020-12")


@strawberry.input(description="资源类型或其新版本 · A type of resource, or its next version")
class TypeInput:
    """A type of resource, or its next version."""

    id: strawberry.ID = described("标识，不可更改", "A lower-case word of [a-z0-9_]; it stays")
    kind: ResourceKind = described("所属资源类别", "The kind of resource that it refines")
    title: BilingualInput = described("名称", "What people call it")
    schema: Json = described("规格的模式，至多 64 KiB", "What `spec` must satisfy; at most 64 KiB")
    members: MemberRulesInput | None = strawberry.field(
        default=None, description="成员规则，无则不限 · What its members must be; null where they are free"
    )


@strawberry.input(description="词条 · A term of a vocabulary")
class VocabularyTermInput:
    """A term of a vocabulary."""

    id: strawberry.ID = described("标识", "What stands behind the colon of a tag")
    title: BilingualInput = described("名称", "What people call it")
    broader: strawberry.ID | None = strawberry.field(default=None, description="上位词 · The wider term")


@strawberry.input(description="受控词表 · A vocabulary, whole")
class VocabularyInput:
    """A vocabulary, whole."""

    id: strawberry.ID = described("标识，不可更改", "A lower-case word of [a-z0-9_]; it stays")
    title: BilingualInput = described("名称", "What people call it")
    terms: list[VocabularyTermInput] = described("词条，至多 1000 个", "Its terms, 1,000 at most")
    closed: bool = strawberry.field(
        default=False, description="是否封闭：标签必须取自词条 · Whether a tag of it must name one of its terms"
    )


NewType = Annotated[TypeInput, strawberry.argument(description="资源类型 · The type")]
NewVocabulary = Annotated[VocabularyInput, strawberry.argument(description="受控词表 · The vocabulary")]


@strawberry.type(description="不兼容之处 · Something that the version before takes and the new one may refuse")
class SchemaBreak:
    """Something that the version before takes and the new one may refuse."""

    path: str = described("位置，如 spec.items[].name", "Where, such as spec.items[].name")
    kind: BreakKind = described("类别", "What kind of break it is")
    problem: BilingualText = described("说明", "What it is")

    @classmethod
    def of(cls, found: BreakView) -> Self:
        """The schema's object for a break."""
        return cls(path=found.path, kind=found.kind, problem=BilingualText(zh=found.zh, en=found.en))


@strawberry.type(name="PutType", description="类型新版本的结果 · What became of a version")
class PutTypeAnswer:
    """What became of a version."""

    type: ResourceType = described("录入的版本", "The version as it was entered")
    breaks: list[SchemaBreak] = described("不兼容之处，至多 100 处", "What it breaks; up to 100")
    examined: int = described("您可读取的该类资源数", "How many resources of the type you may read")
    unsatisfied: int = described("其中不符合新版本的数量", "How many of them do not satisfy the new version")
    unsatisfied_resources: list[strawberry.ID] = described("其中至多 10 项", "Up to 10 of those")

    @classmethod
    def of(cls, put: TypePut) -> Self:
        """The schema's object for what became of a version."""
        return cls(
            type=ResourceType.of(put.type),
            breaks=list(map(SchemaBreak.of, put.breaks)),
            examined=put.survey.examined,
            unsatisfied=put.survey.unsatisfied,
            unsatisfied_resources=list(map(strawberry.ID, put.survey.names)),
        )


@strawberry.type
class TypeMutation:
    """What can be done to types and vocabularies."""

    @resolved("录入资源类型或其新版本", "Enter a type of resource, or its next version")
    async def put_type(
        self,
        info: Info,
        input: NewType,
        etag: MaybeEtag = None,
        breaking: Breaking = False,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> PutTypeAnswer:
        """Enter a type."""
        await info.context.forget()
        call = info.context.call(request_id, validate_only)
        verbs = info.context.platform.types
        return PutTypeAnswer.of(await verbs.put_type(call, plain_fields(input), etag, breaking=breaking))

    @resolved("录入或替换受控词表", "Enter a vocabulary, or replace what is said of one")
    async def put_vocabulary(
        self,
        info: Info,
        input: NewVocabulary,
        etag: MaybeEtag = None,
        request_id: RequestId = None,
        validate_only: ValidateOnly = False,
    ) -> Vocabulary:
        """Enter a vocabulary."""
        await info.context.forget()
        call = info.context.call(request_id, validate_only)
        put = await info.context.platform.types.put_vocabulary(call, plain_fields(input), etag)
        return Vocabulary.of(put)
