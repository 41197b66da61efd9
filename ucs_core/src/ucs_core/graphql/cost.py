"""What a document may cost: values in the answer, estimated from page sizes and multiplied down nested lists, and what it
takes to find them.

A plan is made once for a document; page sizes and search texts that are variables are filled in for each request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    introspection_types,
    is_leaf_type,
    is_list_type,
)

from ucs_registry.graph import DEPTH_DEFAULT
from ucs_registry.queries import BRANCHES_MOST, PAGE_DEFAULT, PAGE_MOST

ESTIMATES: Mapping[str, int] = {
    "Resource.dependencies": 10,
    "Scenario.parts": 10,
    "RevisionContent.dependencies": 10,
    "Explanation.granters": 20,
    "Query.roles": 12,
    "Query.effectiveActions": 11,
    "Query.testPolicies": 200,
    "Mutation.reviewResources": 200,
    "Mutation.createResources": 200,
    "Query.resourcesByName": 200,
    "RevisionDiff.changes": 100,
    "Vocabulary.terms": 50,
    "PutType.breaks": 20,
    "DifferenceLine.resourcesGained": 3,
    "DifferenceLine.resourcesLost": 3,
    "__Schema.types": 50,
    "__Type.fields": 10,
    "__Type.inputFields": 3,
    "__Type.enumValues": 2,
    "__Type.interfaces": 1,
    "__Type.possibleTypes": 1,
    "__Field.args": 2,
    "__Directive.args": 2,
}
"""How many items a list without pages holds; other lists hold few."""

SEARCH = 6_000
"""What a search weighs, in values of the answer: the database looks at all that has the words, however few it lists."""

WEIGHTS: Mapping[str, int] = {
    # Hundreds of entries are read and judged, however few are shown.
    "Query.log": 6_000,
    # A walk may reach a hundred thousand resources, however few are shown.
    "Query.impact": 3_000,
    "Query.logExport": 6_000,
    # The whole of who may do what is gone through, or compiled anew.
    "Query.principals": 500,
    "Query.roles": 500,
    "Query.roleAssignments": 500,
    "Query.policies": 500,
    "Query.grants": 3_000,
    "Query.whoCan": 3_000,
    "Query.whatIf": 10_500,
    "Query.testPolicies": 10_500,
    # One question for each resource.
    "Resource.revisions": 50,
    "ResourceConnection.totalCount": 500,
    # One question for each resource, two with how many there are.
    "Resource.members": 50,
    "Query.members": 50,
    "MemberConnection.totalCount": 50,
    "ResourceConnection.facets": 500,
    # A schema is a document of its own.
    "ResourceType.schema": 20,
    "MemberRules.schema": 20,
    # All resources of the type are tried.
    "Mutation.putType": 3_000,
}
"""What other fields weigh beyond the values that they answer with. With a budget of 20,000 two or three fields that
search or read the log fit into one operation, and their counts with them, and just one that weighs edits of access."""

_SEARCHING, _BRANCHES, _AREA, _PLACES = ("search", "filter"), "anyOf", "area", ("box", "polygon")
"""Where searches are stated: each text counts, and so does each area, in which the database may look at all that is there."""

MEMBER_FILTER, _MEMBERS = 2_000, ("Query.members", "Resource.members")
"""What a filter of members weighs, and where it is stated: a whole set may have to be looked through, twice with a total."""

DEEP, _WALK = 7_500, "Query.impact"
"""What a walk weighs besides that may go further than the usual three steps, and where it is asked for: it may look at the
whole graph, and of such walks one operation has one.
"""

OPERATIONS, OPERATION = ("Queries", "Mutations"), 500
"""How the types end on which the operations of a plugin's capability stand, and what each weighs: nobody knows what it does."""

_LISTS = ("Query.resources", "Query.reviews", "Query.scenarios")
"""The fields that take searches and filters of resources."""

_FEW = 5

_ONCE = ("Connection", "PageInfo", "Facet", "FacetCount", "ImpactTally", "OwnerCount")
"""Endings of types of which a page has one, whatever its size: what is selected on them is not multiplied and costs nothing
but its weight."""

_ABOUT_THE_SCHEMA = {"__schema": "__Schema", "__type": "__Type"}


