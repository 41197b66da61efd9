"""What is judged compatible takes all that was taken: no value of many tells the other, and broken judges are found out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from ucs_registry.compatibility import BREAKS_MOST, Comparison, breaks_between, schema_breaks
from ucs_registry.organizations import Bilingual
from ucs_registry.schema_forms import form_of, types_of
from ucs_registry.schema_rules import check_schema
from ucs_registry.specs import quick_validator, validator_of
from ucs_registry.types import MemberRules, ResourceType, built_in_types
from ucs_sdk.messages import Locale
from ucs_sdk.vocabulary import BreakKind, MemberCoding, ResourceKind

PAIRS = 4_000
NAMES = ("a", "b", "cc")
SCALARS: tuple[Any, ...] = (None, True, False, 0, 1, 2, 2.5, 3, 4, -1, "", "a", "ab", "abc", "2026-01-31", "b1")


def values() -> list[Any]:
    """Small values of all shapes: what schemas made of the same small words take and refuse."""
    lists = [[], *([item] for item in SCALARS), [1, 1], [1, 2], [1, "a"], ["a", "b1", 3], [None, 2, 2.5, "ab"]]
    inner = [*SCALARS, [], [1], {}, {"a": 1}, {"a": "ab", "b": 2}]
    objects: list[Any] = [{}]
    for size in (1, 2):
        for names in itertools.combinations(NAMES, size):
            objects += [
                dict(zip(names, held, strict=True)) for held in itertools.product(inner[:: size * 2], repeat=size)
            ]
    objects += [{"a": 1, "b": 2, "cc": 3}, {"a": "a", "b": None, "cc": [1]}, {"zz": 1}, {"zz": "a", "a": 0}]
    return [*SCALARS, *lists, *objects]


class Maker:
    """Makes schemas, and others that are like them, from few words, so that pairs of them meet in every corner."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def schema(self, depth: int = 2) -> Any:
        """A schema."""
        draw = self.random.random()
        if draw < 0.05:
            return draw < 0.04
        made: dict[str, Any] = {}
        for _ in range(self.random.choice((0, 1, 1, 2, 2, 3))):
            self.keyword(made, depth)
        return made

    def keyword(self, made: dict[str, Any], depth: int) -> None:
        """Set a keyword, or set it anew."""
        pick = self.random.choice
        plain: list[Callable[[], tuple[str, Any]]] = [
            lambda: (
                "type",
                pick(["integer", "number", "string", "object", "array", ["string", "null"], ["integer", "boolean"]]),
            ),
            lambda: ("enum", self.random.sample(SCALARS, 4)),
            lambda: ("const", pick(SCALARS)),
            lambda: (pick(["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"]), pick([0, 1, 2, 3])),
            lambda: ("multipleOf", pick([1, 2, 4])),
            lambda: (pick(["minLength", "maxLength", "minItems", "maxItems"]), pick([0, 1, 2])),
            lambda: (pick(["minProperties", "maxProperties"]), pick([0, 1, 2])),
            lambda: ("pattern", pick(["^a", "b", "^[a-c]+$"])),
            lambda: ("format", "date"),
            lambda: ("uniqueItems", pick([True, False])),
            lambda: ("required", self.random.sample(NAMES, pick([1, 2]))),
            lambda: ("dependentRequired", {pick(NAMES): [pick(NAMES)]}),
        ]
        nested: list[Callable[[], tuple[str, Any]]] = [
            lambda: ("properties", {name: self.schema(depth - 1) for name in self.random.sample(NAMES, 2)}),
            lambda: ("additionalProperties", pick([False, self.schema(depth - 1)])),
            lambda: (pick(["items", "contains", "not", "propertyNames"]), self.schema(depth - 1)),
            lambda: (pick(["prefixItems", "allOf", "anyOf", "oneOf"]), [self.schema(depth - 1) for _ in range(2)]),
            lambda: ("if", self.schema(depth - 1)),
            lambda: (pick(["then", "else"]), self.schema(depth - 1)),
        ]
        name, value = pick(plain * 2 + nested * 3 if depth else plain)()
        made[name] = value

    def edited(self, schema: Any, depth: int = 2) -> Any:
        """A schema like another: a keyword more, one less, or one of its own schemas edited."""
        if isinstance(schema, bool) or self.random.random() < 0.05:
            return self.schema(depth)
        made = dict(schema)
        draw = self.random.random()
        inner = [
            name
            for name in ("properties", "items", "additionalProperties", "allOf", "anyOf", "prefixItems")
            if name in made
        ]
        if draw < 0.5 and inner:
            name = self.random.choice(inner)
            held = made[name]
            if isinstance(held, list):
                at = self.random.randrange(len(held))
                made[name] = [*held[:at], self.edited(held[at], depth - 1), *held[at + 1 :]]
            elif name == "properties":
                field = self.random.choice(list(held))
                made[name] = held | {field: self.edited(held[field], depth - 1)}
            else:
                made[name] = self.edited(held, depth - 1)
        elif draw < 0.75 and made:
            del made[self.random.choice(list(made))]
        else:
            self.keyword(made, max(depth, 0))
        return made


