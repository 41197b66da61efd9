"""Checkpoints: what a hub vouches for of its log, as a signed note that others can keep.

The text is that of C2SP tlog-checkpoint: the origin, the number of entries, the Merkle root in base64, and one extension
line `at <RFC 3339>`. The note behind it is C2SP signed-note with Ed25519 signatures, so that known verifiers and witnesses
can read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A signed statement: the first `size` entries of the log of `origin` have this Merkle root (64 hexadecimal digits)."""

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
