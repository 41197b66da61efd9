"""What the catalogue needs of a store.

`Reader` sees one consistent state; `Unit` is a write that lands as a whole, with its log entries, or not at all. Write
units are serial: one at a time over all processes that share the store, so that what a unit has read still holds when it
commits. `ucs_registry.testing` holds the contract suite that every store passes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ucs_registry.checkpoints import Checkpoint
from ucs_registry.log import Entry, EntryDraft
from ucs_registry.organizations import NewOrganization, Organization
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.queries import Cursor, Dimension, Order, ResourceQuery
from ucs_registry.resources import Dependency, Resource, Revision
from ucs_registry.visibility import Cell, Grant, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a store stands: the log's last position (0 when empty), the version of everything that access is compiled
    from (organisations, principals, rules, revoked keys; grants are read live), how many cells exist, and up to which
    position the bodies of entries were dropped.

    A stamp is new with every unit that changes access, or adds cells: two states with the same numbers and different stamps
    are of different histories, as when a database was put back to an earlier state and went on from there.
    """

    position: int
    access_version: int
    cells: int
    compacted: int = 0
    access_stamp: str = field(default="", compare=False)
    cell_stamp: str = field(default="", compare=False)


def next_stamp(before: str, *, changed: bool) -> str:
    """The stamp behind another: a new one when a unit has changed what it stands for."""
    return secrets.token_hex(8) if changed else before


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedRequest:
    """A request id that was answered: what was asked, as a digest, the answer, as JSON text, and when."""

    actor: str
    request_id: str
    fingerprint: str
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A dependency as seen from both ends; both are resource names."""

    source: str
    dependency: Dependency


class Reader(Protocol):
    """One consistent state of the store, for as long as the reader is open. Every reader starts by reading `head`."""

    @property
    def head(self) -> Head:
        """Where the store stood when the reader was opened. A unit's own writes do not move it."""

    # --- organisations ---
    async def organization(self, id: str) -> Organization | None:
        """One organisation."""

    async def organizations(self, ids: Iterable[str]) -> dict[str, Organization]:
        """Those that exist, by id."""

    async def children(self, parent: str | None, *, after: str | None, first: int) -> list[Organization]:
        """Up to `first` direct children in the order of their ids, behind the id `after`; None is above the roots."""

    async def all_organizations(self) -> list[Organization]:
        """Every organisation, in the order of their numbers."""

    async def subtree(self, root: str, *, after: str | None, first: int) -> list[Organization]:
        """Up to `first` organisations of a subtree, its root included, in the order of their ids, behind the id `after`."""

    # --- resources ---
    async def resource(self, id: str) -> Resource | None:
        """One resource by its ULID, whoever may see it."""

    async def resource_by_code(self, code: str) -> Resource | None:
        """One resource by its code, whoever may see it."""

    async def resources(self, ids: Iterable[str]) -> dict[str, Resource]:
        """Those that exist, by id, whoever may see them."""

    async def select(
        self,
        query: ResourceQuery,
        visibility: Visibility | None,
        *,
        order: Order,
        after: Cursor | None,
        first: int,
    ) -> list[Resource]:
        """Up to `first` visible resources behind a cursor. No visibility means all. An unmoved row is neither skipped
        nor repeated while others write. The order of text is by code point.
        """

    async def count(self, query: ResourceQuery, visibility: Visibility | None) -> int:
        """How many resources `select` would list in all."""

    async def facet(self, query: ResourceQuery, visibility: Visibility | None, dimension: Dimension) -> dict[str, int]:
        """How many of them by value of a dimension; values without any are left out."""

    async def visible(self, ids: Iterable[str], visibility: Visibility) -> set[str]:
        """Which of these resources exist and are visible."""

    async def cell(self, id: str) -> int | None:
        """The cell of a resource."""

    async def revisions(self, id: str) -> list[Revision]:
        """All revisions of a resource, the latest first."""

    async def dependencies(self, ids: Iterable[str]) -> list[Edge]:
        """The live edges that leave these resources (ids, not names), in the order of source and target, then as stated."""

    async def dependants(
        self, ids: Iterable[str], visibility: Visibility | None = None, *, first: int | None = None
    ) -> list[Edge]:
        """The live edges that arrive at these resources (ids, not names), in the order of target and source, then as stated.

        Only those of visible sources; no visibility means all. At each resource the list ends after `first` of them.
        """

    # --- access ---
    async def cells(self, start: int) -> list[Cell]:
        """The cells from a number on, in order."""

    async def principals(self) -> list[Principal]:
        """Every principal, in the order of their ids."""

    async def rules(self) -> list[RuleRow]:
        """Every policy row, in the order of their ids."""

    async def rules_of(self, section: str, names: Iterable[str]) -> list[RuleRow]:
        """The rows of a section whose first value is one of these, in the order of their ids: the assignments of
        principals (`g`), the policies of roles (`p`).
        """

    async def grants(self, resource: str, grantees: Iterable[str]) -> list[Grant]:
        """The grants on one resource (a name) to any of the grantees, live or not."""

    async def find_grants(
        self,
        *,
        ids: Iterable[str] | None = None,
        resources: Iterable[str] | None = None,
        grantees: Iterable[str] | None = None,
        live_at: datetime | None = None,
        after: str | None = None,
        first: int | None = None,
    ) -> list[Grant]:
        """Up to `first` grants behind the id `after`, in the order of their ids; every stated part must hold.

        `resources` and `grantees` are names. No part stated means all grants.
        """

    async def cell_counts(self) -> dict[int, int]:
        """How many resources each cell holds, by its number; empty cells are left out."""

    async def revoked_keys(self) -> list[str]:
        """The ids of the token keys that count no more, sorted."""

    # --- log ---
    async def log(self, *, after: int, first: int, owners: Iterable[str] | None = None) -> list[Entry]:
        """Up to `first` entries behind a position, in order. Entries appear without gaps.

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


class Unit(Reader, Protocol):
    """A write. Nothing is seen by others before `commit`; leaving without it undoes all."""

    async def add_organizations(self, new: Sequence[NewOrganization]) -> list[Organization]:
        """Enter organisations, parents first. The ids are free and the parents exist: the caller has checked."""

    async def save(self, resources: Sequence[Resource]) -> None:
        """Store resources as they now are, with their head and current revisions, search tokens, live edges and cells.

        The live edges are those of `shown`. Raises AlreadyExists with CODE_TAKEN when another resource has the code, and
        Invalid with ORGANIZATION_UNKNOWN when the owner does not exist; the unit then stands as before the call. The
        content of a revision never changes: only its review does.
        """

    async def put_principals(self, principals: Sequence[Principal]) -> None:
        """Enter or replace principals."""

    async def put_rules(self, rules: Sequence[RuleRow]) -> None:
        """Enter or replace policy rows."""

    async def remove_rules(self, ids: Iterable[str]) -> None:
        """Remove policy rows; unknown ids are passed over."""

    async def put_grants(self, grants: Sequence[Grant]) -> None:
        """Enter or replace grants."""

    async def remove_grants(self, ids: Iterable[str]) -> None:
        """Remove grants; unknown ids are passed over."""

    async def revoke_keys(self, ids: Iterable[str]) -> None:
        """Let these token keys count no more, for ever."""

    async def compact(self, upto: int) -> int:
        """Drop the bodies and salts of all entries up to a position; how many were dropped. Headers and leaves stay, and so
        does the body of a `log.rotate_key`: verifiers learn from it which key to trust next.
        """

    async def forget_requests(self, before: datetime) -> int:
        """Forget the answers to requests that were made before an instant; how many were forgotten."""

    async def remember(self, request: RememberedRequest) -> None:
        """Keep the answer to a request id."""

    def append(self, draft: EntryDraft) -> None:
        """Add an entry to the log; it gets its position at `commit`, in the order of appending."""

    async def commit(self) -> list[Entry]:
        """Make everything durable and visible at once. Returns the entries at their positions.

        A store with a signer signs the log as it then stands. Raises FailedPrecondition, and changes nothing, when the
        log does not extend what this process has seen signed (LOG_ROLLED_BACK), when entries stand in it that nobody has
        signed (LOG_ENTRIES_UNSIGNED), or when it is signed and this store has no signer (LOG_KEY_NEEDED).
        """


class Store(Protocol):
    """Where the catalogue is kept."""

    def read(self) -> AbstractAsyncContextManager[Reader]:
        """Open a reader on the present state."""

    def write(self) -> AbstractAsyncContextManager[Unit]:
        """Open a unit, waiting for the one before it to end."""

    async def moved(self, position: int, patience: float) -> None:
        """Wait until the log may have gone beyond a position, at most so many seconds. It may return early.

        Whoever asks reads the head afterwards. A store that hears of other processes' units by notification may miss one.
        """

    async def ping(self) -> None:
        """Raise Unavailable unless the store answers."""

    async def close(self) -> None:
        """Release what is held. The store cannot be used again."""
