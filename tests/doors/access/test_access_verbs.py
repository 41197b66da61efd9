"""Every verb on access over both doors: what it answers, what refuses it, and what it leaves in the log."""

import pytest

from ucs_registry.log import Outcome

BECAUSE = "Left the service."


async def entries(city, after):
    """What the log has got since a position, as the platform's administrator sees it."""
    async with city.platform.session("founder") as session:
        return await session.log(after=after, first=50)


async def standing(city):
    async with city.platform.session("founder") as session:
        return session.position


async def test_a_principal_goes_through_its_life(city, way):
    new = {"id": "li.na", "kind": "person", "title": "李娜", "organization": "water"}
    made = await city.do(way, "keeper", "principals.create", principal=new)
    assert made == new | {"id": "principals/li.na", "organization": "organizations/water"}
    one = {"name": "principals/li.na"}
    changed = await city.do(
        way, "keeper", "principals.update", **one, changes={"title": "李娜娜", "organization": "pumps"}
    )
    assert (changed["title"], changed["organization"]) == ("李娜娜", "organizations/pumps")
    bound = await city.do(way, "keeper", "principals.bind", **one, issuer="https://id.example", subject="u-1")
    assert bound["subject"] == {"issuer": "https://id.example", "subject": "u-1"}
    assert "subject" not in await city.do(way, "keeper", "principals.unbind", **one)
    assert "revoked_before" in await city.do(way, "keeper", "principals.revoke_tokens", **one)
    assert (await city.do(way, "keeper", "principals.disable", **one, reason=BECAUSE))["disabled"] is True
    assert "disabled" not in await city.do(way, "keeper", "principals.enable", **one)


async def test_an_organisation_can_be_cleared_and_a_title_cannot(city, way, refusal):
    one = {"name": "principals/clerk"}
    await city.do(way, "founder", "roles.unassign", principal="clerk", role="editor", anchor="water")
    cleared = await city.do(way, "founder", "principals.update", **one, changes={"organization": None})
    assert "organization" not in cleared
    told = await refusal(city.do(way, "founder", "principals.update", **one, changes={"title": None}))
    assert told.fields["path"] == "title"


async def test_a_role_is_given_and_taken(city, way, refusal):
    held = {"principal": "plumber", "role": "reviewer", "anchor": "pumps"}
    told = {"principal": "principals/plumber", "role": "reviewer", "anchor": "organizations/pumps"}
    assert await city.do(way, "keeper", "roles.assign", **held) == told
    assert await city.do(way, "keeper", "roles.unassign", **held) == told
    assert (await refusal(city.do(way, "keeper", "roles.unassign", **held))).reason == "ROLE_NOT_HELD"


async def test_policies_are_entered_replaced_and_removed_together(city, way, refusal):
    seen = (await city.ask(way, "founder", "policies"))["version"]
    row = {"id": "local.video", "role": "reviewer", "relation": "own", "type": "video_*", "action": "audit"}
    done = await city.do(way, "founder", "policies.apply", put=[row], version=seen)
    assert done == {"version": seen + 1, "names": ["policies/local.video"]}
    listed = await city.ask(way, "founder", "policies", filter={"role": "reviewer", "action": "audit"})
    assert listed["nodes"] == [
        {
            "id": "policies/local.video", "role": "reviewer", "relation": "own", "type": "video_*", "action": "audit",
            "grant": "none_needed", "effect": "allow",
        }
    ]  # fmt: skip
    late = await refusal(city.do(way, "founder", "policies.apply", remove=["policies/local.video"], version=seen))
    assert (late.reason, late.told) in {("ACCESS_MOVED", "ABORTED"), ("ACCESS_MOVED", "CONFLICT")}
    gone = await city.do(way, "founder", "policies.apply", remove=["policies/local.video"], version=done["version"])
    assert gone["names"] == ["policies/local.video"]


async def test_a_condition_that_is_not_stated_matches_everything(city, way):
    row = {"id": "local.all", "role": "reviewer", "relation": "subtree"}
    await city.do(way, "founder", "policies.apply", put=[row])
    [found] = (await city.ask(way, "founder", "policies", filter={"role": "reviewer", "action": "invoke"}))["nodes"]
    assert found == {
        "id": "policies/local.all", "role": "reviewer", "relation": "subtree", "grant": "none_needed", "effect": "allow"
    }  # fmt: skip


async def test_a_grant_is_given_and_revoked(city, way, names):
    until = "2999-01-01T00:00:00.000000Z"
    new = {"grantee": "principals/painter", "action": "read", "resource": names[1], "valid_until": until}
    given = await city.do(way, "keeper", "grants.give", grant=new)
    assert {key: given[key] for key in new} == new
    assert given["id"].startswith("grants/")
    assert await city.ask(way, "painter", "grant", id=given["id"]) == given
    assert await city.do(way, "keeper", "grants.revoke", id=given["id"], reason=BECAUSE) == given


DENIED = [
    ("principals.create", "clerk", {"principal": {"id": "x", "kind": "hub", "title": "X", "organization": "water"}}),
    ("principals.create", "keeper", {"principal": {"id": "x", "kind": "hub", "title": "X", "organization": "roads"}}),
    ("principals.update", "keeper", {"name": "principals/keeper", "changes": {"title": "Me"}}),
    ("principals.revoke_tokens", "keeper", {"name": "principals/keeper"}),
    ("roles.assign", "keeper", {"principal": "clerk", "role": "platform_administrator", "anchor": None}),
    ("policies.apply", "keeper", {"put": [{"id": "x", "role": "editor", "relation": "any", "action": "read"}]}),
]


