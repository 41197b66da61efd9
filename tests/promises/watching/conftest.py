"""What the proofs about watching share: a small city whose resources come and go, and who may see what of them by casbin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from ucs_core.access.actions import Action
from ucs_core.access.oracle import build_enforcer
from ucs_core.access.policy import RoleAssignment
from ucs_core.platform import Call, Platform, WatchLimits, build_platform, system_clock
from ucs_core.platform.founding import found
from ucs_core.platform.sight import WORKING_ACTIONS
from ucs_core.platform.watching import Watching
from ucs_registry.log import Entry, Outcome
from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_registry.principals import Principal
from ucs_registry.resources import AccessAttributes
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel, PrincipalKind

CITY, WATER, ROADS = "3702", "qingdao-water", "qingdao-roads"
PEOPLE = {"admin": CITY, "editor": WATER, "reviewer": WATER, "operator": WATER, "roads": ROADS, "outsider": None}
ROLES = ("editor", "reviewer", "operator")
EYES = ("admin", "editor", "roads", "outsider")
"""Who watches: those who see everything, those who work on it, and those who see a part."""

PREPARING = {"update", "submit", "withdraw", "reject"}
PATIENCE_SECONDS = 20


def _content(chance: Random) -> dict[str, Any]:
    share = chance.choice(("unconditional", "unconditional", "conditional", "none"))
    return {
        "title": {"zh": "积水点", "en": f"Spots {chance.randrange(1000)}"},
        "summary": {"zh": "清单", "en": "Spots that flood"},
        "share_type": share,
        "share_condition": "协议",
        "denial_basis": "依据",
        "open_type": chance.choice(("none", "unconditional")),
        "data_level": "l1",
        "spec": {"items": [{"name": "depth", "title": "深度", "data_type": "decimal"}], "row_count": 42},
    }


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
        for id, parent in ((CITY, None), (WATER, CITY), (ROADS, CITY))
    ]
    people = [Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home) for id, home in PEOPLE.items()]
    await found(node.store, system_clock, "here", tree, people[0])
    call = Call(principal="admin")
    administration = node.platform.administration
    await administration.put_principals(call, [person.model_dump(mode="json") for person in people[1:]])
    held = [RoleAssignment(id=f"{who}.role", principal=who, role=who, anchor=WATER) for who in ROLES]
    await administration.put_rules(call, [role.to_rule().model_dump(mode="json") for role in held])


class Writer:
    """Somebody who keeps the catalogue moving: enters resources, leads them through review, takes them away again."""

    def __init__(self, chance: Random, mark: str) -> None:
        self._chance = chance
        self._mark = mark
        self._count = 0
        self._names: list[str] = []
        self.written = 0

    async def step(self, node: Any) -> None:
        """One call, whatever becomes of it."""
        verbs = node.platform.resources
        try:
            if len(self._names) < 3 or self._chance.random() < 0.15:
                self._count += 1
                code = f"{self._mark}-{self._count}"
                new = {"code": code, "kind": "data", "type": "dataset", "owner": WATER}
                made = await verbs.create(Call(principal="editor"), new | {"content": _content(self._chance)})
                self._names.append(made.name)
            else:
                await self._lead(node, self._chance.choice(self._names))
            self.written += 1
        except UcsError:
            # Not every verb fits the state in which chance finds a resource, and nodes die.
            pass

    async def _lead(self, node: Any, name: str) -> None:
        verbs = node.platform.resources
        async with node.platform.session("reviewer") as session:
            seen = await session.resource(name)
        match self._chance.choice(("review", "review", "review", "update", "shelf", "shelf")):
            case "review" if seen.head.state == "draft":
                await verbs.submit(Call(principal="editor"), name)
            case "review" if seen.head.state == "in_review":
                await verbs.approve(Call(principal="reviewer"), name, seen.etag)
            case "update":
                await verbs.update(Call(principal="editor"), name, _content(self._chance), seen.etag)
            case "shelf" if seen.availability == "offline":
                await verbs.bring_online(Call(principal="operator"), name)
            case "shelf":
                await verbs.take_offline(Call(principal="operator"), name, "Because.")


@dataclass
class Truth:
    """What everybody ought to be told of a log, by casbin's own enforcer and nothing that the platform uses."""

    entries: Sequence[Entry]
    enforcer: Any
    _allowed: dict[tuple[str, str, AccessAttributes], bool] = field(default_factory=dict)

    def told(self, principal: str) -> list[tuple[int, str, str]]:
        """Position, type and name of every change that a principal may see."""
        served: set[str] = set()
        found = []
        for entry in self.entries:
            if entry.outcome is Outcome.REFUSED or not entry.object.startswith("resources/"):
                continue
            verb = entry.verb.removeprefix("resources.")
            change = self._change(principal, entry)
            hidden = verb in PREPARING and entry.object in served and not self._works(principal, entry)
            if verb in ("approve", "import"):
                served.add(entry.object)
            if change is not None and not hidden:
                found.append((entry.position, change, entry.object))
        return found

    def _change(self, principal: str, entry: Entry) -> str | None:
        before, after = (
            access is not None and self._may(principal, Action.DISCOVER, access)
            for access in (entry.access_before, entry.access_after)
        )
        if after:
            return "modified" if before else "added"
        return "removed" if before else None

    def _works(self, principal: str, entry: Entry) -> bool:
        return any(self._may(principal, action, entry.access_after) for action in WORKING_ACTIONS)

    def _may(self, principal: str, action: Action, access: AccessAttributes) -> bool:
        key = (principal, action.value, tuple(access.model_dump().values()))
        if key not in self._allowed:
            values = map(str, (access.kind, access.type, access.share_type, access.data_level, access.open_type))
            asked = (principal, access.owner, *values, str(access.state), False, action.value)
            self._allowed[key] = self.enforcer.enforce(*asked)
        return self._allowed[key]


