"""A small city for the proofs about writing, and a case for every mutating verb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest
from google.protobuf.message import Message

from ucs_core.access.authority import Authority
from ucs_core.access.policy import RoleAssignment
from ucs_core.platform import Call, Platform, build_platform, system_clock
from ucs_core.platform.administration.entering import AdministrationVerbs
from ucs_core.platform.dependencies import DependencyVerbs
from ucs_core.platform.founding import found
from ucs_core.platform.members import MemberVerbs
from ucs_core.platform.organizations import OrganizationVerbs
from ucs_core.platform.pipeline import Pipeline
from ucs_core.platform.refusals import RefusalBudget
from ucs_core.platform.resources import ResourceVerbs
from ucs_core.platform.scenario_verbs import ScenarioVerbs
from ucs_core.platform.sessions import Reading
from ucs_core.platform.shelf import ShelfVerbs
from ucs_registry.catalog import Actor, delete
from ucs_registry.members import MemberTitle, NewMember
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_registry.resources import Dependency, Deprecation, Resource
from ucs_registry.reviews import Decided
from ucs_registry.testing import NOW, a_resource, a_revision, an_id, everything_visible
from ucs_sdk.vocabulary import (
    Availability,
    DependencyRelation,
    OrganizationKind,
    OrganizationLevel,
    PrincipalKind,
    ResourceKind,
    ReviewState,
)
from verb_routes import ROUTES, Hand, plain_answer

CITY, WATER, ROADS = "3702", "qingdao-water", "qingdao-roads"
PEOPLE = {
    "admin": CITY,
    "editor": WATER,
    "second": WATER,
    "third": WATER,
    "reviewer": WATER,
    "operator": WATER,
    "retirer": WATER,
    "auditor": WATER,
    "roads": ROADS,
    "outsider": None,
    "gone": WATER,
}
ROLES = {
    "editor": "editor",
    "second": "editor",
    "third": "editor",
    "reviewer": "reviewer",
    "operator": "operator",
    "retirer": "organization_administrator",
    "auditor": "auditor",
}
NEEDED = f"resources/{an_id(4242)}"
"""What everything that is linked needs."""

SPEC = {"items": [{"name": "depth", "title": "深度", "data_type": "decimal", "length": 10}], "row_count": 42}


def answer_bytes(answer: Any) -> bytes:
    """The bytes of an answer."""
    if isinstance(answer, Message):
        return answer.SerializeToString(deterministic=True)
    return orjson.dumps(answer) if isinstance(answer, (dict, list)) else answer.model_dump_json().encode()


def a_new_resource(code: str, owner: str = WATER, **content: Any) -> dict[str, Any]:
    """What is needed to enter a resource."""
    values = {
        "title": {"zh": "积水点", "en": "Waterlogging spots"},
        "summary": {"zh": "城区易积水点清单", "en": "Spots that flood"},
        "share_type": "unconditional",
        "data_level": "l1",
        "contact": "水务值班室",
        "spec": SPEC,
    }
    return {"code": code, "kind": "data", "type": "dataset", "owner": owner, "content": values | content}


def a_new_scenario(code: str) -> dict[str, Any]:
    """What is needed to enter a scenario."""
    new = a_new_resource(code, spec={"purpose": "other"})
    return {name: new[name] for name in ("code", "owner", "content")}


def an_organization(id: str, parent: str | None, level: str = "city", kind: str = "department") -> dict[str, Any]:
    """What is needed to enter an organisation."""
    return {"id": id, "parent": parent, "title": {"zh": f"机构{id}", "en": f"Org {id}"}, "level": level, "kind": kind}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A call that is accepted: who makes it, on a resource in which state of its life, and what it says."""

    principal: str
    state: str | None = None
    etag: bool = False
    arguments: Mapping[str, Any]

    def on(self, resource: Resource | None) -> dict[str, Any]:
        """The arguments of the call, about a resource."""
        if resource is None:
            return dict(self.arguments)
        return {"name": resource.name, **self.arguments, **({"etag": resource.etag} if self.etag else {})}


