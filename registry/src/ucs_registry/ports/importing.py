"""What the catalogue needs of a store when many resources are entered at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from ucs_registry.entering import Fresh
from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import ResourceKind


class Taken(NamedTuple):
    """Ids and codes that belong to something."""

    ids: set[str]
    codes: set[str]


class ImportReader(Protocol):
    """What is asked about a whole batch before it is entered."""

    async def taken(self, ids: Collection[str], codes: Collection[str]) -> Taken:
        """Which of these belong to a resource; what is in the bin keeps its own."""

    async def places(self, ids: Iterable[str]) -> set[str]:
        """Which of these organisations exist."""

    async def kinds(self, ids: Iterable[str], visibility: Visibility | None) -> dict[str, ResourceKind]:
        """The kinds of those of these resources that exist and are visible, by id; no visibility means all."""


class ImportUnit(Protocol):
    """Resources that a write enters."""

    async def enter(self, fresh: Sequence[Fresh], by: str, at: datetime) -> None:
        """Enter resources as approved by somebody at an instant, as `save` of `resource_of` each of them would.

        Whoever calls has asked in this unit whether their ids and codes are free, and has seen to it that none occurs twice.
        Raises Invalid with ORGANIZATION_UNKNOWN when an owner does not exist.
        """
