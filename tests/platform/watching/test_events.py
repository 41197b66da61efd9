"""What a watch tells, and of what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ucs_core.access.policy import PolicyRow
from ucs_core.platform import Call, WatchFilter
from ucs_registry.testing import a_grant
from ucs_sdk.vocabulary import ResourceKind

CLOSED = {"share_type": "none", "denial_basis": "依据"}


async def test_every_change_is_told_once_and_in_order(city):
    async with city.listening("reviewer") as ear:
        await ear.until(lambda ear: ear.progress)
        made = await city.publish()
        await ear.until(lambda ear: len(ear.told) == 4)
    name = made.name
    assert ear.told == [("added", name), ("modified", name), ("modified", name), ("modified", name)]
    positions = [event.position for event in ear.events]
    assert positions == sorted(set(positions))
    assert ear.events[-1].resource.availability == "online"


async def test_a_watch_without_a_position_begins_now(city):
    await city.publish()
    async with city.listening("editor") as ear:
        await ear.until(lambda ear: ear.progress)
        assert ear.told == []
        assert ear.progress == [await city.position()]
        second = await city.create("QD-2")
        await ear.until(lambda ear: ear.told)
    assert ear.told == [("added", second.name)]


async def test_what_was_missed_is_told_first(city):
    start = await city.position()
    made = await city.publish()
    async with city.listening("editor", after=start) as ear:
        await ear.until(lambda ear: ear.progress)
        assert [name for _, name in ear.told] == [made.name] * 4
        later = await city.create("QD-2")
        await ear.until(lambda ear: len(ear.told) == 5)
    assert ear.told[-1] == ("added", later.name)


async def test_progress_comes_once_all_is_told_that_was_missed_and_when_other_things_have_moved(open_city):
    async with open_city(progress=0.01) as city, city.listening("roads") as ear:
        await ear.until(lambda ear: ear.progress)
        await city.change_person("outsider", title="Somebody else")
        await ear.until(lambda ear: len(ear.progress) == 2)
        assert ear.progress[-1] == await city.position()


async def test_the_view_is_what_a_get_shows(city):
    made = await city.publish()
    async with city.listening("editor", after=0) as editor, city.listening("roads", after=0) as roads:
        await editor.until(lambda ear: ear.progress)
        await roads.until(lambda ear: ear.progress)
    for principal, ear in (("editor", editor), ("roads", roads)):
        async with city.platform.session(principal) as session:
            assert ear.events[-2].resource == await session.resource(made.name)
    assert editor.events[-2].resource.etag
    assert roads.events[-2].resource.etag is None


async def test_what_goes_out_of_sight_is_removed_and_comes_back_added(city):
    made = await city.publish()
    async with city.listening("roads") as ear:
        await ear.until(lambda ear: ear.progress)
        await city.update(made.name, **CLOSED)
        await city.approve(made.name)
        await ear.until(lambda ear: ear.told)
        assert ear.told == [("removed", made.name)]
        assert ear.events[-1].resource is None
        await city.update(made.name, share_type="unconditional")
        await city.approve(made.name)
        await ear.until(lambda ear: len(ear.told) == 2)
    assert ear.told[-1] == ("added", made.name)
    assert ear.events[-1].resource.name == made.name


async def test_what_is_hidden_by_now_is_told_without_a_view(city):
    start = await city.position()
    made = await city.publish()
    await city.update(made.name, **CLOSED)
    await city.approve(made.name)
    async with city.listening("roads", after=start) as ear:
        await ear.until(lambda ear: ear.progress)
    assert ear.told[-1] == ("removed", made.name)
    assert [event.resource for event in ear.events] == [None] * len(ear.events)


async def test_work_on_the_next_revision_is_told_to_those_who_work_on_it_alone(city):
    made = await city.publish()
    async with city.listening("editor") as editor, city.listening("roads") as roads:
        await editor.until(lambda ear: ear.progress)
        await roads.until(lambda ear: ear.progress)
        await city.update(made.name, tags=["secret"])
        await city.platform.resources.submit(Call(principal="editor"), made.name)
        await city.platform.resources.withdraw(Call(principal="editor"), made.name)
        await editor.until(lambda ear: len(ear.told) == 3)
        await city.approve(made.name)
        await roads.until(lambda ear: ear.told)
    assert roads.told == [("modified", made.name)]


async def test_who_comes_later_is_told_the_same_of_the_past(city):
    await city.put_rules(PolicyRow(id="sees", role="member", relation="any", action="discover"))
    start = await city.position()
    async with city.listening("roads", after=start) as live:
        made = await city.publish()
        await live.until(lambda ear: len(ear.told) == 4)
        await city.update(made.name, tags=["one"])
        await city.approve(made.name)
        await city.update(made.name, tags=["two"])
        await live.until(lambda ear: len(ear.told) == 5)
    async with city.listening("roads", after=start) as late:
        await late.until(lambda ear: ear.progress)
    assert [(e.position, e.type) for e in late.events if e.name] == [
        (e.position, e.type) for e in live.events if e.name
    ]
    async with city.platform.session("admin") as session:
        verbs = {entry.position: entry.verb for entry in await session.log(after=start, first=50)}
    told = [verbs[event.position].removeprefix("resources.") for event in late.events if event.name]
    assert told == ["create", "submit", "approve", "bring_online", "approve"]


async def test_a_filter_keeps_to_kind_type_and_subtree(city):
    wanted = {
        "kind": WatchFilter(kind=ResourceKind.DATA),
        "other kind": WatchFilter(kind=ResourceKind.COMPONENT),
        "other type": WatchFilter(type="api_service"),
        "subtree": WatchFilter(owner_subtree=city.CITY),
        "other subtree": WatchFilter(owner_subtree=city.ROADS),
    }
    await city.create()
    heard = {}
    for what, filter in wanted.items():
        async with city.listening("editor", after=0, filter=filter) as ear:
            await ear.until(lambda ear: ear.progress)
            heard[what] = len(ear.told)
    assert heard == {"kind": 1, "other kind": 0, "other type": 0, "subtree": 1, "other subtree": 0}


async def test_a_grant_shows_one_resource_for_as_long_as_it_lives(city):
    await city.put_rules(
        PolicyRow(id="g", role="public", relation="any", grant="required", action="discover", share_type="none")
    )
    made = await city.publish(**CLOSED)
    at = made.updated_at
    grant = replace(a_grant(1), resource=made.name, valid_from=at - timedelta(1), valid_until=at)
    grants = [
        replace(grant, id="live", grantee="principals/outsider", valid_from=at, valid_until=None),
        replace(grant, id="over", grantee="principals/roads"),
    ]
    async with city.store.write() as unit:
        await unit.put_grants(grants)
        await unit.commit()
    async with city.listening("outsider", after=0) as outsider, city.listening("roads", after=0) as roads:
        await outsider.until(lambda ear: ear.progress)
        await roads.until(lambda ear: ear.progress)
    assert {name for _, name in outsider.told} == {made.name}
    assert roads.told == []


async def test_watchers_who_see_the_same_share_their_events(city):
    async with city.listening("roads") as first, city.listening("roads") as second, city.listening("admin") as third:
        for ear in (first, second, third):
            await ear.until(lambda ear: ear.progress)
        await city.publish()
        for ear in (first, second, third):
            await ear.until(lambda ear: ear.told)
    assert first.events[-1] is second.events[-1]
    assert first.events[-1] is not third.events[-1]
