"""What a plugin hands over is bounded: what no store could keep, or what would keep all others waiting, is refused at once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import pytest
from plugin_city import LEDGER, LEDGER_MANIFEST, LEDGER_TAIL, PluginCity, written

from ucs_core.events import supervising
from ucs_core.events.leases import Leases
from ucs_core.invoke import calling, staging
from ucs_core.plugins.loading import Loading
from ucs_sdk.errors import Unavailable

LOUD = """
seen = []

@ledger.operation(title_zh="喊", title_en="Shout", effect="write")
async def shout(ctx: Context, asked: Asked) -> Found:
    async with ctx.unit() as unit:
        unit.emit("city.ledger.noted.v1", Noted(key="k"), subject=asked.text, organization=asked.key)
    return Found()

@ledger.operation(title_zh="页", title_en="Page")
async def page(ctx: Context, asked: Asked) -> Found:
    found = await ctx.documents("notes", Note).query(order_by="text", limit=1, after=asked.text)
    return Found(text=found.next or "")

@ledger.operation(title_zh="多", title_en="Fill", effect="write")
async def fill(ctx: Context, asked: Asked) -> Found:
    async with ctx.unit() as unit:
        notes = unit.documents("notes", Note)
        for number in range(asked.level):
            notes.put(f"n{number % 3}" if asked.key == "same" else f"n{number}", Note(text="x" * 1_000))
            if asked.key == "events":
                unit.emit("city.ledger.noted.v1", Noted(key="x" * 1_000), subject="k")
    return Found()

@ledger.operation(title_zh="长", title_en="Long")
async def long(ctx: Context, asked: Asked) -> Found:
    return Found(text="x" * asked.level)

@ledger.on("city.ledger.noted.v1")
async def hear(ctx: Context, event: Event[Noted]) -> None:
    seen.append(event.subject)
    raise ValueError("not today")
"""


@pytest.mark.parametrize(("subject", "organization"), [("夜" * 201, ""), ("a\0", ""), ("\ud800", ""), ("a", "a\0")])
async def test_a_subject_that_no_store_could_keep_is_refused(
    small: PluginCity, refused: Any, subject: str, organization: str
) -> None:
    await small.ledger(LOUD)
    wrong = await refused(small.invoke("wang", "ledger.shout", text=subject, key=organization))
    assert wrong.reason == "FIELD_INVALID"
    assert await small.platform.extensions.settle() == 0


async def test_the_longest_subject_is_parked_by_every_store(city: PluginCity) -> None:
    await city.ledger(LOUD)
    subject = "".join(chr(0x4E00 + 97 * at % 20_000) for at in range(200))
    await city.invoke("wang", "ledger.shout", text=subject, key="water")
    assert await city.platform.extensions.settle() == 1
    async with city.store.read() as reader:
        assert len(await reader.parked(first=9)) == 1
    assert set(city.module.seen) == {subject}


async def test_a_cursor_of_ones_own_making_is_refused_by_every_store(city: PluginCity, refused: Any) -> None:
    await city.ledger(LOUD)
    # The JSON of two texts, the first of which holds a NUL.
    wrong = await refused(city.invoke("wang", "ledger.page", text="WyJ0XHUwMDAwIiwiYSJd"))
    assert wrong.reason == "CURSOR_INVALID"


@pytest.mark.parametrize("key", ["records", "events"])
async def test_a_unit_is_bounded_by_what_it_weighs(
    small: PluginCity, refused: Any, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr(staging, "WEIGHT_MOST", 50_000)
    await small.ledger(LOUD)
    wrong = await refused(small.invoke("wang", "ledger.fill", level=60, key=key))
    assert (wrong.reason, wrong.fields["limit"]) == ("UNIT_TOO_LARGE", 50_000)
    await small.invoke("wang", "ledger.fill", level=20, key=key)
    # What is written once more takes the place of what was there.
    await small.invoke("wang", "ledger.fill", level=500, key="same")


async def test_an_answer_is_bounded(small: PluginCity, refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "ANSWER_MOST", 5_000)
    await small.ledger(LOUD)
    assert len((await small.invoke("wang", "ledger.long", level=4_000))["text"]) == 4_000
    wrong = await refused(small.invoke("wang", "ledger.long", level=5_000))
    assert wrong.reason == "PLUGIN_ANSWER_INVALID"


TELLS = """
ledger.emits("city.ledger.told.v1", Noted)
heard = []

@ledger.operation(title_zh="告", title_en="Tell", effect="write")
async def tell(ctx: Context, asked: Asked) -> Found:
    async with ctx.unit() as unit:
        unit.emit("city.ledger.told.v1", Noted(key=asked.key))
    return Found()

@ledger.on({types})
async def hear(ctx: Context, event: Event[Noted]) -> None:
    heard.append(event.data.key)
"""


async def test_a_handler_that_hears_of_more_hears_of_that_from_then_on(city: PluginCity) -> None:
    noted, told = "city.ledger.noted.v1", "city.ledger.told.v1"
    manifest = LEDGER_MANIFEST.replace(f'"{noted}"', f'"{noted}", "{told}"')

    async def enable(*types: str) -> None:
        source = LEDGER + TELLS.format(types=", ".join(f'"{type}"' for type in types)) + LEDGER_TAIL
        await city.enable(written(city.folder, "ledger", source, manifest))

    await enable(noted)
    await city.invoke("wang", "ledger.tell", key="before")
    assert await city.platform.extensions.settle() == 0
    await enable(noted, told)
    await city.invoke("wang", "ledger.tell", key="after")
    await city.invoke("wang", "ledger.note", key="noted", level=1)
    assert await city.platform.extensions.settle() == 2
    assert sorted(city.module.heard) == ["after", "noted"], "nothing from before it was to be heard of"


async def test_what_runs_begins_once_the_store_is_there_again(
    small: PluginCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(Leases):
        refused = False

        async def take(self, names: Collection[str]) -> set[str]:
            if not self.refused:
                self.refused = True
                raise Unavailable("STORE_UNAVAILABLE")
            return await super().take(names)

    monkeypatch.setattr(supervising, "AGAIN_SECONDS", (0.0,))
    await small.ledger(
        "begun = asyncio.Event()\n\n@hookimpl\nasync def ucs_run(ctx: Context) -> None:\n    begun.set()\n"
    )
    extensions = small.platform.extensions
    leases = Away(small.store, "here", seconds=small.clock.seconds)
    contexts = extensions.background.context
    supervision = supervising.Supervision(extensions.background, leases, Loading(contexts))
    supervision.follow(extensions.table)
    async with asyncio.timeout(10):
        await small.module.begun.wait()
    await supervision.close()
    assert leases.refused
