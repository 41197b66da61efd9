"""Exports over gRPC: what comes, in which order, for whom, and that it can be imported again."""

from __future__ import annotations

import asyncio

import grpc
import orjson
import pytest

from ucs.registry.v1 import finding_pb2, resource_pb2
from ucs.registry.v1 import resource_service_pb2 as api
from ucs_core.access import Authority
from ucs_core.access.policy import PolicyRow
from ucs_core.grpc.exports import to_messages
from ucs_core.platform import Call, system_clock
from ucs_core.platform.exporting import EXPORTS_MOST, Exports, line_of
from ucs_registry.memory import InMemoryStore
from ucs_registry.queries import ResourceQuery
from ucs_sdk.errors import Conflict

EVERYTHING = ResourceQuery()


async def exported(person, **request) -> list[dict]:
    """The lines of an export."""
    lines: list[dict] = []
    async for message in person.resources.Export(api.ExportResourcesRequest(**request)):
        found = [orjson.loads(line) for line in message.ndjson.splitlines()]
        assert (message.count, message.withheld) == (len(found), sum("withheld" in line for line in found))
        lines += found
    return lines


@pytest.fixture
def entered(new):
    """Imports resources as the administrator; each is its code and the codes of what it depends on."""

    async def enter(door, *resources: tuple[str, tuple[str, ...]], **content) -> dict[str, str]:
        names = {code: f"resources/{'0' * 20}{at:06}" for at, (code, _) in enumerate(resources)}
        items = []
        for code, needs in resources:
            links = [{"target": names[need], "relation": "derives_from"} for need in needs]
            item = new(code, kind=resource_pb2.ImportedResource, dependencies=links, **content)
            item.name = names[code]
            items.append(item)
        await door["admin"].resources.Import(iter([api.ImportResourcesRequest(resources=items)]))
        return names

    return enter


async def test_an_export_comes_by_code_and_behind_what_is_needed(door, entered):
    await entered(door, ("Z1", ()), ("M1", ("Z1",)), ("A1", ("M1",)), ("B1", ()))
    lines = await exported(door["admin"])
    assert [line["code"] for line in lines] == ["B1", "Z1", "M1", "A1"]


async def test_an_export_is_what_an_import_takes(door, open_door, settle_city, entered, chunk_of):
    await entered(door, ("Z1", ()), ("A1", ("Z1",)), location={"longitude": 120.38, "latitude": 36.07})
    lines = await exported(door["admin"])
    store = InMemoryStore()
    async with open_door(store) as other:
        await settle_city(store, other.platform)
        await other["admin"].resources.Import(iter([chunk_of(lines)]))
        assert await exported(other["admin"]) == lines
        async with door.store.read() as before, other.store.read() as after:
            for line in lines:
                had, has = await before.resource(line["id"]), await after.resource(line["id"])
                assert (has.current.content, has.availability) == (had.current.content, had.availability)
    await store.close()


@pytest.fixture
def chunk_of():
    """Lines as a chunk of an import."""
    from ucs_core.grpc.resources import imported_message

    def chunk(lines: list[dict]) -> api.ImportResourcesRequest:
        return api.ImportResourcesRequest(resources=map(imported_message, lines))

    return chunk


async def test_what_nobody_approved_is_not_exported(door, create, publish):
    await create(door, "QD-DRAFT")
    await publish(door, "QD-1")
    assert [line["code"] for line in await exported(door["editor"])] == ["QD-1"]


async def test_the_approved_revision_is_exported_while_the_next_is_written(door, publish):
    made = await publish(door)
    etag = (await door["editor"].resources.Get(api.GetResourceRequest(name=made.name))).etag
    content = resource_pb2.ResourceContent(title={"zh": "新", "en": "New"})
    await door["editor"].resources.Update(api.UpdateResourceRequest(name=made.name, content=content, etag=etag))
    [line] = await exported(door["editor"])
    assert line["content"]["title"]["en"] == "Waterlogging spots"


async def test_what_may_not_be_read_comes_without_it_and_says_so(door, publish):
    made = await publish(door, share_type="conditional", share_condition="ask", data_level="l2")
    roads = (await door["roads"].resources.Get(api.GetResourceRequest(name=made.name))).readable
    assert not roads
    [line] = await exported(door["roads"])
    assert (line["withheld"], "spec" in line["content"], "contact" in line["content"]) == (True, False, False)
    assert await exported(door["roads"], whole_only=True) == []
    [whole] = await exported(door["editor"], whole_only=True)
    assert (whole["content"]["contact"], "withheld" in whole) == ("水务值班室", False)


async def test_what_may_not_be_discovered_is_not_there_and_no_link_leads_to_it(door, entered):
    await entered(door, ("HIDDEN", ()), share_type="none", denial_basis="law", data_level="l4")
    names = await hidden_and_open(door, entered)
    lines = await exported(door["roads"])
    assert [line["code"] for line in lines] == ["A1", "B1"]
    assert names["Z-HIDDEN"] not in str(lines)
    assert [line["code"] for line in await exported(door["admin"])] == ["B1", "HIDDEN", "Z-HIDDEN", "A1"]


