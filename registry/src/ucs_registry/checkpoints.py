"""Checkpoints: what a hub vouches for of its log, as a signed note that others can keep.

The text is that of C2SP tlog-checkpoint: the origin, the number of entries, the Merkle root in base64, and one extension
line `at <RFC 3339>`. The note behind it is C2SP signed-note with Ed25519 signatures, so that known verifiers and witnesses
can read it.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ucs_registry.canonical import instant, timestamp

_SIZE_OF_ROOT = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A signed statement: the first `size` entries of the log of `origin` have this Merkle root (64 hexadecimal digits).

    `at` is the instant of the last of them.
    """

    origin: str
    size: int
    root: str
    at: datetime
    note: str
    """The whole note, text and signatures."""


class Signer(Protocol):
    """Signs checkpoints. The registry holds no keys."""

    def sign(self, text: str) -> str:
        """The note of a checkpoint's text: text, empty line, signatures."""

    def trusts(self, note: str) -> bool:
        """Whether a key of this hub, a present or an earlier one, signed the note."""


def checkpoint_text(origin: str, size: int, root: str, at: datetime) -> str:
    """What is signed: four lines, each ended."""
    encoded = base64.b64encode(bytes.fromhex(root)).decode()
    return f"{origin}\n{size}\n{encoded}\nat {timestamp(at)}\n"


def checkpoint_of(note: str) -> Checkpoint:
    """The checkpoint of a note, whoever signed it. Raises ValueError for what is no note of a checkpoint of ours."""
    text, separator, _ = note.partition("\n\n")
    origin, size, encoded, written = [*text.split("\n"), "", "", "", ""][:4]
    try:
        root = base64.b64decode(encoded, validate=True)
        found = Checkpoint(
            origin=origin, size=int(size), root=root.hex(), at=instant(written.removeprefix("at ")), note=note
        )
        canonical = checkpoint_text(origin, found.size, found.root, found.at)
    except (ValueError, binascii.Error) as cause:
        raise ValueError("not a note of a checkpoint") from cause
    if found.size < 0 or len(root) != _SIZE_OF_ROOT or not separator or canonical != f"{text}\n":
        raise ValueError("not a note of a checkpoint")
    return found
