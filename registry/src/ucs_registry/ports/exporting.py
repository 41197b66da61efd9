"""What an export needs of a store beyond its lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from ucs_sdk.vocabulary import ResourceKind


class ExportPlace(NamedTuple):
    """Where a resource stands in an export: the kinds one after another, and the resources of a kind by code."""

    kind: ResourceKind
    code: str


class ExportReader(Protocol):
    """Resources as an export goes through them."""

    async def export_places(self, ids: Iterable[str]) -> dict[str, ExportPlace]:
        """Kind and code of those of these resources that exist, by id, whoever may see them."""
