"""Files by their content: each is kept once, whoever keeps it, and only those who do can ask for it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

BLOB_MOST = 16 * 1024 * 1024
"""How large a file may be, in bytes: it is a value in the database, and in memory as a whole."""

MEDIA_TYPE = re.compile(
    r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}(?:; ?[a-z0-9-]{1,20}=[a-z0-9._-]{1,40})?"
)
"""A media type as RFC 6838 has it, in lower case, with one parameter at most."""

DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBlob:
    """A file as it is kept: `digest` is SHA-256 of the content, in hexadecimal."""

    digest: str
    media_type: str
    content: bytes


def digest_of(content: bytes) -> str:
    """What some bytes are asked for by."""
    return hashlib.sha256(content).hexdigest()
