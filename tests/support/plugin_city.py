"""A city whose platform runs plugins that a test writes: on any store, with a clock that a test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ucs_core.access import RoleAssignment, TokenVerifier
from ucs_core.platform import Call, Platform, build_platform
from ucs_core.platform.founding import found
from ucs_registry.memory import InMemoryStore
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_registry.sql import open_store
from ucs_sdk.plugins import FoundPlugin, find_in_folder
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)

TREE = {"37": None, "3702": "37", "water": "3702", "pumps": "water", "roads": "3702"}

PEOPLE = {"founder": "37", "wang": "water", "li": "roads", "pump": "pumps", "outsider": None}

EDITORS = {"wang": "water", "li": "roads"}

LEDGER = '''
import asyncio
from collections.abc import AsyncIterator
from pydantic import BaseModel, Field
from ucs_sdk import Between, Capability, Context, Event, NotFound, hookimpl

class Note(BaseModel):
    text: str = ""
    level: int = 0
class Asked(BaseModel):
    key: str = Field(default="a", max_length=40)
    text: str = ""
    level: int = 0
class Found(BaseModel):
    keys: list[str] = []
    count: int = 0
    text: str = ""
class Noted(BaseModel):
    key: str
    level: int = 0

ledger = Capability("ledger", title_zh="台账", title_en="Ledger")
ledger.emits("city.ledger.noted.v1", Noted)
ran = []

@ledger.operation(title_zh="记", title_en="Note", effect="write")
async def note(ctx: Context, asked: Asked) -> Found:
    """Keep a note."""
    async with ctx.unit() as unit:
        notes = unit.documents("notes", Note)
        before = await notes.get(asked.key)
        level = (before.body.level if before else 0) + asked.level
        notes.put(asked.key, Note(text=asked.text, level=level))
        unit.emit("city.ledger.noted.v1", Noted(key=asked.key, level=level), subject=asked.key)
    ran.append(asked.key)
    return Found(keys=[asked.key], count=level, text=ctx.caller.principal)

@ledger.operation(title_zh="查", title_en="Find")
async def find(ctx: Context, asked: Asked) -> Found:
    notes = ctx.documents("notes", Note)
    page = await notes.query({"level": Between(least=asked.level)}, order_by="level", limit=50)
    return Found(keys=[each.key for each in page.items], count=await notes.count())

@ledger.operation(title_zh="版本", title_en="Version")
async def version(ctx: Context, asked: Asked) -> Found:
    return Found(text="one")
'''

LEDGER_TAIL = """
@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [ledger]
"""

LEDGER_MANIFEST = """
permissions = ["documents", "events", "invoke", "run", "notify"]
events_in = ["city.ledger.noted.v1"]
events_out = ["city.ledger.noted.v1"]
"""


def written(folder: Path, name: str, source: str, manifest: str = "", version: str = "1.0") -> FoundPlugin:
    """A plugin as its author keeps it: a folder with a manifest and one module."""
    package = folder / name / "src" / f"{name}_plugin"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(source)
    (package / "plugin.toml").write_text(
        f'name = "{name}"\napi_level = 1\ntitle = {{zh = "测试", en = "Test"}}\n'
        f'summary = {{zh = "测试", en = "For a test."}}\n{manifest}'
    )
    (folder / name / "pyproject.toml").write_text(
        f'[project]\nname = "ucs-{name}"\nversion = "{version}"\n'
        f'[project.entry-points."ucs.plugins"]\n{name} = "{name}_plugin"\n'
    )
    return find_in_folder(folder / name)


def a_ledger(folder: Path, more: str = "", version: str = "1.0") -> FoundPlugin:
    """A plugin that keeps notes and tells of them, and whatever a test adds."""
    return written(folder, "ledger", LEDGER + more + LEDGER_TAIL, LEDGER_MANIFEST, version)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """The same, in seconds: by what leases in memory end."""
        return self.now.timestamp()

    def move(self, **parts: float) -> None:
        """Let time pass."""
        self.now += timedelta(**parts)


@dataclass(kw_only=True)
class PluginCity:
    """A platform with people, and plugins that are installed."""

    store: Any
    clock: Clock
    folder: Path
    platform: Platform
    installed: dict[str, FoundPlugin] = field(default_factory=dict)

    async def enable(self, found: FoundPlugin, owner: str = "water", **more: Any) -> Any:
        """Install and enable a plugin."""
        self.installed[found.name] = found
        return await self.platform.enable_plugin(Call(principal="founder"), found.name, owner=owner, **more)

    async def invoke(self, who: str, path: str, *, request_id: str | None = None, **asked: Any) -> Any:
        """Call an operation as somebody."""
        return await self.platform.invoke(Call(principal=who, request_id=request_id), path, asked)

    async def ledger(self, more: str = "", version: str = "1.0", owner: str = "water") -> Any:
        """Enable the ledger."""
        return await self.enable(a_ledger(self.folder, more, version), owner)

    @property
    def module(self) -> Any:
        """The ledger's module, as it runs."""
        return self.platform.extensions.table.plugins["ledger"].plugin.module

    async def entries(self, verb: str) -> list[Any]:
        """What the log tells of a verb."""
        async with self.store.read() as reader:
            return [entry for entry in await reader.log(after=0, first=10_000) if entry.verb == verb]

    async def notes(self) -> dict[str, dict[str, Any]]:
        """All notes of the ledger, whoever owns them."""
        from ucs_registry.documents import DocumentQuery

        async with self.store.read() as reader:
            found = await reader.find_documents(DocumentQuery(plugin="ledger", collection="notes"), first=1_000)
        return {document.id: {**document.body, "owner": document.organization} for document in found}

    async def keep(self, *rules: Any) -> None:
        """Put rules into the store behind the platform's back."""
        async with self.store.write() as unit:
            await unit.put_rules(list(rules))
            await unit.commit()


