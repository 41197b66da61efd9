"""The channels of the demo city's video pool: sound codes, each once, and every one says that it is made up."""

import orjson
import pytest

from ucs_core.demo.channels import POOL, generate_channels
from ucs_core.demo.feed import fed
from ucs_core.demo.geography import outlines
from ucs_core.demo.real_entries import real_resources
from ucs_registry.gb28181 import problem_with
from ucs_registry.members import NewMember
from ucs_registry.types import built_in_types


@pytest.fixture(scope="module")
def channels():
    return [NewMember.model_validate(orjson.loads(line)) for line in generate_channels(3_000, 7)]


def test_every_code_is_that_of_a_channel_and_stands_once(channels):
    assert [problem_with(channel.code) for channel in channels if problem_with(channel.code)] == []
    assert len({channel.code for channel in channels}) == len(channels)


def test_every_channel_says_that_it_is_made_up(channels):
    assert all("合成" in channel.title.zh and "Synthetic" in channel.title.en for channel in channels)


def test_a_position_lies_in_the_district_that_the_code_names(channels):
    located = [channel for channel in channels if channel.location]
    assert 0.9 < len(located) / len(channels) < 1
    for channel in located[:200]:
        assert outlines()[channel.code[:6]].contains(channel.location.longitude, channel.location.latitude)


def test_they_fit_the_pool_that_fronts_them(channels):
    [pool] = [row for row in real_resources() if row.code == POOL]
    rules = built_in_types()[pool.type].members
    assert rules.code == "gb28181"
    assert {name for channel in channels for name in channel.attributes} <= set(rules.schema["properties"])


def test_the_same_seed_gives_the_same_channels_in_another_process():
    with fed("channels", 1_200, 7, 500) as chunks:
        told = list(chunks)
    assert [chunk.count(b"\n") for chunk in told] == [500, 500, 200]
    assert b"".join(told) == b"".join(generate_channels(1_200, 7))


def test_a_generator_that_breaks_off_is_noticed():
    with fed("resources", -1, 7, 500) as chunks, pytest.raises(RuntimeError, match="ended early"):
        list(chunks)
