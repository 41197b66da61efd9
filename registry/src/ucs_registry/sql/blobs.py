"""The files of plugins in a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy import Executable, Table, insert, select

from ucs_registry.blobs import StoredBlob
from ucs_registry.canonical import storable, timestamp
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.plugin_tables import blob_holders, blobs


class BlobReading:
    """What a reader answers about files."""

    _dialect: Dialect
    _all: Callable[[Query], Awaitable[Sequence[Record]]]

    async def blob(self, plugin: str, digest: str) -> StoredBlob | None:
        if not (storable(plugin) and storable(digest)):
            return None
        kept = select(blob_holders.c.media_type, blobs.c.content).join(blobs, blobs.c.digest == blob_holders.c.digest)
        found = await self._all(kept.where(blob_holders.c.plugin == plugin, blob_holders.c.digest == digest))
        return next(
            (StoredBlob(digest=digest, media_type=row.media_type, content=bytes(row.content)) for row in found), None
        )


class BlobWriting(BlobReading):
    """What a unit changes of files."""

    insert: Callable[[Table, Sequence[Values]], Awaitable[None]]
    run: Callable[[Executable], Awaitable[None]]

    async def put_blobs(self, plugin: str, blobs: Sequence[StoredBlob], at: datetime) -> None:
        stated = {blob.digest: blob for blob in blobs}
        there = await self._contents_there(stated)
        for blob in stated.values():
            # One by one: each may be large, and no statement holds many of them.
            if blob.digest not in there:
                row = {"digest": blob.digest, "size": len(blob.content), "content": blob.content}
                await self.run(insert(_CONTENTS).values(row))
        held = await self._blobs_held(plugin, stated)
        now = timestamp(at)
        new = [
            {"plugin": plugin, "digest": blob.digest, "media_type": blob.media_type, "kept_at": now}
            for blob in stated.values()
            if blob.digest not in held
        ]
        if new:
            await self.insert(blob_holders, new)

    async def _contents_there(self, digests: dict[str, StoredBlob]) -> set[str]:
        column = _CONTENTS.c.digest
        return {
            row.digest for row in await self._all(select(column).where(self._dialect.within(column, list(digests))))
        }

    async def _blobs_held(self, plugin: str, digests: dict[str, StoredBlob]) -> set[str]:
        column = blob_holders.c.digest
        asked = select(column).where(blob_holders.c.plugin == plugin, self._dialect.within(column, list(digests)))
        return {row.digest for row in await self._all(asked)}


_CONTENTS = blobs
