"""What the catalogue needs of a store about the log, and about requests that were answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ucs_registry.checkpoints import Checkpoint
from ucs_registry.log import Entry, EntryDraft
from ucs_registry.log_groups import PartedDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedRequest:
    """A request id that was answered: what was asked, as a digest, the answer, as JSON text, and when."""

    actor: str
    request_id: str
    fingerprint: str
    answer: str
    at: datetime


class LogReader(Protocol):
    """The log up to one state."""

    async def log(
        self,
        *,
        after: int,
        first: int,
        owners: Iterable[str] | None = None,
        before: int | None = None,
        backward: bool = False,
    ) -> list[Entry]:
        """Up to `first` entries behind one position and ahead of another, in order: the first of them, or the last, if
        `backward`. Entries appear without gaps.

        With `owners` (ids), only entries on what belongs to one of them: those whose access attributes name it.
        """

    async def tree_hashes(self, nodes: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
        """The hashes of complete subtrees of the Merkle tree over the log's leaves, by level and index.

        Level 0 are the leaves, index 0 that of position 1; the subtree (level, index) is over 2^level leaves from
        index × 2^level on. Those that are not complete are left out.
        """

    async def checkpoints(self, *, after: int = 0, first: int | None = None) -> list[Checkpoint]:
        """Up to `first` of the checkpoints that are kept with a size beyond `after`, smallest first. The last of all is the
        latest that was signed.
        """

    async def remembered(self, actor: str, request_id: str) -> RememberedRequest | None:
        """What was answered to a request id."""


class LogUnit(Protocol):
    """What a write adds to the log, and forgets."""

    def append(self, draft: EntryDraft | PartedDraft) -> None:
        """Add an entry to the log, or many; each gets its position at `commit`, in the order of appending."""

    async def compact(self, upto: int) -> int:
        """Drop the bodies and salts of all entries up to a position; how many were dropped. Headers and leaves stay, and so
        does the body of a `log.rotate_key`: verifiers learn from it which key to trust next.
        """

    async def remember(self, request: RememberedRequest) -> None:
        """Keep the answer to a request id."""

    async def forget_requests(self, before: datetime) -> int:
        """Forget the answers to requests that were made before an instant; how many were forgotten."""
