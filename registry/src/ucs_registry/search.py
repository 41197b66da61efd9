"""How texts become search tokens: character pairs for Chinese, whole words for the rest.

A run of Chinese characters 积水点 gives 积水, 水点 and, for its end, 点. Consecutive tokens stand at consecutive positions,
so a phrase of pairs is exactly a substring, a single character is a prefix of the tokens that start with it, and no
phrase reaches from one run into the next. Other words give themselves, folded; they are found by their beginning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

_RUN = re.compile(r"(?P<han>[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)|(?P<word>[^\W_]+)")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

QUERY_TERMS_MOST = 16


class Term(NamedTuple):
    """A run of a query: tokens that must stand one behind the other, the last one as a prefix where `prefix` is set."""

    tokens: tuple[str, ...]
    prefix: bool


def fold(text: str) -> str:
    """Compatibility-normalised and case-folded, so that ＡＩ and ai meet."""
    return unicodedata.normalize("NFKC", text).casefold()


def document_tokens(texts: Iterable[str]) -> list[str]:
    """The tokens of a document, in order; the texts do not run into each other."""
    tokens: list[str] = []
    for text in texts:
        for kind, run in _runs(text):
            tokens.extend(_pairs(run) if kind == "han" else [run])
    return tokens


def query_terms(text: str) -> list[Term]:
    """The terms of a query; all of them must match. At most 16 are used."""
    terms = []
    for kind, run in _runs(text):
        if kind == "word" or len(run) == 1:
            terms.append(Term((run,), prefix=True))
        else:
            terms.append(Term(tuple(run[at : at + 2] for at in range(len(run) - 1)), prefix=False))
    return terms[:QUERY_TERMS_MOST]


def matches(tokens: list[str], term: Term) -> bool:
    """Whether a document holds a term; the reference that the databases are tested against."""
    if term.prefix:
        return any(token.startswith(term.tokens[0]) for token in tokens)
    width = len(term.tokens)
    return any(tuple(tokens[at : at + width]) == term.tokens for at in range(len(tokens) - width + 1))


def _runs(text: str) -> Iterable[tuple[str, str]]:
    for match in _RUN.finditer(fold(text)):
        if match["han"]:
            yield "han", match["han"]
        else:
            # A word class of letters and digits also takes Chinese characters: split them off again.
            yield from _split(match["word"])


def _split(word: str) -> Iterable[tuple[str, str]]:
    start = 0
    for match in re.finditer(rf"{_HAN.pattern}+", word):
        if match.start() > start:
            yield "word", word[start : match.start()]
        yield "han", match[0]
        start = match.end()
    if start < len(word):
        yield "word", word[start:]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run))]
