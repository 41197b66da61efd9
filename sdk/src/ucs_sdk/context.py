"""What a plugin's functions are handed: the caller, records, a unit of work, the clock, and the rest of the platform.

Everything here is a port. The platform brings what stands behind it; `ucs_sdk.testing` has a small one for quick tests.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

from ucs_sdk.vocabulary import PrincipalKind

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")

Scalar: TypeAlias = str | int | float | bool | None
"""What a query compares a field of a document with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. For events, schedules and `ucs_run` it is the plugin itself.

    `principal` and `organization` are ids; somebody without an organisation sees what is public.
    """

    principal: str
    organization: str | None = None
    kind: PrincipalKind = PrincipalKind.PERSON


class Clock(Protocol):
    """The time, which tests can set. Nothing in a plugin asks another clock."""

    def now(self) -> datetime:
        """The time, in UTC, aware."""

    async def sleep(self, seconds: float) -> None:
        """Come back after this many seconds; ends early with the plugin."""


class Log(Protocol):
    """The platform's log, every line with the plugin's name and the call's id. `fields` hold no secrets."""

    def info(self, event: str, **fields: object) -> None:
        """Something worth knowing happened."""

    def warning(self, event: str, **fields: object) -> None:
        """Something is not right, and the plugin goes on."""

    def error(self, event: str, **fields: object) -> None:
        """Something failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A range to ask for, both ends included; an end of None is open."""

    least: Scalar = None
    most: Scalar = None


Where: TypeAlias = Mapping[str, "Scalar | Between"]
"""Fields of the model, each with the value or the range that it must have; all must hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Generic[M]):
    """One record of a plugin, as it was read. `organization` owns it; `revision` counts its versions from 1."""

    key: str
    body: M
    revision: int
    organization: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[M]):
    """Some documents, and the cursor behind which the next page begins; None when there is none."""

    items: Sequence[Document[M]]
    next: str | None = None


class Documents(Protocol[M]):
    """A collection of a plugin's records, as far as the caller may read them: what others own does not exist here."""

    async def get(self, key: str) -> Document[M] | None:
        """The record with this key, or None."""

    async def get_many(self, keys: Collection[str]) -> Mapping[str, Document[M]]:
        """The records with these keys, as far as there are any: all of one state, for the price of one."""

    async def query(
        self,
        where: Where | None = None,
        *,
        order_by: str = "",
        descending: bool = False,
        limit: int = 100,
        after: str = "",
    ) -> Page[M]:
        """A page of records, by key or by a field and then by key; `after` is a page's `next`.

        Of a collection that declares how it is asked: as it declares. Raises Invalid with RECORDS_NOT_LISTED for what it does
        not, and Unavailable with RECORDS_NOT_READY while what a new version declares is being built.
        """

    async def count(self, where: Where | None = None) -> int:
        """How many records there are."""

    async def counts(self, by: str, where: Where | None = None) -> Mapping[Scalar, int]:
        """How many records have each value of a field, None for those that have none; the most frequent 1,000 values."""


class StagedDocuments(Documents[M], Protocol[M]):
    """A collection within a unit: reads see what was staged, and writes are staged."""

    def put(self, key: str, body: M, *, organization: str = "", revision: int | None = None) -> None:
        """Stage a record, new or changed. Its owner is the caller's organisation, or the event's, unless one is named.

        What the unit has read must not have changed meanwhile; with `revision`, that must be the one that is replaced (0:
        there is none). Both are judged when the unit is committed.
        """

    def delete(self, key: str, *, revision: int | None = None) -> None:
        """Stage the removal of a record; one that is not there is no error."""


class Sql(Protocol):
    """The plugin's own tables to read, by statements of SQLAlchemy Core that name nothing else and hold no text of SQL."""

    async def all(self, statement: Any) -> Sequence[Any]:  # noqa: ANN401 -- SQLAlchemy's, which the SDK does not know
        """The rows of a `select(…)`: 5,000 at most, within five seconds. Whose rows they are is what `ctx.visible` is for.

        In a function that writes, the tables that it has read must not have changed when its unit is committed.
        """


