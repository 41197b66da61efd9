"""What may be asked together, in which order lists come, and how far clocks have been read."""

import pytest

from ucs_sdk import Invalid, NotFound


def reported(center, count, **changes):
    for number in range(count):
        center.city.emit(
            "city.case_center.report.v1",
            {
                "case_type": "road_waterlogging",
                "source": "sensor",
                "source_id": f"s{number}",
                "title": "积水",
                "longitude": 120.0 + number * 0.01,
                "latitude": 36.0,
                "region": "370202001",
                **changes,
            },
            subject=f"s{number}",
        )
    center.city.settle()


@pytest.mark.parametrize(
    ("operation", "asked", "reason"),
    [
        ("list", {"state": "dispatched", "light": "red"}, "CASES_NOT_LISTED"),
        ("list", {"region": "370202", "unit": "x"}, "CASES_NOT_LISTED"),
        ("list", {"order": "due", "since": "2026-07-01"}, "CASES_NOT_LISTED"),
        ("counts", {"region": "370202", "unit": "x"}, "CASES_NOT_COUNTED"),
        ("lights", {"region": "370202", "since": "2026-07-01"}, "CASES_NOT_COUNTED"),
        ("list", {"region": "3702"}, "AREA_UNKNOWN"),
        ("counts", {"region": "37020200"}, "AREA_UNKNOWN"),
        ("get", {}, "CASE_NOT_SAID"),
        ("report", {"longitude": 120.3}, "PLACE_HALVED"),
        ("report", {"longitude": 120.3, "latitude": 36.1}, "SYSTEM_MISSING"),
        ("assign_roles", {"principal": "x", "roles": ["system"]}, "ROLE_NOT_GIVEN"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused_in_both_languages(center, operation, asked, reason):
    stated = {"case_type": "dirty_road", "source": "citizen", "source_id": "1", "title": "渣土"}
    with pytest.raises(Invalid) as refused:
        center.call(operation, {**stated, **asked} if operation == "report" else asked)
    assert refused.value.reason == reason
    assert refused.value.message("zh") != refused.value.message("en")
    assert "{" not in refused.value.message("zh") + refused.value.message("en")


def test_a_refusal_names_what_is_listed_in_the_words_of_the_question(center):
    with pytest.raises(Invalid) as refused:
        center.call("list", {"unit": "x", "case_type": "pipe_burst"})
    told = refused.value.message("en")
    assert "case_type + unit + newest together" in told
    assert "unit + light + newest" in told
    assert not any(internal in told for internal in ("reported_at", "next_at", "red_at", "standing", "[6]"))


def test_what_cannot_be_is_an_empty_page_and_no_error(center):
    reported(center, 1)
    for asked in (
        {"light": "green", "open": False},
        {"state": "closed", "open": True},
        {"order": "due", "open": False},
    ):
        assert center.call("list", asked) == {"cases": [], "next": None}


def test_open_cases_come_by_when_their_light_turns_red(center):
    reported(center, 2)
    center.city.advance(hours=2)
    center.reported(case_type="pipe_burst", source_id="p")
    first, second, third = center.call("list", {"order": "due"})["cases"]
    assert (first["red_at"], second["red_at"]) == ("2026-07-01T02:10:00Z", "2026-07-01T06:30:00Z")
    assert (first["case_type"], third["red_at"]) == ("pipe_burst", "2026-07-01T06:30:00Z")
    assert [each["case"] for each in center.call("list", {"order": "due", "unit": center.unit})["cases"]] == [
        second["case"],
        third["case"],
    ]


def test_days_are_those_of_china(center):
    # It is eight in the morning there.
    reported(center, 1)
    center.city.advance(hours=16)
    reported(center, 1, source_id="late", latitude=36.5)
    for day, count in (("2026-07-01", 1), ("2026-07-02", 1), ("2026-07-03", 0)):
        asked = {"since": day, "until": day}
        assert len(center.call("list", asked)["cases"]) == center.call("counts", asked)["total"] == count


def test_lights_say_up_to_when_clocks_were_read(center):
    reported(center, 2)
    center.city.advance(hours=5, minutes=50)
    assert center.call("lights") == {"green": 2, "yellow": 0, "red": 0, "as_of": "2026-07-01T05:42:00Z"}
    center.city.run_schedules()
    assert center.call("lights") == {"green": 0, "yellow": 2, "red": 0, "as_of": "2026-07-01T05:50:00Z"}


def test_many_lights_turn_in_one_run_and_each_once(center):
    reported(center, 120)
    center.city.advance(hours=5, minutes=42)
    center.city.run_schedules()
    assert center.call("lights")["yellow"] == 120
    told = [each["data"] for each in center.city.emitted("ucs.notified.v1") if each["data"]["title"].startswith("案件")]
    assert len({each["subject"] for each in told}) == len(told) == 120


def test_a_case_that_is_not_there_is_refused_with_the_way_out(center):
    with pytest.raises(NotFound) as refused:
        center.call("get", {"case": "5"})
    assert (
        refused.value.message("en") == "There is no case 5 that you may see; case_center.list shows those that you may."
    )
