"""A platform in miniature, for quick tests: records in a dictionary, a clock that stands still, and a list of what was sent.

It keeps the promises that a function can see: a unit is all or nothing, its reads see what it staged, revisions count and
clash. It does not judge who may see what: here the caller sees everything. The whole platform does (`city`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_jsonable_python

from ucs_sdk.capability import Capability
from ucs_sdk.context import Between, Blob, Caller, Document, Organization, Page, Scalar, Where
from ucs_sdk.declarations import Operation
from ucs_sdk.errors import Conflict, FailedPrecondition, Invalid, NotFound
from ucs_sdk.events import Event
from ucs_sdk.ways import Ways, parted

M = TypeVar("M", bound=BaseModel)

BEGINNING = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
"""The time at which a fake clock begins."""


class FakeClock:
    """A clock that moves when somebody sleeps, or when a test says so."""

    def __init__(self, now: datetime = BEGINNING) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let this many seconds pass."""
        self._now += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message that was sent."""

    to: str
    title: str
    text: str
    subject: str


@dataclass
class State:
    """All that was committed."""

    records: dict[tuple[str, str], Document[Any]] = field(default_factory=dict)
    blobs: dict[str, tuple[Blob, bytes]] = field(default_factory=dict)
    emitted: list[Event[Any]] = field(default_factory=list)
    notified: list[Notice] = field(default_factory=list)
    logged: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    def copy(self) -> State:
        """The same, apart."""
        return State(dict(self.records), dict(self.blobs), list(self.emitted), list(self.notified), list(self.logged))

    def become(self, other: State) -> None:
        """Take over what another holds."""
        self.__dict__.update(other.copy().__dict__)


class FakeLog:
    """A log that keeps its lines."""

    def __init__(self, state: State) -> None:
        self._state = state

    def info(self, event: str, **fields: object) -> None:
        self._state.logged.append(("info", event, fields))

    def warning(self, event: str, **fields: object) -> None:
        self._state.logged.append(("warning", event, fields))

    def error(self, event: str, **fields: object) -> None:
        self._state.logged.append(("error", event, fields))


class FakeDocuments(Generic[M]):
    """A collection in a dictionary. With `stage` it can be written to."""

    def __init__(self, context: FakeContext, state: State, collection: str) -> None:
        self._context = context
        self._state = state
        self._collection = collection

    async def get(self, key: str) -> Document[M] | None:
        return self._state.records.get((self._collection, key))

    async def get_many(self, keys: Collection[str]) -> Mapping[str, Document[M]]:
        held = {key: self._state.records.get((self._collection, key)) for key in keys}
        return {key: each for key, each in held.items() if each is not None}

    async def query(
        self,
        where: Where | None = None,
        *,
        order_by: str = "",
        descending: bool = False,
        limit: int = 100,
        after: str = "",
    ) -> Page[M]:
        self._check_listed(where, order_by)
        found = sorted(self._matching(where), key=lambda each: each.key)
        if order_by:
            found.sort(key=lambda each: _order(value_of(each.body, order_by)))
        if descending:
            found.reverse()
        if after and not (after.isascii() and after.isdigit() and len(after) < 16):
            raise Invalid("CURSOR_INVALID", path="after")
        begin = int(after or 0)
        items = found[begin : begin + limit]
        return Page(items=items, next=str(begin + limit) if begin + limit < len(found) else None)

    async def count(self, where: Where | None = None) -> int:
        self._check_counted(where or {})
        return len(self._matching(where))

    async def counts(self, by: str, where: Where | None = None) -> dict[Scalar, int]:
        self._check_counted({**(where or {}), by: None})
        found = Counter(_scalar(value_of(each.body, by)) for each in self._matching(where))
        return dict(sorted(found.items(), key=lambda item: (-item[1], _order(item[0]))))

    def put(self, key: str, body: M, *, organization: str = "", revision: int | None = None) -> None:
        before = self._expect(key, revision)
        self._state.records[self._collection, key] = Document(
            key=key,
            body=body.model_copy(deep=True),
            revision=before + 1,
            organization=organization or self._context.caller.organization or "",
            changed_at=self._context.clock.now(),
        )

    def delete(self, key: str, *, revision: int | None = None) -> None:
        self._expect(key, revision)
        self._state.records.pop((self._collection, key), None)

    def _expect(self, key: str, revision: int | None) -> int:
        held = self._state.records.get((self._collection, key))
        before = held.revision if held else 0
        if revision is not None and revision != before:
            raise Conflict.saying(
                "RECORD_CHANGED",
                zh="{object} 已被修改。",
                en="{object} was changed meanwhile.",
                object=f"{self._collection}/{key}",
            )
        return before

    def _matching(self, where: Where | None) -> list[Document[M]]:
        own = [each for (collection, _), each in self._state.records.items() if collection == self._collection]
        return [
            each
            for each in own
            if all(_fits(value_of(each.body, name), wanted) for name, wanted in (where or {}).items())
        ]

    def _check_listed(self, where: Where | None, order: str) -> None:
        ways = self._context.ways(self._collection)
        within = [name for name, wanted in (where or {}).items() if _is_range(wanted)]
        same = [name for name in where or {} if name not in within]
        if ways.declared and ways.listing(same, within, order) is None:
            raise self._undeclared(ways, [*same, *within, *([order] if order else [])])

    def _check_counted(self, named: Iterable[str]) -> None:
        ways = self._context.ways(self._collection)
        if ways.declared and ways.counting(list(named)) is None:
            raise self._undeclared(ways, list(named))

    def _undeclared(self, ways: Ways, named: list[str]) -> Invalid:
        return Invalid("RECORDS_NOT_LISTED", path=self._collection, asked=" + ".join(named), ways=ways.told())


# Of whatever model.
def value_of(body: BaseModel, field: str) -> Any:  # noqa: ANN401
    """The value of a field, or the first characters of one: `region[6]`."""
    name, cut = parted(field)
    value = getattr(body, name)
    return value if cut is None else value[:cut] if isinstance(value, str) else None


# As above.
def _scalar(value: Any) -> Any:  # noqa: ANN401
    """What is counted: a value as it is in JSON, and None for what is none that can be asked for."""
    plain = to_jsonable_python(value)
    return plain if isinstance(plain, (str, int, float, bool)) else None


# As above.
def _order(value: Any) -> tuple[int, Any]:  # noqa: ANN401
    """Values in the platform's order: nothing, truth values, numbers, texts."""
    plain = _scalar(value)
    if plain is None:
        return 0, 0
    if isinstance(plain, bool):
        return 1, plain
    return (2, plain) if isinstance(plain, (int, float)) else (3, plain)


