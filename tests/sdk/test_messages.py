"""What an error says reads as one sentence in either language, and travels as plain text."""

import orjson
import pytest

from ucs_sdk.errors import Denied, FailedPrecondition, Invalid
from ucs_sdk.messages import Locale, Phrase
from ucs_sdk.vocabulary import ReviewState


def told(error, locale=Locale.ZH):
    return error.message(locale)


def test_a_refused_transition_reads_in_chinese():
    error = FailedPrecondition(
        "TRANSITION_ILLEGAL", object="x", verb="submit", axis="review", state="rejected", allowed=["draft", "approved"]
    )
    assert told(error) == "x 不能执行“提交”：审核状态现为“已驳回”，该操作只能在以下状态执行：草稿、已通过。"
    assert told(error, Locale.EN) == "x cannot submit: review is rejected, and submit starts from draft, approved."


def test_what_must_be_typed_stays_as_it_is_typed():
    error = Denied("DENIED", object="resources/1", action="administer")
    assert told(error) == "您无权对 resources/1 执行“管理”。可用 `ucs why administer resources/1` 查看原因。"
    error = Invalid("FIELD_NOT_ONE_OF", path="state", value="drafd", allowed=["draft", "online"], near=["draft"])
    assert told(error) == "state 为 drafd，只能取 draft、online。您要找的是 draft 吗？"


def test_a_phrase_is_worded_in_the_language_of_its_message():
    error = Invalid("FIELD_INVALID", path="reason", problem=Phrase("text-longer-than", limit=1000))
    assert told(error) == "reason：最多保留 1000 个字符。"
    assert told(error, Locale.EN) == "reason: at most 1000 characters are kept."


def test_identifiers_within_a_phrase_are_worded_as_well():
    error = Invalid("FIELD_INVALID", path="x", problem=Phrase("spec-type", value="1", expected="string"))
    assert told(error) == "x：1 不是文本。"
    assert told(error, Locale.EN) == "x: 1 is not text."


def test_a_phrase_travels_as_its_english():
    phrase = Phrase("text-longer-than", limit=5)
    assert phrase == "at most 5 characters are kept"
    assert orjson.dumps([phrase]) == b'["at most 5 characters are kept"]'
    assert type(str(phrase)) is str


def test_a_phrase_without_words_is_its_key():
    assert Phrase("no-such-phrase", x=1) == "no-such-phrase"
    assert Phrase("no-such-phrase").worded(Locale.ZH) == "no-such-phrase"


def test_a_missing_field_shows_as_its_name():
    assert told(Invalid("FIELD_INVALID", path="x"), Locale.EN) == "x: {problem}."


def test_the_value_of_another_field_is_never_translated():
    error = Invalid("FIELD_TYPE", path="title", value="draft", expected="integer")
    assert told(error) == "title 为 draft，不是整数。"


@pytest.mark.parametrize("state", list(ReviewState))
def test_a_state_is_called_what_the_vocabulary_calls_it(state):
    error = FailedPrecondition(
        "TRANSITION_ILLEGAL", object="x", verb="submit", axis="review", state=state.value, allowed=[]
    )
    assert state.title_zh in told(error)
