"""A made-up world that goes on: one change after the other, through the verbs of a platform, each with its entry in the log.

What a verb refuses changes nothing but the log, which is as good a step as others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from asked_worlds import HOMES, TAGS, TEXTS, World, asked_world

from ucs_core.access.policy import PolicyRow, RoleAssignment
from ucs_core.platform import Call, Platform
from ucs_registry.testing import NOW
from ucs_sdk.errors import UcsError
from ucs_sdk.vocabulary import DependencyRelation, ResourceKind, ShareType

TRIES = 5
"""How often a change is tried, each time with another resource, before it counts as refused."""

_HANDS = (("developer", "editor"), ("reviewer", "reviewer"), ("operator", "operator"), ("editor", "editor"))


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """The present instant."""
        return self.now


def changing_world(chance: Random, *, orderly: bool) -> World:
    """A world in which some may change almost everything. In an orderly one nothing has changed after now."""
    world = asked_world(chance)
    for number, (principal, role) in enumerate(_HANDS):
        world.rules.append(RoleAssignment(id=f"hand-{number}", principal=principal, role=role, anchor="37").to_rule())
    if orderly:
        world.resources = [
            resource.model_copy(update={"updated_at": NOW - timedelta(minutes=len(world.resources) - at)})
            for at, resource in enumerate(world.resources)
        ]
    return world


class Changes:
    """Changes of chance to one world."""

    def __init__(self, platform: Platform, chance: Random, world: World, clock: Clock) -> None:
        self._platform = platform
        self._chance = chance
        self._clock = clock
        self.names = list(world.names)
        self._grants = [f"grants/{grant.id}" for grant in world.grants]
        self._own: list[str] = []
        self._number = 0
        self.done: list[str] = []
        """Which changes were made, and which were refused, by their names."""

    async def step(self, sort: str | None = None) -> str:
        """One change; its name, with a mark where it was refused."""
        self._number += 1
        # Mostly later than before; at times a clock goes back, as that of another machine may be behind.
        self._clock.now += timedelta(seconds=self._chance.choice((1, 1, 1, 30, -10)))
        name = sort or self._chance.choice(list(SORTS))
        told = ""
        for _ in range(TRIES):
            try:
                await SORTS[name](self)
                told = name
                break
            except UcsError as refused:
                told = f"{name}: {refused.reason}"
        self.done.append(told)
        return told

    def _name(self) -> str:
        """Something of the world's, or something that was made since: there is nothing wrong with that."""
        return self._chance.choice(self._own if self._own and self._chance.random() < 0.5 else self.names)

    def _call(self, who: str) -> Call:
        return Call(principal=who)

    async def _etag(self, name: str, who: str) -> str | None:
        async with self._platform.reading.session(who) as session:
            return (await session.resource(name)).etag

    async def _create(self) -> str:
        new = {
            "code": f"NEW-{self._number:06}",
            "kind": "data",
            "type": "weather",
            "owner": self._chance.choice(("water", "roads", "370202")),
            "content": {**self._content(), "data_level": "l1", "open_type": "none", "share_type": "unconditional"},
        }
        view = await self._platform.resources.create(self._call("developer"), new)
        self.names.append(view.name)
        self._own.append(view.name)
        return view.name

    def _content(self) -> dict[str, Any]:
        chance = self._chance
        return {
            "title": {"zh": chance.choice(TEXTS), "en": chance.choice(TEXTS)},
            "summary": {"zh": "变更", "en": f"change {self._number}"},
            "tags": chance.sample(TAGS[:4], chance.randrange(3)),
            "region_code": chance.choice((None, "370202")),
            "update_cycle": "daily",
            "spec": {},
        }

    async def _update(self) -> str:
        name = self._name()
        content = {key: value for key, value in self._content().items() if self._chance.random() < 0.6}
        content["share_type"] = self._chance.choice([each.value for each in ShareType])
        await self._platform.resources.update(
            self._call("developer"), name, content, await self._etag(name, "developer")
        )
        return name

    async def _link(self) -> None:
        name, other = self._name(), self._name()
        link = {"target": other, "relation": self._chance.choice(list(DependencyRelation)).value, "role": "新"}
        etag = await self._etag(name, "developer")
        await self._platform.dependencies.change(self._call("developer"), name, [link], [], etag)

    async def _submit(self) -> None:
        await self._platform.resources.submit(self._call("developer"), self._name())

    async def _approve(self) -> str:
        """Bring something new the whole way."""
        name = await self._create()
        await self._platform.resources.submit(self._call("developer"), name)
        await self._platform.resources.approve(self._call("reviewer"), name, await self._etag(name, "reviewer"))
        return name

    async def _undo(self) -> None:
        await self._platform.resources.undo_review(self._call("reviewer"), await self._approve())

    async def _withdraw(self) -> None:
        await self._platform.resources.withdraw(self._call("developer"), self._name())

    async def _operate(self) -> None:
        name, call, resources = self._name(), self._call("operator"), self._platform.resources
        verb = self._chance.choice(("bring_online", "take_offline", "suspend", "resume"))
        told = ("停机",) if verb in ("take_offline", "suspend") else ()
        await getattr(resources, verb)(call, name, *told)

    async def _retire(self) -> None:
        await self._platform.resources.retire(self._call("administrator"), self._name())

    async def _deprecate(self) -> None:
        told = {"effective_on": "2026-12-01", "alternative": self._name(), "note": "换用"}
        await self._platform.shelf.deprecate(self._call("administrator"), self._name(), told)

    async def _delete(self) -> None:
        await self._platform.shelf.delete(self._call("administrator"), self._name())

    async def _restore(self) -> None:
        """Delete something, and take it back."""
        name = self._name()
        try:
            await self._platform.shelf.delete(self._call("administrator"), name)
        finally:
            await self._platform.shelf.undelete(self._call("administrator"), name)

    async def _purge(self) -> None:
        await self._platform.shelf.purge(self._call("administrator"), self._name())

    async def _import_members(self) -> None:
        rows = [{"code": f"M{self._number:04}", "title": {"zh": "成员"}, "status": "online"}]
        await self._platform.members.put(self._call("developer"), self._name(), rows)

    async def _organize(self) -> None:
        new = {
            "id": f"new-{self._number}",
            "parent": "3702",
            "title": {"zh": "新部门", "en": "New"},
            "level": "city",
            "kind": "department",
        }
        await self._platform.organizations.create(self._call("administrator"), new)

    async def _grant(self) -> None:
        end = self._chance.choice((None, self._clock.now + timedelta(seconds=20)))
        grant = {
            "grantee": f"principals/{self._chance.choice(list(HOMES))}",
            "action": self._chance.choice(("discover", "discover", "read", "edit")),
            "resource": self._name(),
            "valid_until": end and end.isoformat(),
        }
        view = await self._platform.grants.give(self._call("administrator"), grant)
        self._grants.append(view.name)

    async def _revoke(self) -> None:
        await self._platform.grants.revoke(self._call("administrator"), self._chance.choice(self._grants), "过期")

    async def _rule(self) -> None:
        row = PolicyRow(
            id=f"new-{self._number}",
            role=self._chance.choice(("member", "public", "editor")),
            relation="any",
            kind=self._chance.choice(list(ResourceKind)),
            action=self._chance.choice(("discover", "discover", "read")),
            effect=self._chance.choice(("allow", "deny")),
        )
        rule = row.to_rule().model_dump(mode="json")
        await self._platform.administration.put_rules(self._call("administrator"), [rule])

    async def _wait(self) -> None:
        """Nothing happens, until grants are over."""
        self._clock.now += timedelta(hours=30)


SORTS: dict[str, Callable[[Changes], Awaitable[object]]] = {
    "create": Changes._create,
    "update": Changes._update,
    "link": Changes._link,
    "submit": Changes._submit,
    "approve": Changes._approve,
    "undo": Changes._undo,
    "withdraw": Changes._withdraw,
    "operate": Changes._operate,
    "retire": Changes._retire,
    "deprecate": Changes._deprecate,
    "delete": Changes._delete,
    "restore": Changes._restore,
    "purge": Changes._purge,
    "members": Changes._import_members,
    "organize": Changes._organize,
    "grant": Changes._grant,
    "revoke": Changes._revoke,
    "rule": Changes._rule,
    "wait": Changes._wait,
}
"""The changes by name."""
