"""Types and vocabularies as the platform enters and shows them."""

import asyncio

import orjson
import pytest

from ucs_registry.canonical import canonical_json, digest
from ucs_registry.testing.builders import an_id
from ucs_registry.types import built_in_types
from ucs_sdk.errors import Conflict, Denied, FailedPrecondition, Invalid, NotFound
from ucs_sdk.messages import Locale
from ucs_sdk.vocabulary import ReviewState

LOOSE = {"type": "object"}
STRICT = {"type": "object", "required": ["level"]}
WELLS = f"resources/{an_id(1)}"
SIGNS = f"resources/{an_id(2)}"


def a_type(id="gauge", **more):
    return {"id": id, "kind": "data", "title": {"zh": "水位站", "en": "Gauge"}, "schema": LOOSE} | more


async def types_of(city, who="painter", **asked):
    async with city.platform.session(who) as session:
        return (await session.types.types(**asked)).items


async def test_who_administers_the_platform_enters_and_everybody_reads(city):
    refusal = await city.refused(city.platform.types.put_type(city.call("keeper"), a_type(), None))
    assert isinstance(refusal, Denied)
    put = await city.platform.types.put_type(city.call("founder"), a_type(), None)
    assert (put.type.version, put.breaks, put.survey.examined) == (1, (), 0)
    async with city.platform.session("painter") as session:
        shown = await session.types.type("types/gauge")
        assert shown == put.type
        assert [item.version for item in (await session.types.versions("gauge")).items] == [1]
        assert (await session.types.vocabulary("theme")).closed


async def test_the_log_holds_what_was_entered_and_its_states(city):
    await city.platform.types.put_type(city.call("founder"), a_type(), None)
    await city.platform.types.put_type(city.call("founder"), a_type(schema=STRICT), "v1", breaking=True)
    await city.refused(city.platform.types.put_type(city.call("founder"), a_type("\x00"), None))
    first, second, refused = (await city.log())[-3:]
    assert (first.object, first.before, second.before) == ("types/gauge", None, first.after)
    state = orjson.loads(second.body)["type"]
    assert (state["schema"], state["version"]) == (STRICT, 2)
    assert second.after == digest(canonical_json(state))
    assert (refused.object, refused.reason) == ("types/-", "FIELD_PATTERN")


