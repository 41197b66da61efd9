"""What is asked of the store in memory about a whole batch before it is entered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from ucs_registry.bin import DeletedResource
from ucs_registry.organizations import Organization
from ucs_registry.ports.importing import Taken
from ucs_registry.resources import Resource
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import ResourceKind


class ImportState(Protocol):
    """What the state holds of resources, of codes, and of what was deleted."""

    organizations: dict[str, Organization]
    resources: dict[str, Resource]
    codes: dict[str, str]
    bin: dict[str, DeletedResource]


class ImportReading:
    """What a reader answers about many resources that are to be entered."""

    _state: ImportState
    _shown: Callable[[Visibility | None], Callable[[Resource], bool]]

    async def taken(self, ids: Collection[str], codes: Collection[str]) -> Taken:
        state = self._state
        binned = {item.resource.code for item in state.bin.values()}
        return Taken(
            {id for id in ids if id in state.resources or id in state.bin},
            {code for code in codes if code in state.codes or code in binned},
        )

    async def places(self, ids: Iterable[str]) -> set[str]:
        return {id for id in ids if id in self._state.organizations}

    async def kinds(self, ids: Iterable[str], visibility: Visibility | None) -> dict[str, ResourceKind]:
        shown = self._shown(visibility)
        found = {id: self._state.resources.get(id) for id in ids}
        return {id: resource.kind for id, resource in found.items() if resource is not None and shown(resource)}
