"""Rectification: from a problem that was found to one that somebody else has found to be gone. A table, and who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ucs_capability_civic_creation.vocabulary import RectificationState as State
from ucs_capability_civic_creation.vocabulary import RectificationVerb as Verb
from ucs_sdk import Denied, FailedPrecondition, Invalid

TABLE: Mapping[tuple[State, Verb], State] = MappingProxyType(
    {
        (State.OPEN, Verb.RECTIFY): State.RECTIFIED,
        (State.OPEN, Verb.HANDLED): State.RECTIFIED,
        (State.OPEN, Verb.VOID): State.VOIDED,
        (State.RECTIFIED, Verb.RECTIFY): State.RECTIFIED,
        (State.RECTIFIED, Verb.PASS): State.CLOSED,
        (State.RECTIFIED, Verb.FAIL): State.OPEN,
        (State.RECTIFIED, Verb.VOID): State.VOIDED,
    }
)
"""Where each verb leads. What is closed or voided stays so: what is found later is another problem."""


def allowed(state: State) -> list[Verb]:
    """The verbs that a state knows, in their order."""
    return [verb for verb in Verb if (state, verb) in TABLE]


def after(state: State, verb: Verb) -> State:
    """Where a verb leads. Raises FailedPrecondition where the state does not know it."""
    found = TABLE.get((state, verb))
    if found is None:
        raise FailedPrecondition.saying(
            "RECTIFICATION_STATE",
            zh="整改处于“{state_zh}”，不能{verb_zh}。",
            en="The rectification is {state}: it cannot be done: {verb}. What can be: {allowed}.",
            state=state.value,
            verb=verb.value,
            state_zh=state.title_zh,
            verb_zh=verb.title_zh,
            allowed=", ".join(each.value for each in allowed(state)) or "-",
        )
    return found


def check_second_look(*, passed: bool, shows_after: bool, note: str, by: str, rectified_by: str) -> None:
    """Whether a re-check may be taken. Raises Denied for one's own work, and Invalid for what does not show or say enough."""
    if rectified_by and by == rectified_by:
        raise Denied.saying(
            "OWN_RECTIFICATION",
            zh="不能复查自己反馈的整改。",
            en="Nobody checks again what they reported rectified themselves.",
        )
    if passed and not shows_after:
        raise Invalid.saying(
            "AFTER_MISSING",
            zh="复查通过须有整改后的佐证文件。",
            en="To pass, there must be evidence of how it looks after.",
        )
    if not passed and not note.strip():
        raise Invalid.saying("NOTE_MISSING", zh="复查不通过须说明原因。", en="Say why it was not found rectified.")
