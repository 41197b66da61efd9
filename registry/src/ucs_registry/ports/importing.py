"""What the catalogue needs of a store when many resources are entered at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple, Protocol

from ucs_registry.visibility import Visibility
from ucs_sdk.vocabulary import ResourceKind


class Worked(NamedTuple):
    """What was worked out of a resource before its unit was opened: the canonical JSON of the content of the revision that
    stands for it, and its search tokens without those of its owner, one space between.
    """

    content: str
    tokens: str


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
