"""The analyser: the same tokens for documents and queries, on every store."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ucs_registry.search import Term, document_tokens, fold, matches, query_terms

HAN = st.text("积水点监测𠮷", min_size=1, max_size=8)
TEXTS = st.lists(st.text("积水点监ab1é- 、\n_ＡßI𠮷", max_size=12), max_size=4)


def test_chinese_gives_pairs_and_the_last_character() -> None:
    assert document_tokens(["积水点"]) == ["积水", "水点", "点"]
    assert document_tokens(["水"]) == ["水"]


def test_words_are_split_and_folded() -> None:
    assert document_tokens(["Smart-Water_V2 ＡＩ Straße"]) == ["smart", "water", "v2", "ai", "strasse"]


def test_chinese_and_words_are_told_apart_without_a_space() -> None:
    assert document_tokens(["AI算法v2版"]) == ["ai", "算法", "法", "v2", "版"]


def test_punctuation_ends_a_run() -> None:
    assert document_tokens(["积水、监测"]) == ["积水", "水", "监测", "测"]


def test_query_asks_for_phrases_and_beginnings() -> None:
    assert query_terms("积水点 wat 水") == [
        Term(("积水", "水点"), prefix=False),
        Term(("wat",), prefix=True),
        Term(("水",), prefix=True),
    ]


def test_query_without_words_has_no_terms() -> None:
    for text in ("", " ", '"', "*-()", "😀", "\x00", "_"):
        assert query_terms(text) == []


def test_query_is_bounded() -> None:
    assert len(query_terms("a " * 1000)) == 16
    assert sum(len(term.tokens) for term in query_terms("水" * 100_000)) == 255


def test_long_words_are_told_apart_by_their_beginning() -> None:
    assert document_tokens(["x" * 5000]) == ["x" * 64]
    assert query_terms("x" * 100) == [Term(("x" * 64,), prefix=True)]


@given(TEXTS)
def test_tokens_hold_letters_and_digits_only(texts: list[str]) -> None:
    # Both databases' query languages are built from tokens without escaping them.
    for token in document_tokens(texts) + [
        token for text in texts for term in query_terms(text) for token in term.tokens
    ]:
        assert token.isalnum()
        assert token == fold(token)


@given(TEXTS, HAN)
def test_chinese_is_found_exactly_where_it_stands(texts: list[str], wanted: str) -> None:
    [term] = query_terms(wanted)
    assert matches(document_tokens(texts), term) == any(wanted in fold(text) for text in texts)


@given(TEXTS)
def test_document_is_found_by_each_of_its_texts(texts: list[str]) -> None:
    tokens = document_tokens(texts)
    for text in texts:
        assert all(matches(tokens, term) for term in query_terms(text))
