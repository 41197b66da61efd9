"""Promise 6: a position that is too old gets OUT_OF_RANGE, and a list with a watch behind it misses nothing.

Compaction is forced between a list and the watch behind it while writers write. What a client makes of its list and of the
events behind it must be what a list of its own says in the end; and every position is asked for, kept or not.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from ucs_core.platform.watching import Watching
from ucs_registry.queries import Order, ResourceQuery
from ucs_sdk.errors import OutOfRange, UcsError

CLIENTS, LISTS = 4, 3


class Client:
    """Keeps a copy of what a principal may see: a list, and every change behind it."""

    def __init__(self, principal: str) -> None:
        self.principal = principal
        self.copy: dict[str, Any] = {}
        self.position = 0
        self.refused = 0

    async def listed(self, node: Any) -> None:
        """Take the whole list of one state."""
        async with node.platform.session(self.principal) as session:
            self.copy, after = {}, None
            while True:
                page = await session.resources(ResourceQuery(), order=Order.CODE, first=50, after=after)
                self.copy |= {view.name: view for view in page.items}
                if not page.more:
                    break
                after = page.cursors[-1]
            self.position = session.position

    async def follow(self, node: Any, upto: int) -> None:
        """Take over what has changed up to a position at least. Raises OutOfRange when that is not kept."""
        async with aclosing(node.platform.watch(self.principal, None, after=self.position)) as events:
            async for event in events:
                self.position = event.position
                if event.type == "removed" or (event.name and event.resource is None):
                    self.copy.pop(event.name, None)
                elif event.name:
                    self.copy[event.name] = event.resource
                if event.position >= upto:
                    return


async def compact(node: Any, upto: int) -> None:
    async with node.store.write() as unit:
        await unit.compact(upto)
        await unit.commit()


async def write(node: Any, writer: Any, count: int) -> None:
    while writer.written < count:
        await writer.step(node)


async def head(node: Any) -> Any:
    async with node.store.read() as reader:
        return reader.head


async def gaps(node: Any, city: Any, findings: Any) -> list[str]:
    """What clients have missed whose list was followed by writes and by a compaction."""
    chance, writer = findings.random("gaps"), city.Writer(findings.random("writer"), "W")
    found: list[str] = []
    for turn in range(LISTS * findings.effort):
        await write(node, writer, (turn * 2 + 1) * 12)
        clients = [Client(city.EYES[at % len(city.EYES)]) for at in range(CLIENTS)]
        for client in clients:
            await client.listed(node)
        await write(node, writer, (turn * 2 + 2) * 12)
        last = (await head(node)).position
        await compact(node, chance.randrange(clients[0].position - 8, last))
        findings.faults += 1
        for client in clients:
            found += await caught_up(node, client, last)
        findings.tried += len(clients)
    return found


async def caught_up(node: Any, client: Client, last: int) -> list[str]:
    """Follow to the end, list again where that is asked for, and compare."""
    try:
        async with asyncio.timeout(20):
            try:
                await client.follow(node, last)
            except OutOfRange:
                client.refused += 1
                await client.listed(node)
                await client.follow(node, client.position)
    except TimeoutError:
        return [f"{client.principal} heard nothing up to {last}"]
    fresh = Client(client.principal)
    await fresh.listed(node)
    differing = sorted(name for name in fresh.copy.keys() | client.copy.keys() if differs(client, fresh, name))
    return [f"{client.principal} has another picture of {name}" for name in differing]


def differs(client: Client, fresh: Client, name: str) -> bool:
    return client.copy.get(name) != fresh.copy.get(name)


async def unfounded(node: Any, city: Any, findings: Any) -> list[str]:
    """Positions that were answered in another way than they should be."""
    now = await head(node)
    found = []
    for position in range(now.position + 1):
        told = await first(node, position)
        true = f"WATCH_TOO_OLD {now.compacted}" if position < now.compacted else "told"
        findings.tried += 1
        if told != true:
            found.append(f"behind {position}: {told}, not {true}")
    return found


async def first(node: Any, position: int) -> str:
    """What comes first of a watch behind a position."""
    try:
        async with aclosing(node.platform.watch("admin", None, after=position)) as events:
            await anext(events)
    except UcsError as refusal:
        return f"{refusal.reason} {refusal.fields.get('oldest')}"
    return "told"


async def test_a_list_and_a_watch_behind_it_miss_nothing(database, open_nodes, city, findings):
    async with open_nodes(database) as [node]:
        await city.settle(node)
        findings.expect_none(await gaps(node, city, findings))
        findings.expect_none(await unfounded(node, city, findings))
        assert (await head(node)).compacted


class GoesOnWithWhatIsKept(Watching):
    """A twin: whoever asks for what is not kept any more is told nothing of it, as if nothing had happened."""

    async def _page(self, principal: str, token: Any, watcher: Any, after: int | None) -> Any:
        async with self._store.read() as reader:
            kept = reader.head.compacted
        if watcher.standing is not None:
            watcher.cursor = max(watcher.cursor, kept)
        return await super()._page(principal, token, watcher, None if after is None else max(after, kept))


async def test_a_compaction_that_looks_like_an_empty_stream_is_found(database, open_nodes, city, findings):
    async with open_nodes(database, 1, city.watching_with(GoesOnWithWhatIsKept)) as [node]:
        await city.settle(node)
        found = await gaps(node, city, findings) + await unfounded(node, city, findings)
        findings.expect_caught("compaction returns an empty stream", found)
