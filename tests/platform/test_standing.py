"""A token that was verified counts as long as nothing was decided against it; what was revoked counts from the next session."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ucs_core.access import compile_snapshot
from ucs_core.access.tokens import ISSUER, VerifiedToken
from ucs_core.access.vouching import check_standing
from ucs_registry.principals import Principal, Subject
from ucs_sdk import Unauthenticated
from ucs_sdk.vocabulary import PrincipalKind

AT = datetime(2026, 5, 4, 8, 0, 0, tzinfo=UTC)
PROVIDER = "https://id.example"
OWN = VerifiedToken(
    principal="ada",
    issuer=ISSUER,
    subject="ada",
    key="k1",
    issued_at=AT,
    expires_at=AT + timedelta(hours=1),
    token_id="t1",
)
FOREIGN = replace(OWN, principal=None, issuer=PROVIDER, subject="0-1-2")
SUBJECT = Subject(issuer=PROVIDER, subject="0-1-2")


def person(id="ada", **more):
    return Principal(id=id, kind=PrincipalKind.PERSON, title=id, **more)


def standing(token, *people, principal="ada", at=AT, revoked_keys=()):
    """The reason why a token does not count for a principal; None when it does."""
    snapshot = compile_snapshot(version=1, organizations=[], principals=people, rules=[])
    snapshot.edition.revoked_keys = frozenset(revoked_keys)
    try:
        check_standing(snapshot, snapshot.profile(principal).principal, token, at)
    except Unauthenticated as refusal:
        return refusal.reason
    return None


def test_a_token_counts_when_nothing_speaks_against_it():
    assert standing(OWN, person()) is None
    assert standing(FOREIGN, person(subject=SUBJECT)) is None


@pytest.mark.parametrize(
    ("after", "reason"),
    [(-2.0, None), (-0.001, None), (0.0, "TOKEN_REVOKED"), (0.999, "TOKEN_REVOKED"), (1.0, "TOKEN_REVOKED")],
)
def test_a_token_of_the_second_of_the_revocation_or_earlier_counts_no_more(after, reason):
    assert standing(OWN, person(revoked_before=AT + timedelta(seconds=after))) == reason


@pytest.mark.parametrize(("after", "reason"), [(-5.0, "TOKEN_REVOKED"), (-5.001, None)])
def test_another_issuers_clock_may_be_ahead_and_nothing_is_won_by_it(after, reason):
    people = person(subject=SUBJECT, revoked_before=AT + timedelta(seconds=after))
    assert standing(FOREIGN, people) == reason


def test_a_revoked_key_ends_what_it_has_signed():
    assert standing(OWN, person(), revoked_keys=["k1"]) == "TOKEN_REVOKED"
    assert standing(OWN, person(), revoked_keys=["k2"]) is None


def test_a_subject_that_belongs_to_another_by_now_counts_no_more():
    assert standing(FOREIGN, person(), person("bob", subject=SUBJECT)) == "TOKEN_REVOKED"


def test_a_subject_that_is_bound_no_more_counts_no_more():
    assert standing(FOREIGN, person()) == "SUBJECT_UNKNOWN"


def test_a_subject_of_two_is_nobodys():
    assert standing(FOREIGN, person(subject=SUBJECT), person("bob", subject=SUBJECT)) == "SUBJECT_UNKNOWN"


def test_a_subject_is_its_issuers():
    other = Subject(issuer=f"{PROVIDER}/", subject="0-1-2")
    assert standing(FOREIGN, person(subject=other)) == "SUBJECT_UNKNOWN"


def test_the_local_issuer_is_not_asked_about_subjects():
    bound = Subject(issuer=ISSUER, subject="ada")
    assert standing(OWN, person(), person("bob", subject=bound)) is None


def test_a_token_of_somebody_else_does_not_vouch():
    assert standing(OWN, person(), person("bob"), principal="bob") == "TOKEN_REVOKED"


def test_a_token_that_ended_meanwhile_counts_no_more():
    ends = OWN.expires_at + timedelta(seconds=5)
    assert standing(OWN, person(), at=ends) == "TOKEN_EXPIRED"
    assert standing(OWN, person(), at=ends - timedelta(milliseconds=1)) is None