def cases(mark: str) -> dict[str, Case]:
    """A case for every verb; `mark` keeps the names of new things apart."""
    imported = [a_new_resource(f"I-{mark}-{at}") for at in range(3)]
    tree = [an_organization(f"d-{mark}", CITY), an_organization(f"e-{mark}", f"d-{mark}")]
    people = [{"id": f"p-{mark}", "kind": "person", "title": "P", "organization": WATER}]
    role = RoleAssignment(id=f"r-{mark}", principal="outsider", role="auditor", anchor=ROADS).to_rule()
    new_title = {"content": {"title": {"zh": "新标题", "en": f"New title {mark}"}}}
    because = {"reason": "Because."}
    members = [{"code": f"m-{mark}-{at}", "title": {"zh": f"成员{at}"}} for at in range(2)]
    going = ["standing", *(["other"] if mark == "other" else [])]
    return {
        "resources.create": Case(principal="editor", arguments={"resource": a_new_resource(f"N-{mark}")}),
        "resources.update": Case(principal="editor", state="draft", etag=True, arguments=new_title),
        "resources.change_dependencies": Case(
            principal="editor", state="linked", etag=True, arguments={"add": [], "remove": [NEEDED]}
        ),
        "scenarios.create": Case(principal="editor", arguments={"scenario": a_new_scenario(f"S-{mark}")}),
        "scenarios.update": Case(principal="editor", state="scenario", etag=True, arguments=new_title),
        "resources.submit": Case(principal="editor", state="draft", arguments={}),
        "resources.withdraw": Case(principal="editor", state="in_review", arguments={}),
        "resources.approve": Case(principal="reviewer", state="in_review", etag=True, arguments={}),
        "resources.reject": Case(principal="reviewer", state="in_review", etag=True, arguments=because),
        "resources.undo_review": Case(principal="reviewer", state="decided", arguments={}),
        "resources.bring_online": Case(principal="operator", state="approved", arguments={}),
        "resources.take_offline": Case(principal="operator", state="online", arguments=because),
        "resources.suspend": Case(principal="operator", state="online", arguments=because),
        "resources.resume": Case(principal="operator", state="suspended", arguments={}),
        "resources.retire": Case(principal="retirer", state="online", arguments={}),
        "resources.deprecate": Case(
            principal="retirer", state="online", arguments={"deprecation": {"effective_on": "2026-06-01", "note": mark}}
        ),
        "resources.undeprecate": Case(principal="retirer", state="deprecated", arguments={}),
        "resources.delete": Case(principal="retirer", state="online", arguments={}),
        "resources.undelete": Case(principal="retirer", state="deleted", arguments={}),
        "resources.purge": Case(principal="retirer", state="deleted", arguments={}),
        "resources.import": Case(principal="admin", arguments={"resources": imported}),
        "resources.batch_create": Case(
            principal="editor", arguments={"resources": [a_new_resource(f"B-{mark}-{at}") for at in range(2)]}
        ),
        "members.put": Case(principal="editor", state="fronting", arguments={"members": members}),
        "members.import": Case(principal="editor", state="fronting", arguments={"members": members}),
        "members.remove": Case(principal="editor", state="fronting", arguments={"codes": going}),
        "organizations.create": Case(principal="admin", arguments={"organization": an_organization(f"c-{mark}", CITY)}),
        "organizations.import": Case(principal="admin", arguments={"organizations": tree}),
        "principals.put": Case(principal="admin", arguments={"principals": people}),
        "rules.put": Case(principal="admin", arguments={"rules": [role.model_dump(mode="json")]}),
    }


