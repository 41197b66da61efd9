"""Questions about access itself: why somebody may or may not."""

from __future__ import annotations

from dataclasses import replace

from ucs_core.access.actions import Action
from ucs_core.access.explain import Explanation, explain
from ucs_core.platform.sight import Sight, profile_of, resource_id
from ucs_sdk.errors import NotFound


class AccessQuestions:
    """What one caller may learn of who may do what."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._reader = sight.reader

    async def why(self, action: Action, name: str, principal: str | None = None) -> Explanation:
        """Why a caller may or may not. About others only an auditor or administrator of the resource may ask."""
        resource = await self._reader.resource(resource_id(name))
        if resource is None or not (await self._sight.decide(Action.DISCOVER, resource)).allowed:
            raise NotFound("NOT_FOUND", object=name[:80])
        sight = self._sight
        if principal is not None and principal != self._sight.principal.id:
            if not (await sight.decide(Action.AUDIT, resource)).allowed:
                await sight.require(Action.ADMINISTER, resource)
            sight = replace(sight, profile=profile_of(sight.snapshot, principal))
        decision = sight.snapshot.decide(sight.profile, action, resource.access)
        granted = decision.needs_grant and (await sight.decide(action, resource)).allowed
        return explain(sight.snapshot, sight.profile, action, resource.access, granted=granted)
