"""A city of any size, entered in bulk for the query battery: 2,000 resources or two million, the same for the same count.

Everything is invented and says so. Rows go in through the store's own writing, a large unit at a time and without log
entries, so that counters and side tables are what they would be after as many calls; only what SQLite can make quicker
afterwards, the indexes, is taken away first and made at the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

import psycopg

from ucs_core.access.policy import PolicyRow, RoleAssignment
from ucs_core.access.ready import ready_rules
from ucs_registry.extents import Temporal
from ucs_registry.members import MemberTitle, NewMember
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.resources import Dependency, Deprecation, Point, Resource, ResourceContent, Revision, Summary
from ucs_registry.sql import SqlStore, open_store
from ucs_registry.testing import NOW, a_grant, an_entry, an_id, an_organization
from ucs_sdk.vocabulary import (
    Availability,
    DataLevel,
    DependencyRelation,
    MemberStatus,
    OpenType,
    PrincipalKind,
    ResourceKind,
    ReviewState,
    ShareType,
    UpdateCycle,
)

SEED, UNIT = 3702, 5_000
DISTRICTS, TOWNS, COMMUNITIES, DEPARTMENTS = 10, 23, 9, 30
MEMBERS_MOST = 100_000
GRANTS = 500

BATCH = 1_000
"""How many resources share a tag of their batch, in a city of any size."""

KINDS = (
    *((ResourceKind.DATA, "dataset"),) * 9,
    *((ResourceKind.DATA, "map_layer"),) * 3,
    *((ResourceKind.INFRASTRUCTURE, "video_pool"),) * 5,
    (ResourceKind.COMPONENT, "api_service"),
    *((ResourceKind.APPLICATION, "business_system"),) * 2,
)
"""Of twenty resources so many are of each kind and type."""

FREQUENT = ("视频", "水位", "路况", "空气", "人口", "企业")
RARE = ("螭吻", "鼋鼍")
"""Words in one title of six, and in one of some ten thousand."""

PEOPLE = {"all": "37", "half": None, "some": None, "granted": None, "reviewer": "37", "developer": "dept-0"}
"""Who asks: who sees everything, about half, one part in a hundred, and what is granted alone; and two as they are met."""


@dataclass(frozen=True, kw_only=True)
class City:
    """How large a city is, and what can be asked about in it."""

    count: int

    @property
    def some_id(self) -> str:
        """A resource in the middle, with everything around it."""
        return an_id(self.count // 2 // 20 * 20)

    @property
    def pool(self) -> str:
        """The resource that fronts the largest set of members."""
        return an_id(12)

    @property
    def members(self) -> int:
        """How many members that set has."""
        return min(MEMBERS_MOST, max(300, self.count // 10))

    @property
    def scenario(self) -> str:
        """A scenario of twenty parts."""
        return an_id(self.count // 400 * 400)


def organizations() -> Iterator[NewOrganization]:
    """A tree of some 2,300: districts, towns in them, communities in these, and departments; one town is small."""
    yield an_organization("37")
    yield an_organization("3702", "37")
    for number in range(DEPARTMENTS):
        yield an_organization(f"dept-{number}", "3702")
    for district in range(1, DISTRICTS + 1):
        top = f"3702{district:02}"
        yield an_organization(top, "3702", region_code=top)
        for town in range(TOWNS):
            yield an_organization(f"town-{district}-{town}", top, region_code=f"{top}{town:03}")
            for community in range(COMMUNITIES):
                here = f"com-{district}-{town}-{community}"
                yield an_organization(here, f"town-{district}-{town}", region_code=f"{top}{town:03}{community:03}")


def rules() -> list[RuleRow]:
    """The ready policies, and a role for each way of seeing a part."""
    held = (
        ("all", "platform_administrator", None),
        ("half", "half_seer", None),
        ("some", "duty_officer", "town-1-0"),
        ("some", "duty_officer", "town-2-0"),
        ("granted", "granted_seer", None),
        ("reviewer", "reviewer", "3702"),
    )
    policies = [
        PolicyRow(id="half", role="half_seer", relation="any", data_level="l2", action="discover"),
        PolicyRow(id="granted", role="granted_seer", relation="any", grant="required", action="discover"),
    ]
    roles = [
        RoleAssignment(id=f"held-{number}", principal=principal, role=role, anchor=anchor)
        for number, (principal, role, anchor) in enumerate(held)
    ]
    return [*ready_rules(), *(row.to_rule() for row in policies), *(row.to_rule() for row in roles)]


async def build(url: str, city: City) -> None:
    """Fill an empty database."""
    store = await open_store(url, patience=3_600)
    chance = Random(SEED)
    owners = _Owners(chance, city)
    try:
        await _people(store)
        with _without_indexes(url):
            for start in range(1, city.count + 1, UNIT):
                made = [_resource(number, owners, chance) for number in range(start, min(start + UNIT, city.count + 1))]
                async with store.write() as unit:
                    await unit.save(made)
                    unit.append(an_entry(object=f"resources/{an_id(start)}", verb="resources.import"))
                    await unit.commit()
        await _grants(store, city)
        for start in range(0, city.members, UNIT):
            async with store.write() as unit:
                numbers = range(start, min(start + UNIT, city.members))
                await unit.put_members(city.pool, [_member(number) for number in numbers], NOW)
                await unit.commit()
    finally:
        await store.close()
    if not url.startswith("sqlite"):
        with psycopg.connect(url, autocommit=True) as connection:
            # As the database does by itself before long; SQLite is left as the platform leaves it.
            connection.execute("VACUUM ANALYZE")


async def _people(store: SqlStore) -> None:
    async with store.write() as unit:
        await unit.add_organizations(list(organizations()))
        people = [Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=PEOPLE[id]) for id in PEOPLE]
        await unit.put_principals(people)
        await unit.put_rules(rules())
        await unit.commit()


async def _grants(store: SqlStore, city: City) -> None:
    async with store.write() as unit:
        granted = range(1, city.count + 1, max(1, city.count // GRANTS))
        await unit.put_grants([a_grant(number, grantee="principals/granted", valid_until=None) for number in granted])
        await unit.commit()


@contextmanager
def _without_indexes(url: str) -> Iterator[None]:
    """Take SQLite's indexes away, and make them again in the end: what is made at once is made in order."""
    if not url.startswith("sqlite"):
        yield
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = -200000")
        found = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN "
            "('resources', 'revisions', 'dependencies', 'resource_tags', 'windows')"
        ).fetchall()
        kept = [(name, statement) for name, statement in found if name not in _NEEDED]
        for name, _ in kept:
            connection.execute(f"DROP INDEX {name}")
        yield
        for _, statement in kept:
            connection.execute(statement)


