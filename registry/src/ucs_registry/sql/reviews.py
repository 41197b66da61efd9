"""Reviews in a database: who waits for a decision, in a table of their own, so that a queue reads nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Protocol, TypeAlias

from sqlalchemy import ColumnElement, Executable, Table, and_, delete, exists, false, select

from ucs_registry.canonical import storable, timestamp
from ucs_registry.resources import Resource, Revision
from ucs_registry.reviews import Decided, ReviewQueue, awaits, hands_of, waiting_since
from ucs_registry.sql import tables
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.parameters import named
from ucs_registry.sql.rows import revision_of
from ucs_registry.sql.spans import in_order, spanned
from ucs_sdk.vocabulary import Availability, ReviewState

MayReview: TypeAlias = Callable[[ReviewQueue], ColumnElement[bool]]
"""What makes of a queue the condition that its reviewer may review a row of `resources`."""

NUMBER_MOST = 2**31 - 1
"""The largest number of a revision that a database can be asked for."""


class _Writes(Protocol):
    async def __call__(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None: ...


class _Queueing(Protocol):
    """What keeping the queue needs of a unit."""

    @property
    def dialect(self) -> Dialect: ...

    async def run(self, statement: Executable) -> None: ...

    async def insert(self, table: Table, made: Sequence[Values]) -> None: ...


class ReviewReading:
    """What a reader answers about reviews."""

    _all: Callable[[Query], Awaitable[Sequence[Record]]]

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
        table = tables.revisions
        if not storable(id):
            return []
        statement = select(table).where(table.c.resource == id)
        if state is not None:
            statement = statement.where(table.c.state == state.value)
        statement = spanned(
            statement,
            table.c.number,
            after=None if before is None else min(before, NUMBER_MOST),
            before=None if above is None else min(above, NUMBER_MOST),
            first=first,
            backward=backward,
            descending=True,
        )
        return [revision_of(row) for row in in_order(await self._all(statement), backward)]

    async def revision(self, id: str, number: int) -> Revision | None:
        table = tables.revisions
        if not storable(id) or not 0 < number <= NUMBER_MOST:
            return None
        found = await self._all(select(table).where(table.c.resource == id, table.c.number == number))
        return revision_of(found[0]) if found else None

    async def decision(self, id: str) -> Decided | None:
        table = tables.decisions
        found = await self._all(select(table).where(table.c.resource == id)) if storable(id) else []
        return (
            Decided(
                resource=found[0].resource,
                version=int(found[0].version),
                availability=Availability(found[0].availability),
            )
            if found
            else None
        )


class ReviewWriting:
    """What a unit writes about reviews."""

    write: _Writes

    async def note_decision(self, decided: Decided) -> None:
        row = {
            "resource": decided.resource,
            "version": decided.version,
            "availability": decided.availability.value,
        }
        await self.write(tables.decisions, [row], key=("resource",))


async def save_queue(unit: _Queueing, resources: Collection[Resource], stored: Collection[str]) -> None:
    """Note which of these resources wait for a decision; `stored` were there before, and may have waited."""
    there = [resource.id for resource in resources if resource.id in stored]
    if there:
        # Whose hands were in it goes with it.
        queue = tables.review_queue
        await unit.run(delete(queue).where(unit.dialect.within(queue.c.resource, there)))
    waiting = [resource for resource in resources if awaits(resource)]
    if waiting:
        queued = [{"resource": item.id, "submitted_at": timestamp(waiting_since(item))} for item in waiting]
        await unit.insert(tables.review_queue, queued)
        hands = [{"principal": hand, "resource": item.id} for item in waiting for hand in sorted(hands_of(item))]
        if hands:
            await unit.insert(tables.review_hands, hands)


def waiting_for(queue: ReviewQueue | None, may_review: MayReview, prefix: str = "") -> ColumnElement[bool]:
    """That a row of `resources` waits for a reviewer. Nothing waits for nobody."""
    if queue is None:
        return false()
    waiting = select(tables.review_queue.c.resource).where(_others(queue.reviewer, prefix))
    return and_(tables.resources.c.id.in_(waiting), may_review(queue))


def waiting_in_turn(queue: ReviewQueue | None, may_review: MayReview, prefix: str = "") -> ColumnElement[bool]:
    """The same, for rows of `resources` that are joined to those of the queue already."""
    return false() if queue is None else and_(_others(queue.reviewer, prefix), may_review(queue))


def _others(reviewer: str, prefix: str) -> ColumnElement[bool]:
    hands, name = tables.review_hands, f"{prefix}queue_reviewer"
    return ~exists().where(
        hands.c.principal == named(name, reviewer), hands.c.resource == tables.review_queue.c.resource
    )
