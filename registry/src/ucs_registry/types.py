"""Resource types: what refines a kind, and the JSON Schema that a resource's `spec` must satisfy.

The built-in types are files beside this module, one each, in JSON Schema 2020-12. What was entered since, a version at a
time, stands in the store and takes their place.
"""

from __future__ import annotations

import difflib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from ucs_registry.geometry import check_footprint
from ucs_registry.organizations import Bilingual
from ucs_registry.resources import ResourceContent
from ucs_registry.specs import Judge, check_size, judge_of
from ucs_registry.vocabularies import Vocabulary, built_in_vocabularies, check_tags
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import MemberCoding, ResourceKind

_STATES_KEPT = 8
"""What was read of how many states is kept. Nearly all calls are about the latest; a restored database has one of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRules:
    """What the members of a type's resources are called, and the JSON Schema of a member's attributes."""

    code: MemberCoding
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A type of resource, in one of its versions. Its schema is JSON Schema 2020-12 and speaks of `spec` alone.

    Without `members` its resources may front a set of any members. A built-in type is version 1, and nobody entered it.
    """

    id: str
    kind: ResourceKind
    title: Bilingual
    schema: dict[str, Any]
    version: int = 1
    members: MemberRules | None = None
    created_at: datetime | None = None
    created_by: str | None = None

    @property
    def name(self) -> str:
        """The name on the wire."""
        return f"types/{self.id}"

    @property
    def etag(self) -> str:
        """The state that the next version must name."""
        return f"v{self.version}"


class TypesSource(Protocol):
    """What tells of the types and vocabularies that were entered: every reader of a store does."""

    @property
    def types_stamp(self) -> str:
        """Which state of them it tells of: empty while none was entered, and new with every change."""

    async def types(self) -> list[ResourceType]:
        """The latest version of each that was entered."""

    async def vocabularies(self) -> list[Vocabulary]:
        """Those that were entered."""


class KnownTypes:
    """The types and vocabularies of one state, by id; what was entered stands before what is built in."""

    def __init__(self, types: Sequence[ResourceType] = (), vocabularies: Sequence[Vocabulary] = ()) -> None:
        entered = {entry.id: entry for entry in types}
        self.types: Mapping[str, ResourceType] = dict(sorted((built_in_types() | entered).items()))
        terms = {entry.id: entry for entry in vocabularies}
        self.vocabularies: Mapping[str, Vocabulary] = dict(sorted((built_in_vocabularies() | terms).items()))
        self._judges: dict[str, Judge] = {}

    def of_kind(self, kind: ResourceKind) -> dict[str, ResourceType]:
        """The types of a kind, by id."""
        return {id: entry for id, entry in self.types.items() if entry.kind is kind}

    def judge(self, type: str) -> Judge:
        """What judges the specs of a type that is known."""
        judge = self._judges.get(type)
        if judge is None:
            judge = self._judges[type] = judge_of(self.types[type].schema)
        return judge


@cache
def built_in_types() -> dict[str, ResourceType]:
    """The types that every platform knows, by id."""
    found = {}
    for file in sorted(files("ucs_registry").joinpath("schemas").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".json"):
            raw = json.loads(file.read_text("utf-8"))
            members = raw.pop("x-ucs-members", None)
            type = ResourceType(
                id=raw["$id"].removeprefix("urn:ucs:type:"),
                kind=ResourceKind(raw["x-ucs-kind"]),
                title=Bilingual(zh=raw["x-ucs-title-zh"], en=raw["title"]),
                schema=raw,
                members=None
                if members is None
                else MemberRules(code=MemberCoding(members["code"]), schema=members["schema"]),
            )
            found[type.id] = type
    return found


_states: OrderedDict[str, KnownTypes] = OrderedDict()


async def known_types(source: TypesSource) -> KnownTypes:
    """The types and vocabularies that a reader knows: without any statement when they are those of a call before."""
    stamp = source.types_stamp
    known = _states.get(stamp)
    if known is None:
        known = KnownTypes(await source.types(), await source.vocabularies()) if stamp else KnownTypes()
        _states[stamp] = known
        while len(_states) > _STATES_KEPT:
            _states.popitem(last=False)
    _states.move_to_end(stamp)
    return known


def types_last_known() -> tuple[str, KnownTypes]:
    """The types of the state that was asked for last, with its stamp. The next call is nearly always about the same."""
    return next(reversed(_states.items()), None) or ("", KnownTypes())


def check_content(kind: ResourceKind, type: str, content: ResourceContent, known: KnownTypes) -> None:
    """Raise Invalid unless a content's spec is one of its type, its tags are of the vocabularies that they name, and its
    footprint is a sound shape.
    """
    check_spec(kind, type, content.spec, known)
    if content.tags:
        check_tags(content.tags, known.vocabularies)
    if content.footprint is not None:
        check_footprint(content.footprint)


def check_spec(kind: ResourceKind, type: str, spec: dict[str, Any], known: KnownTypes) -> None:
    """Raise Invalid unless `type` is a type of `kind` and `spec` satisfies its schema; the error names path and expectation."""
    entry = known.types.get(type)
    if entry is None or entry.kind is not kind:
        named = known.of_kind(kind)
        near = difflib.get_close_matches(type, named, n=3)
        raise Invalid("TYPE_UNKNOWN", path="type", type=type, kind=kind.value, near=near, known=sorted(named))
    check_size(spec)
    judge = known.judge(type)
    if judge.satisfied(spec):
        return
    mistake = judge.mistake_in(spec)
    if mistake is not None:
        raise Invalid("SPEC_INVALID", type=type, **mistake)
