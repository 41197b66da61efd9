"""The catalogue: what is shipped says where it is from, and a city's own file is judged as a whole."""

import pytest

from ucs_capability_case_center.case_types import SHIPPED, case_types
from ucs_capability_case_center.vocabulary import Condition, Severity
from ucs_sdk import Invalid

CITED = {
    ("exposed_waste", "found"): (4, "working_hour"),
    ("accumulated_waste", "building_waste"): (4, "working_hour"),
    ("accumulated_waste", "rubble"): (2, "working_day"),
    ("dirty_road", "found"): (2, "working_hour"),
    ("road_waterlogging", "blocks_traffic"): (4, "working_hour"),
    ("untidy_green", "found"): (4, "working_hour"),
    ("illegal_building", "stopped"): (4, "working_hour"),
    ("illegal_building", "penalised"): (7, "working_day"),
    ("illegal_building", "demolished"): (20, "working_day"),
}
"""The limits of the city's table that is cited as `limits-one-city`."""


def test_limits_are_those_of_the_cited_table_and_no_others():
    stated = {
        (type.code, limit.filing): (limit.amount, limit.unit.value)
        for type in case_types().types.values()
        for limit in type.limits
        if limit.source == "limits-one-city"
    }
    assert stated == CITED


def test_the_other_table_is_used_only_where_the_first_says_nothing():
    jiyuan = [
        (type.code, limit.amount, limit.unit.value)
        for type in case_types().types.values()
        for limit in type.limits
        if limit.source != "limits-one-city"
    ]
    assert jiyuan == [("dirty_water", 15, "working_day")]


def test_a_limit_is_that_of_the_filing_condition_and_the_first_one_without():
    building = case_types().get("illegal_building")
    assert building.limit("demolished", Severity.GENERAL).amount == 20
    assert building.limit("", Severity.GENERAL).amount == 4
    assert case_types().get("road_collapse").limit("", Severity.CRITICAL) is None


def test_a_type_that_is_misspelt_is_refused_with_a_near_one():
    with pytest.raises(Invalid) as refused:
        case_types().get("road_waterloging")
    assert refused.value.message("en") == "There is no case type 'road_waterloging'. Did you mean road_waterlogging?"


SHIPPED_TEXT = SHIPPED.read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('source = "limits-jiyuan"', 'source = "nobody"', "no source nobody"),
        ('code = "other"', 'code = "others"', "the type 'other' must be there"),
        ('class = "other"', 'class = "street"', "other: no class street"),
        ("part = 2.0", "part = 0.5", "must rise"),
        ("amount = 2, unit", "amount = 0, unit", "greater than 0"),
        ('unit = "working_hour"', 'unit = "fortnight"', "working_hour"),
        ('"answered"', '"blessed"', "answered"),
        ("[classes]", "[classes", "line"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_what_is_wrong(tmp_path, old, new, said):
    assert old in SHIPPED_TEXT
    file = tmp_path / "types.toml"
    file.write_text(SHIPPED_TEXT.replace(old, new, 1), "utf-8")
    with pytest.raises(Invalid) as refused:
        case_types(str(file))
    assert str(file) in refused.value.message("en")
    assert said in refused.value.message("en")


def test_a_type_cannot_be_there_twice_and_a_file_cannot_be_missing(tmp_path):
    file = tmp_path / "types.toml"
    file.write_text(SHIPPED_TEXT.replace('code = "pipe_burst"', 'code = "other"'), "utf-8")
    with pytest.raises(Invalid) as refused:
        case_types(str(file))
    assert refused.value.reason == "CASE_TYPE_TWICE"
    with pytest.raises(Invalid):
        case_types(str(tmp_path / "none.toml"))


def test_a_citys_own_file_takes_the_place_of_the_shipped_one(tmp_path):
    file = tmp_path / "types.toml"
    file.write_text(SHIPPED_TEXT.replace("radius = 100, minutes = 360", "radius = 200, minutes = 60"), "utf-8")
    own = case_types(str(file))
    assert own.merging_of(own.get("road_waterlogging")).radius == 200
    assert own.merging_of(own.get("dirty_road")).radius == 50
    assert own.get("other").filing == (Condition.LOCATED, Condition.DESCRIBED, Condition.VERIFIED)
