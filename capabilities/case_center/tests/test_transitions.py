"""The transition table: what leads where, for whom; and that nothing else does."""

import pytest

from ucs_capability_case_center.transitions import ASKED, LOOP, Move, Standing, lapses, move, verbs_open_to
from ucs_capability_case_center.vocabulary import CaseState, Role, Verb
from ucs_sdk import Denied, FailedPrecondition, Invalid

S, R, V = CaseState, Role, Verb
EVERYBODY = frozenset(Role)

WAYS = {
    ("reported", "send_to_verify", "receptionist"): "verifying",
    ("verifying", "verify", "collector"): "accepted",
    ("verifying", "refute", "collector"): "reported",
    ("reported", "accept", "receptionist"): "accepted",
    ("reported", "refuse", "receptionist"): "rejected",
    ("accepted", "file", "shift_leader"): "filed",
    ("accepted", "refuse", "shift_leader"): "rejected",
    ("filed", "dispatch", "dispatcher"): "dispatched",
    ("dispatched", "begin", "professional_unit"): "disposing",
    ("disposing", "dispose", "professional_unit"): "checking",
    ("checking", "send_to_check", "receptionist"): "checking",
    ("checking", "check", "collector"): "checking",
    ("checking", "close", "shift_leader"): "closed",
    ("checking", "rework", "collector"): "disposing",
    ("checking", "redispatch", "dispatcher"): "dispatched",
}
"""The flow as digital city management has it: 上报 受理 立案 派遣 处置 核查 结案, written down a second time."""

GRANTED = {
    "ask_extension": ("dispatched disposing", "professional_unit", "dispatcher", None),
    "ask_return": ("dispatched disposing", "professional_unit", "dispatcher", "filed"),
    "ask_suspension": ("dispatched disposing", "professional_unit", "dispatcher", None),
    "ask_voiding": ("reported verifying accepted filed dispatched disposing", "receptionist", "shift_leader", "voided"),
    "ask_self_handling": ("reported", "collector", "shift_leader", "closed"),
}
"""延时 回退 挂账 are for the dispatcher to decide, 作废 for the shift leader, and self-handling is judged as well."""


def does(state, verb, role, **more):
    try:
        return move("C", Standing(state, **more), verb, actor="a", roles=frozenset({role}), note="why").target
    except (Denied, FailedPrecondition):
        return None


@pytest.mark.parametrize(("way", "target"), WAYS.items())
def test_each_step_of_the_flow_leads_where_it_should(way, target):
    state, verb, role = way
    assert does(S(state), V(verb), R(role)) == target


def ways_of(table):
    """All ways by which one state leads to another, for whoever it is."""
    return {
        (state.value, row.verb.value, role.value): (row.target or state).value
        for row in table
        for state in row.sources
        for role in row.roles
        if row.target is not None
    }


def strays(table):
    """The ways of a table that the flow does not have. The system does what people do there, and only forward."""
    people = {way: target for way, target in ways_of(table).items() if way[2] != "system"}
    return {way for way, target in people.items() if WAYS.get((way[0], way[1], way[2])) != target} - {
        ("checking", "rework", "shift_leader")
    }


def test_no_other_way_leads_anywhere():
    assert strays(LOOP) == set()
    assert {way[1] for way in ways_of(LOOP) if way[2] == "system"} == {"accept", "file", "dispatch"}


def test_a_table_with_a_shortcut_is_found():
    """The twin: a unit that may close its own case."""
    shortcut = LOOP[0]._replace(verb=V.CLOSE, sources=(S.DISPOSING,), roles=(R.PROFESSIONAL_UNIT,), target=S.CLOSED)
    assert strays((*LOOP, shortcut)) == {("disposing", "close", "professional_unit")}


@pytest.mark.parametrize("state", [state for state in S if state.is_final])
def test_what_has_ended_takes_nothing(state):
    assert verbs_open_to(Standing(state), actor="a", roles=EVERYBODY) == []


