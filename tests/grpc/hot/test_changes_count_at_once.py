"""What changes counts from the next call on: nothing of the hot way is out of date for anybody."""

import asyncio

import grpc
import pytest

from ucs.registry.v1 import finding_pb2
from ucs.registry.v1 import resource_service_pb2 as api
from ucs_core.grpc.hot import HotReads
from ucs_core.grpc.rendered import RenderedResources
from ucs_core.platform import Call
from ucs_core.platform.elements import ElementAnswers, Rated
from ucs_registry.sql import open_store, upgrade

ADMIN = Call(principal="admin")


@pytest.fixture(params=[False, True], ids=["database", "memory"])
async def store(tmp_path, request):
    url = f"sqlite:///{tmp_path / 'ucs.db'}"
    await asyncio.to_thread(upgrade, url)
    store = await open_store(url, read_model=request.param)
    if store.read_model is not None:
        assert await store.read_model.filled()
    yield store
    await store.close()


async def walk(door, publish):
    """A resource is changed, and a right to it is given and taken; what the callers were told wrongly meanwhile."""
    wrong = []
    # Only a token that was seen before is known to the hot way.
    people = {who: door[who] for who in ("editor", "roads")}
    for person in people.values():
        await person.resources.List(api.ListResourcesRequest())

    async def told(who, **expected):
        ask = people[who].resources
        try:
            seen = await ask.Get(api.GetResourceRequest(name=made.name))
            listed = await ask.List(api.ListResourcesRequest())
            batch = await ask.BatchGet(api.BatchGetResourcesRequest(names=[made.name]))
            if not list(listed.resources) == list(batch.resources) == [seen]:
                wrong.append(f"{who} is told three things: {seen}, {listed}, {batch}")
            found = {name: getattr(seen, name, None) or getattr(seen.content, name, None) or None for name in expected}
        except grpc.aio.AioRpcError as refusal:
            found = {"code": refusal.code()}
        if found != expected:
            wrong.append(f"{who} is told {found} instead of {expected}")

    made = await publish(door, share_type="conditional", share_condition="on request")
    await told("editor", contact="水务值班室", etag=made.etag)
    await told("roads", contact=None, etag=None)
    # A draft is prepared: those who work on it see its head, all others what is served.
    content = api.UpdateResourceRequest(name=made.name, etag=made.etag)
    content.content.contact = "新值班室"
    changed = await door["editor"].resources.Update(content)
    await told("editor", contact="水务值班室", etag=changed.etag)
    await told("roads", contact=None, etag=None)
    role = "principals/roads", "reviewer", "qingdao-water"
    await door.platform.roles.assign(ADMIN, *role)
    await told("roads", contact="水务值班室", etag=changed.etag)
    await door.platform.roles.unassign(ADMIN, *role)
    await told("roads", contact=None, etag=None)
    waits = await door["editor"].resources.Submit(api.SubmitResourceRequest(name=made.name, etag=changed.etag))
    approved = await door["reviewer"].resources.Approve(api.ApproveResourceRequest(name=made.name, etag=waits.etag))
    await told("editor", contact="新值班室", etag=approved.etag)
    await told("roads", contact=None, etag=None)
    await door.platform.principals.revoke_tokens(ADMIN, "principals/roads")
    await told("roads", code=grpc.StatusCode.UNAUTHENTICATED)
    return wrong


async def test_every_change_counts_from_the_next_call_on(open_door, settle_city, publish, store):
    async with open_door(store) as door:
        await settle_city(store, door.platform)
        assert await walk(door, publish) == []


class ForgetsWhatWasRead(RenderedResources):
    """The twin: keeps what it has rendered by the resource, whatever has become of it."""

    def key(self, rated):
        return rated.element.id.encode(), rated.rights.read, rated.rights.work


class ForgetsTheVersion(RenderedResources):
    """The twin: keeps what it has rendered by the resource and by what else may be shown with it, whichever version it is."""

    def key(self, rated):
        id, *_, linked, alternative, members = rated.element.told.split(b"\t")
        return (id, linked, alternative, members), rated.rights.read, rated.rights.work


