"""An estimate that is kept is the estimate that would be made."""

from random import Random

import pytest
from graphql import OperationDefinitionNode, parse

from ucs_core.graphql.cost import estimate, given_by
from ucs_core.graphql.costs import KEPT, Costs
from ucs_core.graphql.limits import Limits, measure
from ucs_core.graphql.schema import build_schema, core_schema

DOCUMENTS = (
    "query($id: ID!) { resource(id: $id) { id dependencies { relation } } }",
    "query($a: Int, $b: Int = 3) { resources(first: $a) { nodes { id } } organizations(first: $b) { nodes { id } } }",
    "query($f: ResourceFilter, $s: String, $n: Int) { resources(filter: $f, search: $s, first: $n) { totalCount } }",
    "query($n: Int, $m: Int) { ...R } fragment R on Query { resources(first: $n) { nodes { ...D } totalCount } }"
    " fragment D on Resource { id dependants(first: $m) { resource { id } } }",
    'query($s: String = "a") { resources(search: $s) { totalCount facets { dimension } } }',
    'query($n: Int) { impact(resource: "resources/1", depth: $n, first: $n) { total { count } } }',
)

VALUES = (
    None,
    0,
    1,
    50,
    200,
    10**9,
    -1,
    True,
    "x",
    "",
    [1],
    {"search": "a"},
    {"anyOf": [{"search": "b"}, {}]},
    {"anyOf": [{}] * 30},
    {},
)


@pytest.fixture(scope="module")
def measured():
    schema = core_schema(build_schema())

    def plan(text: str):
        document = parse(text)
        found = measure(document, schema, Limits())
        (node,) = (each for each in document.definitions if isinstance(each, OperationDefinitionNode))
        return (
            node,
            found.surveys[id(node)].plan,
            [(each.name.value, found.surveys[id(each)].plan) for each in found.order],
        )

    return plan


def _differences(measured, kind: type[Costs]) -> list[object]:
    random, found = Random(3702), []
    for text in DOCUMENTS:
        node, plan, fragments = measured(text)
        costs = kind(node, plan, fragments)
        names = [each.variable.name.value for each in node.variable_definitions]
        for _ in range(4 * KEPT):
            variables = {name: random.choice(VALUES) for name in names if random.random() < 0.8}
            expected = estimate(plan, fragments, given_by(node, variables))
            if costs.estimate(variables) != expected:
                found.append((text, variables))
        assert len(costs._kept) <= KEPT
    return found


def test_kept_estimates_are_those_that_would_be_made(measured):
    assert _differences(measured, Costs) == []


def test_twin_that_keeps_one_estimate_for_all_is_caught(measured):
    class Once(Costs):
        def estimate(self, variables):
            self._fixed = self._fixed or super().estimate(variables)
            return self._fixed

    assert _differences(measured, Once)


def _cost(measured, text: str, **variables: object) -> int:
    node, plan, fragments = measured(text)
    return estimate(plan, fragments, given_by(node, variables)).catalogue


def test_one_walk_that_goes_far_fits_into_an_operation_and_two_do_not(measured):
    def walks(count: int, depth: str) -> str:
        asked = [f'a{at}: impact(resource: "resources/1"{depth}) {{ total {{ count }} }}' for at in range(count)]
        return f"query($d: Int) {{ {' '.join(asked)} }}"

    most = Limits().cost
    for far in (", depth: 10", ", depth: 4", ", depth: $d"):
        assert _cost(measured, walks(1, far)) <= most < _cost(measured, walks(2, far))
    for near in ("", ", depth: 3", ", depth: null"):
        assert _cost(measured, walks(3, near)) <= most


def test_branches_beyond_those_that_a_filter_may_have_are_searches(measured):
    stated = "{{ resources(filter: {{anyOf: [{0}]}}) {{ nodes {{ id }} }} }}"
    given = "query($f: ResourceFilter) { resources(filter: $f) { nodes { id } } }"
    most = Limits().cost
    for count, dear in ((8, False), (9, False), (12, True)):
        assert (_cost(measured, stated.format(", ".join(["{kind: data}"] * count))) > most) is dear
        assert (_cost(measured, given, f={"anyOf": [{"kind": "data"}] * count}) > most) is dear