@pytest.mark.parametrize("verb", GRANTED)
def test_a_request_is_asked_decided_by_another_and_leads_where_it_should(verb):
    sources, asker, decider, granted = GRANTED[verb]
    for state in map(S, sources.split()):
        asked = move("C", Standing(state), V(verb), actor="a", roles=frozenset({R(asker)}), note="why")
        assert asked == Move(R(asker), state, asks=V(verb))
        pending = Standing(state, asked=V(verb), asked_by="a")
        done = move("C", pending, V.GRANT, actor="b", roles=frozenset({R(decider)}))
        assert done == Move(R(decider), S(granted) if granted else state, decides=V(verb))
        assert move("C", pending, V.DENY, actor="b", roles=frozenset({R(decider)})).target is state


def test_nobody_decides_their_own_request_whatever_roles_they_have():
    for verb, request in ASKED.items():
        pending = Standing(request.sources[0], asked=verb, asked_by="a")
        for decision in (V.GRANT, V.DENY):
            with pytest.raises(Denied) as refused:
                move("C", pending, decision, actor="a", roles=EVERYBODY)
            assert refused.value.reason == "OWN_REQUEST"


def test_a_case_has_one_request_at_a_time_and_none_can_be_decided_that_was_not_made():
    pending = Standing(S.DISPOSING, asked=V.ASK_EXTENSION, asked_by="a")
    for at, verb, reason in [
        (pending, V.ASK_RETURN, "REQUEST_PENDING"),
        (Standing(S.DISPOSING), V.GRANT, "NOTHING_ASKED"),
        (Standing(S.DISPOSING), V.REPLY, "CASE_NOT_SUPERVISED"),
        (Standing(S.DISPOSING), V.RESUME, "CASE_NOT_SUSPENDED"),
    ]:
        with pytest.raises(FailedPrecondition) as refused:
            move("C", at, verb, actor="b", roles=EVERYBODY, note="why")
        assert refused.value.reason == reason


def test_a_request_lapses_where_it_could_not_be_made():
    assert lapses(V.ASK_RETURN, S.CHECKING)
    assert not lapses(V.ASK_RETURN, S.DISPOSING)
    assert lapses(V.ASK_VOIDING, S.CHECKING)


def test_a_suspended_case_waits_to_be_resumed():
    open_verbs = verbs_open_to(Standing(S.DISPOSING, suspended=True), actor="a", roles=EVERYBODY)
    assert open_verbs == [V.RESUME, V.SUPERVISE, V.ASK_VOIDING]
    with pytest.raises(FailedPrecondition) as refused:
        move("C", Standing(S.DISPOSING, suspended=True), V.DISPOSE, actor="a", roles=EVERYBODY, note="done")
    assert refused.value.message("zh") == "案件 C 已挂账，恢复后才能“处置反馈”。"


def test_where_it_cannot_be_done_is_said_before_who_may_do_it():
    with pytest.raises(FailedPrecondition) as early:
        move("C", Standing(S.REPORTED), V.CLOSE, actor="a", roles=frozenset())
    assert early.value.message("en") == "C is 'reported', where 'close' is not possible; it is possible in: checking."
    with pytest.raises(Denied) as stranger:
        move("C", Standing(S.CHECKING), V.CLOSE, actor="a", roles=frozenset({R.DISPATCHER}))
    assert stranger.value.message("zh") == (
        "“结案”由值班长办理，您在案件 C 上没有该岗位；岗位由 case_center.assign_roles 授予。"
    )


def test_some_verbs_need_a_note_and_blanks_are_none():
    for verb, state in [(V.REFUSE, S.REPORTED), (V.ASK_RETURN, S.DISPATCHED), (V.REWORK, S.CHECKING)]:
        with pytest.raises(Invalid) as refused:
            move("C", Standing(state), verb, actor="a", roles=EVERYBODY, note="  ")
        assert refused.value.reason == "NOTE_MISSING"


def test_every_verb_is_in_the_tables():
    stated = {row.verb for row in LOOP} | set(ASKED) | {V.GRANT, V.DENY}
    assert stated == set(V)
