"""What the platform needs of a store about the files of plugins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ucs_registry.blobs import StoredBlob


class BlobsReader(Protocol):
    """The files of one state."""

    async def blob(self, plugin: str, digest: str) -> StoredBlob | None:
        """A file that a plugin keeps. What only others keep is not there for it."""


class BlobsUnit(Protocol):
    """Files that a write enters."""

    async def put_blobs(self, plugin: str, blobs: Sequence[StoredBlob], at: datetime) -> None:
        """Keep files for a plugin, no digest twice. One that it keeps already stays as it is; content that is there is not kept
        again.
        """
