"""What is announced of a resource reaches those who depend on it, and what still needs it holds it."""

import pytest

from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.resources import Dependency
from ucs_registry.testing import a_resource, a_revision, an_id
from ucs_sdk.errors import Denied, FailedPrecondition, Invalid, NotFound
from ucs_sdk.messages import Locale
from ucs_sdk.vocabulary import Availability, DependencyRelation, ReviewState, ShareType

ONE, TWO = (f"resources/{an_id(number)}" for number in (1, 2))
SPEC = {"items": [{"name": "depth", "title": "深度", "data_type": "decimal"}]}
SOON = {"effective_on": "2026-06-01", "removal_on": "2027-06-01", "note": "改用新的"}


def needing(number, *targets, owner="water", hidden=False, state=ReviewState.APPROVED, **more):
    """A resource that needs others; a hidden one is seen by its owner's side alone."""
    links = tuple(
        Dependency(target=f"resources/{an_id(target)}", relation=DependencyRelation.READS) for target in targets
    )
    sharing = {"share_type": ShareType.NONE, "denial_basis": "法律"} if hidden else {}
    title = {"title_zh": f"资源{number}", "title_en": f"Resource {number}"}
    head = a_revision(1, state, dependencies=links, spec=SPEC, **title, **sharing)
    return a_resource(number, owner=owner, head=head, **more)


async def view_of(city, who, name):
    async with city.platform.session(who) as session:
        return await session.resource(name)


async def affected(city, who):
    query = ResourceQuery(affected_by_deprecation=True)
    async with city.platform.session(who) as session:
        page = await session.resources(query, order=Order.CODE)
        assert await session.count(query) == len(page.items)
    exported = [item.id async for piece in city.platform.export(who, query=query) for item in piece.items]
    assert sorted(exported) == sorted(item.id for item in page.items)
    return [int(item.id) for item in page.items]


async def test_announcement_is_on_the_card_and_a_notice_to_those_who_work_on_dependants(city):
    await city.keep(resources=[needing(3, 1, 2), needing(4, 1, owner="roads")])
    three, four = (f"resources/{an_id(number)}" for number in (3, 4))
    announced = await city.platform.shelf.deprecate(city.call("keeper"), ONE, SOON | {"alternative": TWO})
    for who in ("keeper", "painter"):
        told = (await view_of(city, who, ONE)).deprecation
        assert told == announced.deprecation
        assert (str(told.effective_on), told.alternative, told.note) == ("2026-06-01", TWO, "改用新的")
    for who, name, noticed in (
        ("clerk", three, True),
        ("painter", three, False),
        ("painter", four, True),
        ("clerk", four, False),
    ):
        notices = (await view_of(city, who, name)).notices
        assert [(notice.target, notice.deprecation) for notice in notices] == (
            [(ONE, announced.deprecation)] if noticed else []
        )
    assert await affected(city, "founder") == [3, 4]
    back = await city.platform.shelf.undeprecate(city.call("keeper"), ONE)
    assert (back.deprecation, await affected(city, "founder")) == (None, [])
    assert (await view_of(city, "clerk", three)).notices == ()


async def test_what_may_not_be_discovered_is_neither_alternative_nor_notice(small):
    await small.keep(resources=[needing(3, hidden=True), needing(4, 3, owner="roads"), needing(5, 1, owner="roads")])
    hidden, four, five = (f"resources/{an_id(number)}" for number in (3, 4, 5))
    shelf = small.platform.shelf
    await shelf.deprecate(small.call("keeper"), ONE, SOON | {"alternative": hidden})
    await shelf.deprecate(small.call("keeper"), hidden, SOON)
    assert (await view_of(small, "keeper", ONE)).deprecation.alternative == hidden
    assert (await view_of(small, "painter", ONE)).deprecation.alternative is None
    assert (await view_of(small, "painter", four)).notices == ()
    [notice] = (await view_of(small, "painter", five)).notices
    assert (notice.target, notice.deprecation.alternative) == (ONE, None)
    assert (await affected(small, "painter"), await affected(small, "founder")) == ([5], [4, 5])
    # What is gone is told of no more than what is hidden.
    await shelf.delete(small.call("mayor"), four)
    await shelf.delete(small.call("keeper"), hidden)
    assert (await view_of(small, "keeper", ONE)).deprecation.alternative is None
    # Nor does it show in what is refused that it is announced.
    repeated = shelf.deprecate(small.call("keeper"), ONE, SOON | {"alternative": hidden})
    assert (await small.refused(repeated)).reason == "ALTERNATIVE_UNKNOWN"
    async with small.platform.session("mayor") as session:
        [deleted, _] = (await session.bin.page()).items
    assert (deleted.name, hidden in deleted.model_dump_json()) == (four, False)


