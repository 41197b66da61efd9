"""Types and vocabularies that were entered, in memory."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Protocol

from ucs_registry.memory.spans import spanned
from ucs_registry.ports import Head
from ucs_registry.ports.types import SpecRow
from ucs_registry.resources import Resource
from ucs_registry.types import ResourceType
from ucs_registry.visibility import Visibility
from ucs_registry.vocabularies import Vocabulary


class TypeState(Protocol):
    """What the state holds of types, by id and version, of vocabularies, by id, and of resources."""

    types: dict[tuple[str, int], ResourceType]
    vocabularies: dict[str, Vocabulary]
    resources: dict[str, Resource]


class TypeReading:
    """What a reader answers about types and vocabularies."""

    _state: TypeState
    _head: Head
    _shown: Callable[[Visibility | None], Callable[[Resource], bool]]

    @property
    def types_stamp(self) -> str:
        return self._head.types_stamp

    async def types(self) -> list[ResourceType]:
        latest = {id: self._state.types[id, version] for id, version in sorted(self._state.types)}
        return list(latest.values())

    async def type_versions(
        self, id: str, *, before: int | None = None, first: int, above: int | None = None, backward: bool = False
    ) -> list[ResourceType]:
        return spanned(
            (type for (known, _), type in self._state.types.items() if known == id),
            lambda type: type.version,
            after=before,
            before=above,
            first=first,
            backward=backward,
            descending=True,
        )

    async def vocabularies(self) -> list[Vocabulary]:
        return [self._state.vocabularies[id] for id in sorted(self._state.vocabularies)]

    async def specs(self, type: str, visibility: Visibility | None, *, after: str | None, first: int) -> list[SpecRow]:
        shown = self._shown(visibility)
        found = [
            SpecRow(id, resource.shown.content.spec)
            for id, resource in sorted(self._state.resources.items())
            if resource.type == type and id > (after or "") and shown(resource)
        ]
        return found[:first]


class TypeWriting(TypeReading):
    """What a unit changes of types and vocabularies."""

    _writable: Callable[[str], dict[Any, Any]]
    _fresh_stamp: str | None = None

    @property
    def types_stamp(self) -> str:
        return self._fresh_stamp or self._head.types_stamp

    async def put_type(self, type: ResourceType) -> None:
        self._writable("types")[type.id, type.version] = type
        self._fresh_stamp = secrets.token_hex(8)

    async def put_vocabulary(self, vocabulary: Vocabulary) -> None:
        self._writable("vocabularies")[vocabulary.id] = vocabulary
        self._fresh_stamp = secrets.token_hex(8)
