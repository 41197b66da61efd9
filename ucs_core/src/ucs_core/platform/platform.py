"""The platform as the doors know it."""

from __future__ import annotations

import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from ucs_core.access.authority import Authority
from ucs_core.access.tokens import TokenVerifier
from ucs_core.platform.administration import AdministrationVerbs
from ucs_core.platform.calls import Clock, system_clock
from ucs_core.platform.organizations import OrganizationVerbs
from ucs_core.platform.pipeline import Pipeline
from ucs_core.platform.refusals import RefusalBudget
from ucs_core.platform.resources import ResourceVerbs
from ucs_core.platform.sessions import Reading, ReadSession
from ucs_registry.ports import Store
from ucs_sdk.errors import Unauthenticated


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Everything that can be asked and done, for authenticated callers."""

    reading: Reading
    resources: ResourceVerbs
    organizations: OrganizationVerbs
    administration: AdministrationVerbs
    pipeline: Pipeline
    verifier: TokenVerifier

    def authenticate(self, authorization: str | None) -> str:
        """The principal that an Authorization value (`Bearer <token>`) vouches for. Raises Unauthenticated."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("TOKEN_MISSING")
        return self.verifier.verify(token.strip()).principal

    def session(self, principal: str) -> AbstractAsyncContextManager[ReadSession]:
        """A session that reads for a principal."""
        return self.reading.session(principal)


def build_platform(store: Store, verifier: TokenVerifier, *, origin: str, clock: Clock = system_clock) -> Platform:
    """Compose the platform over a store."""
    authority = Authority()
    pipeline = Pipeline(store, authority, clock, origin, RefusalBudget(time.monotonic))
    return Platform(
        reading=Reading(store, authority, clock),
        resources=ResourceVerbs(pipeline),
        organizations=OrganizationVerbs(pipeline),
        administration=AdministrationVerbs(pipeline),
        pipeline=pipeline,
        verifier=verifier,
    )
