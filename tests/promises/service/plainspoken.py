"""A verb that lets Python say what went wrong: the twin of `ucs`."""

from __future__ import annotations

import os
from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Fail as a driver might."""
    raise ConnectionError(f"cannot connect to {os.environ['UCS_DATABASE_URL']}")
