"""The verbs on types and vocabularies, on an open unit: a new version is checked, compared, tried on what is there, entered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from ucs_registry.catalog.changes import Actor
from ucs_registry.compatibility import Break, breaks_between
from ucs_registry.organizations import Bilingual
from ucs_registry.ports import Unit
from ucs_registry.resources import TypeId
from ucs_registry.schema_rules import check_schema
from ucs_registry.specs import judge_of
from ucs_registry.types import MemberRules, ResourceType, known_types
from ucs_registry.visibility import Visibility
from ucs_registry.vocabularies import NewVocabulary, Vocabulary
from ucs_sdk.errors import Conflict, FailedPrecondition, Invalid
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import MemberCoding, ResourceKind

TYPES_MOST, VERSIONS_MOST, VOCABULARIES_MOST = 500, 1_000, 200
"""How many types a platform keeps, how many versions of each, and how many vocabularies."""

NAMED_MOST = 10
"""How many resources are named that do not satisfy a schema."""

TOLD_MOST = 10
"""How many breaks the refusal of a version names."""

BATCH = 500
"""How many specs are tried at a time."""


class NewMemberRules(BaseModel):
    """What the members of a type's resources are to be called, and the schema of their attributes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: MemberCoding
    attributes: Annotated[dict[str, Any], Field(alias="schema")]


class NewType(BaseModel):
    """What is said of a type when it is entered, or gets its next version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: TypeId
    kind: ResourceKind
    title: Bilingual
    spec: Annotated[dict[str, Any], Field(alias="schema")]
    members: NewMemberRules | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """How many resources of a type an actor may read, how many of them do not satisfy a schema, and some of those."""

    examined: int = 0
    unsatisfied: int = 0
    names: tuple[str, ...] = ()


class TypeChange(NamedTuple):
    """A type before and after a verb, what the new version breaks, and what became of the resources there are."""

    before: ResourceType | None
    after: ResourceType
    breaks: list[Break]
    survey: Survey


class VocabularyChange(NamedTuple):
    """A vocabulary before and after a verb."""

    before: Vocabulary | None
    after: Vocabulary


async def put_type(
    unit: Unit, new: NewType, etag: str | None, actor: Actor, *, reading: Visibility, breaking: bool
) -> TypeChange:
    """Enter a type, or the next version of one.

    Raises FailedPrecondition with TYPE_INCOMPATIBLE for a version that may refuse what the one before takes, unless it is
    meant to be `breaking`. Only resources that the actor may discover and, by `reading`, read are told of.
    """
    known = (await known_types(unit)).types
    before = known.get(new.id)
    after = _next_type(new, before, actor)
    _check_read(after.name, None if before is None else before.etag, etag)
    check_schema(new.spec)
    if new.members is not None:
        check_schema(new.members.attributes, "members.schema")
    if before is not None and _said(before) == _said(after):
        raise Invalid("NOTHING_CHANGED", object=after.name)
    _check_room(after.name, len(known) if before is None else 0, TYPES_MOST)
    _check_room(after.name, after.version - 1, VERSIONS_MOST)
    breaks = [] if before is None else breaks_between(before, after)
    survey = Survey() if before is None else await surveyed(unit, after, actor.visibility, reading)
    if before is not None and breaks and not breaking:
        raise _incompatible(before, breaks, survey)
    await unit.put_type(after)
    return TypeChange(before, after, breaks, survey)


async def put_vocabulary(unit: Unit, new: NewVocabulary, etag: str | None, actor: Actor) -> VocabularyChange:
    """Enter a vocabulary, or replace what is said of one. Tags that are there stay as they are until their resources change."""
    known = (await known_types(unit)).vocabularies
    before = known.get(new.id)
    after = Vocabulary(
        **new.model_dump(),
        version=1 if before is None else before.version + 1,
        updated_at=actor.at,
        updated_by=actor.name,
    )
    _check_read(after.name, None if before is None else before.etag, etag)
    if before is not None and before.model_dump(include=set(NewVocabulary.model_fields)) == new.model_dump():
        raise Invalid("NOTHING_CHANGED", object=after.name)
    _check_room(after.name, len(known) if before is None else 0, VOCABULARIES_MOST)
    await unit.put_vocabulary(after)
    return VocabularyChange(before, after)


async def surveyed(unit: Unit, type: ResourceType, discovering: Visibility, reading: Visibility) -> Survey:
    """How the resources that are there satisfy a version of their type, as far as somebody may know of them."""
    judge = judge_of(type.schema)
    examined, unsatisfied = 0, 0
    names: list[str] = []
    after: str | None = None
    while rows := await unit.specs(type.id, reading, after=after, first=BATCH):
        after = rows[-1].id
        seen = await unit.visible([row.id for row in rows], discovering)
        failing = [row.id for row in rows if row.id in seen and not judge.satisfied(row.spec)]
        examined += len(seen)
        unsatisfied += len(failing)
        names += [f"resources/{id}" for id in failing[: NAMED_MOST - len(names)]]
    return Survey(examined=examined, unsatisfied=unsatisfied, names=tuple(names))


def _next_type(new: NewType, before: ResourceType | None, actor: Actor) -> ResourceType:
    members = new.members
    return ResourceType(
        id=new.id,
        kind=new.kind,
        title=new.title,
        schema=new.spec,
        version=1 if before is None else before.version + 1,
        members=None if members is None else MemberRules(code=members.code, schema=members.attributes),
        created_at=actor.at,
        created_by=actor.name,
    )


def _said(type: ResourceType) -> ResourceType:
    return replace(type, version=0, created_at=None, created_by=None)


def _check_read(name: str, standing: str | None, etag: str | None) -> None:
    """Raise Invalid or Conflict unless the caller has seen what is to be replaced."""
    if standing is not None and etag is None:
        raise Invalid("ETAG_MISSING", path="etag", object=name, verb="update")
    if etag is not None and etag != standing:
        raise Conflict("ETAG_STALE", object=name, sent=etag[:80], current=standing or "–")


def _check_room(name: str, there: int, most: int) -> None:
    if there >= most:
        raise FailedPrecondition("TYPES_TOO_MANY", object=name, most=most)


def _incompatible(before: ResourceType, breaks: list[Break], survey: Survey) -> FailedPrecondition:
    told = [Phrase("break-at", path=item.path, problem=item.problem) for item in breaks[:TOLD_MOST]]
    return FailedPrecondition(
        "TYPE_INCOMPATIBLE",
        path="schema",
        object=before.name,
        version=before.version,
        count=len(breaks),
        breaks=told,
        examined=survey.examined,
        unsatisfied=survey.unsatisfied,
        names=list(survey.names),
    )
