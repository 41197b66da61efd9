"""Principals that come in bulk, as a file brings them."""

from datetime import timedelta

import pytest


def clerk(**more):
    return {"id": "clerk", "kind": "person", "title": "C", "organization": "water"} | more


@pytest.mark.parametrize(
    ("epoch", "reason"),
    [
        ("2026-01-01T00:00:00", "FIELD_TYPE"),
        ("0001-01-01T00:00:00+14:00", "FIELD_TYPE"),
        ("9999-01-01T00:00:00Z", "FIELD_INVALID"),
    ],
)
async def test_an_epoch_that_is_no_instant_of_the_past_is_refused(city, epoch, reason):
    put = city.platform.administration.put_principals(city.call("founder"), [clerk(revoked_before=epoch)])
    refusal = await city.refused(put)
    assert (refusal.reason, refusal.fields["path"]) == (reason, "principals[0].revoked_before")
    assert (await city.principal("clerk")).revoked_before is None


async def test_an_epoch_of_the_past_is_kept_in_utc_and_never_goes_back(city, clock):
    put, founder = city.platform.administration.put_principals, city.call("founder")
    at = (clock.now - timedelta(days=1)).isoformat().replace("+00:00", "-08:00")
    await put(founder, [clerk(revoked_before=at)])
    kept = (await city.principal("clerk")).revoked_before
    assert kept == clock.now - timedelta(hours=16)
    assert kept.utcoffset() == timedelta()
    await put(founder, [clerk(title="D", revoked_before="2020-01-01T00:00:00Z")])
    assert (await city.principal("clerk")).revoked_before == kept


async def test_an_epoch_of_a_clock_that_was_ahead_comes_back_to_now(city, clock):
    clock.move(days=365)
    await city.platform.principals.revoke_tokens(city.call("founder"), "clerk")
    clock.move(days=-365)
    await city.platform.administration.put_principals(city.call("founder"), [clerk()])
    assert (await city.principal("clerk")).revoked_before == clock.now


async def test_nobody_who_is_waited_for_comes_in_by_a_file(city, make):
    await city.keep(rules=[make.held("ghost", "platform_administrator", id="haunting")])
    ghost = clerk(id="ghost")
    put, founder = city.platform.administration.put_principals, city.call("founder")
    refusal = await city.refused(put(founder, [clerk(), ghost]))
    assert (refusal.reason, refusal.fields["path"]) == ("PRINCIPAL_TAKEN", "principals[1].id")
    await city.platform.policies.apply(founder, [], ["rules/haunting"])
    await put(founder, [clerk(), ghost])
    assert not await city.may_at_all("ghost")
