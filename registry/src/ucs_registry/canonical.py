"""One byte string per value, so that a digest means one thing.

JSON with sorted keys, no white space, UTF-8, following RFC 8785 for the values used here: strings, integers, booleans,
null, lists and objects with ASCII keys. Floating-point numbers occur only in bodies, whose text is kept as written.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import orjson


def canonical_json(value: object) -> bytes:
    """The canonical bytes of a JSON value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(data: bytes) -> str:
    """SHA-256 of bytes, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def timestamp(at: datetime) -> str:
    """An instant as RFC 3339 in UTC with exactly six decimals, so that text order is time order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(text: str) -> datetime:
    """The instant that `timestamp` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
