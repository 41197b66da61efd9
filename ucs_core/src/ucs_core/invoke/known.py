"""The organisations of the city as plugins see them: the tree is known to everybody who may call at all."""

from __future__ import annotations

from ucs_core.invoke.ports import Eyes
from ucs_registry.canonical import storable
from ucs_sdk.context import Organization

ID_MOST = 64
"""How many characters an organisation's id has at the most; what is longer is asked of no store."""


class KnownOrganizations:
    """The organisations as they stand when somebody looks, who must be a caller still."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes

    async def get(self, id: str) -> Organization | None:
        """The organisation with this id, or None."""
        async with self._eyes.look() as look:
            found = await look.reader.organization(id) if len(id) <= ID_MOST and storable(id) else None
        if found is None:
            return None
        return Organization(
            id=found.id,
            title_zh=found.title.zh,
            title_en=found.title.en,
            parent=found.parent,
            region=found.region_code,
        )
