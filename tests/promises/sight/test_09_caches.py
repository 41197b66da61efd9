"""Promise 9: caches never change a decision. Whoever remembers decides, lists and counts as one who remembers nothing.

The ids of these worlds are full of delimiters, as far as ids may be: joined to strings, many of them would be the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from weakref import WeakValueDictionary

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.masks import MaskCache
from ucs_core.access.policy import HeldRole, RoleAssignment
from ucs_core.access.snapshot import Snapshot
from ucs_core.access.tokens import LocalIssuer, TokenVerifier
from ucs_core.platform.sessions import ReadSession
from ucs_core.platform.sight import Sight, see
from ucs_registry.ports import Reader, Store, Unit
from ucs_registry.principals import Principal, Subject
from ucs_registry.queries import Dimension, ResourceQuery
from ucs_registry.sql import open_store
from ucs_sdk.errors import Unauthenticated
from ucs_sdk.vocabulary import Availability

HOMES = ("0-a", "b-c", "b", "a-b", "c", "a-b-c", "a--b", "a")
ROLES = {"role_a": "a", "role_b": "b", "role_c": "c"}
PEOPLE = ("a", "a.b", "a-b", "a_b", "a.-.b", "b")
SUBJECTS = (
    ("https://id.example/a|b", "c:d"),
    ("https://id.example/a", "b|c:d"),
    ("https://id.example/a|b|c", "d,"),
    ("https://id.example/a:b", "c/d"),
    ("https://id.example/a", "b:c/d"),
    ("https://id.example/", "a,b\\0|:"),
)
EDITS, RESOURCES = 3, 10
ASKED = (Action.DISCOVER, Action.READ, Action.EDIT, Action.ADMINISTER)


class Forgetful(Authority):
    """The measure: nothing that was worked out for one question is there for the next."""

    async def at(self, reader: Reader) -> Snapshot:
        snapshot = await Authority().at(reader)
        edition = snapshot.edition
        edition.masks = MaskCache(most=0)
        edition._rows = Nothing()
        edition._entitlements = Nothing()
        edition._profiles = Nothing()
        return snapshot


class Nothing(dict[Any, Any]):
    """A cache that is switched off."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def setdefault(self, key: Any, default: Any = None) -> Any:
        return default


