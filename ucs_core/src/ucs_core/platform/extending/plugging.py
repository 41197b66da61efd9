"""Enabling and disabling plugins: started first, decided in one unit with all that follows from it, then called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ucs_core.access.actions import Action
from ucs_core.access.authority import Authority
from ucs_core.access.tokens import VerifiedToken
from ucs_core.events.names import subscription_name
from ucs_core.platform.calls import Call, Clock
from ucs_core.platform.extending.entries import enter_operations, suspend_operations
from ucs_core.platform.extending.health import Wellbeing
from ucs_core.platform.extending.indexing import declare
from ucs_core.platform.extending.publishing import enter_brought, suspend
from ucs_core.platform.extending.views import PluginState, PluginView
from ucs_core.platform.noting import actor_of, written_of
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_core.platform.sight import see
from ucs_core.platform.types import type_written
from ucs_core.plugins.host import PluginHost
from ucs_core.plugins.loading import said_of
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.catalog.changes import stated as stated_reason
from ucs_registry.events import Subscription
from ucs_registry.lifecycle import Verb
from ucs_registry.plugins import PluginRow
from ucs_registry.ports import Reader, Store, Unit
from ucs_registry.principals import Principal
from ucs_sdk.errors import Conflict, Invalid, NotFound, UcsError
from ucs_sdk.manifest import PluginManifest
from ucs_sdk.plugins import FoundPlugin, Plugin, read_manifest
from ucs_sdk.published import Health
from ucs_sdk.vocabulary import PrincipalKind

ENABLED, DISABLED = "plugins.enable", "plugins.disable"


class PluginVerbs:
    """Decides which plugins run, for administrators of the platform."""

    def __init__(
        self,
        store: Store,
        authority: Authority,
        clock: Clock,
        pipeline: Pipeline,
        host: PluginHost,
        wellbeing: Wellbeing,
    ) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._pipeline = pipeline
        self._host = host
        self._wellbeing = wellbeing

    async def enable(
        self, call: Call, name: str, owner: str | None, settings: Mapping[str, Any] | None, found: FoundPlugin | None
    ) -> PluginView:
        """See `Platform.enable_plugin`. `found` is what is to run, where it is not what is installed."""
        request = {"owner": owner, "settings": None if settings is None else dict(settings)}
        async with self._host.deciding():
            try:
                # First of all: nobody else has a plugin's code run.
                row = await self._asked(call, name, owner, settings)
                plugin = await self._host.load(found or self._host.found(name))
                row = _owned(row, plugin)
                running = await self._host.start(plugin, row)
            except UcsError as refusal:
                await self._pipeline.refuse(call, ENABLED, f"plugins/{_told(name)}", refusal)
            decided = False

            async def work(session: WriteSession) -> PluginView:
                nonlocal decided
                view = await self._enter(session, plugin, row)
                decided = not call.validate_only
                return view

            try:
                return await self._pipeline.run(call, self._mutation(ENABLED, name, request, work))
            except BaseException:
                decided = False
                raise
            finally:
                if decided:
                    self._host.put(running)
                else:
                    await self._host.discard(running)

    async def disable(self, call: Call, name: str, reason: str) -> PluginView:
        """See `Platform.disable_plugin`."""

        async def work(session: WriteSession) -> PluginView:
            rule = session.sight.require_organization(Action.ADMINISTER, None).rule
            before = await _row(session.unit, name)
            if before is None or not before.enabled:
                raise NotFound("PLUGIN_NOT_ENABLED", plugin=_told(name))
            why = stated_reason(reason, Verb.SUSPEND)
            row = before.model_copy(
                update={
                    "enabled": False,
                    "generation": before.generation + 1,
                    "reason": why,
                    "changed_at": session.at,
                    "changed_by": session.call.actor,
                }
            )
            await session.unit.put_plugin(row)
            decision = session.sight.snapshot.decide_organization(session.sight.profile, Action.ADMINISTER, None)
            actor = actor_of(session)
            changes = await suspend_operations(session.unit, name, why, actor)
            for change in changes + await suspend(session.unit, before.resources, why, actor):
                session.written.append(written_of(change, Action.ADMINISTER, decision, {"plugin": name, "reason": why}))
            session.written.append(_written(row, before, rule))
            return view_of(row, None)

        view = await self._pipeline.run(call, self._mutation(DISABLED, name, {"reason": reason}, work))
        if not call.validate_only:
            await self.follow()
        return view

    async def follow(self) -> None:
        """Bring this node to what was decided."""
        async with self._store.read() as reader:
            rows = await reader.plugins()
        await self._host.follow(rows)

    async def views(self, principal: str, token: VerifiedToken | None) -> list[PluginView]:
        """See `Platform.plugins`."""
        async with self._store.read() as reader:
            sight = await see(reader, self._authority, principal, self._clock(), token)
            sight.require_organization(Action.ADMINISTER, None)
            rows = {row.name: row for row in await reader.plugins()}
        installed = self._host.installed()
        return [self._view(rows.get(name), installed.get(name)) for name in sorted(rows.keys() | installed.keys())]

    async def _asked(self, call: Call, name: str, owner: str | None, settings: Mapping[str, Any] | None) -> PluginRow:
        """What is to be decided, of a caller who may decide it. `owner` may be left to the plugin's manifest."""
        call.check()
        async with self._store.read() as reader:
            sight = await see(reader, self._authority, call.principal, self._clock(), call.token)
            sight.require_organization(Action.ADMINISTER, None)
            before = await _row(reader, name)
            whose = (owner or (before.owner if before else "")).removeprefix("organizations/")
            if whose and not sight.snapshot.knows(whose):
                raise Invalid("ORGANIZATION_UNKNOWN", path="owner", organization=whose[:80])
        kept = before.settings if before else {}
        return PluginRow.model_construct(
            name=name,
            version="",
            enabled=True,
            owner=whose,
            generation=(before.generation if before else 0) + 1,
            settings=dict(kept if settings is None else settings),
            reason=None,
            changed_at=self._clock(),
            changed_by=call.actor,
        )

    async def _enter(self, session: WriteSession, plugin: Plugin, row: PluginRow) -> PluginView:
        """Everything that follows from enabling a plugin, in the unit of the decision."""
        decision = session.sight.require_organization(Action.ADMINISTER, None)
        unit = session.unit
        before = await _row(unit, row.name)
        if (before.generation if before else 0) + 1 != row.generation:
            raise Conflict("PLUGIN_CHANGED", plugin=row.name)
        await self._enter_principal(session, plugin, row)
        changes = await enter_operations(unit, plugin, row.owner, actor_of(session))
        brought = await enter_brought(session, plugin, row.owner, before)
        row = row.model_copy(
            update={
                "admits": "ucs_admit" in plugin.hooks,
                "types": brought.types,
                "resources": brought.resources,
            }
        )
        await unit.put_plugin(row)
        session.written += [type_written(change, decision.rule) for change in brought.type_changes]
        for change in changes + brought.changes:
            request = {"plugin": row.name, "version": row.version}
            session.written.append(written_of(change, Action.ADMINISTER, decision, request))
        await declare(unit, plugin)
        await self._subscribe(unit, plugin)
        session.written.append(_written(row, before, decision.rule))
        return view_of(row, plugin)

    async def _subscribe(self, unit: Unit, plugin: Plugin) -> None:
        """A new handler hears of what happens from now on; one that is there goes on where it stands."""
        there, last = await unit.subscriptions(), await unit.last_event()
        for each in plugin.subscriptions:
            name = subscription_name(plugin.name, each.name)
            before = there.get(name)
            position = last
            if before is not None and await unit.events(types=before.types, after=before.position, first=1):
                position = before.position
            await unit.put_subscription(Subscription(name=name, types=each.types, position=position))

    async def _enter_principal(self, session: WriteSession, plugin: Plugin, row: PluginRow) -> None:
        """Whom a plugin acts as when nobody else asked for it: roles and grants are given to it as to anybody."""
        id = principal_of(row.name)
        if id in session.sight.snapshot.edition.principals:
            return
        title = f"{plugin.manifest.title.zh} · {plugin.manifest.title.en}"[:200]
        principal = Principal(id=id, kind=PrincipalKind.PLUGIN, title=title, organization=row.owner)
        await session.unit.put_principals([principal])
        plain = principal.model_dump(mode="json")
        session.written.append(
            Written(
                object=f"principals/{id}",
                action=Action.ADMINISTER.value,
                rule=None,
                body={"principal": plain},
                after=digest(canonical_json(plain)),
            )
        )

    def _mutation(self, verb: str, name: str, request: Mapping[str, Any], work: Any) -> Mutation[PluginView]:  # noqa: ANN401 -- as Mutation has it
        return Mutation(
            verb=verb,
            action=Action.ADMINISTER.value,
            object=f"plugins/{_told(name)}",
            request={"plugin": name, **request},
            answer=PluginView,
            work=work,
        )

    def _view(self, row: PluginRow | None, found: FoundPlugin | None) -> PluginView:
        name = row.name if row else found.name if found else ""
        running = self._host.table.plugins.get(name)
        failure = self._host.failures.get(name)
        manifest = running.plugin.manifest if running else None
        if manifest is None and found is not None:
            try:
                manifest = read_manifest(found)
            except UcsError as error:
                failure = failure or error
        return PluginView(
            name=name,
            version=running.version if running else row.version if row else None,
            installed=found.version if found else None,
            state=self._state(name, row),
            operations=tuple(running.plugin.operations) if running else (),
            **_stated(manifest),
            **_decided(row),
            **_problem(failure, row),
            **_said(self._wellbeing.of(name)),
        )

    def _state(self, name: str, row: PluginRow | None) -> PluginState:
        if name in self._host.failures:
            return PluginState.FAILED
        if name in self._host.table.plugins:
            return PluginState.RUNNING
        if row is None:
            return PluginState.INSTALLED
        return PluginState.STARTING if row.enabled else PluginState.DISABLED


