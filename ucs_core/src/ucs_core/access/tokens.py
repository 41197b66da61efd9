"""Bearer tokens: JWTs of the access-token profile (RFC 9068), signed with Ed25519 and checked without mercy.

A token says who calls and until when, never what they may do: that is looked up afresh for each call. Nothing about a
token's claims is told to a caller before its signature has been verified.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from ulid import ULID

from ucs_core.access.signing_key import key_id, load_or_create_key
from ucs_sdk.errors import Unauthenticated

ISSUER, AUDIENCE = "urn:ucs:issuer:local", "urn:ucs:platform"
"""Who the local issuer says it is, and for whom its tokens are."""

TYPE = "at+jwt"
ALGORITHM = "EdDSA"
SIZE_MOST = 4096
"""The longest token that is looked at, in bytes."""

LIFETIME_MOST = timedelta(hours=24)
LEEWAY = timedelta(seconds=5)
"""How far the clocks of issuer and verifier may be apart."""

CACHED_MOST = 10_000

_SEGMENTS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_PRINCIPAL = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)
_TOKEN_ID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_TEXTS, _INSTANTS = ("iss", "aud", "sub", "jti"), ("exp", "iat", "nbf")

Seconds = Callable[[], float]
"""Tells the present instant, in seconds since 1970 (UTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedToken:
    """What a token vouches for: the principal, by id, until an instant."""

    principal: str
    expires_at: datetime
    token_id: str


class TokenVerifier:
    """Verifies tokens of one issuer for one audience, by the public keys it trusts, each under its key id.

    A verified token is remembered by its digest until it ends; `trust` makes the verifier forget them all.
    """

    def __init__(
        self,
        keys: Mapping[str, Ed25519PublicKey],
        *,
        issuer: str = ISSUER,
        audience: str = AUDIENCE,
        lifetime_most: timedelta = LIFETIME_MOST,
        leeway: timedelta = LEEWAY,
        cached_most: int = CACHED_MOST,
        now: Seconds = time.time,
    ) -> None:
        if not timedelta() <= leeway <= LEEWAY:
            raise ValueError(f"a leeway of {leeway} is outside 0 to {LEEWAY}")
        self._keys = dict(keys)
        self._issuer = issuer
        self._audience = audience
        self._lifetime_most = lifetime_most.total_seconds()
        self._leeway = leeway.total_seconds()
        self._cached_most = cached_most
        self._now = now
        self._jws = jwt.PyJWS(algorithms=[ALGORITHM])
        self._cache: OrderedDict[bytes, tuple[VerifiedToken, float]] = OrderedDict()

    def trust(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        """Trust these keys from now on, and no others."""
        self._keys = dict(keys)
        self._cache.clear()

    def verify(self, token: str) -> VerifiedToken:
        """What a token vouches for. Raises Unauthenticated, with a reason that names no part of the token."""
        if len(token) > SIZE_MOST or not token.isascii():
            raise Unauthenticated("TOKEN_MALFORMED")
        digest = hashlib.sha256(token.encode("ascii")).digest()
        known, ends = self._cache.get(digest, (None, 0.0))
        if known is None:
            known = self._verify(token)
            self._remember(digest, known)
        elif ends <= self._now():
            self._cache.pop(digest, None)
            raise Unauthenticated("TOKEN_EXPIRED")
        return known

    def _verify(self, token: str) -> VerifiedToken:
        if not _SEGMENTS.fullmatch(token):
            raise Unauthenticated("TOKEN_MALFORMED")
        key = self._key(token)
        try:
            # Only the signature is left to PyJWT: as instants of the claims it would take "12" and 1.5, by its own clock.
            claims = self._jws.decode(token, key, algorithms=[ALGORITHM])
        except jwt.PyJWTError as cause:
            raise Unauthenticated("TOKEN_UNTRUSTED") from cause
        return self._check(_object(claims))

    def _key(self, token: str) -> Ed25519PublicKey:
        """The key that the header names. A header with anything beside alg, typ and kid is refused unread."""
        header = _object(_decoded(token.split(".", maxsplit=1)[0]))
        if header.keys() != {"alg", "typ", "kid"} or not all(isinstance(value, str) for value in header.values()):
            raise Unauthenticated("TOKEN_UNTRUSTED")
        key = self._keys.get(header["kid"])
        if header["alg"] != ALGORITHM or header["typ"] != TYPE or key is None:
            raise Unauthenticated("TOKEN_UNTRUSTED")
        return key

    def _check(self, claims: dict[str, Any]) -> VerifiedToken:
        for name in (*_TEXTS, *_INSTANTS):
            if type(claims.get(name)) is not (str if name in _TEXTS else int):
                raise Unauthenticated("TOKEN_CLAIM_INVALID", claim=name)
        if claims["iss"] != self._issuer:
            raise Unauthenticated("TOKEN_CLAIM_INVALID", claim="iss")
        if claims["aud"] != self._audience:
            raise Unauthenticated("TOKEN_CLAIM_INVALID", claim="aud")
        if not _PRINCIPAL.fullmatch(claims["sub"]):
            raise Unauthenticated("TOKEN_CLAIM_INVALID", claim="sub")
        if not _TOKEN_ID.fullmatch(claims["jti"]):
            raise Unauthenticated("TOKEN_CLAIM_INVALID", claim="jti")
        self._check_time(claims["iat"], claims["nbf"], claims["exp"])
        return VerifiedToken(
            principal=claims["sub"], expires_at=datetime.fromtimestamp(claims["exp"], UTC), token_id=claims["jti"]
        )

    def _check_time(self, issued: int, begins: int, ends: int) -> None:
        now = self._now()
        # This comes first: afterwards every number is near enough to now to be an instant.
        if not 0 < ends - issued <= self._lifetime_most:
            raise Unauthenticated("TOKEN_LIFETIME_INVALID", hours=round(self._lifetime_most / 3600, 1))
        if ends <= now - self._leeway:
            raise Unauthenticated("TOKEN_EXPIRED")
        if max(issued, begins) > now + self._leeway:
            raise Unauthenticated("TOKEN_NOT_YET_VALID")

    def _remember(self, digest: bytes, token: VerifiedToken) -> None:
        self._cache[digest] = token, token.expires_at.timestamp() + self._leeway
        while len(self._cache) > self._cached_most:
            self._cache.popitem(last=False)


class LocalIssuer:
    """Issues tokens with a key of this node, for platforms without an identity provider of their own."""

    def __init__(
        self, key: Ed25519PrivateKey, *, issuer: str = ISSUER, audience: str = AUDIENCE, now: Seconds = time.time
    ) -> None:
        self._key = key
        self._kid = key_id(key.public_key())
        self._issuer = issuer
        self._audience = audience
        self._now = now

    @classmethod
    def load_or_create(cls, path: Path, *, now: Seconds = time.time) -> Self:
        """The issuer whose private key is in a file; the key is made when there is no such file.

        Raises FailedPrecondition when others than the file's owner may read it, or when it holds no Ed25519 key.
        """
        return cls(load_or_create_key(path), now=now)

    @property
    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        """The key that verifies its tokens, under its id."""
        return {self._kid: self._key.public_key()}

    def verifier(self) -> TokenVerifier:
        """A verifier of its tokens."""
        return TokenVerifier(self.public_keys, issuer=self._issuer, audience=self._audience, now=self._now)

    def issue(self, principal: str, *, lifetime: timedelta) -> str:
        """A token for a principal, by id, from now on for a lifetime of at most `LIFETIME_MOST`."""
        if not timedelta(seconds=1) <= lifetime <= LIFETIME_MOST:
            raise ValueError(f"a lifetime of {lifetime} is outside one second to {LIFETIME_MOST}")
        now = int(self._now())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": principal,
            "iat": now,
            "nbf": now,
            "exp": now + int(lifetime.total_seconds()),
            "jti": str(ULID()),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"typ": TYPE, "kid": self._kid})


def _decoded(segment: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError as cause:
        raise Unauthenticated("TOKEN_MALFORMED") from cause


def _object(text: bytes) -> dict[str, Any]:
    """The JSON object that a text holds. A name that occurs twice spoils it: readers differ on which of the two counts."""
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError) as cause:
        raise Unauthenticated("TOKEN_MALFORMED") from cause
    if not isinstance(value, dict):
        raise Unauthenticated("TOKEN_MALFORMED")
    return value


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found
