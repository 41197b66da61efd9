"""Collections that declare how they are asked, from the plugin's source to the database and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from plugin_city import PluginCity, written

from ucs_registry.documents import NewDocument
from ucs_registry.record_ways import STEP_MOST
from ucs_sdk.errors import Invalid, Unavailable

SOURCE = """
from pydantic import BaseModel, Field
from ucs_sdk import Between, Capability, Context, hookimpl

class Case(BaseModel):
    state: str = "open"
    region: str = ""
    at: str = ""
class Asked(BaseModel):
    key: str = ""
    state: str = "open"
    count: int = 1
    within: bool = False
class Found(BaseModel):
    keys: list[str] = []
    count: int = 0
    states: dict[str, int] = {}

cases = Capability("cases", title_zh="案件", title_en="Cases")
cases.collection("cases", Case, title_zh="案件", title_en="Cases"@WAYS@)

async def found(records, state):
    page = await records.query({"state": state}, order_by="at", descending=True, limit=3)
    rest = await records.query({"state": state}, order_by="at", descending=True, limit=3, after=page.next or "")
    keys = [each.key for each in [*page.items, *(rest.items if page.next else [])]]
    return Found(keys=keys, count=await records.count({"state": state}), states=dict(await records.counts("state")))

@cases.operation(title_zh="记", title_en="Put", effect="write")
async def put(ctx: Context, asked: Asked) -> Found:
    async with ctx.unit() as unit:
        records = unit.documents("cases", Case)
        for number in range(asked.count):
            key = asked.key or f"{number:04d}"
            records.put(key, Case(state=asked.state, region="370202001", at=f"2026-07-{number % 28 + 1:02d}"))
        return await found(records, asked.state) if asked.within else Found()

@cases.operation(title_zh="查", title_en="Find")
async def find(ctx: Context, asked: Asked) -> Found:
    return await found(ctx.documents("cases", Case), asked.state)

@cases.operation(title_zh="区", title_en="Region")
async def region(ctx: Context, asked: Asked) -> Found:
    records = ctx.documents("cases", Case)
    page = await records.query({"region[6]": "370202"}, order_by="at", limit=3)
    return Found(keys=[each.key for each in page.items])

@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [cases]
"""

FIRST = ', listed_by=(("state", "at"),), counted_by=("state",)'
SECOND = ', listed_by=(("state", "at"), ("region[6]", "at")), counted_by=("state",)'

OTHER = ', listed_by=(("region[6]", "at"),), counted_by=("state",)'


async def enabled(city: PluginCity, ways: str, version: str) -> None:
    """Enable a version that declares these ways."""
    source = SOURCE.replace("@WAYS@", ways)
    await city.enable(written(city.folder, "cases", source, 'permissions = ["documents"]', version))


async def test_what_is_declared_is_answered_at_once_and_within_a_unit(city: PluginCity) -> None:
    await enabled(city, FIRST, "1.0")
    for key, state in (("a", "open"), ("b", "open"), ("c", "closed")):
        await city.invoke("wang", "cases.put", key=key, state=state)
    staged = await city.invoke("wang", "cases.put", key="b", state="closed", within=True)
    assert staged == {"keys": ["c", "b"], "count": 2, "states": {"open": 1, "closed": 2}}
    assert await city.invoke("wang", "cases.find", state="closed") == staged | {"states": {"closed": 2, "open": 1}}
    # Of another organisation, she may not read these.
    assert await city.invoke("li", "cases.find") == {"keys": [], "count": 0, "states": {}}


async def test_what_is_not_declared_is_refused(city: PluginCity) -> None:
    await enabled(city, FIRST, "1.0")
    with pytest.raises(Invalid, match=r"RECORDS_NOT_LISTED.*listed_by state \+ at"):
        await city.invoke("wang", "cases.region")


async def test_a_new_way_is_built_behind_the_running_platform(city: PluginCity) -> None:
    await enabled(city, "", "1.0")
    many = STEP_MOST * 5
    for _ in range(2):
        await city.invoke("wang", "cases.put", count=many // 2)
    async with city.store.write() as unit:
        # So many that they are not entered in the unit that enables the plugin.
        kept = (await unit.documents("cases", "cases", ["0000"]))["0000"]
        more = [
            NewDocument(plugin="cases", collection="cases", id=f"m{at:05d}", organization="water", body=kept.body)
            for at in range(many)
        ]
        await unit.put_documents(more, city.clock())
        await unit.commit()
    await enabled(city, FIRST, "1.1")
    with pytest.raises(Unavailable, match="RECORDS_NOT_READY"):
        await city.invoke("wang", "cases.find")
    while await city.platform.extensions.index():
        pass
    before = await city.invoke("wang", "cases.find")
    assert before["count"] == many + many // 2
    await enabled(city, SECOND, "1.2")
    assert await city.invoke("wang", "cases.find") == before
    with pytest.raises(Unavailable, match="RECORDS_NOT_READY"):
        await city.invoke("wang", "cases.region")
    await city.platform.extensions.settle()
    assert len((await city.invoke("wang", "cases.region"))["keys"]) == 3


async def test_a_node_that_starts_with_other_ways_adds_them_and_drops_none(
    two_nodes: list[PluginCity], tmp_path: Path
) -> None:
    one, two = two_nodes
    await enabled(one, FIRST, "1.0")
    await one.invoke("wang", "cases.put", key="a")
    # What is installed on the other node is newer than what was enabled.
    source = SOURCE.replace("@WAYS@", OTHER)
    two.installed["cases"] = written(tmp_path / "two", "cases", source, 'permissions = ["documents"]', "1.1")
    await two.platform.extensions.start()
    while await two.platform.extensions.index():
        pass
    assert (await two.invoke("wang", "cases.region"))["keys"] == ["a"]
    assert (await one.invoke("wang", "cases.find"))["keys"] == ["a"]
    assert not await two.platform.extensions.index()
