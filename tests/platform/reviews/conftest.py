"""The small city with reviewers, authors, and work that waits for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from ucs_core.platform import Call
from ucs_registry.queries import Order, ResourceQuery
from ucs_registry.resources import Resource

ITEMS = {"items": [{"name": "level", "title": "水位", "data_type": "decimal"}]}
REVIEWERS = ("inspector", "plumber")
"""`inspector` reviews for the whole city; `plumber`, who also edits what belongs to the pumps, for the water bureau."""


@dataclass(kw_only=True)
class Desk:
    """What a test does with reviews, in the hands of anybody."""

    city: Any
    made: dict[str, str] = field(default_factory=dict)

    @property
    def verbs(self) -> Any:
        return self.city.platform.resources

    def call(self, who: str, **more: Any) -> Call:
        return self.city.call(who, **more)

    async def draft(self, code: str, *, who: str = "clerk", owner: str = "water", **content: Any) -> str:
        """Enter a draft; its name."""
        title = {"zh": code, "en": code}
        fields = {"title": title, "summary": title, "share_type": "unconditional", "data_level": "l1", "spec": ITEMS}
        new = {"code": code, "kind": "data", "type": "dataset", "owner": owner, "content": fields | content}
        self.made[code] = (await self.verbs.create(self.call(who), new)).name
        return self.made[code]

    async def waiting(self, code: str, *, who: str = "clerk", by: str | None = None, **more: Any) -> str:
        """Enter a draft and submit it; its name."""
        name = await self.draft(code, who=who, **more)
        await self.verbs.submit(self.call(by or who), name)
        return name

    async def kept(self, name: str) -> Resource:
        """A resource as the store has it."""
        async with self.city.store.read() as reader:
            return (await reader.resources([name.removeprefix("resources/")]))[name.removeprefix("resources/")]

    async def etag(self, name: str) -> str:
        return (await self.kept(name)).etag

    async def states(self, *names: str) -> list[str]:
        return [(await self.kept(name)).head.state.value for name in names]

    async def row(self, name: str, decision: str = "approve", **more: Any) -> dict[str, Any]:
        """A row of many decisions that names the present state."""
        return {"name": name, "decision": decision, "etag": await self.etag(name)} | more

    async def decide(self, who: str, *rows: Any, **more: Any) -> list[Any]:
        """The results of many decisions, each as the reason of its refusal or the state of the revision."""
        made = await self.city.platform.reviews.decide(self.call(who, **more), list(rows))
        return [result.refusal.reason if result.refusal else result.resource.head.state for result in made.results]

    async def queue(self, who: str, **parts: Any) -> list[str]:
        """The codes in somebody's queue, what waits longest first."""
        async with self.city.platform.session(who) as session:
            query = ResourceQuery(awaiting_review=True, **parts)
            page = await session.resources(query, order=Order.SUBMITTED, first=200)
            assert await session.count(query) == len(page.items)
            return [item.code for item in page.items]

    async def update(self, name: str, *, who: str = "clerk", **content: Any) -> Any:
        return await self.verbs.update(self.call(who), name, content, await self.etag(name))

    async def log(self) -> list[Any]:
        return await self.city.log()


@pytest.fixture
async def desk(city: Any, make: Any) -> Desk:
    """The desk, on each of the stores."""
    return await _set_up(city, make)


@pytest.fixture
async def table(small: Any, make: Any) -> Desk:
    """The same in memory, for what does not depend on the store."""
    return await _set_up(small, make)


async def _set_up(city: Any, make: Any) -> Desk:
    await city.keep(rules=[make.held("plumber", "reviewer", "water"), make.held("inspector", "operator", "3702")])
    return Desk(city=city)