def standing(state: str, number: int) -> Resource:
    """A resource of the water bureau in a state of its life."""
    review = ReviewState(state) if state in ("draft", "in_review") else ReviewState.APPROVED
    head = a_revision(1, review, title_zh="标题", title_en=f"Title {number}", spec=SPEC, contact="值班室")
    if review is ReviewState.IN_REVIEW:
        head = head.model_copy(update={"submitter": "principals/editor", "submitted_at": NOW})
    if state == "decided":
        head = head.model_copy(update={"reviewer": "principals/reviewer", "reviewed_at": system_clock()})
    if state == "linked":
        needs = (Dependency(target=NEEDED, relation=DependencyRelation.READS),)
        head = head.model_copy(update={"content": head.content.model_copy(update={"dependencies": needs})})
    if state == "scenario":
        head = head.model_copy(update={"content": head.content.model_copy(update={"spec": {"purpose": "other"}})})
    availability = Availability(state) if state in ("online", "suspended", "retired") else Availability.OFFLINE
    deprecation = Deprecation(effective_on=NOW.date()) if state == "deprecated" else None
    availability = Availability.ONLINE if state in ("deprecated", "deleted", "fronting") else availability
    sort = {"kind": ResourceKind.APPLICATION, "type": "scenario"} if state == "scenario" else {}
    return a_resource(number, owner=WATER, head=head, availability=availability, deprecation=deprecation, **sort)


async def prepare(store: Any, state: str | None, number: int) -> Resource | None:
    """Keep a resource in a state of its life."""
    if state is None:
        return None
    resource = standing(state, number)
    async with store.write() as unit:
        await unit.save([resource])
        if state == "linked":
            await unit.save([standing("online", int(NEEDED[-26:]))])
        if state == "fronting":
            await unit.put_members(resource.id, [NewMember(code="standing", title=MemberTitle(zh="成员"))], NOW)
        if state == "decided":
            decided = Decided(resource=resource.id, version=resource.version, availability=resource.availability)
            await unit.note_decision(decided)
        if state == "deleted":
            await delete(unit, resource, Actor("principals/retirer", NOW, everything_visible()))
        await unit.commit()
    return resource


async def settle(node: Any) -> None:
    """Found the city and give everybody their part."""
    tree = [
        NewOrganization(
            id=id,
            parent=parent,
            title=Bilingual(zh=f"机构{id}", en=f"Org {id}"),
            level=OrganizationLevel.CITY,
            kind=OrganizationKind.DEPARTMENT,
        )
        for id, parent in (("37", None), (CITY, "37"), (WATER, CITY), (ROADS, CITY))
    ]
    people = [
        Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home, disabled=id == "gone")
        for id, home in PEOPLE.items()
    ]
    await found(node.store, system_clock, "here", tree, people[0])
    call = Call(principal="admin")
    administration = node.platform.administration
    await administration.put_principals(call, [person.model_dump(mode="json") for person in people[1:]])
    held = [RoleAssignment(id=f"{who}.role", principal=who, role=role, anchor=WATER) for who, role in ROLES.items()]
    await administration.put_rules(call, [role.to_rule().model_dump(mode="json") for role in held])


def compose(store: Any, verifier: Any, **parts: Any) -> Platform:
    """The platform as it is composed, with some of its parts exchanged."""
    authority = parts.get("authority", Authority)()
    budget = parts.get("budget") or RefusalBudget(lambda: 0.0, burst=1_000_000)
    pipeline = parts.get("pipeline", Pipeline)(store, authority, system_clock, "here", budget)
    reading, resources = Reading(store, authority, system_clock), parts.get("resources", ResourceVerbs)(pipeline)
    return replace(
        build_platform(store, verifier, origin="here", clock=system_clock),
        reading=reading,
        resources=resources,
        dependencies=DependencyVerbs(pipeline),
        scenarios=ScenarioVerbs(resources, reading),
        shelf=ShelfVerbs(pipeline),
        members=MemberVerbs(pipeline),
        organizations=OrganizationVerbs(pipeline),
        administration=AdministrationVerbs(pipeline),
        pipeline=pipeline,
    )


@pytest.fixture
def city():
    """What a test needs of this file; tests are modules that cannot import each other."""

    class City:
        WATER, ROADS, CITY = WATER, ROADS, CITY
        SPEC, ROUTES = SPEC, ROUTES
        Hand = Hand
        settle = staticmethod(settle)
        compose = staticmethod(compose)
        plain = staticmethod(plain_answer)
        bytes_of = staticmethod(answer_bytes)
        resource = staticmethod(a_new_resource)
        organization = staticmethod(an_organization)
        cases = staticmethod(cases)
        prepare = staticmethod(prepare)

    return City
