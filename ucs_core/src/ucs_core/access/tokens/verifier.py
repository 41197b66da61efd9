"""Verifying tokens of one issuer by the public keys that are trusted."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ucs_core.access.thumbprints import thumbprint
from ucs_core.access.tokens.profile import LOCAL, PublicKey, Seconds, TokenProfile, VerifiedToken
from ucs_core.access.tokens.reading import check_claims, check_form, json_object, read_header
from ucs_core.access.tokens.remembered import KEPT_MOST, RememberedTokens, digest_of
from ucs_sdk.errors import Unauthenticated


class UnknownKey(Unauthenticated):
    """The token names a key that is not among the trusted ones; its issuer may have a new one."""


def algorithms_of(key: PublicKey) -> frozenset[str]:
    """The algorithms that a key can be used with; none when its kind is not trusted here."""
    if isinstance(key, Ed25519PublicKey):
        return frozenset({"EdDSA"})
    if isinstance(key, RSAPublicKey):
        return frozenset({"RS256", "PS256"})
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return frozenset({"ES256"})
    return frozenset()


class TokenVerifier:
    """Verifies tokens of one issuer for one audience, by the public keys it trusts, each under its key id.

    A verified token is remembered by its digest until it ends; `trust` makes the verifier forget them all.
    """

    def __init__(
        self,
        keys: Mapping[str, PublicKey],
        profile: TokenProfile = LOCAL,
        *,
        cached_most: int = KEPT_MOST,
        now: Seconds = time.time,
    ) -> None:
        self.profile = profile
        self._now = now
        self._jws = jwt.PyJWS(algorithms=list(profile.algorithms))
        self._remembered = RememberedTokens(most=cached_most)
        self.trust(keys)

    def trust(self, keys: Mapping[str, PublicKey], only: Mapping[str, Collection[str]] | None = None) -> None:
        """Trust these keys from now on, and no others; `only` tells which algorithms some of them are meant for."""
        meant = only or {}
        self._keys = {
            kid: (key, algorithms_of(key).intersection(meant.get(kid, self.profile.algorithms)), thumbprint(key))
            for kid, key in keys.items()
        }
        self._remembered.clear()

    def verify(self, token: str) -> VerifiedToken:
        """What a token vouches for. Raises Unauthenticated, with a reason that names no part of the token."""
        if len(token) > self.profile.size_most or not token.isascii():
            raise Unauthenticated("TOKEN_MALFORMED")
        digest = digest_of(token)
        known = self.known(digest)
        if known is None:
            known = self._verify(token)
            self._remembered.put(digest, known, known.expires_at.timestamp() + self.profile.leeway.total_seconds())
        return known

    def known(self, digest: bytes) -> VerifiedToken | None:
        """What a token vouches for that was verified before, by its digest."""
        return self._remembered.get(digest, self._now())

    async def vouch(self, token: str) -> VerifiedToken:
        """What a token vouches for, as `verify` has it."""
        return self.verify(token)

    def _verify(self, token: str) -> VerifiedToken:
        check_form(token, self.profile.size_most)
        header = read_header(token, self.profile)
        trusted = self._keys.get(header.kid)
        if trusted is None:
            raise UnknownKey("TOKEN_UNTRUSTED")
        key, algorithms, key_id = trusted
        if header.algorithm not in algorithms:
            raise Unauthenticated("TOKEN_UNTRUSTED")
        return self._check(self._signed(token, key, header.algorithm), key_id)

    def _signed(self, token: str, key: PublicKey, algorithm: str) -> dict[str, Any]:
        try:
            # Only the signature is left to PyJWT: as instants of the claims it would take "12" and 1.5, by its own clock.
            claims: bytes = self._jws.decode(token, key, algorithms=[algorithm])
        except jwt.PyJWTError as cause:
            raise Unauthenticated("TOKEN_UNTRUSTED") from cause
        return json_object(claims)

    def _check(self, claims: dict[str, Any], key_id: str) -> VerifiedToken:
        return check_claims(claims, self.profile, key_id, self._now())
