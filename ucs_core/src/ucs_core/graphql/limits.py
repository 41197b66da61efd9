"""What a document may hold, checked on the parsed document before anything is validated or run.

Each definition is surveyed once, and a fragment's survey is added up wherever it is spread: the work is linear in the
document however often fragments spread each other. Nothing here recurses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

from ucs_core.graphql.cost import CostPlan, Place, begin, enter, narrow
from ucs_sdk.errors import Invalid

_CEILING = 10**9
"""Where sums stop: far beyond every limit, and still a small number."""

Definition = OperationDefinitionNode | FragmentDefinitionNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that a document may hold. Selections, aliases and directives of a fragment count wherever it is spread."""

    characters: int = 65_536
    tokens: int = 1_500
    definitions: int = 40
    depth: int = 16
    root_fields: int = 20
    selections: int = 600
    """Fields, spreads and inline fragments."""
    aliases: int = 60
    directives: int = 40
    overlaps: int = 1_000
    """Comparisons of fields that answer under the same name; validation makes each of them."""
    cost: int = 20_000
    """Values in the answer, estimated from page sizes, and the weights of what is dear to find: see `ucs_core.graphql.cost`."""
    introspection_cost: int = 100_000
    """The same for questions about the schema, which is in memory."""
    variables: int = 2_500
    """Values in the variables; free JSON is not counted."""


class DocumentErrors(Exception):
    """The document is not valid; graphql's own words say why."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        self.errors = errors
        super().__init__(f"{len(errors)} errors in the document")


@dataclass(slots=True)
class Survey:
    """What stands in one definition itself, and which fragments it spreads, each with the depth at which it does."""

    selections: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0
    spreads: list[tuple[str, int]] = field(default_factory=list)
    plan: CostPlan = field(default_factory=CostPlan)


@dataclass(frozen=True, slots=True)
class Total:
    """What a definition amounts to with all that it spreads."""

    selections: int
    aliases: int
    directives: int
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A document within its limits. `visited` says how many selections were looked at: each of the document's once."""

    surveys: Mapping[int, Survey]
    order: tuple[FragmentDefinitionNode, ...]
    visited: int


def measure(document: DocumentNode, schema: GraphQLSchema, limits: Limits) -> Measured:
    """Survey a document. Raises Invalid with DOCUMENT_TOO_COSTLY, or DocumentErrors for fragments in a circle."""
    check("definitions", len(document.definitions), limits.definitions)
    definitions = [node for node in document.definitions if isinstance(node, Definition)]
    fragments = _fragments(definitions)
    surveys = {id(node): survey(node, schema) for node in definitions}
    order = _children_first(fragments, surveys)
    totals: dict[str, Total] = {}
    for fragment in order:
        totals[fragment.name.value] = _add_up(surveys[id(fragment)], totals)
    for node in definitions:
        total = _add_up(surveys[id(node)], totals)
        if isinstance(node, OperationDefinitionNode):
            check("root fields", _root_fields(node, fragments), limits.root_fields)
        check("depth", total.depth, limits.depth)
        check("directives", total.directives, limits.directives)
        check("aliases", total.aliases, limits.aliases)
        check("selections", total.selections, limits.selections)
    check_overlaps(definitions, fragments, limits.overlaps)
    return Measured(surveys=surveys, order=order, visited=sum(found.selections for found in surveys.values()))


def check(measure: str, value: int, most: int) -> None:
    """Raise Invalid with DOCUMENT_TOO_COSTLY when a measure is above its limit."""
    if value > most:
        raise Invalid("DOCUMENT_TOO_COSTLY", measure=measure, value=value, most=most)


def survey(definition: Definition, schema: GraphQLSchema) -> Survey:
    """What stands in a definition itself."""
    found = Survey(directives=len(definition.directives or ()))
    place = begin(definition, schema)
    if isinstance(definition, OperationDefinitionNode):
        found.directives += sum(len(variable.directives or ()) for variable in definition.variable_definitions or ())
    waiting: list[tuple[SelectionSetNode, int, Place]] = [(definition.selection_set, 0, place)]
    while waiting:
        selections, depth, place = waiting.pop()
        for node in selections.selections:
            found.selections += 1
            found.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                found.aliases += node.alias is not None
                found.depth = max(found.depth, depth + 1)
                found.plan.add(place, node)
                if node.selection_set:
                    waiting.append((node.selection_set, depth + 1, enter(place, node)))
            elif isinstance(node, InlineFragmentNode):
                waiting.append((node.selection_set, depth, narrow(place, node, schema)))
            elif isinstance(node, FragmentSpreadNode):
                found.spreads.append((node.name.value, depth))
                found.plan.spreads.append((node.name.value, place))
    return found


