"""From a problem to a second look, on a stage."""

import pytest

from ucs_sdk import Denied, FailedPrecondition, Invalid, NotFound

OWN = "plugins/civic_creation"
REPORT, CHANGED = "city.case_center.report.v1", "city.civic_creation.changed.v1"
INSPECTOR, UNIT = "civic-office", "market-unit"


def test_a_visit_deducts_opens_a_rectification_and_asks_for_a_case(stage):
    found = stage.visit(clean=2, stalls=0)
    assert (found["problems"], found["rectifications"]) == (2, [f"{found['assessment']}.clean"])
    stage.settle()
    (report,) = stage.told(REPORT)
    told = report.data.model_dump(mode="json")
    assert (report.subject, told["source"], told["source_id"]) == ("M1", "patrol", f"{found['assessment']}.clean.1")
    assert (told["case_type"], told["severity"], len(told["evidence"])) == ("other", "general", 1)
    (record,) = stage.records("rectifications").values()
    assert (record["unit"], record["state"], record["round"]) == (UNIT, "open", 1)
    assert stage.score() == pytest.approx(100 * (20 + 20) / 60, abs=0.01)


def test_an_item_names_its_own_type_of_case(stage):
    stage.visit(stalls=1)
    stage.settle()
    assert stage.told(REPORT)[0].data.case_type == "dirty_road"


def test_a_problem_is_rectified_shown_before_and_after_and_looked_at_by_somebody_else(stage):
    id = stage.wrong()
    told = stage.hours(1)
    after = stage.be(UNIT, "wang").file("after")
    assert stage.ask("rectify", {"rectification": id, "evidence": [after]})["state"] == "rectified"
    with pytest.raises(Denied, match="does not assess"):
        stage.ask("recheck", {"rectification": id, "passed": True})
    stage.be(INSPECTOR, "li").ask("recheck", {"rectification": id, "passed": True})
    stage.hours(1)
    stage.settle()
    shown = stage.ask("rectification", {"rectification": id})
    assert (shown["state"], shown["after"], len(shown["before"])) == ("closed", [after], 1)
    # One problem cost 10 of 40 points; the edition gives half of it back from the second look on.
    assert (stage.score(as_of=told), stage.score()) == (75.0, 87.5)
    assert [each.data.state for each in stage.told(CHANGED)] == ["open", "rectified", "closed"]
    file = {"assessment": id.partition(".")[0], "item": "clean", "digest": after}
    assert stage.ask("file", file)["size"] == 8


def test_what_is_not_rectified_has_to_be_done_again_as_another_case(stage):
    id = stage.wrong()
    after = stage.be(UNIT, "wang").file("after")
    stage.ask("rectify", {"rectification": id, "evidence": [after]})
    stage.be(INSPECTOR, "li")
    seen = stage.file("still there")
    stage.ask("recheck", {"rectification": id, "passed": False, "note": "仍有垃圾", "evidence": [seen]})
    stage.settle()
    record = stage.records("rectifications")[id]
    assert (record["state"], record["round"], record["after"], record["before"][-1]) == ("open", 2, [], seen)
    assert [each.data.source_id for each in stage.told(REPORT)] == [f"{id}.1", f"{id}.2"]


def test_a_second_look_that_comes_twice_counts_once(stage):
    id = stage.wrong()
    after = stage.be(UNIT, "wang").file("after")
    stage.ask("rectify", {"rectification": id, "evidence": [after]})
    stage.be(INSPECTOR, "li")
    for _ in range(2):
        stage.ask("recheck", {"rectification": id, "passed": False, "note": "仍有垃圾"})
    stage.settle()
    assert stage.records("rectifications")[id]["round"] == 2
    with pytest.raises(FailedPrecondition):
        stage.ask("recheck", {"rectification": id, "passed": True})


def test_a_second_look_at_an_earlier_round_says_nothing_of_the_next(stage):
    id = stage.wrong()
    after = stage.be(UNIT, "wang").file("after")
    stage.ask("rectify", {"rectification": id, "evidence": [after]})
    stage.be(INSPECTOR, "li").ask("recheck", {"rectification": id, "passed": False, "note": "仍有垃圾"})
    stage.settle()
    stage.be(UNIT, "wang").ask("rectify", {"rectification": id, "evidence": [after]})
    late = {"rectification": id, "round": 1, "passed": True, "note": "", "evidence": []}
    stage.deliver("city.civic_creation.looked.v1", late, source=OWN)
    assert stage.records("rectifications")[id]["state"] == "rectified"
    stage.deliver("city.civic_creation.looked.v1", late | {"round": 2}, source=OWN)
    assert stage.records("rectifications")[id]["state"] == "closed"


