"""Types and vocabularies: what every caller may ask of them, and the verbs by which the platform's administrators enter them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar, Unpack

from pydantic import BaseModel, ConfigDict

from ucs_core.access.actions import Action
from ucs_core.platform.calls import Call
from ucs_core.platform.paging import (
    Page,
    PageArguments,
    PageAsked,
    Places,
    Span,
    Window,
    among,
    places_by_id,
    places_by_number,
)
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_core.platform.sight import Sight
from ucs_core.platform.validation import parse
from ucs_registry import catalog
from ucs_registry.canonical import canonical_json, digest, storable
from ucs_registry.catalog import Actor, NewType, Survey, TypeChange
from ucs_registry.compatibility import Break
from ucs_registry.types import ResourceType, built_in_types, known_types
from ucs_registry.vocabularies import NewVocabulary, Vocabulary
from ucs_sdk.errors import NotFound
from ucs_sdk.messages import Locale
from ucs_sdk.vocabulary import BreakKind, ResourceKind

Entry = TypeVar("Entry", ResourceType, Vocabulary)

VERSION_MOST = 1_000_000_000
"""Above every version of a type."""

_BY_VERSION: Places[ResourceType, int] = places_by_number(lambda type: type.version)

ID_MOST = 63
"""How many characters the id of a type or a vocabulary may have."""


class BreakView(BaseModel):
    """Something that the version before takes and the new one may refuse, and what that is in both languages."""

    model_config = ConfigDict(frozen=True)

    path: str
    kind: BreakKind
    zh: str
    en: str


class TypePut(BaseModel):
    """A version as it was entered, what it breaks, and how the resources that the caller may read satisfy it."""

    model_config = ConfigDict(frozen=True)

    type: ResourceType
    breaks: tuple[BreakView, ...]
    survey: Survey


class TypeQuestions:
    """The types and vocabularies of one state. They are known to every authenticated caller."""

    def __init__(self, sight: Sight) -> None:
        self._reader = sight.reader

    async def types(self, kind: ResourceKind | None = None, **page: Unpack[PageArguments]) -> Page[ResourceType]:
        """A page of types in the order of their ids, each in its latest version."""
        known = (await known_types(self._reader)).types.values()
        return _page([entry for entry in known if kind in (None, entry.kind)], page)

    async def type(self, name: str, version: int | None = None) -> ResourceType:
        """One type, in its latest version or a stated one. Raises NotFound."""
        id = _id("types", name)
        latest = _found((await known_types(self._reader)).types, "types", id)
        if version in (None, latest.version):
            return latest
        if not 1 <= version < latest.version:
            raise NotFound("NOT_FOUND", object=f"types/{id}@{str(version)[:20]}")
        entered = await self._reader.type_versions(id, before=version + 1, first=1)
        # Below the first version that was entered there is what is built in.
        return entered[0] if entered else built_in_types()[id]

    async def versions(self, name: str, **page: Unpack[PageArguments]) -> Page[ResourceType]:
        """A page of the versions of a type, the latest first; a cursor is a version. Raises NotFound."""
        window, id = Window(PageAsked(**page), _BY_VERSION), _id("types", name)
        _found((await known_types(self._reader)).types, "types", id)
        return await window.page(lambda span: self._versions(id, span))

    async def vocabularies(self, **page: Unpack[PageArguments]) -> Page[Vocabulary]:
        """A page of vocabularies in the order of their ids."""
        return _page(list((await known_types(self._reader)).vocabularies.values()), page)

    async def vocabulary(self, name: str) -> Vocabulary:
        """One vocabulary. Raises NotFound."""
        id = _id("vocabularies", name)
        return _found((await known_types(self._reader)).vocabularies, "vocabularies", id)

    async def _versions(self, id: str, span: Span[int]) -> list[ResourceType]:
        """A part of the versions of a type: what was entered, and below it what is built in."""
        entered = await self._reader.type_versions(
            id, before=span.after, first=span.first, above=span.before, backward=span.backward
        )
        built_in = built_in_types().get(id)
        if built_in is None or not (span.before or 0) < built_in.version < (span.after or VERSION_MOST):
            return entered
        versions = [*entered, built_in]
        return versions[-span.first :] if span.backward else versions[: span.first]


class TypeVerbs:
    """Enter types and vocabularies, and their next versions. Asks `administer` over the platform itself."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def put_type(
        self, call: Call, type: Mapping[str, Any], etag: str | None, *, breaking: bool = False
    ) -> TypePut:
        """Enter a type, or its next version, for which the etag of the one before must be named.

        A version that may refuse what the one before takes is refused, unless it is said to be `breaking`.
        """

        async def work(session: WriteSession) -> TypePut:
            rule = session.sight.require_organization(Action.ADMINISTER, None).rule
            new = parse(NewType, type)
            reading = session.sight.visibility(Action.READ)
            change = await catalog.put_type(
                session.unit, new, etag, _actor(session), reading=reading, breaking=breaking
            )
            session.written.append(type_written(change, rule))
            return _put(change)

        mutation = Mutation(
            verb="types.put",
            action=Action.ADMINISTER.value,
            object=_logged("types", type.get("id")),
            request={"type": type, "etag": etag, "breaking": breaking},
            answer=TypePut,
            work=work,
            again=_again,
        )
        return await self._pipeline.run(call, mutation)

    async def put_vocabulary(self, call: Call, vocabulary: Mapping[str, Any], etag: str | None) -> Vocabulary:
        """Enter a vocabulary, or replace what is said of one, for which its etag must be named."""

        async def work(session: WriteSession) -> Vocabulary:
            rule = session.sight.require_organization(Action.ADMINISTER, None).rule
            new = parse(NewVocabulary, vocabulary)
            before, after = await catalog.put_vocabulary(session.unit, new, etag, _actor(session))
            stood = None if before is None else before.model_dump(mode="json")
            stands = after.model_dump(mode="json")
            session.written.append(_written(after.name, "vocabulary", rule, stood, stands))
            return after

        mutation = Mutation(
            verb="vocabularies.put",
            action=Action.ADMINISTER.value,
            object=_logged("vocabularies", vocabulary.get("id")),
            request={"vocabulary": vocabulary, "etag": etag},
            answer=Vocabulary,
            work=work,
        )
        return await self._pipeline.run(call, mutation)


