"""What a token vouches for, and what is expected of the tokens of one issuer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ucs_core.settings import LOCAL_ISSUER

ISSUER, AUDIENCE = LOCAL_ISSUER, "urn:ucs:platform"
"""Who the local issuer says it is, and for whom its tokens are."""

TYPE = "at+jwt"
ALGORITHM = "EdDSA"
SIZE_MOST, EXTERNAL_SIZE_MOST = 4096, 7168
"""The longest token that is looked at, in bytes: of the local issuer's, and of others', which say more than we read. gRPC
takes no more than 8,192 bytes of metadata, of which a token is a part.
"""

LIFETIME_MOST = timedelta(hours=24)
LEEWAY = timedelta(seconds=5)
"""How far the clocks of issuer and verifier may be apart."""

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey
"""A key that can verify: only pairs of keys are used, so that whoever checks tokens cannot issue them."""

Seconds = Callable[[], float]
"""Tells the present instant, in seconds since 1970 (UTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedToken:
    """What a token vouches for: a subject of an issuer, until an instant, by a key (its JWK thumbprint).

    `principal` is the id that the local issuer names. Whose subject another issuer's token is about is for the access
    snapshot to say: `principal` is then None.
    """

    principal: str | None
    issuer: str
    subject: str
    key: str
    issued_at: datetime
    expires_at: datetime
    token_id: str


class Verifier(Protocol):
    """Tells what a token vouches for, waiting for the keys of its issuer where need be."""

    async def vouch(self, token: str) -> VerifiedToken:
        """What a token vouches for. Raises Unauthenticated, with a reason that names no part of the token, or Unavailable
        when its issuer cannot be asked for keys.
        """

    def known(self, digest: bytes) -> VerifiedToken | None:
        """What a token vouches for that was verified before by keys that still count, by the digest of its text; else None.

        Nobody waits for this, and None refuses nobody: `vouch` then tells.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenProfile:
    """What is expected of an issuer's tokens. `own` are those of the local issuer, which say exactly what we need."""

    issuer: str = ISSUER
    audience: str = AUDIENCE
    algorithms: tuple[str, ...] = (ALGORITHM,)
    types: tuple[str, ...] = (TYPE,)
    size_most: int = SIZE_MOST
    lifetime_most: timedelta = LIFETIME_MOST
    leeway: timedelta = LEEWAY
    own: bool = True

    def __post_init__(self) -> None:
        if not timedelta() <= self.leeway <= LEEWAY:
            raise ValueError(f"a leeway of {self.leeway} is outside 0 to {LEEWAY}")
        if not timedelta() < self.lifetime_most <= LIFETIME_MOST:
            raise ValueError(f"a cap of {self.lifetime_most} on lifetimes is outside 0 to {LIFETIME_MOST}")


LOCAL = TokenProfile()
"""What is expected of the local issuer's tokens."""
