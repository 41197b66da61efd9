"""Invents a catalogue of any size around the real entries, the same one for the same count and seed.

How the kinds, owners, share types and levels are spread is an assumption, written in the tables below and in
`docs/demo-city.md`: the public texts give the total of 189,000 items and 4 kinds, not the split. Every invented resource
is marked `synthetic`, says so in its source and summary, and carries no figure of Qingdao's.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from ulid import ULID

from ucs_core.demo.geography import Outline, outlines
from ucs_core.demo.organizations import CITY, organizations
from ucs_core.demo.real_entries import ID_TIMESTAMP_MS, real_resources
from ucs_core.demo.scenarios import PARTS, REQUIRED, ROLES, scenarios_among
from ucs_core.demo.subjects import Subject, scenario_subjects, subjects
from ucs_registry.catalog import ImportedResource
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.resources import Dependency, Point, ResourceContent, Summary
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase
from ucs_sdk.vocabulary import (
    Availability,
    DataLevel,
    DependencyRelation,
    OpenType,
    OrganizationKind,
    OrganizationLevel,
    ResourceKind,
    ShareType,
)

SYNTHETIC = "synthetic"
"""The source of every invented resource."""

EXAMPLE_CONDITION = "示例条件（合成）：说明用途，仅限本部门 (synthetic example: state the purpose, own department only)"
EXAMPLE_OPENING = "示例条件（合成）：实名申请并反馈利用情况 (synthetic example: apply by name and report the use)"
EXAMPLE_BASIS = "示例依据（合成）：含个人或敏感信息 (synthetic example basis: holds personal or sensitive information)"

KIND_SHARES: Mapping[ResourceKind, float] = {
    ResourceKind.INFRASTRUCTURE: 0.25,
    ResourceKind.DATA: 0.60,
    ResourceKind.COMPONENT: 0.05,
    ResourceKind.APPLICATION: 0.10,
}
"""What part of the whole each kind is. The order is that of the stream: whatever is needed comes first."""

SHARE_TYPES = ((ShareType.UNCONDITIONAL, 55), (ShareType.CONDITIONAL, 38), (ShareType.NONE, 7))

LEVELS: Mapping[ShareType, tuple[tuple[DataLevel, int], ...]] = {
    ShareType.UNCONDITIONAL: ((DataLevel.L1, 60), (DataLevel.L2, 40)),
    ShareType.CONDITIONAL: ((DataLevel.L2, 40), (DataLevel.L3, 50), (DataLevel.L4, 10)),
    ShareType.NONE: ((DataLevel.L3, 30), (DataLevel.L4, 70)),
}

OPEN_TYPES: Mapping[tuple[ShareType, DataLevel], tuple[tuple[OpenType, int], ...]] = {
    (ShareType.UNCONDITIONAL, DataLevel.L1): ((OpenType.UNCONDITIONAL, 50), (OpenType.NONE, 50)),
    (ShareType.UNCONDITIONAL, DataLevel.L2): ((OpenType.CONDITIONAL, 20), (OpenType.NONE, 80)),
}
"""Whatever is not named here is not open to the public."""

AVAILABILITIES = ((Availability.ONLINE, 92), (Availability.OFFLINE, 8))

OWNERS: Mapping[ResourceKind, tuple[tuple[str, int], ...]] = {
    ResourceKind.INFRASTRUCTURE: (("district", 15), ("hub", 20), ("town", 35), ("community", 20), ("department", 10)),
    ResourceKind.DATA: (("district", 10), ("hub", 20), ("town", 20), ("community", 20), ("department", 30)),
    ResourceKind.COMPONENT: (("hub", 50), ("department", 50)),
    ResourceKind.APPLICATION: (("hub", 30), ("town", 25), ("community", 15), ("department", 30)),
}
"""Who owns what, by parts of a hundred."""

LOCATED = {
    ResourceKind.INFRASTRUCTURE: 1.0,
    ResourceKind.DATA: 0.6,
    ResourceKind.COMPONENT: 0.0,
    ResourceKind.APPLICATION: 0.25,
}
"""How often a resource of a district, or below, has a place. What belongs to the whole city has none."""

NEEDS: Mapping[ResourceKind, tuple[tuple[DependencyRelation, ResourceKind, float], ...]] = {
    ResourceKind.INFRASTRUCTURE: ((DependencyRelation.RUNS_ON, ResourceKind.INFRASTRUCTURE, 0.6),),
    ResourceKind.DATA: (
        (DependencyRelation.RUNS_ON, ResourceKind.INFRASTRUCTURE, 1.0),
        (DependencyRelation.DERIVES_FROM, ResourceKind.DATA, 1.7),
    ),
    ResourceKind.COMPONENT: (
        (DependencyRelation.READS, ResourceKind.DATA, 4.0),
        (DependencyRelation.RUNS_ON, ResourceKind.INFRASTRUCTURE, 1.0),
        (DependencyRelation.CALLS, ResourceKind.COMPONENT, 2.0),
    ),
    ResourceKind.APPLICATION: (
        (DependencyRelation.CALLS, ResourceKind.COMPONENT, 5.0),
        (DependencyRelation.READS, ResourceKind.DATA, 4.0),
        (DependencyRelation.RUNS_ON, ResourceKind.INFRASTRUCTURE, 1.0),
        (DependencyRelation.CALLS, ResourceKind.APPLICATION, 0.5),
    ),
}
"""What a resource depends on, each with how many of them there are on average: about 600,000 at full size."""

CLASS_CODES = {
    ResourceKind.INFRASTRUCTURE: "INF",
    ResourceKind.DATA: "DAT",
    ResourceKind.COMPONENT: "COM",
    ResourceKind.APPLICATION: "APP",
}

SCENARIO, SCENARIO_CODE = "scenario", "SCN"
"""The type of scenarios, and what stands in their codes."""

SUFFIXES = {
    ResourceKind.INFRASTRUCTURE: ("{n}号", "No. {n}"),
    ResourceKind.DATA: ("（第{n}批）", "batch {n}"),
    ResourceKind.COMPONENT: ("第{n}版", "version {n}"),
    ResourceKind.APPLICATION: ("（{n}期）", "phase {n}"),
}

SCENARIO_SUFFIX = ("场景（{n}期）", "scenario, phase {n}")

POOL_SIZE = 2_000
"""How many resources of a kind are remembered as targets of dependencies, however many there are."""

_TRIES_FOR_NEIGHBOUR = 4
_DISTRICT_DIGITS = 6
_SUFFIX_MOST = 99

Needs = Callable[[ResourceKind, str], Iterator[Dependency]]
"""Gives what a resource of a kind depends on in a district."""

T = TypeVar("T")


def generate(count: int, seed: int) -> Iterator[ImportedResource]:
    """Stream `count` resources: the real entries, then invented ones, each behind all that it depends on.

    Infrastructure comes first, then data, components and applications. A count below that of the real entries cuts them.
    """
    if count < 0:
        raise Invalid("FIELD_INVALID", path="count", problem=Phrase("count-negative"))
    return _stream(count, seed)


def _stream(count: int, seed: int) -> Iterator[ImportedResource]:
    real = real_resources()[:count]
    inventor = Inventor(seed)
    for resource in real:
        inventor.remember(resource)
        yield resource
    composed = max(0, scenarios_among(count) - sum(resource.type == SCENARIO for resource in real))
    for kind, number in synthetic_counts(count, Counter(resource.kind for resource in real)).items():
        scenarios = min(composed, number) if kind is ResourceKind.APPLICATION else 0
        for _ in range(number - scenarios):
            resource = inventor.invent(kind)
            inventor.remember(resource)
            yield resource
        for _ in range(scenarios):
            yield inventor.compose()


def synthetic_counts(count: int, real: Mapping[ResourceKind, int]) -> dict[ResourceKind, int]:
    """How many of each kind to invent so that the whole comes as near to `KIND_SHARES` as the real entries allow."""
    wanted = _apportion(count, KIND_SHARES)
    missing = {kind: float(max(0, wanted[kind] - real.get(kind, 0))) for kind in KIND_SHARES}
    return _apportion(count - sum(real.values()), missing)


class Inventor:
    """Makes up resources one by one; all chance comes from one seed."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._owners = _Owners(organizations())
        self._pools = {kind: _Pool(self._rng) for kind in ResourceKind}
        self._made = 0

    def remember(self, resource: ImportedResource) -> None:
        """Let later resources depend on this one."""
        region = resource.content.region_code or CITY
        target = _Target(f"resources/{resource.id}", region[:_DISTRICT_DIGITS], resource.type)
        self._pools[resource.kind].offer(target)

    def invent(self, kind: ResourceKind) -> ImportedResource:
        """Make up one resource."""
        return self._made_of(kind, self._rng.choice(subjects()[kind]), CLASS_CODES[kind], self._dependencies)

    def compose(self) -> ImportedResource:
        """Make up a scenario out of resources that were remembered."""
        subject = self._rng.choice(scenario_subjects())
        return self._made_of(ResourceKind.APPLICATION, subject, SCENARIO_CODE, self._parts)

    def _made_of(self, kind: ResourceKind, subject: Subject, mark: str, needs: Needs) -> ImportedResource:
        rng = self._rng
        self._made += 1
        owner = self._owners.draw(rng, _draw(rng, OWNERS[kind]), subject)
        region = owner.region_code or CITY
        return ImportedResource(
            id=self._new_id(),
            code=f"QD-{region}-{mark}-S{self._made:07d}",
            kind=kind,
            type=subject.type,
            owner=owner.id,
            availability=_draw(rng, AVAILABILITIES),
            content=self._content(kind, subject, owner, tuple(needs(kind, region[:_DISTRICT_DIGITS]))),
        )

    def _new_id(self) -> str:
        # As ids are anywhere, in the order in which things were entered: their indexes then grow at one end.
        moment = ID_TIMESTAMP_MS + self._made
        return str(ULID.from_bytes(moment.to_bytes(6, "big") + self._rng.randbytes(10)))

    def _content(
        self, kind: ResourceKind, subject: Subject, owner: NewOrganization, needs: tuple[Dependency, ...]
    ) -> ResourceContent:
        rng = self._rng
        region = owner.region_code or CITY
        share = _draw(rng, SHARE_TYPES)
        level = _draw(rng, LEVELS[share])
        openness = _draw(rng, OPEN_TYPES.get((share, level), ((OpenType.NONE, 1),)))
        number = rng.randint(1, _SUFFIX_MOST)
        forms = SCENARIO_SUFFIX if subject.type == SCENARIO else SUFFIXES[kind]
        suffix_zh, suffix_en = (form.format(n=number) for form in forms)
        return ResourceContent(
            title=Bilingual(
                zh=f"{owner.title.zh}{subject.zh}{suffix_zh}", en=f"{subject.en}, {owner.title.en}, {suffix_en}"
            ),
            summary=Summary(
                zh=f"合成示例：{owner.title.zh}的{subject.zh}。",
                en=f"Synthetic example: {subject.en.lower()} of {owner.title.en}.",
            ),
            tags=subject.tags,
            region_code=region,
            location=self._place(kind, region),
            classification=subject.classification,
            share_type=share,
            share_condition=EXAMPLE_CONDITION if share is ShareType.CONDITIONAL else None,
            denial_basis=EXAMPLE_BASIS if share is ShareType.NONE else None,
            open_type=openness,
            open_condition=EXAMPLE_OPENING if openness is OpenType.CONDITIONAL else None,
            data_level=level,
            update_cycle=subject.cycle,
            dependencies=needs,
            source=SYNTHETIC,
            synthetic=True,
            spec=subject.draw_spec(rng),
        )

    def _place(self, kind: ResourceKind, region: str) -> Point | None:
        outline: Outline | None = outlines().get(region[:_DISTRICT_DIGITS])
        if outline is None or self._rng.random() >= LOCATED[kind]:
            return None
        return outline.draw(self._rng)

    def _dependencies(self, kind: ResourceKind, district: str) -> Iterator[Dependency]:
        taken: set[str] = set()
        for relation, target_kind, average in NEEDS[kind]:
            for _ in range(round(self._rng.random() * 2 * average)):
                target = self._pools[target_kind].pick(district)
                if target is not None and target.name not in taken:
                    taken.add(target.name)
                    yield Dependency(target=target.name, relation=relation)

    def _parts(self, kind: ResourceKind, district: str) -> Iterator[Dependency]:
        taken: set[str] = set()
        for relation, target_kind, least, most in PARTS:
            for number in range(self._rng.randint(least, most)):
                target = self._pools[target_kind].pick(district)
                if target is None or target.name in taken:
                    continue
                taken.add(target.name)
                required = number == 0 or self._rng.random() < REQUIRED
                yield Dependency(target=target.name, relation=relation, role=ROLES.get(target.type), required=required)