class Factor(NamedTuple):
    """How often something occurs: a number, times the values of variables."""

    number: int = 1
    variables: tuple[str, ...] = ()

    def times(self, other: Factor) -> Factor:
        """The product."""
        return Factor(self.number * other.number, (*self.variables, *other.variables))

    def value(self, sizes: Mapping[str, int]) -> int:
        """The number that it comes to."""
        product = self.number
        for name in self.variables:
            product *= sizes.get(name, PAGE_MOST)
        return product


class Given(NamedTuple):
    """What the variables of one request come to: each as a page size, and as a number of searches."""

    sizes: Mapping[str, int]
    searches: Mapping[str, int]


class Place(NamedTuple):
    """Where a selection stands: on which type, as far as that is known, and how often it occurs.

    `page` is how often the page occurs in which it stands; unknown at the beginning of a fragment on a page.
    """

    type: GraphQLNamedType | None
    factor: Factor = Factor()
    page: Factor | None = None


class Cost(NamedTuple):
    """An estimate in values of the answer: of the catalogue, and of the schema.

    `once` is what a fragment on a page adds for each page, whatever its size.
    """

    catalogue: int = 0
    schema: int = 0
    once: int = 0


@dataclass(slots=True)
class CostPlan:
    """The cost of a definition: of its own fields, by what multiplies them, and of the fragments that it spreads.

    `searches` are those that a variable states; what it does not state costs nothing.
    """

    catalogue: dict[tuple[str, ...], int] = field(default_factory=dict)
    schema: dict[tuple[str, ...], int] = field(default_factory=dict)
    searches: list[tuple[str, Factor]] = field(default_factory=list)
    once: int = 0
    spreads: list[tuple[str, Place]] = field(default_factory=list)

    def add(self, place: Place, node: FieldNode) -> None:
        """Count a field at its place."""
        type, name = "" if place.type is None else place.type.name, node.name.value
        weight = OPERATION if type.endswith(OPERATIONS) else WEIGHTS.get(f"{type}.{name}", 0)
        if type.endswith(_ONCE):
            if place.page is None:
                self.once += weight
            else:
                _charge(self.catalogue, place.page, weight)
            return
        about_schema = type.startswith("__") or name in _ABOUT_THE_SCHEMA
        _charge(self.schema if about_schema else self.catalogue, place.factor, weight + 1)
        for argument in node.arguments or ():
            if f"{type}.{name}" in _MEMBERS and argument.name.value == "filter":
                _charge(self.catalogue, place.factor, MEMBER_FILTER)
            if f"{type}.{name}" == _WALK and argument.name.value == "depth" and not _usual(argument.value):
                _charge(self.catalogue, place.factor, DEEP)
            if f"{type}.{name}" in _LISTS and argument.name.value in _SEARCHING:
                for stated in _stated_searches(argument.value):
                    if stated is None:
                        _charge(self.catalogue, place.factor, SEARCH)
                    else:
                        self.searches.append((stated, place.factor))

    def cost(self, given: Given, fragments: Mapping[str, Cost]) -> Cost:
        """The cost with these variables, given what the fragments cost."""
        catalogue = sum(Factor(number, names).value(given.sizes) for names, number in self.catalogue.items())
        catalogue += sum(
            SEARCH * given.searches.get(name, 0) * factor.value(given.sizes) for name, factor in self.searches
        )
        schema = sum(Factor(number, names).value(given.sizes) for names, number in self.schema.items())
        once = self.once
        for name, place in self.spreads:
            child, times = fragments.get(name, Cost()), place.factor.value(given.sizes)
            catalogue += times * child.catalogue
            schema += times * child.schema
            if place.page is None:
                once += child.once
            else:
                catalogue += place.page.value(given.sizes) * child.once
        return Cost(catalogue, schema, once)


def estimate(plan: CostPlan, fragments: Iterable[tuple[str, CostPlan]], given: Given) -> Cost:
    """The cost of an operation. Each fragment comes behind all those that it spreads."""
    costs: dict[str, Cost] = {}
    for name, part in fragments:
        costs[name] = part.cost(given, costs)
    return plan.cost(given, costs)


