"""Entering resources by the thousand: what can be looked at beforehand is, and the rest is done in one unit.

A batch comes as resources in plain JSON or as lines of NDJSON. Whoever is lenient gets what is fit entered and is told of
each other row why it is not; without that, one bad row refuses all.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict

from ucs_core.access.actions import Action
from ucs_core.access.snapshot import Decision
from ucs_core.platform.calls import Call
from ucs_core.platform.noting import actor_of
from ucs_core.platform.pipeline import Mutation, Pipeline, WriteSession, Written
from ucs_core.platform.sight import denial
from ucs_core.platform.validation import CHUNK_MOST, check_chunk, organization_unknown, parse
from ucs_registry import catalog
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.catalog import Entered, ImportedResource, Known, Prepared
from ucs_registry.resources import AccessAttributes, NewResource
from ucs_sdk.errors import Invalid, UcsError
from ucs_sdk.messages import Locale, Phrase
from ucs_sdk.vocabulary import Availability

LINE_MOST = 1_048_576
"""How long a line may be, in bytes."""

LINE_VALUES_MOST, BATCH_VALUES_MOST = 20_000, 150_000
"""How many values a line and a batch may hold, as they are counted: by commas and opening brackets, those in texts included."""

STRIDE = 20
"""How many resources are worked on before others have a turn."""

VERB = "resources.import"

Rows = Sequence[Mapping[str, Any]] | bytes
"""Resources as plain JSON, or lines of NDJSON."""


class Rejection(BaseModel):
    """A row that was not entered: its place, counted from 0, and why."""

    model_config = ConfigDict(frozen=True)

    index: int
    code: str
    reason: str
    fields: dict[str, str]
    message_zh: str
    message_en: str


class Imported(BaseModel):
    """What a batch brought in, and what it did not."""

    model_config = ConfigDict(frozen=True)

    count: int
    names: list[str]
    rejections: list[Rejection] = []


class Row(NamedTuple):
    """A row that could be read: what is to be entered, and what the log will tell of it."""

    prepared: Prepared
    body: str


@dataclass(slots=True, kw_only=True)
class Batch:
    """Rows that were looked at as far as can be without the store. `refusal` is what is wrong with all of them."""

    request: Mapping[str, Any]
    rows: list[Row | UcsError] = field(default_factory=list)
    refusal: UcsError | None = None


class ImportVerbs:
    """Enter resources as approved elsewhere."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def import_chunk(
        self, call: Call, resources: Sequence[Mapping[str, Any]], *, lenient: bool = False
    ) -> Imported:
        """Enter up to 1,000 resources as approved elsewhere, all or none. Asks `administer` over every owner."""
        return await self.enter(call, await prepared(resources, lenient=lenient), lenient=lenient)

    async def enter(self, call: Call, batch: Batch, *, lenient: bool = False, before: Known | None = None) -> Imported:
        """Enter a batch. `before` is what earlier batches of a rehearsal would have brought in."""

        async def work(session: WriteSession) -> Imported:
            if batch.refusal is not None:
                raise batch.refusal
            return await enter_batch(session, batch, lenient=lenient, before=before)

        return await self._pipeline.run(call, _mutation(batch.request, work))

    async def enter_whole(self, call: Call, chunks: Sequence[Rows]) -> Imported:
        """Enter all chunks in one unit, all or none; the answer names nothing. Errors name the place below `chunks[0]`."""

        async def work(session: WriteSession) -> Imported:
            known, count = Known(), 0
            for at, rows in enumerate(chunks):
                with catalog.naming(f"chunks[{at}]"):
                    batch = await prepared(rows)
                    if batch.refusal is not None:
                        raise batch.refusal
                    count += (await enter_batch(session, batch, before=known)).count
            return Imported(count=count, names=[])

        request = {"atomic": [_request(rows) for rows in chunks]}
        return await self._pipeline.run(call, _mutation(request, work))