def _is_range(wanted: object) -> bool:
    return isinstance(wanted, Between) and (wanted.least is None or wanted.least != wanted.most)


# A field of whatever model, beside what somebody asks for.
def _fits(value: Any, wanted: Any) -> bool:  # noqa: ANN401
    if value is None:
        return False
    if isinstance(wanted, Between):
        above = wanted.least is None or value >= wanted.least
        return above and (wanted.most is None or value <= wanted.most)
    return bool(value == wanted)


class FakeUnit:
    """What happens together: kept apart until the block has ended."""

    def __init__(self, context: FakeContext, state: State) -> None:
        self._context = context
        self._state = state

    def documents(self, collection: str, model: type[M]) -> FakeDocuments[M]:
        return FakeDocuments(self._context, self._state, collection)

    @property
    def sql(self) -> NoReturn:
        """Refused: there is no database here."""
        raise FailedPrecondition("FAKE_WITHOUT", what="sql")

    def emit(self, type: str, data: BaseModel, *, subject: str = "", organization: str = "") -> None:
        self._state.emitted.append(
            Event(
                id=str(len(self._state.emitted) + 1),
                source="/plugins/fake",
                type=type,
                time=self._context.clock.now(),
                data=data,
                subject=subject,
                organization=organization or self._context.caller.organization or "",
            )
        )

    def notify(self, to: str, *, title: str, text: str = "", subject: str = "") -> None:
        self._state.notified.append(Notice(to=to, title=title, text=text, subject=subject))


