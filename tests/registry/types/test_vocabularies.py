"""Tags of closed vocabularies name their terms, and vocabularies are sound."""

from __future__ import annotations

from typing import Any

import pytest

from ucs_registry.vocabularies import TERMS_MOST, NewVocabulary, Vocabulary, built_in_vocabularies, check_tags
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Locale


def a_vocabulary(*terms: tuple[str, str | None], closed: bool = True, id: str = "season") -> Vocabulary:
    stated = [
        {"id": term, "title": {"zh": f"词{term}", "en": f"Term {term}"}, "broader": above} for term, above in terms
    ]
    return Vocabulary.model_validate({"id": id, "title": {"zh": "词", "en": "W"}, "terms": stated, "closed": closed})


def refusal(tags: list[str], *known: Vocabulary) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check_tags(tags, {entry.id: entry for entry in known})
    return caught.value


def test_the_twelve_themes_of_the_directory_are_built_in_and_closed() -> None:
    theme = built_in_vocabularies()["theme"]
    assert len(theme.terms) == 12
    assert theme.closed
    assert theme.by_id["health"].title.zh == "健康保障"


@pytest.mark.parametrize(
    "tag", ["theme:health", "water", "水位", "other:anything", "season:anything", ":", "theme", "a:b:c"]
)
def test_other_tags_are_free(tag: str) -> None:
    check_tags([tag], built_in_vocabularies() | {"season": a_vocabulary(("winter", None), closed=False)})


@pytest.mark.parametrize(
    ("tag", "near"),
    [
        ("theme:helth", ["theme:health"]),
        ("theme:环保", ["theme:environment"]),
        ("theme:健康保障", ["theme:health"]),
        ("theme:Health care", ["theme:health"]),
        ("theme:", []),
        ("theme:HEALTH", ["theme:health"]),
    ],
)
def test_a_tag_of_a_closed_vocabulary_names_one_of_its_terms(tag: str, near: list[str]) -> None:
    error = refusal(["free", tag], *built_in_vocabularies().values())
    assert (error.reason, error.fields["path"], error.fields["vocabulary"]) == (
        "TAG_UNKNOWN",
        "content.tags[1]",
        "theme",
    )
    assert error.fields["near"][:1] == near
    assert "theme" in error.message(Locale.ZH)


@pytest.mark.parametrize(
    ("terms", "reason", "path"),
    [
        ([("a", None), ("b", None), ("a", None)], "TERM_REPEATED", "terms[2].id"),
        ([("a", "b")], "TERM_UNKNOWN", "terms[0].broader"),
        ([("x", None), ("a", "a")], "TERM_CIRCLE", "terms[1].broader"),
        ([("a", "b"), ("b", "c"), ("c", "a")], "TERM_CIRCLE", "terms[0].broader"),
        ([("x", "a"), ("a", "b"), ("b", "a")], "TERM_CIRCLE", "terms[0].broader"),
        ([("t" * 37, None)], "TERM_TOO_LONG", "terms[0].id"),
    ],
)
def test_a_vocabulary_that_is_not_sound_is_refused(terms: Any, reason: str, path: str) -> None:
    with pytest.raises(Invalid) as caught:
        a_vocabulary(*terms)
    assert (caught.value.reason, caught.value.fields["path"]) == (reason, path)


def test_a_long_way_up_is_walked_once() -> None:
    """A thousand terms one above the other: half a million steps where every term walks all the way."""
    steps = 0

    class Counted(NewVocabulary):
        def _way_up(self, term: Any, path: str, sound: set[str]) -> set[str]:
            nonlocal steps
            passed = super()._way_up(term, path, sound)
            steps += len(passed)
            return passed

    terms = [
        {"id": f"t{at}", "title": {"zh": "词", "en": "T"}, "broader": f"t{at + 1}" if at < TERMS_MOST - 1 else None}
        for at in range(TERMS_MOST)
    ]
    Counted.model_validate({"id": "deep", "title": {"zh": "词", "en": "W"}, "terms": terms})
    assert steps == TERMS_MOST
