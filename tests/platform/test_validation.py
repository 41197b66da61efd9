"""What is wrong with a field is told with its limit, its unit and what would be right, in both languages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from ucs_core.platform.validation import CHUNK_MOST, check_chunk, near_ids, parse
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Locale
from ucs_sdk.phrasing import IDENTIFIERS


class Form(BaseModel):
    """One field of each sort."""

    model_config = ConfigDict(extra="forbid")

    tags: Annotated[tuple[str, ...], Field(max_length=2)] = ()
    names: Annotated[list[str], Field(min_length=1)] = ["x"]
    text: Annotated[str, Field(min_length=2, max_length=5)] = "abc"
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    degrees: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] = 0
    count: int = 0
    flag: bool = False
    on: date | None = None
    at: datetime | None = None
    extra: dict[str, int] | None = None
    inner: Form | None = None
    several: tuple[Form, ...] = ()


def refusal(**values: object) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse(Form, values)
    return caught.value


@pytest.mark.parametrize(
    ("values", "english", "chinese"),
    [
        ({"tags": ["a", "b", "c"]}, "tags is too long: at most 2 items.", "tags 过长，最多 2 项。"),
        ({"names": []}, "names is too short: at least 1 item.", "names 过短，至少 1 项。"),
        ({"text": "a"}, "text is too short: at least 2 characters.", "text 过短，至少 2 个字符。"),
        ({"text": "abcdef"}, "text is too long: at most 5 characters.", "text 过长，最多 5 个字符。"),
        ({"share": 0}, "share must be more than 0.0.", "share 必须大于 0.0。"),
        ({"share": 1}, "share must be less than 1.0.", "share 必须小于 1.0。"),
        ({"degrees": -181}, "degrees must be at least -180.0.", "degrees 不得小于 -180.0。"),
        ({"degrees": 181}, "degrees must be at most 180.0.", "degrees 不得大于 180.0。"),
        ({"degrees": float("nan")}, "degrees must be a finite number.", "degrees 必须是有限的数。"),
        ({"count": "many"}, "count is 'many', which is not an integer.", "count 为 many，不是整数。"),
        ({"count": 1.5}, "count is '1.5', which is not an integer.", "count 为 1.5，不是整数。"),
        (
            {"flag": "perhaps"},
            "flag is 'perhaps', which is not true or false.",
            "flag 为 perhaps，不是真假值（true 或 false）。",
        ),
        ({"text": 1}, "text is '1', which is not text.", "text 为 1，不是文本。"),
        ({"tags": 1}, "tags is '1', which is not a list.", "tags 为 1，不是列表。"),
        ({"on": "soon"}, "which is not a date such as 2026-01-31.", "不是日期（如 2026-01-31）。"),
        ({"at": "soon"}, "which is not a time such as", "不是时间（如"),
        ({"extra": 1}, "extra is '1', which is not an object.", "extra 为 1，不是对象。"),
        ({"inner": 1}, "inner is '1', which is not an object.", "inner 为 1，不是对象。"),
        ({"inner": {"cout": 1}}, "inner.cout is not a field here. Did you mean count?", "您要找的是 count 吗？"),
        ({"several": [{"cout": 1}]}, "several[0].cout is not a field here. Did you mean count?", "several[0].cout"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(values, english, chinese):
    error = refusal(**values)
    assert english in error.message(Locale.EN)
    assert chinese in error.message(Locale.ZH)
    assert "{" not in error.message(Locale.ZH)


@pytest.mark.parametrize("values", [{"count": "x"}, {"flag": "x"}, {"on": "x"}, {"at": "x"}, {"extra": 1}, {"tags": 1}])
def test_what_was_expected_travels_as_a_word_with_a_name(values):
    assert refusal(**values).fields["expected"] in IDENTIFIERS["expected"]


def test_a_chunk_says_how_many_items_it_may_hold():
    with pytest.raises(Invalid) as caught:
        check_chunk([], "resources")
    assert caught.value.message() == "resources is too short: at least 1 item."
    with pytest.raises(Invalid) as caught:
        check_chunk([None] * (CHUNK_MOST + 1), "resources")
    assert caught.value.message() == "resources is too long: at most 1000 items."


KNOWN = ["37", "3702", "370202", "370203", "370211", "370202013", "370202013014", "qingdao-water", "qingdao-big-data"]


@pytest.mark.parametrize(
    ("id", "near"),
    [
        ("qingdao-watr", "qingdao-water"),
        ("qindao-water", "qingdao-water"),
        ("370201", "370202"),
        ("370202013041", "370202013014"),
    ],
)
def test_a_misspelt_organisation_is_guessed(id, near):
    assert near in near_ids(id, KNOWN)


@pytest.mark.parametrize("id", ["", "x", "nobody-at-all", "99"])
def test_what_is_like_nothing_is_not_guessed(id):
    assert near_ids(id, KNOWN) == []