async def test_of_two_who_enter_at_once_one_is_told_that_it_came_late(city):
    await city.platform.types.put_type(city.call("founder"), a_type(), None)
    new = [a_type(title={"zh": text, "en": text}) for text in ("A", "B", "C")]
    answers = await asyncio.gather(
        *(city.platform.types.put_type(city.call("founder"), item, "v1") for item in new), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Conflict", "TypePut"]
    assert all(answer.reason == "ETAG_STALE" for answer in answers if isinstance(answer, Conflict))


async def test_a_check_tells_all_and_changes_nothing(small):
    await small.platform.types.put_type(small.call("founder"), a_type("dataset", schema=LOOSE), "v1", breaking=True)
    before = await small.log()
    call = small.call("founder", validate_only=True)
    put = await small.platform.types.put_type(call, a_type("dataset", schema=STRICT), "v2", breaking=True)
    assert (put.type.version, put.survey.examined, put.survey.unsatisfied) == (3, 2, 2)
    assert await small.log() == before
    assert {item.id: item.version for item in await types_of(small, first=200)}["dataset"] == 2


async def test_a_repeated_answer_names_nothing_that_may_no_longer_be_read(small, make):
    """What was counted stays counted: the caller knew it."""
    say = small.platform.types.put_type
    call = small.call("founder", request_id="once")
    first = await say(call, a_type("dataset", schema=STRICT), "v1", breaking=True)
    assert first.survey.names == (WELLS, SIGNS)
    await small.keep(
        rules=[make.held("founder", "blind", None), make.policy("b", "blind", "any", "read", effect="deny")]
    )
    again = small.call("founder", request_id="once")
    repeated = await say(again, a_type("dataset", schema=STRICT), "v1", breaking=True)
    assert (repeated.survey.names, repeated.survey.unsatisfied) == ((), 2)
    assert (repeated.type, repeated.breaks) == (first.type, first.breaks)


async def test_versions_lead_down_to_what_is_built_in(small):
    put = small.platform.types.put_type
    for version in range(1, 4):
        await put(
            small.call("founder"),
            a_type("dataset", schema={**LOOSE, "title": str(version)}),
            f"v{version}",
            breaking=True,
        )
    async with small.platform.session("painter") as session:
        asked = session.types

        async def versions(**page):
            found = await asked.versions("dataset", **page)
            return [item.version for item in found.items], found.more, found.earlier

        assert await versions() == ([4, 3, 2, 1], False, False)
        assert await versions(first=2) == ([4, 3], True, False)
        assert await versions(after="3") == ([2, 1], False, True)
        assert await versions(after="2") == ([1], False, True)
        assert await versions(after="1") == ([], False, True)
        assert await versions(last=2) == ([2, 1], False, True)
        assert await versions(last=2, before="1") == ([3, 2], True, True)
        assert await versions(last=2, before="3") == ([4], True, False)
        assert await versions(after="4", before="1") == ([3, 2], True, True)
        assert await asked.type("dataset", 1) == built_in_types()["dataset"]
        assert (await asked.type("dataset", 3)).schema["title"] == "2"
        for version in (0, 5, 2**70, -1):
            with pytest.raises(NotFound):
                await asked.type("dataset", version)


async def test_lists_are_paged_and_bounded(small):
    known = sorted(built_in_types())
    assert [item.id for item in await types_of(small, first=3)] == known[:3]
    assert [item.id for item in await types_of(small, last=3)] == known[-3:]
    assert [item.id for item in await types_of(small, first=200, after=known[3])] == known[4:]
    assert {item.kind.value for item in await types_of(small, kind="data", first=200)} == {"data"}
    for size in (0, 201):
        with pytest.raises(Invalid):
            await types_of(small, first=size)


async def test_what_its_type_no_longer_takes_is_not_submitted_and_the_reason_is_told(small):
    await small.platform.types.put_type(small.call("founder"), a_type(), None)
    texts = {"zh": "甲", "en": "A"}
    content = {"title": texts, "summary": texts, "share_type": "unconditional", "data_level": "l1", "spec": {}}
    new = {"code": "G-1", "kind": "data", "type": "gauge", "owner": "water", "content": content}
    resources = small.platform.resources
    made = await resources.create(small.call("clerk"), new)
    await small.platform.types.put_type(small.call("founder"), a_type(schema=STRICT), "v1", breaking=True)
    refusal = await small.refused(resources.submit(small.call("clerk"), made.name))
    assert (type(refusal), refusal.reason, refusal.fields["type"]) == (Invalid, "SPEC_INVALID", "gauge")
    assert "level" in refusal.message(Locale.EN)
    made = await resources.update(small.call("clerk"), made.name, {"spec": {"level": 1}}, made.etag)
    made = await resources.submit(small.call("clerk"), made.name)
    assert made.head.state is ReviewState.IN_REVIEW

    # While it waits, the type goes on again.
    stricter = {"type": "object", "required": ["level", "unit"]}
    await small.platform.types.put_type(small.call("founder"), a_type(schema=stricter), "v2", breaking=True)
    refusal = await small.refused(resources.approve(small.call("founder"), made.name, made.etag))
    assert (type(refusal), refusal.reason) == (FailedPrecondition, "CONTENT_OUTDATED")
    assert (refusal.fields["type"], refusal.fields["version"]) == ("types/gauge", 3)
    # A reviewer need not be a reader: nothing is told of what it says.
    assert "unit" not in refusal.message(Locale.EN)
    # It can be sent back all the same.
    made = await resources.reject(small.call("founder"), made.name, "unit", made.etag)
    assert made.head.state is ReviewState.REJECTED


async def test_whoever_may_not_read_is_not_told_why_it_cannot_be_submitted(small, make):
    await small.platform.types.put_type(small.call("founder"), a_type(), None)
    texts = {"zh": "甲", "en": "A"}
    content = {
        "title": texts,
        "summary": texts,
        "share_type": "unconditional",
        "data_level": "l1",
        "spec": {"s": 70_707},
    }
    new = {"code": "G-1", "kind": "data", "type": "gauge", "owner": "water", "content": content}
    made = await small.platform.resources.create(small.call("clerk"), new)
    strict = {"type": "object", "properties": {"s": {"type": "string"}}}
    await small.platform.types.put_type(small.call("founder"), a_type(schema=strict), "v1", breaking=True)
    await small.keep(rules=[make.held("clerk", "blind", None), make.policy("b", "blind", "any", "read", effect="deny")])
    refusal = await small.refused(small.platform.resources.submit(small.call("clerk"), made.name))
    assert (type(refusal), refusal.reason) == (FailedPrecondition, "CONTENT_OUTDATED")
    assert "70707" not in refusal.message(Locale.EN)


async def test_a_slip_in_a_name_is_guessed(small):
    async with small.platform.session("painter") as session:
        with pytest.raises(NotFound) as refusal:
            await session.types.type("datset")
    assert refusal.value.fields["near"] == ["types/dataset"]


async def test_an_import_obeys_types_and_vocabularies_that_were_entered(small):
    await small.platform.types.put_type(small.call("founder"), a_type(schema=STRICT), None)
    texts = {"zh": "甲", "en": "A"}
    content = {"title": texts, "summary": texts, "share_type": "unconditional", "data_level": "l1"}
    row = {"code": "G-1", "kind": "data", "type": "gauge", "owner": "water"}

    async def entered(**more):
        return await small.platform.resources.import_chunk(small.call("founder"), [row | {"content": content | more}])

    for more, path in (({"spec": {}}, "spec"), ({"spec": {"level": 1}, "tags": ["theme:helth"]}, "tags[0]")):
        refusal = await small.refused(entered(**more))
        assert (type(refusal), refusal.fields["path"]) == (Invalid, f"resources[0].content.{path}")
    assert (await entered(spec={"level": 1}, tags=["theme:health"])).count == 1


@pytest.mark.parametrize("action", ["read", "discover"])
async def test_what_may_be_discovered_alone_or_read_alone_is_not_counted(small, make, action):
    await small.keep(
        rules=[make.held("founder", "blind", None), make.policy("b", "blind", "any", action, effect="deny")]
    )
    put = await small.platform.types.put_type(
        small.call("founder"), a_type("dataset", schema=STRICT), "v1", breaking=True
    )
    assert (put.survey.examined, put.survey.unsatisfied, put.survey.names) == (0, 0, ())