@pytest.mark.parametrize(("verb", "who", "arguments"), DENIED)
async def test_what_one_may_not_is_denied_and_leaves_one_entry(city, way, refusal, verb, who, arguments):
    before = await standing(city)
    told = await refusal(city.do(way, who, verb, **arguments))
    assert told.told in ("PERMISSION_DENIED", "DENIED")
    [entry] = await entries(city, before)
    assert (entry.verb, entry.actor, entry.outcome) == (verb, f"principals/{who}", Outcome.REFUSED)
    assert (entry.call_id, entry.reason) == (city.call_id, told.reason)


NOT_FOUND = [
    ("principals.update", {"name": "principals/painter", "changes": {"title": "X"}}),
    ("principals.disable", {"name": "principals/painter", "reason": BECAUSE}),
    ("principals.enable", {"name": "principals/nobody"}),
    ("principals.bind", {"name": "principals/painter", "issuer": "https://id.example", "subject": "u-1"}),
    ("principals.unbind", {"name": "principals/painter"}),
    ("principals.revoke_tokens", {"name": "nonsense\n"}),
    ("roles.assign", {"principal": "painter", "role": "editor", "anchor": "water"}),
    ("roles.unassign", {"principal": "painter", "role": "editor", "anchor": "roads"}),
    ("grants.give", {"grant": {"grantee": "principals/clerk", "action": "read", "resource": "resources/nothing"}}),
    ("grants.revoke", {"id": "grants/none", "reason": BECAUSE}),
]


@pytest.mark.parametrize(("verb", "arguments"), NOT_FOUND)
async def test_what_lies_beyond_an_administrator_does_not_exist_for_it(city, way, refusal, verb, arguments):
    told = await refusal(city.do(way, "keeper", verb, **arguments))
    assert (told.reason, told.told) == ("NOT_FOUND", "NOT_FOUND")


INVALID = [
    ("principals.create", {"principal": {"id": "UPPER", "kind": "hub", "title": "X", "organization": "water"}}, "id"),
    ("principals.create", {"principal": {"id": "x", "kind": "hub", "title": "", "organization": "water"}}, "title"),
    ("principals.update", {"name": "principals/clerk", "changes": {"organization": "nowhere"}}, "organization"),
    ("principals.disable", {"name": "principals/clerk", "reason": " "}, "reason"),
    ("principals.bind", {"name": "principals/clerk", "issuer": "two words", "subject": "x"}, "issuer"),
    ("roles.assign", {"principal": "clerk", "role": "editer", "anchor": "water"}, "role"),
    ("roles.assign", {"principal": "clerk", "role": "editor", "anchor": "nowhere"}, "anchor"),
    ("policies.apply", {"put": [{"id": "A B", "role": "editor", "relation": "own", "action": "read"}]}, "put[0].id"),
]


@pytest.mark.parametrize(("verb", "arguments", "path"), INVALID)
async def test_what_cannot_be_right_names_its_place(city, way, refusal, verb, arguments, path):
    told = await refusal(city.do(way, "founder", verb, **arguments))
    assert told.told in ("INVALID_ARGUMENT", "INVALID")
    assert told.fields["path"] == path


async def test_a_grant_in_the_past_names_its_end(city, way, refusal, names):
    past = "2001-01-01T00:00:00.000000Z"
    new = {"grantee": "principals/clerk", "action": "read", "resource": names[0], "valid_until": past}
    told = await refusal(city.do(way, "keeper", "grants.give", grant=new))
    assert (told.reason, told.fields["path"]) == ("GRANT_IN_THE_PAST", "valid_until")


async def test_the_last_administrator_stays(city, way, refusal):
    told = await refusal(city.do(way, "founder", "principals.disable", name="principals/founder", reason=BECAUSE))
    assert told.reason == "LAST_ADMINISTRATOR"
    assert told.told == "FAILED_PRECONDITION"


async def test_the_same_request_id_gives_the_same_answer_and_one_effect(city, way, refusal):
    new = {"id": "hub-2", "kind": "hub", "title": "Hub", "organization": "water"}
    first = await city.do(way, "keeper", "principals.create", principal=new, request_id="r-1")
    before = await standing(city)
    assert await city.do(way, "keeper", "principals.create", principal=new, request_id="r-1") == first
    assert await standing(city) == before
    other = await refusal(city.do(way, "keeper", "principals.create", principal=new | {"id": "y"}, request_id="r-1"))
    assert other.reason == "REQUEST_ID_REUSED"
    # The twin: without an id the repetition is another call, and finds the principal there.
    again = await refusal(city.do(way, "keeper", "principals.create", principal=new))
    assert again.reason == "PRINCIPAL_TAKEN"


async def test_a_request_id_counts_at_both_doors(city):
    row = {"id": "local.row", "role": "editor", "relation": "own", "action": "audit"}
    first = await city.do("grpc", "founder", "policies.apply", put=[row], request_id="r-1")
    before = await standing(city)
    assert await city.do("graphql", "founder", "policies.apply", put=[row], request_id="r-1") == first
    assert await standing(city) == before


async def test_a_trial_leaves_no_trace(city, way):
    before = await standing(city)
    held = {"principal": "plumber", "role": "reviewer", "anchor": "pumps"}
    assert (await city.do(way, "keeper", "roles.assign", **held, validate_only=True))["role"] == "reviewer"
    assert await standing(city) == before
    # The twin: in earnest it leaves one entry.
    await city.do(way, "keeper", "roles.assign", **held)
    assert await standing(city) == before + 1
