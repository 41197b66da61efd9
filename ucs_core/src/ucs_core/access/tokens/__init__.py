"""Bearer tokens: JWTs of the access-token profile (RFC 9068), signed with pairs of keys and checked without mercy.

A token says who calls and until when, never what they may do: that is looked up afresh for each call. Nothing about a
token's claims is told to a caller before its signature has been verified.
"""

from ucs_core.access.tokens.issuing import LocalIssuer
from ucs_core.access.tokens.profile import (
    ALGORITHM,
    AUDIENCE,
    EXTERNAL_SIZE_MOST,
    ISSUER,
    LEEWAY,
    LIFETIME_MOST,
    LOCAL,
    SIZE_MOST,
    TYPE,
    PublicKey,
    Seconds,
    TokenProfile,
    VerifiedToken,
    Verifier,
)
from ucs_core.access.tokens.reading import stated_issuer
from ucs_core.access.tokens.remembered import RememberedTokens, digest_of
from ucs_core.access.tokens.verifier import TokenVerifier, UnknownKey, algorithms_of

__all__ = [
    "ALGORITHM",
    "AUDIENCE",
    "EXTERNAL_SIZE_MOST",
    "ISSUER",
    "LEEWAY",
    "LIFETIME_MOST",
    "LOCAL",
    "SIZE_MOST",
    "TYPE",
    "LocalIssuer",
    "PublicKey",
    "RememberedTokens",
    "Seconds",
    "TokenProfile",
    "TokenVerifier",
    "UnknownKey",
    "VerifiedToken",
    "Verifier",
    "algorithms_of",
    "digest_of",
    "stated_issuer",
]
