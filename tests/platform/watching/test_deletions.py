"""A watch tells that something was deleted and came back, and nothing of what is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ucs_core.access.policy import PolicyRow
from ucs_core.platform import Call
from ucs_core.platform.watching import batch
from ucs_registry.testing import a_grant

KEEPER = Call(principal="admin")


async def test_deletion_is_told_as_removed_and_its_end_as_added(city):
    made = await city.publish()
    shelf = city.platform.shelf
    async with city.listening("roads") as ear:
        await ear.until(lambda ear: ear.progress)
        await shelf.delete(KEEPER, made.name)
        await ear.until(lambda ear: ear.told)
        assert (ear.told, ear.events[-1].resource) == ([("removed", made.name)], None)
        await shelf.undelete(KEEPER, made.name)
        await ear.until(lambda ear: len(ear.told) == 2)
        async with city.platform.session("roads") as session:
            assert ear.events[-1].resource == await session.resource(made.name)
        # Of the purge nobody is told: the next they hear of is something else.
        await shelf.delete(KEEPER, made.name)
        await shelf.purge(KEEPER, made.name)
        other = await city.publish("QD-2")
        await ear.until(lambda ear: ("added", other.name) in ear.told)
    assert ear.told == [("removed", made.name), ("added", made.name), ("removed", made.name), ("added", other.name)]


async def test_deletion_is_told_to_those_who_saw_it_by_a_grant(city):
    made = await city.publish(share_type="conditional", share_condition="申请")
    await city.put_rules(PolicyRow(id="granted", role="public", relation="any", action="discover", grant="required"))
    async with city.store.write() as unit:
        since = made.updated_at - timedelta(days=1)
        grant = a_grant(1, grantee="principals/outsider", valid_from=since, valid_until=None)
        await unit.put_grants([replace(grant, resource=made.name)])
        await unit.commit()
    async with city.listening("outsider") as ear:
        await ear.until(lambda ear: ear.progress)
        await city.platform.shelf.delete(KEEPER, made.name)
        await ear.until(lambda ear: ear.told)
    assert ear.told == [("removed", made.name)]


async def test_preparations_of_what_was_deleted_are_no_news_for_others(city, monkeypatch):
    start = await city.position()
    made = await city.publish()
    await city.update(made.name, title={"zh": "机密", "en": "Secret plan"})
    await city.platform.shelf.delete(KEEPER, made.name)
    public = [("added", made.name), ("removed", made.name)]

    async def told(who):
        async with city.listening(who, after=start) as ear:
            await ear.until(lambda ear: ear.progress)
        assert all(event.resource is None for event in ear.events)
        return ear.told

    everything = await told("editor")
    assert everything == [("added", made.name), *[("modified", made.name)] * 4, ("removed", made.name)]
    assert await told("roads") == public
    await city.platform.shelf.purge(KEEPER, made.name)
    assert await told("roads") == public
    # The twin: where nobody looks into the bin, what was prepared is news for everybody.
    monkeypatch.setattr(batch, "PREPARING", frozenset())
    assert await told("roads") == [public[0], ("modified", made.name), public[1]]
