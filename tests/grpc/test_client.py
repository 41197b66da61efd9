"""The import streams from the client's side: progress on the way, and the platform's own error when one is refused."""

import orjson
import pytest

from ucs_core.grpc.client import import_lines, import_organizations
from ucs_registry.queries import ResourceQuery
from ucs_sdk import Invalid, NotFound, Unauthenticated, Unavailable


def resource(code, **content):
    return {
        "code": code,
        "kind": "data",
        "type": "dataset",
        "owner": "qingdao-water",
        "content": {
            "title": {"zh": code, "en": code},
            "summary": {"zh": code, "en": code},
            "share_type": "unconditional",
            "data_level": "l1",
            "spec": {"items": [{"name": "a", "title": "甲", "data_type": "string"}]},
            **content,
        },
    }


def lines(chunk):
    return b"".join(orjson.dumps(item) + b"\n" for item in chunk)


def district(id, parent="3702"):
    return {
        "id": id,
        "parent": parent,
        "title": {"zh": id, "en": id},
        "level": "district",
        "kind": "division",
        "synthetic": True,
    }


async def count(door):
    async with door.platform.session("admin") as session:
        return await session.count(ResourceQuery())


async def test_the_last_size_comes_when_everything_stands(door):
    chunks = [[resource(f"{letter}-{at}") for at in range(20)] for letter in "ABC"] + [[resource("D-1")]]
    told = []
    async for size in import_lines(door.server.address, door.token("admin"), map(lines, chunks)):
        told.append(size)
        entered = await count(door)
    assert (told, entered) == ([20, 20, 20, 1], 61)


async def test_organisations_go_the_same_way(door):
    chunks = [[district("370202")], [district("370202001", "370202"), district("370202002", "370202")]]
    sizes = import_organizations(door.server.address, door.token("admin"), iter(chunks))
    assert [size async for size in sizes] == [1, 2]
    async with door.platform.session("admin") as session:
        assert (await session.organization("370202002")).ancestors == ("37", "3702", "370202", "370202002")


async def test_a_refusal_is_raised_as_the_platforms_error(door):
    chunks = [[resource("A-1")], [resource("B-1"), resource("B-2", share_type="none")], *[[resource("C-1")]] * 50]
    with pytest.raises(Invalid) as caught:
        async for _ in import_lines(door.server.address, door.token("admin"), map(lines, chunks)):
            pass
    assert (caught.value.reason, caught.value.fields["committed"]) == ("DENIAL_BASIS_MISSING", "1")
    place = "chunks[1].resources[1].content.denial_basis"
    assert f"ended at {place}; the 1 items of the chunks before it stay" in caught.value.message()
    assert await count(door) == 1


async def test_a_bad_token_is_refused_before_anything_is_entered(door):
    with pytest.raises(Unauthenticated):
        async for _ in import_lines(door.server.address, "nonsense", map(lines, [[resource("A-1")]] * 100)):
            pass
    assert await count(door) == 0


async def test_a_platform_that_is_not_there_is_named():
    with pytest.raises(Unavailable) as caught:
        async for _ in import_lines("127.0.0.1:1", "x", map(lines, [[resource("A-1")]])):
            pass
    assert caught.value.fields["address"] == "127.0.0.1:1"


async def test_a_source_that_breaks_ends_the_import_with_its_own_error(door):
    def chunks():
        yield [resource("A-1")]
        raise NotFound("NOT_FOUND", object="the rest")

    with pytest.raises(NotFound):
        async for _ in import_lines(door.server.address, door.token("admin"), map(lines, chunks())):
            pass


async def test_nothing_to_send_enters_nothing(door):
    assert [size async for size in import_lines(door.server.address, door.token("admin"), map(lines, []))] == []
