"""The closed loop of a case, as tables that a duty officer can read.

`LOOP` says what may be done: where a case must stand, what is done to it, by whom, and where it stands afterwards.
`REQUESTS` says what is asked for beside the loop: by whom, who decides, and what follows when it is granted. Nothing else
changes where a case stands.

Source: the flow of digital city management (GB/T 30428.8 by its terms; roles and step names as the open city-management
platforms have them): 上报 → 受理 → 立案 → 派遣 → 处置 → 核查 → 结案, with side requests that each have an approver.
"""

from __future__ import annotations

from typing import NamedTuple

from ucs_capability_case_center import refusals
from ucs_capability_case_center.vocabulary import CaseState, Role, Verb
from ucs_sdk.errors import UcsError

S, R = CaseState, Role

HERE = None
"""As the target of a row: the case stays where it stands."""


class Row(NamedTuple):
    """One row of the loop. `note` says that whoever acts must say why; `paused` that it may be done while suspended."""

    verb: Verb
    sources: tuple[CaseState, ...]
    roles: tuple[Role, ...]
    target: CaseState | None
    note: bool = False
    paused: bool = False


AT_UNIT = (S.DISPATCHED, S.DISPOSING)
"""A professional unit has the case."""

UNIT_ANSWERS = (*AT_UNIT, S.CHECKING)
"""A professional unit has the case, or what it did is being checked."""

UNTIL_CHECKED = (S.REPORTED, S.VERIFYING, S.ACCEPTED, S.FILED, *AT_UNIT)
"""Nobody has reported the case handled."""

WHO_HAS_IT = (R.RECEPTIONIST, R.DISPATCHER, R.PROFESSIONAL_UNIT)
"""Whose desk a case lies on before it is checked."""

LOOP: tuple[Row, ...] = (
    # what                 where it stands           who                              where it stands then
    Row(Verb.SEND_TO_VERIFY, (S.REPORTED,), (R.RECEPTIONIST,), S.VERIFYING),
    Row(Verb.VERIFY, (S.VERIFYING,), (R.COLLECTOR,), S.ACCEPTED),
    Row(Verb.REFUTE, (S.VERIFYING,), (R.COLLECTOR,), S.REPORTED, note=True),
    Row(Verb.ACCEPT, (S.REPORTED,), (R.RECEPTIONIST, R.SYSTEM), S.ACCEPTED),
    Row(Verb.REFUSE, (S.REPORTED,), (R.RECEPTIONIST,), S.REJECTED, note=True),
    Row(Verb.FILE, (S.ACCEPTED,), (R.SHIFT_LEADER, R.SYSTEM), S.FILED),
    Row(Verb.REFUSE, (S.ACCEPTED,), (R.SHIFT_LEADER,), S.REJECTED, note=True),
    Row(Verb.DISPATCH, (S.FILED,), (R.DISPATCHER, R.SYSTEM), S.DISPATCHED),
    Row(Verb.BEGIN, (S.DISPATCHED,), (R.PROFESSIONAL_UNIT,), S.DISPOSING),
    Row(Verb.DISPOSE, (S.DISPOSING,), (R.PROFESSIONAL_UNIT,), S.CHECKING, note=True),
    Row(Verb.SEND_TO_CHECK, (S.CHECKING,), (R.RECEPTIONIST,), HERE),
    Row(Verb.CHECK, (S.CHECKING,), (R.COLLECTOR,), HERE),
    Row(Verb.CLOSE, (S.CHECKING,), (R.SHIFT_LEADER,), S.CLOSED),
    # The check has failed: the same unit again, or another one.
    Row(Verb.REWORK, (S.CHECKING,), (R.COLLECTOR, R.SHIFT_LEADER), S.DISPOSING, note=True),
    Row(Verb.REDISPATCH, (S.CHECKING,), (R.DISPATCHER,), S.DISPATCHED, note=True),
    # Beside the loop.
    Row(Verb.RESUME, AT_UNIT, (R.DISPATCHER,), HERE, paused=True),
    Row(Verb.SUPERVISE, UNIT_ANSWERS, (R.SHIFT_LEADER, R.SUPERVISOR, R.SYSTEM), HERE, note=True, paused=True),
    Row(Verb.REPLY, UNIT_ANSWERS, (R.PROFESSIONAL_UNIT,), HERE, note=True, paused=True),
)
"""Every way from one state to another that no request leads."""


class Request(NamedTuple):
    """Something that is asked for: where the case must stand, by whom, who decides, and where it stands when granted."""

    verb: Verb
    sources: tuple[CaseState, ...]
    askers: tuple[Role, ...]
    decides: Role
    granted: CaseState | None
    paused: bool = False

    @property
    def as_row(self) -> Row:
        """Asking, as a row of the loop: the case stays where it stands."""
        return Row(self.verb, self.sources, self.askers, HERE, note=True, paused=self.paused)


