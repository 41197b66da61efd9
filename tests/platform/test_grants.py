"""Grants let somebody do something with one resource for a time; who administers the resource gives them."""

from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest

from ucs_core.access import Action
from ucs_registry.testing.builders import an_id
from ucs_registry.visibility import Grant
from ucs_sdk.errors import AlreadyExists, Denied, Invalid, NotFound

WELLS = f"resources/{an_id(1)}"
SIGNS = f"resources/{an_id(2)}"
NEW = {"grantee": "principals/painter", "action": "read", "resource": WELLS}


async def readable(city, who, name=WELLS):
    async with city.platform.session(who) as session:
        return (await session.resource(name)).readable


async def test_a_grant_counts_from_the_next_session_until_it_is_revoked(city):
    assert not await readable(city, "painter")
    given = await city.platform.grants.give(city.call("keeper"), NEW)
    assert (given.origin, given.valid_until) == ("direct", None)
    assert given.valid_from == city.clock.now
    assert await readable(city, "painter")
    revoked = await city.platform.grants.revoke(city.call("mayor"), given.name, "no longer needed")
    assert revoked == given
    assert not await readable(city, "painter")
    with pytest.raises(NotFound):
        await city.platform.grants.revoke(city.call("mayor"), given.id, "again")


async def test_a_grant_to_an_organisation_serves_all_below_it(city):
    await city.platform.grants.give(city.call("keeper"), NEW | {"grantee": "organizations/roads"})
    assert await readable(city, "painter")


async def test_a_grant_counts_between_its_times(city):
    now = city.clock.now
    times = {"valid_from": (now + timedelta(hours=1)).isoformat(), "valid_until": now + timedelta(hours=2)}
    await city.platform.grants.give(city.call("keeper"), NEW | times)
    told = []
    for _ in range(3):
        told.append(await readable(city, "painter"))
        city.clock.move(hours=1)
    assert told == [False, True, False]


async def test_the_log_tells_who_gave_it_and_whose_resource_it_is(city):
    given = await city.platform.grants.give(city.call("keeper"), NEW)
    await city.platform.grants.revoke(city.call("keeper"), given.id, "enough")
    refusal = await city.refused(city.platform.grants.give(city.call("clerk"), NEW))
    assert isinstance(refusal, Denied)
    first, last, denied = (await city.log())[-3:]
    assert (first.verb, last.verb, denied.verb) == ("grants.give", "grants.revoke", "grants.give")
    assert first.actor == last.actor == "principals/keeper"
    assert first.object == last.object == given.name
    assert (last.before, last.after) == (first.after, None)
    assert orjson.loads(last.body)["reason"] == "enough"
    assert all(entry.access_after.owner == "water" for entry in (first, last, denied))
    await city.platform.roles.assign(city.call("keeper"), "clerk", "auditor", "water")
    async with city.platform.session("clerk") as session:
        seen = [entry.verb for entry in await session.log(after=0, first=100)]
    assert seen == ["grants.give", "grants.revoke", "grants.give"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"grantee": "principals/paintr"}, "GRANTEE_UNKNOWN"),
        ({"grantee": "organizations/road"}, "GRANTEE_UNKNOWN"),
        ({"grantee": "painter"}, "GRANTEE_UNKNOWN"),
        ({"grantee": "roles/editor"}, "GRANTEE_UNKNOWN"),
        ({"grantee": "principals/painter\x00"}, "GRANTEE_UNKNOWN"),
        ({"resource": f"resources/{an_id(9)}"}, "NOT_FOUND"),
        ({"resource": "wells"}, "NOT_FOUND"),
        ({"action": "fly"}, "FIELD_NOT_ONE_OF"),
        ({"valid_until": "yesterday"}, "FIELD_TYPE"),
        ({"valid_until": "2026-05-05T00:00:00"}, "FIELD_TYPE"),
        ({"valid_until": "9999-12-31T23:59:59-12:00"}, "FIELD_TYPE"),
        ({"origin": "application"}, "FIELD_UNKNOWN"),
    ],
)
async def test_what_is_no_grant_is_refused(small, change, reason):
    refusal = await small.refused(small.platform.grants.give(small.call("keeper"), NEW | change))
    assert refusal.reason == reason


