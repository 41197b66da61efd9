"""The local issuer, for platforms without an identity provider of their own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from ulid import ULID

from ucs_core.access.key_ring import KeyRing
from ucs_core.access.thumbprints import thumbprint
from ucs_core.access.tokens.profile import ALGORITHM, LIFETIME_MOST, LOCAL, TYPE, Seconds, TokenProfile
from ucs_core.access.tokens.verifier import TokenVerifier


class LocalIssuer:
    """Issues tokens with a key of this machine. Tokens that `earlier` keys have signed count as well."""

    def __init__(
        self,
        key: Ed25519PrivateKey,
        *,
        earlier: Mapping[str, Ed25519PublicKey] | None = None,
        profile: TokenProfile = LOCAL,
        now: Seconds = time.time,
    ) -> None:
        self._key = key
        self._kid = thumbprint(key.public_key())
        self._earlier = dict(earlier or {})
        self._profile = profile
        self._now = now

    @classmethod
    def load_or_create(cls, path: Path, *, now: Seconds = time.time) -> Self:
        """The issuer whose keys are in a file; the first key is made when there is no such file.

        Raises FailedPrecondition when others than the file's owner may read it, or when it is no key ring.
        """
        ring = KeyRing.load_or_create(path)
        return cls(ring.signing, earlier=ring.public, now=now)

    @property
    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        """The keys that verify its tokens, under their ids; the one that signs comes first."""
        return {self._kid: self._key.public_key()} | self._earlier

    def verifier(self) -> TokenVerifier:
        """A verifier of its tokens."""
        return TokenVerifier(self.public_keys, self._profile, now=self._now)

    def issue(self, principal: str, *, lifetime: timedelta) -> str:
        """A token for a principal, by id, from now on for a lifetime of at most `LIFETIME_MOST`."""
        if not timedelta(seconds=1) <= lifetime <= LIFETIME_MOST:
            raise ValueError(f"a lifetime of {lifetime} is outside one second to {LIFETIME_MOST}")
        now = int(self._now())
        claims = {
            "iss": self._profile.issuer,
            "aud": self._profile.audience,
            "sub": principal,
            "iat": now,
            "nbf": now,
            "exp": now + int(lifetime.total_seconds()),
            "jti": str(ULID()),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"typ": TYPE, "kid": self._kid})
