"""Who calls, and how a mutating call is told from its repetition."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ucs_core.access.tokens import VerifiedToken
from ucs_sdk.errors import Invalid

Clock = Callable[[], datetime]
"""Tells the present instant, in UTC."""

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _SIGNS for second in _SIGNS)
_CHANCE_BYTES = 4_096

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,64}\Z")


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class _CallIds:
    """Makes ULIDs (https://github.com/ulid/spec): the millisecond in ten signs, and sixteen that nobody can guess.

    The system is asked for chance by the page. No byte of it is used twice.
    """

    def __init__(self) -> None:
        self._millisecond = -1
        self._time = ""
        self._chance = b""
        self._used = 0

    def forget(self) -> None:
        """Use nothing that another process may use, too."""
        self._chance, self._used = b"", 0

    def next(self) -> str:
        """A fresh id."""
        millisecond = time.time_ns() // 1_000_000
        if millisecond != self._millisecond:
            self._millisecond, self._time = millisecond, "".join(_in_pairs(millisecond, 5))
        start = self._used
        if start == len(self._chance):
            self._chance, start = os.urandom(_CHANCE_BYTES - _CHANCE_BYTES % 10), 0
        self._used = start + 10
        chance = int.from_bytes(self._chance[start : self._used], "big")
        return self._time + "".join(_in_pairs(chance, 8))


def _in_pairs(number: int, pairs: int) -> list[str]:
    """A number in Crockford's base 32, in pairs of signs."""
    return [_PAIRS[number >> shift & 1023] for shift in range(10 * (pairs - 1), -1, -10)]


_ids = _CallIds()
os.register_at_fork(after_in_child=_ids.forget)


def new_call_id() -> str:
    """A fresh id for a call; everything that one call writes carries it."""
    return _ids.next()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Who calls, by id, and the token that says so. Without one, this process itself vouches for the caller."""

    principal: str
    token: VerifiedToken | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One mutating call of an authenticated caller.

    `principal` is the caller's id, `token` what vouches for it, unless this process itself does. The same `request_id`
    gives the same answer and one effect; `validate_only` checks everything and changes nothing.
    """

    principal: str
    token: VerifiedToken | None = field(default=None, repr=False)
    request_id: str | None = None
    validate_only: bool = False
    call_id: str = field(default_factory=new_call_id)

    @property
    def actor(self) -> str:
        """The caller's name in the log."""
        return f"principals/{self.principal}"

    @property
    def well_formed(self) -> bool:
        """Whether the request id, if there is one, has a usable form."""
        return self.request_id is None or _REQUEST_ID.match(self.request_id) is not None

    def check(self) -> None:
        """Raise Invalid when the request id has an unusable form."""
        if not self.well_formed:
            raise Invalid("REQUEST_ID_INVALID", path="request_id")
