"""How well search finds: recall and precision over 200 labelled queries, the same on both databases."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

import pytest

from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.search import document_tokens, fold, matches, query_terms
from ucs_registry.sql import open_store
from ucs_registry.testing import everything_visible, founded

RECALL = {"zh 1": 0.9, "zh 2": 0.95, "zh 3+": 0.93, "en": 0.97, "all": 0.96}
"""What is missed calls its concept by a synonym that shares no word with the query: no dictionary is kept."""

PRECISION = {"zh 1": 0.9, "zh 2": 0.98, "zh 3+": 0.97, "en": 0.99, "all": 0.98}
"""What is found in vain holds the characters of the query within another word, most of all where it is a single one."""


def shortfalls(figures: Any) -> list[str]:
    """The sorts of queries whose recall or precision is below what is promised."""
    return [
        f"{sort}: {name} {getattr(found, name)} is below {least[sort]}"
        for sort, found in figures.items()
        for name, least in (("recall", RECALL), ("precision", PRECISION))
        if getattr(found, name) < least[sort]
    ]


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
async def test_search_finds_what_was_planted(url, search_set, measured, record_property):
    store = await open_store(url)
    await founded(store, *search_set.resources)
    answers = []
    async with store.read() as reader:
        for query in search_set.queries:
            asked = ResourceQuery(search=query.text)
            page = await reader.select(asked, everything_visible(), order=Order.CODE, after=None, first=200)
            assert await reader.count(asked, everything_visible()) == len(page)
            answers.append((query, {int(resource.id) for resource in page}))
    await store.close()
    figures = measured(answers)
    record_property("search", {sort: asdict(found) for sort, found in figures.items()})
    assert shortfalls(figures) == []
    assert figures["all"].queries == 200
    # Every store finds the same: what the reference finds by looking at each document.
    assert [found for _, found in answers] == [_reference(search_set, query.text) for query, _ in answers]


def _reference(search_set: Any, text: str) -> set[int]:
    terms = query_terms(text)
    return {number for number, tokens in _tokens(search_set).items() if all(matches(tokens, term) for term in terms)}


def _texts(search_set: Any) -> dict[int, list[str]]:
    contents = {int(resource.id): resource.shown.content for resource in search_set.resources}
    return {
        number: [each.title.zh, each.title.en, each.summary.zh, each.summary.en] for number, each in contents.items()
    }


def _tokens(search_set: Any) -> dict[int, list[str]]:
    return {number: document_tokens(texts) for number, texts in _texts(search_set).items()}


def whole_words(search_set: Any, text: str) -> set[int]:
    """A twin: it finds whole words only, and takes a run of Chinese for one."""
    wanted = set(re.findall(r"\w+", fold(text)))
    words = {number: set(re.findall(r"\w+", fold("\n".join(texts)))) for number, texts in _texts(search_set).items()}
    return {number for number, held in words.items() if wanted <= held}


def any_character(search_set: Any, text: str) -> set[int]:
    """A twin: it finds whatever holds one of the characters or words."""
    wanted = re.findall(r"[\u4e00-\u9fff]|[a-z]+", fold(text))
    return {
        number for number, texts in _texts(search_set).items() if any(word in fold("\n".join(texts)) for word in wanted)
    }


@pytest.mark.parametrize("find", [whole_words, any_character])
def test_a_search_that_finds_too_little_or_too_much_is_caught(search_set, measured, find):
    assert shortfalls(measured((query, find(search_set, query.text)) for query in search_set.queries))