def _mutation(request: Mapping[str, Any], work: Callable[[WriteSession], Awaitable[Imported]]) -> Mutation[Imported]:
    return Mutation(
        verb=VERB,
        action=Action.ADMINISTER.value,
        object="resources/-",
        request=request,
        answer=Imported,
        work=work,
    )


def _request(rows: Rows) -> dict[str, Any]:
    return {"ndjson": digest(rows)} if isinstance(rows, bytes) else {"resources": list(rows)}


async def prepared(rows: Rows, *, lenient: bool = False) -> Batch:
    """Look at rows as far as can be without the store. Others have their turn meanwhile."""
    request = _request(rows)
    batch = Batch(request={**request, "lenient": True} if lenient else request)
    try:
        listed: Sequence[Mapping[str, Any] | bytes] = lines_of(rows) if isinstance(rows, bytes) else rows
        check_chunk(listed, "resources")
    except Invalid as refusal:
        batch.refusal = refusal
        return batch
    for start in range(0, len(listed), STRIDE):
        batch.rows += _stride(listed[start : start + STRIDE])
        await asyncio.sleep(0)
    return batch


async def enter_batch(
    session: WriteSession, batch: Batch, *, lenient: bool = False, before: Known | None = None
) -> Imported:
    """Enter a batch in the unit of a session, and note what was entered."""
    rulings = _Rulings(session)
    decided = [row if isinstance(row, UcsError) else rulings.of(row) for row in batch.rows]
    fit = [row if isinstance(row, UcsError) else row.row.prepared for row in decided]
    outcomes = await catalog.import_prepared(session.unit, fit, actor_of(session), whole=not lenient, before=before)
    names: list[str] = []
    rejections: list[Rejection] = []
    for place, (row, outcome) in enumerate(zip(decided, outcomes, strict=True)):
        if isinstance(outcome, UcsError):
            rejections.append(rejection_of(place, outcome))
        elif not isinstance(row, UcsError):
            session.written.append(rulings.written(row, outcome))
            names.append(outcome.resource.name)
    if rejections:
        reasons = Counter(rejection.reason for rejection in rejections)
        refusal = Invalid("IMPORT_ROWS_REJECTED", count=len(rejections))
        session.declined = refusal, {"rejected": len(rejections), "reasons": dict(reasons)}
    return Imported(count=len(names), names=names, rejections=rejections)


def rejection_of(place: int, refusal: UcsError) -> Rejection:
    """A refusal of one row, as it is told and remembered."""
    return Rejection(
        index=place,
        code=refusal.code.value,
        reason=refusal.reason,
        fields={name: _text(value) for name, value in refusal.fields.items() if value is not None},
        message_zh=refusal.message(Locale.ZH),
        message_en=refusal.message(Locale.EN),
    )


def decide_entry(session: WriteSession, action: Action, new: NewResource) -> Decision:
    """The decision that lets somebody enter a resource; what it asks is asked of the owner. Raises Invalid or Denied."""
    content = new.content
    attributes = AccessAttributes(
        owner=new.owner,
        kind=new.kind,
        type=new.type,
        share_type=content.share_type,
        data_level=content.data_level,
        open_type=content.open_type,
        state=Availability.OFFLINE,
    )
    if not session.sight.snapshot.knows(new.owner):
        raise organization_unknown("owner", new.owner, session.sight.snapshot.edition.tree.ids)
    decision = session.sight.snapshot.decide(session.sight.profile, action, attributes)
    if not decision.allowed:
        raise denial(action, f"organizations/{new.owner}", decision)
    return decision


class _Allowed(NamedTuple):
    """A row that may be entered: what a policy sees of it, and the rule that decided."""

    row: Row
    sort: tuple[str, ...]
    rule: str | None