async def test_a_grant_that_could_never_count_is_refused(small):
    now = small.clock.now
    for times, reason in (
        ({"valid_until": now}, "GRANT_IN_THE_PAST"),
        ({"valid_until": now - timedelta(days=1)}, "GRANT_IN_THE_PAST"),
        ({"valid_from": now + timedelta(2), "valid_until": now + timedelta(2)}, "GRANT_NEVER_VALID"),
        ({"valid_from": now + timedelta(2), "valid_until": now + timedelta(1)}, "GRANT_NEVER_VALID"),
    ):
        assert (await small.refused(small.platform.grants.give(small.call("keeper"), NEW | times))).reason == reason


async def test_times_of_any_zone_are_kept_in_utc(city):
    until = datetime(2026, 6, 1, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    given = await city.platform.grants.give(city.call("keeper"), NEW | {"valid_until": until.isoformat()})
    assert given.valid_until.isoformat() == "2026-06-01T00:00:00+00:00"
    async with city.store.read() as reader:
        (kept,) = await reader.find_grants(ids=[given.id])
    assert kept.valid_until == until.astimezone(UTC)


async def test_the_same_grant_is_not_given_twice_while_it_lasts(city):
    give, day = city.platform.grants.give, timedelta(days=1)
    first = await give(city.call("keeper"), NEW | {"valid_until": city.clock.now + 2 * day})
    with pytest.raises(AlreadyExists, match=first.name):
        await give(city.call("keeper"), NEW | {"valid_until": city.clock.now + day})
    # One that lasts longer, starts earlier or is for something else is another grant.
    await give(city.call("keeper"), NEW | {"valid_until": city.clock.now + 3 * day})
    await give(city.call("keeper"), NEW | {"action": "invoke"})
    city.clock.move(days=4)
    await give(city.call("keeper"), NEW)
    with pytest.raises(AlreadyExists):
        await give(city.call("keeper"), NEW)


async def test_near_misses_among_grantees_tell_of_nobody_that_the_caller_may_not_know(small):
    give = small.platform.grants.give
    for grantee, near in (("paintr", []), ("plumbr", ["principals/plumber"])):
        refusal = await small.refused(give(small.call("keeper"), NEW | {"grantee": f"principals/{grantee}"}))
        assert refusal.fields["near"] == near


async def test_what_cannot_be_discovered_takes_no_grant(small, make):
    closed = make.policy("closed", "organization_administrator", "subtree", "discover", effect="deny")
    await small.keep(rules=[closed])
    with pytest.raises(NotFound):
        await small.platform.grants.give(small.call("mayor"), NEW)


async def test_whoever_administers_by_a_grant_gives_none(city, make):
    helped = make.policy("helped", "member", "any", "administer", grant="required")
    grant = Grant(
        id="g",
        grantee="principals/painter",
        action="administer",
        resource=WELLS,
        valid_from=city.clock.now,
        valid_until=None,
        origin="direct",
    )
    await city.keep(rules=[helped], grants=[grant])
    async with city.platform.session("painter") as session:
        assert (await session.resource(WELLS)).head is not None
    with pytest.raises(Denied):
        await city.platform.grants.give(city.call("painter"), NEW | {"grantee": "organizations/signs"})


async def test_a_repeated_call_gives_one_grant(city):
    first = await city.platform.grants.give(city.call("keeper", request_id="g-1"), NEW)
    assert await city.platform.grants.give(city.call("keeper", request_id="g-1"), NEW) == first
    with pytest.raises(Invalid, match="REQUEST_ID_REUSED"):
        await city.platform.grants.give(city.call("keeper", request_id="g-1"), NEW | {"action": "invoke"})


@pytest.mark.parametrize("action", list(Action))
async def test_a_grant_of_any_action_is_taken(small, action):
    given = await small.platform.grants.give(small.call("founder"), NEW | {"action": action.value})
    assert given.action is action


@pytest.mark.parametrize("id", ["", "grants/", "grants/x\x00y", "grants/" + "9" * 200])
async def test_a_grant_that_is_not_there_is_not_revoked(city, id):
    with pytest.raises(NotFound):
        await city.platform.grants.revoke(city.call("founder"), id, "x")
