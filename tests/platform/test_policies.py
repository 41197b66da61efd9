"""Policies are edited as typed rows, all or none, by the platform's administrators."""

import orjson
import pytest

from ucs_core.access import Action, PolicyRow
from ucs_core.access.ready import ready_policies
from ucs_sdk.errors import Denied, Invalid, NotFound

ROW = {"id": "extra", "role": "editor", "relation": "own", "action": "audit"}


async def test_rows_are_entered_replaced_and_removed_together(city):
    apply, founder = city.platform.policies.apply, city.call("founder")
    done = await apply(founder, [ROW, ROW | {"id": "other", "kind": None, "type": "video_*"}], [])
    assert done.names == ["rules/extra", "rules/other"]
    assert await city.may("clerk", Action.AUDIT, "water")
    done = await apply(founder, [ROW | {"effect": "deny"}], ["policies/other"])
    assert done.names == ["rules/extra", "rules/other"]
    snapshot = await city.snapshot()
    assert snapshot.rule("extra") == PolicyRow(**ROW, effect="deny")
    assert snapshot.rule("other") is None
    replaced, removed = (await city.log())[-2:]
    assert replaced.verb == removed.verb == "policies.apply"
    assert replaced.before is not None
    assert replaced.after is not None
    assert removed.after is None
    assert "video_*" in orjson.loads(removed.body)["rules"]["values"]
    assert done.version == snapshot.version


async def test_what_stands_already_is_not_written_again(city):
    apply, founder = city.platform.policies.apply, city.call("founder")
    await apply(founder, [ROW], [])
    for put in ([], [ROW], [ROW | {"kind": "*", "grant": "none_needed", "effect": "allow"}]):
        with pytest.raises(Invalid, match="NOTHING_CHANGED"):
            await apply(founder, put, [])
    done = await apply(founder, [ROW, ROW | {"id": "new"}], [])
    assert done.names == ["rules/new"]


async def test_only_who_administers_the_platform_edits_policies(small):
    for who in ("mayor", "keeper", "clerk", "outsider"):
        with pytest.raises(Denied, match="platform"):
            await small.platform.policies.apply(small.call(who), [ROW], [])
        with pytest.raises(Denied, match="platform"):
            await small.platform.policies.apply(small.call(who), [], ["no-such-row"])


async def test_a_row_is_named_once(small):
    for put, remove in (([ROW, ROW], []), ([ROW], ["rules/extra"]), ([], ["x", "x"])):
        with pytest.raises(Invalid, match="more than once"):
            await small.platform.policies.apply(small.call("founder"), put, remove)


async def test_what_is_not_there_is_not_removed(small):
    with pytest.raises(NotFound) as caught:
        await small.platform.policies.apply(small.call("founder"), [], ["ready.editor.raed"])
    assert "ready.editor.read" in caught.value.fields["near"]


async def test_an_assignment_is_no_policy(small):
    for put, remove in (([ROW | {"id": "held.clerk.editor"}], []), ([], ["held.clerk.editor"])):
        with pytest.raises(Invalid, match="role assignment"):
            await small.platform.policies.apply(small.call("founder"), put, remove)


async def test_ready_rows_are_removed_like_others(city):
    gone = [row.id for row in ready_policies() if row.role == "reviewer"]
    await city.platform.policies.apply(city.call("founder"), [], gone)
    assert not await city.may("inspector", Action.REVIEW, "water")
    refusal = await city.refused(
        city.platform.policies.apply(city.call("founder"), [], ["ready.platform-administrator.everything"])
    )
    assert refusal.reason == "LAST_ADMINISTRATOR"
    assert await city.may("founder", Action.ADMINISTER, None)


async def test_too_many_rows_at_once_are_refused(small):
    many = [ROW | {"id": f"r{number}"} for number in range(1_001)]
    for put, remove in ((many, []), ([], [row["id"] for row in many])):
        with pytest.raises(Invalid, match="FIELD_TOO_LONG"):
            await small.platform.policies.apply(small.call("founder"), put, remove)