def test_one_who_reported_it_rectified_does_not_look_at_it_again(stage):
    id = stage.wrong()
    after = stage.file("after")
    stage.ask("rectify", {"rectification": id, "evidence": [after]})
    with pytest.raises(Denied, match="themselves"):
        stage.ask("recheck", {"rectification": id, "passed": True})


def test_a_case_is_followed_and_one_that_is_closed_is_to_be_looked_at_again(stage):
    id = stage.wrong()
    case = {"case": "C-1", "state": "disposing", "reporter": OWN, "source_id": f"{id}.1"}
    stage.deliver("city.case_center.changed.v1", case)
    record = stage.records("rectifications")[id]
    assert (record["case"], record["case_state"], record["state"]) == ("C-1", "disposing", "open")
    stage.deliver("city.case_center.changed.v1", case | {"state": "closed"})
    assert stage.records("rectifications")[id]["state"] == "rectified"
    # Nobody has shown how it looks now: the second look has to.
    with pytest.raises(Invalid, match="after"):
        stage.ask("recheck", {"rectification": id, "passed": True})
    stage.ask("recheck", {"rectification": id, "passed": True, "evidence": [stage.file("now")]})
    assert stage.settle().records("rectifications")[id]["state"] == "closed"


@pytest.mark.parametrize(
    "other",
    [
        {"reporter": "plugins/waterlogging"},
        {"source_id": "x.1"},
        {"source_id": "x"},
        {"source_id": ""},
        {"source_id": "²"},
    ],
)
def test_cases_of_others_and_of_earlier_rounds_change_nothing(stage, other):
    id = stage.wrong()
    before = dict(stage.context.state.records)
    case = {"case": "C-1", "state": "closed", "reporter": OWN, "source_id": f"{id}.2"}
    stage.deliver("city.case_center.changed.v1", case)
    stage.deliver("city.case_center.changed.v1", case | other)
    assert stage.context.state.records == before


def test_nobody_else_can_tell_the_plugin_what_it_tells_itself(stage):
    """The twin of all handlers: with `event.source` unchecked, any plugin could close rectifications and confirm candidates."""
    id = stage.wrong()
    after = stage.be(UNIT, "wang").file("after")
    stage.ask("rectify", {"rectification": id, "evidence": [after]})
    before = dict(stage.context.state.records)
    forged = {
        "city.civic_creation.looked.v1": {"rectification": id, "round": 1, "passed": True, "note": "", "evidence": []},
        "city.civic_creation.lost.v1": {"assessment": id.partition(".")[0], "item": "clean", "reason": "x"},
        "city.civic_creation.found.v1": {"assessment": id.partition(".")[0], "item": "clean"},
        "city.civic_creation.decided.v1": {
            "point": "M1",
            "item": "clean",
            "number": 1,
            "confirmed": True,
            "note": "",
            "by": "x",
            "organization": "x",
        },
    }
    for name, data in forged.items():
        stage.deliver(name, data, source="plugins/other")
    assert stage.context.state.records == before


def test_a_unit_is_reminded_once_of_what_is_late(stage):
    id = stage.wrong()
    stage.hours(24 * 7 - 1)
    stage.run("remind")
    assert stage.notified == []
    stage.hours(1)
    for _ in range(2):
        stage.run("remind")
    (notice,) = stage.notified
    assert (notice.to, notice.subject) == (UNIT, id)
    assert stage.records("rectifications")[id]["overdue"] is True


def test_lists_boards_and_maps_show_what_waits(stage):
    id = stage.wrong()
    page = stage.ask("rectifications", {"state": "open", "unit": UNIT})
    assert ([each["id"] for each in page["rectifications"]], page["total"]) == ([id], 1)
    assert stage.ask("rectifications", {"state": "closed"})["total"] == 0
    plugin, shown = stage.plugin, {}
    from ucs_sdk.settling import settled

    for each in plugin.indicators:
        shown[each.name] = settled(each.read(stage.context)).value
    assert shown == {"to_rectify": 1, "overdue": 0}
    (layer,) = plugin.layers
    (feature,) = settled(layer.draw(stage.context)).features
    assert feature.geometry == {"type": "Point", "coordinates": [120.306, 36.054]}
    with pytest.raises(NotFound):
        stage.ask("rectification", {"rectification": "0" * 24 + ".clean"})
