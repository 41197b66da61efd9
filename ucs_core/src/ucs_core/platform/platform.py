"""The platform as the doors know it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ucs_core.access.authority import Authority
from ucs_core.access.shadow import Shadow
from ucs_core.access.tokens import VerifiedToken, Verifier, digest_of
from ucs_core.platform.administration.entering import AdministrationVerbs
from ucs_core.platform.administration.grants import GrantVerbs
from ucs_core.platform.administration.keys import KeyVerbs
from ucs_core.platform.administration.policies import PolicyVerbs
from ucs_core.platform.administration.principals import PrincipalVerbs
from ucs_core.platform.administration.roles import RoleVerbs
from ucs_core.platform.answering import Answers
from ucs_core.platform.batches import BatchVerbs
from ucs_core.platform.calls import Call, Clock, Credential
from ucs_core.platform.clock import SteadyClock
from ucs_core.platform.dependencies import DependencyVerbs
from ucs_core.platform.elements import ElementAnswers
from ucs_core.platform.exporting import ExportPiece
from ucs_core.platform.extending import DeadEvent, Extensions, OperationView, PluginView, build_extensions
from ucs_core.platform.importing import ImportVerbs
from ucs_core.platform.log import LogVerbs
from ucs_core.platform.members import MemberVerbs
from ucs_core.platform.organizations import OrganizationVerbs
from ucs_core.platform.pipeline import Pipeline
from ucs_core.platform.present import Present
from ucs_core.platform.refusals import RefusalBudget
from ucs_core.platform.resources import UNDO_WITHIN, ResourceVerbs
from ucs_core.platform.reviews import ReviewVerbs
from ucs_core.platform.scenario_verbs import ScenarioVerbs
from ucs_core.platform.sessions import Reading, ReadSession
from ucs_core.platform.shelf import ShelfVerbs
from ucs_core.platform.types import TypeVerbs
from ucs_core.platform.watching import WatchEvent, WatchFilter, Watching, WatchLimits
from ucs_registry.ports import Store
from ucs_registry.queries import ResourceQuery
from ucs_sdk.errors import Unauthenticated
from ucs_sdk.plugins import FoundPlugin


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Everything that can be asked and done, for authenticated callers."""

    reading: Reading
    answers: Answers | None
    resources: ResourceVerbs
    imports: ImportVerbs
    batches: BatchVerbs
    shelf: ShelfVerbs
    dependencies: DependencyVerbs
    scenarios: ScenarioVerbs
    reviews: ReviewVerbs
    members: MemberVerbs
    types: TypeVerbs
    organizations: OrganizationVerbs
    administration: AdministrationVerbs
    principals: PrincipalVerbs
    roles: RoleVerbs
    policies: PolicyVerbs
    grants: GrantVerbs
    log: LogVerbs
    keys: KeyVerbs
    pipeline: Pipeline
    verifier: Verifier
    watching: Watching
    shadow: Shadow
    extensions: Extensions
    elements: ElementAnswers | None = None
    """Answers of one statement each; None where the store has none."""

    async def authenticate(self, authorization: str | None) -> Credential:
        """Whom an Authorization value (`Bearer <token>`) vouches for. Raises Unauthenticated.

        Whether the token still counts is for the session to say that is opened with it: what was revoked counts from
        the next session on.
        """
        verified = self.recognised(authorization)
        if verified is None:
            verified = await self.verifier.vouch(_bearer(authorization))
        return Credential(principal=verified.principal or await self.reading.identify(verified), token=verified)

    def recognised(self, authorization: str | None) -> VerifiedToken | None:
        """What an Authorization value vouches for when its token was verified before; None says nothing against it.

        Raises Unauthenticated when there is no token in it.
        """
        return self.verifier.known(digest_of(_bearer(authorization)))

    def session(self, principal: str, token: VerifiedToken | None = None) -> AbstractAsyncContextManager[ReadSession]:
        """A session that reads for a principal. Without a token, this process itself vouches for it."""
        return self.reading.session(principal, token)

    def watch(
        self,
        principal: str,
        token: VerifiedToken | None = None,
        *,
        after: int | None = None,
        filter: WatchFilter | None = None,
    ) -> AsyncGenerator[WatchEvent, None]:
        """Every change that a principal may see behind a position, or from now on with None: once and in order, for ever.

        Close the iterator when no more is wanted. It ends by raising: OutOfRange with WATCH_TOO_OLD when the position is
        not kept any more, or WATCH_OTHER_HISTORY when the database was put back; Invalid with POSITION_UNKNOWN when it is
        yet to come; Unauthenticated when nobody vouches for the principal any more; Conflict with WATCH_ACCESS_CHANGED when
        it may see more or less than before; Exhausted with WATCH_TOO_SLOW or WATCH_TOO_MANY; or Unavailable with DRAINING.
        """
        return self.watching.watch(principal, token, after=after, filter=filter)

    def export(
        self,
        principal: str,
        token: VerifiedToken | None = None,
        *,
        query: ResourceQuery | None = None,
        whole_only: bool = False,
    ) -> AsyncGenerator[ExportPiece, None]:
        """The approved resources that a principal may discover, from one state, up to 500 at a time in constant memory.

        They come in the order of an import: kind by kind from infrastructure to applications, by code, each behind what it
        depends on. `whole_only` leaves out what the principal may not read. Close the iterator when no more is wanted. It
        ends by raising: Exhausted with EXPORT_TOO_MANY when too many are served already, Conflict with EXPORT_ACCESS_CHANGED
        when the principal may see more or less than at the beginning, Unauthenticated when nobody vouches for it any more,
        or DeadlineExceeded.
        """
        return self.reading.export(principal, token, query=query, whole_only=whole_only)

    async def invoke(
        self, call: Call, operation: str, asked: Mapping[str, Any], *, seconds: float | None = None
    ) -> dict[str, Any]:
        """The answer of an operation, such as `echo.say`, as plain JSON. `seconds` shortens the operation's own deadline.

        What changes something is done once for one request id. Raises NotFound for what the caller may not discover; Denied;
        Exhausted beyond the caller's quota; Invalid for an input that is none, or OPERATION_STREAMS; Conflict with
        RECORDS_CONTENDED; what the plugin says to its caller; or that it failed, was too slow, or is not running.
        """
        return await self.extensions.invocations.invoke(call, operation, asked, seconds=seconds)

    def stream(self, call: Call, operation: str, asked: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """The answers of a streaming operation, each made when it is asked for. Close the iterator when no more is wanted.

        It ends by raising what `invoke` raises, with OPERATION_ANSWERS_ONCE for an operation that does not stream.
        """
        return self.extensions.invocations.stream(call, operation, asked)

    async def operations(self, principal: str, token: VerifiedToken | None = None) -> list[OperationView]:
        """The operations that a principal may discover, in the order of their names."""
        return await self.extensions.operations(principal, token)

    async def enable_plugin(
        self, call: Call, name: str, *, owner: str | None = None, settings: Mapping[str, Any] | None = None
    ) -> PluginView:
        """Enable the version of a plugin that is installed here, or go over to it; the caller administers the platform.

        Owner and settings stay as they were where they are not given. Nothing is decided unless the plugin has started.
        """
        return await self.extensions.verbs.enable(call, name, owner, settings, None)

    async def disable_plugin(self, call: Call, name: str, *, reason: str) -> PluginView:
        """Let a plugin be called no more, on any node: its operations are suspended for this reason."""
        return await self.extensions.verbs.disable(call, name, reason)

    async def plugins(self, principal: str, token: VerifiedToken | None = None) -> list[PluginView]:
        """The plugins that are installed on this node or were decided about, for whoever administers the platform."""
        return await self.extensions.verbs.views(principal, token)

    async def dead_events(
        self, principal: str, token: VerifiedToken | None = None, *, subscription: str | None = None, first: int = 50
    ) -> list[DeadEvent]:
        """Up to `first` deliveries that were given up, for whoever administers the platform."""
        return await self.extensions.dead(principal, token, subscription, first)

    async def replay_events(self, call: Call, subscription: str, positions: Iterable[int] | None) -> int:
        """Have deliveries that were given up tried again, as if for the first time, up to 1,000 of them; how many. With None all
        of the subscription's.
        """
        return await self.extensions.replay(call, subscription, positions)


def _bearer(authorization: str | None) -> str:
    """The token in an Authorization value."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("TOKEN_MISSING")
    return token


def build_platform(
    store: Store,
    verifier: Verifier,
    *,
    origin: str,
    clock: Clock | None = None,
    watch_limits: WatchLimits | None = None,
    undo_within: timedelta = UNDO_WITHIN,
    find: Callable[[], Iterable[FoundPlugin]] | None = None,
    **extending: Any,  # noqa: ANN401 -- see build_extensions
) -> Platform:
    """Compose the platform over a store. Without a clock it takes one that never goes back."""
    shadow = Shadow(store)
    authority, clock = Authority(shadow=shadow), clock or SteadyClock()
    pipeline = Pipeline(store, authority, clock, origin, RefusalBudget(time.monotonic))
    resources = ResourceVerbs(pipeline, undo_within=undo_within)
    reading, present = Reading(store, authority, clock), Present(store, authority)
    return Platform(
        reading=reading,
        answers=None if store.shaped is None else Answers(store.shaped, present, authority, clock),
        resources=resources,
        imports=ImportVerbs(pipeline),
        batches=BatchVerbs(pipeline),
        reviews=ReviewVerbs(pipeline, resources),
        dependencies=DependencyVerbs(pipeline),
        scenarios=ScenarioVerbs(resources, reading),
        members=MemberVerbs(pipeline),
        types=TypeVerbs(pipeline),
        shelf=ShelfVerbs(pipeline),
        organizations=OrganizationVerbs(pipeline),
        administration=AdministrationVerbs(pipeline),
        principals=PrincipalVerbs(pipeline),
        roles=RoleVerbs(pipeline),
        policies=PolicyVerbs(pipeline),
        grants=GrantVerbs(pipeline),
        log=LogVerbs(pipeline),
        keys=KeyVerbs(pipeline),
        pipeline=pipeline,
        verifier=verifier,
        shadow=shadow,
        extensions=build_extensions(store, authority, clock, pipeline, origin=origin, find=find, **extending),
        watching=Watching(store, authority, clock, watch_limits),
        elements=None if store.elements is None else ElementAnswers(store.elements, present, authority, clock),
    )
