"""A plugin asks whether there is an organisation: the tree is known to everybody who may call, and nothing else is told."""

import pytest
from plugin_city import PluginCity

from ucs_sdk import Caller, Organization
from ucs_sdk.testing.fakes import FakeContext

MORE = """
@ledger.operation(title_zh="机构", title_en="Organisation")
async def whose(ctx: Context, asked: Asked) -> Found:
    found = await ctx.organizations.get(asked.text)
    return Found(keys=[] if found is None else [found.id, found.title_zh, found.parent or ""])

@ledger.operation(title_zh="登记", title_en="Enter", effect="write")
async def enter(ctx: Context, asked: Asked) -> Found:
    if await ctx.organizations.get(asked.text) is None:
        raise NotFound("NOT_FOUND", object=asked.text)
    async with ctx.unit() as unit:
        unit.documents("notes", Note).put(asked.text, Note(), organization=asked.text)
    return Found(keys=[asked.text])
"""


@pytest.mark.parametrize("who", ["wang", "li"])
async def test_every_caller_knows_the_tree(city: PluginCity, who: str) -> None:
    await city.ledger(MORE)
    assert (await city.invoke(who, "ledger.whose", text="pumps"))["keys"] == ["pumps", "pumps", "water"]
    assert (await city.invoke(who, "ledger.whose", text="37"))["keys"] == ["37", "37", ""]


@pytest.mark.parametrize("id", ["", "nobody", "Pumps", "pumps/", "a\x00b", "\ud800", "x" * 65, "x" * 2_000])
async def test_what_is_no_organisation_is_none_whatever_it_looks_like(city: PluginCity, id: str) -> None:
    await city.ledger(MORE)
    running = city.platform.extensions.table.plugins["ledger"]
    context = city.platform.extensions.background.context(running, "test")
    assert await context.organizations.get(id) is None


async def test_a_function_that_writes_asks_as_well(city: PluginCity) -> None:
    await city.ledger(MORE)
    assert (await city.invoke("wang", "ledger.enter", text="water"))["keys"] == ["water"]
    with pytest.raises(Exception, match="nobody"):
        await city.invoke("wang", "ledger.enter", text="nobody")
    assert sorted(await city.notes()) == ["water"]


async def test_in_miniature_there_are_those_that_are_stated() -> None:
    ctx = FakeContext(caller=Caller(principal="wang", organization="water"), organizations=[Organization(id="roads")])
    known = {id: await ctx.organizations.get(id) for id in ("water", "370200", "roads", "pumps")}
    assert [id for id, found in known.items() if found] == ["water", "370200", "roads"]
