"""Whether the tags that stand ready to be shown, and those that resources are found by, are those of their content."""

from __future__ import annotations

import json

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ucs_registry.sql.faults import translated
from ucs_registry.sql.urls import dialect_of

CHUNK = 2_000
"""How many resources are compared at a time."""

_PIECES = {
    "sqlite": ("json_extract(content, '$.tags')", "json_group_array(tag)"),
    "postgresql": ("CAST(CAST(content AS json) -> 'tags' AS text)", "CAST(json_agg(tag) AS text)"),
}
"""How a database reads the tags of a content, and how it puts tags together, both as JSON."""


async def mislabelled(url: str) -> dict[str, int]:
    """How many resources show other tags than their content states, and how many are found by others, by where these stand.

    Places where there are none are left out.
    """
    engine = dialect_of(url).reading_engine()
    try:
        with translated():
            async with engine.connect() as connection:
                found = await _counted(connection)
    finally:
        await engine.dispose()
    return {place: count for place, count in found.items() if count}


async def _counted(connection: AsyncConnection) -> dict[str, int]:
    stated, put_together = _PIECES[connection.dialect.name]
    statement = text(
        f"SELECT id, tags, {stated}, (SELECT {put_together} FROM resource_tags WHERE resource_tags.resource = id) "
        "FROM resources JOIN revisions ON resource = id AND number = coalesce(current_number, head_number) "
        "WHERE id > :after ORDER BY id LIMIT :most"
    )
    found, after = {"resources.tags": 0, "resource_tags": 0}, ""
    while rows := (await connection.execute(statement, {"after": after, "most": CHUNK})).all():
        for _, shown, content, sought in rows:
            tags = json.loads(content or "[]")
            found["resources.tags"] += json.loads(shown) != tags
            found["resource_tags"] += sorted(json.loads(sought or "[]")) != sorted(set(tags))
        after = rows[-1][0]
    return found
