"""Small made-up worlds, and what everybody in them ought to see, as casbin's own enforcer says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from ucs_core.access.actions import Action
from ucs_core.access.oracle import build_enforcer
from ucs_core.access.policy import PolicyRow, RoleAssignment, check_rules
from ucs_core.platform.sight import WORKING_ACTIONS
from ucs_registry.bin import KEPT, DeletedResource
from ucs_registry.log import Outcome
from ucs_registry.organizations import NewOrganization
from ucs_registry.ports import Store
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.queries import Order, ResourceQuery, sort_key
from ucs_registry.resources import Dependency, Deprecation, Resource
from ucs_registry.testing import (
    NOW,
    a_grant,
    a_resource,
    a_revision,
    an_entry,
    an_id,
    an_organization,
)
from ucs_registry.visibility import Grant
from ucs_sdk.vocabulary import (
    Availability,
    DataLevel,
    DependencyRelation,
    OpenType,
    PrincipalKind,
    ResourceKind,
    ReviewState,
    ShareType,
)

ORGANIZATIONS, PRINCIPALS, RESOURCES, POLICIES, ASSIGNMENTS, GRANTS = 8, 6, 24, 32, 8, 30
DELETED = range(9001, 9005)
"""The numbers of the resources that are in the bin."""
TYPES = {
    ResourceKind.INFRASTRUCTURE: "video_pool",
    ResourceKind.DATA: "dataset",
    ResourceKind.COMPONENT: "api_service",
    ResourceKind.APPLICATION: "business_system",
}
ROLES = ("role_a", "role_b", "role_c")
ACTIONS = (Action.DISCOVER, Action.DISCOVER, Action.DISCOVER, *Action, "*")
CERTAIN = [
    *(("public", "discover"), ("member", "discover"), ("member", "read"), ("member", "create"), ("member", "audit")),
    *((role, action) for role in ROLES for action in ("discover", "discover", "read", "edit")),
    *(("role_a", "audit"), ("role_b", "submit"), ("role_c", "create")),
]
"""What policies speak of in every world, under conditions of chance; what the others speak of is chance as well."""

WORDS = {
    "kind": tuple(ResourceKind),
    "type": (*TYPES.values(), "video_*", "d*"),
    "share_type": tuple(ShareType),
    "data_level": tuple(DataLevel),
    "open_type": tuple(OpenType),
    "state": tuple(Availability),
}
TAGS = ("防汛", "交通", "t1", "t2")
TITLES = ("积水点", "丙", "中", "Z", "a", "a", "A1", "A10", "é")
LIVE = {"valid_from": NOW - timedelta(days=1), "valid_until": None}
ENDED = {"valid_from": NOW - timedelta(days=2), "valid_until": NOW - timedelta(days=1)}


@dataclass(kw_only=True)
class World:
    """A tree, people, policies, grants and resources, some of them with drafts that nobody was shown."""

    organizations: list[NewOrganization] = field(default_factory=list)
    principals: list[Principal] = field(default_factory=list)
    rules: list[RuleRow] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    deleted: list[Resource] = field(default_factory=list)
    _decided: dict[tuple[str, str, str, bool], bool] = field(default_factory=dict)
    _enforcer: Any = None

    async def enter(self, store: Store) -> None:
        """Put everything into a store, with an entry in the log for each resource."""
        async with store.write() as unit:
            entered = await unit.add_organizations(self.organizations)
            await unit.put_principals(self.principals)
            check_rules(self.rules, entered, self.principals)
            await unit.put_rules(self.rules)
            await unit.save([*self.resources, *self.deleted])
            for resource in self.deleted:
                await unit.delete(await _binned(unit, resource))
            await unit.put_grants(self.grants)
            for resource in self.resources:
                number = int(resource.id)
                unit.append(an_entry(object=resource.name, access_after=resource.access, body=f'"spec{number:04}x"'))
                unit.append(an_entry(object=resource.name, outcome=Outcome.REFUSED, reason="ETAG_STALE", action=None))
            await unit.commit()

    def may(self, principal: str, action: Action, resource: Resource) -> bool:
        """What casbin says, grants included."""
        return self._says(principal, action, resource, granted=self._granted(principal, action, resource))

    def may_if_granted(self, principal: str, action: Action, resource: Resource) -> bool:
        """What casbin would say if there were a grant."""
        return self._says(principal, action, resource, granted=True)

    def _says(self, principal: str, action: Action, resource: Resource, *, granted: bool) -> bool:
        key = (principal, action.value, resource.id, granted)
        if key not in self._decided:
            self._enforcer = self._enforcer or build_enforcer(self.organizations, self.principals, self.rules)
            access = resource.access
            attributes = (
                access.kind,
                access.type,
                access.share_type,
                access.data_level,
                access.open_type,
                access.state,
            )
            asked = (principal, access.owner, *map(str, attributes), granted)
            self._decided[key] = self._enforcer.enforce(*asked, action.value)
        return self._decided[key]

    def may_anywhere(self, principal: str, action: Action) -> bool:
        """What casbin says of the platform as its root stands for it."""
        root = self.organizations[0].id
        answer: bool = self._enforcer.enforce(principal, root, *("-",) * 6, False, action.value)
        return answer

    def seen_by(self, principal: str) -> list[Resource]:
        """What a principal may discover."""
        return [resource for resource in self.resources if self.may(principal, Action.DISCOVER, resource)]

    def works_on(self, principal: str, resource: Resource) -> bool:
        """Whether a principal is shown the latest revision of a resource."""
        return any(self.may(principal, action, resource) for action in WORKING_ACTIONS)

    def below(self, top: str) -> set[str]:
        """An organisation and all below it."""
        found = {top}
        for item in self.organizations:
            if item.parent in found:
                found.add(item.id)
        return found

    def secrets_from(self, principal: str) -> dict[str, str]:
        """Every word that may not occur in any answer to a principal, and what it would betray."""
        secrets = {}
        for resource in self.resources:
            number = int(resource.id)
            whole = {resource.id: "id", resource.code: "code", f"shown{number:04}x": "title"}
            draft = {f"draft{number:04}x": "draft", f'"{resource.etag}"': "etag"}
            inner = {f"spec{number:04}x": "spec", f"tel{number:04}x": "contact"}
            hidden: dict[str, str] = {}
            if not self.may(principal, Action.DISCOVER, resource):
                hidden = whole | draft | inner
            else:
                hidden |= {} if self.works_on(principal, resource) else draft
                hidden |= {} if self.may(principal, Action.READ, resource) else inner
            secrets |= {word: f"the {what} of resource {number}" for word, what in hidden.items()}
        for number in DELETED:
            words = (f"{what}{number:04}x" for what in ("shown", "draft", "spec", "tel"))
            secrets |= dict.fromkeys(
                (an_id(number), f"CODE-{number:06}", *words), f"resource {number}, which was deleted"
            )
        return secrets

    def could_undelete(self, principal: str) -> list[Resource]:
        """What a principal could take out of the bin. Grants do not count there."""
        return [
            resource
            for resource in self.deleted
            if self._says(principal, Action.DISCOVER, resource, granted=False)
            and any(
                self._says(principal, action, resource, granted=False)
                for action in (Action.RETIRE, *([] if resource.current else [Action.EDIT]))
            )
        ]

    def _granted(self, principal: str, action: Action, resource: Resource) -> bool:
        home = next(item.organization for item in self.principals if item.id == principal)
        parents = {item.id: item.parent for item in self.organizations}
        grantees = {f"principals/{principal}"}
        while home is not None:
            grantees.add(f"organizations/{home}")
            home = parents[home]
        return any(
            grant.resource == resource.name
            and grant.action == action.value
            and grant.grantee in grantees
            and grant.live(NOW)
            for grant in self.grants
        )


async def _binned(unit: Any, resource: Resource) -> DeletedResource:
    revisions = tuple(await unit.revisions(resource.id))
    return DeletedResource(
        resource=resource, revisions=revisions, deleted_at=NOW, by="principals/p1", purge_at=NOW + KEPT
    )


def matching(world: World, resources: Iterable[Resource], query: ResourceQuery) -> list[Resource]:
    """Those that a query means, found by looking at each; of searches, only single words of titles are understood."""
    owners = None if query.owner_subtree is None else world.below(query.owner_subtree)
    resources = list(resources)
    deprecated = {resource.name for resource in resources if resource.deprecation}
    return [
        resource
        for resource in resources
        if query.kind in (None, resource.kind)
        and query.type in (None, resource.type)
        and query.share_type in (None, resource.shown.content.share_type)
        and query.availability in (None, resource.availability)
        and query.code in (None, resource.code)
        and (query.tag is None or query.tag in resource.shown.content.tags)
        and (owners is None or resource.owner in owners)
        and (
            not query.affected_by_deprecation
            or deprecated & {link.target for link in resource.shown.content.dependencies}
        )
        and (query.search is None or query.search in resource.shown.content.title.en)
    ]


def ordered(resources: Iterable[Resource], order: Order) -> list[Resource]:
    """Resources as a list shows them."""
    return sorted(resources, key=lambda item: (sort_key(item, order), item.id), reverse=order.descending)


def build_world(chance: Random) -> World:
    """A world in which most principals see a part of what there is: where all or nothing is seen, little can go wrong."""
    while True:
        world = _drawn(chance)
        seen = [len(world.seen_by(person.id)) for person in world.principals]
        if sum(RESOURCES // 6 < number < RESOURCES - 3 for number in seen) > PRINCIPALS // 2:
            return world


def _drawn(chance: Random, resources: int = RESOURCES, grants: int = GRANTS) -> World:
    world = World()
    for number in range(ORGANIZATIONS):
        parent = chance.choice(world.organizations).id if number else None
        world.organizations.append(an_organization(f"o{number}", parent))
    homes = [item.id for item in world.organizations]
    for number in range(PRINCIPALS):
        home = chance.choice(homes) if number else None
        world.principals.append(Principal(id=f"p{number}", kind=PrincipalKind.PERSON, title="P", organization=home))
    world.rules = [_policy(chance, number) for number in range(POLICIES)]
    for number in range(ASSIGNMENTS):
        assigned = RoleAssignment(
            id=f"g{number:02}",
            principal=f"p{chance.randrange(1, PRINCIPALS)}",
            role=chance.choice(ROLES),
            anchor=chance.choice(homes),
        )
        world.rules.append(assigned.to_rule())
    world.resources = [_resource(chance, number, homes) for number in range(1, resources + 1)]
    world.grants = [_grant(chance, number, homes, resources) for number in range(grants)]
    world.deleted = [_resource(chance, number, homes) for number in DELETED]
    return world


def _policy(chance: Random, number: int) -> RuleRow:
    narrow = 0.2 if number < len(CERTAIN) else 0.3
    columns = {name: chance.choice(words) if chance.random() < narrow else "*" for name, words in WORDS.items()}
    role, action = chance.choice(("public", "member", *ROLES)), str(chance.choice(ACTIONS))
    if number < len(CERTAIN):
        role, action = CERTAIN[number]
    effect = "deny" if number >= len(CERTAIN) and chance.random() < 0.4 else "allow"
    return PolicyRow(
        id=f"rule-{chance.randrange(100):02}-{number}",
        role=role,
        relation=chance.choice(("subtree", "ancestors", "any", "any", "own")),
        **{name: str(value) for name, value in columns.items()},
        grant="required" if effect == "allow" and chance.random() < 0.25 else "none_needed",
        action=action,
        effect=effect,
    ).to_rule()


def _resource(chance: Random, number: int, homes: list[str]) -> Resource:
    kind = chance.choice(list(ResourceKind))
    fields = {
        "tags": tuple(chance.sample(TAGS, chance.randrange(3))),
        "share_type": chance.choice(list(ShareType)),
        "share_condition": "协议",
        "denial_basis": "依据",
        "data_level": chance.choice(list(DataLevel)),
        "open_type": chance.choice(list(OpenType)),
        "spec": {"note": f"spec{number:04}x"},
        "contact": f"tel{number:04}x",
    }
    title = {"title_zh": chance.choice(TITLES), "title_en": f"{chance.choice(TITLES)} shown{number:04}x common"}
    shown = a_revision(1, **title, **fields, dependencies=_links(chance))
    draft = a_revision(
        2,
        ReviewState.DRAFT,
        **fields | {"tags": (f"draft{number:04}x",), "share_type": chance.choice(list(ShareType))},
        title_zh=f"草稿{number}",
        title_en=f"draft{number:04}x common",
        dependencies=_links(chance),
    )
    sort = chance.random()
    revisions: dict[str, Any] = {"head": shown, "current": shown}
    if sort < 0.4:
        revisions = {"head": draft, "current": shown}
    elif sort < 0.6:
        revisions = {"head": shown.model_copy(update={"state": ReviewState.DRAFT}), "current": None}
    return a_resource(
        number,
        kind=kind,
        type=TYPES[kind],
        owner=chance.choice(homes),
        availability=chance.choice(list(Availability)),
        version=7000 + number,
        deprecation=_announced(chance),
        updated_at=NOW + timedelta(seconds=chance.randrange(8)),
        **revisions,
    )


def _links(chance: Random) -> tuple[Dependency, ...]:
    targets = chance.sample([*range(1, RESOURCES + 1), *DELETED], chance.randrange(4))
    return tuple(
        Dependency(target=f"resources/{an_id(target)}", relation=chance.choice(list(DependencyRelation)))
        for target in targets
    )


def _announced(chance: Random) -> Deprecation | None:
    """What is announced of some, and what to use instead, which may be hidden or gone."""
    target = chance.choice([*range(1, RESOURCES + 1), *DELETED])
    announced = Deprecation(effective_on=NOW.date(), alternative=f"resources/{an_id(target)}")
    return announced if chance.random() < 0.3 else None


def _grant(chance: Random, number: int, homes: list[str], resources: int) -> Grant:
    person = f"principals/p{chance.randrange(PRINCIPALS)}"
    return a_grant(
        chance.randrange(1, resources + 1),
        id=f"grant-{number}",
        grantee=person if chance.random() < 0.6 else f"organizations/{chance.choice(homes)}",
        action=chance.choice(("discover", "discover", "read", "edit")),
        **(LIVE if chance.random() < 0.75 else ENDED),
    )


@pytest.fixture
def sight() -> Any:
    """What a test needs of this file; tests are modules that cannot import each other."""

    class Sight:
        now = NOW
        world: Callable[[Random], World] = staticmethod(build_world)
        crowded: Callable[[Random, int, int], World] = staticmethod(_drawn)
        matching = staticmethod(matching)
        ordered = staticmethod(ordered)

    return Sight
