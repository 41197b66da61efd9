"""Who may do what is read by those who administer or audit it, page by page, and no further."""

import pytest

from ucs_core.access import Action
from ucs_core.platform.administration.directory import AssignmentFilter, PolicyFilter, PrincipalFilter
from ucs_registry.principals import RuleRow
from ucs_registry.testing.builders import an_id
from ucs_sdk.errors import Invalid, NotFound
from ucs_sdk.vocabulary import PrincipalKind

WELLS, SIGNS = f"resources/{an_id(1)}", f"resources/{an_id(2)}"


async def ids(city, who, **filter):
    async with city.platform.session(who) as session:
        return [item.id for item in session.directory.principals(PrincipalFilter(**filter), first=200).items]


async def held_by(city, who, **filter):
    async with city.platform.session(who) as session:
        page = session.directory.assignments(AssignmentFilter(**filter), first=200)
        return [(item.principal, item.role, item.anchor) for item in page.items]


async def test_everybody_sees_themselves_and_whom_they_oversee(city):
    everybody = sorted(["clerk", "founder", "inspector", "keeper", "mayor", "outsider", "painter", "plumber"])
    assert await ids(city, "founder") == everybody
    assert await ids(city, "mayor") == [id for id in everybody if id not in ("founder", "outsider")]
    assert await ids(city, "keeper") == ["clerk", "inspector", "keeper", "plumber"]
    assert await ids(city, "clerk") == ["clerk"]
    assert await ids(city, "outsider") == ["outsider"]
    await city.platform.roles.assign(city.call("mayor"), "clerk", "auditor", "roads")
    assert await ids(city, "clerk") == ["clerk", "painter"]


async def test_one_principal_is_found_or_does_not_exist(small):
    async with small.platform.session("keeper") as session:
        assert session.directory.principal("principals/plumber").organization == "pumps"
        for name in ("painter", "nobody", "a\x00b"):
            with pytest.raises(NotFound) as caught:
                session.directory.principal(name)
            assert caught.value.fields["near"] == []
        with pytest.raises(NotFound) as caught:
            session.directory.principal("plumbr")
        assert caught.value.fields["near"] == ["plumber"]


async def test_principals_are_filtered(small, make):
    await small.platform.principals.disable(small.call("keeper"), "clerk", "x")
    assert await ids(small, "founder", organization_subtree="organizations/water", disabled=False) == [
        "inspector",
        "keeper",
        "plumber",
    ]
    assert await ids(small, "founder", disabled=True) == ["clerk"]
    assert await ids(small, "founder", role="editor") == ["clerk", "painter", "plumber"]
    assert await ids(small, "founder", kind=PrincipalKind.HUB) == []
    with pytest.raises(Invalid, match="ORGANIZATION_UNKNOWN"):
        await ids(small, "founder", organization_subtree="watre")


async def test_roles_that_are_held_are_seen_from_either_end(city):
    await city.platform.roles.assign(city.call("mayor"), "painter", "auditor", "water")
    # Whoever keeps the water bureau sees who from elsewhere has a part in it, and what its own people hold elsewhere.
    assert await held_by(city, "keeper") == [
        ("clerk", "editor", "water"),
        ("inspector", "reviewer", "3702"),
        ("keeper", "organization_administrator", "water"),
        ("painter", "auditor", "water"),
        ("plumber", "editor", "pumps"),
    ]
    assert await held_by(city, "plumber") == [("plumber", "editor", "pumps")]
    assert await held_by(city, "founder", role="editor", anchor="organizations/roads") == [
        ("painter", "editor", "roads")
    ]
    assert await held_by(city, "founder", principal="principals/founder") == [
        ("founder", "platform_administrator", None)
    ]


async def test_pages_neither_skip_nor_repeat(city, make):
    rows = [make.held("clerk", "editor", at) for at in ("pumps", "roads")]
    await city.keep(rules=[row.model_copy(update={"id": f"x{n}"}) for n, row in enumerate(rows)])
    for number in range(1, 6):
        grant = {"grantee": "principals/outsider", "action": "read", "resource": WELLS if number % 2 else SIGNS}
        until = {"valid_until": f"2027-01-0{number}T00:00:00Z"}
        await city.platform.grants.give(city.call("founder"), grant | until)

    async def walk(ask):
        async with city.platform.session("founder") as session:
            found, after = [], None
            while True:
                page = ask(session.directory, after)
                page = page if hasattr(page, "items") else await page
                found += page.items
                if not page.more:
                    return found
                after = page.cursors[-1]

    people = await walk(lambda directory, after: directory.principals(first=3, after=after))
    assert [item.id for item in people] == await ids(city, "founder")
    held = await walk(lambda directory, after: directory.assignments(first=2, after=after))
    assert [(item.principal, item.role, item.anchor) for item in held] == await held_by(city, "founder")
    policies = await walk(lambda directory, after: directory.policies(first=7, after=after))
    assert [row.id for row in policies] == sorted(set((await city.snapshot()).edition.index.policies))
    grants = await walk(lambda directory, after: directory.grants(first=2, after=after))
    assert len({item.id for item in grants}) == len(grants) == 5


