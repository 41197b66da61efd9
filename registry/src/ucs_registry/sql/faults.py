"""What a database says went wrong, in the platform's words. Its own words are chained for the log and never sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ucs_sdk.errors import DeadlineExceeded, Internal, UcsError, Unavailable

STATEMENT_SECONDS = 30
"""How long one statement may take on PostgreSQL."""

RETRY_SECONDS = 1.0

_SQLITE_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_SQLITE_FAILED = ("SQLITE_ERROR", "SQLITE_MISUSE", "SQLITE_RANGE")
_POSTGRES_BUSY = ("55P03", "40001", "40P01")
_POSTGRES_CANCELLED = "57014"
_FULL = ("SQLITE_FULL", "53100")


@contextmanager
def translated() -> Iterator[None]:
    """Raise what a database raises as an error of the catalogue."""
    try:
        yield
    except PoolTimeout as cause:
        raise Unavailable("STORE_BUSY", retry_after=RETRY_SECONDS) from cause
    except DBAPIError as cause:
        raise _fault(cause) from cause


@contextmanager
def outcome_unknown() -> Iterator[None]:
    """Say of a commit that failed what is true of it: nobody can tell whether it took hold."""
    try:
        yield
    except DBAPIError as cause:
        if _code_of(cause) in _FULL:
            # What a full disk has taken of a commit may be all of it: a database writes a little more than it needs.
            raise Unavailable("STORE_FULL_OUTCOME_UNKNOWN", retry_after=RETRY_SECONDS) from cause
        raise Unavailable("STORE_OUTCOME_UNKNOWN", retry_after=RETRY_SECONDS) from cause


def fault_of(code: str, *, unreachable: bool) -> UcsError:
    """The error that a database's own code means; `unreachable` says that it may not have been there to answer."""
    if code == _POSTGRES_CANCELLED:
        return DeadlineExceeded("DEADLINE_EXCEEDED", seconds=STATEMENT_SECONDS)
    if code in _POSTGRES_BUSY or code.startswith(_SQLITE_BUSY):
        return Unavailable("STORE_BUSY", retry_after=RETRY_SECONDS)
    if code in _FULL:
        return Unavailable("STORE_FULL", retry_after=RETRY_SECONDS)
    if unreachable and not code.startswith(_SQLITE_FAILED):
        return Unavailable("STORE_UNAVAILABLE", retry_after=RETRY_SECONDS)
    return Internal("STORE_FAILED")


def _fault(cause: DBAPIError) -> UcsError:
    return fault_of(_code_of(cause), unreachable=isinstance(cause, OperationalError | InterfaceError))


def _code_of(cause: DBAPIError) -> str:
    """What the database itself calls it."""
    return str(getattr(cause.orig, "sqlstate", None) or getattr(cause.orig, "sqlite_errorname", None) or "")
