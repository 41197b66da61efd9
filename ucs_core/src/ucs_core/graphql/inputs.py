"""What mutations take, and how it becomes the plain JSON that the platform's verbs read.

A field that is absent is not touched; null clears it. The platform checks everything that the schema does not.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any

import strawberry

from ucs_core.graphql.enums import DataLevel, DependencyRelation, OpenType, ResourceKind, ShareType, UpdateCycle
from ucs_core.graphql.organizations import organization_id
from ucs_core.graphql.places import WindowInput
from ucs_core.graphql.scalars import Json
from ucs_core.graphql.texts import content, described, optional

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@strawberry.input(description="中英文文本 · A text in Chinese and English")
class BilingualInput:
    """A text in Chinese and English."""

    zh: str = described("中文", "Chinese")
    en: str = described("英文", "English")


@strawberry.input(description="地点（WGS-84，度） · A place in degrees, WGS-84")
class PointInput:
    """A place."""

    longitude: float = described("经度", "Longitude")
    latitude: float = described("纬度", "Latitude")


@strawberry.input(description="依赖 · Another resource that is needed")
class DependencyInput:
    """Another resource that is needed."""

    target: strawberry.ID = described("资源名称", "resources/…")
    relation: DependencyRelation = described("依赖关系", "How it is needed")
    version: str | None = strawberry.field(default=strawberry.UNSET, description="所需版本 · Which version is needed")
    role: str | None = strawberry.field(default=strawberry.UNSET, description="在其中的作用 · What it is needed for")
    required: bool = strawberry.field(default=True, description="是否必需 · Whether it cannot be done without")


@strawberry.input(description="资源内容的修改：缺省不变，null 清空 · Changes; absent is untouched, null clears")
class ResourceContentPatch:
    """Changes to a resource's content."""

    title: BilingualInput | None = optional("title")
    summary: BilingualInput | None = optional("summary")
    share_type: ShareType | None = optional("share_type")
    data_level: DataLevel | None = optional("data_level")
    tags: list[str] | None = optional("tags")
    region_code: str | None = optional("region_code")
    location: PointInput | None = optional("location")
    classification: str | None = optional("classification")
    provider_code: str | None = optional("provider_code")
    format: str | None = optional("format")
    share_condition: str | None = optional("share_condition")
    denial_basis: str | None = optional("denial_basis")
    share_mode: str | None = optional("share_mode")
    open_type: OpenType | None = optional("open_type")
    open_condition: str | None = optional("open_condition")
    update_cycle: UpdateCycle | None = optional("update_cycle")
    issued_on: date | None = optional("issued_on")
    conforms_to: list[str] | None = optional("conforms_to")
    related_codes: list[str] | None = optional("related_codes")
    dependencies: list[DependencyInput] | None = optional("dependencies")
    source: str | None = optional("source")
    synthetic: bool | None = optional("synthetic")
    contact: str | None = optional("contact")
    spec: Json | None = optional("spec")
    footprint: Json | None = optional("footprint")
    temporal: WindowInput | None = optional("temporal")


@strawberry.input(description="资源内容 · The content of a new resource")
class ResourceContentInput(ResourceContentPatch):
    """The content of a new resource: what a patch may hold, and four fields that must be there."""

    title: BilingualInput = content("title")
    summary: BilingualInput = content("summary")
    share_type: ShareType = content("share_type")
    data_level: DataLevel = content("data_level")


@strawberry.input(description="新建资源 · A new resource with its first draft")
class CreateResourceInput:
    """A new resource with its first draft."""

    code: str = described("资源代码，创建后不可更改", "Unique code; stays")
    kind: ResourceKind = described("资源类别，创建后不可更改", "Kind; stays")
    type: str = described("资源类型，创建后不可更改", "Type; stays")
    owner: strawberry.ID = described("所属机构", "organizations/…")
    content: ResourceContentInput = described("内容", "Content of the first draft")


def new_resource(input: CreateResourceInput) -> dict[str, Any]:
    """The new resource as plain JSON; what is null takes its default."""
    content = {name: value for name, value in plain_fields(input.content).items() if value is not None}
    return plain_fields(input) | {"owner": organization_id(input.owner), "content": content}


def plain_fields(input: DataclassInstance) -> dict[str, Any]:
    """An input as plain JSON under the platform's own names; fields that are absent stay absent."""
    items = ((field.name, getattr(input, field.name)) for field in dataclasses.fields(input))
    return {name: plain(value) for name, value in items if value is not strawberry.UNSET}


def plain(value: object) -> object:
    """A value of an input as plain JSON under the platform's own names."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain_fields(value)
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
