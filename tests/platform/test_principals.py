"""Principals are entered, changed, shut out and let in by those who administer where they belong."""

from datetime import timedelta

import orjson
import pytest

from ucs_core.access import Action
from ucs_registry.canonical import canonical_json, digest
from ucs_sdk.errors import AlreadyExists, Conflict, Denied, Invalid, NotFound, Unauthenticated

NEW = {"id": "newcomer", "kind": "person", "title": "Newcomer", "organization": "pumps"}


@pytest.mark.parametrize("kind", ["person", "application", "hub", "plugin"])
async def test_a_principal_of_every_kind_is_entered(city, kind):
    made = await city.platform.principals.create(city.call("keeper"), NEW | {"kind": kind})
    assert (made.name, made.kind, made.organization) == ("principals/newcomer", kind, "pumps")
    assert await city.principal("newcomer") == made
    async with city.platform.session("newcomer") as session:
        assert session.principal == made


async def test_what_a_principal_became_is_in_the_log(city):
    await city.platform.principals.create(city.call("keeper"), NEW)
    before = await city.principal("newcomer")
    after = await city.platform.principals.update(city.call("keeper"), "principals/newcomer", {"title": "Renamed"})
    await city.platform.principals.disable(city.call("keeper"), "newcomer", " left the bureau ")
    created, updated, disabled = (await city.log())[-3:]
    assert [entry.verb for entry in (created, updated, disabled)] == [
        "principals.create",
        "principals.update",
        "principals.disable",
    ]
    assert created.before is None
    assert created.after == updated.before == digest(canonical_json(before.model_dump(mode="json")))
    assert updated.after == disabled.before == digest(canonical_json(after.model_dump(mode="json")))
    assert {entry.object for entry in (created, updated, disabled)} == {"principals/newcomer"}
    assert orjson.loads(disabled.body)["reason"] == "left the bureau"
    assert disabled.rule == "ready.organization-administrator.administer"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "clerk"}, "PRINCIPAL_TAKEN"),
        ({"id": "No Such Id"}, "FIELD_PATTERN"),
        ({"id": "x/../y"}, "FIELD_PATTERN"),
        ({"id": "newcomer\n"}, "FIELD_PATTERN"),
        ({"kind": "robot"}, "FIELD_NOT_ONE_OF"),
        ({"title": ""}, "FIELD_TOO_SHORT"),
        ({"title": "a\x00b"}, "FIELD_PATTERN"),
        ({"organization": "watre"}, "ORGANIZATION_UNKNOWN"),
        ({"disabled": True}, "FIELD_UNKNOWN"),
        ({"revoked_before": None}, "FIELD_UNKNOWN"),
    ],
)
async def test_what_is_no_principal_is_refused(small, change, reason):
    refusal = await small.refused(small.platform.principals.create(small.call("keeper"), NEW | change))
    assert refusal.reason == reason
    if change.get("organization"):
        assert refusal.fields["near"] == ["water"]
    assert (await small.log())[-1].reason == reason


async def test_a_move_asks_for_both_ends(city):
    move = city.platform.principals.update
    with pytest.raises(Denied, match="roads"):
        await move(city.call("keeper"), "plumber", {"organization": "roads"})
    with pytest.raises(NotFound):
        await move(city.call("keeper"), "painter", {"organization": "water"})
    with pytest.raises(Denied, match="platform"):
        await move(city.call("keeper"), "plumber", {"organization": None})
    await city.platform.roles.unassign(city.call("keeper"), "plumber", "editor", "pumps")
    moved = await move(city.call("mayor"), "plumber", {"organization": "organizations/roads"})
    assert moved.organization == "roads"
    freed = await move(city.call("founder"), "plumber", {"organization": None})
    assert freed.organization is None
    with pytest.raises(NotFound):
        await move(city.call("mayor"), "plumber", {"organization": "roads"})


async def test_what_changes_nothing_is_refused(small):
    verbs, call = small.platform.principals, small.call("keeper")
    for attempt in (
        verbs.update(call, "clerk", {"title": "clerk", "organization": "water"}),
        verbs.update(call, "clerk", {}),
        verbs.enable(call, "clerk"),
        verbs.unbind(call, "clerk"),
    ):
        assert (await small.refused(attempt)).reason == "NOTHING_CHANGED"


@pytest.mark.parametrize("reason", [None, "", "   ", "x" * 1_001, "a\x00b"])
async def test_nobody_is_shut_out_without_a_reason(small, reason):
    with pytest.raises(Invalid) as caught:
        await small.platform.principals.disable(small.call("keeper"), "clerk", reason)
    assert caught.value.fields["path"] == "reason"
    assert not (await small.principal("clerk")).disabled


async def test_who_is_shut_out_has_no_session_and_keeps_what_it_holds(city):
    await city.platform.principals.disable(city.call("keeper"), "clerk", "on leave")
    with pytest.raises(Unauthenticated):
        async with city.platform.session("clerk"):
            pass
    await city.platform.principals.enable(city.call("keeper"), "clerk")
    assert await city.may("clerk", Action.EDIT, "water")


