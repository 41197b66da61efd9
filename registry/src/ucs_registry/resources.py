"""Resources and their revisions: what is catalogued, in the words of the government resource directory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ucs_registry.canonical import PLAIN_TEXT, canonical_json, digest, plain_json_problem
from ucs_registry.extents import Shape, Temporal
from ucs_registry.organizations import Bilingual, OrganizationId
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import (
    Availability,
    DataLevel,
    DependencyRelation,
    OpenType,
    ResourceKind,
    ReviewState,
    ShareType,
    UpdateCycle,
)

ResourceId = Annotated[str, StringConstraints(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")]
"""A ULID."""

ResourceName = Annotated[str, StringConstraints(pattern=r"^resources/[0-7][0-9A-HJKMNP-TV-Z]{25}$")]
"""`resources/` and a ULID."""

ResourceCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9/_.-]{1,63}$")]
"""The stable code of a resource (资源代码), unique in the catalogue."""

TypeId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=PLAIN_TEXT)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400, pattern=PLAIN_TEXT)]
Role = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN_TEXT)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=PLAIN_TEXT)]


class Summary(BaseModel):
    """A summary for people, in Chinese and English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: LongText
    en: LongText


class Point(BaseModel):
    """A place, in degrees, WGS-84."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class Dependency(BaseModel):
    """One resource needs another, typed and, where it matters, in a stated version.

    `role` says what for, in the words of whoever composes; what is not `required` can be done without.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: ResourceName
    relation: DependencyRelation
    version: Annotated[str, StringConstraints(max_length=40, pattern=PLAIN_TEXT)] | None = None
    # What says neither keeps the digest that it had before anything could be said.
    role: Role | None = Field(default=None, exclude_if=lambda role: role is None)
    required: bool = Field(default=True, exclude_if=lambda required: required is True)


class ResourceContent(BaseModel):
    """What a revision holds. `spec` and `contact` are shown to those who may `read`; all else is the card."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Bilingual
    summary: Summary
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    region_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,12}$")] | None = None
    location: Point | None = None
    classification: Line | None = None
    provider_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")] | None = None
    format: Line | None = None
    share_type: ShareType
    share_condition: Line | None = None
    denial_basis: Line | None = None
    share_mode: Line | None = None
    open_type: OpenType = OpenType.NONE
    open_condition: Line | None = None
    data_level: DataLevel
    update_cycle: UpdateCycle = UpdateCycle.IRREGULAR
    issued_on: date | None = None
    conforms_to: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    related_codes: Annotated[tuple[ResourceCode, ...], Field(max_length=50)] = ()
    dependencies: Annotated[tuple[Dependency, ...], Field(max_length=200)] = ()
    source: Line | None = None
    synthetic: bool = False
    contact: Line | None = None
    spec: dict[str, Any] = Field(default_factory=dict)
    # What was written before these two existed keeps its text and its digest.
    footprint: Shape | None = Field(default=None, exclude_if=lambda value: value is None)
    temporal: Temporal | None = Field(default=None, exclude_if=lambda value: value is None)

    @model_validator(mode="after")
    def _stated_reasons(self) -> Self:
        # The directory's rules: a condition must be stated, and a refusal to share must name its basis.
        if self.share_type is ShareType.CONDITIONAL and not self.share_condition:
            raise Invalid("SHARE_CONDITION_MISSING", path="content.share_condition")
        if self.share_type is ShareType.NONE and not self.denial_basis:
            raise Invalid("DENIAL_BASIS_MISSING", path="content.denial_basis")
        return self

    @model_validator(mode="after")
    def _plain_spec(self) -> Self:
        problem = plain_json_problem(self.spec)
        if problem:
            raise Invalid("FIELD_INVALID", path="content.spec", problem=problem)
        return self


def canonical_content(content: ResourceContent) -> bytes:
    """The canonical JSON of a content, some five times as quick as by way of `model_dump`."""
    return orjson.dumps(_told(content), default=_told, option=orjson.OPT_SORT_KEYS)


def _told(model: object) -> dict[str, Any]:
    """The fields of a model, without those that are left out as they stand."""
    if not isinstance(model, BaseModel):
        raise TypeError(f"{model!r} is no JSON")
    fields = model.__dict__
    left_out = [name for name, is_left_out in _left_out(type(model)) if is_left_out(fields[name])]
    return {name: value for name, value in fields.items() if name not in left_out} if left_out else fields


@cache
def _left_out(model: type[BaseModel]) -> tuple[tuple[str, Callable[[Any], bool]], ...]:
    named = ((name, field.exclude_if) for name, field in model.model_fields.items())
    return tuple((name, is_left_out) for name, is_left_out in named if is_left_out is not None)


class AccessAttributes(BaseModel):
    """All that a policy can see of a resource. Two resources with equal attributes get equal decisions, grants apart."""

    model_config = ConfigDict(frozen=True)

    owner: str
    kind: ResourceKind
    type: str
    share_type: ShareType
    data_level: DataLevel
    open_type: OpenType
    state: Availability


class Revision(BaseModel):
    """An immutable version of a resource's content, and where it stands in review.

    `authors` are all who wrote since the last approved revision: none of them may review it.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    content: ResourceContent
    state: ReviewState
    authors: tuple[str, ...]
    created_at: datetime
    submitter: str | None = None
    submitted_at: datetime | None = None
    reviewer: str | None = None
    reviewed_at: datetime | None = None
    reason: str | None = None


class Deprecation(BaseModel):
    """An announcement that a resource is to be used no more: from when on, until when, and what to use instead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    effective_on: date
    removal_on: date | None = None
    alternative: ResourceName | None = None
    note: Line | None = None


class Resource(BaseModel):
    """Anything catalogued. `head` is the latest revision; `current` the approved one that is served, if any.

    `updated_at` is when what is shown last changed; `version` counts every write, work on the next revision included.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    code: str
    kind: ResourceKind
    type: str
    owner: str
    availability: Availability
    availability_reason: str | None = None
    version: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    head: Revision
    current: Revision | None = None
    deprecation: Deprecation | None = None

    @property
    def name(self) -> str:
        """The name on the wire."""
        return f"resources/{self.id}"

    @property
    def etag(self) -> str:
        """Changes with every accepted write to this resource."""
        return f"v{self.version}"

    @property
    def shown(self) -> Revision:
        """The revision that stands for the resource: the current one, or the latest while none was approved."""
        return self.current or self.head

    @property
    def access(self) -> AccessAttributes:
        """What policies see."""
        content = self.shown.content
        # Quicker than `model_construct`, for pydantic does it without Python.
        return AccessAttributes(
            owner=self.owner,
            kind=self.kind,
            type=self.type,
            share_type=content.share_type,
            data_level=content.data_level,
            open_type=content.open_type,
            state=self.availability,
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the whole state, as the log records it."""
        return digest(canonical_json(self.model_dump(mode="json", exclude=self._absent)))

    @property
    def _absent(self) -> set[str]:
        # What is not deprecated keeps the digest that it had before anything could be.
        return {"deprecation"} if self.deprecation is None else set()


class NewResource(BaseModel):
    """What is needed to enter a resource. Kind, type, owner and code stay; content comes in revisions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: ResourceCode
    kind: ResourceKind
    type: TypeId
    owner: OrganizationId
    content: ResourceContent


KIND_RANK = {
    ResourceKind.APPLICATION: 0,
    ResourceKind.COMPONENT: 1,
    ResourceKind.DATA: 2,
    ResourceKind.INFRASTRUCTURE: 3,
}
"""Dependencies run from a lower to an equal or higher rank: application, component, data, infrastructure."""
