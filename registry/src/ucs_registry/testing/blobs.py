"""What every store holds of the files of plugins."""

from __future__ import annotations

from ucs_registry.blobs import StoredBlob, digest_of
from ucs_registry.ports import Store
from ucs_registry.testing.builders import NOW, founded
from ucs_registry.testing.organizations import HOSTILE

BYTES = bytes(range(256)) * 300 + b"\x00'\\"


def a_blob(content: bytes = BYTES, media_type: str = "image/png") -> StoredBlob:
    """A file."""
    return StoredBlob(digest=digest_of(content), media_type=media_type, content=content)


class BlobsContract:
    """Files: kept once, and there for those who keep them."""

    async def test_files_come_back_for_those_who_keep_them(self, store: Store) -> None:
        await founded(store)
        one, two = a_blob(), a_blob(b"")
        async with store.write() as unit:
            await unit.put_blobs("flood", [one, two], NOW)
            assert await unit.blob("flood", one.digest) == one
            await unit.commit()
        async with store.write() as unit:
            await unit.put_blobs("flood", [a_blob(media_type="image/gif")], NOW)
            await unit.put_blobs("pump", [a_blob(media_type="image/webp")], NOW)
            await unit.commit()
        async with store.read() as reader:
            assert await reader.blob("flood", one.digest) == one
            assert await reader.blob("flood", two.digest) == two
            assert await reader.blob("pump", one.digest) == a_blob(media_type="image/webp")
            for plugin, digest in (("pump", two.digest), ("none", one.digest), *((each, each) for each in HOSTILE)):
                assert await reader.blob(plugin, digest) is None

    async def test_files_of_a_unit_that_is_left_are_not_kept(self, store: Store) -> None:
        await founded(store)
        async with store.write() as unit:
            await unit.put_blobs("flood", [a_blob()], NOW)
        async with store.read() as reader:
            assert await reader.blob("flood", a_blob().digest) is None
