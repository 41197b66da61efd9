"""Calls are decided by the state that the store is in when they are made, whether or not a reader was opened for it."""

from __future__ import annotations

from typing import Any

import pytest
from plugin_city import PluginCity

from ucs_core.access import PolicyRow
from ucs_core.platform.extending.deciding import Deciding
from ucs_sdk.errors import UcsError

DENIED = PolicyRow(id="nobody", role="public", relation="any", action="invoke", effect="deny").to_rule()


async def outcomes(city: PluginCity) -> list[str]:
    """What comes of a call before it is denied to everybody, and right after."""
    told = []
    for rules in ([], [DENIED]):
        await city.keep(*rules)
        # The second one of each state is decided by what the first has seen.
        for _ in range(2):
            try:
                told.append((await city.invoke("wang", "ledger.version"))["text"])
            except UcsError as refusal:
                told.append(refusal.reason)
    return told


class Forgetful(Deciding):
    """Takes for granted that nothing has changed since it looked."""

    async def _at_once(self, call: Any, path: str) -> Any:
        if self._seen is not None:
            # Whatever the store says now, it stands where it stood.
            before, self._store = self._store, Standstill(self._store, self._seen.state)
            try:
                return await super()._at_once(call, path)
            finally:
                self._store = before
        return None


class Standstill:
    """A store whose head does not move."""

    def __init__(self, store: Any, state: tuple[int, str, str, str]) -> None:
        self._store = store
        self._state = state

    async def head(self) -> Any:
        position, access, cell, types = self._state
        head = await self._store.head()
        moved = {"position": position, "access_stamp": access, "cell_stamp": cell, "types_stamp": types}
        return type(head)(access_version=head.access_version, cells=head.cells, **moved)


async def test_what_is_denied_is_denied_from_the_next_call_on(city: PluginCity) -> None:
    await city.ledger()
    assert await outcomes(city) == ["one", "one", "DENIED", "DENIED"]


async def test_deciding_by_a_state_that_has_passed_is_found(small: PluginCity) -> None:
    await small.ledger()
    invocations = small.platform.extensions.invocations
    honest = invocations._deciding
    invocations._deciding = Forgetful(small.store, honest._authority, honest._clock, honest._table)
    assert await outcomes(small) == ["one"] * 4


async def test_a_head_without_a_reader_is_that_of_a_reader(city: PluginCity) -> None:
    for change in (city.ledger, lambda: city.keep(DENIED)):
        await change()
        async with city.store.read() as reader:
            head = await city.store.head()
            assert head == reader.head
            stamps = ("access_stamp", "cell_stamp", "types_stamp")
            assert [getattr(head, name) for name in stamps] == [getattr(reader.head, name) for name in stamps]


async def test_what_is_suspended_is_told_from_the_next_call_on(city: PluginCity, refused: Any) -> None:
    await city.ledger()
    for _ in range(2):
        await city.invoke("wang", "ledger.version")
    await city.platform.disable_plugin(_administrator(), "ledger", reason="closed")
    assert (await refused(city.invoke("wang", "ledger.version"))).reason == "PLUGIN_NOT_RUNNING"
    with pytest.raises(UcsError, match="OPERATION_NOT_FOUND"):
        await city.invoke("wang", "ledger.versions")


def _administrator() -> Any:
    from ucs_core.platform import Call

    return Call(principal="founder")
