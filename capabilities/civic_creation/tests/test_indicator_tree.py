"""Trees add up at every level, or are refused with every place where they do not."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ucs_capability_civic_creation.indicator_tree import Tree, faults, sound, thousandths
from ucs_sdk import Invalid
from ucs_sdk.messages import Locale


def test_a_tree_that_adds_up_is_sound(made):
    tree = made.tree()
    assert sound(tree) is tree
    assert [each.code for each in tree.items_at("market")] == ["clean", "stalls"]
    assert tree.items["new"][0] == "feature"


@pytest.mark.parametrize(
    ("path", "points", "at"),
    [
        (("projects", 0), 80.001, ["base", "A"]),
        (("projects", 0, "contents", 0), 59.999, ["A", "A/A1"]),
        (("projects", 0, "contents", 0, "items", 0), 39.5, ["A/A1"]),
        (("projects", 2), 19, ["feature", "F"]),
    ],
)
def test_what_does_not_add_up_is_told_where_it_does_not(made, path, points, at):
    stated = made.stated()
    here = stated
    for step in path:
        here = here[step]
    here["points"] = points
    assert [each.path for each in faults(Tree.model_validate(stated))] == at
    with pytest.raises(Invalid) as refused:
        sound(Tree.model_validate(stated))
    assert refused.value.reason == "TREE_UNSOUND"
    assert "合计" in refused.value.message(Locale.ZH)
    assert "makes" in refused.value.message(Locale.EN)


def test_a_feature_part_that_nobody_states_has_no_projects(made):
    stated = made.stated() | {"feature_points": 0}
    assert [each.path for each in faults(Tree.model_validate(stated))] == ["feature"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"code": "stalls"}, "stalls"),
        ({"point_type": "pier"}, "clean"),
        ({"deduction": 0}, "clean"),
        ({"deduction": 40.001}, "clean"),
        ({"evidence": "documents"}, "clean"),
        ({"evidence": "documents", "point_type": "", "deduction": 0}, "clean"),
    ],
)
def test_an_item_that_makes_no_sense_is_told(made, change, path):
    stated = made.stated()
    stated["projects"][0]["contents"][0]["items"][0] |= change
    assert [each.path for each in faults(Tree.model_validate(stated))] == [path]


def test_a_deduction_may_take_all_that_an_item_is_worth(made):
    stated = made.stated()
    stated["projects"][0]["contents"][0]["items"][0]["deduction"] = 40
    assert faults(Tree.model_validate(stated)) == []


def test_an_item_that_is_worth_nothing_is_told(made):
    stated = made.stated()
    items = stated["projects"][1]["contents"][0]["items"]
    items.append({"code": "empty", "title": "无", "points": 0, "evidence": "documents"})
    assert [each.path for each in faults(Tree.model_validate(stated))] == ["empty"]


@pytest.mark.parametrize("points", [0.0001, -1, 1000.5, float("nan"), float("inf")])
def test_points_that_are_none_are_refused_before_anything_else(made, points):
    stated = made.stated()
    stated["projects"][0]["points"] = points
    with pytest.raises(ValidationError):
        Tree.model_validate(stated)


def test_only_the_first_faults_of_a_tree_are_told_in_words(made):
    stated = made.stated()
    items = stated["projects"][1]["contents"][0]["items"]
    items[:] = [copy.deepcopy(items[0]) | {"code": f"i{number}", "points": 0} for number in range(30)]
    with pytest.raises(Invalid) as refused:
        sound(Tree.model_validate(stated))
    assert "and 21 more" in refused.value.message(Locale.EN)


def test_a_tree_has_bounds(made):
    stated = made.stated()
    contents = stated["projects"][1]["contents"]
    item = contents[0]["items"][0]
    contents[:] = [
        {
            "code": f"C{c}",
            "title": "内容",
            "points": 5,
            "items": [item | {"code": f"i{c}-{n}", "points": 0.125} for n in range(40)],
        }
        for c in range(4)
    ]
    assert [(each.path, each.en) for each in faults(Tree.model_validate(stated))] == [
        ("B", "it has 160 items, more than 150")
    ]


# Sums of floats such as 0.1 and 0.2 are not what they look like: those of thousandths are.
@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=40))
def test_any_division_of_points_into_items_adds_up_exactly(parts):
    if sum(parts) > 1_000_000:
        return
    whole = sum(parts) / 1000
    items = [
        {"code": f"i{n}", "title": "项", "points": each / 1000, "evidence": "documents"} for n, each in enumerate(parts)
    ]
    content = {"code": "C", "title": "内容", "points": whole, "items": items}
    project = {"code": "P", "title": "项目", "points": whole, "contents": [content]}
    tree = Tree.model_validate({"base_points": whole, "projects": [project]})
    assert faults(tree) == []
    assert sum(thousandths(item.points) for _, item in tree.items.values()) == sum(parts)
