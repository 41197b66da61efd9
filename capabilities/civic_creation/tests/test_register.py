"""Editions, points and tasks on a stage, and the settings that the plugin starts with."""

import pytest
from pydantic import ValidationError

from ucs_sdk import AlreadyExists, Denied, FailedPrecondition, Invalid, NotFound

INSPECTOR, UNIT = "civic-office", "market-unit"
PLACE = {"longitude": 120.306, "latitude": 36.054, "crs": "wgs84"}
POINT = {"code": "M1", "name": "团岛农贸市场", "point_type": "market", "region": "370202013", "unit": UNIT, **PLACE}


def test_an_edition_is_published_in_versions_and_the_same_again_is_none(stage, made):
    assert stage.publish() == {"edition": "qd-2026", "version": 1, "changed": False}
    assert stage.publish(title="另一名称") == {"edition": "qd-2026", "version": 1, "changed": True}
    assert stage.publish(made.stated() | {"recovery_percent": 0})["version"] == 2
    shown = stage.ask("edition", {"edition": "qd-2026"})
    assert (shown["version"], shown["versions"], shown["title"]) == (2, 2, "示例")
    first = stage.ask("edition", {"edition": "qd-2026", "version": 1})
    assert first["tree"] == made.tree().model_dump(mode="json")
    for unknown in ({"edition": "qd-2027"}, {"edition": "qd-2026", "version": 3}):
        with pytest.raises(NotFound):
            stage.ask("edition", unknown)


def test_a_tree_that_does_not_add_up_is_not_published(stage, made):
    stated = made.stated()
    stated["projects"][0]["points"] = 79
    before = dict(stage.context.state.records)
    with pytest.raises(Invalid, match="makes 99, and must make 100"):
        stage.publish(stated)
    assert stage.context.state.records == before


def test_points_are_kept_in_wgs84_and_listed_by_type_and_district(stage):
    assert stage.ask("register", POINT) == {"code": "M1", "changed": False}
    stage.ask("register", POINT | {"code": "R1", "point_type": "road", "region": "370213", "crs": "gcj02"})
    point = stage.records("points")["R1"]
    assert point["longitude"] != POINT["longitude"]
    codes = [each["code"] for each in stage.ask("points", {"point_type": "market"})["points"]]
    assert codes == ["M1", "M2"]
    assert [each["code"] for each in stage.ask("points", {"district": "370213"})["points"]] == ["R1"]


def test_a_point_that_is_not_in_use_is_not_visited(stage):
    stage.ask("register", POINT | {"active": False})
    with pytest.raises(NotFound):
        stage.visit(clean=0)


def test_a_task_is_ticked_off_point_by_point(stage):
    due = stage.hours(0)
    task = {"task": "T1", "edition": "qd-2026", "title": "七月", "due_at": due, "points": ["M1", "M2"]}
    assert stage.ask("assign", task)["points"] == ["M1", "M2"]
    assert stage.ask("assign", task)["open"] is True
    with pytest.raises(AlreadyExists):
        stage.ask("assign", task | {"points": ["M1"]})
    for number, point in enumerate(("M1", "M2")):
        asked = {"reference": f"t{number}", "edition": "qd-2026", "point": point, "task": "T1"}
        stage.ask("visit", asked | {"results": [{"item": "clean", "problems": 0}]})
    assert stage.ask("tasks", {}) == {"tasks": [], "next": None}
    (done,) = stage.ask("tasks", {"open": False})["tasks"]
    assert done["done"] == ["M1", "M2"]
    with pytest.raises(FailedPrecondition):
        stage.ask("visit", asked | {"reference": "t9", "results": [{"item": "clean", "problems": 0}]})


def test_points_of_a_task_are_drawn_so_that_anybody_can_draw_again(stage):
    from ucs_capability_civic_creation.drawing import draw

    for number in range(20):
        stage.ask("register", POINT | {"code": f"D{number}", "region": "370213", "active": number > 2})
    wanted = {"point_type": "market", "district": "370213", "count": 5, "seed": "2026-07"}
    task = {"task": "T2", "edition": "qd-2026", "title": "抽查", "due_at": stage.hours(1), "draw": wanted}
    found = stage.ask("assign", task)
    assert (found["points"], found["seed"]) == (draw([f"D{n}" for n in range(3, 20)], 5, "2026-07"), "2026-07")
    with pytest.raises(FailedPrecondition, match="17"):
        stage.ask("assign", task | {"task": "T3", "draw": wanted | {"count": 18}})
    for wrong in ({"points": ["M1"]}, {"draw": None}):
        with pytest.raises(ValidationError):
            stage.ask("assign", task | wrong)
    with pytest.raises(Denied):
        stage.ask("assign", task | {"task": "T4", "inspector": "nobody"})


@pytest.mark.parametrize(("name", "value"), [("near_metres", 131), ("answers_least", 0), ("confidence_least", 1.01)])
def test_settings_that_make_no_sense_keep_the_plugin_from_starting(stage, name, value):
    stage.hook("ucs_started")
    stage.context.settings[name] = value
    with pytest.raises(Invalid, match=name):
        stage.hook("ucs_started")
