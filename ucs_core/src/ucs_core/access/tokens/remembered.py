"""Tokens that were verified once, by the digest of their text, so that their signatures are not checked for every call."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from ucs_core.access.tokens.profile import VerifiedToken

KEPT_MOST, BYTES_MOST = 10_000, 8 * 1024 * 1024
"""How many tokens are kept, and how much memory they may take."""

_OVERHEAD = 900
"""What a token takes beside its texts, in bytes."""


def digest_of(token: str) -> bytes:
    """By what a token is remembered: its text itself is kept nowhere."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class RememberedTokens:
    """Verified tokens within bounds, each until it ends; the one that was verified first goes first.

    What was decided since a token was verified is not known here: the session that is opened with it judges that.
    """

    def __init__(self, *, most: int = KEPT_MOST, bytes_most: int = BYTES_MOST) -> None:
        self._most = most
        self._bytes_most = bytes_most
        self._kept: OrderedDict[bytes, tuple[VerifiedToken, float]] = OrderedDict()
        self.memory = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, digest: bytes, now: float) -> VerifiedToken | None:
        """The token of a digest, unless it is not known or has ended at an instant, in seconds since 1970."""
        found = self._kept.get(digest)
        if found is None:
            return None
        token, ends = found
        if ends <= now:
            del self._kept[digest]
            self.memory -= _cost(token)
            return None
        return token

    def put(self, digest: bytes, token: VerifiedToken, ends: float) -> None:
        """Keep a token until an instant."""
        if digest not in self._kept:
            self.memory += _cost(token)
        self._kept[digest] = token, ends
        while len(self._kept) > self._most or self.memory > self._bytes_most:
            _, (dropped, _) = self._kept.popitem(last=False)
            self.memory -= _cost(dropped)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self.memory = 0


def _cost(token: VerifiedToken) -> int:
    return _OVERHEAD + sum(map(len, (token.issuer, token.subject, token.key, token.token_id)))