class StagedSql(Sql, Protocol):
    """The plugin's own tables within a unit: what is staged is not read before it is committed."""

    def run(self, statement: Any, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] = ()) -> None:  # noqa: ANN401 -- as above
        """Stage an `insert(…)`, `update(…)` or `delete(…)`, once, or once for each of some sets of values."""

    def put(self, table: Any, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:  # noqa: ANN401 -- as above
        """Stage rows, each in place of the one with the same primary key; columns that are not named keep what they hold."""


class Unit(Protocol):
    """What happens together or not at all: records, events and messages.

    Inside an operation or an event's handler it is committed when the function has returned, together with the answer or
    with the event's mark; elsewhere when the block ends.
    """

    def documents(self, collection: str, model: type[M]) -> StagedDocuments[M]:
        """A collection to read and to write."""

    @property
    def sql(self) -> StagedSql:
        """The plugin's own tables to read and to write; needs the permission `sql`."""

    def emit(self, type: str, data: BaseModel, *, subject: str = "", organization: str = "") -> None:
        """Stage an event. Those of one subject are delivered in order. It belongs to the caller's organisation unless one
        is named.
        """

    def notify(self, to: str, *, title: str, text: str = "", subject: str = "") -> None:
        """Stage a message to a principal or to an organisation's duty desk, by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A file that is kept by its content. `digest` is SHA-256 in hexadecimal, `size` in bytes."""

    digest: str
    size: int
    media_type: str


class Blobs(Protocol):
    """Files by their content: snapshots, evidence."""

    async def put(self, content: bytes, *, media_type: str = "application/octet-stream") -> Blob:
        """Keep some bytes; the same bytes are kept once."""

    async def get(self, digest: str) -> bytes:
        """The bytes. Raises NotFound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organisation of the city: `parent` is the one above it, `region` the code of its division, where it has one."""

    id: str
    title_zh: str = ""
    title_en: str = ""
    parent: str | None = None
    region: str | None = None


class Organizations(Protocol):
    """The organisations of the city, which every caller may know of."""

    async def get(self, id: str) -> Organization | None:
        """The organisation with this id, or None."""


class Context(Protocol):
    """What a plugin's function may ask of the platform. What the manifest's permissions do not name is refused."""

    @property
    def caller(self) -> Caller:
        """Who asks."""

    @property
    def owner(self) -> str:
        """The organisation that runs the plugin, by id: what nobody else is to own is its."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def log(self) -> Log:
        """The platform's log."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The plugin's settings, with their defaults filled in."""

    @property
    def blobs(self) -> Blobs:
        """Files by their content; needs the permission `blobs`."""

    @property
    def organizations(self) -> Organizations:
        """The organisations of the city, as they stand now."""

    @property
    def sql(self) -> Sql:
        """The plugin's own tables; needs the permission `sql`."""

    def unit(self) -> AbstractAsyncContextManager[Unit]:
        """Begin what happens together or not at all; an exception drops all that was staged."""

    def documents(self, collection: str, model: type[M]) -> Documents[M]:
        """A collection to read; needs the permission `documents`."""

    def visible(self, column: Any) -> Any:  # noqa: ANN401 -- SQLAlchemy's, as with `sql`
        """The condition under which the caller may read rows of a table that are owned by the organisation whose id is in a
        column of it. Policies know the rows as data of the type `<plugin>__<table>`. It is judged anew with each statement.
        """

    def secret(self, name: str) -> str:
        """A secret that the platform keeps for the plugin; needs the permission `secrets`. Raises NotFound."""

    async def notify(self, to: str, *, title: str, text: str = "", subject: str = "") -> None:
        """Send a message at once; within a unit, use the unit's. Needs the permission `notify`."""

    async def invoke(
        self, operation: str, asked: BaseModel | Mapping[str, Any], *, request_id: str | None = None
    ) -> dict[str, Any]:
        """Call another operation as the caller; needs the permission `invoke`. The answer is as it is in JSON."""
