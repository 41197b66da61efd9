"""How much one import may hold, and a line of it."""

from __future__ import annotations

CHUNK_MOST = 1_000
"""How many items one chunk of an import may hold; a chunk is one transaction."""

ATOMIC_MOST, ATOMIC_BYTES_MOST = 50_000, 64 * 1024 * 1024
"""How many resources and bytes one transaction may enter: all of them are held in memory until it ends."""

LINE_MOST = 1_048_576
"""How long a line may be, in bytes."""

LINE_VALUES_MOST, BATCH_VALUES_MOST = 20_000, 150_000
"""How many values a line and a batch may hold, as they are counted: by commas and opening brackets, those in texts included."""


def values_in(text: bytes) -> int:
    """How many values a JSON text holds, or a few more: what texts hold is counted, too."""
    return len(text) - len(text.translate(None, b",{["))
