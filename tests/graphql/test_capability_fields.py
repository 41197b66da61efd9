"""The operations of plugins as fields: their types, their names, and what goes to and fro."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLSchema,
    execute,
    parse,
    print_type,
    specified_rules,
    subscribe,
    validate,
    validate_schema,
)
from pydantic import BaseModel, Field

from ucs_core.graphql.capabilities import Offered, extended
from ucs_core.graphql.documents import Documents
from ucs_core.graphql.limits import Limits
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_sdk.errors import Invalid

CORE = core_schema(build_schema())


class Level(StrEnum):
    """How high it stands."""

    RED = "red"
    BLUE = "blue"


class Place(BaseModel):
    """A place."""

    longitude: float
    latitude: float


class Depth(BaseModel):
    """How deep the water is."""

    point_code: str = Field(max_length=20, title="点位", description="Which point")
    depth_cm: float
    seen_at: datetime
    day: date | None = None
    level: Level | None = None
    near: Place | None = None
    others: list[Place] = []
    serial: int = Field(0, ge=0, le=2**50)
    count: int = 1
    notes: dict[str, str] = {}
    mixed: int | str = 1


class Branch(BaseModel):
    """A branch of a tree."""

    name: str
    branches: list[Branch] = []


class Nothing(BaseModel):
    """Nothing is asked."""


def offered(path: str, asked: type[BaseModel], answer: type[BaseModel], *, changes=False, streaming=False) -> Offered:
    return Offered(
        path=path,
        title_zh="做",
        title_en="Do",
        description="More about it.",
        changes=changes,
        streaming=streaming,
        input=asked.model_json_schema(),
        output=answer.model_json_schema(mode="serialization"),
    )


class Platform:
    """Answers with what it was asked, as JSON."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any, str | None]] = []

    async def invoke(self, path: str, asked: Any, request_id: str | None, *, changes: bool) -> Any:
        self.asked.append((path, asked, request_id))
        return {"others": [], "serial": 0, "count": 1, "notes": {}, "mixed": "m"} | asked

    async def stream(self, path: str, asked: Any) -> AsyncIterator[Any]:
        for name in ("a", "b"):
            yield {"name": name, "branches": []}


SCHEMA = extended(
    CORE,
    [
        offered("water_level.report", Depth, Depth, changes=True),
        offered("water_level.latest_depth", Depth, Depth),
        offered("water_level.follow", Nothing, Branch, streaming=True),
        offered("trees.grow", Branch, Branch),
    ],
)

REPORT = """mutation($input: WaterLevelDepthInput!) { waterLevel { report(input: $input, requestId: "r1") {
  pointCode depthCm seenAt day level near { longitude } others { latitude } serial count notes mixed } } }"""
GIVEN = {
    "pointCode": "P1",
    "depthCm": 12.5,
    "seenAt": "2026-07-01T08:00:00+08:00",
    "day": "2026-07-01",
    "level": "red",
    "near": {"longitude": 120.3, "latitude": 36.1},
    "serial": 2**40,
    "notes": {"by": "hand"},
}


async def run(schema: GraphQLSchema, document: str, variables: dict[str, Any] | None = None) -> tuple[Any, Platform]:
    platform, parsed = Platform(), parse(document)
    assert validate(schema, parsed, specified_rules) == []
    result = execute(schema, parsed, context_value=platform, variable_values=variables)
    result = result if isinstance(result, ExecutionResult) else await result
    assert result.errors is None
    return result.data, platform


def test_the_schema_with_operations_is_a_valid_one():
    assert validate_schema(SCHEMA) == []
    assert CORE.query_type is not None
    assert "trees" not in CORE.query_type.fields


def test_a_model_becomes_a_type_with_names_of_the_schema():
    text = print_type(SCHEMA.type_map["WaterLevelDepth"])
    assert '"""点位 · Which point"""\n  pointCode: String!' in text
    for field in (
        "depthCm: Float!",
        "seenAt: DateTime!",
        "day: Date\n",
        "level: WaterLevelLevel\n",
        "near: WaterLevelPlace\n",
        "others: [WaterLevelPlace!]!",
        "serial: BigInt!",
        "count: Int!",
        "notes: JSON!",
        "mixed: JSON!",
    ):
        assert field in f"{text}\n"
    assert "Depth Cm" not in text


def test_what_a_model_lets_out_may_be_left_out_of_the_input():
    text = print_type(SCHEMA.type_map["WaterLevelDepthInput"])
    assert "pointCode: String!" in text
    assert "others: [WaterLevelPlaceInput!]\n" in text


