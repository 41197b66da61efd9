"""Whether a token that was verified still counts, by the snapshot of a session's own head.

Verifying says who issued a token and when it ends, and is remembered. What was decided since is not in a token and never
remembered: a revoked key, a principal's revocation epoch, and whose subject somebody is.
"""

from __future__ import annotations

from datetime import datetime

from ucs_core.access.snapshot import Snapshot
from ucs_core.access.tokens import LEEWAY, VerifiedToken
from ucs_registry.principals import Principal
from ucs_sdk.errors import Unauthenticated


def check_standing(snapshot: Snapshot, principal: Principal, token: VerifiedToken, at: datetime) -> None:
    """Raise Unauthenticated unless a token vouches for a principal at an instant."""
    check_lifetime(token, at)
    if snapshot.identify(token) != principal.id:
        raise Unauthenticated("TOKEN_REVOKED")
    if token.key in snapshot.edition.revoked_keys or _before_epoch(principal, token):
        raise Unauthenticated("TOKEN_REVOKED")


def check_lifetime(token: VerifiedToken, at: datetime) -> None:
    """Raise Unauthenticated when a token has ended, the leeway included."""
    # Mostly the leeway has no part in it.
    if token.expires_at <= at and ends_at(token) <= at:
        raise Unauthenticated("TOKEN_EXPIRED")


def ends_at(token: VerifiedToken) -> datetime:
    """From when on a token counts no more: clocks of two machines may differ by the leeway."""
    return token.expires_at + LEEWAY


def _before_epoch(principal: Principal, token: VerifiedToken) -> bool:
    if principal.revoked_before is None:
        return False
    # Tokens tell whole seconds: one of the very second of the revocation may have come before it.
    epoch = int(principal.revoked_before.timestamp())
    # The clock of another issuer may be ahead of ours by the leeway, and its tokens then look younger than they are.
    skew = 0 if token.principal is not None else int(LEEWAY.total_seconds())
    return int(token.issued_at.timestamp()) - skew <= epoch
