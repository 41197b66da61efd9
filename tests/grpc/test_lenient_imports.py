"""Imports of lines, imports that leave bad rows out, and imports that are one transaction."""

import asyncio

import grpc
import orjson
import pytest

from ucs.registry.v1 import finding_pb2, resource_pb2
from ucs.registry.v1 import resource_service_pb2 as api
from ucs_core.access.policy import RoleAssignment
from ucs_core.platform import Call
from ucs_core.rows.limits import BATCH_VALUES_MOST, LINE_MOST, LINE_VALUES_MOST
from ucs_registry.log import Outcome

ITEMS = [{"name": "depth", "title": "深度", "data_type": "decimal", "length": 10}]


def row(code, **changes):
    """A resource as a line has it."""
    content = {
        "title": {"zh": "积水点", "en": "Waterlogging spots"},
        "summary": {"zh": "城区易积水点清单", "en": "Spots that flood"},
        "tags": ["防汛"],
        "share_type": "unconditional",
        "data_level": "l1",
        "spec": {"items": ITEMS, "row_count": 42},
    }
    content |= changes.pop("content", {})
    return {"code": code, "kind": "data", "type": "dataset", "owner": "qingdao-water", "content": content, **changes}


def lines(*rows, **options):
    """A chunk of lines."""
    texts = [item if isinstance(item, bytes) else orjson.dumps(item) for item in rows]
    return api.ImportResourcesRequest(ndjson=b"\n".join(texts), **options)


async def kept(door, **filter):
    request = api.ListResourcesRequest(order_by=finding_pb2.RESOURCE_ORDER_CODE, filter=filter)
    return [item.code for item in (await door["admin"].resources.List(request)).resources]


def told(done):
    return [(each.chunk, each.index, each.error.reason) for each in done.rejections]


async def test_line_is_the_same_resource_as_a_message(door, new):
    message = new("A-1", kind=resource_pb2.ImportedResource)
    ids = ["01HZZZZZZZZZZZZZZZZZZZZZZZ", "01J00000000000000000000000"]
    named = row("A-2", name=f"resources/{ids[1]}", owner="organizations/qingdao-water")
    done = await door["admin"].resources.Import(
        iter([api.ImportResourcesRequest(resources=[message]), lines(row("A-3", id=ids[0]), named)])
    )
    assert (done.count, done.chunks, done.rejected) == (3, 2, 0)
    listed = await door["admin"].resources.List(api.ListResourcesRequest(order_by=finding_pb2.RESOURCE_ORDER_CODE))
    assert [item.name for item in listed.resources][1:] == [f"resources/{ids[1]}", f"resources/{ids[0]}"]
    first, *others = ((item.owner, item.type, item.content.spec, item.availability) for item in listed.resources)
    assert others == [first, first]


async def test_what_is_allowed_over_one_owner_says_nothing_of_another(door):
    keeper = RoleAssignment(id="k", principal="editor", role="organization_administrator", anchor="qingdao-water")
    rule = keeper.to_rule().model_dump(mode="json")
    await door.platform.administration.put_rules(Call(principal="admin"), [rule])
    rows = [row("A-1"), row("A-2", owner="qingdao-roads"), row("A-3"), row("A-4", owner="qingdao-roads")]
    for _ in range(2):
        # The second time what was allowed before is remembered.
        done = await door["editor"].resources.Import(iter([lines(*rows, lenient=True)]))
        denied = [(each.index, each.error.fields["object"]) for each in done.rejections if each.index % 2]
        assert denied == [(1, "organizations/qingdao-roads"), (3, "organizations/qingdao-roads")]
        assert await kept(door) == ["A-1", "A-3"]
    # The twin: who administers both is refused neither.
    assert (await door["admin"].resources.Import(iter([lines(*rows[1::2], lenient=True)]))).count == 2


async def test_entered_rows_can_be_searched_at_once(door):
    await door["admin"].resources.Import(iter([lines(row("A-1"), row("A-2", content={"tags": ["潮位"]}))]))
    assert await kept(door, search="潮位") == ["A-2"]
    assert await kept(door, search="积水") == ["A-1", "A-2"]


