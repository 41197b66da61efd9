"""How much a document may bring back: values in the answer, estimated from page sizes and multiplied down nested lists.

A plan is made once for a document; page sizes that are variables are filled in for each request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    introspection_types,
    is_leaf_type,
    is_list_type,
)

from ucs_registry.queries import PAGE_DEFAULT, PAGE_MOST

ESTIMATES: Mapping[str, int] = {
    "Resource.dependencies": 10,
    "Resource.dependants": 10,
    "RevisionContent.dependencies": 10,
    "Explanation.granters": 20,
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

_FEW = 5

_ONCE = ("Connection", "PageInfo", "Facets", "FacetCount")
"""Endings of types of which a page has one, whatever its size: what is selected on them is not multiplied and costs nothing."""

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


class Place(NamedTuple):
    """Where a selection stands: on which type, as far as that is known, and how often it occurs."""

    type: GraphQLNamedType | None
    factor: Factor = Factor()


class Cost(NamedTuple):
    """An estimate in values of the answer: of the catalogue, and of the schema."""

    catalogue: int = 0
    schema: int = 0


@dataclass(slots=True)
class CostPlan:
    """The cost of a definition: of its own fields, by what multiplies them, and of the fragments that it spreads."""

    catalogue: dict[tuple[str, ...], int] = field(default_factory=dict)
    schema: dict[tuple[str, ...], int] = field(default_factory=dict)
    spreads: list[tuple[str, Factor]] = field(default_factory=list)

    def add(self, place: Place, node: FieldNode) -> None:
        """Count a field at its place."""
        type = "" if place.type is None else place.type.name
        if not type.endswith(_ONCE):
            about_schema = type.startswith("__") or node.name.value in _ABOUT_THE_SCHEMA
            costs = self.schema if about_schema else self.catalogue
            variables = place.factor.variables
            costs[variables] = costs.get(variables, 0) + place.factor.number

    def cost(self, sizes: Mapping[str, int], fragments: Mapping[str, Cost]) -> Cost:
        """The cost with these page sizes, given what the fragments cost."""
        catalogue = sum(Factor(number, names).value(sizes) for names, number in self.catalogue.items())
        schema = sum(Factor(number, names).value(sizes) for names, number in self.schema.items())
        for name, factor in self.spreads:
            child, times = fragments.get(name, Cost()), factor.value(sizes)
            catalogue += times * child.catalogue
            schema += times * child.schema
        return Cost(catalogue, schema)


def estimate(plan: CostPlan, fragments: Iterable[tuple[str, CostPlan]], sizes: Mapping[str, int]) -> Cost:
    """The cost of an operation. Each fragment comes behind all those that it spreads."""
    costs: dict[str, Cost] = {}
    for name, part in fragments:
        costs[name] = part.cost(sizes, costs)
    return plan.cost(sizes, costs)


def page_sizes(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> dict[str, int]:
    """The value of each variable as a page size; what is none counts as the largest, for execution to refuse."""
    sizes = {}
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        if name in variables:
            sizes[name] = _size(variables[name])
        else:
            sizes[name] = _page(definition.default_value).number
    return sizes


def begin(definition: OperationDefinitionNode | FragmentDefinitionNode, schema: GraphQLSchema) -> Place:
    """The place of a definition's selections."""
    if isinstance(definition, OperationDefinitionNode):
        return Place(schema.get_root_type(definition.operation))
    return Place(schema.get_type(definition.type_condition.name.value))


def enter(place: Place, node: FieldNode) -> Place:
    """The place of a field's own selections."""
    type, name = place.type, node.name.value
    if name in _ABOUT_THE_SCHEMA:
        return Place(introspection_types[_ABOUT_THE_SCHEMA[name]], place.factor)
    definition = type.fields.get(name) if isinstance(type, (GraphQLObjectType, GraphQLInterfaceType)) else None
    if type is None or definition is None:
        return Place(None, place.factor)
    inner, factor = get_named_type(definition.type), place.factor
    if "first" in definition.args:
        first = next((argument.value for argument in node.arguments or () if argument.name.value == "first"), None)
        factor = factor.times(_page(first))
    elif is_list_type(get_nullable_type(definition.type)) and not is_leaf_type(inner) and not type.name.endswith(_ONCE):
        factor = factor.times(Factor(ESTIMATES.get(f"{type.name}.{name}", _FEW)))
    return Place(inner, factor)


def narrow(place: Place, node: InlineFragmentNode, schema: GraphQLSchema) -> Place:
    """The place of an inline fragment's selections."""
    if node.type_condition is None:
        return place
    return Place(schema.get_type(node.type_condition.name.value), place.factor)


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
