"""What an edit would change is told exactly: as if every principal were asked about every action and resource."""

from collections import Counter
from functools import cache

import pytest

from ucs_core.access import Action, PolicyRow, RoleAssignment
from ucs_core.access.comparison import Comparison
from ucs_core.access.edits import AccessEdits
from ucs_core.platform.administration.explaining import AccessQuestions
from ucs_core.platform.administration.foresight import foresee
from ucs_core.platform.paging import PageAsked
from ucs_registry.testing import an_id
from ucs_sdk import Denied, Invalid

SEEDS = range(24)


class ForgetsWhoIsDisabled(Comparison):
    def _roles(self, side, id):
        edition = self._sides[side]
        principal = edition.principals.get(id)
        return frozenset() if principal is None else frozenset(edition.held(principal))


class ForgetsOrganizations(Comparison):
    def _tallied(self, spans):
        return {action: [*counts[:2], 0, 0] for action, counts in super()._tallied(spans).items()}


class OneSpanShort(Comparison):
    def _changes(self, before, after):
        return list(super()._changes(before, after))[:-1]


class Between:
    """Something before a reader that changes one of its answers."""

    def __init__(self, reader):
        self._reader = reader

    def __getattr__(self, name):
        return getattr(self._reader, name)


class WithoutGrants(Between):
    async def find_grants(self, **_):
        return []


class CellsForResources(Between):
    async def cell_counts(self):
        return dict.fromkeys(await self._reader.cell_counts(), 1)


async def foreseen(cities, city, edits, between=lambda reader: reader, compare=Comparison, url=None):
    async with cities.seen(city, between=between, url=url) as sight:
        lines, after = [], None
        while True:
            found = await foresee(sight, edits, asked=PageAsked(first=7, after=after), samples=50, compare=compare)
            lines += found.lines
            if not found.more:
                return found, lines
            after = found.cursors[-1]


@cache
def truth_of(cities, seed):
    """A city, edits of it, and all that is allowed before and after them."""
    city, edits = cities.drawn(seed)
    return city, edits, city.allowed(), city.edited(edits).allowed()


async def caught(cities, **broken):
    """Whether some city shows that a variant is broken."""
    for seed in SEEDS:
        if (await faults(cities, seed, **broken))[0]:
            return True
    return False


def numbers(lines, what):
    return {(line.principal, line.action): getattr(line, what) for line in lines}


async def faults(cities, seed, **broken):
    """Where what is told of a city's edits differs from what asking one by one finds.

    Of what changes, all is counted, and named is what the asker may discover.
    """
    city, edits, before, after = truth_of(cities, seed)
    found, lines = await foreseen(cities, city, edits, **broken)
    seen = {name for id, action, name in before if (id, action) == ("p0", Action.DISCOVER)}
    told = {"gained": Counter(), "lost": Counter()}
    wrong = []
    for line in lines:
        told["gained"].update((line.principal, line.action, name) for name in line.resources_gained)
        told["lost"].update((line.principal, line.action, name) for name in line.resources_lost)
    for way, truth in (("gained", after - before), ("lost", before - after)):
        resources = {triple for triple in truth if (triple[2] or "").startswith("resources/")}
        apart = Counter(triple[:2] for triple in truth - resources)
        counted = numbers(lines, f"organizations_{way}")
        if told[way] != Counter(triple for triple in resources if triple[2] in seen):
            wrong.append((seed, way, told[way].keys() ^ resources))
        if getattr(found, way) != len(resources):
            wrong.append((seed, way, "resources in all"))
        if {line: n for line, n in numbers(lines, way).items() if n} != Counter(triple[:2] for triple in resources):
            wrong.append((seed, way, "resources"))
        if {line: count for line, count in counted.items() if count} != apart:
            wrong.append((seed, way, "organisations"))
        if getattr(found, f"organizations_{way}") != apart.total():
            wrong.append((seed, way, "organisations in all"))
    changed = {triple[0] for triple in before ^ after}
    wrong += [(seed, "principals", changed)] * (found.principals != len(changed))
    return wrong, len(before ^ after)


async def test_what_is_told_is_what_asking_one_by_one_finds(cities):
    changes = 0
    for seed in SEEDS:
        wrong, changed = await faults(cities, seed)
        assert wrong == []
        changes += changed
    assert changes > 1_000


async def test_a_database_tells_the_same(cities, database):
    assert (await faults(cities, SEEDS[5], url=database))[0] == []


@pytest.mark.parametrize("between", [WithoutGrants, CellsForResources])
async def test_a_reader_that_leaves_something_out_is_found(cities, between):
    assert await caught(cities, between=between)


@pytest.mark.parametrize("compare", [ForgetsWhoIsDisabled, ForgetsOrganizations, OneSpanShort])
async def test_a_broken_comparison_is_found(cities, compare):
    assert await caught(cities, compare=compare)


async def test_no_more_resources_are_named_than_were_asked_for_and_they_are_the_first_by_code(cities):
    city, _ = cities.drawn(1)
    edits = AccessEdits(put=(PolicyRow(id="all", role="public", relation="any", action="retire"),))
    async with cities.seen(city) as sight:
        found = await foresee(sight, edits, asked=PageAsked(first=1), samples=2)
        none = await foresee(sight, edits, asked=PageAsked(first=1), samples=0)
    (line,) = found.lines
    assert (line.principal, line.action) == ("p0", Action.RETIRE)
    assert line.gained > 2
    assert list(line.resources_gained) == sorted(line.resources_gained)[:2]
    assert line.resources_gained[0] <= f"resources/{an_id(5)}"
    assert none.lines[0].resources_gained == ()
    assert none.gained == found.gained


async def test_only_who_oversees_the_platform_may_ask(cities):
    city, edits = cities.drawn(3)
    only_a_member = PolicyRow(id="zz", role="public", relation="any", action="*", effect="deny")
    city.rules["zz"] = only_a_member.to_rule()
    async with cities.seen(city) as sight:
        with pytest.raises(Denied):
            await AccessQuestions(sight).what_if(edits)
        with pytest.raises(Denied):
            await AccessQuestions(sight).test(edits, [])


async def test_edits_that_could_not_be_made_are_refused(cities, make):
    city, _ = cities.drawn(3)
    nowhere = AccessEdits(assign=(_assignment("p1", "role_a", "nowhere"),))
    nobody = AccessEdits(assign=(_assignment("nobody", "role_a", "o1"),))
    unheard = AccessEdits(assign=(_assignment("p1", "role_unheard_of", "o1"),))
    async with cities.seen(city) as sight:
        for edits in (nowhere, nobody, unheard):
            with pytest.raises(Invalid) as refusal:
                await foresee(sight, edits, asked=PageAsked(first=5), samples=1)
            assert refusal.value.reason == "POLICY_ROW_INVALID"
        with pytest.raises(Invalid) as refusal:
            await foresee(sight, AccessEdits(), asked=PageAsked(first=5, after="p1"), samples=1)
    assert refusal.value.reason == "CURSOR_INVALID"


def _assignment(principal, role, anchor):
    return RoleAssignment(id="new", principal=principal, role=role, anchor=anchor)