class FakeBlobs:
    """Files in a dictionary."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def put(self, content: bytes, *, media_type: str = "application/octet-stream") -> Blob:
        blob = Blob(digest=hashlib.sha256(content).hexdigest(), size=len(content), media_type=media_type)
        return self._state.blobs.setdefault(blob.digest, (blob, content))[0]

    async def get(self, digest: str) -> bytes:
        if digest not in self._state.blobs:
            raise NotFound("NOT_FOUND", object=digest)
        return self._state.blobs[digest][1]


class FakeOrganizations:
    """A city of so many organisations."""

    def __init__(self, known: Iterable[Organization]) -> None:
        self._known = {each.id: each for each in known}

    async def get(self, id: str) -> Organization | None:
        return self._known.get(id)


class FakeContext:
    """A context whose parts a test can look into: `state` holds what was committed."""

    def __init__(
        self,
        *,
        caller: Caller | None = None,
        owner: str = "370200",
        settings: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
        answers: Mapping[str, Callable[[Any], dict[str, Any]]] | None = None,
        capability: Capability | None = None,
        organizations: Iterable[Organization] = (),
    ) -> None:
        """With `capability`, collections are asked as it declares, and what it does not is refused as on a platform.

        There are the owner, the caller's organisation and those that are stated.
        """
        self._capability = capability
        self.caller = caller or Caller(principal="tester", organization="370200")
        self.owner = owner
        here = {owner, self.caller.organization or owner}
        self.organizations = FakeOrganizations([*(Organization(id=id) for id in here), *organizations])
        self.clock = FakeClock()
        self.settings = dict(settings or {})
        self.state = State()
        self.log = FakeLog(self.state)
        self.blobs = FakeBlobs(self.state)
        self._secrets = dict(secrets or {})
        self._answers = dict(answers or {})
        self.operations: Mapping[str, Operation] = {}
        """What `invoke` calls where no answer was given for it: the operations of the plugin on stage."""

    @property
    def sql(self) -> NoReturn:
        """There is no database in miniature."""
        raise FailedPrecondition("FAKE_WITHOUT", what="sql")

    def visible(self, column: object) -> NoReturn:
        """There is no database in miniature."""
        raise FailedPrecondition("FAKE_WITHOUT", what="visible")

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[FakeUnit]:
        staged = self.state.copy()
        yield FakeUnit(self, staged)
        self.state.become(staged)

    def documents(self, collection: str, model: type[M]) -> FakeDocuments[M]:
        return FakeDocuments(self, self.state, collection)

    def ways(self, collection: str) -> Ways:
        """How a collection is asked, as far as anything is declared."""
        declared = self._capability.collections.get(collection) if self._capability else None
        return declared.ways if declared else Ways()

    def secret(self, name: str) -> str:
        if name not in self._secrets:
            raise NotFound("NOT_FOUND", object=name)
        return self._secrets[name]

    async def notify(self, to: str, *, title: str, text: str = "", subject: str = "") -> None:
        self.state.notified.append(Notice(to=to, title=title, text=text, subject=subject))

    async def invoke(
        self, operation: str, asked: BaseModel | Mapping[str, Any], *, request_id: str | None = None
    ) -> dict[str, Any]:
        if operation in self._answers:
            return self._answers[operation](asked)
        declared = self.operations.get(operation)
        if declared is None or declared.streaming:
            raise NotFound("NOT_FOUND", object=operation)
        stated = asked.model_dump(mode="json") if isinstance(asked, BaseModel) else asked
        try:
            taken = declared.input.model_validate(stated)
        except ValidationError as error:
            first = error.errors()[0]
            path = ".".join(map(str, ("input", *first["loc"])))
            raise Invalid.saying("FIELD_INVALID", zh=f"{path}：{first['msg']}", en=f"{path}: {first['msg']}") from error
        work: Any = declared.call(self, taken)
        answer: BaseModel = await work
        return answer.model_dump(mode="json")
