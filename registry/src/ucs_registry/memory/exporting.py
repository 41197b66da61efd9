"""What an export asks of one state in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ucs_registry.ports.exporting import ExportPlace
from ucs_registry.resources import Resource


class ExportState(Protocol):
    """What the state holds of resources, by id."""

    resources: dict[str, Resource]


class ExportReading:
    """What a reader answers for an export."""

    _state: ExportState

    async def export_places(self, ids: Iterable[str]) -> dict[str, ExportPlace]:
        kept = self._state.resources
        return {id: ExportPlace(kept[id].kind, kept[id].code) for id in dict.fromkeys(ids) if id in kept}
