"""Made-up worlds to be asked about: small, and full of what an answer can get wrong.

Their texts hold quotes, control characters and emoji, their numbers are long, their dates stand at the ends of time, and
everybody sees another part of them: by role, by policies of chance, and by grants that are over, live or still to come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from ucs_core.access.policy import PolicyRow, RoleAssignment
from ucs_core.access.ready import ready_rules
from ucs_registry.bin import KEPT, DeletedResource
from ucs_registry.extents import Polygon, Temporal
from ucs_registry.log import EntryDraft
from ucs_registry.members import MemberTitle, NewMember
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.ports import Store
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.resources import Dependency, Deprecation, Point, Resource, Revision, Summary
from ucs_registry.testing import (
    NOW,
    a_content,
    a_grant,
    a_resource,
    a_type,
    a_vocabulary,
    an_entry,
    an_id,
    an_organization,
)
from ucs_registry.types import MemberRules
from ucs_registry.visibility import Grant
from ucs_sdk.vocabulary import (
    Availability,
    DataLevel,
    DependencyRelation,
    MemberCoding,
    MemberStatus,
    OpenType,
    OrganizationKind,
    OrganizationLevel,
    PrincipalKind,
    ResourceKind,
    ReviewState,
    ShareType,
    UpdateCycle,
)

RESOURCES, GRANTS, BINNED, POLICIES = 40, 50, 3, 8

HOMES = {
    "administrator": "37",
    "editor": "water",
    "reviewer": "3702",
    "operator": "water",
    "auditor": "3702",
    "developer": "roads",
    "member": "370202",
    "outsider": None,
    "shut-out": "water",
}
"""Who asks, and where they are at home; `shut-out` is disabled."""

UNKNOWN = ("shut-out", "nobody-knows-them")
KNOWN = tuple(id for id in HOMES if id not in UNKNOWN)

_ROLES = (
    ("administrator", "platform_administrator", None),
    ("editor", "editor", "water"),
    ("reviewer", "reviewer", "3702"),
    ("operator", "operator", "water"),
    ("auditor", "auditor", "3702"),
    ("developer", "application", "roads"),
)
_TREE = (("37", None), ("3702", "37"), ("370202", "3702"), ("water", "3702"), ("roads", "3702"), ("well", "water"))
_TYPES = {
    ResourceKind.INFRASTRUCTURE: ("video_pool", "compute"),
    ResourceKind.DATA: ("dataset", "map_layer", "weather"),
    ResourceKind.COMPONENT: ("api_service",),
    ResourceKind.APPLICATION: ("scenario", "scenario", "business_system"),
}
TEXTS = (
    "积水点",
    "水",
    "青岛市·积水点（第二批）",
    "Water level",
    "water",
    "é e\u0301 Å",
    "👩‍🚒🌊 防汛",
    "𠀀𠮷",
    "\"quoted\" 'twice' `thrice`",
    "back\\slash \\u0041 \\n",
    "line\none\ttab\r\nand \x01\x1f\x7f\x80",
    "\u2028\u2029\ufeff\uffff!",
    "null",
    '{} [] {"a": 1}',
    "50 % _ * ? -- ; DROP",
    "</script>&amp;",
    "0",
    "-",
    "~" * 190,
)
TAGS = ("防汛", "水", "t1", "t2", "theme:health", 'a"b', "c'd", "👍")
REGIONS = (None, "37", "370202", "370202001", "370203", "370203004005", "110000")
_LATITUDES = (0.0, -0.0, 1.0, 0.1, 1 / 3, 36.06710000000005, 1e-7, 5e-324, -89.99999999999999)
_LONGITUDES = (*_LATITUDES, 120.38264400000001, -179.99999999999997, 180.0)
_DAYS = (date(1, 1, 1), date(9999, 12, 31), date(2025, 2, 28), date(2024, 2, 29), date(2026, 1, 1))
_INSTANTS = (
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2025, 7, 1, 12, 0, 0, 1, tzinfo=UTC),
)
_SPECS: tuple[dict[str, Any], ...] = (
    {},
    {"items": [], "none": None, "yes": True, "no": False},
    {"z": 1, "a": {"键": ["值", {"深": [[]]}]}, "A": 0.1, "": "empty"},
    {"floats": [0.0, -0.0, 1.0, 1e16, 1e22, 1e300, 5e-324, 1 / 3, 123456789.12345679], "whole": [0, -1, 2**53 + 1]},
    {"large": [2**63 - 1, -(2**63), 2**64 - 1], "text": '"\\\u2028\x01👍', 'q"k': "'"},
)
_LIVE = {"valid_from": NOW - timedelta(days=1), "valid_until": NOW + timedelta(days=1)}
_SPANS: tuple[dict[str, Any], ...] = (
    _LIVE,
    {"valid_from": NOW - timedelta(days=1), "valid_until": None},
    {"valid_from": NOW, "valid_until": NOW + timedelta(microseconds=1)},
    {"valid_from": NOW - timedelta(days=2), "valid_until": NOW},
    {"valid_from": NOW + timedelta(microseconds=1), "valid_until": None},
)


@dataclass(kw_only=True)
class World:
    """A tree, people, policies, grants, resources with drafts and members, types, and a bin."""

    organizations: list[NewOrganization] = field(default_factory=list)
    principals: list[Principal] = field(default_factory=list)
    rules: list[RuleRow] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    binned: list[Resource] = field(default_factory=list)
    members: dict[str, list[NewMember]] = field(default_factory=dict)
    entries: list[EntryDraft] = field(default_factory=list)

    async def enter(self, store: Store) -> None:
        """Put everything into a store, in one unit."""
        async with store.write() as unit:
            await unit.add_organizations(self.organizations)
            await unit.put_principals(self.principals)
            await unit.put_rules(self.rules)
            await unit.put_type(
                a_type("weather", members=MemberRules(code=MemberCoding.PLAIN, schema={"type": "object"}))
            )
            await unit.put_type(a_type("weather", version=2, schema={"type": "object", "x-名": [1.5, None]}))
            await unit.put_vocabulary(a_vocabulary())
            await unit.save([*self.resources, *self.binned])
            for resource in self.binned:
                await unit.delete(
                    DeletedResource(
                        resource=resource,
                        revisions=tuple(await unit.revisions(resource.id)),
                        deleted_at=NOW,
                        by="principals/editor",
                        purge_at=NOW + KEPT,
                    )
                )
            await unit.put_grants(self.grants)
            for resource, members in self.members.items():
                await unit.put_members(resource, members, NOW)
            for entry in self.entries:
                unit.append(entry)
            await unit.commit()

    @property
    def names(self) -> list[str]:
        """The names of all resources, those in the bin with them."""
        return [resource.name for resource in (*self.resources, *self.binned)]


def asked_world(chance: Random, resources: int = RESOURCES) -> World:
    """A world of chance."""
    world = World(organizations=list(_organizations(chance)), rules=[*ready_rules(), *_rules(chance)])
    world.principals = [
        Principal(id=id, kind=PrincipalKind.PERSON, title=_text(chance), organization=home, disabled=id == "shut-out")
        for id, home in HOMES.items()
    ]
    numbers = range(1, resources + 1)
    binned = range(9_001, 9_001 + BINNED)
    world.resources = [_resource(chance, number, [*numbers, *binned]) for number in numbers]
    world.binned = [_resource(chance, number, [*numbers]) for number in binned]
    world.grants = [_grant(chance, number, resources) for number in range(GRANTS)]
    for resource in world.resources:
        if chance.random() < 0.25:
            world.members[resource.id] = _members(chance)
    world.entries = [an_entry(object=resource.name, access_after=resource.access) for resource in world.resources]
    return world


def _organizations(chance: Random) -> Iterator[NewOrganization]:
    for id, parent in _TREE:
        yield an_organization(
            id,
            parent,
            title=Bilingual(zh=_text(chance), en=_text(chance)),
            level=chance.choice(list(OrganizationLevel)),
            kind=chance.choice(list(OrganizationKind)),
            region_code=chance.choice(REGIONS),
            source=chance.choice((None, "", *TEXTS)),
            synthetic=chance.random() < 0.5,
        )


def _rules(chance: Random) -> Iterator[RuleRow]:
    for number, (principal, role, anchor) in enumerate(_ROLES):
        yield RoleAssignment(id=f"held-{number}", principal=principal, role=role, anchor=anchor).to_rule()
    # Whatever else is drawn, there is something that only a grant shows, and something that only a grant lets one read.
    for action in ("discover", "read"):
        certain = PolicyRow(id=f"granted-{action}", role="public", relation="any", grant="required", action=action)
        yield certain.to_rule()
    for number in range(POLICIES):
        denies = chance.random() < 0.4
        yield PolicyRow(
            id=f"chance-{number}",
            role=chance.choice(("public", "member", "editor", "application")),
            relation=chance.choice(("any", "any", "subtree", "own")),
            kind=chance.choice(("*", *ResourceKind)),
            share_type=chance.choice(("*", *ShareType)),
            state=chance.choice(("*", *Availability)),
            grant="none_needed" if denies or chance.random() < 0.4 else "required",
            action=chance.choice(("discover", "discover", "read", "edit")),
            effect="deny" if denies else "allow",
        ).to_rule()


def _resource(chance: Random, number: int, targets: Sequence[int]) -> Resource:
    kind = chance.choice(list(ResourceKind))
    shown = _revision(chance, 1, ReviewState.APPROVED, targets)
    revisions: dict[str, Any] = {"head": shown, "current": shown}
    standing = chance.random()
    if standing < 0.45:
        state = chance.choice([state for state in ReviewState if state is not ReviewState.APPROVED])
        head = _revision(chance, 2 if standing < 0.3 else 1, state, targets)
        revisions = {"head": head, "current": shown if standing < 0.3 else None}
    return a_resource(
        number,
        kind=kind,
        type=chance.choice(_TYPES[kind]),
        owner=chance.choice(_TREE)[0],
        availability=chance.choice((Availability.ONLINE, Availability.ONLINE, *Availability)),
        availability_reason=chance.choice((None, *TEXTS)),
        version=chance.choice((1, 2, 7000 + number)),
        deprecation=_deprecation(chance, targets),
        created_at=chance.choice((NOW, NOW - timedelta(days=number), *_INSTANTS)),
        updated_at=chance.choice((NOW, NOW + timedelta(seconds=chance.randrange(8)), *_INSTANTS)),
        **revisions,
    )


def _revision(chance: Random, number: int, state: ReviewState, targets: Sequence[int]) -> Revision:
    people = [f"principals/{id}" for id in chance.sample(list(HOMES), 2)]
    decided = state in (ReviewState.APPROVED, ReviewState.REJECTED)
    return Revision(
        number=number,
        content=a_content(**_content(chance, targets)),
        state=state,
        authors=tuple(people[: chance.choice((1, 2))]),
        created_at=chance.choice((NOW, *_INSTANTS)),
        submitter=None if state is ReviewState.DRAFT else people[0],
        submitted_at=None if state is ReviewState.DRAFT else NOW + timedelta(seconds=chance.randrange(4)),
        reviewer=people[1] if decided else None,
        reviewed_at=NOW if decided else None,
        reason=_text(chance) if state is ReviewState.REJECTED else None,
    )


def _content(chance: Random, targets: Sequence[int]) -> dict[str, Any]:
    def maybe(value: Any) -> Any:
        return value if chance.random() < 0.6 else None

    begin, end = sorted(chance.sample(_DAYS, 2))
    return {
        "title_zh": _text(chance),
        "title_en": _text(chance),
        "summary": Summary(zh=_text(chance), en=_text(chance)),
        "tags": tuple(chance.sample(TAGS, chance.randrange(4))),
        "region_code": chance.choice(REGIONS),
        "location": maybe(_point(chance)),
        "classification": maybe(_text(chance)),
        "format": maybe(_text(chance)),
        "share_type": chance.choice(list(ShareType)),
        "share_condition": '协议 "1"',
        "denial_basis": "依据",
        "share_mode": maybe(_text(chance)),
        "open_type": chance.choice(list(OpenType)),
        "open_condition": maybe(_text(chance)),
        "data_level": chance.choice(list(DataLevel)),
        "update_cycle": chance.choice(list(UpdateCycle)),
        "issued_on": maybe(chance.choice(_DAYS)),
        "conforms_to": tuple(chance.sample(TEXTS, chance.randrange(3))),
        "related_codes": tuple(f"CODE-{number:06}" for number in chance.sample(targets, chance.randrange(3))),
        "dependencies": _links(chance, targets),
        "source": maybe(_text(chance)),
        "synthetic": chance.random() < 0.5,
        "contact": maybe(_text(chance)),
        "spec": chance.choice(_SPECS),
        "footprint": maybe(_footprint(chance)),
        "temporal": maybe(chance.choice((Temporal(start=begin, end=end), Temporal(start=begin), Temporal(end=end)))),
    }


def _links(chance: Random, targets: Sequence[int]) -> tuple[Dependency, ...]:
    return tuple(
        Dependency(
            target=f"resources/{an_id(target)}",
            relation=chance.choice(list(DependencyRelation)),
            version=chance.choice((None, "", "≥ 2.0")),
            role=chance.choice((None, '预警 "1"', "👍")),
            required=chance.random() < 0.7,
        )
        # One target may be needed in two ways, and something that never was in none.
        for target in chance.choices([*targets, 8_888], k=chance.choice((0, 0, 1, 2, 5)))
    )


def _footprint(chance: Random) -> Polygon:
    west, south = 120 + chance.random(), 36 + chance.random()
    ring = ((west, south), (west + 0.25, south), (west, south + 1 / 3), (west, south))
    return Polygon(type="Polygon", coordinates=(ring,))


def _deprecation(chance: Random, targets: Sequence[int]) -> Deprecation | None:
    if chance.random() < 0.7:
        return None
    return Deprecation(
        effective_on=chance.choice(_DAYS),
        removal_on=chance.choice((None, *_DAYS)),
        alternative=chance.choice((None, f"resources/{an_id(chance.choice(targets))}")),
        note=chance.choice((None, *TEXTS)),
    )


def _grant(chance: Random, number: int, resources: int) -> Grant:
    person = f"principals/{chance.choice(('developer', 'outsider', 'member', 'editor'))}"
    return a_grant(
        chance.randrange(1, resources + 1),
        id=f"grant-{number}",
        grantee=person if chance.random() < 0.6 else f"organizations/{chance.choice(_TREE)[0]}",
        action=chance.choice(("discover", "discover", "read", "edit", "review")),
        **chance.choice(_SPANS),
    )


def _members(chance: Random) -> list[NewMember]:
    return [
        NewMember(
            code=f"{chance.choice(('A', 'a', '3702'))}{number:04}",
            title=MemberTitle(zh=_text(chance), en=chance.choice((None, *TEXTS))),
            location=chance.choice((None, _point(chance))),
            region_code=chance.choice(REGIONS),
            status=chance.choice(list(MemberStatus)),
            attributes=chance.choice(_SPECS),
        )
        for number in range(chance.choice((1, 3, 30)))
    ]


def _point(chance: Random) -> Point:
    return Point(longitude=chance.choice(_LONGITUDES), latitude=chance.choice(_LATITUDES))


def _text(chance: Random) -> str:
    return chance.choice(TEXTS)
