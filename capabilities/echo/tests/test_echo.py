"""Echo answers with what it was told."""

import pytest
from pydantic import ValidationError

from ucs_sdk.testing import PluginContract, Rehearsal


class TestContract(PluginContract):
    pass


def test_what_is_said_comes_back():
    assert Rehearsal(__file__).call("echo.say", {"text": "你好，青岛"}) == {"text": "你好，青岛"}


def test_spelling_is_a_stream_of_letters():
    assert Rehearsal(__file__).call("echo.spell", {"text": "青岛"}) == [{"text": "青"}, {"text": "岛"}]


def test_a_speech_is_refused():
    stage = Rehearsal(__file__)
    with pytest.raises(ValidationError):
        stage.call("echo.say", {"text": "x" * 201})


def test_it_answers_in_a_city_at_its_typed_field(city):
    assert city.graphql('{ echo { say(input: {text: "你好"}) { text } } }') == {"echo": {"say": {"text": "你好"}}}
    assert city.invoke("echo.spell", {"text": "青岛"}) == [{"text": "青"}, {"text": "岛"}]
