"""Promise 16, for operations of plugins: the same request id gets the same answer and has one effect.

Thirty-two retries at once on two nodes, then more on a node that was started anew.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from plugin_city import PluginCity, a_ledger, nodes, on

from ucs_core.platform.pipeline import Pipeline
from ucs_sdk.errors import UcsError

RETRIES = 32


class CheckThenInsert(Pipeline):
    """Looks for the remembered answer before the unit only, and not in it."""

    async def _repeated(self, reader: Any, call: Any, fingerprint: str) -> str | None:
        return None if hasattr(reader, "commit") else await super()._repeated(reader, call, fingerprint)


def broken(city: PluginCity) -> PluginCity:
    """The node with a pipeline that is broken, and nothing else to hold its callers back."""
    pipeline = city.platform.pipeline
    pipeline.__class__ = CheckThenInsert
    return city


async def tried(cities: list[PluginCity], findings: Any, restarted: Any) -> list[str]:
    """What goes wrong with retries of one call, told as sentences."""
    here, there = cities
    await here.enable(a_ledger(here.folder))
    there.installed.update(here.installed)
    await there.platform.extensions.start()
    problems = []
    for number in range(2 * findings.effort):
        key = f"k{number}"
        calls = [
            city.invoke("wang", "ledger.note", request_id=f"r{number}", key=key, level=1)
            for city in (here, there) * (RETRIES // 2)
        ]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        again = await restarted(here)
        answers.append(await again.invoke("wang", "ledger.note", request_id=f"r{number}", key=key, level=1))
        findings.tried += len(answers)
        problems += [f"{key}: {answer!r}" for answer in answers if isinstance(answer, UcsError)]
        told = {str(answer) for answer in answers}
        if len(told) > 1:
            problems.append(f"{key}: {len(told)} different answers")
        level = (await here.notes())[key]["level"]
        async with here.store.read() as reader:
            events = [event for event in await reader.events(after=0, first=9_999) if event.subject == key]
        if (level, len(events)) != (1, 1):
            problems.append(f"{key}: {level} effects and {len(events)} events")
    return problems


async def test_one_effect_and_one_answer(url: str, tmp_path: Path, findings: Any) -> None:
    async def restarted(city: PluginCity) -> PluginCity:
        node = on(city.store, city.clock, city.folder, fresh=False)
        node.installed.update(city.installed)
        await node.platform.extensions.start()
        return node

    async with nodes(url, tmp_path, 2, fresh=False) as cities:
        findings.expect_none(await tried(cities, findings, restarted))


async def test_a_check_before_the_unit_is_not_enough(tmp_path: Path, findings: Any) -> None:
    async def same(city: PluginCity) -> PluginCity:
        return city

    async with nodes(None, tmp_path, 2, fresh=False) as cities:
        findings.expect_caught("check then insert", await tried([broken(city) for city in cities], findings, same))
