"""A small city with administrators of every reach, on each of the stores."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ucs_core.access import Action, PolicyRow, RoleAssignment, TokenVerifier, compile_snapshot
from ucs_core.platform import Call, Platform, build_platform
from ucs_core.platform.administration.grants import GrantVerbs
from ucs_core.platform.administration.policies import PolicyVerbs
from ucs_core.platform.administration.principals import PrincipalVerbs
from ucs_core.platform.administration.roles import RoleVerbs
from ucs_core.platform.founding import found
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization, Organization
from ucs_registry.principals import Principal, Subject
from ucs_registry.resources import Resource
from ucs_registry.sql import open_store
from ucs_registry.testing.builders import a_resource, a_revision
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import Availability, OrganizationKind, OrganizationLevel, PrincipalKind, ShareType

NOW = datetime(2026, 5, 4, 8, 0, 0, 500_000, tzinfo=UTC)
TREE = {"37": None, "3702": "37", "water": "3702", "pumps": "water", "roads": "3702", "signs": "roads"}
PEOPLE = {
    "founder": "37",
    "mayor": "3702",
    "keeper": "water",
    "clerk": "water",
    "plumber": "pumps",
    "inspector": "water",
    "painter": "roads",
    "outsider": None,
}
"""`inspector` belongs to the water bureau, and reviews for the whole city."""

HELD = [
    ("mayor", "organization_administrator", "3702"),
    ("keeper", "organization_administrator", "water"),
    ("clerk", "editor", "water"),
    ("plumber", "editor", "pumps"),
    ("inspector", "reviewer", "3702"),
    ("painter", "editor", "roads"),
]


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass(kw_only=True)
class City:
    """A platform with its people, and what a test asks of it."""

    store: Any
    clock: Clock
    platform: Platform

    def call(self, who: str, **more: Any) -> Call:
        return Call(principal=who, **more)

    async def refused(self, attempt: Any) -> UcsError:
        """The refusal of an attempt."""
        with pytest.raises(UcsError) as caught:
            await attempt
        return caught.value

    async def keep(self, *, rules: Any = (), principals: Any = (), grants: Any = (), resources: Any = ()) -> None:
        """Put something into the store behind the platform's back."""
        async with self.store.write() as unit:
            await unit.put_principals(list(principals))
            await unit.put_rules(list(rules))
            await unit.put_grants(list(grants))
            await unit.save(list(resources))
            await unit.commit()

    async def snapshot(self) -> Any:
        """Everything that access is compiled from, compiled anew."""
        async with self.store.read() as reader:
            return compile_snapshot(
                version=reader.head.access_version,
                organizations=await reader.all_organizations(),
                principals=await reader.principals(),
                rules=await reader.rules(),
            )

    async def may(self, who: str, action: Action, organization: str | None) -> bool:
        """Whether somebody may do something to an organisation, or to the platform itself."""
        snapshot = await self.snapshot()
        return snapshot.decide_organization(snapshot.profile(who), action, organization).allowed

    async def may_at_all(self, who: str) -> bool:
        """Whether somebody is let in and administers the platform itself."""
        snapshot = await self.snapshot()
        return not snapshot.edition.principals[who].disabled and await self.may(who, Action.ADMINISTER, None)

    async def principal(self, id: str) -> Principal:
        async with self.store.read() as reader:
            return next(item for item in await reader.principals() if item.id == id)

    async def log(self, first: int = 1_000) -> list[Any]:
        async with self.store.read() as reader:
            return await reader.log(after=0, first=first)


def person(id: str, organization: str | None, **more: Any) -> Principal:
    return Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=organization, **more)


def held(principal: str, role: str, anchor: str | None = None, id: str = "") -> Any:
    name = id or f"held.{principal}.{role}".replace("_", "-")
    return RoleAssignment(id=name, principal=principal, role=role, anchor=anchor).to_rule()


def policy(id: str, role: str, relation: str, action: str, **more: Any) -> Any:
    return PolicyRow(id=id, role=role, relation=relation, action=action, **more).to_rule()


def resource(number: int, owner: str = "water", **more: Any) -> Resource:
    head = a_revision(
        1, title_zh="井", title_en=f"Wells {number}", share_type=ShareType.CONDITIONAL, share_condition="on request"
    )
    return a_resource(number, owner=owner, head=head, availability=Availability.ONLINE, **more)


async def founded(store: Any, clock: Clock) -> City:
    tree = [
        NewOrganization(
            id=id,
            parent=parent,
            title=Bilingual(zh=id, en=id),
            level=OrganizationLevel.CITY,
            kind=OrganizationKind.DEPARTMENT,
        )
        for id, parent in TREE.items()
    ]
    await found(store, clock, "here", tree, person("founder", "37"))
    city = City(store=store, clock=clock, platform=build_platform(store, TokenVerifier({}), origin="here", clock=clock))
    people = [person(id, home) for id, home in PEOPLE.items() if id != "founder"]
    await city.keep(
        principals=people, rules=[held(*item) for item in HELD], resources=[resource(1), resource(2, "roads")]
    )
    return city


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def city(request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[City]:
    """The city, on each of the stores."""
    if request.param == "memory":
        store: Any = InMemoryStore()
    else:
        store = await open_store(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))
    made = await founded(store, clock)
    yield made
    await made.platform.pipeline.drain()
    await store.close()


@pytest.fixture
async def small(clock: Clock) -> AsyncIterator[City]:
    """The city in memory, for what does not depend on the store."""
    store = InMemoryStore()
    made = await founded(store, clock)
    yield made
    await made.platform.pipeline.drain()
    await store.close()


