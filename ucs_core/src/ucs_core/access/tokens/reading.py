"""Taking a token apart, and judging what it says. Nothing here looks at a signature."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ucs_core.access.tokens.profile import TokenProfile, VerifiedToken
from ucs_sdk.errors import Unauthenticated

_SEGMENTS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_PRINCIPAL = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)
_SUBJECT = re.compile(r"[\x20-\x7e]{1,255}", re.ASCII)
_TOKEN_ID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_HEADER = frozenset({"alg", "typ", "kid"})
_HARMLESS = frozenset({"x5t", "x5t#S256"})
"""Header parameters of other issuers that change nothing: digests of a certificate that we do not look at."""


class Header(NamedTuple):
    """What a token's header says of how it is to be verified."""

    algorithm: str
    kid: str


def check_form(token: str, size_most: int) -> None:
    """Raise Unauthenticated unless a text has the form of a token: three parts of base64url, within a size in bytes."""
    if len(token) > size_most or not token.isascii() or not _SEGMENTS.fullmatch(token):
        raise Unauthenticated("TOKEN_MALFORMED")


def read_header(token: str, profile: TokenProfile) -> Header:
    """The header of a well-formed token. One with anything in it that could change how it is to be read is refused."""
    header = json_object(_decoded(token.split(".", maxsplit=1)[0]))
    extra = header.keys() - _HEADER
    if not header.keys() >= _HEADER or extra - (frozenset() if profile.own else _HARMLESS):
        raise Unauthenticated("TOKEN_UNTRUSTED")
    if not all(isinstance(value, str) for value in header.values()):
        raise Unauthenticated("TOKEN_UNTRUSTED")
    if header["alg"] not in profile.algorithms or header["typ"] not in profile.types:
        raise Unauthenticated("TOKEN_UNTRUSTED")
    return Header(header["alg"], header["kid"])


def stated_issuer(token: str, size_most: int) -> str | None:
    """Who a token says has issued it, before anything was verified; good only to choose who verifies it."""
    check_form(token, size_most)
    issuer = json_object(_decoded(token.split(".")[1])).get("iss")
    return issuer if isinstance(issuer, str) else None


def check_claims(claims: dict[str, Any], profile: TokenProfile, key: str, now: float) -> VerifiedToken:
    """What claims vouch for whose signature has held. Raises Unauthenticated that names the claim, never its value."""
    texts, instants = ("iss", "sub", "jti"), ("exp", "iat", "nbf")
    if not profile.own:
        # RFC 9068 leaves it out; there is nothing that it could begin before.
        claims = {"nbf": claims.get("iat"), **claims}
    for names, kind in ((texts, str), (instants, int)):
        for name in names:
            # An instant is an integer, which True is to Python, too.
            if type(claims.get(name)) is not kind:
                raise Unauthenticated("TOKEN_CLAIM_INVALID", claim=name)
    if claims["iss"] != profile.issuer:
        raise Unauthenticated("TOKEN_CLAIM_INVALID", claim="iss")
    if not _is_for(claims.get("aud"), profile):
        raise Unauthenticated("TOKEN_CLAIM_INVALID", claim="aud")
    if not (_PRINCIPAL if profile.own else _SUBJECT).fullmatch(claims["sub"]):
        raise Unauthenticated("TOKEN_CLAIM_INVALID", claim="sub")
    if not _TOKEN_ID.fullmatch(claims["jti"]):
        raise Unauthenticated("TOKEN_CLAIM_INVALID", claim="jti")
    _check_time(claims["iat"], claims["nbf"], claims["exp"], profile, now)
    return VerifiedToken(
        principal=claims["sub"] if profile.own else None,
        issuer=claims["iss"],
        subject=claims["sub"],
        key=key,
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        token_id=claims["jti"],
    )


def json_object(text: bytes) -> dict[str, Any]:
    """The JSON object that a text holds. A name that occurs twice spoils it: readers differ on which of the two counts."""
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError) as cause:
        raise Unauthenticated("TOKEN_MALFORMED") from cause
    if not isinstance(value, dict):
        raise Unauthenticated("TOKEN_MALFORMED")
    return value


def _is_for(audience: object, profile: TokenProfile) -> bool:
    if not profile.own and isinstance(audience, list):
        # Providers name several services in one token; ours must be among them.
        return all(isinstance(name, str) for name in audience) and profile.audience in audience
    return audience == profile.audience


def _check_time(issued: int, begins: int, ends: int, profile: TokenProfile, now: float) -> None:
    leeway, longest = profile.leeway.total_seconds(), profile.lifetime_most.total_seconds()
    # This comes first: afterwards every number is near enough to now to be an instant.
    if not 0 < ends - issued <= longest:
        raise Unauthenticated("TOKEN_LIFETIME_INVALID", hours=round(longest / 3600, 1))
    if ends <= now - leeway:
        raise Unauthenticated("TOKEN_EXPIRED")
    if max(issued, begins) > now + leeway:
        raise Unauthenticated("TOKEN_NOT_YET_VALID")


def _decoded(segment: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError as cause:
        raise Unauthenticated("TOKEN_MALFORMED") from cause


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found
