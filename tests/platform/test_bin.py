"""What is deleted is in the bin and nowhere else, comes back as it was, and goes for ever when it is time."""

from datetime import timedelta

import pytest

from ucs_core.platform.audit import Audit
from ucs_core.platform.purging import ROUND, Purging
from ucs_registry.log import Outcome
from ucs_registry.members import MemberTitle, NewMember
from ucs_registry.queries import ResourceQuery
from ucs_registry.resources import Dependency
from ucs_registry.testing import a_grant, a_resource, a_revision, an_id
from ucs_sdk.errors import AlreadyExists, Denied, FailedPrecondition, Invalid, NotFound
from ucs_sdk.vocabulary import Availability, DependencyRelation, ReviewState, ShareType

ONE = f"resources/{an_id(1)}"
SPEC = {"items": [{"name": "depth", "title": "深度", "data_type": "decimal"}]}


def reading(*numbers):
    """Dependencies on resources by their numbers."""
    return tuple(
        Dependency(target=f"resources/{an_id(number)}", relation=DependencyRelation.READS) for number in numbers
    )


def needing(number, *targets, owner="water", **more):
    """A resource that needs others."""
    head = more.pop("head", None) or a_revision(1, dependencies=reading(*targets), spec=SPEC, **more)
    return a_resource(number, owner=owner, head=head)


def a_draft(number, *targets, owner="water"):
    """A resource of which nothing was ever approved."""
    head = a_revision(1, ReviewState.DRAFT, dependencies=reading(*targets), spec=SPEC)
    return a_resource(number, owner=owner, head=head, availability=Availability.OFFLINE)


async def bin_of(city, who, **more):
    async with city.platform.session(who) as session:
        return await session.bin.page(**more)


async def names_of(city, who):
    return [item.name for item in (await bin_of(city, who)).items]


async def test_deleted_resource_comes_back_as_it_was(city):
    shelf, keeper = city.platform.shelf, city.call("keeper")
    async with city.platform.session("keeper") as session:
        before = await session.resource(ONE)
    gone = await shelf.delete(keeper, ONE, before.etag)
    assert (gone.deleted_at, gone.deleted_by) == (city.clock.now, "principals/keeper")
    assert gone.purge_at == city.clock.now + timedelta(days=30)
    for attempt in (
        city.platform.resources.suspend(keeper, ONE, "x"),
        shelf.delete(keeper, ONE),
        shelf.deprecate(keeper, ONE, {"effective_on": "2026-06-01"}),
        city.platform.grants.give(keeper, {"grantee": "principals/clerk", "action": "read", "resource": ONE}),
    ):
        assert isinstance(await city.refused(attempt), NotFound)
    async with city.platform.session("founder") as session:
        with pytest.raises(NotFound):
            await session.resource(ONE)
        assert await session.count(ResourceQuery()) == 1
    city.clock.move(days=1)
    assert await names_of(city, "keeper") == [ONE]
    back = await shelf.undelete(keeper, ONE, gone.etag)
    assert (back.content, back.code, back.availability) == (before.content, before.code, before.availability)
    assert (before.etag, back.etag, back.deleted_at) == ("v1", "v2", None)
    assert await names_of(city, "keeper") == []
    told = [(entry.verb, entry.object, entry.before, entry.after, entry.owner) for entry in await city.log()]
    told = [item for item in told if item[0] in ("resources.delete", "resources.undelete") and item[2] != item[3]]
    async with city.store.read() as reader:
        now = await reader.resource(an_id(1))
    assert told[0][:2] + told[0][3:] == ("resources.delete", ONE, None, "water")
    assert told[1] == ("resources.undelete", ONE, None, now.digest, "water")


