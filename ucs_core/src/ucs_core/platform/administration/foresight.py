"""What edits of access would do to the state that a caller sees."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ucs_core.access.actions import Action
from ucs_core.access.comparison import Comparison, Holdings, Line, Tally
from ucs_core.access.edits import AccessEdits
from ucs_core.access.foreseen import edition_after
from ucs_core.access.policy import check_rules
from ucs_core.access.served import GrantBook
from ucs_core.access.snapshot import Decision, Edition, Snapshot
from ucs_core.access.what_if import Difference, DifferenceLine, Expectation, TestResult
from ucs_core.platform.paging import PageAsked, Places, Window, among
from ucs_core.platform.sight import Sight
from ucs_registry.ports import Reader
from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.resources import AccessAttributes, Resource
from ucs_registry.visibility import ALLOWED, DENIED, Grant
from ucs_sdk.errors import Invalid, Unauthenticated

SAMPLES = 3
"""How many resources of each line are named unless more are asked for."""

_CHUNK = 500
"""How many resources are fetched at a time."""

_NOTHING = Decision(allowed=False, rule=None, needs_grant=False)


async def foresee(
    sight: Sight,
    edits: AccessEdits,
    *,
    asked: PageAsked,
    samples: int,
    compare: type[Comparison] = Comparison,
) -> Difference:
    """What edits would change, with a page of its lines."""
    reader, snapshot = sight.reader, sight.snapshot
    window = Window(asked, _PLACES)
    edition = await _edited(sight, edits)
    counts = await reader.cell_counts()
    comparison = await asyncio.to_thread(_compared, compare, snapshot, edition, counts)
    standing = await reader.find_grants(live_at=sight.at)
    books = await asyncio.to_thread(_books, snapshot.edition, edition, standing, _grants_after(sight, edits, standing))
    concerned = await asyncio.to_thread(comparison.concerned, *books)
    resources = await _fetched(reader, concerned)
    access = {name: resource.access for name, resource in resources.items()}
    await asyncio.to_thread(comparison.count_grants, *books, access)
    lines = comparison.lines()
    page = window.page_at_hand(among(lines, _PLACES.of))
    naming = _Naming(sight, comparison, resources, samples)
    tallies = [comparison.tallies[line] for line in lines]
    return Difference(
        version=snapshot.version,
        gained=sum(tally.gained for tally in tallies),
        lost=sum(tally.lost for tally in tallies),
        principals=len({id for id, _ in lines}),
        organizations_gained=sum(tally.organizations_gained for tally in tallies),
        organizations_lost=sum(tally.organizations_lost for tally in tallies),
        lines=tuple([await naming.line(line) for line in page.items]),
        cursors=tuple(page.cursors),
        more=page.more,
        earlier=page.earlier,
    )


async def try_out(sight: Sight, edits: AccessEdits, expectations: Sequence[Expectation]) -> list[TestResult]:
    """Whether each expectation would hold. Raises NotFound for a resource that the caller may not discover."""
    snapshot = sight.snapshot.with_edition(await _edited(sight, edits))
    results = []
    for expectation in expectations:
        decision = await _decided(sight, snapshot, edits, expectation)
        results.append(
            TestResult(expectation=expectation, decision=decision, passed=decision.allowed == expectation.allowed)
        )
    return results


async def _decided(sight: Sight, snapshot: Snapshot, edits: AccessEdits, expectation: Expectation) -> Decision:
    resource: Resource | None = None
    access = expectation.resource
    if not isinstance(access, AccessAttributes):
        resource = await sight.discovered(access)
        access = resource.access
    try:
        profile = snapshot.profile(expectation.principal)
    except Unauthenticated:
        # Nobody vouches for it, so it may do nothing.
        return _NOTHING
    decision = snapshot.decide(profile, expectation.action, access)
    if decision.needs_grant and resource is not None:
        standing = await sight.reader.find_grants(resources=[resource.name], live_at=sight.at)
        live = [grant for grant in _grants_after(sight, edits, standing) if grant.resource == resource.name]
        if any(grant.action == expectation.action.value and grant.grantee in profile.grantees for grant in live):
            return snapshot.decide(profile, expectation.action, access, granted=True)
    return decision


async def _edited(sight: Sight, edits: AccessEdits) -> Edition:
    """Access as it would be. Raises Invalid with POLICY_ROW_INVALID for rows that could not be stored."""
    reader, standing = sight.reader, sight.snapshot.edition
    principals, rules = await reader.principals(), await reader.rules()
    organizations = await reader.all_organizations() if edits.assign else ()
    new = [row.to_rule() for row in edits.put] + [row.to_rule() for row in edits.assign]
    if new:
        # The rows that stay matter to assignments alone.
        stay = await asyncio.to_thread(edits.rules_after, rules) if edits.assign else None
        check_rules(new, organizations, edits.principals_after(principals), stay)
    return await asyncio.to_thread(edition_after, standing, edits, principals, rules)


def _compared(compare: type[Comparison], snapshot: Snapshot, after: Edition, counts: dict[int, int]) -> Comparison:
    cells = snapshot.places
    tree = snapshot.edition.tree
    held = ((*cells[cell], count) for cell, count in counts.items() if cell < len(cells))
    return compare(snapshot.edition, after, Holdings(tree.nowhere + 1, held))


def _books(
    before: Edition, after: Edition, standing: Iterable[Grant], then: Iterable[Grant]
) -> tuple[GrantBook, GrantBook]:
    return GrantBook(before, standing), GrantBook(after, then)


def _grants_after(sight: Sight, edits: AccessEdits, standing: Iterable[Grant]) -> list[Grant]:
    """The live grants as they would then stand."""
    gone = set(edits.revoke)
    then = {grant.id: grant for grant in standing if grant.id not in gone}
    then |= {grant.id: grant for grant in edits.give}
    return [grant for grant in then.values() if grant.live(sight.at)]


async def _fetched(reader: Reader, names: set[str]) -> dict[str, Resource]:
    ids = sorted(name.removeprefix("resources/") for name in names)
    found: dict[str, Resource] = {}
    for start in range(0, len(ids), _CHUNK):
        resources = await reader.resources(ids[start : start + _CHUNK])
        found |= {resource.name: resource for resource in resources.values()}
    return found


def _order(line: Line) -> tuple[str, int]:
    return line[0], list(Action).index(line[1])


def _place(cursor: str, path: str) -> tuple[str, int]:
    id, _, action = cursor.partition(":")
    if action not in list(Action):
        raise Invalid("CURSOR_INVALID", path=path)
    return _order((id, Action(action)))


_PLACES: Places[Line, tuple[str, int]] = Places(
    of=_order, encode=lambda place: f"{place[0]}:{list(Action)[place[1]].value}", decode=_place
)


@dataclass(slots=True)
class _Naming:
    """Finds the first resources that a line gains and loses, in the order of their codes, of those that the caller may
    discover.
    """

    sight: Sight
    comparison: Comparison
    resources: dict[str, Resource]
    samples: int

    async def line(self, line: Line) -> DifferenceLine:
        """The line with what it names."""
        tally = self.comparison.tallies[line]
        gained, lost = self.comparison.masks(line, self.sight.snapshot.places)
        return DifferenceLine(
            principal=line[0],
            action=line[1],
            gained=tally.gained,
            lost=tally.lost,
            resources_gained=await self._named(tally, gained, 0) if tally.gained else (),
            resources_lost=await self._named(tally, lost, 1) if tally.lost else (),
            organizations_gained=tally.organizations_gained,
            organizations_lost=tally.organizations_lost,
        )

    async def _named(self, tally: Tally, mask: bytes, which: int) -> tuple[str, ...]:
        """The names: those of the cells, but for the exceptions that grants make, and those that grants add."""
        own = self.sight.visibility()
        apart = {name.removeprefix("resources/") for name, changed in tally.apart.items() if changed[which]}
        seen = await self.sight.reader.visible(apart, own) if apart else set()
        found = [self.resources[f"resources/{id}"] for id in seen]
        if ALLOWED in mask and self.samples:
            # What the caller may discover, its grants included, of what is changed.
            seen_of_it = bytes(shown if changed else DENIED for changed, shown in zip(mask, own.mask, strict=True))
            visibility = replace(own, mask=seen_of_it)
            found += await self.sight.reader.select(
                ResourceQuery(),
                visibility,
                order=Order.CODE,
                after=None,
                first=self.samples + len(tally.apart),
            )
        by_code = {
            resource.code: resource.name
            for resource in found
            if resource.name not in tally.apart or tally.apart[resource.name][which]
        }
        return tuple(name for _, name in sorted(by_code.items())[: self.samples])
