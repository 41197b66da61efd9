"""How two contents differ: every field by a path of its own, whatever it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ucs_registry.differences import ABSENT, DEPTH_MOST, FieldChange, content_changes
from ucs_registry.resources import Dependency, Point, ResourceContent
from ucs_registry.testing import a_content, an_id
from ucs_sdk.vocabulary import DataLevel, DependencyRelation


def told(before: ResourceContent | None, after: ResourceContent) -> list[tuple[str, Any, Any]]:
    return [(change.path, change.before, change.after) for change in content_changes(before, after)]


def link(
    number: int, relation: DependencyRelation = DependencyRelation.CALLS, version: str | None = None
) -> Dependency:
    return Dependency(target=f"resources/{an_id(number)}", relation=relation, version=version)


def at(number: int) -> str:
    return f"dependencies[resources/{an_id(number)}]"


def test_texts_lists_and_what_lies_within_have_paths_of_their_own() -> None:
    before = a_content(title_en="Level", tags=("水", "旧"), location=Point(longitude=120, latitude=36), contact="Li")
    after = a_content(title_en="Depth", tags=("新", "水"), location=Point(longitude=121, latitude=36), format="CSV")
    assert told(before, after) == [
        ("title.en", "Level", "Depth"),
        ("tags[旧]", "旧", ABSENT),
        ("tags[新]", ABSENT, "新"),
        ("location.longitude", 120, 121),
        ("format", ABSENT, "CSV"),
        ("contact", "Li", ABSENT),
    ]


def test_dependencies_are_told_by_their_targets() -> None:
    before = a_content(dependencies=(link(1, version="1"), link(2), link(3)))
    after = a_content(dependencies=(link(4), link(2, DependencyRelation.DERIVES_FROM), link(1, version="2")))
    assert told(before, after) == [
        (f"{at(1)}.version", "1", "2"),
        (f"{at(2)}.relation", "calls", "derives_from"),
        (at(3), {"relation": "calls"}, ABSENT),
        (at(4), ABSENT, {"relation": "calls"}),
    ]


def test_a_target_that_is_named_twice_is_told_as_a_whole() -> None:
    twice = (link(1), link(1, DependencyRelation.DERIVES_FROM))
    both = [{"relation": "calls"}, {"relation": "derives_from"}]
    assert told(a_content(dependencies=twice[:1]), a_content(dependencies=twice)) == [(at(1), both[0], both)]


def test_a_spec_is_entered_by_its_keys_and_rows() -> None:
    before = {"items": [{"name": "a"}, {"name": "b"}], "rate": 1, "x.y": 1, "gone": None, "flag": True, "codes": [1, 2]}
    after = {"items": [{"name": "a"}, {"name": "c"}, {"name": "d"}], "rate": 2, "x.y": 2, "flag": 1, "codes": [2]}
    assert told(a_content(spec=before), a_content(spec=after)) == [
        ("spec.codes", [1, 2], [2]),
        ("spec.flag", True, 1),
        ("spec.gone", None, ABSENT),
        ("spec.items[1].name", "b", "c"),
        ("spec.items[2]", ABSENT, {"name": "d"}),
        ("spec.rate", 1, 2),
        ('spec["x.y"]', 1, 2),
    ]


def test_from_nothing_every_field_that_states_something_is_told() -> None:
    content = a_content(tags=("水",), spec={"rate": 1})
    assert [path for path, _, _ in told(None, content)] == [
        "title.en",
        "title.zh",
        "summary.en",
        "summary.zh",
        "tags[水]",
        "share_type",
        "data_level",
        "spec.rate",
    ]


def test_another_order_of_the_same_tags_is_told_as_such() -> None:
    assert told(a_content(tags=("a", "b")), a_content(tags=("b", "a"))) == [("tags", ["a", "b"], ["b", "a"])]


def test_what_lies_deep_is_told_as_one_value() -> None:
    def nested(depth: int, leaf: int) -> dict[str, Any]:
        return {"a": nested(depth - 1, leaf)} if depth else {"leaf": leaf}

    [(path, before, after)] = told(a_content(spec=nested(200, 1)), a_content(spec=nested(200, 2)))
    assert path == "spec" + ".a" * DEPTH_MOST
    assert before != after


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-1, 1) | st.sampled_from(["", "a", "水"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "x.y", "]"]), inner, max_size=3)
    ),
    max_leaves=8,
)
CONTENTS = st.builds(
    a_content,
    title_en=st.sampled_from(["A", "B"]),
    tags=st.lists(st.sampled_from(["a", "b", "c"]), max_size=3).map(tuple),
    data_level=st.sampled_from(DataLevel),
    dependencies=st.lists(
        st.builds(link, st.integers(1, 3), st.sampled_from(DependencyRelation), st.sampled_from([None, "1"])),
        max_size=4,
    ).map(tuple),
    contact=st.sampled_from([None, "Li"]),
    spec=st.dictionaries(st.sampled_from(["a", "b", "c"]), JSON, max_size=3),
)


def violations(differ: Callable[[Any, Any], list[FieldChange]], one: Any, other: Any) -> list[str]:
    """What is wrong with how two contents are told apart, forth and back."""
    forth, back = differ(one, other), differ(other, one)
    found = []
    if bool(forth) is (_stated(one) == _stated(other)):
        found.append("a difference is not told, or there is none")
    if len({change.path for change in forth}) < len(forth):
        found.append("two changes have one path")
    turned = [FieldChange(path=change.path, before=change.after, after=change.before) for change in back]
    if sorted(map(repr, forth)) != sorted(map(repr, turned)):
        found.append("back is not forth turned round")
    return found


def _stated(content: ResourceContent) -> bytes:
    links = tuple(sorted(content.dependencies, key=lambda link: link.target))
    return content.model_copy(update={"dependencies": links}).model_dump_json().encode()


@settings(max_examples=300, deadline=None)
@given(CONTENTS, CONTENTS)
def test_every_difference_is_told_forth_and_back(one: ResourceContent, other: ResourceContent) -> None:
    assert violations(content_changes, one, other) == []
    assert content_changes(one, one) == []


def takes_true_for_one(before: ResourceContent, after: ResourceContent) -> list[FieldChange]:
    """A twin that compares as Python does."""
    return [
        FieldChange(path=name, before=getattr(before, name), after=getattr(after, name))
        for name in ResourceContent.model_fields
        if getattr(before, name) != getattr(after, name)
    ]


def forgets_what_goes(before: ResourceContent, after: ResourceContent) -> list[FieldChange]:
    """A twin that looks at what is there afterwards alone."""
    return [change for change in content_changes(before, after) if change.after is not ABSENT]


@pytest.mark.parametrize(
    ("twin", "one", "other"),
    [
        (takes_true_for_one, a_content(spec={"a": True}), a_content(spec={"a": 1})),
        (forgets_what_goes, a_content(contact="Li"), a_content()),
    ],
)
def test_a_comparison_that_misses_something_is_found(twin: Any, one: ResourceContent, other: ResourceContent) -> None:
    assert violations(content_changes, one, other) == []
    assert violations(twin, one, other)