async def test_bin_is_shown_to_those_who_could_empty_it_again(city):
    await city.keep(resources=[a_draft(3), a_draft(4, owner="pumps")])
    for number, who in ((1, "keeper"), (2, "mayor"), (3, "clerk"), (4, "plumber")):
        city.clock.move(seconds=1)
        await city.platform.shelf.delete(city.call(who), f"resources/{an_id(number)}")
    own = {who: [int(name[-2:]) for name in await names_of(city, who)] for who in ("founder", "mayor", "keeper")}
    assert own == {"founder": [4, 3, 2, 1], "mayor": [4, 3, 2, 1], "keeper": [4, 3, 1]}
    # Who may edit sees the drafts, and nothing that was approved once.
    assert [int(name[-2:]) for name in await names_of(city, "clerk")] == [4, 3]
    assert [int(name[-2:]) for name in await names_of(city, "plumber")] == [4]
    for who in ("painter", "inspector", "outsider"):
        assert await names_of(city, who) == []
    first = await bin_of(city, "mayor", first=3)
    assert first.more
    rest = await bin_of(city, "mayor", first=3, after=first.cursors[-1])
    assert ([item.name for item in rest.items], rest.more) == ([ONE], False)
    for bad in ("x", "W10", first.cursors[-1][:-2], "W251bGwsbnVsbF0", "WyIyMDI2IiwieCJd"):
        assert (await city.refused(bin_of(city, "mayor", after=bad))).reason == "CURSOR_INVALID"


async def test_deleting_and_taking_back_ask_alike(small):
    await small.keep(resources=[a_draft(3), needing(5, share_type=ShareType.NONE, denial_basis="法律")])
    shelf, hidden = small.platform.shelf, f"resources/{an_id(5)}"
    for verb in (shelf.delete, shelf.undelete):
        # What was approved once asks to retire it; those who may not discover it are told nothing.
        assert isinstance(await small.refused(verb(small.call("clerk"), ONE)), Denied)
        for who in ("painter", "outsider"):
            assert isinstance(await small.refused(verb(small.call(who), hidden)), NotFound)
        assert (await verb(small.call("clerk"), f"resources/{an_id(3)}")).id == an_id(3)
        await verb(small.call("keeper"), ONE)
        await verb(small.call("keeper"), hidden)
        if verb == shelf.delete:
            assert isinstance(await small.refused(shelf.undelete(small.call("painter"), ONE)), NotFound | Denied)
    refused = [entry for entry in await small.log() if entry.outcome is Outcome.REFUSED]
    # Its owner's auditors find every attempt, where the resource was in the bin by then as well.
    assert {entry.owner for entry in refused} == {"water"}


async def test_grants_sleep_while_a_resource_is_in_the_bin(small, make):
    row = make.policy("granted-retire", "editor", "any", "retire", grant="required")
    grant = a_grant(2, grantee="principals/clerk", action="retire", valid_from=small.clock.now, valid_until=None)
    await small.keep(rules=[row], grants=[grant])
    two = f"resources/{an_id(2)}"
    await small.platform.shelf.delete(small.call("clerk"), two)
    assert isinstance(await small.refused(small.platform.shelf.undelete(small.call("clerk"), two)), NotFound | Denied)
    assert await names_of(small, "clerk") == []
    await small.platform.shelf.undelete(small.call("mayor"), two)
    await small.platform.shelf.delete(small.call("clerk"), two)


async def test_what_is_not_deleted_is_not_taken_back(small):
    for verb in (small.platform.shelf.undelete, small.platform.shelf.purge):
        refusal = await small.refused(verb(small.call("founder"), ONE))
        assert (type(refusal), refusal.reason) == (FailedPrecondition, "NOT_DELETED")
        assert isinstance(await small.refused(verb(small.call("founder"), f"resources/{an_id(77)}")), NotFound)
        draft = f"resources/{an_id(3)}"
        await small.keep(resources=[a_draft(3)])
        assert isinstance(await small.refused(verb(small.call("painter"), draft)), NotFound)