async def test_a_subject_belongs_to_one_principal(city):
    verbs = city.platform.principals
    bound = await verbs.bind(city.call("mayor"), "painter", "https://id.example", "sub-7")
    assert bound.subject.subject == "sub-7"
    with pytest.raises(AlreadyExists, match="SUBJECT_TAKEN:") as caught:
        await verbs.bind(city.call("keeper"), "clerk", "https://id.example", "sub-7")
    assert "painter" not in str(caught.value) + repr(caught.value.fields)
    with pytest.raises(AlreadyExists, match="principals/painter"):
        await verbs.bind(city.call("founder"), "clerk", "https://id.example", "sub-7")
    await verbs.bind(city.call("keeper"), "clerk", "https://other.example", "sub-7")
    with pytest.raises(Invalid, match="ISSUER_IS_OURS"):
        await verbs.bind(city.call("keeper"), "clerk", "urn:ucs:issuer:local", "sub-8")
    await verbs.unbind(city.call("mayor"), "painter")
    await verbs.bind(city.call("keeper"), "plumber", "https://id.example", "sub-7")
    assert (await city.snapshot()).edition.subjects == {
        ("https://id.example", "sub-7"): "plumber",
        ("https://other.example", "sub-7"): "clerk",
    }


@pytest.mark.parametrize("subject", ["", "a\nb", "x" * 256, "中"])
async def test_a_subject_that_no_token_can_carry_is_refused(small, subject):
    with pytest.raises(Invalid):
        await small.platform.principals.bind(small.call("keeper"), "clerk", "https://id.example", subject)


async def test_the_revocation_epoch_never_goes_back(city, clock):
    first = await city.platform.principals.revoke_tokens(city.call("keeper"), "clerk")
    assert first.revoked_before == clock.now
    clock.move(seconds=-3600)
    with pytest.raises(Invalid, match="NOTHING_CHANGED"):
        await city.platform.principals.revoke_tokens(city.call("keeper"), "clerk")
    clock.move(seconds=7200)
    later = await city.platform.principals.revoke_tokens(city.call("keeper"), "clerk")
    assert later.revoked_before == first.revoked_before + timedelta(seconds=3600)
    row = {"id": "clerk", "kind": "person", "title": "clerk", "organization": "water"}
    await city.platform.administration.put_principals(city.call("founder"), [row])
    assert (await city.principal("clerk")).revoked_before == later.revoked_before


async def test_entering_in_bulk_keeps_subjects_apart(small, make):
    await small.platform.principals.bind(small.call("keeper"), "clerk", "https://id.example", "s")
    put = small.platform.administration.put_principals
    row = {"kind": "person", "title": "x", "organization": "water"}
    subject = {"issuer": "https://id.example", "subject": "s"}
    for rows in (
        [row | {"id": "thief", "subject": subject}],
        [row | {"id": id, "subject": subject | {"subject": "t"}} for id in ("one", "two")],
    ):
        assert (await small.refused(put(small.call("founder"), rows))).reason == "SUBJECT_TAKEN_BY"
    await put(small.call("founder"), [row | {"id": "clerk"}])
    assert (await small.principal("clerk")).subject == make.subject("s")
    await put(small.call("founder"), [row | {"id": "clerk", "subject": None}, row | {"id": "heir", "subject": subject}])
    assert (await small.principal("clerk")).subject is None


async def test_a_repeated_call_has_one_effect(city):
    call = city.call("keeper", request_id="r-1")
    first = await city.platform.principals.create(call, NEW)
    count = len(await city.log())
    assert await city.platform.principals.create(city.call("keeper", request_id="r-1"), NEW) == first
    assert len(await city.log()) == count
    await city.platform.principals.update(city.call("mayor"), "newcomer", {"organization": "roads"})
    with pytest.raises(NotFound):
        await city.platform.principals.create(city.call("keeper", request_id="r-1"), NEW)


async def test_a_rehearsal_changes_nothing(city):
    before = await city.log()
    call = city.call("keeper", validate_only=True)
    await city.platform.principals.create(call, NEW)
    await city.platform.principals.disable(call, "clerk", "only to see")
    with pytest.raises(Denied):
        await city.platform.principals.disable(call, "inspector", "only to see")
    assert await city.log() == before
    assert not (await city.principal("clerk")).disabled


@pytest.mark.parametrize(
    "name", ["nobody", "principals/nobody", "painter", "", "a\x00b", "x" * 300, "clerk/", "../clerk"]
)
async def test_whom_an_administrator_may_not_know_does_not_exist(small, name):
    refusal = await small.refused(small.platform.principals.disable(small.call("keeper"), name, "x"))
    assert isinstance(refusal, NotFound)
    assert refusal.fields["near"] in ([], ["clerk"])


async def test_near_misses_are_taken_from_what_the_caller_knows(small):
    verbs = small.platform.principals
    assert (await small.refused(verbs.enable(small.call("keeper"), "plumbr"))).fields["near"] == ["plumber"]
    assert (await small.refused(verbs.enable(small.call("keeper"), "paintr"))).fields["near"] == []
    assert (await small.refused(verbs.enable(small.call("founder"), "paintr"))).fields["near"] == ["painter"]


async def test_policies_say_at_which_version_they_were_edited(city):
    apply = city.platform.policies.apply
    row = {"id": "x", "role": "editor", "relation": "own", "action": "audit"}
    async with city.platform.session("founder") as session:
        version = session.directory.policies().version
    done = await apply(city.call("founder"), [row], [], version)
    with pytest.raises(Conflict, match="ACCESS_MOVED"):
        await apply(city.call("founder"), [], ["x"], version)
    await apply(city.call("founder"), [], ["policies/x"], done.version)
