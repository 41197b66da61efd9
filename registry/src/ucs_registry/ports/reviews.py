"""What the catalogue needs of a store about reviews. The queue itself is a part of `ResourceQuery`."""

from __future__ import annotations

from typing import Protocol

from ucs_registry.resources import Revision
from ucs_registry.reviews import Decided
from ucs_sdk.vocabulary import ReviewState


class ReviewsReader(Protocol):
    """Revisions of one resource, and what its last decision left behind."""

    async def latest_revisions(
        self,
        id: str,
        *,
        before: int | None = None,
        first: int,
        state: ReviewState | None = None,
        above: int | None = None,
        backward: bool = False,
    ) -> list[Revision]:
        """Up to `first` revisions of a resource with smaller numbers than `before` and larger ones than `above`, the latest
        first: the latest of them, or the earliest, if `backward`.
        """

    async def revision(self, id: str, number: int) -> Revision | None:
        """One revision of a resource."""

    async def decision(self, id: str) -> Decided | None:
        """What the last approval or rejection of a resource left behind."""


class ReviewsUnit(Protocol):
    """Decisions that a write makes."""

    async def note_decision(self, decided: Decided) -> None:
        """Keep what a decision left behind, in place of what an earlier one of the same resource did."""