def pairs(count: int = PAIRS) -> Iterator[tuple[Any, Any]]:
    maker = Maker(Random(4))
    for _ in range(count):
        old = maker.schema()
        yield old, maker.edited(old)


def counterexample(comparison: type[Comparison]) -> tuple[Any, Any, Any] | None:
    """Two schemas that are judged compatible and a value that only the old one takes."""
    tried = values()
    for old, new in pairs():
        walk = comparison()
        walk.compare(form_of(old), form_of(new), "spec")
        if walk.found or walk.exhausted:
            continue
        taken, takes = quick_validator(old).is_valid, quick_validator(new).is_valid
        for value in tried:
            if taken(value) and not takes(value):
                return old, new, value
    return None


def test_whatever_is_judged_compatible_takes_all_that_was_taken() -> None:
    assert counterexample(Comparison) is None


def test_the_judge_and_who_explains_it_see_the_same() -> None:
    """Two libraries read the schemas: one judges, the other names mistakes."""
    tried = values()[::5]
    for schema in (old for old, _ in pairs(600) if isinstance(old, dict)):
        judge, explainer = quick_validator(schema), validator_of(schema)
        for value in tried:
            assert judge.is_valid(value) is explainer.is_valid(value), (schema, value)


def test_pairs_are_judged_both_ways() -> None:
    """Neither is everything called a break, nor nothing, nor is nearly every break one that no value can show."""
    tried = values()
    compatible = shown = breaking = 0
    for old, new in pairs(1_000):
        walk = Comparison()
        walk.compare(form_of(old), form_of(new), "spec")
        if not walk.found:
            compatible += 1
            continue
        breaking += 1
        taken, takes = quick_validator(old).is_valid, quick_validator(new).is_valid
        shown += any(taken(value) and not takes(value) for value in tried)
    assert compatible > 300
    assert breaking > 300
    assert shown > breaking * 0.6


def blind_to(name: str) -> type[Comparison]:
    """A judge that does not look at something."""
    return type(f"BlindTo{name}", (Comparison,), {name: lambda self, old, new, path: None})


class _FewerTypes(Comparison):
    """Takes any overlap of types for enough."""

    def _types(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        if not set(types_of(old)) & set(types_of(new)):
            super()._types(old, new, path)


class _NamedFieldsOnly(Comparison):
    """Forgets that fields which nobody named were taken as well."""

    def _fields(self, old: dict[str, Any], new: dict[str, Any], path: str) -> None:
        for name in old.get("properties", {}):
            if name in new.get("properties", {}):
                self.compare(old["properties"][name], new["properties"][name], f"{path}.{name}")


@pytest.mark.parametrize(
    "judge",
    [
        *map(blind_to, ("_values", "_types", "_numbers", "_lengths", "_texts", "_items", "_fields", "_required")),
        *map(blind_to, ("_combined", "_alike")),
        _FewerTypes,
        _NamedFieldsOnly,
    ],
    ids=lambda judge: judge.__name__,
)
def test_a_judge_that_overlooks_something_is_found_out(judge: type[Comparison]) -> None:
    """The twins."""
    assert counterexample(judge) is not None


def an_object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})


