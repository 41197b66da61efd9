"""Who is believed when a token says who calls: the local issuer, and the identity providers that the settings name."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable

import structlog

from ucs_core.access.jwks import KeySet
from ucs_core.access.key_ring import KeyFile
from ucs_core.access.provider import ProviderFault, fetch_keys
from ucs_core.access.tokens import (
    EXTERNAL_SIZE_MOST,
    Seconds,
    TokenProfile,
    TokenVerifier,
    UnknownKey,
    VerifiedToken,
    Verifier,
    stated_issuer,
)
from ucs_core.settings import IssuerSettings
from ucs_registry.settling import ended
from ucs_sdk.errors import Unavailable

RETRY_SECONDS = 10.0
"""How long after a question to a provider the next one waits, whoever asks for an unknown key meanwhile."""

Fetch = Callable[[IssuerSettings], Awaitable[KeySet]]

log = structlog.get_logger()


class KeyFileVerifier:
    """Verifies the local issuer's tokens by the key ring in a file, and notices when that changed."""

    def __init__(self, file: KeyFile, *, now: Seconds) -> None:
        self._file = file
        self._verifier = TokenVerifier(file.ring.public, now=now)

    async def vouch(self, token: str) -> VerifiedToken:
        """What a token vouches for. Raises Unauthenticated."""
        self._look()
        return self._verifier.verify(token)

    def known(self, digest: bytes) -> VerifiedToken | None:
        """What a token vouches for that was verified before by keys that the file still holds."""
        self._look()
        return self._verifier.known(digest)

    def _look(self) -> None:
        if self._file.look():
            self._verifier.trust(self._file.ring.public)


class ExternalIssuer:
    """Verifies an identity provider's tokens by the keys that it publishes, asking for them no more often than needed.

    Keys are asked for anew when they are older than `refresh_seconds`, and when a token names an unknown one; one question
    is under way at most. While the provider cannot be reached, its last keys count up to `stale_seconds`.
    `elapsed` tells the time that really passes, in seconds.
    """

    def __init__(self, settings: IssuerSettings, *, now: Seconds, elapsed: Seconds, fetch: Fetch = fetch_keys) -> None:
        profile = TokenProfile(
            issuer=settings.issuer,
            audience=settings.audience,
            algorithms=settings.algorithms,
            types=settings.types,
            size_most=EXTERNAL_SIZE_MOST,
            own=False,
        )
        self.settings = settings
        self._verifier = TokenVerifier({}, profile, now=now)
        self._elapsed = elapsed
        self._fetch = fetch
        self._keys: KeySet | None = None
        self._fetched_at = self._tried_at = -math.inf
        self._failed = False
        self._fetching: asyncio.Task[None] | None = None

    async def vouch(self, token: str) -> VerifiedToken:
        """What a token vouches for. Raises Unauthenticated, or Unavailable while there are no keys to tell by."""
        await self._keep_fresh()
        try:
            return self._verifier.verify(token)
        except UnknownKey:
            await self._refresh_in_turn()
            if self._failed:
                # It may be sound and signed by a key that the provider could not tell us of.
                raise self._unreachable() from None
            return self._verifier.verify(token)

    def known(self, digest: bytes) -> VerifiedToken | None:
        """What a token vouches for that was verified before, while it is not time to ask for the keys anew."""
        if self._elapsed() - self._fetched_at >= self.settings.refresh_seconds:
            return None
        return self._verifier.known(digest)

    async def close(self) -> None:
        """Give up what is being asked."""
        if self._fetching is not None:
            await ended(self._fetching)

    async def _keep_fresh(self) -> None:
        age = self._elapsed() - self._fetched_at
        if age < self.settings.refresh_seconds:
            return
        if age < self.settings.stale_seconds and self._failed:
            # The outage is known, and the last keys still count: nobody waits for the next try.
            self._begin_in_turn()
            return
        await self._refresh_in_turn()
        if self._elapsed() - self._fetched_at >= self.settings.stale_seconds:
            raise self._unreachable()

    async def _refresh_in_turn(self) -> None:
        """Wait for the question that is under way, or for a new one if it is time for one."""
        self._begin_in_turn()
        if self._fetching is not None:
            # Whoever gives up leaves the question to the others.
            await asyncio.wait({self._fetching})

    def _begin_in_turn(self) -> None:
        if self._fetching is None and self._elapsed() - self._tried_at >= RETRY_SECONDS:
            self._tried_at = self._elapsed()
            self._fetching = asyncio.create_task(self._refresh())

    async def _refresh(self) -> None:
        try:
            keys = await self._fetch(self.settings)
        except ProviderFault as fault:
            if not self._failed:
                log.warning("issuer_unreachable", issuer=self.settings.issuer, problem=str(fault))
            self._failed = True
        else:
            if self._failed:
                log.info("issuer_reached_again", issuer=self.settings.issuer)
            self._failed = False
            self._fetched_at = self._elapsed()
            if keys != self._keys:
                self._keys = keys
                self._verifier.trust(keys.keys, keys.only)
        finally:
            self._fetching = None

    def _unreachable(self) -> Unavailable:
        wait = max(1, math.ceil(self._tried_at + RETRY_SECONDS - self._elapsed()))
        return Unavailable("ISSUER_UNREACHABLE", issuer=self.settings.issuer, retry_after=wait)


class TrustedIssuers:
    """All issuers that are believed. A token goes to the one that it names, and to no other."""

    def __init__(self, local: Verifier, external: Iterable[ExternalIssuer] = ()) -> None:
        self._local = local
        self._external = {issuer.settings.issuer: issuer for issuer in external}

    async def vouch(self, token: str) -> VerifiedToken:
        """What a token vouches for. Raises Unauthenticated, or Unavailable while its issuer has told no keys."""
        # Where there is but one issuer, tokens need not be read to choose it.
        named = self._external.get(stated_issuer(token, EXTERNAL_SIZE_MOST) or "") if self._external else None
        return await (self._local if named is None else named).vouch(token)

    def known(self, digest: bytes) -> VerifiedToken | None:
        """What a token vouches for that one of the issuers has verified before."""
        found = self._local.known(digest)
        if found is None:
            for issuer in self._external.values():
                found = issuer.known(digest)
                if found is not None:
                    break
        return found

    async def close(self) -> None:
        """Give up what is being asked of providers."""
        for issuer in self._external.values():
            await issuer.close()