async def hidden_and_open(door, entered) -> dict[str, str]:
    """Enters an open resource that depends on a hidden one; the order of what others see must not tell of it."""
    from ucs_core.grpc.resources import imported_message

    def line(at: int, code: str, links: list[dict], **content) -> dict:
        return {
            "id": f"{'0' * 20}1{at:05}",
            "code": code,
            "kind": "data",
            "type": "dataset",
            "owner": "qingdao-water",
            "content": {
                "title": {"zh": code, "en": code},
                "summary": {"zh": code, "en": code},
                "share_type": "unconditional",
                "data_level": "l1",
                "dependencies": links,
                "spec": {"items": [{"name": "depth", "title": "深度", "data_type": "decimal"}]},
            }
            | content,
        }

    hidden = line(1, "Z-HIDDEN", [], share_type="none", denial_basis="law", data_level="l4")
    link = {"target": f"resources/{hidden['id']}", "relation": "derives_from"}
    lines = [hidden, line(2, "A1", [link]), line(3, "B1", [])]
    await door["admin"].resources.Import(iter([api.ImportResourcesRequest(resources=map(imported_message, lines))]))
    return {item["code"]: item["id"] for item in lines}


async def test_a_filter_chooses_what_is_exported(door, entered, refusal):
    await entered(door, ("A1", ()), ("B1", ("A1",)))
    assert [line["code"] for line in await exported(door["admin"], filter=finding_pb2.ResourceFilter(code="B1"))] == [
        "B1"
    ]
    assert await exported(door["admin"], filter=finding_pb2.ResourceFilter(kind=3)) == []
    stream = door["admin"].resources.Export(
        api.ExportResourcesRequest(filter=finding_pb2.ResourceFilter(owner_subtree="organizations/qingdao-watr"))
    )
    refused = await refusal(anext(aiter(stream)))
    assert (refused.detail.reason, refused.status) == ("ORGANIZATION_UNKNOWN", grpc.StatusCode.INVALID_ARGUMENT)


async def test_the_card_tells_what_no_import_takes(door, entered):
    await entered(door, ("A1", ()))
    [line] = await exported(door["admin"], with_card=True)
    [bare] = await exported(door["admin"])
    assert line.keys() - bare.keys() == {"created_at", "updated_at", "revision", "owner_title"}
    assert line["owner_title"] == {"zh": "机构qingdao-water", "en": "Org qingdao-water"}


def in_pairs(door, made: type[Exports] = Exports):
    """An export of the platform, two resources at a time."""
    exports = made(door.store, Authority(), system_clock, piece=2)
    return lambda principal: exports.export(principal, None, EVERYTHING)


async def test_an_export_shows_one_state(door, entered):
    await entered(door, *((f"C-{at}", ()) for at in range(5)))
    pieces = in_pairs(door)("admin")
    first = await anext(pieces)
    async with door.platform.session("admin") as session:
        known = await session.resource_by_code("C-4")
    later = line_of(known) | {"id": "7" + "0" * 25, "code": "C-3-LATER"}
    await door.platform.resources.import_chunk(Call(principal="admin"), [later])
    rest = [piece async for piece in pieces]
    codes = [item.code for piece in (first, *rest) for item in piece.items]
    assert codes == [f"C-{at}" for at in range(5)]
    assert {piece.position for piece in rest} == {first.position}


async def told_after(door, entered, role: str, made: type[Exports] = Exports) -> list:
    """What an export still tells a member after a role was forbidden to discover anything."""
    await entered(door, *((f"C-{at}", ()) for at in range(5)))
    pieces = in_pairs(door, made)("roads")
    await anext(pieces)
    row = PolicyRow(id="no", role=role, relation="any", action="discover", effect="deny").to_rule()
    await door.platform.administration.put_rules(Call(principal="admin"), [row.model_dump(mode="json")])
    return [piece async for piece in pieces]


async def test_an_export_ends_when_access_changes(door, entered):
    with pytest.raises(Conflict) as ended:
        await told_after(door, entered, "member")
    assert ended.value.reason == "EXPORT_ACCESS_CHANGED"


async def test_an_edit_of_access_that_is_not_about_the_caller_does_not_end_an_export(door, entered):
    assert len(await told_after(door, entered, "editor")) == 2


class Trusting(Exports):
    """The twin: what might be seen at the beginning is told to the end."""

    async def _check_unchanged(self, *_: object) -> None:
        await asyncio.sleep(0)


async def test_an_export_that_does_not_look_again_is_caught(door, entered):
    assert len(await told_after(door, entered, "member", Trusting)) == 2


async def test_a_node_serves_a_few_exports_at_once(door, entered, refusal):
    await entered(door, ("A1", ()))
    open_ones = [door.platform.export("admin") for _ in range(EXPORTS_MOST)]
    for pieces in open_ones:
        await anext(pieces)
    refused = await refusal(anext(aiter(door["admin"].resources.Export(api.ExportResourcesRequest()))))
    assert (refused.detail.reason, refused.status) == ("EXPORT_TOO_MANY", grpc.StatusCode.RESOURCE_EXHAUSTED)
    for pieces in open_ones:
        await pieces.aclose()
    assert len(await exported(door["admin"])) == 1


async def test_a_large_piece_travels_in_several_messages(door, entered):
    await entered(door, *((f"C-{at}", ()) for at in range(5)))
    pieces = door.platform.export("admin")
    [piece] = [piece async for piece in pieces]
    messages = list(to_messages(piece, with_card=False, most=1000))
    assert len(messages) > 1
    assert sum(message.count for message in messages) == 5
    assert len(list(to_messages(piece, with_card=False))) == 1
