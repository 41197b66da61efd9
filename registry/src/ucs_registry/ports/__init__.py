"""What the catalogue needs of a store.

`Reader` sees one consistent state; `Unit` is a write that lands as a whole, with its log entries, or not at all. Write
units are serial: one at a time over all processes that share the store, so that what a unit has read still holds when it
commits. `ucs_registry.testing` holds the contract suite that every store passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ucs_registry.elements import ElementReads
from ucs_registry.log import Entry
from ucs_registry.ports.access import AccessReader, AccessUnit
from ucs_registry.ports.blobs import BlobsReader, BlobsUnit
from ucs_registry.ports.documents import DocumentsReader, DocumentsUnit, RecordReads
from ucs_registry.ports.events import EventsReader, EventsUnit
from ucs_registry.ports.exporting import ExportReader
from ucs_registry.ports.graph import Edge, GraphReader
from ucs_registry.ports.head import Head, next_stamp
from ucs_registry.ports.importing import ImportReader, ImportUnit, Taken
from ucs_registry.ports.log import LogReader, LogUnit, RememberedRequest
from ucs_registry.ports.members import MembersReader, MembersUnit
from ucs_registry.ports.organizations import OrganizationsReader, OrganizationsUnit
from ucs_registry.ports.own import OwnReader, OwnTables, OwnUnit
from ucs_registry.ports.plugins import PluginsReader, PluginsUnit
from ucs_registry.ports.resources import ResourcesReader, ResourcesUnit
from ucs_registry.ports.reviews import ReviewsReader, ReviewsUnit
from ucs_registry.ports.shelf import ShelfReader, ShelfUnit
from ucs_registry.ports.types import TypesReader, TypesUnit
from ucs_registry.shapes import Shaped

__all__ = ["Edge", "Head", "OwnTables", "Reader", "RememberedRequest", "Store", "Taken", "Unit", "next_stamp"]


class Reader(
    OrganizationsReader,
    ResourcesReader,
    GraphReader,
    AccessReader,
    LogReader,
    MembersReader,
    ExportReader,
    ReviewsReader,
    ShelfReader,
    TypesReader,
    ImportReader,
    PluginsReader,
    DocumentsReader,
    BlobsReader,
    OwnReader,
    EventsReader,
    Protocol,
):
    """One consistent state of the store, for as long as the reader is open. Every reader starts by reading `head`."""

    @property
    def head(self) -> Head:
        """Where the store stood when the reader was opened. A unit's own writes do not move it."""


class Unit(
    Reader,
    OrganizationsUnit,
    ResourcesUnit,
    AccessUnit,
    LogUnit,
    MembersUnit,
    ReviewsUnit,
    ShelfUnit,
    TypesUnit,
    ImportUnit,
    PluginsUnit,
    DocumentsUnit,
    BlobsUnit,
    OwnUnit,
    EventsUnit,
    Protocol,
):
    """A write. Nothing is seen by others before `commit`; leaving without it undoes all."""

    async def commit(self) -> Sequence[Entry]:
        """Make everything durable and visible at once. Returns the entries at their positions.

        A store with a signer signs the log as it then stands. Raises FailedPrecondition, and changes nothing, when the
        log does not extend what this process has seen signed (LOG_ROLLED_BACK), when entries stand in it that nobody has
        signed (LOG_ENTRIES_UNSIGNED), or when it is signed and this store has no signer (LOG_KEY_NEEDED).
        """


class Store(Protocol):
    """Where the catalogue is kept."""

    @property
    def shaped(self) -> Shaped | None:
        """Its answers to shapes; None where it has none, and everything is read by readers."""

    def read(self) -> AbstractAsyncContextManager[Reader]:
        """Open a reader on the present state."""

    def write(self) -> AbstractAsyncContextManager[Unit]:
        """Open a unit, waiting for the one before it to end."""

    @property
    def elements(self) -> ElementReads | None:
        """Its answers about resources by one statement each; None where it has none."""

    @property
    def records(self) -> RecordReads | None:
        """Its quick answers about records; None where readers have all answers."""

    async def head(self) -> Head:
        """Where it stands now, without a reader: for who keeps what belonged to a state, and asks whether it still is that."""

    async def moved(self, position: int, patience: float) -> None:
        """Wait until the log may have gone beyond a position, at most so many seconds. It may return early.

        Whoever asks reads the head afterwards. A store that hears of other processes' units by notification may miss one.
        """

    async def ping(self) -> None:
        """Raise Unavailable unless the store answers."""

    async def close(self) -> None:
        """Release what is held. The store cannot be used again."""
