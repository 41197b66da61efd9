"""One byte string per value, so that a digest means one thing.

JSON with sorted keys, no white space, UTF-8, following RFC 8785 for the values used here: strings, integers, booleans,
null, lists and objects with ASCII keys. Floating-point numbers occur only in bodies, whose text is kept as written.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import lru_cache

import orjson

from ucs_sdk.messages import Phrase

PLAIN_TEXT = r"^[^\x00]*$"
"""The pattern of a text that every store can keep."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def canonical_json(value: object) -> bytes:
    """The canonical bytes of a JSON value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def storable(text: str) -> bool:
    """Whether every store can keep a text: UTF-8 without NUL, which PostgreSQL cannot hold."""
    return "\x00" not in text and (text.isascii() or not _LONE_SURROGATE.search(text))


def plain_json_problem(value: object) -> Phrase | None:
    """Why a value would not come back from a store as it went in, for a message; None when it would."""
    try:
        text = canonical_json(value)
    except TypeError:
        return Phrase("value-not-json")
    if orjson.loads(text) != value:
        return Phrase("value-not-json")
    # The escape may also be spelt out by a backslash that is itself escaped, hence the second look.
    if b"\\u0000" in text and not _all_storable(value):
        return Phrase("text-unstorable")
    return None


def _all_storable(value: object) -> bool:
    if isinstance(value, dict):
        return all(storable(key) and _all_storable(part) for key, part in value.items())
    if isinstance(value, list):
        return all(map(_all_storable, value))
    return not isinstance(value, str) or storable(value)


def digest(data: bytes) -> str:
    """SHA-256 of bytes, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


@lru_cache(maxsize=64)
def timestamp(at: datetime) -> str:
    """An instant as RFC 3339 in UTC with exactly six decimals, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def instant(text: str) -> datetime:
    """The instant that `timestamp` wrote."""
    return datetime.fromisoformat(text)
