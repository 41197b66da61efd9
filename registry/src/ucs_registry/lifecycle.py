"""The two state machines of a resource, as one readable table.

Review is the revision's; availability is the resource's. A published resource stays live while its next revision is in
review.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ucs_registry.resources import Resource
from ucs_sdk.errors import FailedPrecondition
from ucs_sdk.vocabulary import Availability, ReviewState


class Verb(StrEnum):
    """What can be done to a resource that exists, or is in the bin."""

    UPDATE = "update"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    REJECT = "reject"
    UNDO_REVIEW = "undo_review"
    BRING_ONLINE = "bring_online"
    TAKE_OFFLINE = "take_offline"
    SUSPEND = "suspend"
    RESUME = "resume"
    RETIRE = "retire"
    DEPRECATE = "deprecate"
    UNDEPRECATE = "undeprecate"
    DELETE = "delete"
    UNDELETE = "undelete"
    PURGE = "purge"


class Transition(NamedTuple):
    """One row of the table: from which states a verb starts, where it leads, and whether it must state a reason."""

    sources: tuple[StrEnum, ...]
    target: StrEnum
    needs_reason: bool = False


REVIEW: dict[Verb, Transition] = {
    Verb.UPDATE: Transition((ReviewState.DRAFT, ReviewState.APPROVED, ReviewState.REJECTED), ReviewState.DRAFT),
    Verb.SUBMIT: Transition((ReviewState.DRAFT,), ReviewState.IN_REVIEW),
    Verb.WITHDRAW: Transition((ReviewState.IN_REVIEW,), ReviewState.DRAFT),
    Verb.APPROVE: Transition((ReviewState.IN_REVIEW,), ReviewState.APPROVED),
    Verb.REJECT: Transition((ReviewState.IN_REVIEW,), ReviewState.REJECTED, needs_reason=True),
    Verb.UNDO_REVIEW: Transition((ReviewState.APPROVED, ReviewState.REJECTED), ReviewState.IN_REVIEW),
}

AVAILABILITY: dict[Verb, Transition] = {
    Verb.BRING_ONLINE: Transition((Availability.OFFLINE,), Availability.ONLINE),
    Verb.TAKE_OFFLINE: Transition((Availability.ONLINE,), Availability.OFFLINE, needs_reason=True),
    Verb.SUSPEND: Transition((Availability.ONLINE,), Availability.SUSPENDED, needs_reason=True),
    Verb.RESUME: Transition((Availability.SUSPENDED,), Availability.ONLINE),
    Verb.RETIRE: Transition((Availability.OFFLINE, Availability.ONLINE, Availability.SUSPENDED), Availability.RETIRED),
}

APART = frozenset({Verb.DEPRECATE, Verb.UNDEPRECATE, Verb.DELETE, Verb.UNDELETE, Verb.PURGE})
"""The verbs that leave both axes where they are: deprecation is an attribute, and the bin keeps a resource as it was."""


def check_transition(resource: Resource, verb: Verb) -> StrEnum:
    """The state that `verb` leads to.

    Raises FailedPrecondition with the state it is in and those it could start from. A retired resource takes none of these
    verbs; it can still be deleted.
    """
    if verb in AVAILABILITY:
        return _check(resource, verb, "availability", resource.availability, AVAILABILITY[verb])
    check_not_retired(resource, verb)
    return _check(resource, verb, "review", resource.head.state, REVIEW[verb])


def check_not_retired(resource: Resource, verb: Verb) -> None:
    """Raise FailedPrecondition when the resource is retired."""
    if resource.availability is Availability.RETIRED:
        allowed = [state.value for state in Availability if state is not Availability.RETIRED]
        raise _illegal(resource, verb, "availability", resource.availability, allowed)


def _check(resource: Resource, verb: Verb, axis: str, state: StrEnum, transition: Transition) -> StrEnum:
    if state not in transition.sources:
        raise _illegal(resource, verb, axis, state, [source.value for source in transition.sources])
    return transition.target


def _illegal(resource: Resource, verb: Verb, axis: str, state: StrEnum, allowed: list[str]) -> FailedPrecondition:
    return FailedPrecondition(
        "TRANSITION_ILLEGAL",
        object=resource.name,
        verb=verb.value,
        axis=axis,
        state=state.value,
        allowed=allowed,
    )
