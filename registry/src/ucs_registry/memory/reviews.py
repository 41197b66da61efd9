"""Reviews in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ucs_registry.memory.spans import spanned
from ucs_registry.resources import Revision
from ucs_registry.reviews import Decided
from ucs_sdk.vocabulary import ReviewState


class ReviewsState(Protocol):
    """What the state holds of revisions, by resource and number, and of decisions, by resource."""

    revisions: dict[str, dict[int, Revision]]
    decisions: dict[str, Decided]


class ReviewReading:
    """What a reader answers about reviews."""

    _state: ReviewsState

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
        kept = (each for each in self._state.revisions.get(id, {}).values() if state in (None, each.state))
        return spanned(
            kept,
            lambda revision: revision.number,
            after=before,
            before=above,
            first=first,
            backward=backward,
            descending=True,
        )

    async def revision(self, id: str, number: int) -> Revision | None:
        return self._state.revisions.get(id, {}).get(number)

    async def decision(self, id: str) -> Decided | None:
        return self._state.decisions.get(id)


class ReviewWriting:
    """What a unit writes about reviews."""

    _writable: Callable[[str], dict[Any, Any]]

    async def note_decision(self, decided: Decided) -> None:
        self._writable("decisions")[decided.resource] = decided