TEXT, NUMBER = {"type": "string"}, {"type": "number"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (an_object(a=TEXT), an_object(("a",), a=TEXT), [("spec.a", BreakKind.FIELD_REQUIRED)]),
        (an_object(a=TEXT, b=TEXT), an_object(a=TEXT), [("spec.b", BreakKind.FIELD_REMOVED)]),
        (an_object(a=NUMBER), an_object(a={"type": "integer"}), [("spec.a", BreakKind.TYPE_NARROWED)]),
        (an_object(a={"enum": [1, 2]}), an_object(a={"enum": [2, 3]}), [("spec.a", BreakKind.VALUE_REMOVED)]),
        (an_object(a=TEXT), an_object(a={"enum": ["x"]}), [("spec.a", BreakKind.VALUE_REMOVED)]),
        (an_object(a=NUMBER), an_object(a=NUMBER | {"minimum": 0}), [("spec.a", BreakKind.BOUND_TIGHTENED)]),
        (
            an_object(a=NUMBER | {"maximum": 9}),
            an_object(a=NUMBER | {"exclusiveMaximum": 9}),
            [("spec.a", BreakKind.BOUND_TIGHTENED)],
        ),
        (an_object(a=TEXT), an_object(a=TEXT | {"pattern": "^x"}), [("spec.a", BreakKind.PATTERN_CHANGED)]),
        (an_object(a=TEXT), an_object(a=TEXT | {"format": "uri"}), [("spec.a", BreakKind.PATTERN_CHANGED)]),
        ({"type": "object"}, an_object(), [("spec", BreakKind.FIELD_REMOVED)]),
        (
            an_object(a={"type": "array", "items": an_object(b=TEXT)}),
            an_object(a={"type": "array", "items": an_object(("b",), b=TEXT)}),
            [("spec.a[].b", BreakKind.FIELD_REQUIRED)],
        ),
        (an_object(a=TEXT), an_object(a=TEXT) | {"not": {"required": ["a"]}}, [("spec", BreakKind.UNJUDGED)]),
        (
            an_object(("a",), a=TEXT, b=NUMBER),
            an_object(("b",), a=NUMBER, b=NUMBER | {"maximum": 5}),
            [
                ("spec.a", BreakKind.TYPE_NARROWED),
                ("spec.b", BreakKind.BOUND_TIGHTENED),
                ("spec.b", BreakKind.FIELD_REQUIRED),
            ],
        ),
    ],
)
def test_a_break_is_named_by_its_place_and_kind(old: Any, new: Any, told: list[tuple[str, BreakKind]]) -> None:
    assert [(item.path, item.kind) for item in schema_breaks(old, new, "spec")] == told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (an_object(("a",), a=TEXT), an_object(a=TEXT, b=NUMBER)),
        (an_object(a={"type": "integer"}), an_object(a=NUMBER)),
        (an_object(a={"enum": ["x"]}), an_object(a=TEXT)),
        (an_object(a={"enum": [1, 2]}), an_object(a={"type": "integer", "minimum": 0})),
        (an_object(a=TEXT | {"maxLength": 5}), an_object(a=TEXT | {"maxLength": 6})),
        (an_object(a=TEXT), {"type": "object"}),
        (an_object(a={"const": 1}), an_object(a={"enum": [1, 2]})),
        (an_object(a={"$ref": "#/$defs/t"}) | {"$defs": {"t": TEXT}}, an_object(a=TEXT)),
        (an_object(a=TEXT), an_object(a={"anyOf": [TEXT, NUMBER]})),
        (an_object(a={"anyOf": [TEXT, NUMBER]}), an_object(a={"anyOf": [NUMBER, TEXT, {"type": "null"}]})),
        (an_object(a=TEXT | {"title": "A"}), an_object(a=TEXT | {"description": "Any text.", "x-ucs-title-zh": "甲"})),
        (an_object(a=NUMBER | {"multipleOf": 4}), an_object(a=NUMBER | {"multipleOf": 2})),
        (an_object(a=TEXT, b=TEXT), an_object(a=TEXT, b=TEXT) | {"maxProperties": 2}),
    ],
)
def test_what_only_takes_more_is_compatible(old: Any, new: Any) -> None:
    assert schema_breaks(old, new, "spec") == []


@pytest.mark.parametrize("type", built_in_types().values(), ids=lambda type: type.id)
def test_a_built_in_type_is_one_that_may_be_entered_and_compatible_with_itself(type: ResourceType) -> None:
    check_schema(type.schema)
    if type.members is not None:
        check_schema(type.members.schema)
    assert breaks_between(type, type) == []


def a_type(**changes: Any) -> ResourceType:
    fields = {
        "id": "pool",
        "kind": ResourceKind.DATA,
        "title": Bilingual(zh="池", en="Pool"),
        "schema": an_object(a=TEXT),
    }
    return ResourceType(**fields | changes)


def test_kind_and_member_rules_are_compared() -> None:
    plain = MemberRules(code=MemberCoding.PLAIN, schema=an_object(a=TEXT))
    channels = MemberRules(code=MemberCoding.GB28181, schema=an_object(a=NUMBER))
    told = [
        item.kind
        for item in breaks_between(a_type(members=plain), a_type(members=channels, kind=ResourceKind.COMPONENT))
    ]
    assert told == [BreakKind.KIND_CHANGED, BreakKind.CODING_CHANGED, BreakKind.TYPE_NARROWED]
    assert (
        breaks_between(a_type(members=channels), a_type(members=MemberRules(code=MemberCoding.PLAIN, schema={}))) == []
    )
    assert breaks_between(a_type(members=channels), a_type()) == []
    assert {item.kind for item in breaks_between(a_type(), a_type(members=plain))} == {
        BreakKind.FIELD_REMOVED,
        BreakKind.TYPE_NARROWED,
    }
    free = MemberRules(code=MemberCoding.PLAIN, schema={"type": "object"})
    assert breaks_between(a_type(), a_type(members=free)) == []


def test_a_break_is_told_in_both_languages() -> None:
    [found] = schema_breaks(an_object(a=NUMBER | {"minimum": 0}), an_object(a=NUMBER | {"minimum": 2}), "spec")
    assert found.problem.worded(Locale.EN) == "minimum was 0, and is 2"
    assert found.problem.worded(Locale.ZH) == "minimum 由 0 变为 2"


def test_so_many_breaks_are_named_and_no_more() -> None:
    many = {f"f{at}": TEXT for at in range(BREAKS_MOST * 3)}
    assert len(schema_breaks(an_object(**many), an_object(), "spec")) == BREAKS_MOST


def test_what_is_too_much_to_compare_counts_as_a_break() -> None:
    branches = [{"type": "object", "properties": {f"f{at}": {"type": "string", "minLength": at}}} for at in range(180)]
    new = [{**branch, "title": "x", "maxProperties": 9} for branch in branches]
    [found] = schema_breaks({"type": "object", "anyOf": branches}, {"type": "object", "anyOf": new}, "spec")
    assert found.kind is BreakKind.UNJUDGED