async def test_code_stays_taken_until_the_purge(city):
    await city.platform.shelf.delete(city.call("keeper"), ONE)
    new = {
        "code": "CODE-000001",
        "kind": "data",
        "type": "dataset",
        "owner": "water",
        "content": {
            "title": {"zh": "新", "en": "New"},
            "summary": {"zh": "新", "en": "New"},
            "share_type": "unconditional",
            "data_level": "l1",
            "spec": SPEC,
        },
    }
    assert isinstance(await city.refused(city.platform.resources.create(city.call("clerk"), new)), AlreadyExists)
    refusal = await city.refused(
        city.platform.resources.import_chunk(city.call("founder"), [new | {"code": "X-1", "id": an_id(1)}])
    )
    assert (refusal.reason, refusal.fields["taken"]) == ("CODE_TAKEN", an_id(1))
    assert isinstance(await city.refused(city.platform.shelf.purge(city.call("clerk"), ONE)), Denied)
    await city.platform.shelf.purge(city.call("keeper"), ONE)
    assert isinstance(await city.refused(city.platform.shelf.undelete(city.call("keeper"), ONE)), NotFound)
    assert (await city.platform.resources.create(city.call("clerk"), new)).code == "CODE-000001"


async def test_purge_takes_members_and_grants_along(city):
    grant = a_grant(1, grantee="principals/painter", action="read", valid_from=city.clock.now)
    await city.keep(grants=[grant])
    async with city.store.write() as unit:
        await unit.put_members(an_id(1), [NewMember(code="m-1", title=MemberTitle(zh="一"))], city.clock.now)
        await unit.commit()
    await city.platform.shelf.delete(city.call("keeper"), ONE)
    async with city.store.read() as reader:
        assert await reader.member_counts([an_id(1)]) == {an_id(1): 1}
    answer = await city.platform.shelf.purge(city.call("keeper", request_id="once"), ONE)
    assert (answer.content.spec, answer.content.contact, answer.head, answer.etag) == ({}, None, None, None)
    async with city.store.read() as reader:
        assert await reader.member_counts([an_id(1)]) == {}
        assert await reader.find_grants() == []
        assert await reader.deleted([an_id(1)]) == {}
    assert [(entry.verb, entry.object) for entry in (await city.log())[-2:]] == [
        ("resources.purge", ONE),
        ("resources.purge", f"grants/{grant.id}"),
    ]
    assert await city.platform.shelf.purge(city.call("keeper", request_id="once"), ONE) == answer


async def test_what_is_due_is_purged_by_the_platform_itself(city):
    resources = [needing(10 + at) for at in range(ROUND + 2)]
    await city.keep(resources=resources)
    for resource in resources:
        await city.platform.shelf.delete(city.call("keeper"), resource.name)
    await city.platform.shelf.undelete(city.call("keeper"), resources[0].name)
    city.clock.move(days=30, seconds=-1)
    await city.platform.shelf.delete(city.call("keeper"), ONE)
    purging = Purging(city.store, city.clock, "here")
    assert await purging.once() == 0
    city.clock.move(seconds=1)
    assert await purging.once() == ROUND + 1
    assert await purging.once() == 0
    assert await names_of(city, "founder") == [ONE]
    entries = [entry for entry in await city.log() if entry.verb == "resources.purge"]
    assert {(entry.actor, entry.origin, entry.owner) for entry in entries} == {("system", "here", "water")}
    assert {entry.object for entry in entries} == {resource.name for resource in resources[1:]}


async def test_undelete_closes_no_circle(small):
    # While the first is in the bin, the third comes to need the second, which still says that it needs the first.
    await small.keep(resources=[needing(1, 3), a_draft(4, 1), needing(3)])
    await small.platform.shelf.delete(small.call("keeper"), ONE)
    three = needing(3, head=a_revision(2, dependencies=reading(4)))
    await small.keep(resources=[three.model_copy(update={"version": 2})])
    refusal = await small.refused(small.platform.shelf.undelete(small.call("keeper"), ONE))
    assert (type(refusal), refusal.reason) == (Invalid, "DEPENDENCY_CYCLE")
    assert await names_of(small, "keeper") == [ONE]


