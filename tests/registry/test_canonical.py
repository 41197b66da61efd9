"""One byte string per value, times as text, and what a store can keep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_registry.canonical import canonical_json, digest, instant, plain_json_problem, storable, timestamp

INSTANTS = st.datetimes(
    min_value=datetime(2, 1, 1),
    max_value=datetime(9998, 12, 31),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
)


def test_keys_are_sorted_and_nothing_is_padded() -> None:
    assert (
        canonical_json({"b": [1, None, True], "a": {"d": "中", "c": ""}})
        == '{"a":{"c":"","d":"中"},"b":[1,null,true]}'.encode()
    )


def test_digest_is_sha256_in_lower_case() -> None:
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(INSTANTS)
def test_instant_comes_back(at: datetime) -> None:
    assert instant(timestamp(at)) == at


@given(INSTANTS, INSTANTS)
def test_order_of_text_is_order_of_time(first: datetime, second: datetime) -> None:
    assert (timestamp(first) < timestamp(second)) == (first < second)


def test_timestamp_has_always_one_form() -> None:
    china = timezone(timedelta(hours=8))
    assert timestamp(datetime(2026, 3, 1, 8, tzinfo=china)) == "2026-03-01T00:00:00.000000Z"
    assert timestamp(datetime(987, 3, 1, 8, 0, 0, 1, tzinfo=UTC)) == "0987-03-01T08:00:00.000001Z"


@pytest.mark.parametrize("text", ["", "中", "😀", "\n", "\\u0000", "\uffff"])
def test_text_is_storable(text: str) -> None:
    assert storable(text)


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "中\udfff"])
def test_text_is_not_storable(text: str) -> None:
    assert not storable(text)


@pytest.mark.parametrize("value", [{}, {"a": [1, -0.0, 1e300, 2**63 - 1, None, {"": "\\u0000 😀"}]}])
def test_plain_json_has_no_problem(value: object) -> None:
    assert plain_json_problem(value) is None


@pytest.mark.parametrize(
    "value",
    [
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": 2**64},
        {"a": "\x00"},
        {"\x00": 1},
        {"a": ["\ud800"]},
        {1: 2},
        {"a": (1,)},
        {"a": {1}},
    ],
    ids=repr,
)
def test_what_is_not_plain_json_has_a_problem(value: object) -> None:
    assert plain_json_problem(value)


def test_nesting_beyond_measure_has_a_problem() -> None:
    deep: dict[str, object] = {}
    for _ in range(5000):
        deep = {"a": deep}
    assert plain_json_problem(deep)