@pytest.mark.parametrize(
    "cursor", ["x", "!!!", "W10", "WyJwcmluY2lwYWxzIl0", "WyJwcmluY2lwYWxzIiwxXQ", "é", "A" * 4_000]
)
async def test_a_cursor_of_something_else_is_refused(small, cursor):
    async with small.platform.session("founder") as session:
        directory = session.directory
        for ask in (directory.principals, directory.assignments, directory.policies):
            with pytest.raises(Invalid, match="CURSOR_INVALID"):
                ask(after=cursor)
        with pytest.raises(Invalid, match="CURSOR_INVALID"):
            await directory.grants(after=cursor)
        with pytest.raises(Invalid, match="CURSOR_INVALID"):
            directory.principals(after=directory.policies(first=1).cursors[0])
        with pytest.raises(Invalid, match="PAGE_SIZE_INVALID"):
            directory.principals(first=0)


async def test_policies_are_read_by_those_who_oversee_something(small):
    async def roles(who, **filter):
        async with small.platform.session(who) as session:
            return {row.role for row in session.directory.policies(PolicyFilter(**filter), first=200).items}

    assert "duty_officer" in await roles("keeper")
    assert await roles("clerk") == {"editor", "member", "public"}
    assert await roles("outsider") == {"public"}
    assert await roles("founder", role="editor", action=Action.EDIT) == {"editor"}
    assert "platform_administrator" in await roles("founder", action=Action.AUDIT)


async def test_what_could_not_be_read_is_shown_to_those_who_repair_it(small):
    await small.keep(rules=[RuleRow.model_construct(id="poison", section="p", values=("editor",))])
    for who, unread in (("founder", ["poison"]), ("mayor", []), ("clerk", [])):
        async with small.platform.session(who) as session:
            assert [id for id, _ in session.directory.policies().unread] == unread


async def test_roles_tell_how_many_hold_them(city):
    async with city.platform.session("keeper") as session:
        roles = {role.name: role for role in session.directory.roles()}
    assert list(roles) == sorted(roles)
    assert roles["editor"].holders == 2
    assert roles["member"].holders == 4
    assert roles["editor"].policies == 5
    assert (roles["editor"].title_zh, roles["editor"].title_en) == ("编辑", "Editor")
    async with city.platform.session("outsider") as session:
        assert [role.name for role in session.directory.roles()] == ["public"]


async def test_grants_are_seen_by_owners_and_by_whom_they_serve(city):
    give = city.platform.grants.give
    wells = await give(city.call("keeper"), {"grantee": "organizations/roads", "action": "read", "resource": WELLS})
    signs = await give(city.call("mayor"), {"grantee": "principals/clerk", "action": "read", "resource": SIGNS})

    async def seen(who, **filter):
        async with city.platform.session(who) as session:
            return {item.id for item in (await session.directory.grants(**filter)).items}

    assert await seen("founder") == {wells.id, signs.id}
    assert await seen("keeper") == {wells.id}
    assert await seen("painter") == {wells.id}
    assert await seen("clerk") == {signs.id}
    assert await seen("outsider") == set()
    assert await seen("founder", resource=WELLS) == {wells.id}
    assert await seen("founder", grantee="principals/clerk") == {signs.id}
    assert await seen("keeper", grantee="principals/clerk") == set()
    city.clock.move(days=-1)
    assert await seen("founder", live=True) == set()
    async with city.platform.session("keeper") as session:
        assert (await session.directory.grant(wells.name)) == wells
        with pytest.raises(NotFound):
            await session.directory.grant(signs.id)
        with pytest.raises(NotFound):
            await session.directory.grants(resource="wells")


async def test_a_grant_on_what_one_may_not_discover_is_not_shown(small, make):
    await small.platform.grants.give(
        small.call("keeper"), {"grantee": "principals/painter", "action": "read", "resource": WELLS}
    )
    await small.keep(rules=[make.policy("blind", "member", "any", "discover", effect="deny")])
    async with small.platform.session("painter") as session:
        assert (await session.directory.grants()).items == []