async def test_links_to_what_is_deleted_hold_nobody_up(small):
    await small.keep(resources=[needing(3), a_draft(4, 1, 3)])
    shelf, verbs, clerk = small.platform.shelf, small.platform.resources, small.call("clerk")
    four, three = f"resources/{an_id(4)}", f"resources/{an_id(3)}"
    await shelf.delete(small.call("keeper"), ONE)
    # It is nowhere shown, and the draft can be written all the same.
    draft = await verbs.update(clerk, four, {"title": {"zh": "新", "en": "New"}}, "v1")
    assert [link.target for link in draft.head.content.dependencies] == [three]
    # That it is there must not be told from that it is nowhere.
    for target in (ONE, f"resources/{an_id(77)}"):
        said = [{"target": target, "relation": "reads"}]
        assert (await small.refused(verbs.update(clerk, four, {"dependencies": said}, draft.etag))).reason == (
            "DEPENDENCY_UNKNOWN"
        )
    # Who says anew what it needs lets go of what is gone; who says the same again does not.
    same = [{"target": three, "relation": "reads"}]
    assert (await small.refused(verbs.update(clerk, four, {"dependencies": same}, draft.etag))).reason == (
        "NOTHING_CHANGED"
    )
    await verbs.update(clerk, four, {"dependencies": []}, draft.etag)
    async with small.store.read() as reader:
        assert (await reader.resource(an_id(4))).head.content.dependencies == ()


async def test_auditors_are_not_told_what_the_deleted_one_held(small, make):
    rows = [make.held("painter", "auditor", "water"), make.policy("blind", "auditor", "any", "read", effect="deny")]
    hidden = needing(5, share_type=ShareType.NONE, denial_basis="法律")
    await small.keep(rules=rows, resources=[hidden])
    clerk, five = small.call("clerk"), f"resources/{an_id(5)}"
    await small.platform.resources.update(clerk, five, {"contact": "SECRET", "spec": SPEC}, "v1")
    await small.platform.resources.update(clerk, ONE, {"contact": "SECRET", "spec": SPEC}, "v1")

    async def told(who):
        async with small.platform.session(who) as session:
            found = await session.audit.entries(after=0, first=200)
        about = [entry for entry in found if entry.object in (ONE, five)]
        return [entry.verb for entry in about], "SECRET" in str([entry.body for entry in about])

    assert await told("painter") == (["resources.update", "resources.update"], False)
    for name in (ONE, five):
        await small.platform.shelf.delete(small.call("keeper"), name)
    seen, secret = await told("painter")
    assert (seen.count("resources.delete"), secret) == (2, False)
    assert await told("keeper") == (seen, True)
    for name in (ONE, five):
        await small.platform.shelf.purge(small.call("keeper"), name)
    for who in ("painter", "keeper"):
        seen, secret = await told(who)
        assert (seen.count("resources.purge"), secret) == (2, False)


async def test_auditors_hear_no_more_of_what_is_gone_than_they_could_discover(small, make):
    deny = make.policy("blind", "auditor", "any", "discover", effect="deny", share_type="none")
    hidden = needing(5, share_type=ShareType.NONE, denial_basis="法律")
    await small.keep(rules=[make.held("painter", "auditor", "water"), deny], resources=[hidden])
    shelf, keeper = small.platform.shelf, small.call("keeper")

    async def told():
        async with small.platform.session("painter") as session:
            found = await session.audit.entries(after=0, first=200)
        return {entry.object for entry in found} & {ONE, hidden.name}

    for verb in (shelf.delete, shelf.purge):
        for name in (ONE, hidden.name):
            await verb(keeper, name)
        assert await told() == {ONE}


class TellsOfWhatIsGone(Audit):
    """The twin: what is not there any more is nobody's secret."""

    def _withholds(self, entry, unreadable, gone):
        return entry.object.removeprefix("resources/") in unreadable


