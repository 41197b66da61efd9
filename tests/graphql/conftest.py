"""A small city behind the GraphQL door, and the people who ask it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.policy import RoleAssignment
from ucs_core.access.tokens import LocalIssuer
from ucs_core.graphql import Caller, DocumentErrors, GraphqlDoor, refused
from ucs_core.platform import Call, Platform, build_platform, system_clock
from ucs_core.platform.calls import new_call_id
from ucs_core.platform.founding import found
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.ports import Store
from ucs_registry.principals import Principal
from ucs_registry.sql import open_store
from ucs_sdk.errors import UcsError
from ucs_sdk.messages import Locale
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

CITY, WATER, ROADS = "3702", "qingdao-water", "qingdao-roads"

PEOPLE = {
    "admin": CITY,
    "editor": WATER,
    "reviewer": WATER,
    "operator": WATER,
    "auditor": WATER,
    "roads": ROADS,
    "outsider": None,
}
ROLES = ("editor", "reviewer", "operator", "auditor")


class Refused(Exception):
    """The answer held errors; the first one's extensions are at hand."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body
        self.errors = body["errors"]
        self.message = self.errors[0]["message"]
        self.code = self.errors[0]["extensions"]["code"]
        self.reason = self.errors[0]["extensions"]["reason"]
        self.fields = self.errors[0]["extensions"]["fields"]
        super().__init__(f"{self.reason}: {self.message}")


@dataclass(kw_only=True)
class City:
    """The platform with its door, and shorthands for what tests do all the time."""

    store: Store
    platform: Platform
    door: GraphqlDoor

    async def answer(
        self, who: str, document: str, variables: Mapping[str, Any] | None = None, *, language: str = "en", name=None
    ) -> Mapping[str, Any]:
        """The whole body that the door gives."""
        caller = Caller(principal=who, locale=Locale(language), call_id=new_call_id())
        try:
            operation = self.door.prepare(document, name, variables or {})
            return (await self.door.run(operation, variables or {}, caller)).body
        except (UcsError, DocumentErrors) as error:
            return refused(error, caller).body

    async def ask(self, who: str, document: str, **variables: Any) -> Any:
        """The data of an answer, in which errors are not expected."""
        body = await self.answer(who, document, variables)
        if "errors" in body:
            raise Refused(body)
        return body["data"]

    async def create(self, who: str = "editor", code: str = "QD-1", **content: Any) -> Any:
        """Enter a resource."""
        return await self.change(who, "createResource", "input: $input", {"input": new_resource(code, **content)})

    async def change(self, who: str, verb: str, arguments: str = "", variables: Any = None, **given: Any) -> Any:
        """Call a mutation; its arguments are variables of the same names."""
        values = {**(variables or {}), **given}
        types = {
            "input": "CreateResourceInput!",
            "content": "ResourceContentPatch!",
            "id": "ID!",
            "etag": "String!" if verb in ("updateResource", "approveResource", "rejectResource") else "String",
            "reason": "String!",
            "requestId": "String",
            "validateOnly": "Boolean!",
        }
        declared = ", ".join(f"${name}: {types[name]}" for name in values)
        passed = ", ".join(f"{name}: ${name}" for name in values)
        document = f"mutation({declared}) {{ done: {verb}({passed}) {{ {SHOWN} }} }}"
        return (await self.ask(who, document, **values))["done"]

    async def publish(self, code: str = "QD-1", **content: Any) -> Any:
        """Enter a resource and lead it online."""
        made = await self.create("editor", code, **content)
        made = await self.change("editor", "submitResource", id=made["id"])
        made = await self.change("reviewer", "approveResource", id=made["id"], etag=made["etag"])
        return await self.change("operator", "bringOnline", id=made["id"])

    def call(self, who: str) -> Call:
        """A mutating call, for what has no mutation."""
        return Call(principal=who)

    async def import_many(self, items: list[dict[str, Any]]) -> list[str]:
        """Enter resources as approved elsewhere; their names."""
        return (await self.platform.resources.import_chunk(self.call("admin"), items)).names


SHOWN = (
    "id code etag availability availabilityReason revision tags shareType title { zh en } contact spec readable"
    " head { number state authors submitter reviewer reason content { title { zh } tags } } owner { id title { zh } }"
    " dependencies { relation version resource { id } }"
)


def new_resource(code: str = "QD-1", *, owner: str = WATER, kind: str = "data", type: str = "dataset", **content: Any):
    """What createResource takes."""
    values = {
        "title": {"zh": "积水点", "en": "Waterlogging spots"},
        "summary": {"zh": "城区易积水点清单", "en": "Spots that flood"},
        "tags": ["防汛"],
        "shareType": "unconditional",
        "dataLevel": "l1",
        "contact": "水务值班室",
        "spec": SPEC,
    }
    return {"code": code, "kind": kind, "type": type, "owner": f"organizations/{owner}", "content": values | content}


SPEC = {"items": [{"name": "depth", "title": "深度", "data_type": "decimal", "length": 10}], "row_count": 42}


def imported(code: str, *, owner: str = WATER, kind: str = "data", type: str = "dataset", **content: Any):
    """What an import takes."""
    values = {
        "title": {"zh": f"资源{code}", "en": f"Resource {code}"},
        "summary": {"zh": "说明", "en": "Summary"},
        "share_type": "unconditional",
        "data_level": "l1",
        "spec": SPEC,
    }
    return {"code": code, "kind": kind, "type": type, "owner": owner, "content": values | content}


async def settle(store: Store) -> City:
    """Found the city and give everybody their part."""
    issuer = LocalIssuer(Ed25519PrivateKey.generate())
    platform = build_platform(store, issuer.verifier(), origin="test")
    tree = [
        _organization("37", None, OrganizationLevel.PROVINCE, OrganizationKind.DIVISION),
        _organization(CITY, "37", OrganizationLevel.CITY, OrganizationKind.DIVISION),
        _organization(ROADS, CITY, OrganizationLevel.CITY, OrganizationKind.DEPARTMENT),
        _organization(WATER, CITY, OrganizationLevel.CITY, OrganizationKind.DEPARTMENT),
    ]
    await found(store, system_clock, "test", tree, _person("admin"))
    call = Call(principal="admin")
    people = [_person(id).model_dump(mode="json") for id in PEOPLE if id != "admin"]
    await platform.administration.put_principals(call, people)
    roles = [RoleAssignment(id=f"{role}.{role}", principal=role, role=role, anchor=WATER) for role in ROLES]
    await platform.administration.put_rules(call, [role.to_rule().model_dump(mode="json") for role in roles])
    return City(store=store, platform=platform, door=GraphqlDoor(platform))


def _organization(id: str, parent: str | None, level: OrganizationLevel, kind: OrganizationKind) -> NewOrganization:
    return NewOrganization(
        id=id, parent=parent, title=Bilingual(zh=f"机构{id}", en=f"Org {id}"), level=level, kind=kind
    )


def _person(id: str) -> Principal:
    return Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=PEOPLE[id])


@pytest.fixture
async def city():
    store = InMemoryStore()
    yield await settle(store)
    await store.close()


@pytest.fixture
def make_city():
    """Founds the city in a store."""
    return settle


@pytest.fixture
async def sqlite_city(sqlite_url):
    store = await open_store(sqlite_url)
    yield await settle(store)
    await store.close()


@pytest.fixture
def refusal():
    """Awaits what must be refused, and gives the refusal."""

    async def caught(asked) -> Refused:
        with pytest.raises(Refused) as found:
            await asked
        return found.value

    return caught


@pytest.fixture
def make_import():
    return imported


@pytest.fixture
def make_new():
    return new_resource
