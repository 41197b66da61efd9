"""How texts become search tokens: character pairs for Chinese, whole words for the rest.

A run of Chinese characters 积水点 gives 积水, 水点 and, for its end, 点. Consecutive tokens stand at consecutive positions,
so a phrase of pairs is exactly a substring, a single character is a prefix of the tokens that start with it, and no
phrase reaches from one run into the next. Other words give themselves, folded; they are found by their beginning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from ucs_registry.organizations import Organization
from ucs_registry.resources import Resource, ResourceContent

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")

_PUNCTUATION = tuple((wide, unicodedata.normalize("NFKC", wide)) for wide in "（），：；！？")

_RUNS = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
"""The same runs, whatever they are of."""

RUNS_KEPT = 16_384
"""How many runs are kept with their tokens: the words and phrases of a city come again and again."""

QUERY_TERMS_MOST = 16
QUERY_CHARACTERS_MOST = 256
WORD_CHARACTERS_MOST = 64
"""Longer words are told apart by their beginning alone: every index has a longest token, and PostgreSQL's is 2,046 bytes."""


class Term(NamedTuple):
    """A run of a query: tokens that must stand one behind the other, the last one as a prefix where `prefix` is set."""

    tokens: tuple[str, ...]
    prefix: bool


def fold(text: str) -> str:
    """Compatibility-normalised and case-folded, so that ＡＩ and ai meet."""
    # Normalising is slow, and nothing but full-width punctuation calls for it in most Chinese texts.
    for wide, narrow in _PUNCTUATION:
        text = text.replace(wide, narrow)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return text.casefold()


def resource_texts(resource: Resource, owner: Organization) -> list[str]:
    """What a resource is found by: its titles, summaries, tags and code, and its owner's titles."""
    return [*card_texts(resource.shown.content, resource.code), *owner_texts(owner)]


def card_texts(content: ResourceContent, code: str) -> list[str]:
    """What a resource itself is found by."""
    return [
        content.title.zh,
        content.title.en,
        content.summary.zh,
        content.summary.en,
        *content.tags,
        code,
    ]


def owner_texts(owner: Organization) -> list[str]:
    """What the resources of an owner are found by on its account; they follow their own."""
    return [owner.title.zh, owner.title.en]


def document_tokens(texts: Iterable[str]) -> list[str]:
    """The tokens of a document, in order; the texts do not run into each other."""
    tokens: list[str] = []
    for han, word in _RUN.findall(fold("\n".join(texts))):
        if han:
            tokens.extend(map(str.__add__, han, han[1:]))
            tokens.append(han[-1])
        else:
            tokens.append(word[:WORD_CHARACTERS_MOST])
    return tokens


def joined_tokens(texts: Iterable[str]) -> str:
    """The tokens of a document, one space between. Runs that come again cost a look."""
    return " ".join(map(_run_tokens, _RUNS.findall(fold("\n".join(texts)))))


@lru_cache(maxsize=RUNS_KEPT)
def _run_tokens(run: str) -> str:
    return " ".join(document_tokens([run]))


def query_terms(text: str) -> list[Term]:
    """The terms of a query; all of them must match. At most 16, of the first 256 characters, are used."""
    terms = []
    for han, word in _RUN.findall(fold(text[:QUERY_CHARACTERS_MOST])):
        if len(han) > 1:
            terms.append(Term(tuple(map(str.__add__, han, han[1:])), prefix=False))
        else:
            terms.append(Term((han or word[:WORD_CHARACTERS_MOST],), prefix=True))
    return terms[:QUERY_TERMS_MOST]


def matches(tokens: list[str], term: Term) -> bool:
    """Whether a document holds a term; the reference that the databases are tested against."""
    if term.prefix:
        return any(token.startswith(term.tokens[0]) for token in tokens)
    width = len(term.tokens)
    return any(tuple(tokens[at : at + width]) == term.tokens for at in range(len(tokens) - width + 1))