async def truth(store: Any) -> Truth:
    """The truth about a store as it stands."""
    async with store.read() as reader:
        entries = await reader.log(after=0, first=1_000_000)
        enforcer = build_enforcer(await reader.all_organizations(), await reader.principals(), await reader.rules())
        return Truth(entries, enforcer)


@dataclass
class Heard:
    """What one connection was told: from where it began, the changes, how far it came, and what ended it."""

    principal: str
    start: int
    changes: list[tuple[int, str, str]] = field(default_factory=list)
    reached: int = 0
    ended: UcsError | None = None
    views: dict[str, Any] = field(default_factory=dict)
    progress: int = 0

    async def listen(self, platform: Platform, enough: Callable[[Heard], bool]) -> None:
        """Be told until it is enough, or until the watch ends."""
        self.reached = self.start
        try:
            async with aclosing(platform.watch(self.principal, None, after=self.start)) as events:
                async for event in events:
                    self.note(event)
                    if enough(self):
                        return
        except UcsError as end:
            self.ended = end

    def note(self, event: Any) -> None:
        self.reached = max(self.reached, event.position)
        if event.name is None:
            self.progress = event.position
            return
        self.changes.append((event.position, event.type.value, event.name))
        self.views[event.name] = event.resource

    def wrongs(self, expected: Sequence[tuple[int, str, str]]) -> list[str]:
        """Where this differs from what everybody who begins there ought to hear up to there."""
        true = [change for change in expected if self.start < change[0] <= self.reached]
        if self.changes == true:
            return []
        missed = [change for change in true if change not in self.changes]
        more = [change for change in self.changes if change not in true]
        found = [f"{self.principal} from {self.start} to {self.reached}: missed {missed[:4]}, told besides {more[:4]}"]
        return found if missed or more else [f"{self.principal} from {self.start}: not in order, or twice"]


def watching_with(kind: type[Watching], **limits: Any) -> Callable[[Any, Any], Platform]:
    """Builds the platform with another way of watching."""

    def build(store: Any, verifier: Any) -> Platform:
        platform = build_platform(store, verifier, origin="here")
        chosen = WatchLimits(**{"node": 1_000, "principal": 1_000, **limits})
        return replace(platform, watching=kind(store, platform.reading._authority, platform.reading._clock, chosen))

    return build


class Deaf:
    """Put between a platform and its store: no notification ever arrives, so whoever waits must look for itself."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def moved(self, position: int, patience: float) -> None:
        await asyncio.sleep(patience)


@asynccontextmanager
async def together(*work: Any) -> Any:
    """Tasks that run until the end of the block; what goes wrong in one is raised there."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for each in ended:
        if isinstance(each, Exception):
            raise each


@pytest.fixture
def city() -> Any:
    """What a test needs of this file; tests are modules that cannot import each other."""

    class City:
        CITY, WATER, ROADS, EYES = CITY, WATER, ROADS, EYES
        Writer, Heard, Deaf = Writer, Heard, Deaf
        content = staticmethod(_content)
        settle = staticmethod(settle)
        truth = staticmethod(truth)
        together = staticmethod(together)
        watching_with = staticmethod(watching_with)

    return City
