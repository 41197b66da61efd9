"""What the platform needs of a store about the documents of plugins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from ucs_registry.documents import Document, DocumentQuery, NewDocument, Place
from ucs_registry.record_ways import StandingWay
from ucs_sdk.ways import Ways


class Access(NamedTuple):
    """A state of access, as the head tells it."""

    version: int
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a store answered without a reader, and in which state of access that was."""

    access: Access
    found: Sequence[Document] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


class RecordReads(Protocol):
    """A store's quick answers about records that are asked in declared ways. None where a reader should answer, or refuse."""

    async def page(self, query: DocumentQuery, after: Place | None, first: int) -> Glance | None:
        """As `find_documents`."""

    async def tally(self, query: DocumentQuery, by: str | None) -> Glance | None:
        """As `tally_documents`; without a field all that is counted stands under the empty key."""


class DocumentsReader(Protocol):
    """The documents of one state."""

    async def documents(self, plugin: str, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        """Those documents of a collection that exist, by id, whoever owns them."""

    async def find_documents(self, query: DocumentQuery, *, after: Place | None = None, first: int) -> list[Document]:
        """Up to `first` documents behind a place, in the order of the query.

        What the query's owners do not cover was never there: it takes no place on a page. Of a collection that declares how it
        is asked: raises Invalid with RECORDS_NOT_LISTED, and Unavailable with RECORDS_NOT_READY.
        """

    async def count_documents(self, query: DocumentQuery) -> int:
        """How many documents there are that a query asks for. Raises as `find_documents` does; ways of counting are others.

        With ids, whatever the collection declares is no matter: they are few, and are looked at.
        """

    async def tally_documents(self, query: DocumentQuery, by: str) -> dict[str, int]:
        """The same for each key of a field (`documents.sort_key`), the empty one for documents that have none."""

    async def document_ways(self, plugin: str | None = None) -> list[StandingWay]:
        """The ways in which a plugin's collections are kept, or those of all plugins, by number."""


class DocumentsUnit(Protocol):
    """Documents that a write enters and removes."""

    async def put_documents(self, documents: Sequence[NewDocument], at: datetime) -> None:
        """Enter or replace documents, no id twice. Their revision is the position behind the head: a unit that writes
        documents appends to the log, too.

        Raises Invalid with ORGANIZATION_UNKNOWN.
        """

    async def remove_documents(self, plugin: str, collection: str, ids: Iterable[str]) -> int:
        """Remove documents; unknown ids are passed over. How many were removed."""

    async def declare_documents(self, plugin: str, wanted: Mapping[str, Ways], *, drop: bool) -> None:
        """Have collections asked in these ways from now on, as soon as each is built. With `drop`, ways that a plugin's
        collections declare no more are cleared away; without, they stay.
        """

    async def index_documents(self) -> bool:
        """One bounded step of building what was declared, or of clearing away; whether there was anything to do."""
