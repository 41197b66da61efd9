"""Who may do something to a resource, and what one caller may do to it: as if everybody were asked one by one."""

from dataclasses import replace

import pytest

from ucs_core.access import Action, PolicyRow, RoleAssignment
from ucs_core.access.edits import AccessEdits
from ucs_core.access.what_if import Expectation
from ucs_core.platform.administration.explaining import AccessQuestions
from ucs_registry.principals import Principal
from ucs_registry.testing import a_grant, an_id
from ucs_sdk import Denied, NotFound, PrincipalKind

SEEDS = range(16)
EVERYTHING = PolicyRow(id="overseer", role="overseer", relation="any", action="*")
OVERSEER = RoleAssignment(id="overseer.root", principal="root", role="overseer")


class Between:
    """The twin's reader: it knows of no grants."""

    def __init__(self, reader):
        self._reader = reader

    def __getattr__(self, name):
        return getattr(self._reader, name)

    async def find_grants(self, **_):
        return []


@pytest.fixture
def overseen(cities):
    """A drawn city in which `root` may do everything that nobody is denied."""

    def overseen(seed):
        city, edits = cities.drawn(seed)
        city.rules = {id: row for id, row in city.rules.items() if row.section == "g" or row.values[-1] != "deny"}
        city.rules |= {row.id: row.to_rule() for row in (EVERYTHING, OVERSEER)}
        city.principals["root"] = Principal(id="root", kind=PrincipalKind.PERSON, title="root")
        return city, edits

    return overseen


async def faults(cities, city, between=lambda reader: reader):
    allowed, wrong, holders = city.allowed(), [], 0
    async with cities.seen(city, "root", between) as sight:
        questions = AccessQuestions(sight)
        for resource in city.resources[:8]:
            for action in (Action.DISCOVER, Action.READ, Action.INVOKE, Action.RETIRE):
                truth = sorted(id for id, what, name in allowed if (what, name) == (action, resource.name))
                found, after = [], None
                while True:
                    page = await questions.who_can(action, resource.name, first=3, after=after)
                    found += page.items
                    if not page.more:
                        break
                    after = page.cursors[-1]
                holders += len(found)
                wrong += [(action, resource.name)] * ([item.principal.id for item in found] != truth)
                wrong += [(action, "total")] * (page.total != len(truth))
                for item in found:
                    needs = PolicyRow.from_rule(city.rules[item.rule]).grant == "required"
                    wrong += [(action, item)] * (item.granted != needs)
    return wrong, holders


async def test_who_can_names_all_who_may_and_nobody_else(cities, overseen):
    named = 0
    for seed in SEEDS:
        wrong, holders = await faults(cities, overseen(seed)[0])
        assert wrong == []
        named += holders
    assert named > 500


async def test_a_reader_that_knows_no_grants_is_found(cities, overseen):
    found = [await faults(cities, overseen(seed)[0], Between) for seed in SEEDS[:6]]
    assert any(wrong for wrong, _ in found)


async def test_effective_actions_are_the_decisions(cities, overseen):
    for seed in SEEDS[:5]:
        city, _ = overseen(seed)
        allowed = city.allowed()
        async with cities.seen(city, "root") as sight:
            questions = AccessQuestions(sight)
            for resource in city.resources[:10]:
                for id in ("p0", "p1", None):
                    found = await questions.effective(resource.name, id)
                    assert [item.action for item in found] == list(Action)
                    for item in found:
                        assert item.allowed == ((id or "root", item.action, resource.name) in allowed)
                        assert not (item.allowed and item.needs_grant)


async def test_only_overseers_of_a_resource_may_ask_about_others(cities, overseen):
    city, _ = overseen(3)
    city.rules = {row.id: row.to_rule() for row in (EVERYTHING, OVERSEER)}
    city.rules["see"] = PolicyRow(id="see", role="public", relation="any", action="discover").to_rule()
    name = city.resources[0].name
    async with cities.seen(city, "p0") as sight:
        questions = AccessQuestions(sight)
        assert [item.action for item in await questions.effective(name) if item.allowed] == [Action.DISCOVER]
        for question in (questions.who_can(Action.READ, name), questions.effective(name, "p1")):
            with pytest.raises(Denied):
                await question
    async with cities.seen(city, "root") as sight:
        with pytest.raises(NotFound):
            await AccessQuestions(sight).effective(name, "p6")
    del city.rules["see"]
    async with cities.seen(city, "p0") as sight:
        with pytest.raises(NotFound):
            await AccessQuestions(sight).who_can(Action.READ, name)


async def test_expectations_are_held_against_access_as_it_would_be(cities, overseen):
    tried = 0
    for seed in SEEDS:
        city, edits = overseen(seed)
        # What is assigned must be a role that some policy speaks of, and here denials are left out.
        edits = replace(edits, assign=())
        after = city.edited(edits)
        allowed = after.allowed()
        asked = [
            Expectation(principal=id, action=action, resource=resource.name, allowed=tried % 3 > 0)
            for tried, (id, action, resource) in enumerate(
                (id, action, resource)
                for id in ("p0", "p3", "p6", "nobody")
                for action in (Action.DISCOVER, Action.READ)
                for resource in city.resources[:9]
            )
        ]
        async with cities.seen(city, "root") as sight:
            results = await AccessQuestions(sight).test(edits, asked)
        for result in results:
            one = result.expectation
            assert result.decision.allowed == ((one.principal, one.action, one.resource) in allowed)
            assert result.passed == (result.decision.allowed == one.allowed)
        tried += len(results)
    assert tried > 1_000


async def test_an_expectation_may_speak_of_what_does_not_exist_yet(cities, overseen):
    city, _ = overseen(1)
    access = city.resources[0].access
    row = PolicyRow(id="zz", role="public", relation="any", action="retire", grant="required")
    asked = Expectation(principal="p0", action=Action.RETIRE, resource=access, allowed=False)
    missing = replace(asked, resource=f"resources/{an_id(999)}")
    given = a_grant(1, id="zz", grantee="principals/p0", action="retire")
    async with cities.seen(city, "root") as sight:
        questions = AccessQuestions(sight)
        (result,) = await questions.test(AccessEdits(put=(row,)), [asked])
        assert (result.passed, result.decision.needs_grant) == (True, True)
        named = replace(asked, resource=city.resources[0].name, allowed=True)
        (result,) = await questions.test(AccessEdits(put=(row,), give=(given,)), [named])
        assert (result.passed, result.decision.rule) == (True, "zz")
        with pytest.raises(NotFound):
            await questions.test(AccessEdits(), [missing])
