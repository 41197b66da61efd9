"""What one may ask of member sets and do to them, and who is told nothing of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ucs_core.platform import members as verbs
from ucs_core.platform.member_batches import Batch
from ucs_registry.log import Outcome
from ucs_registry.members import MEMBERS_MOST
from ucs_registry.testing.builders import an_id
from ucs_sdk.errors import Code
from ucs_sdk.vocabulary import Availability, ResourceKind

WELLS, SIGNS, POOL, GONE = (f"resources/{an_id(number)}" for number in (1, 2, 3, 4))


def member(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "title": {"zh": f"井{code}"}} | more


def channel(serial: int, **more: Any) -> dict[str, Any]:
    return member(f"37020200001320{serial:06}", **more)


async def put(city: Any, *members: Any, who: str = "clerk", name: str = WELLS, **more: Any) -> Any:
    return await city.platform.members.put(city.call(who, **more), name, members)


async def listed(city: Any, who: str = "clerk", name: str = WELLS, **question: Any) -> str:
    async with city.platform.session(who) as session:
        page = await session.members.page(name, **question)
        return " ".join(item.member.code for item in page.items) + (" …" if page.more else "")


async def pooled(city: Any, make: Any) -> None:
    pool = make.resource(3, kind=ResourceKind.INFRASTRUCTURE, type="video_pool")
    gone = make.resource(4).model_copy(update={"availability": Availability.RETIRED})
    await city.keep(resources=[pool, gone])


async def test_members_are_put_listed_replaced_and_removed(city) -> None:
    done = await put(city, member("b"), member("a", status="online", region_code="3702"), member("c"))
    assert (done.resource, done.count, done.added, done.total) == (WELLS, 3, 3, 3)
    done = await put(city, member("a", title={"zh": "新", "en": "New"}, attributes={"x": [1, None]}), member("d"))
    assert (done.count, done.added, done.total) == (2, 1, 4)
    assert await listed(city, first=3) == "a b c …"
    assert await listed(city, first=3, after="c") == "d"
    assert await listed(city, filter={"text": "NEW"}) == "a"
    done = await city.platform.members.remove(city.call("clerk"), WELLS, ["b", "d"])
    assert (done.count, done.added, done.total) == (2, 0, 2)
    async with city.platform.session("clerk") as session:
        found = await session.members.member(f"{WELLS}/members/a")
        assert found.name == f"{WELLS}/members/a"
        assert found.member.attributes == {"x": [1, None]}
        assert found.member.status == "unknown"
        assert await session.members.count(WELLS) == 2
        assert await session.members.count(WELLS, {"prefix": "a"}) == 1
        assert (await session.resource(WELLS)).member_count == 2


async def test_ndjson_is_read_like_plain_members(city) -> None:
    rows = [member("a", location={"longitude": 120.3, "latitude": 36}), member("b", title={"zh": "井", "en": None})]
    lines = b"\n\n" + b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows) + b"\r\n\n"
    done = await city.platform.members.import_chunk(city.call("clerk"), WELLS, lines)
    assert (done.count, done.added) == (2, 2)
    async with city.platform.session("clerk") as session:
        found = await session.members.page(WELLS)
        assert found.items[0].member.location.latitude == 36.0
    assert (await city.platform.members.import_chunk(city.call("clerk"), WELLS, rows)).added == 0


async def test_each_batch_is_one_entry_with_the_digest_of_its_rows(small) -> None:
    before = len(await small.log())
    await put(small, member("a"), member("b"))
    [entry] = (await small.log())[before:]
    assert (entry.verb, entry.action, entry.object, entry.owner) == ("members.put", "edit", WELLS, "water")
    assert entry.before == entry.after is not None
    body = json.loads(entry.body)
    assert (body["count"], body["added"], body["total"]) == (2, 2, 2)
    assert body["digest"] == Batch.of([member("a"), member("b")], 9).digest
    assert body["digest"] != Batch.of([member("b"), member("a")], 9).digest
    # What is left out and what is said to be nothing are the same request.
    assert Batch.of([member("a", location={"longitude": 1, "latitude": 2})], 9).digest == (
        Batch.of([member("a", status="unknown", location={"longitude": 1.0, "latitude": 2.0})], 9).digest
    )
    await small.platform.members.remove(small.call("clerk"), WELLS, ["a"])
    assert (await small.log())[-1].verb == "members.remove"


@pytest.mark.parametrize("who", ["painter", "outsider"])
async def test_nobody_who_may_not_read_is_told_of_members(small, who) -> None:
    await put(small, member("a"))
    reason = "DENIED" if who == "painter" else "NOT_FOUND"
    async with small.platform.session(who) as session:
        for question in (
            session.members.page(WELLS),
            session.members.page(WELLS, {"text": "井"}),
            session.members.count(WELLS),
            session.members.member(f"{WELLS}/members/a"),
            session.members.member(f"{WELLS}/members/zzz"),
        ):
            assert (await small.refused(question)).reason == reason
        if who == "painter":
            seen = await session.resource(WELLS)
            assert (seen.readable, seen.member_count) == (False, None)
    refusal = await small.refused(put(small, member("b"), who=who))
    assert refusal.reason == reason
    assert (await small.log())[-1].outcome is Outcome.REFUSED
    assert (await small.refused(small.platform.members.remove(small.call(who), WELLS, ["a"]))).reason == reason


async def test_reading_alone_does_not_let_one_write(small) -> None:
    assert await listed(small, "inspector") == ""
    assert (await small.refused(put(small, member("a"), who="inspector"))).reason == "DENIED"


async def test_writing_asks_to_read_as_well(small, make) -> None:
    writes_blindly = [
        make.policy("blind.discover", "blind", "any", "discover"),
        make.policy("blind.edit", "blind", "any", "edit"),
        make.held("outsider", "blind", "37"),
    ]
    await small.keep(rules=writes_blindly)
    # Otherwise `added` would tell which codes are there.
    refusal = await small.refused(put(small, member("a"), who="outsider"))
    assert (refusal.reason, refusal.fields["action"]) == ("DENIED", "read")


async def test_repeated_request_has_one_effect_and_one_answer(small) -> None:
    first = await put(small, member("a"), request_id="once")
    await put(small, member("b"))
    assert await put(small, member("a"), request_id="once") == first
    refusal = await small.refused(put(small, member("c"), request_id="once"))
    assert refusal.reason == "REQUEST_ID_REUSED"
    assert await listed(small) == "a b"


async def test_answer_is_not_repeated_to_who_may_read_no_more(small, make) -> None:
    await put(small, member("a"), request_id="once")
    async with small.store.write() as unit:
        await unit.remove_rules([make.held("clerk", "editor").id])
        [clerk] = [item for item in await unit.principals() if item.id == "clerk"]
        await unit.put_principals([clerk.model_copy(update={"organization": "roads"})])
        await unit.commit()
    assert (await small.refused(put(small, member("a"), request_id="once"))).reason == "DENIED"


async def test_validation_alone_changes_nothing(small) -> None:
    before = len(await small.log())
    done = await put(small, member("a"), validate_only=True)
    assert (done.added, done.total) == (1, 1)
    assert await listed(small) == ""
    assert len(await small.log()) == before


@pytest.mark.parametrize(
    ("wrong", "reason", "path"),
    [
        ({"code": ""}, "FIELD_PATTERN", "members[1].code"),
        ({"code": "a/b"}, "FIELD_PATTERN", "members[1].code"),
        ({"code": "../a"}, "FIELD_PATTERN", "members[1].code"),
        ({"code": "a\u202eb"}, "FIELD_PATTERN", "members[1].code"),
        ({"code": "a\n"}, "FIELD_PATTERN", "members[1].code"),
        ({"code": "x" * 65}, "FIELD_PATTERN", "members[1].code"),
        ({"code": 5}, "FIELD_TYPE", "members[1].code"),
        ({"title": {"en": "No Chinese"}}, "FIELD_MISSING", "members[1].title.zh"),
        ({"title": {"zh": "题\x00"}}, "FIELD_PATTERN", "members[1].title.zh"),
        ({"status": "onlin"}, "FIELD_NOT_ONE_OF", "members[1].status"),
        ({"location": {"longitude": 181, "latitude": 0}}, "FIELD_TOO_LARGE", "members[1].location.longitude"),
        ({"colour": "red"}, "FIELD_UNKNOWN", "members[1].colour"),
        ({"region_code": "379999"}, "REGION_UNKNOWN", "members[1].region_code"),
        ({"attributes": {"x": "y" * 4_096}}, "FIELD_INVALID", "members[1].attributes"),
        ({"attributes": {"x": "\x00"}}, "FIELD_INVALID", "members[1].attributes"),
        ({"attributes": {"x": 2**70}}, "FIELD_INVALID", "members[1].attributes"),
        ({"code": "a"}, "MEMBER_REPEATED", "members[1].code"),
    ],
)
async def test_mistake_in_a_member_is_named_with_its_place(small, wrong, reason, path) -> None:
    rows = [member("a"), member("b") | wrong, member("c")]
    refusal = await small.refused(put(small, *rows))
    assert (refusal.reason, refusal.fields["path"]) == (reason, path)
    if reason != "FIELD_INVALID" or "y" in str(wrong):
        lines = b"\n".join(json.dumps(row).encode() for row in rows)
        refusal = await small.refused(small.platform.members.import_chunk(small.call("clerk"), WELLS, lines))
        assert (refusal.reason, refusal.fields["path"]) == (reason, path)
    assert await listed(small) == ""


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b"5", b"\xff\xfe", b'{"code": "b"}, {"code": "c"}', b'{"code": NaN}', b"[" * 9_000]
)
async def test_line_that_is_no_object_is_named(small, line) -> None:
    lines = b"\n".join([json.dumps(member("a")).encode(), line])
    refusal = await small.refused(small.platform.members.import_chunk(small.call("clerk"), WELLS, lines))
    assert (refusal.reason, refusal.fields["path"]) == ("FIELD_INVALID", "members[1]")


async def test_batch_that_is_too_large_is_refused_before_it_is_read(small) -> None:
    class Unreadable(list):
        def __iter__(self):
            raise AssertionError("it was looked into")

        def __len__(self):
            return 1_000_000

    for attempt in (
        small.platform.members.put(small.call("clerk"), WELLS, Unreadable()),
        small.platform.members.import_chunk(small.call("clerk"), WELLS, Unreadable()),
        small.platform.members.import_chunk(small.call("clerk"), WELLS, b"\n" * 1_000_000),
        small.platform.members.remove(small.call("clerk"), WELLS, Unreadable()),
    ):
        refusal = await small.refused(attempt)
        assert refusal.reason == "MEMBERS_TOO_MANY"
        assert refusal.fields["count"] == 1_000_000
        assert "ucs member import" in refusal.message()
    assert (await small.refused(put(small))).reason == "FIELD_TOO_SHORT"
    assert (await small.refused(small.platform.members.import_chunk(small.call("clerk"), WELLS, b"\n \n"))).reason == (
        "FIELD_TOO_SHORT"
    )


async def test_member_of_a_mebibyte_is_refused(small) -> None:
    large = member("a", title={"zh": "大" * 400_000})
    assert (await small.refused(put(small, large))).reason == "FIELD_TOO_LONG"
    large = member("a", attributes={"x": "大" * 400_000})
    refusal = await small.refused(put(small, large))
    assert refusal.reason == "FIELD_INVALID"
    assert len(refusal.message()) < 500


async def test_who_may_not_write_is_told_that_first(small) -> None:
    refusal = await small.refused(put(small, *([{}] * 2_000), who="outsider"))
    assert refusal.code is Code.NOT_FOUND


async def test_pool_takes_channel_codes_and_its_own_attributes(small, make) -> None:
    await pooled(small, make)
    done = await put(small, channel(1, attributes={"ptz": True}), channel(2), name=POOL)
    assert done.added == 2
    refusal = await small.refused(put(small, channel(3), member("camera-4"), name=POOL))
    assert (refusal.reason, refusal.fields["path"]) == ("MEMBER_CODE_INVALID", "members[1].code")
    refusal = await small.refused(put(small, channel(3, attributes={"ptz": "yes"}), name=POOL))
    assert (refusal.reason, refusal.fields["path"]) == ("MEMBER_ATTRIBUTES_INVALID", "members[0].attributes.ptz")
    assert await listed(small, name=POOL) == "37020200001320000001 37020200001320000002"


async def test_retired_resource_keeps_its_members_as_they_are(small, make) -> None:
    await pooled(small, make)
    assert (await small.refused(put(small, member("a"), name=GONE))).reason == "MEMBERS_OF_RETIRED"
    attempt = small.platform.members.remove(small.call("clerk"), GONE, ["a"])
    assert (await small.refused(attempt)).reason == "MEMBERS_OF_RETIRED"


async def test_unknown_members_are_named_and_nothing_is_removed(small) -> None:
    await put(small, member("a"))
    codes = ["a", *(f"x{at}" for at in range(20)), "\x00"]
    refusal = await small.refused(small.platform.members.remove(small.call("clerk"), WELLS, codes))
    assert (refusal.reason, refusal.code, refusal.fields["count"]) == ("MEMBERS_UNKNOWN", Code.NOT_FOUND, 21)
    assert refusal.fields["codes"] == [f"x{at}" for at in range(10)]
    assert await listed(small) == "a"


@pytest.mark.parametrize(
    "name", ["", WELLS, f"{WELLS}/members/", f"{WELLS}/members/a/b", "x/members/a", f"{WELLS}/members/{'x' * 65}"]
)
async def test_name_of_no_member_is_not_found(small, name) -> None:
    await put(small, member("a"))
    async with small.platform.session("clerk") as session:
        assert (await small.refused(session.members.member(name))).reason == "NOT_FOUND"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ({"first": 0}, "PAGE_SIZE_INVALID"),
        ({"first": 201}, "PAGE_SIZE_INVALID"),
        ({"after": "中"}, "CURSOR_INVALID"),
        ({"after": "x" * 65}, "CURSOR_INVALID"),
        ({"filter": {"region": "37a"}}, "FIELD_PATTERN"),
        ({"filter": {"text": "x" * 201}}, "FIELD_TOO_LONG"),
        ({"filter": {"colour": "red"}}, "FIELD_UNKNOWN"),
    ],
)
async def test_bad_question_is_refused(small, question, reason) -> None:
    async with small.platform.session("clerk") as session:
        assert (await small.refused(session.members.page(WELLS, **question))).reason == reason


async def test_set_that_would_be_too_large_is_refused_whole(small) -> None:
    class Full:
        """A unit whose set has hardly any room left."""

        def __init__(self, unit: Any) -> None:
            self._unit = unit

        def __getattr__(self, name: str) -> Any:
            return getattr(self._unit, name)

        async def member_counts(self, ids: Any) -> dict[str, int]:
            return dict.fromkeys(ids, MEMBERS_MOST - 1)

    async with small.store.write() as unit:
        resource = await unit.resource(WELLS.partition("/")[2])
        new = Batch.of([member("a"), member("b")], 9).members
        refusal = await small.refused(verbs.catalog.put_members(Full(unit), resource, new, small.clock.now))
    assert (refusal.reason, refusal.fields["count"]) == ("MEMBER_SET_FULL", MEMBERS_MOST - 1)


async def test_members_are_watched_by_those_who_read_alone(small) -> None:
    async with small.store.read() as reader:
        start = reader.head.position
    await put(small, member("a"))
    told = {}
    for who in ("clerk", "painter"):
        events = small.platform.watch(who, after=start)
        found = []
        async for event in events:
            if event.resource is None and event.type == "progress":
                break
            found.append((event.type.value, event.name, event.resource.member_count))
        await events.aclose()
        told[who] = found
    assert told == {"clerk": [("modified", WELLS, 1)], "painter": []}


class TellsEverybody(verbs.MemberQuestions):
    """The twin: whoever discovers a resource is told how many members it has."""

    async def _readable(self, name: str) -> Any:
        return await self._sight.discovered(name)


async def test_questions_that_ask_only_to_discover_are_caught(small) -> None:
    await put(small, member("a"))
    async with small.platform.session("painter") as session:
        # What the test above would fail on: an answer where there should be none.
        assert await TellsEverybody(session._sight).count(WELLS) == 1
        assert (await small.refused(session.members.count(WELLS))).reason == "DENIED"
