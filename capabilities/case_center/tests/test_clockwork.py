"""Clocks that nobody calls: `turn_lights` turns lights, reminds the unit, tells the centre, and supervises.

The city's clock begins on Wednesday, the 1st of July 2026, at eight in China; road_waterlogging has four working hours.
"""

import pytest


@pytest.fixture
def case(center):
    center.reported()
    return center.only()


def pass_time(center, **parts):
    center.city.advance(**parts)
    center.city.run_schedules()


def seen(center, case):
    told = center.call("get", {"case": case})
    return told["light"], [step["verb"] for step in told["steps"]][4:]


def messages(center, case):
    told = [each["data"] for each in center.city.emitted("ucs.notified.v1")]
    return [each["to"] for each in told if each["subject"] == case]


def test_lights_turn_and_each_escalation_happens_once(center, case):
    # At nine work begins; 80 % have passed at 13:42, all at 14:30, and as much again at ten on the next day.
    pass_time(center, hours=5, minutes=41)
    assert seen(center, case) == ("green", [])
    pass_time(center, minutes=1)
    assert seen(center, case) == ("yellow", ["escalate"])
    assert messages(center, case) == [center.unit] * 2
    pass_time(center, minutes=48)
    assert seen(center, case)[0] == "yellow"
    pass_time(center, seconds=5)
    assert seen(center, case) == ("red", ["escalate", "escalate"])
    for _ in range(3):
        pass_time(center, minutes=1)
    assert seen(center, case) == ("red", ["escalate", "escalate"])
    pass_time(center, hours=24)
    assert seen(center, case) == ("red", ["escalate", "escalate", "supervise"])
    told = center.call("lights")
    assert (told["green"], told["yellow"], told["red"]) == (0, 0, 1)


def test_who_hears_of_a_case_hears_that_its_light_has_turned(center, case):
    pass_time(center, hours=5, minutes=42)
    last = center.city.emitted("city.case_center.changed.v1")[-1]
    assert (last["data"]["light"], last["data"]["step"], last["subject"]) == ("yellow", "escalate", case)


def test_a_case_at_the_desk_has_the_clock_of_its_step(center):
    center.reported(source="citizen")
    case = center.only()
    pass_time(center, minutes=8)
    assert seen(center, case)[0] == "yellow"
    pass_time(center, minutes=2, seconds=1)
    assert seen(center, case)[0] == "red"
    center.act(case, "accept")
    assert seen(center, case)[0] == "green"


def test_nothing_turns_on_a_case_that_is_handled_in_time(center, case):
    center.act(case, "begin", as_=center.crew)
    center.act(case, "dispose", as_=center.crew, note="已排水")
    center.act(case, "check")
    center.act(case, "close")
    changes = len(center.city.emitted("city.case_center.changed.v1"))
    pass_time(center, hours=100)
    assert seen(center, case)[0] == "green"
    assert len(center.city.emitted("city.case_center.changed.v1")) == changes


def test_what_is_handled_late_is_late(center, case):
    center.act(case, "begin", as_=center.crew)
    pass_time(center, hours=6, minutes=30, seconds=1)
    assert center.act(case, "dispose", as_=center.crew, note="已排水")["outcome"] == "late"


def test_what_is_handled_at_the_last_moment_is_on_time(center, case):
    center.act(case, "begin", as_=center.crew)
    pass_time(center, hours=6, minutes=30)
    assert center.act(case, "dispose", as_=center.crew, note="已排水")["outcome"] == "on_time"
