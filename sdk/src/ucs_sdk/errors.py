"""What may go wrong, in neutral codes. Each transport owns one table from `Code` to its own words.

UcsError
├── Invalid            the request cannot be right, whoever asks and whenever
├── Unauthenticated    nobody vouches for the caller
├── Denied             the caller is known and may not
├── NotFound           it does not exist, or the caller may not know that it does
├── AlreadyExists      the name or code is taken
├── Conflict           it changed since the caller read it
├── FailedPrecondition it is not in the state that the call needs
├── OutOfRange         the position or cursor is beyond what is kept
├── Exhausted          a limit was reached; a later try may pass
├── Unavailable        the platform is starting, draining or cut off; a later try may pass
├── DeadlineExceeded   it took longer than it was allowed
└── Internal           our fault; the cause is in the platform's log under the request's id
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Self

from ucs_sdk.messages import DEFAULT_LOCALE, Locale, render, words
from ucs_sdk.wording import Message


class Code(StrEnum):
    """The neutral code that every door translates into its own."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    DENIED = "denied"
    NOT_FOUND = "not_found"
    ALREADY_EXISTS = "already_exists"
    CONFLICT = "conflict"
    FAILED_PRECONDITION = "failed_precondition"
    OUT_OF_RANGE = "out_of_range"
    EXHAUSTED = "exhausted"
    UNAVAILABLE = "unavailable"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    INTERNAL = "internal"


class UcsError(Exception):
    """An answer that is not the one hoped for.

    `reason` is a stable UPPER_SNAKE key of the message catalogue; `fields` fill its template and travel with it, so they
    hold nothing that the caller may not see. `retry_after` is in seconds. `said` is how whoever sent the error worded it:
    fields that came over a wire have lost what they would say in another language. `locale` is the language in which it
    speaks unless it is asked for another.
    """

    code: ClassVar[Code] = Code.INTERNAL

    def __init__(self, reason: str, *, retry_after: float | None = None, **fields: object) -> None:
        self.reason = reason
        self.fields: Mapping[str, object] = fields
        self.retry_after = retry_after
        self.said: Mapping[Locale, str] = {}
        self.locale = DEFAULT_LOCALE
        super().__init__(reason)

    @classmethod
    def saying(cls, reason: str, *, zh: str, en: str, retry_after: float | None = None, **fields: object) -> Self:
        """An error with words of its own, for plugins: `NotFound.saying("POINT_UNKNOWN", zh="没有点位 {point}", …)`."""
        error = cls(reason, retry_after=retry_after, **fields)
        error.said = words(Message(en=en, zh=zh), fields)
        return error

    def message(self, locale: Locale | None = None) -> str:
        """What happened to what, why, and what to do next, in one language."""
        locale = locale or self.locale
        return self.said.get(locale) or render(self.reason, locale, self.fields)

    def __str__(self) -> str:
        return f"{self.reason}: {self.message()}"


class Invalid(UcsError):
    """The request cannot be right, whoever asks and whenever."""

    code = Code.INVALID


class Unauthenticated(UcsError):
    """Nobody vouches for the caller."""

    code = Code.UNAUTHENTICATED


class Denied(UcsError):
    """The caller is known and may not."""

    code = Code.DENIED


class NotFound(UcsError):
    """It does not exist, or the caller may not know that it does."""

    code = Code.NOT_FOUND


class AlreadyExists(UcsError):
    """The name or code is taken."""

    code = Code.ALREADY_EXISTS


class Conflict(UcsError):
    """It changed since the caller read it."""

    code = Code.CONFLICT


class FailedPrecondition(UcsError):
    """It is not in the state that the call needs."""

    code = Code.FAILED_PRECONDITION


class OutOfRange(UcsError):
    """The position or cursor is beyond what is kept."""

    code = Code.OUT_OF_RANGE


class Exhausted(UcsError):
    """A limit was reached; a later try may pass."""

    code = Code.EXHAUSTED


class Unavailable(UcsError):
    """The platform is starting, draining or cut off; a later try may pass."""

    code = Code.UNAVAILABLE


class DeadlineExceeded(UcsError):
    """It took longer than it was allowed."""

    code = Code.DEADLINE_EXCEEDED


class Internal(UcsError):
    """Our fault. The cause is chained for the platform's log and never sent."""

    code = Code.INTERNAL
