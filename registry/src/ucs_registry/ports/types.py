"""What the catalogue needs of a store about types and vocabularies that were entered; the built-in ones are not in it."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from ucs_registry.types import ResourceType
from ucs_registry.visibility import Visibility
from ucs_registry.vocabularies import Vocabulary


class SpecRow(NamedTuple):
    """A resource, by id, and its spec."""

    id: str
    spec: dict[str, Any]


class TypesReader(Protocol):
    """The types and vocabularies of one state."""

    @property
    def types_stamp(self) -> str:
        """Which state of types and vocabularies this is: empty while none was entered, and new with every change, also
        with those of the unit itself. Two states of one stamp are equal.
        """

    async def types(self) -> list[ResourceType]:
        """The latest version of every type that was entered, in the order of their ids."""

    async def type_versions(
        self, id: str, *, before: int | None = None, first: int, above: int | None = None, backward: bool = False
    ) -> list[ResourceType]:
        """Up to `first` versions of a type that were entered, older than `before` and newer than `above`, the latest first:
        the latest of them, or the earliest, if `backward`.
        """

    async def vocabularies(self) -> list[Vocabulary]:
        """Every vocabulary that was entered, as it stands, in the order of their ids."""

    async def specs(self, type: str, visibility: Visibility | None, *, after: str | None, first: int) -> list[SpecRow]:
        """The specs of up to `first` visible resources of a type behind the id `after`, in the order of their ids.

        Each is that of the revision which stands for the resource.
        """


class TypesUnit(Protocol):
    """Types and vocabularies that a write enters."""

    async def put_type(self, type: ResourceType) -> None:
        """Enter a version of a type that is not there yet."""

    async def put_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Enter or replace a vocabulary."""
