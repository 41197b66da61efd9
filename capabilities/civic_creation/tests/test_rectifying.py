"""The table of rectification, whole, and who may look a second time."""

from itertools import product

import pytest

from ucs_capability_civic_creation.rectifying import TABLE, after, allowed, check_second_look
from ucs_capability_civic_creation.vocabulary import RectificationState as State
from ucs_capability_civic_creation.vocabulary import RectificationVerb as Verb
from ucs_sdk import Denied, FailedPrecondition, Invalid
from ucs_sdk.messages import Locale


@pytest.mark.parametrize(("state", "verb"), list(product(State, Verb)))
def test_every_verb_leads_where_the_table_says_or_is_refused(state, verb):
    if (state, verb) in TABLE:
        assert after(state, verb) is TABLE[state, verb]
        return
    with pytest.raises(FailedPrecondition) as refused:
        after(state, verb)
    assert refused.value.reason == "RECTIFICATION_STATE"
    assert verb.title_zh in refused.value.message(Locale.ZH)


def test_what_has_ended_stays_so_and_only_a_second_look_closes():
    assert allowed(State.CLOSED) == allowed(State.VOIDED) == []
    assert [pair for pair, to in TABLE.items() if to is State.CLOSED] == [(State.RECTIFIED, Verb.PASS)]


def test_nobody_checks_again_what_they_reported_themselves():
    with pytest.raises(Denied):
        check_second_look(passed=True, shows_after=True, note="", by="wang", rectified_by="wang")
    check_second_look(passed=True, shows_after=True, note="", by="li", rectified_by="wang")
    # The case centre told that it was handled: nobody here has.
    check_second_look(passed=True, shows_after=True, note="", by="li", rectified_by="")


def test_to_pass_there_is_evidence_of_after_and_to_fail_there_is_a_reason():
    with pytest.raises(Invalid, match="after"):
        check_second_look(passed=True, shows_after=False, note="好", by="li", rectified_by="wang")
    with pytest.raises(Invalid, match="why"):
        check_second_look(passed=False, shows_after=True, note=" ", by="li", rectified_by="wang")
    check_second_look(passed=False, shows_after=False, note="仍有垃圾", by="li", rectified_by="wang")