def _fragments(definitions: list[Definition]) -> dict[str, FragmentDefinitionNode]:
    fragments: dict[str, FragmentDefinitionNode] = {}
    for node in definitions:
        if isinstance(node, FragmentDefinitionNode):
            # Which of two would be meant is anybody's guess, so neither is measured.
            if node.name.value in fragments:
                message = f"There can be only one fragment named '{node.name.value}'."
                raise DocumentErrors([GraphQLError(message, [fragments[node.name.value].name, node.name])])
            fragments[node.name.value] = node
    return fragments


def _children_first(
    fragments: Mapping[str, FragmentDefinitionNode], surveys: Mapping[int, Survey]
) -> tuple[FragmentDefinitionNode, ...]:
    """The fragments in an order in which each stands behind all that it spreads."""
    ordered: dict[str, FragmentDefinitionNode] = {}
    for root in fragments:
        path = {root: _spread(root, fragments, surveys)}
        while path and root not in ordered:
            name = next(reversed(path))
            child = next((child for child in path[name] if child not in ordered), None)
            if child is None:
                ordered[name] = fragments[name]
                del path[name]
            elif child in path:
                raise DocumentErrors(
                    [GraphQLError(f"Cannot spread fragment '{child}' within itself.", [fragments[child]])]
                )
            else:
                path[child] = _spread(child, fragments, surveys)
    return tuple(ordered.values())


def _spread(name: str, fragments: Mapping[str, FragmentDefinitionNode], surveys: Mapping[int, Survey]) -> Iterator[str]:
    return (child for child, _ in surveys[id(fragments[name])].spreads if child in fragments)


def _add_up(own: Survey, totals: Mapping[str, Total]) -> Total:
    selections, aliases, directives, depth = own.selections, own.aliases, own.directives, own.depth
    for name, at in own.spreads:
        # A spread of a fragment that does not exist is for validation to refuse.
        if name in totals:
            child = totals[name]
            selections = min(selections + child.selections, _CEILING)
            aliases = min(aliases + child.aliases, _CEILING)
            directives = min(directives + child.directives, _CEILING)
            depth = max(depth, at + child.depth)
    return Total(selections, aliases, directives, depth)


def _root_fields(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> int:
    return sum(map(len, _grouped([operation.selection_set], fragments).values()))


def check_overlaps(definitions: list[Definition], fragments: Mapping[str, FragmentDefinitionNode], most: int) -> None:
    """Check how many pairs of fields answer under the same name, each weighed by the arguments that are compared.

    Called once the selections are known to be few.
    """
    pairs = 0
    waiting = [[node.selection_set] for node in definitions]
    while waiting:
        for nodes in _grouped(waiting.pop(), fragments).values():
            if len(nodes) > 1:
                heaviest = max(_weight(node) for node in nodes)
                pairs += len(nodes) * (len(nodes) - 1) // 2 * heaviest
                check("overlapping fields", pairs, most)
            children = [node.selection_set for node in nodes if node.selection_set]
            if children:
                waiting.append(children)


def _grouped(
    sets: list[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> dict[str, list[FieldNode]]:
    """The fields of merged selection sets by the name under which they answer."""
    groups: dict[str, list[FieldNode]] = {}
    spread: set[str] = set()
    waiting = list(sets)
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                groups.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                if node.name.value in fragments:
                    waiting.append(fragments[node.name.value].selection_set)
    return groups


def _weight(field: FieldNode) -> int:
    """One, and one for every value among the arguments."""
    weight, waiting = 1, [argument.value for argument in field.arguments or ()]
    while waiting:
        weight += 1
        value: Node = waiting.pop()
        waiting += getattr(value, "values", ())
        waiting += [part.value for part in getattr(value, "fields", ())]
    return weight
