"""What a plugin says under the name of another is a request: that one hears it, and nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from plugin_city import PluginCity, written

from ucs_core.events.delivery import is_meant_for
from ucs_registry.events import Event
from ucs_sdk.errors import UcsError

HEAD = """
from pydantic import BaseModel
from ucs_sdk import Capability, Context, Event, hookimpl

class Word(BaseModel):
    text: str = ""

heard = []
{name} = Capability("{name}", title_zh="测试", title_en="Test")

@hookimpl
def ucs_capabilities():
    return [{name}]
"""

SPEAKER = """
speaker.emits("city.desk.asked.v1", Word)

@speaker.operation(title_zh="说", title_en="Speak", effect="write")
async def speak(ctx: Context, asked: Word) -> Word:
    async with ctx.unit() as unit:
        unit.emit("city.desk.asked.v1", asked)
    return asked
"""

LISTENER = """
@{name}.on("city.desk.asked.v1")
async def listen(ctx: Context, event: Event[Word]) -> None:
    heard.append(event.source)
"""

SAYS = 'permissions = ["events"]\nevents_out = ["city.desk.asked.v1"]\n'
HEARS = 'permissions = ["events"]\nevents_in = ["city.desk.asked.v1"]\n'


async def heard_by(city: PluginCity) -> dict[str, list[str]]:
    """What the desk and a bystander hear when a speaker uses the desk's name."""
    for name in ("desk", "bystander"):
        source = HEAD.format(name=name) + LISTENER.format(name=name)
        await city.enable(written(city.folder, name, source, HEARS))
    await city.enable(written(city.folder, "speaker", HEAD.format(name="speaker") + SPEAKER, SAYS))
    await city.invoke("wang", "speaker.speak", text="a case, please")
    while await city.platform.extensions.settle():
        pass
    running = city.platform.extensions.table.plugins
    return {name: running[name].plugin.module.heard for name in ("desk", "bystander")}


async def test_a_request_reaches_the_plugin_that_it_is_named_for_and_no_other(city: PluginCity) -> None:
    assert await heard_by(city) == {"desk": ["plugins/speaker"], "bystander": []}


async def test_a_request_that_the_manifest_does_not_name_is_refused(small: PluginCity) -> None:
    source = HEAD.format(name="speaker") + SPEAKER
    with pytest.raises(UcsError) as caught:
        await small.enable(written(small.folder, "speaker", source, 'permissions = ["events"]\n'))
    assert caught.value.reason == "EVENT_FOREIGN"


CASES = [
    ("desk", "plugins/speaker", "city.desk.asked.v1", True),
    ("bystander", "plugins/speaker", "city.desk.asked.v1", False),
    ("bystander", "plugins/desk", "city.desk.asked.v1", True),
    ("speaker", "plugins/speaker", "city.desk.asked.v1", False),
    ("bystander", "gateway/7", "city.desk.asked.v1", True),
    ("bystander", "plugins/speaker", "ucs.notified.v1", True),
    ("bystander", "plugins/desk2", "city.desk.asked.v1", False),
]


async def mistakes(meant: Callable[[str, Event], bool]) -> list[tuple[str, str, str, bool]]:
    """The cases that a rule decides otherwise."""
    return [case for case in CASES if meant(case[0], an_event(case[1], case[2])) is not case[3]]


def an_event(source: str, type: str) -> Event:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    return Event(id="1", source=source, type=type, time=at, subject=None, organization=None, data={}, position=1)


async def test_whose_words_they_are_is_told_by_source_and_type() -> None:
    assert await mistakes(is_meant_for) == []
    assert await mistakes(lambda plugin, event: True) != []
    assert await mistakes(lambda plugin, event: event.source == f"plugins/{plugin}") != []
