"""The two state machines, every verb from every state."""

from __future__ import annotations

import pytest

from ucs_registry.lifecycle import APART, AVAILABILITY, REVIEW, Verb, check_transition
from ucs_registry.testing import a_resource, a_revision
from ucs_sdk.errors import FailedPrecondition
from ucs_sdk.vocabulary import Availability, ReviewState

DRAFT, IN_REVIEW, APPROVED, REJECTED = ReviewState
OFFLINE, ONLINE, SUSPENDED, RETIRED = Availability

REVIEW_TABLE = {
    # verb: what it leads to from draft, in review, approved, rejected
    Verb.UPDATE: (DRAFT, None, DRAFT, DRAFT),
    Verb.SUBMIT: (IN_REVIEW, None, None, None),
    Verb.WITHDRAW: (None, DRAFT, None, None),
    Verb.APPROVE: (None, APPROVED, None, None),
    Verb.REJECT: (None, REJECTED, None, None),
    Verb.UNDO_REVIEW: (None, None, IN_REVIEW, IN_REVIEW),
}
AVAILABILITY_TABLE = {
    # verb: what it leads to from offline, online, suspended, retired
    Verb.BRING_ONLINE: (ONLINE, None, None, None),
    Verb.TAKE_OFFLINE: (None, OFFLINE, None, None),
    Verb.SUSPEND: (None, SUSPENDED, None, None),
    Verb.RESUME: (None, None, ONLINE, None),
    Verb.RETIRE: (RETIRED, RETIRED, RETIRED, None),
}


def test_table_knows_every_verb() -> None:
    assert set(REVIEW_TABLE) | set(AVAILABILITY_TABLE) == set(Verb) - APART == set(REVIEW) | set(AVAILABILITY)


@pytest.mark.parametrize("verb", REVIEW_TABLE)
@pytest.mark.parametrize("availability", Availability)
@pytest.mark.parametrize("state", ReviewState)
def test_review_moves_as_the_table_says(verb: Verb, availability: Availability, state: ReviewState) -> None:
    target = REVIEW_TABLE[verb][list(ReviewState).index(state)]
    resource = a_resource(head=a_revision(1, state), availability=availability)
    if availability is RETIRED:
        _refused(resource, verb, axis="availability", state=RETIRED, allowed=[OFFLINE, ONLINE, SUSPENDED])
    elif target is None:
        allowed = [source for source, to in zip(ReviewState, REVIEW_TABLE[verb], strict=True) if to]
        _refused(resource, verb, axis="review", state=state, allowed=allowed)
    else:
        assert check_transition(resource, verb) is target


@pytest.mark.parametrize("verb", AVAILABILITY_TABLE)
@pytest.mark.parametrize("availability", Availability)
@pytest.mark.parametrize("state", ReviewState)
def test_availability_moves_as_the_table_says(verb: Verb, availability: Availability, state: ReviewState) -> None:
    target = AVAILABILITY_TABLE[verb][list(Availability).index(availability)]
    resource = a_resource(head=a_revision(1, state), availability=availability)
    if target is None:
        allowed = [source for source, to in zip(Availability, AVAILABILITY_TABLE[verb], strict=True) if to]
        _refused(resource, verb, axis="availability", state=availability, allowed=allowed)
    else:
        assert check_transition(resource, verb) is target


def test_only_what_takes_something_away_needs_a_reason() -> None:
    needing = {verb for verb, move in (REVIEW | AVAILABILITY).items() if move.needs_reason}
    assert needing == {Verb.REJECT, Verb.TAKE_OFFLINE, Verb.SUSPEND}


def _refused(resource, verb, *, axis, state, allowed) -> None:
    with pytest.raises(FailedPrecondition) as refusal:
        check_transition(resource, verb)
    assert refusal.value.reason == "TRANSITION_ILLEGAL"
    assert refusal.value.fields == {
        "object": resource.name,
        "verb": verb.value,
        "axis": axis,
        "state": state.value,
        "allowed": [entry.value for entry in allowed],
    }
