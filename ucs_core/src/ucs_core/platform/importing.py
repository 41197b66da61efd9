"""Entering resources by the thousand: what can be looked at beforehand is, and the rest is done in one unit.

A batch comes as resources in plain JSON or as lines of NDJSON. Whoever is lenient gets what is fit entered and is told of
each other row why it is not; without that, one bad row refuses all.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict

from ucs_core.access.actions import Action
from ucs_core.access.edition import Row as HeldRow
from ucs_core.access.snapshot import Decision
from ucs_core.platform.admission import entering
from ucs_core.platform.calls import Call
from ucs_core.platform.noting import actor_of
from ucs_core.platform.pipeline import EnteredTogether, Mutation, Pipeline, WriteSession
from ucs_core.platform.preparer import Preparer
from ucs_core.platform.preparing import row_or_refusal
from ucs_core.platform.sight import denial
from ucs_core.platform.validation import check_chunk, organization_unknown
from ucs_core.rows.reading import Row, Stated, Types, lines_of
from ucs_core.rows.rejections import Rejection, rejection_of
from ucs_registry import catalog
from ucs_registry.canonical import digest
from ucs_registry.catalog import Entered, Known
from ucs_registry.log_groups import Part
from ucs_registry.resources import AccessAttributes, NewResource
from ucs_registry.types import types_last_known
from ucs_sdk.errors import Invalid, UcsError
from ucs_sdk.vocabulary import Availability

STRIDE = 20
"""How many resources are worked on before others have a turn."""

SORTS_KEPT = 16_384
"""How many combinations of what a policy sees are kept in mind: those of one batch come again in the next."""

VERB = "resources.import"

_ATTRIBUTES = tuple(AccessAttributes.model_fields)
"""What stands in a sort, in its order."""

Rows = Sequence[Mapping[str, Any]] | bytes
"""Resources as plain JSON, or lines of NDJSON."""


class Imported(BaseModel):
    """What a batch brought in, and what it did not."""

    model_config = ConfigDict(frozen=True)

    count: int
    names: list[str]
    rejections: list[Rejection] = []


@dataclass(slots=True, kw_only=True)
class Batch:
    """Rows that were looked at as far as can be without the store. `refusal` is what is wrong with all of them."""

    request: Mapping[str, Any]
    rows: Sequence[Row | UcsError] = ()
    refusal: UcsError | None = None

    def decline(self, place: int, refusal: UcsError) -> None:
        """Have a row refused, too."""
        self.rows = [*self.rows[:place], refusal, *self.rows[place + 1 :]]


class ImportVerbs:
    """Enter resources as approved elsewhere."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._preparer = Preparer()

    async def close(self) -> None:
        """End what prepares chunks, once no import goes on."""
        await self._preparer.close()

    async def prepared(self, rows: Rows, *, lenient: bool = False) -> Batch:
        """Look at rows as far as can be without the store, in a process beside this one where many are coming."""
        return await prepared(rows, lenient=lenient, preparer=self._preparer)

    async def import_chunk(
        self, call: Call, resources: Sequence[Mapping[str, Any]], *, lenient: bool = False
    ) -> Imported:
        """Enter up to 1,000 resources as approved elsewhere, all or none. Asks `administer` over every owner."""
        return await self.enter(call, await prepared(resources, lenient=lenient), lenient=lenient)

    async def enter(self, call: Call, batch: Batch, *, lenient: bool = False, before: Known | None = None) -> Imported:
        """Enter a batch. `before` is what earlier batches of a rehearsal would have brought in."""
        known = Known()

        async def work(session: WriteSession) -> Imported:
            nonlocal known
            if batch.refusal is not None:
                raise batch.refusal
            # A work that is done again must not find what it brought in itself.
            known = Known(dict(before.kinds), set(before.codes)) if before else Known()
            return await enter_batch(session, batch, lenient=lenient, before=known)

        imported = await self._pipeline.run(call, _mutation(batch.request, work))
        if before is not None:
            before.kinds, before.codes = known.kinds, known.codes
        return imported

    async def enter_whole(self, call: Call, chunks: Sequence[Rows]) -> Imported:
        """Enter all chunks in one unit, all or none; the answer names nothing. Errors name the place below `chunks[0]`."""

        async def work(session: WriteSession) -> Imported:
            known, count = Known(), 0
            for at, rows in enumerate(chunks):
                with catalog.naming(f"chunks[{at}]"):
                    batch = await prepared(rows)
                    if batch.refusal is not None:
                        raise batch.refusal
                    count += (await enter_batch(session, batch, before=known, path=f"chunks[{at}].")).count
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


async def prepared(rows: Rows, *, lenient: bool = False, preparer: Preparer | None = None) -> Batch:
    """Look at rows as far as can be without the store. Others have their turn meanwhile."""
    request = _request(rows)
    batch = Batch(request={**request, "lenient": True} if lenient else request)
    types = types_last_known()
    try:
        if isinstance(rows, bytes):
            lines = lines_of(rows)
            check_chunk(lines, "resources")
            handed = None if preparer is None else await preparer.rows(lines, types)
            batch.rows = await _read(lines, types, handed or ())
        else:
            check_chunk(rows, "resources")
            batch.rows = await _read(rows, types)
    except Invalid as refusal:
        batch.refusal = refusal
    return batch


