"""Instants as somebody states them: with their offset from UTC, and kept in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as cause:
        raise ValueError("there is no such instant in UTC") from cause


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