async def test_lenient_import_enters_what_is_fit_and_tells_why_the_rest_is_not(door):
    await door["admin"].resources.Import(iter([lines(row("A-1"))]))
    chunk = lines(
        row("B-1"),
        b'{"code": "B-2", "kind": ',
        row("A-1"),
        b"[]",
        row("B-3", owner="nobody"),
        row("B-4", content={"spec": {"items": ITEMS, "row_count": "many"}}),
        row("B-5", content={"dependencies": [{"target": "resources/" + "7" * 26, "relation": "derives_from"}]}),
        row("B-1"),
        row("B-6", content={"data_level": "l9"}),
        row("B-7"),
        lenient=True,
    )
    done = await door["admin"].resources.Import(iter([lines(row("A-2")), chunk]))
    assert await kept(door) == ["A-1", "A-2", "B-1", "B-7"]
    assert (done.count, done.rejected) == (3, 8)
    assert told(done) == [
        (1, 1, "LINE_NOT_JSON"),
        (1, 2, "CODE_TAKEN"),
        (1, 3, "LINE_NOT_OBJECT"),
        (1, 4, "ORGANIZATION_UNKNOWN"),
        (1, 5, "SPEC_INVALID"),
        (1, 6, "DEPENDENCY_UNKNOWN"),
        (1, 7, "CODE_TAKEN"),
        (1, 8, "FIELD_NOT_ONE_OF"),
    ]
    error = done.rejections[4].error
    assert error.fields["path"] == "content.spec.row_count"
    assert "row_count" in error.message_zh
    assert "row_count" in error.message_en


async def test_row_that_needs_a_rejected_one_is_rejected(door):
    needed, needing = (
        "01HZZZZZZZZZZZZZZZZZZZZZZZ",
        {"relation": "derives_from", "target": "resources/01HZZZZZZZZZZZZZZZZZZZZZZZ"},
    )
    chunk = [row("A-1", id=needed, owner="nobody"), row("A-2", content={"dependencies": [needing]})]
    done = await door["admin"].resources.Import(iter([lines(*chunk, lenient=True)]))
    assert told(done) == [(0, 0, "ORGANIZATION_UNKNOWN"), (0, 1, "DEPENDENCY_UNKNOWN")]
    # The twin: behind one that is entered it is entered, too.
    chunk[0]["owner"] = "qingdao-water"
    done = await door["admin"].resources.Import(iter([lines(*chunk, lenient=True)]))
    assert (done.count, told(done)) == (2, [])


async def test_rejected_rows_leave_one_refusal_in_the_log_with_what_was_entered(door):
    await door["admin"].resources.Import(iter([lines(row("A-1"), row("A-1"), b"?", lenient=True, request_id="i")]))
    async with door.store.read() as reader:
        entered, refused = (await reader.log(after=0, first=1000))[-2:]
    assert (entered.outcome, refused.outcome) == (Outcome.ACCEPTED, Outcome.REFUSED)
    assert (refused.verb, refused.reason, refused.call_id) == (entered.verb, "IMPORT_ROWS_REJECTED", entered.call_id)
    body = orjson.loads(refused.body)
    assert (body["rejected"], body["reasons"]) == (2, {"CODE_TAKEN": 1, "LINE_NOT_JSON": 1})


async def test_repeated_lenient_chunk_gives_the_same_answer_and_enters_nothing(door):
    chunk = lines(row("A-1"), b"?", row("A-1"), lenient=True, request_id="imp-1")
    first = await door["admin"].resources.Import(iter([chunk]))
    assert await door["admin"].resources.Import(iter([chunk])) == first
    assert (await kept(door), first.count, first.rejected) == (["A-1"], 1, 2)


async def test_rejections_tell_nothing_of_what_the_caller_may_not_administer(door):
    mine = row("A-1", owner="qingdao-roads")
    done = await door["chief"].resources.Import(iter([lines(mine, row("A-2"), lenient=True)]))
    assert {each.error.fields.get("action") for each in done.rejections} == {"administer"}
    assert (done.count, await kept(door)) == (0, [])


async def test_two_imports_at_once_enter_every_code_once(door):
    async def enter(numbers):
        chunks = [lines(*[row(f"A-{at}") for at in numbers[start : start + 5]], lenient=True) for start in (0, 5, 10)]
        return await door["admin"].resources.Import(iter(chunks))

    done = await asyncio.gather(enter(range(15)), enter(range(14, -1, -1)))
    assert sorted(await kept(door)) == sorted(f"A-{at}" for at in range(15))
    assert (sum(each.count for each in done), sum(each.rejected for each in done)) == (15, 15)
    assert {each.error.reason for answer in done for each in answer.rejections} == {"CODE_TAKEN"}


async def test_checked_chunks_of_one_stream_know_of_each_other(door):
    id = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
    needing = {"dependencies": [{"target": f"resources/{id}", "relation": "derives_from"}]}
    chunks = [[row("A-1", id=id)], [row("A-2", content=needing), row("A-1")]]
    done = await door["admin"].resources.Import(
        iter([lines(*chunk, lenient=True, validate_only=True) for chunk in chunks])
    )
    assert (done.count, told(done)) == (2, [(1, 1, "CODE_TAKEN")])
    assert await kept(door) == []


