"""A small city in memory, the people in it, and ears that hear what a watch tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ucs_core.access.policy import PolicyRow, RoleAssignment
from ucs_core.access.tokens import LocalIssuer
from ucs_core.platform import Call, Platform, WatchEvent, WatchLimits, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

CITY, WATER, ROADS = "3702", "qingdao-water", "qingdao-roads"
PEOPLE = {"admin": CITY, "editor": WATER, "reviewer": WATER, "operator": WATER, "roads": ROADS, "outsider": None}
ROLES = ("editor", "reviewer", "operator")
CONTENT = {
    "title": {"zh": "积水点", "en": "Waterlogging spots"},
    "summary": {"zh": "城区易积水点清单", "en": "Spots that flood"},
    "share_type": "unconditional",
    "data_level": "l1",
    "contact": "水务值班室",
    "spec": {"items": [{"name": "depth", "title": "深度", "data_type": "decimal", "length": 10}], "row_count": 42},
}


class Ear:
    """What one watch has told, and what ended it."""

    def __init__(self) -> None:
        self.events: list[WatchEvent] = []
        self.ended: UcsError | None = None
        self.changed = asyncio.Condition()

    @property
    def told(self) -> list[tuple[str, str | None]]:
        """Type and name of every event but progress."""
        return [(event.type.value, event.name) for event in self.events if event.type != "progress"]

    @property
    def progress(self) -> list[int]:
        return [event.position for event in self.events if event.type == "progress"]

    async def listen(self, events: AsyncIterator[WatchEvent]) -> None:
        try:
            async for event in events:
                await self._note(self.events.append, event)
        except UcsError as end:
            await self._note(lambda error: setattr(self, "ended", error), end)
        finally:
            await events.aclose()

    async def _note(self, note: Callable[[Any], object], what: Any) -> None:
        async with self.changed:
            note(what)
            self.changed.notify_all()

    async def until(self, wanted: Callable[[Ear], object], seconds: float = 10) -> None:
        """Wait until something is so."""
        async with self.changed, asyncio.timeout(seconds):
            await self.changed.wait_for(lambda: wanted(self))

    async def end(self) -> UcsError:
        """What ends the watch."""
        await self.until(lambda ear: ear.ended)
        return self.ended


class City:
    """The platform, and what is done on it."""

    WATER, ROADS, CITY = WATER, ROADS, CITY
    CONTENT = CONTENT
    ear = Ear

    def __init__(self, platform: Platform, store: Any, issuer: LocalIssuer) -> None:
        self.platform = platform
        self.store = store
        self.issuer = issuer

    @property
    def admin(self) -> Call:
        return Call(principal="admin")

    async def settle(self) -> None:
        tree = [_organization(CITY, None), _organization(WATER, CITY), _organization(ROADS, CITY)]
        await found(self.store, system_clock, "test", tree, _person("admin"))
        people = [_person(id).model_dump(mode="json") for id in PEOPLE if id != "admin"]
        await self.platform.administration.put_principals(self.admin, people)
        roles = [RoleAssignment(id=f"{who}.role", principal=who, role=who, anchor=WATER) for who in ROLES]
        await self.put_rules(*roles)

    async def put_rules(self, *rows: PolicyRow | RoleAssignment) -> None:
        await self.platform.administration.put_rules(
            self.admin, [row.to_rule().model_dump(mode="json") for row in rows]
        )

    async def change_person(self, id: str, **changes: Any) -> None:
        person = _person(id).model_copy(update=changes)
        await self.platform.administration.put_principals(self.admin, [person.model_dump(mode="json")])

    async def create(self, code: str = "QD-1", owner: str = WATER, **content: Any) -> Any:
        new = {"code": code, "kind": "data", "type": "dataset", "owner": owner, "content": CONTENT | content}
        return await self.platform.resources.create(Call(principal="editor"), new)

    async def approve(self, name: str) -> Any:
        made = await self.platform.resources.submit(Call(principal="editor"), name)
        return await self.platform.resources.approve(Call(principal="reviewer"), name, made.etag)

    async def publish(self, code: str = "QD-1", **content: Any) -> Any:
        made = await self.create(code, **content)
        await self.approve(made.name)
        return await self.platform.resources.bring_online(Call(principal="operator"), made.name)

    async def update(self, name: str, **content: Any) -> Any:
        async with self.platform.session("editor") as session:
            etag = (await session.resource(name)).etag
        return await self.platform.resources.update(Call(principal="editor"), name, content, etag)

    async def position(self) -> int:
        async with self.store.read() as reader:
            return reader.head.position

    @asynccontextmanager
    async def listening(self, principal: str, token: Any = None, **wanted: Any) -> AsyncIterator[Ear]:
        """An ear on a watch, until the end of the block."""
        ear = Ear()
        task = asyncio.create_task(ear.listen(self.platform.watch(principal, token, **wanted)))
        try:
            yield ear
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _organization(id: str, parent: str | None) -> NewOrganization:
    title = Bilingual(zh=f"机构{id}", en=f"Org {id}")
    level, kind = OrganizationLevel.CITY, OrganizationKind.DEPARTMENT
    return NewOrganization(id=id, parent=parent, title=title, level=level, kind=kind)


def _person(id: str) -> Principal:
    return Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=PEOPLE[id])


@asynccontextmanager
async def opened(store: Any = None, clock: Any = None, **limits: Any) -> AsyncIterator[City]:
    """A city over a store, until the end of the block."""
    store, issuer = store or InMemoryStore(), LocalIssuer(Ed25519PrivateKey.generate())
    platform = build_platform(store, issuer.verifier(), origin="test", clock=clock, watch_limits=WatchLimits(**limits))
    city = City(platform, store, issuer)
    await city.settle()
    yield city
    assert not platform.watching.open
    await platform.pipeline.drain()
    await store.close()


@pytest.fixture
def open_city() -> Any:
    return opened


@pytest.fixture
async def city() -> AsyncIterator[City]:
    async with opened() as city:
        yield city
