"""A write: a transaction that holds the writers' turn, and the entries that will stand in the log with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Delete, Executable, Table, Update, and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ucs_registry.canonical import timestamp
from ucs_registry.entering import Fresh
from ucs_registry.log import Entry, EntryDraft
from ucs_registry.log_groups import Entries, PartedDraft
from ucs_registry.organizations import NewOrganization, Organization, path_below
from ucs_registry.ports import Head, RememberedRequest, next_stamp
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.resources import Resource
from ucs_registry.settling import settled
from ucs_registry.signing import KEPT_VERB, Ledger
from ucs_registry.sql import entering, rows, saving, tables
from ucs_registry.sql.blobs import BlobWriting
from ucs_registry.sql.cells import CellBook, CellNumbers, Numbered, Sort
from ucs_registry.sql.columns import Block
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.events import EventWriting
from ucs_registry.sql.faults import outcome_unknown, translated
from ucs_registry.sql.growing import Growth
from ucs_registry.sql.keeping import Cells, Kept, Sheet
from ucs_registry.sql.members import MemberWriting
from ucs_registry.sql.own.running import OwnWriting
from ucs_registry.sql.plugins import PluginWriting
from ucs_registry.sql.reader import SqlReader, head_of
from ucs_registry.sql.reviews import ReviewWriting
from ucs_registry.sql.shelf import ShelfWriting
from ucs_registry.sql.subjects import make_way
from ucs_registry.sql.types import TypeWriting
from ucs_registry.visibility import Grant
from ucs_sdk.errors import FailedPrecondition, Internal


class SqlUnit(
    SqlReader,
    MemberWriting,
    ReviewWriting,
    TypeWriting,
    ShelfWriting,
    PluginWriting,
    BlobWriting,
    OwnWriting,
    EventWriting,
):
    """One unit on the writing connection."""

    def __init__(
        self,
        connection: AsyncConnection,
        dialect: Dialect,
        standing: Record,
        ledger: Ledger | None,
        cells: CellBook,
    ) -> None:
        super().__init__(connection, dialect, head_of(standing))
        self._cells = CellNumbers(self._head, cells)
        self._compacted = self._head.compacted
        self._growth = Growth(standing, ledger)
        self._reached = self._head.position
        self._access_changed = False
        self._drafts: list[EntryDraft | PartedDraft] = []
        self._open = True

    async def add_organizations(self, new: Sequence[NewOrganization]) -> list[Organization]:
        if not new:
            return []
        known = await self.organizations({item.parent for item in new if item.parent is not None})
        [(number,)] = await self.all(select(func.count()).select_from(tables.organizations))
        added: list[Organization] = []
        for item in new:
            parent = None if item.parent is None else known[item.parent]
            known[item.id] = Organization(**dict(item), number=number + len(added), path=path_below(parent, item.id))
            added.append(known[item.id])
        await self.insert(tables.organizations, [rows.organization_row(entry) for entry in added])
        self._access_changed = True
        return added

    async def save(self, resources: Sequence[Resource]) -> None:
        self._check_open()
        if len({resource.id for resource in resources}) < len(resources):
            # The same resource twice: its states follow each other.
            for resource in resources:
                await saving.save(self, [resource])
        elif resources:
            await saving.save(self, resources)

    async def enter(self, fresh: Sequence[Fresh], by: str, at: datetime) -> None:
        self._check_open()
        if fresh:
            await entering.enter(self, fresh, by, at)

    async def put_principals(self, principals: Sequence[Principal]) -> None:
        # Of one that is there twice the last counts.
        entered = {entry.id: entry for entry in principals}
        self._check_open()
        await make_way(self, list(entered.values()))
        await self._put(tables.principals, {id: rows.principal_row(entry) for id, entry in entered.items()})
        self._access_changed |= bool(principals)

    async def put_rules(self, rules: Sequence[RuleRow]) -> None:
        await self._put(tables.rules, {rule.id: rows.rule_row(rule) for rule in rules})
        self._access_changed |= bool(rules)

    async def remove_rules(self, ids: Iterable[str]) -> None:
        self._access_changed |= await self._remove(tables.rules, ids)

    async def put_grants(self, grants: Sequence[Grant]) -> None:
        await self._put(tables.grants, {grant.id: rows.grant_row(grant) for grant in grants})

    async def remove_grants(self, ids: Iterable[str]) -> None:
        await self._remove(tables.grants, ids)

    async def revoke_keys(self, ids: Iterable[str]) -> None:
        self._check_open()
        known = set(await self.revoked_keys())
        fresh = [{"id": id} for id in dict.fromkeys(ids) if id not in known]
        if fresh:
            await self.insert(tables.revoked_keys, fresh)
            self._access_changed = True

    async def compact(self, upto: int) -> int:
        table, reached = tables.log, min(upto, self._head.position)
        if reached <= self._compacted:
            return 0
        passed = and_(table.c.position.between(self._compacted + 1, reached), table.c.verb != KEPT_VERB)
        dropped = await self._changed(
            update(table).where(passed, table.c.body.is_not(None)).values(body=None, salt=None)
        )
        self._compacted = reached
        return dropped

    async def forget_requests(self, before: datetime) -> int:
        table = tables.requests
        return await self._changed(delete(table).where(table.c.at < timestamp(before)))

    async def remember(self, request: RememberedRequest) -> None:
        await self.write(tables.requests, [rows.request_row(request)], key=("actor", "request_id"))

    def append(self, draft: EntryDraft | PartedDraft) -> None:
        self._check_open()
        self._drafts.append(draft)

    async def commit(self) -> Sequence[Entry]:
        self._check_open()
        last = self._head.position
        entries = Entries(self._drafts, last + 1)
        standing = self._growth.standing()
        made = await self._growth.grow(self, entries)
        with _log_alone(last):
            for block in made:
                await self.enter_block(block)
        moved = Head(
            position=last + len(entries),
            access_version=self._head.access_version + self._access_changed,
            cells=self._cells.count,
            compacted=self._compacted,
            access_stamp=next_stamp(self._head.access_stamp, changed=self._access_changed),
            cell_stamp=next_stamp(self._head.cell_stamp, changed=self._cells.count != self._head.cells),
            types_stamp=self.types_stamp,
        )
        grown = self._growth.standing()
        if moved != self._head or grown != standing:
            with translated():
                await self.dialect.finish(self.dialect.move_head(self._connection, {**asdict(moved), **grown}))
        self._open = False
        # Once begun, a commit is not given up: the next unit must find it done or undone.
        with outcome_unknown():
            await settled(self._commit())
        self._cells.confirm(moved.cell_stamp)
        self._reached = moved.position
        return entries

    @property
    def reached(self) -> int:
        """The log's last position as far as this unit knows: with its own entries once it has committed."""
        return self._reached

    def close(self) -> None:
        """Take no more writes."""
        self._open = False

    @property
    def _keeps_places(self) -> bool:
        # Its own writes move what it has found.
        return False

    # --- what saving needs ---
    @property
    def dialect(self) -> Dialect:
        """The database's."""
        return self._dialect

    async def all(self, statement: Query) -> Sequence[Record]:
        """The rows of a statement."""
        return await self._all(statement)

    async def run(self, statement: Executable, values: Values | Sequence[Values] | None = None) -> None:
        """Run a statement for its effect, with values, or once for each set of them."""
        self._check_open()
        with translated():
            await self.dialect.finish(self._connection.execute(statement, values))

    async def write(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None:
        """Insert or replace rows."""
        self._check_open()
        with translated():
            await self.dialect.finish(self.dialect.write(self._connection, table, made, key=key, keep=keep))

    async def add(self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], add: tuple[str, ...]) -> None:
        """Insert rows; of those that are there, replace all columns save the key, and add to some."""
        self._check_open()
        with translated():
            await self.dialect.finish(self.dialect.write(self._connection, table, made, key=key, add=add))

    async def erase(self, table: Table, gone: Sequence[Values]) -> None:
        """Remove rows."""
        self._check_open()
        with translated():
            await self.dialect.finish(self.dialect.erase(self._connection, table, gone))

    async def insert(self, table: Table, made: Sequence[Values]) -> None:
        """Insert rows."""
        self._check_open()
        with translated():
            await self.dialect.finish(self.dialect.insert(self._connection, table, made))

    async def owners(self, ids: set[str]) -> dict[str, Organization]:
        """Those organisations that exist."""
        return await self.organizations(ids)

    async def enter_rows(self, sheet: Sheet, made: Sequence[Cells]) -> None:
        """Insert rows, however many."""
        self._check_open()
        with translated():
            await self.dialect.finish(self.dialect.enter(self._connection, *sheet, made))

    async def enter_block(self, block: Block) -> None:
        """Insert rows that are told by columns."""
        self._check_open()
        with translated():
            await self.dialect.finish(self.dialect.enter_block(self._connection, block))

    async def cells_counted(
        self, counts: Mapping[Sort, int], owners: Mapping[str, Organization]
    ) -> Mapping[Sort, Numbered]:
        """The cells of combinations, after so many resources more were counted for each."""
        return await self._cells.counted(self, counts, owners)

    async def cell_numbers(self, kept: Sequence[Kept], owners: Mapping[str, Organization]) -> list[int]:
        """The number of the cell of each, new ones included."""
        return await self._cells.of(self, kept, owners)

    async def _commit(self) -> None:
        try:
            await self._connection.commit()
            self._growth.confirm()
        except BaseException:
            # The transaction may still be open, and the next unit must not find itself in it.
            await self._connection.invalidate()
            raise

    async def _changed(self, statement: Update | Delete) -> int:
        """How many rows a statement changed."""
        self._check_open()
        with translated():
            return (await self.dialect.finish(self._connection.execute(statement))).rowcount

    async def _remove(self, table: Table, ids: Iterable[str]) -> bool:
        """Whether any of the rows was there."""
        self._check_open()
        there = [id for (id,) in await self._among(select(table.c.id), table.c.id, ids)]
        if there:
            await self.run(delete(table).where(self.dialect.within(table.c.id, there)))
        return bool(there)

    async def _put(self, table: Table, made: dict[str, dict[str, object]]) -> None:
        self._check_open()
        if made:
            await self.write(table, list(made.values()), key=("id",))

    def _check_open(self) -> None:
        if not self._open:
            raise RuntimeError("this unit has ended: it was committed or left")


@contextmanager
def _log_alone(last: int) -> Iterator[None]:
    """Say what it means that the places behind the log's end are taken: somebody wrote there past the platform."""
    try:
        yield
    except Internal as failure:
        if isinstance(failure.__cause__, IntegrityError):
            raise FailedPrecondition("LOG_ENTRIES_UNSIGNED", position=last + 1, signed=last) from failure
        raise