@dataclass(frozen=True, kw_only=True)
class State:
    """All of access at one moment."""

    snapshot: Any
    grants: dict[str, Any]
    resources: dict[str, Resource]

    @classmethod
    async def of(cls, store: Any) -> State:
        async with store.read() as reader:
            grants = await reader.find_grants()
            snapshot = compile_snapshot(
                version=reader.head.access_version,
                organizations=await reader.all_organizations(),
                principals=await reader.principals(),
                rules=await reader.rules(),
            )
            resources = await reader.resources({grant.resource.removeprefix("resources/") for grant in grants})
            return cls(
                snapshot=snapshot,
                grants={grant.id: grant for grant in grants},
                resources={item.name: item for item in resources.values()},
            )

    def person(self, id: str) -> Principal | None:
        return self.snapshot.edition.principals.get(id)

    def decisions(self, id: str, places: list[str | None], *, bare: bool = False) -> dict[Any, bool]:
        """What a principal may do at some places; `bare` leaves out all roles that were assigned to it."""
        edition, tree = self.snapshot.edition, self.snapshot.edition.tree
        principal = edition.principals[id]
        row = edition.row(frozenset(edition.held(principal, () if bare else None)))
        found = {}
        for place in places:
            position = tree.platform if place is None else tree.positions[place]
            pairs = row.entitlements[row.owners[position]].pairs
            for action in LOOKED_AT:
                for combination in COMBINATIONS if place is not None else COMBINATIONS[:1]:
                    found[place, action, combination] = edition.index.outcome(pairs, action, combination).verdict
        return found


LOOKED_AT = (Action.DISCOVER, Action.READ, Action.EDIT, Action.REVIEW, Action.ADMINISTER)
COMBINATIONS = (("-",) * 6, ("data", "dataset", "conditional", "l1", "none", "online"))


def harm_done(actor: str, before: State, after: State) -> list[str]:
    """What a delegated administrator changed beyond what it administers, or for itself."""
    seen, edition = before.snapshot, before.snapshot.edition
    profile = seen.profile(actor)
    reach = {id for id in edition.tree.ids if seen.decide_organization(profile, Action.ADMINISTER, id).allowed}
    everywhere = [*edition.tree.ids, None]
    outside: list[str | None] = [id for id in everywhere if id not in reach]
    found = []
    for id in after.snapshot.edition.principals:
        was, now = before.person(id), after.person(id)
        plain = after.decisions(id, outside, bare=True)
        if was is None or was.organization != now.organization:
            if now.organization not in reach or (was is not None and was.organization not in reach):
                found.append(f"{id} was taken to {now.organization}")
            if after.decisions(id, outside) != plain:
                found.append(f"{id} came to {now.organization} with more than its members have outside")
        elif before.decisions(id, outside) != after.decisions(id, outside):
            found.append(f"{id} may do other things outside")
        touched = was is not None and (was.disabled, was.subject) != (now.disabled, now.subject)
        stands_above = was is not None and before.decisions(id, outside) != before.decisions(id, outside, bare=True)
        if touched and (stands_above or now.organization not in reach):
            found.append(f"{id}, who stands above or elsewhere, was shut out, let in or bound")
    own = before.decisions(actor, everywhere)
    if own != after.decisions(actor, everywhere) or before.person(actor) != after.person(actor):
        found.append(f"{actor} changed what it may do itself")
    for grant in before.grants.keys() ^ after.grants.keys():
        state = after if grant in after.grants else before
        given = state.grants[grant]
        if not seen.decide(profile, Action.ADMINISTER, state.resources[given.resource].access).allowed:
            found.append(f"a grant on {given.resource}, which belongs to others")
        if given.grantee in profile.grantees:
            found.append("a grant to oneself")
    return found


@pytest.fixture
def harm() -> Any:
    """What was done beyond one's reach, between two states of a store."""
    return harm_done


@pytest.fixture
def state_of() -> Any:
    return State.of


@pytest.fixture
def make() -> Any:
    """Makes rows and principals, and verbs with another delegation; tests are modules that cannot import each other."""

    class Make:
        person = staticmethod(person)
        held = staticmethod(held)
        policy = staticmethod(policy)
        resource = staticmethod(resource)
        founded = staticmethod(founded)
        Clock = Clock

        @staticmethod
        def organizations(*ids: str | None) -> list[Organization]:
            """A root and its children, as they stand in the tree."""
            root, *children = [id for id in ids if id is not None]
            return [
                Organization(
                    id=id,
                    parent=parent,
                    title=Bilingual(zh=id, en=id),
                    level=OrganizationLevel.CITY,
                    kind=OrganizationKind.DEPARTMENT,
                    number=number,
                    path="/",
                )
                for number, (id, parent) in enumerate([(root, None), *((child, root) for child in children)])
            ]

        @staticmethod
        def subject(name: str, issuer: str = "https://id.example") -> Subject:
            return Subject(issuer=issuer, subject=name)

        @staticmethod
        def lax(city: City, delegation: type) -> Any:
            """The verbs of a platform whose delegation is another one."""

            class Verbs:
                pipeline = city.platform.pipeline
                principals = PrincipalVerbs(pipeline, delegation=delegation)
                roles = RoleVerbs(pipeline, delegation=delegation)
                policies = PolicyVerbs(pipeline, delegation=delegation)
                grants = GrantVerbs(pipeline, delegation=delegation)

            return Verbs

    return Make