def plain_type(type: ResourceType) -> dict[str, Any]:
    """A version of a type as plain JSON."""
    plain = asdict(type)
    return plain | {
        "title": type.title.model_dump(),
        "created_at": None if type.created_at is None else type.created_at.isoformat(),
    }


def type_written(change: TypeChange, rule: str | None) -> Written:
    """A type that was entered, as the log will tell it."""
    before = None if change.before is None else plain_type(change.before)
    return _written(change.after.name, "type", rule, before, plain_type(change.after))


def view_of(found: Break) -> BreakView:
    """A break in both languages."""
    problem = found.problem
    return BreakView(path=found.path, kind=found.kind, zh=problem.worded(Locale.ZH), en=problem.worded(Locale.EN))


def _put(change: TypeChange) -> TypePut:
    return TypePut(type=change.after, breaks=tuple(map(view_of, change.breaks)), survey=change.survey)


async def _again(session: WriteSession, answer: TypePut) -> TypePut:
    """The answer to a call that is repeated: it names no resource that the caller may no longer read."""
    ids = [name.removeprefix("resources/") for name in answer.survey.names]
    seen = await session.unit.visible(ids, session.sight.visibility(Action.READ))
    seen &= await session.unit.visible(ids, session.sight.visibility())
    names = tuple(f"resources/{id}" for id in ids if id in seen)
    survey = Survey(examined=answer.survey.examined, unsatisfied=answer.survey.unsatisfied, names=names)
    return answer.model_copy(update={"survey": survey})


def _actor(session: WriteSession) -> Actor:
    return Actor(session.call.actor, session.at, session.sight.visibility())


def _written(
    name: str, word: str, rule: str | None, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> Written:
    return Written(
        object=name,
        action=Action.ADMINISTER.value,
        rule=rule,
        body={word: after},
        before=None if before is None else digest(canonical_json(before)),
        after=digest(canonical_json(after)),
    )


def _logged(kind: str, id: object) -> str:
    return f"{kind}/{id[:ID_MOST]}" if isinstance(id, str) and id and storable(id) else f"{kind}/-"


def _id(kind: str, name: str) -> str:
    return name.removeprefix(f"{kind}/")[: ID_MOST + 1]


def _found(known: Mapping[str, Entry], kind: str, id: str) -> Entry:
    """What has an id. Raises NotFound, with those that may have been meant."""
    if id not in known:
        near = [f"{kind}/{other}" for other in difflib.get_close_matches(id, known, n=3)]
        raise NotFound("NOT_FOUND", object=f"{kind}/{id}", near=near)
    return known[id]


def _page(entries: list[Entry], page: PageArguments) -> Page[Entry]:
    places: Places[Entry, str] = places_by_id(lambda entry: entry.id)
    return Window(PageAsked(**page), places).page_at_hand(among(entries, places.of))