async def _read(listed: Sequence[Stated], types: Types, handed: Sequence[Row | None] = ()) -> list[Row | UcsError]:
    """What is to be entered of each row, or why it is not; what is known already is not looked at again."""
    if handed and None not in handed:
        return [row for row in handed if row is not None]
    read: list[Row | UcsError] = []
    for at, stated in enumerate(listed):
        row = handed[at] if handed else None
        read.append(row or row_or_refusal(stated, types))
        if at % STRIDE == 0:
            await asyncio.sleep(0)
    return read


async def enter_batch(
    session: WriteSession, batch: Batch, *, lenient: bool = False, before: Known | None = None, path: str = ""
) -> Imported:
    """Enter a batch in the unit of a session, and note what was entered. `path` is where it stands in the request."""
    rulings = _Rulings(session)
    decided = [row if isinstance(row, UcsError) else rulings.of(row) for row in batch.rows]
    fit = [ruling if isinstance(ruling, UcsError) else ruling.row.prepared for ruling in decided]
    outcomes = await catalog.import_prepared(session.unit, fit, actor_of(session), whole=not lenient, before=before)
    names: list[str] = []
    parts: list[Part] = []
    rejections: list[Rejection] = []
    for place, (ruling, outcome) in enumerate(zip(decided, outcomes, strict=True)):
        if isinstance(outcome, UcsError):
            rejections.append(rejection_of(place, outcome))
        elif not isinstance(ruling, UcsError):
            name, row = outcome.name, ruling.row
            access = _attributes(outcome.fresh.sort)
            parts.append(Part(name, ruling.rule, outcome.digest, access, row.body, row.salt, row.body_digest))
            names.append(name)
    if parts:
        fresh = [(at, each.fresh) for at, each in enumerate(outcomes) if isinstance(each, Entered)]
        session.proposing.append(entering(fresh, f"{path}resources", batch.decline if lenient else None))
        session.entered.append(EnteredTogether(action=Action.ADMINISTER.value, parts=parts))
    if rejections:
        reasons = Counter(rejection.reason for rejection in rejections)
        refusal = Invalid("IMPORT_ROWS_REJECTED", count=len(rejections))
        session.declined = refusal, {"rejected": len(rejections), "reasons": dict(reasons)}
    return Imported(count=len(names), names=names, rejections=rejections)


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
    return _decide(session, action, attributes)


def _decide(session: WriteSession, action: Action, attributes: AccessAttributes) -> Decision:
    owner = attributes.owner
    if not session.sight.snapshot.knows(owner):
        raise organization_unknown("owner", owner, session.sight.snapshot.edition.tree.ids)
    decision = session.sight.snapshot.decide(session.sight.profile, action, attributes)
    if not decision.allowed:
        raise denial(action, f"organizations/{owner}", decision)
    return decision


class _Allowed(NamedTuple):
    """A row that may be entered, and the rule that decided."""

    row: Row
    rule: str | None


_Key: TypeAlias = tuple[int | str, ...]
"""What the holder of roles may do alike: over which owners, by number, and to which combination of attributes."""

_allowed: WeakKeyDictionary[HeldRow, dict[_Key, Decision]] = WeakKeyDictionary()
"""What was allowed to those who hold the same roles, until any role or organisation changes: that makes other rows of access."""


class _Rulings:
    """What is decided about the rows of a batch: once for all that a policy cannot tell apart, whoever owns them."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session
        held = session.sight.profile.row
        self._places = session.sight.snapshot.edition.tree.positions
        self._standing = held.owners
        self._allowed = _allowed.setdefault(held, {})
        if len(self._allowed) > SORTS_KEPT:
            self._allowed.clear()
        self._refused: dict[tuple[str, ...], UcsError] = {}

    def of(self, row: Row) -> _Allowed | UcsError:
        """The row with the rule that lets it be entered, or why it may not be."""
        # It is decided as of something that is offline, whatever it is to be.
        owner, *others, _ = row.prepared.fresh.sort
        place = self._places.get(owner)
        # An owner that nobody knows is refused in its own name.
        key: _Key | None = None if place is None else (self._standing[place], *others)
        decision = (key and self._allowed.get(key)) or self._decision((owner, *others), key)
        return decision if isinstance(decision, UcsError) else _Allowed(row, decision.rule)

    def _decision(self, sort: tuple[str, ...], key: _Key | None) -> Decision | UcsError:
        if sort in self._refused:
            return self._refused[sort]
        try:
            decision = _decide(self._session, Action.ADMINISTER, _attributes((*sort, Availability.OFFLINE.value)))
        except UcsError as refusal:
            self._refused[sort] = refusal
            return refusal
        if key is not None:
            self._allowed[key] = decision
        return decision


@lru_cache(maxsize=SORTS_KEPT)
def _attributes(sort: tuple[str, ...]) -> AccessAttributes:
    return AccessAttributes.model_validate(dict(zip(_ATTRIBUTES, sort, strict=True)))
