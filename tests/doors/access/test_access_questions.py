"""Every question about access over both doors: what it answers, whom it refuses, and that both doors say the same."""

import pytest

from ucs_sdk.errors import UcsError

PAGED = ("principals", "assignments", "policies", "grants")


async def give(city, grantee, resource, action="read"):
    return await city.platform.grants.give(
        city.call("founder"), {"grantee": grantee, "action": action, "resource": resource}
    )


async def test_principals_are_those_of_whom_one_may_know(city, way):
    found = await city.ask(way, "keeper", "principals")
    assert [item["id"] for item in found["nodes"]] == [
        f"principals/{id}" for id in ("clerk", "keeper", "plumber", "watcher")
    ]
    mine = await city.ask(way, "outsider", "principals")
    assert [item["id"] for item in mine["nodes"]] == ["principals/outsider"]


@pytest.mark.parametrize(
    ("filter", "ids"),
    [
        ({"organization_subtree": "pumps"}, ["plumber"]),
        ({"role": "editor"}, ["clerk", "painter"]),
        ({"kind": "hub"}, []),
        ({"kind": "person", "organization_subtree": "water", "role": "auditor"}, ["watcher"]),
        ({"disabled": True}, ["outsider"]),
        ({"disabled": False, "organization_subtree": "roads"}, ["painter"]),
    ],
)
async def test_principals_are_filtered_by_every_stated_part(city, way, filter, ids):
    await city.platform.principals.disable(city.call("founder"), "principals/outsider", "Left.")
    found = await city.ask(way, "founder", "principals", filter=filter)
    assert [item["id"] for item in found["nodes"]] == [f"principals/{id}" for id in ids]


async def test_one_principal_is_shown_to_who_may_know_of_it(city, way, refusal):
    found = await city.ask(way, "watcher", "principal", id="principals/clerk")
    assert found["organization"] == "organizations/water"
    assert (await refusal(city.ask(way, "watcher", "principal", id="principals/painter"))).reason == "NOT_FOUND"


async def test_roles_have_titles_and_counts(city, way):
    roles = {item["role"]: item for item in await city.ask(way, "founder", "roles")}
    assert roles["editor"]["title"] == {"zh": "编辑", "en": "Editor"}
    assert (roles["editor"]["holders"], roles["auditor"]["policies"]) == (2, 3)


async def test_assignments_are_filtered(city, way):
    found = await city.ask(way, "keeper", "assignments", filter={"role": "editor"})
    assert found["nodes"] == [{"principal": "principals/clerk", "role": "editor", "anchor": "organizations/water"}]
    at_roads = await city.ask(way, "founder", "assignments", filter={"anchor": "roads", "principal": "painter"})
    assert [item["role"] for item in at_roads["nodes"]] == ["editor"]


async def test_grants_are_those_one_oversees_and_ones_own(city, way, names):
    mine, other = await give(city, "principals/painter", names[1]), await give(city, "organizations/water", names[3])
    for who, given in (("keeper", mine), ("painter", mine), ("clerk", other)):
        found = await city.ask(way, who, "grants", filter={"live": True})
        assert given.name in [item["id"] for item in found["nodes"]]
    on_one = await city.ask(way, "founder", "grants", filter={"resource": names[3]})
    assert [item["grantee"] for item in on_one["nodes"]] == ["organizations/water"]
    assert (await city.ask(way, "outsider", "grants"))["nodes"] == []


async def test_pages_follow_each_other_without_gap_or_repetition(city, way, names):
    for number in range(3):
        await give(city, f"principals/{('painter', 'outsider', 'plumber')[number]}", names[1])
    for question in PAGED:
        whole = (await city.ask(way, "founder", question, first=200))["nodes"]
        seen, after = [], None
        while True:
            page = await city.ask(way, "founder", question, first=2, **({"after": after} if after else {}))
            seen += page["nodes"]
            after = page.get("next")
            if after is None:
                break
        assert seen == whole
        assert len(seen) > 2


async def test_a_page_token_belongs_to_its_question(city, refusal):
    token = (await city.ask("grpc", "founder", "principals", first=2))["next"]
    for question, arguments in (
        ("principals", {"filter": {"role": "editor"}}),
        ("policies", {}),
        ("assignments", {}),
    ):
        told = await refusal(city.ask("grpc", "founder", question, first=2, after=token, **arguments))
        assert (told.reason, told.fields["path"]) == ("CURSOR_INVALID", "page_token")


@pytest.mark.parametrize(
    ("question", "wrong"),
    [
        *((question, {"first": size}) for question in (*PAGED, "who_can", "what_if") for size in (201, -1)),
        *((question, {"after": "%%%"}) for question in (*PAGED, "what_if")),
    ],
)
async def test_wrong_pages_are_refused(city, way, refusal, names, question, wrong):
    arguments = {"who_can": {"action": "read", "resource": names[0]}, "what_if": {"edits": {}}}.get(question, {})
    told = await refusal(city.ask(way, "founder", question, **arguments, **wrong))
    assert told.reason in ("PAGE_SIZE_INVALID", "CURSOR_INVALID")


