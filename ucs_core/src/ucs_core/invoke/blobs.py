"""The files of a plugin as its functions are handed them: what is kept is staged with all else, what is read is checked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ucs_core.invoke.ports import Eyes
from ucs_core.invoke.staging import Staged
from ucs_registry.blobs import BLOB_MOST, DIGEST, MEDIA_TYPE, StoredBlob, digest_of
from ucs_sdk.context import Blob
from ucs_sdk.errors import FailedPrecondition, Internal, Invalid, NotFound

AT_ONCE_MOST = 262_144
"""Up to how many bytes are digested at once, which takes less than a millisecond; more are left to a thread."""

Stage = Callable[[StoredBlob], Awaitable[None]]
"""Stages a file, or keeps it at once."""


class PluginBlobs:
    """The files that a plugin keeps. `stage` is None where nothing may be written."""

    def __init__(self, plugin: str, eyes: Eyes, staged: Staged | None, stage: Stage | None, object: str) -> None:
        self._plugin = plugin
        self._eyes = eyes
        self._staged = staged
        self._stage = stage
        self._object = object

    async def put(self, content: bytes, *, media_type: str = "application/octet-stream") -> Blob:
        """Keep some bytes; the same bytes are kept once. Raises Invalid for too many, or a media type that is none."""
        if self._stage is None:
            raise FailedPrecondition("UNIT_IN_READ", object=self._object)
        if not isinstance(content, bytes):
            raise TypeError(f"a file is bytes, and not {type(content).__name__}")
        if len(content) > BLOB_MOST:
            raise Invalid("BLOB_TOO_LARGE", path="content", size=len(content), most=BLOB_MOST)
        if not MEDIA_TYPE.fullmatch(media_type):
            raise Invalid("MEDIA_TYPE_MALFORMED", path="media_type", media_type=media_type[:80])
        digest = await _digest(content)
        await self._stage(StoredBlob(digest=digest, media_type=media_type, content=content))
        return Blob(digest=digest, size=len(content), media_type=media_type)

    async def get(self, digest: str) -> bytes:
        """The bytes. Raises NotFound for what the plugin does not keep, and Internal for what is not what it was."""
        staged = None if self._staged is None else self._staged.blobs.get(digest)
        if staged is not None:
            return staged.content
        found = None
        if DIGEST.fullmatch(digest):
            async with self._eyes.look() as look:
                found = await look.reader.blob(self._plugin, digest)
        if found is None:
            raise NotFound("NOT_FOUND", object=f"blobs/{digest[:80]}")
        if await _digest(found.content) != digest:
            raise Internal("BLOB_DAMAGED", digest=digest)
        return found.content


async def _digest(content: bytes) -> str:
    return digest_of(content) if len(content) <= AT_ONCE_MOST else await asyncio.to_thread(digest_of, content)
