"""How collections are asked: declared with the plugin that says so, and built in steps that hold up nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ucs_core.plugins.running import RunningPlugin
from ucs_registry.ports import Store, Unit
from ucs_registry.record_ways import EVERY_FIELD, StandingWay, WayState
from ucs_sdk.plugins import Plugin
from ucs_sdk.ways import Ways

STEPS_AT_ONCE = 4
"""How many steps are taken in the unit that enables a plugin: what has few records is asked as declared from then on."""

STEPS_IN_TURN = 20
"""How many steps a node takes before it looks after its plugins again."""


def ways_of_plugin(plugin: Plugin) -> dict[str, Ways]:
    """What a plugin's collections declare, by name."""
    return {name: declared.ways for name, declared in plugin.collections.items() if declared.ways.declared}


async def declare(unit: Unit, plugin: Plugin) -> None:
    """Have a plugin's collections asked as it declares, from the unit on that enables it or soon after."""
    await unit.declare_documents(plugin.name, ways_of_plugin(plugin), drop=True)
    for _ in range(STEPS_AT_ONCE):
        if not await unit.index_documents():
            return


class Indexing:
    """Brings the store to what the plugins that run here declare. Other nodes do the same; steps are taken in turns."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rested = ""

    async def once(self, running: Iterable[RunningPlugin], generation: int) -> bool:
        """Some steps; whether more are left. Nothing is read while nothing was decided since all was done."""
        head = await self._store.head()
        state = f"{head.position} {generation}"
        if state == self._rested:
            return False
        wanted = {each.name: ways for each in running if (ways := ways_of_plugin(each.plugin))}
        async with self._store.read() as reader:
            standing = await reader.document_ways()
        missing = {name for name, ways in wanted.items() if lacking(ways, standing, name)}
        if not missing and all(way.state is WayState.READY for way in standing):
            self._rested = state
            return False
        for _ in range(STEPS_IN_TURN):
            async with self._store.write() as unit:
                for name in sorted(missing):
                    # What another version declares stays: it may still run elsewhere.
                    await unit.declare_documents(name, wanted[name], drop=False)
                missing = set()
                more = await unit.index_documents()
                await unit.commit()
            if not more:
                return False
        return True


def lacking(ways: Mapping[str, Ways], standing: Iterable[StandingWay], plugin: str) -> bool:
    """Whether something that a plugin declares is not among the ways of a store."""
    held = {
        (way.collection, way.counted, way.fields)
        for way in standing
        if way.plugin == plugin and way.state is not WayState.LEAVING and way.fields != EVERY_FIELD
    }
    return any(
        (collection, counted, way) not in held
        for collection, declared in ways.items()
        for counted, stated in ((False, declared.listed), (True, declared.counted))
        for way in ((), *stated)
    )
