"""Cursors and pages."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_registry.queries import PAGE_DEFAULT, Cursor, Order, cursor_of, page_size, sort_key
from ucs_registry.testing import a_resource
from ucs_sdk.errors import Invalid


@given(st.sampled_from(Order), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_cursor_comes_back(order: Order, key: str) -> None:
    cursor = Cursor(order=order, key=key, id="x")
    text = cursor.encode()
    assert Cursor.decode(text, order) == cursor
    assert text.isascii()
    assert "=" not in text


def test_cursor_of_another_order_is_refused() -> None:
    text = cursor_of(a_resource(), Order.CODE).encode()
    with pytest.raises(Invalid) as refusal:
        Cursor.decode(text, Order.TITLE_ZH)
    assert refusal.value.reason == "CURSOR_INVALID"


def _packed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "\ud800",
        "中",
        "!!!!",
        _packed([]),
        _packed({}),
        _packed(None),
        _packed(["code", 1, "x"]),
        _packed(["code", "a", None]),
        _packed(["code", "a", "b", "c"]),
        _packed(["code", "a\x00", "b"]),
        _packed(["code", "a", "\ud800"]),
        _packed("abc"),
        "[" * 100_000,
        _packed(["code", "a", "b"]) + "\n",
        base64.urlsafe_b64encode(b"[" * 5_000).decode(),
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_forged_cursor_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Cursor.decode(text, Order.CODE)
    assert refusal.value.reason == "CURSOR_INVALID"


def test_sort_keys_are_those_of_the_revision_that_stands() -> None:
    resource = a_resource(7, title_zh="题", title_en="T")
    true = {"updated": "2026-03-01T08:00:07.000000Z", "created": "2026-03-01T08:00:00.000000Z"}
    true |= {"title_zh": "题", "title_en": "T", "code": "CODE-000007", "submitted": "2026-03-01T08:00:00.000000Z"}
    for order in Order:
        assert sort_key(resource, order) == true[order.value.removesuffix("_desc").removesuffix("_asc")], order


def test_page_size_has_bounds() -> None:
    assert [page_size(None), page_size(1), page_size(200)] == [PAGE_DEFAULT, 1, 200]
    for size in (0, -1, 201, 10**9):
        with pytest.raises(Invalid) as refusal:
            page_size(size, "last")
        assert refusal.value.fields == {"path": "last", "most": 200, "value": size}