class _Rulings:
    """What is decided about the rows of a batch: once for all that a policy cannot tell apart."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session
        self._decided: dict[tuple[str, ...], Decision | UcsError] = {}
        self._attributes: dict[tuple[str, ...], AccessAttributes] = {}

    def of(self, row: Row) -> _Allowed | UcsError:
        """The row with the rule that lets it be entered, or why it may not be."""
        sort = _sort_of(row.prepared.item)
        decision = self._decided.get(sort)
        if decision is None:
            decision = self._decided[sort] = self._decision(row.prepared.item)
        return decision if isinstance(decision, UcsError) else _Allowed(row, sort, decision.rule)

    def written(self, allowed: _Allowed, entered: Entered) -> Written:
        """What was entered, as the log will tell it."""
        key = (*allowed.sort, entered.resource.availability)
        access = self._attributes.get(key)
        if access is None:
            access = self._attributes[key] = entered.resource.access
        return Written(
            object=entered.resource.name,
            action=Action.ADMINISTER.value,
            rule=allowed.rule,
            body=allowed.row.body,
            after=entered.digest,
            access_after=access,
        )

    def _decision(self, item: ImportedResource) -> Decision | UcsError:
        try:
            return decide_entry(self._session, Action.ADMINISTER, item)
        except UcsError as refusal:
            return refusal


def _sort_of(item: ImportedResource) -> tuple[str, ...]:
    content = item.content
    return item.owner, item.kind, item.type, content.share_type, content.data_level, content.open_type


def lines_of(text: bytes) -> list[bytes]:
    """The lines that hold something. Raises Invalid for more values than may be unfolded."""
    if values_in(text) > BATCH_VALUES_MOST:
        raise Invalid("DOCUMENT_TOO_COSTLY", measure="values", value=values_in(text), most=BATCH_VALUES_MOST)
    # Counted before anything is made of them; empty lines there may be, too.
    if text.count(b"\n") > 2 * CHUNK_MOST:
        raise Invalid("FIELD_TOO_LONG", path="resources", limit=CHUNK_MOST, unit="items", more=0)
    return [line for line in text.split(b"\n") if line.strip()]


def values_in(text: bytes) -> int:
    """How many values a JSON text holds, or a few more: what texts hold is counted, too."""
    return text.count(b",") + text.count(b"{") + text.count(b"[")


def _stride(rows: Sequence[Mapping[str, Any] | bytes]) -> list[Row | UcsError]:
    """Read some rows, and work out what is asked of those that could be read."""
    read: list[tuple[ImportedResource, str] | UcsError] = []
    for row in rows:
        try:
            value = resource_of(row) if isinstance(row, bytes) else row
            item = parse(ImportedResource, value)
            read.append((item, _body(value)))
        except UcsError as refusal:
            read.append(refusal)
    worked = iter(catalog.prepare([each[0] for each in read if not isinstance(each, UcsError)]))
    return [each if isinstance(each, UcsError) else Row(next(worked), each[1]) for each in read]


def _body(value: Mapping[str, Any]) -> str:
    """What the log tells of a row. Raises Invalid for what is no JSON and came past the doors."""
    try:
        return canonical_json({**value, "revision": 1}).decode()
    except TypeError as cause:
        raise Invalid("FIELD_INVALID", path="", problem=Phrase("value-not-json")) from cause


def resource_of(line: bytes) -> dict[str, Any]:
    """The resource of a line, as the platform takes it. Raises Invalid for what is none.

    It may be named as on the wire, `name` and `organizations/…`, or by bare ids.
    """
    if len(line) > LINE_MOST:
        raise Invalid("LINE_TOO_LONG", most=LINE_MOST)
    if values_in(line) > LINE_VALUES_MOST:
        raise Invalid("DOCUMENT_TOO_COSTLY", measure="values", value=values_in(line), most=LINE_VALUES_MOST)
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as cause:
        raise Invalid("LINE_NOT_JSON", place=cause.colno) from cause
    if not isinstance(value, dict):
        raise Invalid("LINE_NOT_OBJECT")
    owner, name = value.get("owner"), value.get("name")
    if isinstance(owner, str):
        value["owner"] = owner.removeprefix("organizations/")
    if isinstance(name, str) and "id" not in value:
        value["id"] = value.pop("name").removeprefix("resources/")
    return value


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple, set, frozenset)) else str(value)