@pytest.mark.parametrize(
    ("chunk", "reason"),
    [
        (lines(b""), "FIELD_TOO_SHORT"),
        (lines(*[b"{}"] * 1001), "FIELD_TOO_LONG"),
        (lines(*[b""] * 5000), "FIELD_TOO_LONG"),
        (lines(b"[" * (BATCH_VALUES_MOST + 1)), "DOCUMENT_TOO_COSTLY"),
        (lines(b'{"code": "' + b"x" * LINE_MOST + b'"}'), "LINE_TOO_LONG"),
        (lines(b"[" + b"{}," * LINE_VALUES_MOST + b"{}]"), "DOCUMENT_TOO_COSTLY"),
        (lines(b"[" * 10_000), "LINE_NOT_JSON"),
        (lines(b'{"code": NaN}'), "LINE_NOT_JSON"),
        (lines('{"code": "青岛"}'.encode("gbk")), "LINE_NOT_JSON"),
        (lines(b'{"code": "\\ud800"}'), "LINE_NOT_JSON"),
        (lines(b"null"), "LINE_NOT_OBJECT"),
        (lines(b"{}"), "FIELD_MISSING"),
    ],
)
async def test_lines_that_cannot_be_resources_are_refused(door, refusal, chunk, reason):
    refused = await refusal(door["admin"].resources.Import(iter([chunk])))
    assert (refused.status, refused.detail.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    assert await kept(door) == []


async def test_chunk_of_messages_and_lines_is_refused(door, refusal, new):
    chunk = lines(row("A-1"))
    chunk.resources.append(new("A-2", kind=resource_pb2.ImportedResource))
    assert (await refusal(door["admin"].resources.Import(iter([chunk])))).detail.reason == "IMPORT_HOLDS_BOTH"


class TestAtomic:
    async def test_whole_stream_is_entered_together(self, door):
        id = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
        needing = {"dependencies": [{"target": f"resources/{id}", "relation": "derives_from"}]}
        chunks = [lines(row("A-1", id=id), atomic=True, request_id="whole"), lines(row("A-2", content=needing))]
        done = await door["admin"].resources.Import(iter(chunks))
        assert (done.count, done.chunks, await kept(door)) == (2, 2, ["A-1", "A-2"])
        assert (await door["admin"].resources.Import(iter(chunks))).count == 2
        async with door.store.read() as reader:
            entered = [entry for entry in await reader.log(after=0, first=1000) if entry.verb == "resources.import"]
        assert len(entered) == 2
        assert len({entry.call_id for entry in entered}) == 1

    async def test_bad_row_of_the_last_chunk_undoes_the_first(self, door, refusal):
        chunks = [lines(row("A-1"), atomic=True), lines(row("A-2"), row("A-1"))]
        refused = await refusal(door["admin"].resources.Import(iter(chunks)))
        assert (refused.detail.reason, await kept(door)) == ("CODE_TAKEN", [])
        assert refused.detail.fields["path"] == "chunks[1].resources[1].code"
        assert "committed" not in refused.detail.fields
        # The twin: chunk by chunk the first one stays.
        chunks[0].atomic = False
        await refusal(door["admin"].resources.Import(iter(chunks)))
        assert await kept(door) == ["A-1"]

    async def test_checking_all_changes_nothing(self, door):
        chunks = [lines(row("A-1"), atomic=True, validate_only=True), lines(row("A-2"))]
        assert (await door["admin"].resources.Import(iter(chunks))).count == 2
        assert await kept(door) == []

    async def test_it_is_said_first_and_not_with_lenient(self, door, refusal):
        late = [lines(row("A-1")), lines(row("A-2"), atomic=True)]
        assert (await refusal(door["admin"].resources.Import(iter(late)))).detail.reason == "IMPORT_ATOMIC_ALONE"
        both = [lines(row("A-3"), atomic=True, lenient=True)]
        assert (await refusal(door["admin"].resources.Import(iter(both)))).detail.reason == "IMPORT_ATOMIC_ALONE"

    async def test_more_than_a_transaction_holds_is_refused_before_it_is_read(self, door, refusal):
        chunks = [lines(*[b"{}"] * 1000, atomic=True) for _ in range(51)]
        refused = await refusal(door["admin"].resources.Import(iter(chunks)))
        assert (refused.detail.reason, refused.detail.fields["most"]) == ("IMPORT_TOO_LARGE", "50000")
