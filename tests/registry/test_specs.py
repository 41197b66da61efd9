"""What a spec does wrong is found in bounded work, and told in words of our own in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ucs_registry import specs
from ucs_registry.schema_words import FORMATS
from ucs_registry.specs import (
    ERRORS_MOST,
    VALUES_MOST,
    check_size,
    judge_of,
    mistake_in,
    pattern_matches,
    validator_of,
)
from ucs_registry.types import KnownTypes, built_in_types, check_spec
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Locale
from ucs_sdk.vocabulary import ResourceKind

ITEM = {
    "name": "level",
    "title": "水位",
    "data_type": "decimal",
    "length": 3,
    "unit": "m",
    "sensitive": False,
    "primary_key": False,
    "incremental": False,
}


def refusal(spec: dict[str, Any]) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check_spec(ResourceKind.DATA, "dataset", spec, KnownTypes())
    return caught.value


class Counted:
    """A check that counts how many values it was shown."""

    def __init__(self, keyword: str) -> None:
        self.shown = 0
        self._check = specs._Validator.VALIDATORS[keyword]

    def __call__(self, *asked: Any) -> Iterator[Any]:
        self.shown += 1
        yield from self._check(*asked) or ()


def counting(keyword: str) -> tuple[Counted, Any]:
    counted = Counted(keyword)
    from_here = specs.validators.extend(specs._Validator, {keyword: counted})
    return counted, from_here(built_in_types()["dataset"].schema)


@pytest.mark.parametrize("text", ["a\n", "a\n\n", "\na", "a b"])
def test_a_name_ends_where_its_text_ends(text: str) -> None:
    assert refusal({"items": [{**ITEM, "name": text}]}).fields["path"] == "content.spec.items[0].name"


def test_the_library_alone_lets_a_line_break_pass() -> None:
    """The twin: the pattern as `jsonschema` reads it."""
    schema = {"type": "string", "pattern": "^[a-z]+$"}
    assert Draft202012Validator(schema).is_valid("a\n")
    assert not validator_of(schema).is_valid("a\n")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^a$", "a", True),
        (r"^a$", "a\n", False),
        (r"^a\$$", "a$", True),
        (r"^a\$$", "a$\n", False),
        (r"^[$]$", "$", True),
        (r"^[^$]$", "a", True),
        (r"^\\$", "\\", True),
        (r"^\\$", "\\\n", False),
        (r"^(a|b$)", "b\n", False),
    ],
)
def test_only_an_end_is_made_the_very_end(pattern: str, text: str, found: bool) -> None:
    assert pattern_matches(pattern, text) is found


def test_the_fullest_dataset_is_within_the_size() -> None:
    spec = {"items": [{**ITEM, "name": f"level_{at}"} for at in range(500)]}
    assert check_size(spec) < VALUES_MOST
    check_spec(ResourceKind.DATA, "dataset", spec, KnownTypes())


@pytest.mark.parametrize(
    "spec",
    [
        {"items": [1] * 50_000},
        {"items": {str(at): 1 for at in range(VALUES_MOST)}},
        {"items": [[[]] * 100] * 100},
    ],
)
def test_a_spec_with_too_many_values_is_not_looked_into(spec: dict[str, Any]) -> None:
    error = refusal(spec)
    assert (error.reason, error.fields) == ("SPEC_TOO_LARGE", {"path": "content.spec", "most": VALUES_MOST})


def test_counting_ends_at_the_limit() -> None:
    class Watched(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            raise AssertionError("was looked into")

    with pytest.raises(Invalid):
        check_size({"a": Watched([1] * (VALUES_MOST + 1))})


@given(st.recursive(st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)))
def test_every_value_is_counted_once(value: Any) -> None:
    def count(value: Any) -> int:
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return 1 + sum(map(count, parts))

    spec = {"x": value}
    assert check_size(spec) == count(spec)


def test_items_beyond_the_limit_are_not_checked_one_by_one() -> None:
    counted, validator = counting("$ref")
    told = mistake_in({"items": [1] * 4_000}, validator)
    assert told is not None
    assert told["problem"].key == "spec-items-at-most"
    assert counted.shown == 0


def test_the_search_ends_after_some_mistakes() -> None:
    counted, validator = counting("$ref")
    assert mistake_in({"items": [1] * 500}, validator) is not None
    assert counted.shown <= ERRORS_MOST


def test_without_a_limit_the_search_would_not_end() -> None:
    """The twin: all mistakes are listed."""
    counted, validator = counting("$ref")
    assert len(list(validator.iter_errors({"items": [1] * 500}))) == counted.shown == 500


@pytest.mark.parametrize(
    ("items", "repeated"),
    [
        ([1, 1.0], True),
        ([1, True], False),
        ([0, False], False),
        ([{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}], True),
        ([[1, 2], [2, 1]], False),
        ([[], {}], False),
        (["a", "a"], True),
        ([None, None], True),
    ],
)
def test_items_are_repeated_when_json_schema_calls_them_equal(items: list[Any], repeated: bool) -> None:
    schema = {"uniqueItems": True}
    assert validator_of(schema).is_valid(items) is not repeated
    assert Draft202012Validator(schema).is_valid(items) is not repeated


@pytest.mark.parametrize(
    ("spec", "english", "chinese"),
    [
        ({}, "it lacks items", "缺少 items"),
        ({"items": 1}, "1 is not a list", "1 不是列表"),
        ({"items": []}, "it holds 0 items, at least 1 needed", "有 0 项，至少需要 1 项"),
        ({"items": [ITEM] * 501}, "it holds 501 items, at most 500 allowed", "有 501 项，最多 500 项"),
        ({"items": [ITEM], "row_count": -1}, "-1 is less than 0", "-1 小于 0"),
        ({"items": [ITEM], "row_count": "1"}, '"1" is not an integer', '"1" 不是整数'),
        ({"items": [ITEM], "remark": ""}, "it has 0 characters, at least 1 needed", "有 0 个字符，至少需要 1 个"),
        ({"items": [ITEM], "remark": "x" * 1001}, "at most 1000 allowed", "最多 1000 个"),
        ({"items": [ITEM], "covers_from": "2026-13-01"}, "is not of the format 'date'", "不符合 date 格式"),
        (
            {"items": [ITEM], "row_cout": 1},
            "it must not hold row_cout. Did you mean row_count?",
            "此处没有字段 row_cout。您要找的是 row_count 吗？",
        ),
        (
            {"items": [ITEM], "storage_format": "tabel"},
            'it is "tabel", and must be one of "table", "csv"',
            '现为 "tabel"，只能取 "table"、"csv"',
        ),
    ],
)
def test_a_mistake_is_told_in_both_languages(spec: dict[str, Any], english: str, chinese: str) -> None:
    error = refusal(spec)
    assert english in error.message(Locale.EN)
    assert chinese in error.message(Locale.ZH)


def test_a_keyword_without_words_is_named() -> None:
    told = mistake_in({"a": 3}, validator_of({"properties": {"a": {"multipleOf": 2}}}))
    assert told is not None
    assert told["problem"] == "3 does not satisfy 'multipleOf'"
    assert told["problem"].worded(Locale.ZH) == "3 不满足 multipleOf"


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_held_to_and_its_slips_are_told(format: str) -> None:
    judge = judge_of({"type": "object", "properties": {"a": {"type": "string", "format": format}}})
    told = judge.mistake_in({"a": "not a: format\x7f"})
    assert told is not None
    assert told["path"] == "content.spec.a"
    assert told["problem"].key == "spec-format"
    assert format in told["problem"].worded(Locale.ZH)


def test_schemas_of_one_text_are_compiled_once() -> None:
    one, other = ({"type": "object", "required": [name]} for name in ("a", "b"))
    assert judge_of(one) is judge_of(dict(reversed(one.items())))
    assert judge_of(one) is not judge_of(other)


def test_a_judge_says_yes_without_asking_for_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_: object) -> None:
        raise AssertionError("was asked for words")

    monkeypatch.setattr(specs, "validator_of", asked)
    judge = specs.Judge({"type": "object", "required": ["a"]})
    assert judge.mistake_in({"a": 1}) is None
    with pytest.raises(AssertionError):
        judge.mistake_in({})