class _Target(NamedTuple):
    name: str
    district: str
    type: str


class _Pool:
    """A fair sample of all that was offered, of bounded size."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._targets: list[_Target] = []
        self._offered = 0

    def offer(self, target: _Target) -> None:
        self._offered += 1
        if len(self._targets) < POOL_SIZE:
            self._targets.append(target)
            return
        place = self._rng.randrange(self._offered)
        if place < POOL_SIZE:
            self._targets[place] = target

    def pick(self, district: str) -> _Target | None:
        """Some target, of the district where one turns up within a few tries."""
        if not self._targets:
            return None
        for _ in range(_TRIES_FOR_NEIGHBOUR):
            target = self._rng.choice(self._targets)
            if target.district == district:
                break
        return target


class _Owners:
    """The organisations that may own things, by group."""

    def __init__(self, all_organizations: Iterable[NewOrganization]) -> None:
        self._by_id = {organization.id: organization for organization in all_organizations}
        divisions = [entry for entry in self._by_id.values() if entry.kind is OrganizationKind.DIVISION]
        self._groups = {
            "hub": [entry for entry in self._by_id.values() if entry.kind is OrganizationKind.HUB],
            "district": [entry for entry in divisions if entry.level is OrganizationLevel.DISTRICT],
            "town": [entry for entry in divisions if entry.level is OrganizationLevel.TOWN],
            "community": [entry for entry in divisions if entry.level is OrganizationLevel.COMMUNITY],
        }

    def draw(self, rng: random.Random, group: str, subject: Subject) -> NewOrganization:
        if group == "department":
            return self._by_id[rng.choice(subject.departments)]
        return rng.choice(self._groups[group])


def _draw(rng: random.Random, weighted: tuple[tuple[T, int], ...]) -> T:
    return rng.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]


def _apportion(total: int, weights: Mapping[ResourceKind, float]) -> dict[ResourceKind, int]:
    """Split a total by weights into whole numbers that add up: the largest remainders are rounded up."""
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    exact = {kind: total * weight / whole for kind, weight in weights.items()}
    parts = {kind: int(value) for kind, value in exact.items()}
    by_remainder = sorted(exact, key=lambda kind: parts[kind] - exact[kind])
    for kind in by_remainder[: total - sum(parts.values())]:
        parts[kind] += 1
    return parts
