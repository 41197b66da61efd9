"""What plugins show on maps and boards, and who asks at their own protocols. Layers and indicators are judged as their plugin's
operations are that anybody may share.
"""

from __future__ import annotations

import time
from typing import Any

from ulid import ULID

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.tokens import VerifiedToken
from ucs_core.invoke.calling import called, checked
from ucs_core.invoke.context import Grounds, PluginContext
from ucs_core.invoke.ports import Meter, Quota
from ucs_core.platform.calls import Call, Clock
from ucs_core.platform.extending.entries import OPERATION
from ucs_core.platform.extending.eyes import CallerEyes
from ucs_core.platform.extending.invoking import Invocations
from ucs_core.platform.sight import Sight, denial, see
from ucs_core.plugins.host import PluginHost
from ucs_core.plugins.running import RunningPlugin
from ucs_registry.ports import Store
from ucs_registry.resources import AccessAttributes
from ucs_sdk.context import Caller
from ucs_sdk.declarations import Indicator, Layer
from ucs_sdk.errors import NotFound, UcsError
from ucs_sdk.shown import Features, Figure
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType

SECONDS = 30.0
"""How long a plugin may take to draw a layer or to read an indicator."""


class Showing:
    """Layers and indicators for authenticated callers."""

    def __init__(
        self,
        store: Store,
        authority: Authority,
        clock: Clock,
        host: PluginHost,
        grounds: Grounds,
        invocations: Invocations,
        *,
        quota: Quota,
        meter: Meter,
    ) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._host = host
        self._grounds = grounds
        self._invocations = invocations
        self._quota = quota
        self._meter = meter

    async def caller(self, principal: str, token: VerifiedToken | None) -> Caller:
        """Who a principal is. Raises Unauthenticated when nobody vouches for it any more."""
        return _caller(await self._seen(principal, token))

    async def at_mount(self, principal: str, token: VerifiedToken | None, running: RunningPlugin) -> PluginContext:
        """What a plugin's own protocol may ask of the platform as whoever calls it: to read, and to call operations."""
        return self._context(await self._seen(principal, token), token, running, f"{running.name}.mount")

    async def layer(self, principal: str, token: VerifiedToken | None, plugin: str, name: str) -> dict[str, Any]:
        """A layer as a GeoJSON FeatureCollection. Raises NotFound for what the caller may not discover."""
        drawn = await self._shown(principal, token, plugin, "layers", name)
        for feature in drawn["features"]:
            if feature["id"] is None:
                # A feature of GeoJSON has an id or none, and none is not null.
                del feature["id"]
        return drawn

    async def indicator(self, principal: str, token: VerifiedToken | None, plugin: str, name: str) -> dict[str, Any]:
        """An indicator's value, with its titles and unit."""
        return await self._shown(principal, token, plugin, "indicators", name)

    async def _shown(
        self, principal: str, token: VerifiedToken | None, plugin: str, group: str, name: str
    ) -> dict[str, Any]:
        path = f"{plugin[:40]}/{group}/{name[:80]}"
        sight = await self._seen(principal, token)
        with self._host.serving(plugin) as running:
            declared = _declared(running, group, name)
            if running is None or declared is None:
                raise NotFound("NOT_FOUND", object=path)
            self._require(sight, running, path)
            self._quota.take(principal, path)
            started, outcome = time.monotonic(), "ok"
            try:
                context = self._context(sight, token, running, path)
                return await _made(declared, context, running.name, path)
            except UcsError as error:
                outcome = error.reason
                raise
            finally:
                organization = sight.principal.organization
                self._meter.count(path, organization, outcome, time.monotonic() - started)

    async def _seen(self, principal: str, token: VerifiedToken | None) -> Sight:
        async with self._store.read() as reader:
            return await see(reader, self._authority, principal, self._clock(), token)

    def _require(self, sight: Sight, running: RunningPlugin, path: str) -> None:
        attributes = AccessAttributes(
            owner=running.owner,
            kind=ResourceKind.COMPONENT,
            type=OPERATION,
            share_type=ShareType.UNCONDITIONAL,
            data_level=DataLevel.L1,
            open_type=OpenType.NONE,
            state=Availability.ONLINE,
        )
        if not sight.snapshot.decide(sight.profile, Action.DISCOVER, attributes).allowed:
            raise NotFound("NOT_FOUND", object=path)
        decision = sight.snapshot.decide(sight.profile, Action.INVOKE, attributes)
        if not decision.allowed:
            raise denial(Action.INVOKE, path, decision)

    def _context(self, sight: Sight, token: VerifiedToken | None, running: RunningPlugin, path: str) -> PluginContext:
        caller = _caller(sight)

        async def invokes(operation: str, asked: Any, *, request_id: str, depth: int) -> dict[str, Any]:  # noqa: ANN401 -- as Invokes
            call = Call(principal=caller.principal, token=token, request_id=request_id)
            return await self._invocations.invoke(call, operation, asked, depth=depth)

        return PluginContext(
            running=running,
            caller=caller,
            eyes=CallerEyes(self._store, self._authority, self._clock, caller.principal, token),
            grounds=self._grounds,
            call_id=str(ULID()),
            operation=path,
            invokes=invokes,
            organization=caller.organization or running.owner,
        )


async def _made(declared: Layer | Indicator, context: PluginContext, plugin: str, path: str) -> dict[str, Any]:
    if isinstance(declared, Layer):
        features = await called(declared.draw(context), plugin=plugin, object=path, seconds=SECONDS)
        return checked(features, Features, plugin=plugin, object=path)
    figure = await called(declared.read(context), plugin=plugin, object=path, seconds=SECONDS)
    told = {"title_zh": declared.title_zh, "title_en": declared.title_en, "unit": declared.unit}
    return told | checked(figure, Figure, plugin=plugin, object=path)


def _declared(running: RunningPlugin | None, group: str, name: str) -> Layer | Indicator | None:
    if running is None:
        return None
    listed: tuple[Layer | Indicator, ...] = running.plugin.layers if group == "layers" else running.plugin.indicators
    return next((each for each in listed if each.name == name), None)


def _caller(sight: Sight) -> Caller:
    principal = sight.principal
    return Caller(principal=principal.id, organization=principal.organization, kind=principal.kind)
