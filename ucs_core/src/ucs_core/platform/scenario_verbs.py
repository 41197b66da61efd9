"""Entering and editing scenarios: the verbs of resources, for one type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ucs_core.platform.calls import Call
from ucs_core.platform.resources import ResourceVerbs
from ucs_core.platform.scenarios import SCENARIO_KIND, SCENARIO_TYPE, Scenario
from ucs_core.platform.sessions import Reading
from ucs_core.platform.views import ResourceView


class ScenarioVerbs:
    """Create and update scenarios; review and availability are the resource's own."""

    def __init__(self, resources: ResourceVerbs, reading: Reading) -> None:
        self._resources = resources
        self._reading = reading

    async def create(self, call: Call, scenario: Mapping[str, Any]) -> Scenario:
        """Enter a scenario with its first draft; it is offline. Code and owner stay."""
        new = {**scenario, "kind": SCENARIO_KIND.value, "type": SCENARIO_TYPE}
        return await self._composed(call, await self._resources.create(call, new))

    async def update(self, call: Call, name: str, content: Mapping[str, Any], etag: str | None) -> Scenario:
        """Open a new draft in which the given fields of the content are replaced; see `ResourceVerbs.update`.

        Raises Invalid with NOT_A_SCENARIO for a resource of another type.
        """
        changed = await self._resources.update(call, name, content, etag, scenario=True)
        return await self._composed(call, changed)

    async def _composed(self, call: Call, resource: ResourceView) -> Scenario:
        async with self._reading.session(call.principal, call.token) as session:
            return (await session.scenarios.around([resource]))[0]
