"""The one way to write: authenticate, decide, validate, apply, log, commit.

A mutating call leaves its entries in the log in the same transaction as its effect. A refused one leaves exactly one
entry, in a transaction of its own, within a bound per caller. `validate_only` goes the whole way and undoes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Generic, Never, TypeVar

import structlog
from pydantic import BaseModel

from ucs_core.access.authority import Authority
from ucs_core.platform.admission import Admitted, Asking, Proposing, nobody_answers, when_admitted
from ucs_core.platform.calls import Call, Clock
from ucs_core.platform.refusals import RefusalBudget, access_of, rule_of
from ucs_core.platform.sight import Sight, see
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.log import EntryDraft, Outcome, new_salt
from ucs_registry.log_groups import Part, PartedDraft
from ucs_registry.ports import Reader, RememberedRequest, Store, Unit
from ucs_registry.resources import AccessAttributes
from ucs_sdk.errors import FailedPrecondition, Invalid, UcsError, Unauthenticated, Unavailable
from ucs_sdk.messages import Phrase

Answer = TypeVar("Answer", bound=BaseModel)

log = structlog.get_logger()

LOG_FAULTS = frozenset({"LOG_ROLLED_BACK", "LOG_ENTRIES_UNSIGNED", "LOG_CHECKPOINT_UNTRUSTED", "LOG_KEY_NEEDED"})
"""Why nothing can be written at all: the log in the database is not as it was signed, or this node cannot sign it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One object that a call changed, as the log will tell it. `body` is plain JSON, or the text of canonical JSON."""

    object: str
    action: str | None
    rule: str | None
    body: Mapping[str, Any] | str
    before: str | None = None
    after: str | None = None
    access_before: AccessAttributes | None = None
    access_after: AccessAttributes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredTogether:
    """Many objects that a call entered, as the log will tell of each."""

    action: str
    parts: Sequence[Part]


@dataclass(slots=True, kw_only=True)
class WriteSession:
    """An open unit through the eyes of the caller. What is written is noted here, object by object."""

    unit: Unit
    sight: Sight
    call: Call
    fingerprint: str
    """What tells the request from another."""
    written: list[Written] = field(default_factory=list)
    entered: list[EnteredTogether] = field(default_factory=list)
    proposing: list[Proposing] = field(default_factory=list)
    """What would change in the catalogue, for those who are asked before it does."""
    declined: tuple[UcsError, Mapping[str, Any]] | None = None
    """Why a part of the call was refused while the rest was accepted, and what the log tells of it."""

    @property
    def at(self) -> datetime:
        """The instant of the call."""
        return self.sight.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation(Generic[Answer]):
    """A mutating call, ready to run: its verb and the action that it asks, the object that it is about, what was asked as
    plain JSON, and the work. `action` is None where it never came to that question.
    """

    verb: str
    action: str | None
    object: str
    request: Mapping[str, Any]
    answer: type[Answer]
    work: Callable[[WriteSession], Awaitable[Answer]]
    again: Callable[[WriteSession, Answer], Awaitable[Answer]] | None = None
    """What is left of the answer for a caller who repeats the call: less, when access ended in between."""


class Pipeline:
    """Runs mutations, each to its end: a caller that goes away does not leave half of one behind."""

    def __init__(self, store: Store, authority: Authority, clock: Clock, origin: str, refusals: RefusalBudget) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._origin = origin
        self._refusals = refusals
        self._running: set[asyncio.Task[Any]] = set()
        self._log_fault: UcsError | None = None
        self.asking: Asking = nobody_answers
        """Asks those who admit changes of the catalogue."""

    @property
    def unlogged_refusals(self) -> int:
        """How many refusals went unlogged, because their callers had too many."""
        return self._refusals.unlogged

    async def run(
        self, call: Call, mutation: Mutation[Answer], shared: Callable[[], Awaitable[Answer]] | None = None
    ) -> Answer:
        """The answer of a mutation. Raises UcsError after the refusal was logged. `shared` applies it in a unit with others."""
        task = asyncio.create_task(self._run(call, mutation, shared))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_left_behind)
            raise

    async def recall(self, call: Call, mutation: Mutation[Answer]) -> Answer | None:
        """What a repeated call was answered before; None for a new one, whose work is tried and undone.

        For calls that are many mutations, each with a unit of its own, and one answer. Raises UcsError after the refusal was
        logged.
        """
        try:
            return await self._recall(call, mutation)
        except UcsError as refusal:
            await self._after_refusal(call, mutation, refusal)
            raise

    async def answered(self, reader: Reader, call: Call, mutation: Mutation[Answer]) -> Answer | None:
        """What a repeated call was answered before, as one state knows it; whether it still may be told is not asked here.

        Raises Invalid for another request under its id.
        """
        repeated = await self._repeated(reader, call, self._fingerprint(mutation))
        return None if repeated is None else mutation.answer.model_validate_json(repeated)

    async def refuse(self, call: Call, verb: str, object: str, refusal: UcsError) -> Never:
        """Raise what a door found wrong with a call that it could not read in full, logged as all refusals are."""

        async def work(_: WriteSession) -> BaseModel:
            raise refusal

        await self.run(call, Mutation(verb=verb, action=None, object=object, request={}, answer=BaseModel, work=work))
        raise refusal

    @property
    def distrusts_log(self) -> bool:
        """Whether the last write failed because the log is not as it was signed."""
        return self._log_fault is not None

    async def check_log(self) -> None:
        """Raise what the last write failed with, when that was the log itself and it is not in order again."""
        if self._log_fault is None:
            return
        if self._log_fault.reason != "LOG_KEY_NEEDED":
            # A node that is not ready is sent no writes that could find out, so this looks: an empty unit verifies, too.
            try:
                async with self._store.write() as unit:
                    await unit.commit()
            except FailedPrecondition as fault:
                self._distrust(fault)
            else:
                self._log_fault = None
                log.info("log_trusted_again")
                return
        raise self._log_fault.with_traceback(None)

    async def drain(self) -> None:
        """Wait until every mutation that was begun has ended."""
        while self._running:
            await asyncio.wait(self._running)

    async def apply(self, call: Call, mutation: Mutation[Answer]) -> Answer:
        """Apply a mutation in a unit of its own, once all that it changes was admitted. Logs no refusal: `run` does."""
        return await when_admitted(partial(self._apply, call, mutation), self.asking, mutation.verb)

    async def _run(
        self, call: Call, mutation: Mutation[Answer], shared: Callable[[], Awaitable[Answer]] | None
    ) -> Answer:
        try:
            return await (self.apply(call, mutation) if shared is None else shared())
        except UcsError as refusal:
            await self._after_refusal(call, mutation, refusal)
            raise

    async def _after_refusal(self, call: Call, mutation: Mutation[Any], refusal: UcsError) -> None:
        """Log a refusal, where it is one: that the store is away, or the log not in order, is none of the caller's."""
        if isinstance(refusal, Unavailable):
            return
        if refusal.reason in LOG_FAULTS:
            self._distrust(refusal)
        elif not call.validate_only and not isinstance(refusal, Unauthenticated):
            await self._refused(call, mutation, refusal)

    async def _refused(self, call: Call, mutation: Mutation[Any], refusal: UcsError) -> None:
        try:
            await self._log_refusal(call, mutation, refusal)
        except FailedPrecondition as fault:
            # The caller hears why it was refused, be the log as it may.
            self._distrust(fault)

    def _distrust(self, fault: UcsError) -> None:
        """Note that nothing can be written to the log, and say so once."""
        if self._log_fault is None:
            log.error("log_distrusted", reason=fault.reason, problem=fault.message())
        self._log_fault = fault

    async def _apply(self, call: Call, mutation: Mutation[Answer], admitted: Admitted) -> Answer:
        async with self._store.write() as unit:
            session, repeated = await self.begin(unit, call, mutation)
            if repeated is not None:
                answer = mutation.answer.model_validate_json(repeated)
                return await mutation.again(session, answer) if mutation.again else answer
            answer = await mutation.work(session)
            if session.proposing:
                await admitted.check(unit, session.proposing, session.sight.principal)
            if call.validate_only:
                return answer
            await self.finish(session, mutation, answer)
            await self.commit(unit)
            return answer

    async def begin(self, unit: Unit, call: Call, mutation: Mutation[Any]) -> tuple[WriteSession, str | None]:
        """An open unit through the eyes of a caller, and what it was answered before, if it repeats its call."""
        sight = await see(unit, self._authority, call.principal, self._clock(), call.token)
        call.check()
        session = WriteSession(unit=unit, sight=sight, call=call, fingerprint=self._fingerprint(mutation))
        return session, await self._repeated(unit, call, session.fingerprint)

    async def finish(self, session: WriteSession, mutation: Mutation[Answer], answer: Answer) -> None:
        """Remember the answer to a call that was applied in a unit, and log what was written, object by object."""
        call = session.call
        if call.request_id is not None:
            await session.unit.remember(
                RememberedRequest(
                    actor=call.actor,
                    request_id=call.request_id,
                    fingerprint=session.fingerprint,
                    answer=answer.model_dump_json(),
                    at=session.at,
                )
            )
        self._note(session, mutation)

    async def commit(self, unit: Unit) -> None:
        """Make all that was applied and logged in a unit last together."""
        await unit.commit()
        self._log_fault = None

    async def _recall(self, call: Call, mutation: Mutation[Answer]) -> Answer | None:
        async with self._store.write() as unit:
            session, repeated = await self.begin(unit, call, mutation)
            if repeated is None:
                await mutation.work(session)
                return None
            answer = mutation.answer.model_validate_json(repeated)
            return await mutation.again(session, answer) if mutation.again else answer

    def _fingerprint(self, mutation: Mutation[Any]) -> str:
        """What tells one request from another. Raises Invalid for what is no JSON and came past the doors."""
        try:
            return digest(canonical_json([mutation.verb, mutation.object, mutation.request]))
        except TypeError as cause:
            raise Invalid("FIELD_INVALID", path="request", problem=Phrase("value-not-json")) from cause

    async def _repeated(self, reader: Reader, call: Call, fingerprint: str) -> str | None:
        """The remembered answer to the call, if it is a repetition. Raises Invalid for another request under its id."""
        if call.request_id is None:
            return None
        remembered = await reader.remembered(call.actor, call.request_id)
        if remembered is None:
            return None
        if remembered.fingerprint != fingerprint:
            raise Invalid("REQUEST_ID_REUSED", path="request_id", request_id=call.request_id)
        return remembered.answer

    def _note(self, session: WriteSession, mutation: Mutation[Any]) -> None:
        for item in session.written:
            session.unit.append(self._accepted(session.call, mutation.verb, session.at, item))
        for together in session.entered:
            item = Written(object=mutation.object, action=together.action, rule=None, body={})
            common = self._accepted(session.call, mutation.verb, session.at, item)
            session.unit.append(PartedDraft(common=common, parts=together.parts))
        if session.declined is not None:
            self._note_declined(session, mutation, *session.declined)

    def _note_declined(
        self, session: WriteSession, mutation: Mutation[Any], refusal: UcsError, declined: Mapping[str, Any]
    ) -> None:
        """Log what was refused of a call that was accepted otherwise: one entry, out of the caller's budget for refusals."""
        unlogged = self._refusals.spend(session.call.principal)
        if unlogged is None:
            log.warning("refusal_not_logged", actor=session.call.actor, verb=mutation.verb, reason=refusal.reason)
            return
        body = {**declined, "request_digest": self._fingerprint(mutation)}
        if unlogged:
            body["unlogged_before"] = unlogged
        item = Written(object=mutation.object, action=mutation.action, rule=None, body=body)
        draft = self._accepted(session.call, mutation.verb, session.at, item)
        session.unit.append(replace(draft, outcome=Outcome.REFUSED, reason=refusal.reason))

    def _accepted(self, call: Call, verb: str, at: datetime, item: Written) -> EntryDraft:
        return EntryDraft(
            at=at,
            origin=self._origin,
            call_id=call.call_id,
            request_id=call.request_id,
            actor=call.actor,
            on_behalf_of=None,
            verb=verb,
            action=item.action,
            object=item.object,
            outcome=Outcome.ACCEPTED,
            reason=None,
            rule=item.rule,
            before=item.before,
            after=item.after,
            access_before=item.access_before,
            access_after=item.access_after,
            body=item.body if isinstance(item.body, str) else canonical_json(item.body).decode(),
            salt=new_salt(),
        )

    async def _log_refusal(self, call: Call, mutation: Mutation[Any], refusal: UcsError) -> None:
        unlogged = self._refusals.spend(call.principal)
        if unlogged is None:
            log.warning("refusal_not_logged", actor=call.actor, verb=mutation.verb, reason=refusal.reason)
            return
        body: dict[str, Any] = {}
        # What is no JSON has no digest; the refusal is logged all the same.
        with suppress(TypeError):
            body["request_digest"] = digest(canonical_json(mutation.request))
        if unlogged:
            body["unlogged_before"] = unlogged
        async with self._store.write() as unit:
            access = await access_of(unit, mutation.object)
            unit.append(
                EntryDraft(
                    at=self._clock(),
                    origin=self._origin,
                    call_id=call.call_id,
                    request_id=call.request_id if call.well_formed else None,
                    actor=call.actor,
                    on_behalf_of=None,
                    verb=mutation.verb,
                    action=mutation.action,
                    object=mutation.object,
                    outcome=Outcome.REFUSED,
                    reason=refusal.reason,
                    rule=rule_of(refusal),
                    before=None,
                    after=None,
                    access_before=access,
                    access_after=access,
                    body=canonical_json(body).decode(),
                    salt=new_salt(),
                )
            )
            await unit.commit()
        self._log_fault = None


def _left_behind(task: asyncio.Task[Any]) -> None:
    """Tell of a mutation that failed by our fault when its caller had gone; refusals are in the log already."""
    failure = None if task.cancelled() else task.exception()
    if failure is not None and not isinstance(failure, UcsError):
        log.error("mutation_failed", exc_info=failure)
