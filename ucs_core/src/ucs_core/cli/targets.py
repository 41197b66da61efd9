"""Files that verbs write."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ucs_sdk.errors import Invalid


@contextmanager
def written(target: Path) -> Iterator[IO[bytes]]:
    """A file that stands under its name once it is whole, and not at all when something fails."""
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(target)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as cause:
        raise Invalid("FILE_UNWRITABLE", file=str(target), problem=cause.strerror) from cause