async def test_a_change_gets_its_input_by_the_names_of_the_plugin():
    data, platform = await run(SCHEMA, REPORT, {"input": GIVEN})
    [(path, asked, request_id)] = platform.asked
    assert (path, request_id) == ("water_level.report", "r1")
    assert asked == {
        "point_code": "P1",
        "depth_cm": 12.5,
        "seen_at": "2026-07-01T00:00:00.000000Z",
        "day": "2026-07-01",
        "level": "red",
        "near": {"longitude": 120.3, "latitude": 36.1},
        "serial": 2**40,
        "notes": {"by": "hand"},
    }
    assert data["waterLevel"]["report"] == {
        "pointCode": "P1",
        "depthCm": 12.5,
        "seenAt": "2026-07-01T00:00:00.000000Z",
        "day": "2026-07-01",
        "level": "red",
        "near": {"longitude": 120.3},
        "others": [],
        "serial": 2**40,
        "count": 1,
        "notes": {"by": "hand"},
        "mixed": "m",
    }


async def test_a_read_takes_no_request_id():
    document = parse('{ trees { grow(input: {name: "oak"}, requestId: "r") { name } } }')
    assert "requestId" in validate(SCHEMA, document, specified_rules)[0].message
    data, _ = await run(SCHEMA, '{ trees { grow(input: {name: "oak"}) { name } } }')
    assert data == {"trees": {"grow": {"name": "oak"}}}


async def test_a_tree_is_asked_as_deep_as_one_likes():
    given = {"name": "oak", "branches": [{"name": "twig", "branches": [{"name": "leaf"}]}]}
    document = "query($input: TreesBranchInput!) { trees { grow(input: $input) { branches { branches { name } } } } }"
    data, platform = await run(SCHEMA, document, {"input": given})
    assert platform.asked[0][1] == given
    assert data["trees"]["grow"]["branches"] == [{"branches": [{"name": "leaf"}]}]


async def test_a_stream_is_a_subscription():
    events = subscribe(SCHEMA, parse("subscription { waterLevelFollow { name } }"), context_value=Platform())
    assert [event.data async for event in events] == [{"waterLevelFollow": {"name": name}} for name in "ab"]


def test_two_models_of_one_title_are_two_types():
    class Branch(BaseModel):
        length: int

    schema = extended(CORE, [offered("trees.grow", Nothing, Branch), offered("trees.tell", Nothing, Place)])
    other = extended(CORE, [offered("trees.grow", Nothing, globals()["Branch"]), offered("trees.cut", Nothing, Branch)])
    assert "TreesBranch" in schema.type_map
    assert {"TreesBranch", "TreesBranch2"} <= set(other.type_map)


def test_names_that_graphql_has_not_make_the_whole_object_json():
    class Odd(BaseModel):
        a_b: int = Field(1, serialization_alias="a-b")

    class Twins(BaseModel):
        a_b: int = 1
        aB: int = 2  # noqa: N815 -- the same name for the schema is the point

    schema = extended(CORE, [offered("trees.odd", Nothing, Odd), offered("trees.twins", Nothing, Twins)])
    text = print_type(schema.type_map["TreesQueries"])
    assert "odd: JSON!" in text
    assert "twins: JSON!" in text


@pytest.mark.parametrize("name", ["resource", "node", "resources_by_name"])
def test_a_capability_may_not_take_the_name_of_a_field(name):
    with pytest.raises(ValueError, match=name):
        extended(CORE, [offered(f"{name}.x", Nothing, Nothing)])


def test_operations_weigh_in_what_a_document_costs():
    fields = " ".join(f'a{at}: trees {{ grow(input: {{name: "x"}}) {{ name }} }}' for at in range(15))
    documents = Documents(SCHEMA, Limits(cost=5_000))
    documents.operation('{ trees { grow(input: {name: "x"}) { name } } }', None).check_cost({})
    with pytest.raises(Invalid, match="cost"):
        documents.operation(f"{{ {fields} }}", None).check_cost({})


def test_the_schema_of_no_operations_is_the_schema_itself():
    assert extended(CORE, []) is CORE


def test_an_instant_without_a_zone_is_utc():
    from ucs_core.graphql.capabilities.forms import _instant

    assert _instant("2026-07-01T08:00:00") == datetime(2026, 7, 1, 8, tzinfo=UTC)
