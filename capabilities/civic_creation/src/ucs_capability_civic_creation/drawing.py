"""Drawing points for an inspection by lot: whoever knows the seed can draw again and gets the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def draw(codes: Iterable[str], count: int, seed: str) -> list[str]:
    """So many of the points, by the order of SHA-256 over seed and code; all of them when there are fewer.

    It does not depend on the order in which they come, and a larger draw contains the smaller one.
    """
    return sorted(set(codes), key=lambda code: hashlib.sha256(f"{seed}\n{code}".encode()).digest())[: max(0, count)]
