"""What the platform needs of a store about the documents of plugins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from ucs_registry.documents import Document, DocumentQuery, NewDocument, Place


class DocumentsReader(Protocol):
    """The documents of one state."""

    async def documents(self, plugin: str, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        """Those documents of a collection that exist, by id, whoever owns them."""

    async def find_documents(self, query: DocumentQuery, *, after: Place | None = None, first: int) -> list[Document]:
        """Up to `first` documents behind a place, in the order of the query.

        What the query's owners do not cover was never there: it takes no place on a page.
        """

    async def count_documents(self, query: DocumentQuery) -> int:
        """How many documents `find_documents` would list in all."""


class DocumentsUnit(Protocol):
    """Documents that a write enters and removes."""

    async def put_documents(self, documents: Sequence[NewDocument], at: datetime) -> None:
        """Enter or replace documents, no id twice. Their revision is the position behind the head: a unit that writes
        documents appends to the log, too.

        Raises Invalid with ORGANIZATION_UNKNOWN.
        """

    async def remove_documents(self, plugin: str, collection: str, ids: Iterable[str]) -> int:
        """Remove documents; unknown ids are passed over. How many were removed."""
