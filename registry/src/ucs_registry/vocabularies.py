"""Controlled vocabularies: the words that tags of the form `<vocabulary>:<term>` are taken from."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ucs_registry.organizations import Bilingual
from ucs_sdk.errors import Invalid

TERMS_MOST = 1_000
"""How many terms a vocabulary may hold; the wire has no longer lists."""

TAG_MOST = 40
"""How many characters a tag may have, and so a vocabulary and a term with the colon between them."""

VocabularyId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
TermId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,36}$")]


class VocabularyTerm(BaseModel):
    """A term, and the wider one of the same vocabulary under which it stands, if any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: TermId
    title: Bilingual
    broader: TermId | None = None


class NewVocabulary(BaseModel):
    """What is said of a vocabulary when it is entered or replaced. A tag of a closed one must name one of its terms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: VocabularyId
    title: Bilingual
    terms: Annotated[tuple[VocabularyTerm, ...], Field(max_length=TERMS_MOST)]
    closed: bool = False

    @cached_property
    def by_id(self) -> Mapping[str, VocabularyTerm]:
        """Its terms, by id."""
        return {term.id: term for term in reversed(self.terms)}

    @model_validator(mode="after")
    def _sound_terms(self) -> Self:
        for at, term in enumerate(self.terms):
            if self.by_id[term.id] is not term:
                raise Invalid("TERM_REPEATED", path=f"terms[{at}].id", term=term.id, vocabulary=self.id)
            if len(self.id) + 1 + len(term.id) > TAG_MOST:
                raise Invalid("TERM_TOO_LONG", path=f"terms[{at}].id", tag=f"{self.id}:{term.id}", limit=TAG_MOST)
        sound: set[str] = set()
        for at, term in enumerate(self.terms):
            sound |= self._way_up(term, f"terms[{at}].broader", sound)
        return self

    def _way_up(self, term: VocabularyTerm, path: str, sound: set[str]) -> set[str]:
        """The terms from one upwards, as far as they are not known to be sound. Raises Invalid when the way leads nowhere,
        or round in a circle.
        """
        passed: set[str] = set()
        above: VocabularyTerm | None = term
        while above is not None and above.id not in sound:
            if above.id in passed:
                raise Invalid("TERM_CIRCLE", path=path, term=term.id, vocabulary=self.id)
            passed.add(above.id)
            wider = above.broader
            if wider is not None and wider not in self.by_id:
                near = difflib.get_close_matches(wider, self.by_id, n=2)
                raise Invalid("TERM_UNKNOWN", path=path, term=wider, vocabulary=self.id, near=near)
            above = None if wider is None else self.by_id[wider]
        return passed


class Vocabulary(NewVocabulary):
    """A vocabulary as it stands. A built-in one is version 1, and nobody entered it."""

    version: int = 1
    updated_at: datetime | None = None
    updated_by: str | None = None

    @property
    def name(self) -> str:
        """The name on the wire."""
        return f"vocabularies/{self.id}"

    @property
    def etag(self) -> str:
        """The state that the next write must name."""
        return f"v{self.version}"


@cache
def built_in_vocabularies() -> dict[str, Vocabulary]:
    """The vocabularies that every platform knows, by id."""
    found = {}
    for file in sorted(files("ucs_registry").joinpath("terms").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".json"):
            vocabulary = Vocabulary.model_validate(json.loads(file.read_text("utf-8")))
            found[vocabulary.id] = vocabulary
    return found


def check_tags(tags: Iterable[str], vocabularies: Mapping[str, Vocabulary]) -> None:
    """Raise Invalid for a tag of a closed vocabulary that names none of its terms."""
    for at, tag in enumerate(tags):
        id, colon, term = tag.partition(":")
        vocabulary = vocabularies.get(id) if colon else None
        if vocabulary is not None and vocabulary.closed and term not in vocabulary.by_id:
            raise Invalid(
                "TAG_UNKNOWN",
                path=f"content.tags[{at}]",
                tag=tag,
                vocabulary=vocabulary.id,
                near=[f"{id}:{other}" for other in _alike(term, vocabulary)],
            )


def _alike(term: str, vocabulary: Vocabulary) -> list[str]:
    """Up to three terms that may have been meant, be it by their ids or by their titles."""
    spelt: dict[str, str] = {}
    for known in vocabulary.terms:
        for text in (known.id, known.title.zh, known.title.en.casefold()):
            spelt.setdefault(text, known.id)
    near = difflib.get_close_matches(term.casefold(), spelt, n=6)
    return list(dict.fromkeys(spelt[text] for text in near))[:3]
