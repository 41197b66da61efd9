"""The files of plugins in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from ucs_registry.blobs import StoredBlob


class BlobState(Protocol):
    """What the state holds of files: contents by digest, and media types by plugin and digest."""

    blobs: dict[str, bytes]
    blob_holders: dict[tuple[str, str], str]


class BlobReading:
    """What a reader answers about files."""

    _state: BlobState

    async def blob(self, plugin: str, digest: str) -> StoredBlob | None:
        media_type = self._state.blob_holders.get((plugin, digest))
        if media_type is None:
            return None
        return StoredBlob(digest=digest, media_type=media_type, content=self._state.blobs[digest])


class BlobWriting(BlobReading):
    """What a unit changes of files."""

    _writable: Callable[[str], dict[Any, Any]]

    async def put_blobs(self, plugin: str, blobs: Sequence[StoredBlob], at: datetime) -> None:
        for blob in blobs:
            self._writable("blobs").setdefault(blob.digest, blob.content)
            self._writable("blob_holders").setdefault((plugin, blob.digest), blob.media_type)