async def test_who_can_is_for_those_who_oversee_the_resource(city, way, refusal, names):
    await give(city, "principals/painter", names[1])
    found = await city.ask(way, "watcher", "who_can", action="read", resource=names[1])
    held = {item["principal"]["id"]: item.get("granted", False) for item in found["nodes"]}
    assert held["principals/painter"] is True
    assert held["principals/clerk"] is False
    assert found["total_count"] == len(held)
    assert (await refusal(city.ask(way, "clerk", "who_can", action="read", resource=names[1]))).reason == "DENIED"
    hidden = await refusal(city.ask(way, "painter", "who_can", action="read", resource=names[2]))
    assert hidden.reason == "NOT_FOUND"


async def test_who_can_does_not_tell_who_somebody_is_elsewhere(city, way, names):
    founder, who = city.call("founder"), "principals/painter"
    await give(city, who, names[1])
    await city.platform.principals.bind(founder, who, "https://id.example", "u-1")
    await city.platform.principals.revoke_tokens(founder, who)
    found = await city.ask(way, "watcher", "who_can", action="read", resource=names[1])
    [told] = [item["principal"] for item in found["nodes"] if item["principal"]["id"] == who]
    assert told.keys() == {"id", "kind", "title", "organization"}
    # The twin: to the platform's administrator the principal itself is shown with both.
    whole = await city.ask(way, "founder", "principal", id=who)
    assert {"subject", "revoked_before"} <= whole.keys()


async def test_effective_actions_are_told_one_by_one(city, way, refusal, names):
    found = await city.ask(way, "painter", "effective", resource=names[1])
    told = {item["action"]: (item.get("allowed", False), item.get("needs_grant", False)) for item in found}
    assert told["discover"] == (True, False)
    assert told["read"] == (False, True)
    assert len(told) == 11
    of_other = await city.ask(way, "keeper", "effective", resource=names[1], principal="painter")
    assert of_other == found
    denied = await refusal(city.ask(way, "painter", "effective", resource=names[1], principal="clerk"))
    assert denied.reason == "DENIED"


EDITS = {
    "put": [
        {"id": "local.ban", "role": "member", "relation": "any", "action": "discover", "effect": "deny"},
        {"id": "local.wide", "role": "auditor", "relation": "any"},
    ],
    "remove": ["ready.editor.edit"],
    "assign": [{"principal": "plumber", "role": "editor", "anchor": "water"}],
    "unassign": [{"principal": "clerk", "role": "editor", "anchor": "water"}],
    "principals": [{"id": "newcomer", "kind": "person", "title": "New", "organization": "water"}],
}


async def test_what_if_tells_who_gains_and_loses_what(city, way, refusal, names):
    edits = {"assign": [{"principal": "outsider", "role": "editor", "anchor": "water"}]}
    found = await city.ask(way, "founder", "what_if", edits=edits)
    lines = {item["action"]: item for item in found["nodes"]}
    assert lines["edit"]["gained"] == 3
    assert set(lines["edit"]["resources_gained"]) <= set(names)
    assert (found["gained"], found.get("lost", 0), found["principals"]) == (
        sum(line["gained"] for line in lines.values()), 0, 1
    )  # fmt: skip
    assert found["version"] == (await city.ask(way, "founder", "policies"))["version"]
    denied = await refusal(city.ask(way, "keeper", "what_if", edits=edits))
    assert denied.reason == "DENIED_THERE"


async def test_nothing_changes_with_what_was_only_weighed(city, way):
    async with city.platform.session("founder") as session:
        before = session.position
    await city.ask(way, "founder", "what_if", edits=EDITS)
    async with city.platform.session("founder") as session:
        assert session.position == before


async def test_expectations_are_tried_before_and_after_edits(city, way, names):
    described = {
        "owner": "roads", "kind": "data", "type": "dataset", "share_type": "none", "data_level": "l1",
        "open_type": "none", "state": "online",
    }  # fmt: skip
    expectations = [
        {"principal": "outsider", "action": "edit", "resource": names[0], "allowed": True},
        {"principal": "outsider", "action": "edit", "attributes": described, "allowed": True},
        {"principal": "painter", "action": "edit", "attributes": described, "allowed": True},
    ]
    edits = {"assign": [{"principal": "outsider", "role": "editor", "anchor": "water"}]}
    now = await city.ask(way, "founder", "test", expectations=expectations)
    then = await city.ask(way, "founder", "test", expectations=expectations, edits=edits)
    assert [item.get("passed", False) for item in now] == [False, False, True]
    assert [item.get("passed", False) for item in then] == [True, False, True]
    assert then[0]["policy"] == "policies/ready.editor.edit"
    assert then[1]["attributes"]["owner"] == "organizations/roads"


