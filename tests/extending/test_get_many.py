"""Many records by key, and whose plugin it is: what a function reads in one go is what it would read one by one."""

from plugin_city import PluginCity

MORE = """
class Keys(BaseModel):
    keys: list[str] = []

@ledger.operation(title_zh="多", title_en="Many")
async def many(ctx: Context, asked: Keys) -> Found:
    notes = ctx.documents("notes", Note)
    together = await notes.get_many(asked.keys)
    singly = {key: each for key in asked.keys if (each := await notes.get(key))}
    assert together == singly
    return Found(keys=sorted(together), text=ctx.owner)

@ledger.operation(title_zh="改", title_en="Change", effect="write")
async def change(ctx: Context, asked: Keys) -> Found:
    async with ctx.unit() as unit:
        notes = unit.documents("notes", Note)
        before = await notes.get_many(asked.keys)
        notes.put("new", Note(text="new"))
        for key in before:
            notes.delete(key)
        after = await notes.get_many([*asked.keys, "new"])
    return Found(keys=sorted(before), text=",".join(sorted(after)))
"""


async def test_many_records_are_read_as_far_as_the_caller_may(city: PluginCity) -> None:
    await city.ledger(MORE)
    for who, key in [("wang", "a"), ("wang", "b"), ("li", "c")]:
        await city.invoke(who, "ledger.note", key=key)
    assert await city.invoke("wang", "ledger.many", keys=["a", "b", "c", "none"]) == {
        "keys": ["a", "b"],
        "count": 0,
        "text": "water",
    }
    assert (await city.invoke("li", "ledger.many", keys=["a", "c"]))["keys"] == ["c"]
    assert (await city.invoke("li", "ledger.many", keys=[]))["keys"] == []


async def test_many_records_in_a_unit_are_as_they_were_staged(city: PluginCity) -> None:
    await city.ledger(MORE)
    for key in ("a", "b"):
        await city.invoke("wang", "ledger.note", key=key)
    assert await city.invoke("wang", "ledger.change", keys=["a", "none"]) == {"keys": ["a"], "count": 0, "text": "new"}
    assert sorted(await city.notes()) == ["b", "new"]