_NEEDED = ("ix_resource_tags_resource",)
"""What writing itself looks things up by."""


class _Owners:
    """Draws who owns a resource: towns and communities alike, departments more often, small towns seldom."""

    def __init__(self, chance: Random, city: City) -> None:
        self._chance = chance
        self.batches = max(2, city.count // BATCH)
        everybody = {item.id: item.region_code for item in organizations() if item.parent not in (None, "37")}
        self._regions = everybody
        self._lower = [id for id in everybody if id.startswith(("town", "com"))]
        self._departments = [id for id in everybody if id.startswith("dept")]

    def draw(self) -> tuple[str, str | None]:
        """An owner, and the code of its division."""
        ids = self._departments if self._chance.random() < 0.3 else self._lower
        id = ids[int(len(ids) * self._chance.random())]
        return id, self._regions[id]


def _resource(number: int, owners: _Owners, chance: Random) -> Resource:
    kind, type = (ResourceKind.APPLICATION, "scenario") if number % 400 == 0 else KINDS[number % 20]
    owner, region = owners.draw()
    content = _content(number, region, type, owners.batches, chance)
    waits = number % 200 == 7
    revision = Revision.model_construct(
        number=1,
        content=content,
        state=ReviewState.IN_REVIEW if waits else ReviewState.APPROVED,
        authors=("principals/editor",),
        created_at=NOW,
        submitter="principals/editor",
        submitted_at=NOW - timedelta(seconds=chance.randrange(10**6)),
        reviewer=None if waits else "principals/reviewer",
        reviewed_at=None if waits else NOW,
        reason=None,
    )
    return Resource.model_construct(
        id=an_id(number),
        code=f"QD-{number:08}",
        kind=kind,
        type=type,
        owner=owner,
        availability=Availability.OFFLINE if waits or number % 13 == 0 else Availability.ONLINE,
        availability_reason=None,
        version=1,
        created_at=_some_time(chance),
        created_by="principals/editor",
        updated_at=_some_time(chance),
        head=revision,
        current=None if waits else revision,
        deprecation=Deprecation(effective_on=date(2026, 1, 1)) if number % 500 == 3 else None,
    )


def _content(number: int, region: str | None, type: str, batches: int, chance: Random) -> ResourceContent:
    word = RARE[number % 2] if number % 9_973 == 11 else FREQUENT[int(len(FREQUENT) * chance.random())]
    share = _SHARES[int(20 * chance.random())]
    return ResourceContent.model_construct(
        title=Bilingual.model_construct(zh=f"{word}资源{number}", en=f"Resource {number} of {_PLACES[number % 50]}"),
        summary=_SUMMARY,
        tags=(f"t{int(24 * chance.random() ** 2)}", f"batch{number % batches}"),
        region_code=region,
        location=_point(chance) if number % 5 < 2 else None,
        classification=None,
        provider_code=None,
        format=None,
        share_type=share,
        share_condition="合成" if share is ShareType.CONDITIONAL else None,
        denial_basis="合成" if share is ShareType.NONE else None,
        share_mode=None,
        open_type=OpenType.UNCONDITIONAL if number % 10 == 1 else OpenType.NONE,
        open_condition=None,
        data_level=_LEVELS[int(10 * chance.random())],
        update_cycle=UpdateCycle.DAILY,
        issued_on=None,
        conforms_to=(),
        related_codes=(),
        dependencies=_links(number, type, chance),
        source="synthetic",
        synthetic=True,
        contact=None,
        spec={"rows": number},
        footprint=None,
        temporal=_window(chance) if number % 3 == 0 else None,
    )


def _links(number: int, type: str, chance: Random) -> tuple[Dependency, ...]:
    """Three of what came before, one of them among the few that many need; of a scenario twenty."""
    if number < 50:
        return ()
    wanted = 20 if type == "scenario" else chance.randrange(6)
    near = {number - 1 - int(40 * chance.random()) for _ in range(wanted)}
    if number % 4 == 1:
        near.add(1 + int(len(_PLACES) * chance.random()))
    return tuple(
        Dependency.model_construct(
            target=f"resources/{an_id(target)}",
            relation=DependencyRelation.READS,
            version=None,
            role=None,
            required=True,
        )
        for target in sorted(near)
    )


def _member(number: int) -> NewMember:
    status = MemberStatus.ONLINE if number % 7 else MemberStatus.OFFLINE
    return NewMember(
        code=f"3702{number:016}", title=MemberTitle(zh=f"合成通道{number}"), region_code="370202", status=status
    )


def _some_time(chance: Random) -> datetime:
    # Within the last year: as many resources of a larger city fall into a window that is as much shorter.
    return NOW - timedelta(microseconds=int(YEAR * 1e6 * chance.random()))


def _point(chance: Random) -> Point:
    return Point.model_construct(longitude=119.5 + 1.5 * chance.random(), latitude=35.6 + 1.6 * chance.random())


def _window(chance: Random) -> Temporal:
    start = date(2015, 1, 1) + timedelta(days=int(4_000 * chance.random()))
    return Temporal.model_construct(start=start, end=start + timedelta(days=int(60 * chance.random())))


YEAR = 31_536_000
_SHARES = (*(ShareType.UNCONDITIONAL,) * 11, *(ShareType.CONDITIONAL,) * 7, *(ShareType.NONE,) * 2)
_LEVELS = (*(DataLevel.L1,) * 3, *(DataLevel.L2,) * 5, DataLevel.L3, DataLevel.L4)
_PLACES = tuple(f"place{number}" for number in range(50))
_SUMMARY = Summary.model_construct(zh="合成示例。", en="Synthetic example.")
