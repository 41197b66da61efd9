"""What a model reads of the database. Each answer is of one state, and says which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ucs_registry.search import Term
from ucs_registry.shapes import Standing

QUICK_MOST = 64
"""Up to so many entries are read in a moment, and need not be read beside the loop."""


class State(NamedTuple):
    """Where the database stood. The mark is another wherever the log is another, also at the same position."""

    position: int
    standing: Standing
    mark: bytes


class Place(NamedTuple):
    """Where a resource stands now, in the order of the last change: its id as text, the time as the store writes it."""

    id: str
    updated_at: str
    cell: int
    district: str


class Changed(NamedTuple):
    """A resource that has changed: where it stands, its tags, and its search tokens with a space around each."""

    place: Place
    tags: frozenset[str]
    text: str


class CellRow(NamedTuple):
    """A cell: its owner's number, and the values of its attributes in the order of `catalogue.ATTRIBUTES`."""

    number: int
    owner: int
    values: tuple[str, ...]


class OrganizationRow(NamedTuple):
    """An organisation as cells name it."""

    number: int
    id: str
    path: str


class GrantRow(NamedTuple):
    """A grant: the bare id of its resource, and the ends of its time as the store writes them."""

    resource: str
    valid_from: str
    valid_until: str | None


class Behind(NamedTuple):
    """What the log says behind a position.

    `reached` is how far it was read, and `reached_mark` the mark there; `same` says that the log still holds what it held
    where reading began. The changed resources are told as they are in `state`, which may be later than `reached`.
    """

    state: State
    reached: int
    reached_mark: bytes
    same: bool
    objects: frozenset[str]
    changed: Sequence[Changed]


class Reads(Protocol):
    """Reads for a model. Each raises as a store's reader does."""

    async def state(self) -> State:
        """Where the database stands."""

    async def count(self) -> int:
        """How many resources there are."""

    async def places(self, after: tuple[str, str], first: int) -> tuple[State, bytes]:
        """Resources in the order of the last change, behind a time and an id.

        Each is `id`, `updated_at` of 27 characters, cell, a colon, district; with commas between.
        """

    async def behind(self, position: int, mark: bytes, most: int) -> Behind:
        """What the next `most` entries behind a position say; `mark` is that of the state that was read there."""

    async def cells(self, start: int, first: int) -> Sequence[CellRow]:
        """Cells from a number on."""

    async def organizations(self) -> Sequence[OrganizationRow]:
        """All organisations."""

    async def tagged(self, tag: str, most: int) -> tuple[State, bytes]:
        """The ids of the resources that have a tag, with commas between; no more than `most`."""

    async def holding(self, term: Term, most: int) -> tuple[State, bytes]:
        """The ids of the resources whose search text holds a term; no more than `most`."""

    async def grants(self, grantees: Sequence[str], action: str, most: int) -> tuple[State, Sequence[GrantRow]]:
        """The grants of an action that name one of several grantees, whether or not they are live; no more than `most`."""
