"""The demo city's scenarios are compositions of what is there, and as many as the city publishes."""

import pytest

from ucs_core.demo.generator import SCENARIO, generate
from ucs_core.demo.scenarios import PARTS, ROLES, scenarios_among
from ucs_core.platform.extending.entries import OPERATION
from ucs_registry.types import built_in_types
from ucs_sdk.vocabulary import ResourceKind


@pytest.fixture(scope="module")
def city():
    return list(generate(2_000, 7))


@pytest.mark.parametrize(("resources", "scenarios"), [(189_000, 476), (2_000, 24), (100, 2), (0, 0)])
def test_there_are_as_many_as_the_city_publishes_and_some_in_a_small_one(resources, scenarios):
    assert scenarios_among(resources) == scenarios


def test_the_stream_holds_them_behind_all_that_they_are_made_of(city):
    scenarios = [row for row in city if row.type == SCENARIO]
    assert len(scenarios) == scenarios_among(len(city))
    assert all(row.kind is ResourceKind.APPLICATION for row in scenarios)
    known = {f"resources/{row.id}": row for row in city}
    for row in scenarios:
        if row.content.synthetic:
            assert len(row.content.dependencies) >= sum(least for _, _, least, _ in PARTS) - 1
            assert any(part.required for part in row.content.dependencies)
            assert all(part.role == ROLES[known[part.target].type] for part in row.content.dependencies)


def test_every_type_of_part_has_a_role():
    """Operations are no parts of what is invented: there are none in a made-up city."""
    assert set(ROLES) == set(built_in_types()) - {OPERATION}