def held(principal: str, role: str, anchor: str) -> Any:
    """The row by which somebody holds a role."""
    return RoleAssignment(id=f"held.{principal}.{role}", principal=principal, role=role, anchor=anchor).to_rule()


async def founded(store: Any, clock: Clock) -> None:
    """Found the city in an empty store."""
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
    people = [Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home) for id, home in PEOPLE.items()]
    await found(store, clock, "here", tree, people[0])
    async with store.write() as unit:
        await unit.put_principals(people[1:])
        await unit.put_rules([held(id, "editor", place) for id, place in EDITORS.items()])
        await unit.commit()


def on(store: Any, clock: Clock, folder: Path, **extending: Any) -> PluginCity:
    """A node on a store that was founded."""
    installed: dict[str, FoundPlugin] = {}
    platform = build_platform(
        store, TokenVerifier({}), origin="here", clock=clock, find=lambda: list(installed.values()), **extending
    )
    return PluginCity(store=store, clock=clock, folder=folder, platform=platform, installed=installed)


@asynccontextmanager
async def nodes(
    url: str | None, folder: Path, count: int = 1, wrap: Callable[[Any], Any] = lambda store: store, **extending: Any
) -> AsyncIterator[list[PluginCity]]:
    """So many nodes on one database, or on one store in memory; `wrap` puts something between a node and its store."""
    clock = Clock()
    async with AsyncExitStack() as stack:
        made: list[PluginCity] = []
        shared: Any = InMemoryStore(seconds=clock.seconds) if url is None else None
        for at in range(count):
            store = shared or await open_store(url or "")
            stack.push_async_callback(store.close)
            if at == 0:
                await founded(store, clock)
            city = on(wrap(store), clock, folder, **extending)
            stack.push_async_callback(city.platform.pipeline.drain)
            stack.push_async_callback(city.platform.extensions.host.close)
            made.append(city)
        yield made