@pytest.mark.parametrize(
    ("edits", "path"),
    [
        ({"put": [{"id": "A B", "role": "editor", "relation": "own"}]}, "edits.put[0].id"),
        ({"put": [{"id": "x", "role": "Editor", "relation": "own"}]}, "edits.put[0]"),
        ({"put": [{"id": "x", "role": "editor", "relation": "own", "type": "a*b"}]}, "edits.put[0]"),
        ({"remove": ["ok", "not ok"]}, "edits.remove[1].id"),
        ({"assign": [{"principal": "clerk", "role": "E", "anchor": "water"}]}, "edits.assign[0]"),
        ({"assign": [{"principal": "A", "role": "editor"}]}, "edits.assign[0].principal"),
        ({"principals": [{"id": "x", "kind": "hub", "title": ""}]}, "edits.principals[0].title"),
        ({"give": [{"grantee": "clerk", "action": "read", "resource": "resources/1"}]}, "edits.give[0].grantee"),
        ({"revoke": [""]}, "edits.revoke[0].id"),
    ],
)
async def test_edits_that_cannot_be_right_name_their_place(city, way, refusal, edits, path):
    told = await refusal(city.ask(way, "founder", "what_if", edits=edits))
    assert told.fields["path"] == path
    also = await refusal(
        city.ask(
            way, "founder", "test", edits=edits,
            expectations=[{"principal": "clerk", "action": "read", "resource": "resources/1", "allowed": True}],
        )
    )  # fmt: skip
    assert also.fields["path"] == path


async def test_an_expectation_has_one_object(city, way, refusal):
    told = await refusal(
        city.ask(way, "founder", "test", expectations=[{"principal": "clerk", "action": "read", "allowed": True}])
    )
    assert told.reason == "ARGUMENTS_EXCLUSIVE"


async def test_a_question_without_an_action_is_refused(city, refusal, names):
    for question in ("why", "who_can"):
        told = await refusal(city.ask("grpc", "founder", question, resource=names[0]))
        assert (told.reason, told.fields["path"]) == ("FIELD_MISSING", "action")


def questions(names, grant):
    """Every question with arguments that make it tell much."""
    yield "principals", {}
    yield "principals", {"filter": {"organization_subtree": "water"}, "first": 2}
    yield "principal", {"id": "principals/clerk"}
    yield "principal", {"id": "principals/nobody"}
    yield "roles", {}
    yield "assignments", {}
    yield "policies", {"first": 100}
    yield "policies", {"filter": {"action": "read", "effect": "allow"}}
    yield "grants", {}
    yield "grant", {"id": grant}
    yield "what_if", {"edits": EDITS, "first": 200}
    given = {"grantee": "principals/outsider", "action": "read", "resource": names[1]}
    yield "what_if", {"edits": {"give": [given, given | {"grantee": "organizations/roads"}], "revoke": [grant]}}
    yield "what_if", {"edits": {"give": [given | {"valid_until": "2001-01-01T00:00:00.000000Z"}]}}
    for name in names:
        yield "why", {"action": "edit", "resource": name}
        yield "why", {"action": "read", "resource": name, "principal": "painter"}
        yield "who_can", {"action": "read", "resource": name}
        yield "effective", {"resource": name}
        yield "effective", {"resource": name, "principal": "painter"}
        expected = [{"principal": "clerk", "action": "edit", "resource": name, "allowed": True}]
        yield "test", {"edits": EDITS, "expectations": expected}


async def answered(city, way, who, question, arguments):
    """What a door says, without what leads to its next page: tokens are each door's own."""
    try:
        found = await city.ask(way, who, question, **arguments)
    except UcsError as refusal:
        return refusal.reason, {name: value for name, value in refusal.fields.items() if name != "near"}
    return {**found, "next": bool(found.get("next"))} if isinstance(found, dict) else found


async def apart(city, names, grant, people, other="graphql"):
    """The questions on which the doors do not agree, and how many there were."""
    found, asked = [], 0
    for who in people:
        for question, arguments in questions(names, grant):
            asked += 1
            one = await answered(city, "grpc", who, question, arguments)
            if one != await answered(city, other, who, question, arguments):
                found.append(f"{who} asks {question} {arguments}")
    return found, asked


@pytest.mark.parametrize("url", ["sqlite_url", "postgres_url"])
async def test_both_doors_say_the_same(request, open_city, open_store_of, names, url):
    async with open_store_of(request.getfixturevalue(url)) as store, open_city(store) as city:
        grant = (await give(city, "principals/painter", names[1])).name
        found, asked = await apart(city, names, grant, ("founder", "keeper", "clerk", "painter", "outsider"))
        assert found == []
        assert asked == 5 * 37


async def test_a_door_that_leaves_something_out_is_found(city, names, monkeypatch):
    grant = (await give(city, "principals/painter", names[1])).name
    honest = city.ask

    async def forgetful(way, who, question, **arguments):
        found = await honest(way, who, question, **arguments)
        if way == "graphql" and question == "why":
            found = {key: value for key, value in found.items() if key != "granters"}
        return found

    monkeypatch.setattr(city, "ask", forgetful)
    found, _ = await apart(city, names, grant, ("painter",))
    assert found
    assert all("why" in item for item in found)
