"""The limiter: every measure at its limit and one beyond, and work that stays linear however fragments spread."""

import dataclasses
from itertools import pairwise

import pytest
from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, get_introspection_query, parse

from ucs_core.graphql import DocumentErrors, Limits
from ucs_core.graphql.cost import SEARCH, WEIGHTS
from ucs_core.graphql.documents import KEPT_CHARACTERS, Documents
from ucs_core.graphql.limits import measure, survey
from ucs_core.graphql.schema import build_schema, core_schema
from ucs_sdk.errors import Invalid

BOUNDLESS = Limits(**{field.name: 10**12 for field in dataclasses.fields(Limits)})


@pytest.fixture(scope="module")
def schema():
    return core_schema(build_schema())


def bomb(depth: int) -> str:
    """Fragments that each spread the next one twice."""
    links = "".join(
        f"fragment F{n} on Organization {{ a: parent {{ ...F{n + 1} }} b: parent {{ ...F{n + 1} }} }} "
        for n in range(depth)
    )
    return f"{{ viewer {{ organization {{ ...F0 }} }} }} {links} fragment F{depth} on Organization {{ id }}"


def visited_without_memory(document, most: int) -> int:
    """The twin: how many selections plain recursion looks at, following every spread anew; it gives up at `most`."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    waiting, visited = [document.definitions[0].selection_set], 0
    while waiting and visited < most:
        for node in waiting.pop().selections:
            visited += 1
            if isinstance(node, FragmentSpreadNode):
                waiting.append(fragments[node.name.value].selection_set)
            elif isinstance(node, FieldNode) and node.selection_set:
                waiting.append(node.selection_set)
    return visited


@pytest.mark.parametrize("depth", [4, 8, 12, 16])
def test_the_work_on_a_fragment_bomb_is_linear_in_its_text(schema, depth):
    document = parse(bomb(depth))
    assert sum(survey(node, schema).selections for node in document.definitions) == 3 + 4 * depth + 1
    with pytest.raises(Invalid) as refused:
        measure(document, schema, dataclasses.replace(BOUNDLESS, selections=10))
    assert refused.value.fields["measure"] == "selections"


def test_what_a_bomb_amounts_to_is_told_exactly(schema):
    with pytest.raises(Invalid) as refused:
        measure(parse(bomb(10)), schema, dataclasses.replace(BOUNDLESS, selections=10))
    # The innermost fragment that is beyond the limit is the first to be refused; the sums below it are exact.
    assert refused.value.fields["value"] == 3 + visited_without_memory(parse(bomb(10)), 10**6) - 3


def test_the_twin_without_memory_is_not_linear():
    assert visited_without_memory(parse(bomb(16)), most=10**6) > 100_000


@pytest.mark.parametrize(
    ("limits", "admitted", "refused", "measure"),
    [
        ({"characters": 17}, "{ viewer { id } }", "{ viewer { id }  }", "characters"),
        ({"tokens": 7}, "{ viewer { id } }", "{ viewer { id kind title } }", "tokens"),
        ({"definitions": 1}, "{ viewer { id } }", "{ viewer { ...F } } fragment F on Viewer { id }", "definitions"),
        ({"depth": 2}, "{ viewer { id } }", "{ viewer { organization { id } } }", "depth"),
        (
            {"depth": 3},
            "{ viewer { ...F } } fragment F on Viewer { organization { id } }",
            "{ viewer { ...F } } fragment F on Viewer { organization { parent { id } } }",
            "depth",
        ),
        (
            {"root_fields": 2},
            "{ a: viewer { id } b: viewer { id } }",
            "{ a: viewer { id } ...F ...F ... { b: viewer { id } } } fragment F on Query { viewer { id } }",
            "root fields",
        ),
        (
            {"aliases": 2},
            "{ viewer { ...F } } fragment F on Viewer { a: id b: id }",
            "{ viewer { ...F ...F } } fragment F on Viewer { a: id b: id }",
            "aliases",
        ),
        (
            {"directives": 1},
            "query($a: Boolean!) { viewer @skip(if: $a) { id } }",
            "query($a: Boolean!) { viewer @skip(if: $a) { id @skip(if: $a) } }",
            "directives",
        ),
        ({"selections": 4}, "{ viewer { id kind title } }", "{ viewer { id kind ... { title } } }", "selections"),
        ({"overlaps": 3}, "{ viewer { id id id } }", "{ viewer { id id id } viewer { id } }", "overlapping fields"),
        (
            {"cost": 41},
            "{ resources(first: 40) { nodes { id } } }",
            "{ resources(first: 41) { nodes { id } } }",
            "cost",
        ),
    ],
)
def test_each_measure_has_its_limit(schema, limits, admitted, refused, measure):
    documents = Documents(schema, dataclasses.replace(BOUNDLESS, **limits))
    documents.operation(admitted, None).check_cost({})
    with pytest.raises(Invalid) as caught:
        documents.operation(refused, None).check_cost({})
    assert caught.value.reason == "DOCUMENT_TOO_COSTLY"
    assert caught.value.fields["measure"] == measure
    assert caught.value.fields["value"] > caught.value.fields["most"]


def cost(schema, document: str, **variables) -> int:
    """The estimate, read from its refusal."""
    documents = Documents(schema, dataclasses.replace(BOUNDLESS, cost=-1))
    with pytest.raises(Invalid) as caught:
        documents.operation(document, None).check_cost(variables)
    return caught.value.fields["value"]


NESTED = "query($n: Int, $m: Int) { organizations(first: $n) { nodes { id children(first: $m) { nodes { id } } } } }"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"n": 10, "m": 5}, 1 + 10 * (2 + 5)),
        ({"n": 10}, 1 + 10 * (2 + 20)),
        ({"n": None, "m": None}, 1 + 20 * (2 + 20)),
        ({}, 1 + 20 * (2 + 20)),
        ({"n": 10_000, "m": -3}, 1 + 200 * (2 + 1)),
        ({"n": "many", "m": [1]}, 1 + 200 * (2 + 200)),
        ({"n": True, "m": 1.5}, 1 + 1 * (2 + 200)),
    ],
)
def test_page_sizes_multiply_down_nested_lists(schema, variables, expected):
    assert cost(schema, NESTED, **variables) == expected


def test_the_default_of_a_variable_counts_where_it_is_not_given(schema):
    document = "query($n: Int = 50) { organizations(first: $n) { nodes { id } } }"
    assert cost(schema, document) == 51
    assert cost(schema, document, n=3) == 4


def test_the_same_cost_is_estimated_with_and_without_fragments(schema):
    spread = """query($n: Int) { organizations(first: $n) { ...Page } }
      fragment Page on OrganizationConnection { nodes { ...Card } }
      fragment Card on Organization { id children(first: 7) { nodes { ...Name } } }
      fragment Name on Organization { id title { zh } }"""
    plain = (
        "query($n: Int) { organizations(first: $n) { nodes { id children(first: 7) { nodes { id title { zh } } } } } }"
    )
    for size in (1, 20, 200):
        assert cost(schema, spread, n=size) == cost(schema, plain, n=size)


def test_lists_without_pages_are_estimated(schema):
    document = '{ resource(code: "x") { dependencies { resource { dependencies { relation } } } } }'
    assert cost(schema, document) == 1 + 1 + 10 * (1 + 1 + 10)


COUNTING = "totalCount facets(by: [kind]) { values { value count } } pageInfo { endCursor }"

COUNTED = WEIGHTS["ResourceConnection.totalCount"] + WEIGHTS["ResourceConnection.facets"]


COUNTS = f" fragment Counts on ResourceConnection {{ {COUNTING} }}"


@pytest.mark.parametrize(
    ("counting", "fragments"),
    [
        (COUNTING, ""),
        (f"... {{ {COUNTING} }}", ""),
        (f"... on ResourceConnection {{ {COUNTING} }}", ""),
        ("...Counts", COUNTS),
        ("... { ...Nested }", COUNTS + " fragment Nested on ResourceConnection { ...Counts }"),
    ],
)
def test_totals_and_facets_weigh_the_same_whatever_the_page_and_wherever_they_are_written(schema, counting, fragments):
    for first in (1, 200):
        bare = f"{{ resources(first: {first}) {{ nodes {{ id }} }} }}"
        full = f"{{ resources(first: {first}) {{ nodes {{ id }} {counting} }} }}{fragments}"
        assert cost(schema, full) == cost(schema, bare) + COUNTED


@pytest.mark.parametrize(
    ("document", "variables", "searches"),
    [
        ('{ resources(search: "q") { nodes { id } } }', {}, 1),
        ('{ resources(search: "") { nodes { id } } }', {}, 0),
        ("{ resources(search: null) { nodes { id } } }", {}, 0),
        ("query($q: String) { resources(search: $q) { nodes { id } } }", {"q": "q"}, 1),
        ("query($q: String) { resources(search: $q) { nodes { id } } }", {"q": ["q"]}, 1),
        ("query($q: String) { resources(search: $q) { nodes { id } } }", {"q": None}, 0),
        ("query($q: String) { resources(search: $q) { nodes { id } } }", {}, 0),
        ('query($q: String = "q") { resources(search: $q) { nodes { id } } }', {}, 1),
        ('query($q: String = "q") { resources(search: $q) { nodes { id } } }', {"q": ""}, 0),
        ("query($q: String) { ...F } fragment F on Query { resources(search: $q) { nodes { id } } }", {"q": "q"}, 1),
        ('{ ...F } fragment F on Query { resources(search: "q") { nodes { id } } }', {}, 1),
    ],
)
def test_a_search_weighs_when_there_is_something_to_search_for(schema, document, variables, searches):
    assert cost(schema, document, **variables) == 1 + 20 + searches * SEARCH


SEARCHING = 'resources(search: "q") { totalCount nodes { id } }'
READING_THE_LOG = "log { nodes { position } }"


@pytest.mark.parametrize("field", [SEARCHING, READING_THE_LOG])
def test_few_searches_and_reads_of_the_log_fit_into_one_operation(schema, field):
    documents = Documents(schema, Limits())
    for number in range(1, 21):
        operation = documents.operation("{ " + " ".join(f"a{n}: {field}" for n in range(number)) + " }", None)
        if number <= 3:
            operation.check_cost({})
        else:
            with pytest.raises(Invalid) as refused:
                operation.check_cost({})
            assert refused.value.fields["most"] == Limits().cost


def test_without_their_weights_twenty_of_them_would_fit(schema):
    weights = 20 * (SEARCH + WEIGHTS["ResourceConnection.totalCount"])
    assert cost(schema, "{ " + " ".join(f"a{n}: {SEARCHING}" for n in range(20)) + " }") - weights < Limits().cost


@pytest.mark.parametrize("number", ["200", "999999999", "2147483647"])
def test_numbers_beyond_a_page_count_as_the_largest_page(schema, number):
    assert cost(schema, f"{{ resources(first: {number}) {{ nodes {{ id }} }} }}") == 201


def test_the_schema_itself_has_a_budget_of_its_own(schema):
    documents = Documents(schema, Limits())
    fields = "name fields { name description args { name description type { name } } type { name kind } }"
    one = "__schema { types { " + fields + " } }"
    documents.operation("{ " + one + " }", None).check_cost({})
    many = "{ " + " ".join(f"a{n}: {one}" for n in range(20)) + " }"
    with pytest.raises(Invalid, match="cost of introspection"):
        documents.operation(many, None).check_cost({})


def test_the_usual_introspection_is_within_all_limits(schema):
    everything = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True
    )
    Documents(schema, Limits()).operation(everything, None).check_cost({})


@pytest.mark.parametrize("links", [["A", "A"], ["A", "B", "A"], ["A", "B", "C", "B"]])
def test_circles_of_fragments_are_refused(schema, links):
    definitions = " ".join(f"fragment {name} on Viewer {{ ...{following} }}" for name, following in pairwise(links))
    with pytest.raises(DocumentErrors) as caught:
        measure(parse("{ viewer { ...A } } " + definitions), schema, Limits())
    assert "within itself" in caught.value.errors[0].message


def test_an_operation_is_prepared_once_for_a_text(schema):
    documents = Documents(schema, Limits())
    text = "query Q { viewer { id } }"
    assert documents.operation(text, None) is documents.operation(text, "Q")
    assert Documents(schema, Limits()).operation(text, None) is not documents.operation(text, None)


def test_kept_documents_are_bounded_and_the_oldest_goes_first(schema):
    documents = Documents(schema, Limits())
    texts = [f"#{'x' * 60_000}{n}\n{{ viewer {{ id }} }}" for n in range(3)]
    assert sum(map(len, texts)) > KEPT_CHARACTERS
    first, second, third = (documents.operation(text, None) for text in texts)
    assert documents.operation(texts[2], None) is third
    assert documents.operation(texts[1], None) is second
    assert documents.operation(texts[0], None) is not first


def test_what_was_refused_is_not_kept(schema):
    documents = Documents(schema, Limits())
    for _ in range(2):
        with pytest.raises(DocumentErrors):
            documents.operation("{ nothing }", None)