async def test_repeated_answer_leads_no_further_than_its_caller_may_still_see(small):
    await small.keep(resources=[needing(3, 1)])
    three, call = f"resources/{an_id(3)}", small.call("clerk", request_id="once")
    content = {"title": {"zh": "新", "en": "New"}}
    await small.platform.shelf.deprecate(small.call("keeper"), ONE, SOON | {"alternative": TWO})
    first = await small.platform.resources.update(call, three, content, "v1")
    assert {ONE, TWO} <= {first.notices[0].target, first.notices[0].deprecation.alternative}
    assert await small.platform.resources.update(call, three, content, "v1") == first
    await small.platform.shelf.delete(small.call("mayor"), TWO)
    again = await small.platform.resources.update(call, three, content, "v1")
    assert (again.notices[0].target, TWO in again.model_dump_json()) == (ONE, False)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "FIELD_MISSING"),
        ({"effective_on": "soon"}, "FIELD_TYPE"),
        ({"effective_on": "2026-06-01", "removal_on": "2026-05-31"}, "REMOVAL_BEFORE_DEPRECATION"),
        ({"effective_on": "2026-06-01", "alternative": ONE}, "ALTERNATIVE_UNKNOWN"),
        ({"effective_on": "2026-06-01", "alternative": f"resources/{an_id(77)}"}, "ALTERNATIVE_UNKNOWN"),
        ({"effective_on": "2026-06-01", "alternative": "nonsense"}, "FIELD_PATTERN"),
        ({"effective_on": "2026-06-01", "note": "x" * 401}, "FIELD_TOO_LONG"),
        ({"effective_on": "2026-06-01", "reason": "x"}, "FIELD_UNKNOWN"),
    ],
)
async def test_what_cannot_be_announced_is_refused(small, said, reason):
    refusal = await small.refused(small.platform.shelf.deprecate(small.call("keeper"), ONE, said))
    assert (type(refusal), refusal.reason) == (Invalid, reason)
    assert (await view_of(small, "keeper", ONE)).deprecation is None


async def test_announcements_have_their_time_and_their_place(small):
    shelf, keeper = small.platform.shelf, small.call("keeper")
    draft = needing(3, state=ReviewState.DRAFT, availability=Availability.OFFLINE)
    retired = needing(4, availability=Availability.RETIRED)
    await small.keep(resources=[draft, retired])
    for attempt, kind, reason in (
        (shelf.deprecate(small.call("clerk"), ONE, SOON), Denied, "DENIED"),
        (shelf.deprecate(small.call("painter"), draft.name, SOON), NotFound, "NOT_FOUND"),
        (shelf.deprecate(keeper, draft.name, SOON), FailedPrecondition, "NO_CURRENT_REVISION"),
        (shelf.deprecate(keeper, retired.name, SOON), FailedPrecondition, "TRANSITION_ILLEGAL"),
        (shelf.undeprecate(keeper, ONE), FailedPrecondition, "NOT_DEPRECATED"),
    ):
        refusal = await small.refused(attempt)
        assert (type(refusal), refusal.reason) == (kind, reason)
    await shelf.deprecate(keeper, ONE, SOON)
    assert (await small.refused(shelf.deprecate(keeper, ONE, SOON))).reason == "NOTHING_CHANGED"
    assert (await shelf.deprecate(keeper, ONE, SOON | {"note": "另选"})).deprecation.note == "另选"


@pytest.mark.parametrize("verb", ["retire", "delete"])
async def test_what_is_still_needed_stays_and_says_by_whom(city, verb):
    held = [needing(number, 1) for number in range(10, 33)]
    others = [
        needing(40, 1, owner="roads", hidden=True),
        needing(41, 1, state=ReviewState.DRAFT, availability=Availability.OFFLINE),
        needing(42, 1, availability=Availability.RETIRED),
    ]
    await city.keep(resources=[*held, *others])
    verbs = city.platform.resources if verb == "retire" else city.platform.shelf
    refusal = await city.refused(getattr(verbs, verb)(city.call("keeper"), ONE))
    assert (type(refusal), refusal.reason, refusal.fields["count"]) == (FailedPrecondition, "STILL_NEEDED", 23)
    assert refusal.fields["dependants"] == [item.name for item in held[:20]]
    assert refusal.fields["titles_zh"] == [f"资源{number}" for number in range(10, 30)]
    assert refusal.fields["titles_en"][:1] == ["Resource 10"]
    assert verb in refusal.message(Locale.EN)
    # For those who see none of them there is none to be named, and it stays all the same.
    await city.keep(resources=[item.model_copy(update={"availability": Availability.RETIRED}) for item in held])
    refusal = await city.refused(getattr(verbs, verb)(city.call("keeper"), ONE))
    assert (refusal.fields["count"], refusal.fields["dependants"]) == (0, [])
    await city.keep(resources=[others[0].model_copy(update={"availability": Availability.RETIRED})])
    assert (await getattr(verbs, verb)(city.call("keeper"), ONE)).id == an_id(1)