REQUESTS: tuple[Request, ...] = (
    # what is asked        where it stands   who asks                who decides        where it stands when granted
    Request(Verb.ASK_EXTENSION, AT_UNIT, (R.PROFESSIONAL_UNIT,), R.DISPATCHER, HERE),
    Request(Verb.ASK_RETURN, AT_UNIT, (R.PROFESSIONAL_UNIT,), R.DISPATCHER, S.FILED),
    Request(Verb.ASK_SUSPENSION, AT_UNIT, (R.PROFESSIONAL_UNIT,), R.DISPATCHER, HERE),
    Request(Verb.ASK_VOIDING, UNTIL_CHECKED, WHO_HAS_IT, R.SHIFT_LEADER, S.VOIDED, paused=True),
    Request(Verb.ASK_SELF_HANDLING, (S.REPORTED,), (R.COLLECTOR,), R.SHIFT_LEADER, S.CLOSED),
)
"""Every request. A case has one at a time, and nobody decides their own. Until it is decided the case goes on as it was; a
request lapses when the case leaves the states in which it can be asked.
"""

ASKED = {request.verb: request for request in REQUESTS}
"""The requests by the verb that asks."""

_ROWS = (*LOOP, *(request.as_row for request in REQUESTS))


class Standing(NamedTuple):
    """What the tables look at: where a case stands, whether it is suspended, what is asked for by whom, and whether
    somebody waits for the unit's reply.
    """

    state: CaseState
    suspended: bool = False
    asked: Verb | None = None
    asked_by: str = ""
    supervised: bool = False


class Move(NamedTuple):
    """What a verb does: in which role it was done, and where the case stands then. `asks` and `decides` name a request."""

    role: Role
    target: CaseState
    asks: Verb | None = None
    decides: Verb | None = None


def move(case: str, at: Standing, verb: Verb, *, actor: str, roles: frozenset[Role], note: str = "") -> Move:
    """What somebody's doing leads to.

    Raises FailedPrecondition where the case does not stand so that it can be done, then Denied where it is not for one of
    these roles, then Invalid where a note is missing: who sees a case may know where it stands.
    """
    if verb in (Verb.GRANT, Verb.DENY):
        return _decision(case, at, verb, actor, roles)
    row = _row_of(case, at, verb)
    if at.suspended and not row.paused:
        raise refusals.suspended(case, verb)
    role = _role(case, verb, row.roles, roles)
    if row.note and not note.strip():
        raise refusals.note_missing(case, verb)
    return Move(role, row.target or at.state, asks=verb if verb in ASKED else None)


def lapses(asked: Verb, target: CaseState) -> bool:
    """Whether a request that is not decided is over once the case stands there."""
    return target not in ASKED[asked].sources


def verbs_open_to(at: Standing, *, actor: str, roles: frozenset[Role]) -> list[Verb]:
    """What somebody may do to a case now, in the order of the vocabulary."""

    def is_open(verb: Verb) -> bool:
        try:
            move("", at, verb, actor=actor, roles=roles, note="-")
        except UcsError:
            return False
        return True

    # Refusing takes words, and most verbs are none of the caller's business here: those are not even tried.
    possible = {row.verb for row in _ROWS if at.state in row.sources and roles.intersection(row.roles)}
    if at.asked is not None:
        possible |= {Verb.GRANT, Verb.DENY}
    return [verb for verb in Verb if verb in possible and is_open(verb)]


def _row_of(case: str, at: Standing, verb: Verb) -> Row:
    """The row by which a verb is done or asked for where a case stands."""
    rows = [row for row in _ROWS if row.verb is verb]
    here = [row for row in rows if at.state in row.sources]
    if not here:
        sources = {state for row in rows for state in row.sources}
        raise refusals.not_from_here(case, at.state, verb, [state for state in CaseState if state in sources])
    if verb is Verb.RESUME and not at.suspended:
        raise refusals.not_suspended(case)
    if verb is Verb.REPLY and not at.supervised:
        raise refusals.not_supervised(case)
    if verb in ASKED and at.asked is not None:
        raise refusals.request_pending(case, at.asked)
    return here[0]


def _decision(case: str, at: Standing, verb: Verb, actor: str, roles: frozenset[Role]) -> Move:
    if at.asked is None:
        raise refusals.nothing_asked(case)
    request = ASKED[at.asked]
    role = _role(case, verb, (request.decides,), roles)
    if actor == at.asked_by:
        raise refusals.own_request(case, request.decides)
    granted = request.granted if verb is Verb.GRANT else HERE
    return Move(role, granted or at.state, decides=at.asked)


def _role(case: str, verb: Verb, wanted: tuple[Role, ...], held: frozenset[Role]) -> Role:
    """The first role that lets somebody do it."""
    for role in wanted:
        if role in held:
            return role
    raise refusals.role_missing(case, verb, wanted)
