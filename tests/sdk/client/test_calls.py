"""What a client asks and is answered, in the words of the field."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel

from ucs_sdk import (
    DeadlineExceeded,
    Effect,
    FailedPrecondition,
    Invalid,
    Locale,
    NotFound,
    OpenType,
    ResourceKind,
    ShareType,
    Unauthenticated,
)
from ucs_sdk.client import AsyncClient, Client, Order, Place, Resource, Text


class Asked(BaseModel):
    key: str = "a"
    text: str = ""
    level: int = 0


class Found(BaseModel):
    keys: list[str]
    count: int
    text: str


class Other(BaseModel):
    grade: int


async def test_a_resource_is_answered_in_the_words_of_the_field(served):
    name = await served.enter("QD-1")
    async with served.asynchronous() as client:
        found = await client.get(name)
        assert found == await client.get(found.id) == await client.get_by_code("QD-1")
    assert (found.code, found.kind, found.type, found.owner) == ("QD-1", ResourceKind.DATA, "dataset", "water")
    assert (found.title, found.tags) == (Text(zh="积水点", en="Waterlogging spots"), ("防汛",))
    assert found.title.worded(Locale.ZH) == "积水点"
    assert (found.share_type, found.open_type) == (ShareType.UNCONDITIONAL, OpenType.NONE)
    assert found.location == Place(longitude=120.4, latitude=36.1)
    assert (found.readable, found.contact, found.spec["row_count"]) == (True, "水务值班室", 42)
    assert found.content["data_level"] == "l1"
    assert (found.revision, found.created_at.tzinfo, bool(found.etag)) == (1, UTC, True)
    with pytest.raises(AttributeError):
        found.code = "QD-2"


async def test_what_may_not_be_seen_is_not_found(served):
    name = await served.enter("QD-1")
    async with served.asynchronous("outsider") as client:
        for asked in (client.get(name), client.get_by_code("QD-1")):
            with pytest.raises(NotFound):
                await asked


async def test_a_list_is_gone_through_page_by_page(served):
    codes = [f"QD-{number}" for number in range(7)]
    for code in codes:
        await served.enter(code)
    async with served.asynchronous() as client:
        listed = client.list(order=Order.CODE, page_size=3, kind="data")
        assert listed.position is None
        assert [each.code async for each in listed] == codes
        assert [len(page.resources) async for page in listed.pages()] == [3, 3, 1]
        position = listed.position
        await served.enter("QD-9")
        async with client.watch(position) as watch:
            assert (await anext(watch)).resource.code == "QD-9"


async def test_resources_are_found_by_words_and_by_what_they_are(served):
    await served.enter("QD-1")
    await served.enter("QD-2", tags=["供水"], title={"zh": "水压", "en": "Pressure"})
    later = datetime.now(UTC) + timedelta(days=1)
    async with served.asynchronous() as client:
        cases = {
            "words": client.find("水压"),
            "tags": client.list(tags=["供水"]),
            "one tag": client.list(tags="供水", owner="organizations/water"),
            "code": client.list(code="QD-2", owner_subtree="water", share_type=ShareType.UNCONDITIONAL),
        }
        for case, found in cases.items():
            assert [each.code async for each in found] == ["QD-2"], case
        for none in (client.list(updated_after=later), client.list(kind=ResourceKind.COMPONENT, type="dataset")):
            assert [each async for each in none] == []


async def test_operations_are_shown_with_their_schemas(served):
    async with served.asynchronous() as client:
        operations = {each.name: each for each in await client.operations("ledger")}
        assert await client.operations("nothing") == ()
    note, each = operations["ledger.note"], operations["ledger.each"]
    assert (note.effect, note.streaming, note.callable) == (Effect.WRITE, False, True)
    assert (each.effect, each.streaming, each.plugin) == (Effect.READ, True, "ledger")
    assert note.title == Text(zh="记", en="Note")
    assert set(note.input_schema["properties"]) == {"key", "text", "level"}


async def test_models_and_mappings_go_in_and_come_out(served):
    async with served.asynchronous() as client:
        plain = await client.invoke("ledger.note", {"key": "k", "level": 2})
        assert plain == {"keys": ["k"], "count": 2, "text": "wang"}
        assert await client.invoke("ledger.note", Asked(key="k", level=1), answer=Found) == Found(
            keys=["k"], count=3, text="wang"
        )
        assert await client.invoke("ledger.version") == {"keys": [], "count": 0, "text": "one"}
        with pytest.raises(Invalid) as caught:
            await client.invoke("ledger.version", answer=Other)
    assert (caught.value.reason, caught.value.fields["path"]) == ("ANSWER_OF_OTHER_SHAPE", "grade")


async def test_a_stream_comes_one_by_one(served):
    async with served.asynchronous() as client:
        assert [each["text"] async for each in client.stream("ledger.each", {"text": "水位"})] == ["水", "位"]
        answers = client.stream("ledger.each", Asked(text="abc"), answer=Found, seconds=math.inf)
        assert (await anext(answers)).text == "a"
        await answers.aclose()


async def test_a_refusal_speaks_the_callers_language(served):
    for locale, refused, unknown in (("zh", "不是整数", "没有字段"), ("en", "not an integer", "not a field")):
        async with served.asynchronous(locale=locale) as client:
            with pytest.raises(Invalid) as caught:
                await client.invoke("ledger.note", {"level": "high"})
            assert (caught.value.reason, caught.value.fields["path"]) == ("FIELD_TYPE", "input.level")
            assert refused in str(caught.value)
            assert len(caught.value.fields["call_id"]) == 26
            with pytest.raises(Invalid) as caught:
                client.list(nothing=1)
            assert unknown in str(caught.value)


@pytest.mark.parametrize(
    ("choice", "reason", "path"),
    [
        ({"kind": "datum"}, "FIELD_NOT_ONE_OF", "kind"),
        ({"knd": "data"}, "FIELD_UNKNOWN", "knd"),
        ({"type": 3}, "FIELD_INVALID", "type"),
        ({"order": "sideways"}, "FIELD_NOT_ONE_OF", "order_by"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_it_is_sent(choice, reason, path):
    with Client("127.0.0.1:1") as client, pytest.raises(Invalid) as caught:
        client.list(**choice)
    assert (caught.value.reason, caught.value.fields["path"]) == (reason, path)


async def test_what_json_cannot_carry_is_refused(served):
    async with served.asynchronous() as client:
        for asked in ({"level": object()}, {"level": math.nan}):
            with pytest.raises(Invalid):
                await client.invoke("ledger.note", asked)


async def test_a_deadline_ends_a_call(served):
    async with served.asynchronous() as client:
        with pytest.raises(DeadlineExceeded) as caught:
            await client.invoke("ledger.wait", seconds=0.2)
        assert caught.value.reason == "OUTCOME_UNKNOWN"
        assert caught.value.fields["request_id"]
    async with served.asynchronous(seconds=0.2, locale="zh") as client:
        with pytest.raises(DeadlineExceeded) as caught:
            await client.invoke("ledger.wait")
        assert "请求号" in str(caught.value)


async def test_nobody_is_served_without_a_token(served):
    async with served.asynchronous(token=None) as client:
        with pytest.raises(Unauthenticated) as caught:
            await client.operations()
    assert caught.value.reason == "TOKEN_MISSING"


async def test_a_closed_client_says_so(served):
    client = served.asynchronous()
    await client.aclose()
    with pytest.raises(FailedPrecondition) as caught:
        await client.operations()
    assert caught.value.reason == "CLIENT_CLOSED"


async def test_an_answer_is_a_value(served):
    await served.enter("QD-1")
    async with served.asynchronous() as client, asyncio.TaskGroup() as group:
        found = [group.create_task(client.get_by_code("QD-1")) for _ in range(20)]
    assert {type(each.result()) for each in found} == {Resource}
    assert len({each.result().name for each in found}) == 1


def test_both_clients_offer_the_same():
    def offered(kind):
        return {name for name in vars(kind) if not name.startswith("_")} - {"close", "aclose"}

    assert offered(Client) == offered(AsyncClient)
