"""Small stored cities with grants, edits of their access, and what both amount to, asked one decision at a time."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from ucs_core.access import Action, Authority, PolicyRow, RoleAssignment, compile_snapshot
from ucs_core.access.edits import AccessEdits
from ucs_core.platform.sight import see
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Organization
from ucs_registry.principals import Principal
from ucs_registry.sql import open_store
from ucs_registry.testing import NOW, a_grant, a_resource, a_revision, an_organization
from ucs_sdk import Availability, DataLevel, PrincipalKind, ResourceKind, ShareType, Unauthenticated

HOMES = tuple(f"o{number}" for number in range(8))
ROLES = ("role_a", "role_b", "role_c")
TYPES = {ResourceKind.DATA: "dataset", ResourceKind.COMPONENT: "api_service"}


@dataclass
class City:
    """Everything that access depends on, as plain maps."""

    organizations: list[Organization] = field(default_factory=list)
    principals: dict = field(default_factory=dict)
    rules: dict = field(default_factory=dict)
    grants: dict = field(default_factory=dict)
    resources: list = field(default_factory=list)

    def edited(self, edits):
        """The city after edits, put together in another way than the one that is tested."""
        rules = {id: row for id, row in self.rules.items() if id not in edits.remove}
        for taken in edits.unassign:
            values = (taken.principal, taken.role, taken.anchor or "")
            rules = {id: row for id, row in rules.items() if row.section == "p" or row.values != values}
        for row in (*edits.put, *edits.assign):
            rules[row.id] = row.to_rule()
        people = self.principals | {person.id: person for person in edits.principals}
        grants = {id: grant for id, grant in self.grants.items() if id not in edits.revoke}
        grants |= {grant.id: grant for grant in edits.give}
        return City(self.organizations, people, rules, grants, self.resources)

    def compiled(self):
        return compile_snapshot(
            version=1,
            organizations=self.organizations,
            principals=self.principals.values(),
            rules=self.rules.values(),
        )

    def allowed(self):
        """All triples (principal, action, resource's name or organisation's id) that are allowed, one by one."""
        snapshot = self.compiled()
        found = set()
        for id in self.principals:
            try:
                profile = snapshot.profile(id)
            except Unauthenticated:
                continue
            live = {
                (grant.action, grant.resource)
                for grant in self.grants.values()
                if grant.grantee in profile.grantees and grant.live(NOW)
            }
            for action in Action:
                for resource in self.resources:
                    granted = (action.value, resource.name) in live
                    if snapshot.decide(profile, action, resource.access, granted=granted).allowed:
                        found.add((id, action, resource.name))
                for place in (*HOMES, None):
                    if snapshot.decide_organization(profile, action, place).allowed:
                        found.add((id, action, place))
        return found

    async def enter(self, store):
        async with store.write() as unit:
            new = [an_organization(item.id, item.parent) for item in self.organizations]
            await unit.add_organizations(new)
            await unit.put_principals(list(self.principals.values()))
            await unit.put_rules(list(self.rules.values()))
            await unit.save(self.resources)
            await unit.put_grants(list(self.grants.values()))
            await unit.commit()


def draw_city(chance):
    city = City()
    for number, id in enumerate(HOMES):
        parent = chance.choice(HOMES[:number]) if number else None
        new = an_organization(id, parent)
        city.organizations.append(Organization(**new.model_dump(), number=number, path="/"))
    for number in range(8):
        city.principals[f"p{number}"] = _person(chance, f"p{number}", disabled=number == 6)
    city.rules = {row.id: row.to_rule() for row in (_policy(chance, number) for number in range(18))}
    for number in range(9):
        given = _assignment(chance, f"g{number}")
        city.rules[given.id] = given.to_rule()
    city.resources = [_resource(chance, number) for number in range(1, 41)]
    city.grants = {f"grant-{number}": _grant(chance, f"grant-{number}") for number in range(30)}
    return city


def draw_edits(chance, city):
    """Edits of one to three sorts."""
    sorts = {
        "put": lambda: (_policy(chance, chance.randrange(24)), _policy(chance, 30)),
        "remove": lambda: tuple(chance.sample(sorted(city.rules), 3)),
        "assign": lambda: (_assignment(chance, "new"), _assignment(chance, "g1")),
        "unassign": lambda: tuple(
            RoleAssignment.from_rule(row) for row in chance.sample(_assigned(city), min(2, len(_assigned(city))))
        ),
        "principals": lambda: (
            _person(chance, f"p{chance.randrange(8)}", disabled=chance.random() < 0.5),
            _person(chance, f"p{chance.randrange(9)}"),
        ),
        "give": lambda: (_grant(chance, "grant-new"), _grant(chance, f"grant-{chance.randrange(30)}")),
        "revoke": lambda: tuple(chance.sample(sorted(city.grants), 6)),
    }
    return AccessEdits(**{sort: sorts[sort]() for sort in chance.sample(sorted(sorts), chance.randrange(1, 4))})


def _assigned(city):
    return [row for row in city.rules.values() if row.section == "g"]


def _person(chance, id, disabled=False):
    home = chance.choice([*HOMES, None])
    return Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home, disabled=disabled)


def _policy(chance, number):
    effect = "deny" if chance.random() < 0.25 else "allow"
    words = {"kind": tuple(TYPES), "share_type": tuple(ShareType), "state": tuple(Availability)}
    narrow = {name: str(chance.choice(each)) for name, each in words.items() if chance.random() < 0.3}
    return PolicyRow(
        id=f"row-{number:02}",
        role=chance.choice(("public", "member", *ROLES, *ROLES)),
        relation=chance.choice(("subtree", "ancestors", "any", "own")),
        type=chance.choice(("*", "*", "*", "data*")),
        grant="required" if effect == "allow" and chance.random() < 0.4 else "none_needed",
        action=chance.choice(("discover", "read", "invoke", "edit", "administer", "*")),
        effect=effect,
        **narrow,
    )


def _assignment(chance, id):
    return RoleAssignment(
        id=id, principal=f"p{chance.randrange(8)}", role=chance.choice(ROLES), anchor=chance.choice([*HOMES, None])
    )


def _resource(chance, number):
    kind = chance.choice(list(TYPES))
    shown = a_revision(1, share_type=chance.choice(list(ShareType)[:2]), share_condition="x", data_level=DataLevel.L1)
    state = chance.choice((Availability.ONLINE, Availability.OFFLINE))
    owner = chance.choice(HOMES[:4])
    return a_resource(number, kind=kind, type=TYPES[kind], owner=owner, availability=state, head=shown)


def _grant(chance, id):
    person = f"principals/p{chance.randrange(8)}"
    until = NOW - timedelta(hours=1) if chance.random() < 0.2 else None
    return a_grant(
        chance.randrange(1, 44),
        id=id,
        grantee=person if chance.random() < 0.5 else f"organizations/{chance.choice(HOMES)}",
        action=chance.choice(("discover", "read", "invoke", "edit")),
        valid_until=until,
    )


@pytest.fixture(scope="session")
def cities():
    """Makes cities and edits of them from seeds, and eyes on a stored city."""

    class Cities:
        @staticmethod
        def drawn(seed):
            chance = Random(seed)
            city = draw_city(chance)
            return city, draw_edits(chance, city)

        @staticmethod
        @asynccontextmanager
        async def seen(city, principal="p0", between=lambda reader: reader, url=None):
            """The sight of a principal on a city in a store; `between` puts something before the reader."""
            store = InMemoryStore() if url is None else await open_store(url)
            try:
                await city.enter(store)
                async with store.read() as reader:
                    yield await see(between(reader), Authority(), principal, NOW)
            finally:
                await store.close()

    return Cities


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    """The URL of a fresh database, once of each sort."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