class Joined(WeakValueDictionary[Any, Any]):
    """A cache that is keyed by a string."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_joined(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_joined(key), value)


def _joined(held: frozenset[HeldRole]) -> str:
    return "-".join(sorted("-".join(part for part in role if part) for role in held if role.role != "public"))


class KeyedByStrings(Authority):
    """The twin: what callers may is remembered under their roles as one string."""

    async def at(self, reader: Reader) -> Snapshot:
        snapshot = await super().at(reader)
        if not isinstance(snapshot.edition._rows, Joined):
            snapshot.edition._rows = Joined()
        return snapshot


class MasksOutliveEdits(Authority):
    """A second twin: masks are remembered by caller, whatever is edited."""

    def __init__(self) -> None:
        super().__init__()
        self._masks = ByCaller()

    async def at(self, reader: Reader) -> Snapshot:
        snapshot = await super().at(reader)
        snapshot.edition.masks = self._masks
        self._masks.edition = snapshot.edition
        return snapshot


class ByCaller(MaskCache):
    """Masks under the ids of those who see by them."""

    edition: Any = None

    def _key(self, key: Any) -> Any:
        row, action = key
        return next((id for id, profile in self.edition._profiles.items() if profile.row is row), None), action

    def get(self, key: Any) -> bytes:
        return super().get(self._key(key))

    def put(self, key: Any, mask: bytes) -> None:
        super().put(self._key(key), mask)


def renamed(world: Any) -> Any:
    """A world whose ids are full of delimiters."""
    homes = {f"o{number}": id for number, id in enumerate(HOMES)}
    people = {f"p{number}": id for number, id in enumerate(PEOPLE)}
    words = homes | people | ROLES | {f"organizations/{old}": f"organizations/{new}" for old, new in homes.items()}
    words |= {f"principals/{old}": f"principals/{new}" for old, new in people.items()}
    world.deleted = []
    world.organizations = [
        item.model_copy(update={"id": words[item.id], "parent": words.get(item.parent or "")})
        for item in world.organizations
    ]
    world.principals = [
        item.model_copy(
            update={
                "id": words[item.id],
                "organization": words.get(item.organization or ""),
                "subject": Subject(issuer=SUBJECTS[number][0], subject=SUBJECTS[number][1]),
            }
        )
        for number, item in enumerate(world.principals)
    ]
    world.rules = [
        rule.model_copy(update={"values": tuple(words.get(value, value) for value in rule.values)})
        for rule in world.rules
        if rule.section == "p" or rule.values[0] not in ("p0", "p1")
    ]
    world.resources = [item.model_copy(update={"owner": words[item.owner]}) for item in world.resources]
    # What these two hold is one string when it is joined: `a-b-c`.
    world.principals[1] = world.principals[1].model_copy(update={"organization": None})
    alike = ((PEOPLE[0], "a", "b-c"), (PEOPLE[1], "a", "b"), (PEOPLE[1], "c", None))
    for number, (person, role, anchor) in enumerate(alike):
        row = RoleAssignment(id=f"alike-{number}", principal=person, role=role, anchor=anchor)
        world.rules.append(row.to_rule())
    world.grants = [replace(grant, grantee=words[grant.grantee]) for grant in world.grants]
    return world


async def edit(unit: Unit, chance: Random, other: Any, issued: datetime) -> None:
    """Some of everything that access depends on."""
    rules = await unit.rules()
    await unit.remove_rules([rule.id for rule in chance.sample(rules, 6)])
    await unit.put_rules(chance.sample(other.rules, 10))
    people = await unit.principals()
    moved, changed = chance.sample(people, 2)
    again: dict[str, Any] = {"organization": chance.choice(HOMES), "disabled": False, "subject": changed.subject}
    later = {"disabled": chance.random() < 0.5, "subject": moved.subject, "revoked_before": issued}
    await unit.put_principals([moved.model_copy(update=again), changed.model_copy(update=later)])
    await unit.put_grants(chance.sample(other.grants, 8))
    found = await unit.resources([item.id for item in chance.sample(other.resources, 4)])
    turned = [item.model_copy(update={"availability": chance.choice(list(Availability))}) for item in found.values()]
    await unit.save(turned)


class Callers:
    """Who calls with which token, verified with a memory and without."""

    def __init__(self, people: list[Principal]) -> None:
        issuer = LocalIssuer(Ed25519PrivateKey.generate())
        self._remembering = issuer.verifier()
        self._forgetful = TokenVerifier(issuer.public_keys, cached_most=0)
        self.tokens = {person.id: issuer.issue(person.id, lifetime=timedelta(minutes=10)) for person in people}

    async def sight(self, reader: Reader, authority: Authority, id: str, at: datetime) -> Sight | str:
        """The sight of a caller, or why there is none."""
        verifier = self._forgetful if isinstance(authority, Forgetful) else self._remembering
        try:
            token = verifier.verify(self.tokens[id])
            return await see(reader, authority, id, at, token)
        except Unauthenticated as refusal:
            return refusal.reason


async def answers(sight: Sight, reader: Reader, resources: list[Any]) -> AsyncIterator[tuple[Any, ...]]:
    """What a caller is told: every decision, and every list with its count and facet."""
    for resource in resources:
        for action in ASKED:
            decision = await sight.decide(action, resource)
            yield action, resource.id, decision
            cell = await reader.cell(resource.id)
            yield action, resource.id, "cell", sight.snapshot.verdict(sight.profile, action, cell or 0)
    for place in (None, *HOMES):
        yield place, sight.snapshot.decide_organization(sight.profile, Action.ADMINISTER, place)
    session, after, listed = ReadSession(sight), None, []
    while True:
        page = await session.resources(ResourceQuery(), first=10, after=after)
        listed += [(item.name, item.etag, item.readable, item.head is None) for item in page.items]
        if not page.more:
            break
        after = page.cursors[-1]
    yield "list", listed
    yield "count", await session.count(ResourceQuery()), await session.facets(ResourceQuery(), [Dimension.KIND])
    for issuer, subject in SUBJECTS:
        yield issuer, subject, sight.snapshot.edition.subjects.get((issuer, subject))


async def compared(findings: Any, store: Store, callers: Callers, remembering: Authority, at: datetime) -> list[str]:
    """Where a remembering authority and a forgetful one differ over one state of the store."""
    violations: list[str] = []
    async with store.read() as reader:
        resources = list((await reader.resources([f"{number:026d}" for number in range(1, RESOURCES + 1)])).values())
        # Twice: what was not remembered at the first time is at the second.
        for round in range(2):
            for id in callers.tokens:
                sights = [await callers.sight(reader, each, id, at) for each in (remembering, Forgetful())]
                if any(isinstance(sight, str) for sight in sights):
                    findings.tried += 1
                    violations += [f"{id}: {sights}"] * (sights[0] != sights[1])
                    continue
                told = [[item async for item in answers(sight, reader, resources)] for sight in sights]
                findings.tried += len(told[0])
                violations += [
                    f"{id}, round {round}: {one} is not {two}" for one, two in zip(*told, strict=True) if one != two
                ]
    return violations


async def walk(findings: Any, sight: Any, database: str, build: Callable[[], Authority]) -> list[str]:
    """A world with edits in between; the authority lives through them all. It ends where something is found."""
    chance = findings.random("caches")
    world, other = (renamed(sight.crowded(chance, RESOURCES, 24)) for _ in range(2))
    issued = datetime.now(UTC)
    callers, remembering, violations = Callers(world.principals), build(), []
    store = await open_store(database)
    try:
        await world.enter(store)
        for round in range(EDITS * findings.effort + 1):
            if violations:
                break
            if round:
                async with store.write() as unit:
                    await edit(unit, chance, other, issued)
                    await unit.commit()
            violations += await compared(findings, store, callers, remembering, issued + timedelta(seconds=1))
    finally:
        await store.close()
    return violations


# An edit is compared in some thousand answers.
@pytest.mark.long_form(20)
async def test_whoever_remembers_decides_as_one_who_does_not(findings: Any, sight: Any, database: str) -> None:
    findings.expect_none(await walk(findings, sight, database, Authority))


@pytest.mark.parametrize("twin", [KeyedByStrings, MasksOutliveEdits])
async def test_a_memory_that_mixes_things_up_is_found(
    findings: Any, sight: Any, database: str, twin: type[Authority]
) -> None:
    findings.expect_caught(twin.__name__, await walk(findings, sight, database, twin))