async def test_an_audit_that_tells_of_what_is_gone_is_found(small, make):
    rows = [make.held("painter", "auditor", "water"), make.policy("blind", "auditor", "any", "read", effect="deny")]
    await small.keep(rules=rows)
    await small.platform.resources.update(small.call("clerk"), ONE, {"contact": "SECRET", "spec": SPEC}, "v1")
    await small.platform.shelf.delete(small.call("keeper"), ONE)
    async with small.platform.session("painter") as session:
        entries = await TellsOfWhatIsGone(session._sight).entries(after=0, first=200)
        assert "SECRET" in str([entry.body for entry in entries])
        entries = await session.audit.entries(after=0, first=200)
        assert "SECRET" not in str([entry.body for entry in entries])


async def test_repeated_calls_answer_alike_wherever_the_resource_is(small):
    shelf = small.platform.shelf
    keeper = small.call("keeper", request_id="delete")
    first = await shelf.delete(keeper, ONE)
    assert await shelf.delete(keeper, ONE) == first
    back = await shelf.undelete(small.call("keeper", request_id="undelete"), ONE)
    assert await shelf.delete(keeper, ONE) == first
    assert await shelf.undelete(small.call("keeper", request_id="undelete"), ONE) == back
    await shelf.delete(small.call("keeper"), ONE)
    assert await shelf.undelete(small.call("keeper", request_id="undelete"), ONE) == back
    await shelf.purge(small.call("keeper"), ONE)
    assert isinstance(await small.refused(shelf.delete(keeper, ONE)), NotFound)
    entries = [entry for entry in await small.log() if entry.object == ONE]
    assert [entry.verb for entry in entries if entry.outcome is Outcome.ACCEPTED] == [
        "resources.delete",
        "resources.undelete",
        "resources.delete",
        "resources.purge",
    ]


async def test_checking_alone_deletes_nothing(small):
    call = small.call("keeper", validate_only=True)
    assert (await small.platform.shelf.delete(call, ONE)).deleted_at == small.clock.now
    assert await names_of(small, "keeper") == []


@pytest.mark.parametrize("organization", ["water", None])
async def test_repeated_answers_about_the_bin_end_with_the_right_to_it(small, organization):
    secret = needing(5, share_type=ShareType.NONE, denial_basis="法律")
    await small.keep(resources=[secret])
    shelf = small.platform.shelf
    calls = {verb: small.call("keeper", request_id=verb) for verb in ("delete", "purge")}
    await shelf.delete(calls["delete"], ONE)
    for call, attempt in ((small.call("keeper"), shelf.delete), (calls["purge"], shelf.purge)):
        await attempt(call, secret.name)
    # The keeper is one no more, and may even have left the organisation.
    async with small.store.write() as unit:
        await unit.remove_rules(["held.keeper.organization-administrator"])
        await unit.put_principals([(await small.principal("keeper")).model_copy(update={"organization": organization})])
        await unit.commit()
    repeated = await small.refused(shelf.delete(calls["delete"], ONE))
    assert isinstance(repeated, Denied if organization else NotFound)
    if organization is None:
        assert isinstance(await small.refused(shelf.purge(calls["purge"], secret.name)), NotFound)


async def test_bin_shows_nothing_to_those_who_may_retire_and_not_discover(small, make):
    await small.keep(resources=[a_draft(3)])
    for name in (ONE, f"resources/{an_id(3)}"):
        await small.platform.shelf.delete(small.call("keeper"), name)
    assert await names_of(small, "clerk") == [f"resources/{an_id(3)}"]
    await small.keep(
        rules=[
            make.policy("blind-retire", "public", "any", "retire"),
            make.policy("blind-edit", "public", "any", "edit"),
            make.policy("blind", "public", "any", "discover", effect="deny"),
        ]
    )
    assert await names_of(small, "outsider") == []
    assert await names_of(small, "keeper") == []