def given_by(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Given:
    """What the variables come to. What is no page size counts as the largest page, for execution to refuse."""
    sizes, searches = {}, {}
    for definition in operation.variable_definitions or ():
        name, default = definition.variable.name.value, definition.default_value
        sizes[name] = _size(variables[name]) if name in variables else _page(default).number
        if name in variables:
            searches[name] = _searches_in(variables[name])
        elif default is not None:
            searches[name] = sum(stated is None for stated in _stated_searches(default))
    return Given(sizes, searches)


def begin(definition: OperationDefinitionNode | FragmentDefinitionNode, schema: GraphQLSchema) -> Place:
    """The place of a definition's selections."""
    if isinstance(definition, OperationDefinitionNode):
        return Place(schema.get_root_type(definition.operation))
    return Place(schema.get_type(definition.type_condition.name.value))


def enter(place: Place, node: FieldNode) -> Place:
    """The place of a field's own selections."""
    type, name = place.type, node.name.value
    if name in _ABOUT_THE_SCHEMA:
        return Place(introspection_types[_ABOUT_THE_SCHEMA[name]], place.factor, place.page)
    definition = type.fields.get(name) if isinstance(type, (GraphQLObjectType, GraphQLInterfaceType)) else None
    if type is None or definition is None:
        return Place(None, place.factor, place.page)
    inner, factor, page = get_named_type(definition.type), place.factor, place.page
    if "first" in definition.args:
        page = factor
        factor = factor.times(_page_of(node))
    elif is_list_type(get_nullable_type(definition.type)) and not is_leaf_type(inner) and not type.name.endswith(_ONCE):
        factor = factor.times(Factor(ESTIMATES.get(f"{type.name}.{name}", _FEW)))
    return Place(inner, factor, page)


def narrow(place: Place, node: InlineFragmentNode, schema: GraphQLSchema) -> Place:
    """The place of an inline fragment's selections."""
    if node.type_condition is None:
        return place
    return place._replace(type=schema.get_type(node.type_condition.name.value))


def _charge(costs: dict[tuple[str, ...], int], factor: Factor, weight: int) -> None:
    costs[factor.variables] = costs.get(factor.variables, 0) + weight * factor.number


def _argument(node: FieldNode, name: str) -> ValueNode | None:
    return next((argument.value for argument in node.arguments or () if argument.name.value == name), None)


def _stated_searches(value: ValueNode) -> Iterator[str | None]:
    """The searches that a search text or a filter states: None for each that stands there, and the names of variables.

    A branch beyond those that a filter may have counts as one, too: of very many it is not worth while to read each.
    """
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, VariableNode):
            yield node.name.value
        elif isinstance(node, StringValueNode) and node.value:
            yield None
        elif isinstance(node, ListValueNode):
            waiting += node.values
            yield from (None for _ in node.values[BRANCHES_MOST:])
        elif isinstance(node, ObjectValueNode):
            for part in node.fields:
                if part.name.value == _AREA and not isinstance(part.value, (VariableNode, NullValueNode)):
                    yield None
                elif part.name.value in (*_SEARCHING, _AREA, _BRANCHES):
                    waiting.append(part.value)


def _usual(depth: ValueNode) -> bool:
    """Whether a walk goes no further than one does that states no depth. What a variable holds may be any depth."""
    few = isinstance(depth, IntValueNode) and len(depth.value) == 1 and int(depth.value) <= DEPTH_DEFAULT
    return few or isinstance(depth, NullValueNode)


def _searches_in(value: object) -> int:
    """How many searches the value of a variable states, be it a text, an area, or a filter with branches."""
    found, waiting = 0, [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            found += bool(part)
        elif isinstance(part, list):
            waiting += part
            found += max(0, len(part) - BRANCHES_MOST)
        elif isinstance(part, dict):
            found += any(part.get(name) is not None for name in _PLACES) or part.get(_AREA) is not None
            waiting += [part[name] for name in (*_SEARCHING, _BRANCHES) if name in part]
    return found


def _page_of(node: FieldNode) -> Factor:
    first, last = _argument(node, "first"), _argument(node, "last")
    if first is not None and last is not None:
        # One of them is refused, or null; which one is known too late.
        return Factor(PAGE_MOST)
    return _page(first or last)


def _page(value: ValueNode | None) -> Factor:
    if isinstance(value, VariableNode):
        return Factor(variables=(value.name.value,))
    if isinstance(value, IntValueNode):
        # A number of many digits is out of range anyhow, and slow to read.
        return Factor(_size(int(value.value)) if len(value.value) < 10 else PAGE_MOST)
    return Factor(PAGE_DEFAULT)


def _size(value: object) -> int:
    if value is None:
        return PAGE_DEFAULT
    return min(max(value, 1), PAGE_MOST) if isinstance(value, int) else PAGE_MOST
