"""A write: a transaction that holds the writers' turn, and the entries that will stand in the log with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Executable, Table, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ucs_registry.log import Entry, EntryDraft
from ucs_registry.organizations import NewOrganization, Organization, path_below
from ucs_registry.ports import Head, RememberedRequest
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.resources import Resource
from ucs_registry.sql import rows, saving, tables
from ucs_registry.sql.dialects import Dialect, Query, Record, Values
from ucs_registry.sql.faults import outcome_unknown, translated
from ucs_registry.sql.reader import SqlReader
from ucs_registry.sql.settling import settled
from ucs_registry.visibility import Grant


class SqlUnit(SqlReader):
    """One unit on the writing connection."""

    def __init__(self, connection: AsyncConnection, dialect: Dialect, head: Head) -> None:
        super().__init__(connection, dialect, head)
        self._cells = head.cells
        self._access_changed = False
        self._drafts: list[EntryDraft] = []
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

    async def put_principals(self, principals: Sequence[Principal]) -> None:
        await self._put(tables.principals, {entry.id: entry.model_dump(mode="json") for entry in principals})
        self._access_changed |= bool(principals)

    async def put_rules(self, rules: Sequence[RuleRow]) -> None:
        await self._put(tables.rules, {rule.id: rows.rule_row(rule) for rule in rules})
        self._access_changed |= bool(rules)

    async def remove_rules(self, ids: Iterable[str]) -> None:
        self._check_open()
        table = tables.rules
        there = [id for (id,) in await self._among(select(table.c.id), table.c.id, ids)]
        if there:
            await self.run(delete(table).where(self.dialect.within(table.c.id, there)))
            self._access_changed = True

    async def put_grants(self, grants: Sequence[Grant]) -> None:
        await self._put(tables.grants, {grant.id: rows.grant_row(grant) for grant in grants})

    async def remember(self, request: RememberedRequest) -> None:
        row = {
            "actor": request.actor,
            "request_id": request.request_id,
            "fingerprint": request.fingerprint,
            "answer": request.answer,
        }
        await self.write(tables.requests, [row], key=("actor", "request_id"))

    def append(self, draft: EntryDraft) -> None:
        self._check_open()
        self._drafts.append(draft)

    async def commit(self) -> list[Entry]:
        self._check_open()
        last = self._head.position
        entries = [draft.place(last + at) for at, draft in enumerate(self._drafts, start=1)]
        if entries:
            await self.insert(tables.log, [rows.entry_row(entry) for entry in entries])
        moved = Head(
            position=last + len(entries),
            access_version=self._head.access_version + self._access_changed,
            cells=self._cells,
        )
        if moved != self._head:
            values = {"position": moved.position, "access_version": moved.access_version, "cells": moved.cells}
            await self.run(update(tables.head).values(values))
        self._open = False
        # Once begun, a commit is not given up: the next unit must find it done or undone.
        with outcome_unknown():
            await settled(self._commit())
        return entries

    def close(self) -> None:
        """Take no more writes."""
        self._open = False

    # --- what saving needs ---
    @property
    def dialect(self) -> Dialect:
        """The database's."""
        return self._dialect

    async def all(self, statement: Query) -> Sequence[Record]:
        """The rows of a statement."""
        return await self._all(statement)

    async def run(self, statement: Executable) -> None:
        """Run a statement for its effect."""
        self._check_open()
        with translated():
            await self.dialect.finish(self._connection.execute(statement))

    async def write(
        self, table: Table, made: Sequence[Values], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None:
        """Insert or replace rows."""
        self._check_open()
        with translated():
            await self.dialect.finish(self.dialect.write(self._connection, table, made, key=key, keep=keep))

    async def insert(self, table: Table, made: Sequence[Values]) -> None:
        """Insert rows."""
        self._check_open()
        with translated():
            await self.dialect.finish(self.dialect.insert(self._connection, table, made))

    async def owners(self, ids: set[str]) -> dict[str, Organization]:
        """Those organisations that exist."""
        return await self.organizations(ids)

    def next_cell(self) -> int:
        """The number of a new cell."""
        number = self._cells
        self._cells += 1
        return number

    async def _commit(self) -> None:
        try:
            await self._connection.commit()
        except BaseException:
            # The transaction may still be open, and the next unit must not find itself in it.
            await self._connection.invalidate()
            raise

    async def _put(self, table: Table, made: dict[str, dict[str, object]]) -> None:
        self._check_open()
        if made:
            await self.write(table, list(made.values()), key=("id",))

    def _check_open(self) -> None:
        if not self._open:
            raise RuntimeError("this unit has ended: it was committed or left")