class LooksOnce(ElementAnswers):
    """The twin: judges by the state of access that it saw first."""

    def _stands(self, seen, found):
        return True


@pytest.mark.parametrize("twin", [ForgetsWhatWasRead, ForgetsTheVersion, LooksOnce])
async def test_what_is_out_of_date_is_caught(open_door, settle_city, publish, store, twin):
    async with open_door(store, hot=lambda elements: hot_with(elements, twin)) as door:
        await settle_city(store, door.platform)
        assert await walk(door, publish)


def hot_with(elements, twin):
    if twin is LooksOnce:
        elements.__class__ = LooksOnce
        return HotReads(elements)
    return HotReads(elements, twin())


class ChangesMeanwhile:
    """Reads as another does, and lets something happen before contents are read."""

    def __init__(self, reads, happen):
        self._reads = reads
        self._happen = happen

    def __getattr__(self, name):
        return getattr(self._reads, name)

    async def among(self, ids, eyes, at, *, whole=False):
        if whole:
            await self._happen()
        return await self._reads.among(ids, eyes, at, whole=whole)


class TakesWhatComes(ElementAnswers):
    """The twin: takes the content as it is by now, and judges it by what was seen before."""

    async def whole(self, token, items):
        at = self._clock()
        eyes = self._caller(self._present.seen, token, at).eyes
        found = await self._reads.among([rated.element.id for rated in items], eyes, at, whole=True)
        by_id = {element.id: element for element in found.elements}
        return [Rated(by_id[rated.element.id], rated.rights) for rated in items]


async def contact_told_meanwhile(door, publish):
    """Which contact somebody is told who asks while the resource is closed to them, and gets another one."""
    editor, roads = door["editor"].resources, door["roads"].resources
    await roads.List(api.ListResourcesRequest())
    made, asked = await publish(door, share_type="unconditional"), 0

    async def close():
        nonlocal asked
        asked += 1
        closed = {"share_type": "SHARE_TYPE_CONDITIONAL", "share_condition": "on request", "contact": "新值班室"}
        request = api.UpdateResourceRequest(name=made.name, etag=made.etag, content=closed)
        changed = await editor.Update(request)
        waits = await editor.Submit(api.SubmitResourceRequest(name=made.name, etag=changed.etag))
        await door["reviewer"].resources.Approve(api.ApproveResourceRequest(name=made.name, etag=waits.etag))

    door.platform.elements._reads = ChangesMeanwhile(door.platform.elements._reads, close)
    told = (await roads.Get(api.GetResourceRequest(name=made.name))).content.contact
    return told, asked


@pytest.mark.parametrize(("answers", "told"), [(ElementAnswers, ""), (TakesWhatComes, "新值班室")])
async def test_what_changes_between_two_statements_is_not_mixed(open_door, settle_city, publish, store, answers, told):
    async with open_door(store) as door:
        await settle_city(store, door.platform)
        door.platform.elements.__class__ = answers
        assert await contact_told_meanwhile(door, publish) == (told, 1)


@pytest.mark.parametrize("order", [finding_pb2.RESOURCE_ORDER_CODE, finding_pb2.RESOURCE_ORDER_UPDATED_ASC])
async def test_pages_of_the_hot_way_go_on_in_the_ordinary_one(open_door, settle_city, create, store, order):
    async with open_door(store) as door:
        await settle_city(store, door.platform)
        for number in range(7):
            await create(door, f"QD-{number}")
        codes, token, editor = [], "", door["editor"]
        await editor.resources.List(api.ListResourcesRequest())
        while True:
            asked = api.ListResourcesRequest(page_size=3, order_by=order, page_token=token)
            page = await editor.resources.List(asked)
            codes.append([item.code for item in page.resources])
            token = page.next_page_token
            if not token:
                break
        assert codes == [["QD-0", "QD-1", "QD-2"], ["QD-3", "QD-4", "QD-5"], ["QD-6"]]