def principal_of(plugin: str) -> str:
    """The id of the principal that a plugin acts as."""
    return f"{plugin}.plugin"


def view_of(row: PluginRow, plugin: Plugin | None) -> PluginView:
    """A plugin as it was just decided about."""
    return PluginView(
        name=row.name,
        version=row.version,
        installed=plugin.version if plugin else None,
        state=PluginState.RUNNING if row.enabled else PluginState.DISABLED,
        operations=tuple(plugin.operations) if plugin else (),
        **_stated(plugin.manifest if plugin else None),
        **_decided(row),
        **_problem(None, row),
    )


def _stated(manifest: PluginManifest | None) -> dict[str, Any]:
    """What a plugin's manifest says, as a view has it."""
    if manifest is None:
        return {}
    permissions = tuple(sorted(permission.value for permission in manifest.permissions))
    return {"title_zh": manifest.title.zh, "title_en": manifest.title.en, "permissions": permissions}


def _decided(row: PluginRow | None) -> dict[str, Any]:
    """What was decided about a plugin, as a view has it."""
    if row is None:
        return {}
    return {
        "enabled": row.enabled,
        "owner": f"organizations/{row.owner}",
        "generation": row.generation,
        "changed_at": row.changed_at,
        "changed_by": row.changed_by,
    }


