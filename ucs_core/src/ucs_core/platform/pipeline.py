"""The one way to write: authenticate, decide, validate, apply, log, commit.

A mutating call leaves its entries in the log in the same transaction as its effect. A refused one leaves exactly one
entry, in a transaction of its own, within a bound per caller. `validate_only` goes the whole way and undoes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import structlog
from pydantic import BaseModel

from ucs_core.access.authority import Authority
from ucs_core.platform.calls import Call, Clock
from ucs_core.platform.refusals import RefusalBudget
from ucs_core.platform.sessions import Sight, see
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.log import EntryDraft, Outcome, new_salt
from ucs_registry.ports import RememberedRequest, Store, Unit
from ucs_registry.resources import AccessAttributes
from ucs_sdk.errors import Invalid, UcsError, Unauthenticated, Unavailable

Answer = TypeVar("Answer", bound=BaseModel)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One object that a call changed, as the log will tell it. `body` is plain JSON."""

    object: str
    action: str | None
    rule: str | None
    body: Mapping[str, Any]
    before: str | None = None
    after: str | None = None
    access_before: AccessAttributes | None = None
    access_after: AccessAttributes | None = None


@dataclass(slots=True, kw_only=True)
class WriteSession:
    """An open unit through the eyes of the caller. What is written is noted here, object by object."""

    unit: Unit
    sight: Sight
    call: Call
    written: list[Written] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        """The instant of the call."""
        return self.sight.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation(Generic[Answer]):
    """A mutating call, ready to run: its verb, what was asked as plain JSON, the object it is about, and the work."""

    verb: str
    object: str
    request: Mapping[str, Any]
    answer: type[Answer]
    work: Callable[[WriteSession], Awaitable[Answer]]


class Pipeline:
    """Runs mutations, each to its end: a caller that goes away does not leave half of one behind."""

    def __init__(self, store: Store, authority: Authority, clock: Clock, origin: str, refusals: RefusalBudget) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._origin = origin
        self._refusals = refusals
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def unlogged_refusals(self) -> int:
        """How many refusals went unlogged, because their callers had too many."""
        return self._refusals.unlogged

    async def run(self, call: Call, mutation: Mutation[Answer]) -> Answer:
        """The answer of a mutation. Raises UcsError after the refusal was logged."""
        task = asyncio.create_task(self._run(call, mutation))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait until every mutation that was begun has ended."""
        while self._running:
            await asyncio.wait(self._running)

    async def _run(self, call: Call, mutation: Mutation[Answer]) -> Answer:
        try:
            call.check()
            return await self._apply(call, mutation)
        except Unavailable:
            raise
        except UcsError as refusal:
            if not call.validate_only and not isinstance(refusal, Unauthenticated):
                await self._log_refusal(call, mutation, refusal)
            raise

    async def _apply(self, call: Call, mutation: Mutation[Answer]) -> Answer:
        fingerprint = digest(canonical_json([mutation.verb, mutation.object, mutation.request]))
        async with self._store.write() as unit:
            sight = await see(unit, self._authority, call.principal, self._clock())
            repeated = await self._repeated(unit, call, fingerprint)
            if repeated is not None:
                return mutation.answer.model_validate_json(repeated)
            session = WriteSession(unit=unit, sight=sight, call=call)
            answer = await mutation.work(session)
            if call.validate_only:
                return answer
            for item in session.written:
                unit.append(self._accepted(call, mutation.verb, session.at, item))
            if call.request_id is not None:
                await unit.remember(
                    RememberedRequest(
                        actor=call.actor,
                        request_id=call.request_id,
                        fingerprint=fingerprint,
                        answer=answer.model_dump_json(),
                    )
                )
            await unit.commit()
            return answer

    async def _repeated(self, unit: Unit, call: Call, fingerprint: str) -> str | None:
        if call.request_id is None:
            return None
        remembered = await unit.remembered(call.actor, call.request_id)
        if remembered is None:
            return None
        if remembered.fingerprint != fingerprint:
            raise Invalid("REQUEST_ID_REUSED", path="request_id", request_id=call.request_id)
        return remembered.answer

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
            body=canonical_json(item.body).decode(),
            salt=new_salt(),
        )

    async def _log_refusal(self, call: Call, mutation: Mutation[Any], refusal: UcsError) -> None:
        unlogged = self._refusals.spend(call.principal)
        if unlogged is None:
            log.warning("refusal_not_logged", actor=call.actor, verb=mutation.verb, reason=refusal.reason)
            return
        body: dict[str, Any] = {"request_digest": digest(canonical_json(mutation.request))}
        if unlogged:
            body["unlogged_before"] = unlogged
        async with self._store.write() as unit:
            unit.append(
                EntryDraft(
                    at=self._clock(),
                    origin=self._origin,
                    call_id=call.call_id,
                    request_id=call.request_id,
                    actor=call.actor,
                    on_behalf_of=None,
                    verb=mutation.verb,
                    action=None,
                    object=mutation.object,
                    outcome=Outcome.REFUSED,
                    reason=refusal.reason,
                    rule=None,
                    before=None,
                    after=None,
                    access_before=None,
                    access_after=None,
                    body=canonical_json(body).decode(),
                    salt=new_salt(),
                )
            )
            await unit.commit()
