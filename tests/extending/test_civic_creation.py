"""Civic-city creation on each of the stores: a problem's whole way, and a past that stays as it was."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from plugin_city import PluginCity, held

from ucs_sdk.plugins import find_in_folder

CIVIC = Path(__file__).parents[2] / "capabilities" / "civic_creation"
POINT = {"point_type": "market", "region": "370202", "longitude": 120.306, "latitude": 36.054, "crs": "wgs84"}


class Inspected:
    """A city with an edition and three markets of the roads department, of which each visit finds some problems."""

    def __init__(self, city: PluginCity) -> None:
        self.city = city

    async def ask(self, who: str, operation: str, **asked: Any) -> Any:
        return await self.city.invoke(who, f"civic_creation.{operation}", **asked)

    async def begin(self) -> None:
        await self.city.keep(*(held(who, "editor", home) for who, home in (("wang", "water"), ("li", "roads"))))
        await self.city.enable(find_in_folder(CIVIC), owner="3702")
        tree = json.loads((CIVIC / "tests" / "tree.json").read_text("utf-8"))
        await self.ask("wang", "publish", edition="e", title="示例", assessors=["water"], tree=tree)
        for number in range(3):
            await self.ask("li", "register", code=f"M{number}", name=f"市场 {number}", **POINT)

    async def file(self, who: str, text: str) -> str:
        content = base64.b64encode(b"\xff\xd8\xff" + text.encode()).decode()
        found = await self.ask(who, "attach", content=content, media_type="image/jpeg")
        return str(found["digest"])

    async def visit(self, number: int, problems: int) -> Any:
        self.city.clock.move(minutes=1)
        evidence = [await self.file("wang", f"{number}")]
        results = [{"item": "clean", "problems": problems, "evidence": evidence}]
        found = await self.ask(
            "wang", "visit", reference=f"v{number}", edition="e", point=f"M{number}", results=results
        )
        await self.city.platform.extensions.settle()
        return found

    async def scores(self, **asked: Any) -> Any:
        return await self.ask("li", "scores", edition="e", by="point", **asked)


@pytest.fixture
async def inspected(city: PluginCity) -> Inspected:
    made = Inspected(city)
    await made.begin()
    return made


async def test_the_past_stays_as_it_was_on_every_store(inspected: Inspected) -> None:
    visits = [await inspected.visit(number, number) for number in range(3)]
    told = await inspected.scores()
    assert [(each["rank"], each["group"], each["score"]) for each in told["standings"]] == [
        (1, "M0", 100.0),
        (2, "M1", 75.0),
        (3, "M2", 50.0),
    ]
    inspected.city.clock.move(hours=1)
    await inspected.ask("wang", "withdraw", assessment=visits[2]["assessment"], reason="误拍")
    await inspected.city.platform.extensions.settle()
    assert [each["group"] for each in (await inspected.scores())["standings"]] == ["M0", "M1"]
    assert await inspected.scores(as_of=told["as_of"]) == told | {"settled": True}
    page = await inspected.ask("li", "rectifications", state="voided", unit="roads")
    assert ([each["point"] for each in page["rectifications"]], page["total"]) == (["M2"], 1)


async def test_a_problem_goes_its_whole_way_on_every_store(inspected: Inspected) -> None:
    (id,) = (await inspected.visit(1, 1))["rectifications"]
    inspected.city.clock.move(hours=1)
    after = await inspected.file("li", "after")
    await inspected.ask("li", "rectify", rectification=id, evidence=[after])
    await inspected.ask("wang", "recheck", rectification=id, passed=True)
    await inspected.city.platform.extensions.settle()
    shown = await inspected.ask("li", "rectification", rectification=id)
    assert (shown["state"], shown["after"]) == ("closed", [after])
    (standing,) = (await inspected.scores())["standings"]
    assert standing["score"] == 87.5
    kept = await inspected.ask("wang", "file", assessment=id.partition(".")[0], item="clean", digest=after)
    assert base64.b64decode(kept["content"]).endswith(b"after")
