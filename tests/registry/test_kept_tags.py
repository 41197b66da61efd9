"""Tags that are shown, tags that are looked for, and those of the content are the same, or `ucs doctor` says so."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ucs_registry.sql import SqlStore, open_store
from ucs_registry.sql.shown_tags import mislabelled
from ucs_registry.testing import a_resource, a_revision, founded


async def filled(url: str) -> SqlStore:
    store = await open_store(url)
    resources = [a_resource(1, tags=("水", '"', "水")), a_resource(2, tags=()), a_resource(3, tags=("a", "b"))]
    # The approved revision stands for a resource, whatever its draft says.
    approved = a_revision(1, tags=("stands",))
    await founded(store, *resources, a_resource(4, current=approved, head=a_revision(2, tags=("draft",))))
    return store


async def test_what_the_platform_writes_agrees(any_url: str) -> None:
    store = await filled(any_url)
    assert await mislabelled(any_url) == {}
    await store.close()


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("UPDATE resources SET tags = '[\"b\",\"a\"]' WHERE code LIKE '%3'", {"resources.tags": 1}),
        ("UPDATE resources SET tags = '[]'", {"resources.tags": 3}),
        ("DELETE FROM resource_tags WHERE tag = '水'", {"resource_tags": 1}),
        ("UPDATE resource_tags SET tag = 'draft' WHERE tag = 'stands'", {"resource_tags": 1}),
    ],
)
async def test_twin_whose_tags_are_others_is_found(any_url: str, harm: str, found: dict[str, int]) -> None:
    store = await filled(any_url)
    async with store.write() as unit:
        await unit.run(text(harm))
        await unit.commit()
    await store.close()
    assert await mislabelled(any_url) == found
