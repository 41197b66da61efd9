"""Who calls, and how a mutating call is told from its repetition."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ulid import ULID

from ucs_core.access.tokens import VerifiedToken
from ucs_sdk.errors import Invalid

Clock = Callable[[], datetime]
"""Tells the present instant, in UTC."""

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,64}\Z")


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def new_call_id() -> str:
    """A fresh id for a call; everything that one call writes carries it."""
    return str(ULID())


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
