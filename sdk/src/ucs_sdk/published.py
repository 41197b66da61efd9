"""What a plugin brings to the catalogue and says about it: types, resources, objections to a change, and its own health."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ucs_sdk.vocabulary import DataLevel, OpenType, ResourceKind, ShareType, UpdateCycle


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A type of resource. `schema` is JSON Schema 2020-12 for `spec`: an object's, as `ucs type` takes it."""

    id: str
    kind: ResourceKind
    title_zh: str
    title_en: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResource:
    """A resource that comes and goes with the plugin; its owner is the plugin's.

    With the share type `conditional`, `share_condition` says which condition; with `none`, `denial_basis` names the rule.
    """

    code: str
    kind: ResourceKind
    type: str
    title_zh: str
    title_en: str
    summary_zh: str = ""
    summary_en: str = ""
    share_type: ShareType = ShareType.UNCONDITIONAL
    share_condition: str = ""
    denial_basis: str = ""
    open_type: OpenType = OpenType.NONE
    data_level: DataLevel = DataLevel.L1
    update_cycle: UpdateCycle = UpdateCycle.IRREGULAR
    spec: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of the catalogue that is about to be made. `before` is None when something new is entered."""

    verb: str
    kind: ResourceKind
    type: str
    code: str
    owner: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why a change is not admitted, in both languages; `path` names the field."""

    path: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the plugin can do its work, and what is missing when it cannot, in both languages."""

    ok: bool
    zh: str = ""
    en: str = ""