def _owned(row: PluginRow, plugin: Plugin) -> PluginRow:
    """The row with what the plugin itself says, checked as a whole."""
    owner = row.owner or plugin.manifest.owner
    if not owner:
        raise Invalid("PLUGIN_OWNER_MISSING", path="owner", plugin=plugin.name)
    return PluginRow.model_validate({**dict(row), "owner": owner, "version": plugin.version})


async def _row(reader: Reader, name: str) -> PluginRow | None:
    return next((row for row in await reader.plugins() if row.name == name), None)


def _written(row: PluginRow, before: PluginRow | None, rule: str | None) -> Written:
    plain, stood = row.model_dump(mode="json"), None if before is None else before.model_dump(mode="json")
    # Settings may hold what is nobody else's business: the log knows that they changed, by the digests.
    told = {name: value for name, value in plain.items() if name != "settings"}
    return Written(
        object=f"plugins/{row.name}",
        action=Action.ADMINISTER.value,
        rule=rule,
        body={"plugin": told},
        before=None if stood is None else digest(canonical_json(stood)),
        after=digest(canonical_json(plain)),
    )


def _problem(failure: UcsError | None, row: PluginRow | None) -> dict[str, Any]:
    if failure is not None:
        return {f"problem_{locale}": said for locale, said in said_of(failure).items()}
    reason = row.reason if row else None
    return {"problem_zh": reason, "problem_en": reason}


def _said(health: Health | None) -> dict[str, Any]:
    """What a plugin says of its health, as a view has it."""
    return {} if health is None else {"healthy": health.ok, "health_zh": health.zh, "health_en": health.en}


def _told(name: str) -> str:
    return name[:80] if name.isidentifier() and name.isascii() else "-"
