"""From an operation to its plan: the shape of its answer, and how what a request gives becomes what is asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import orjson
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from ucs_core.graphql.compiling.covered import TYPES, Faceted, Leaf, Linked, Listed, Part, Spanned
from ucs_core.graphql.compiling.given import Arguments, Given, Unfit, Variables, arguments
from ucs_core.graphql.compiling.pages import FACET
from ucs_core.graphql.compiling.questions import TOLD, Reads, askings
from ucs_core.graphql.compiling.told import Run, Telling, Tellings
from ucs_core.graphql.compiling.weights import density
from ucs_core.graphql.context import OBJECTS_MOST
from ucs_registry.queries import FACETS_MOST, Dimension, page_size
from ucs_registry.shapes import Field, Fixed, Many, Node, Object, One, Question, Several, Shape, nodes_of, shape_of
from ucs_sdk.errors import UcsError

Asked: TypeAlias = Callable[[Given], object]
"""What is asked for at one place. Raises Unfit or UcsError where the plain execution has something to say."""


NODES_FREE = 120
"""How many nodes a shape may have for its statement to be made when it is first asked for; beyond that it must be asked for
again. Each takes some third of a millisecond."""


class Uncovered(Exception):
    """The document asks for something that is executed plainly."""


class Framed(NamedTuple):
    """What stands ahead of a value of the answer, and where the value comes from: of some questions the first that has an
    answer or, where it concerns a session, what that tells.
    """

    ahead: bytes
    questions: tuple[int, ...] = ()
    telling: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How one operation is answered.

    `frame` says what stands where in the answer. `density` is how many objects each byte of an answer may stand for; zero
    where there are few in any case. `large` says that to make its statement takes longer than to execute the operation once.
    """

    shape: Shape
    asked: tuple[Asked, ...]
    frame: tuple[Framed, ...]
    density: float
    large: bool
    tellings: tuple[Telling, ...] = ()

    def asks_session(self, given: Given) -> bool:
        """Whether a session has to tell anything."""
        return bool(self.tellings) and any(each.concerns(given) for each in self.tellings)

    async def tell(self, context: object, given: Given) -> list[bytes | None]:
        """What a session tells. Raises whatever its resolvers raise."""
        run = Run(context, given)
        return [orjson.dumps(await each.tell(run)) if each.concerns(given) else None for each in self.tellings]

    def data(self, answers: Sequence[bytes | None], told: Sequence[bytes | None] = ()) -> bytes | None:
        """The data of the answer as JSON; None where something has no answer."""
        parts: list[bytes] = []
        for ahead, questions, telling in self.frame:
            parts.append(ahead)
            if questions or telling is not None:
                found = told[telling] if told and telling is not None else None
                for at in questions:
                    found = found or answers[at]
                if found is None:
                    return None
                parts.append(found)
        return b"".join(parts)


def compiled(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, deciding: Mapping[str, object]
) -> Plan:
    """The plan of an operation, given the variables that decide its shape. Raises Uncovered."""
    return _Compilation(schema, document, operation, deciding).plan()


class _Compilation:
    """The making of one plan."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        deciding: Mapping[str, object],
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._written = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._fragments = {name: FragmentDetails(node) for name, node in self._written.items()}
        self._deciding = VariableValues({}, dict(deciding))
        self._asked: list[Asked] = []
        self._questions: list[Question] = []
        self._told: list[Telling] = []
        self._tellings = Tellings(schema, operation, self._written, self._selected)

    def plan(self) -> Plan:
        root = _object_type(self._schema, "Query")
        found = collect_fields(self._schema, self._fragments, self._deciding, root, self._operation)
        frame: list[Framed] = []
        for key, details in found.grouped_field_set.items():
            ahead = (b"," if frame else b"{") + orjson.dumps(key) + b":"
            if details[0].node.name.value == "__typename":
                frame.append(Framed(ahead + b'"Query"'))
            else:
                frame.append(Framed(ahead, *self._questioned(root, details)))
        frame.append(Framed(b"}" if frame else b"{}"))
        dense = density(self._questions, 0 if self._told else OBJECTS_MOST)
        shape = shape_of(self._questions, wide=dense > 0)
        large = len(list(nodes_of(self._questions))) > NODES_FREE
        return Plan(shape, tuple(self._asked), tuple(frame), dense, large, tuple(self._told))

    def _questioned(self, root: GraphQLObjectType, details: list[FieldDetails]) -> tuple[tuple[int, ...], int | None]:
        node = details[0].node
        asked, told = askings(node), node.name.value in TOLD
        if not (asked or told):
            raise Uncovered
        field, first = root.fields[node.name.value], len(self._questions)
        read = arguments(field, node, self._schema)
        for asking in asked:
            about = self._object(asking.type, details)
            place = self._place(_reading(asking.reading(about), read))
            self._questions.append(Question(asking.question, place, about))
        if told:
            self._told.append(self._tellings.telling(root, details, TOLD[node.name.value]))
        return tuple(range(first, len(self._questions))), len(self._told) - 1 if told else None

    def _object(self, type: str, details: list[FieldDetails], within: str = "", part: str | None = None) -> Object:
        """What is selected of a type; `within` stands ahead of the names of the fields of a part."""
        kind = _object_type(self._schema, type)
        selected = self._selected(kind, details)
        return Object(tuple((key, self._node(kind, inner, within)) for key, inner in selected.items()), part)

    def _selected(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> Mapping[str, list[FieldDetails]]:
        fields = (self._schema, self._fragments, self._deciding, self._operation, kind, details)
        return collect_subfields(*fields).grouped_field_set

    def _node(self, kind: GraphQLObjectType, details: list[FieldDetails], within: str) -> Node:
        node = details[0].node
        if node.name.value == "__typename":
            return Fixed(f'"{kind.name}"')
        rule = TYPES[kind.name].get(node.name.value)
        match rule:
            case None:
                raise Uncovered
            case Leaf():
                return Field(within + rule.node.name) if isinstance(rule.node, Field) else rule.node
            case Part():
                return self._object(rule.type, details, f"{rule.name}.", rule.name if rule.optional else None)
            case Linked():
                return One(within + rule.relation, self._object(rule.type, details))
            case Spanned():
                read = arguments(kind.fields[node.name.value], node, self._schema)
                place = self._place(_reading(rule.reads, read))
                return One(rule.relation, self._object(rule.type, details), place)
            case Faceted():
                dimensions = self._dimensions(kind.fields[node.name.value], node)
                return Several(tuple(One(FACET + each, self._object("Facet", details)) for each in dimensions))
            case Listed():
                most = self._most(kind.fields[node.name.value], node) if rule.paged else None
                return Many(rule.relation, self._object(rule.type, details), most)

    def _most(self, field: GraphQLField, node: FieldNode) -> int:
        read = arguments(field, node, self._schema)
        return self._place(lambda given: page_size(read(given).get("first")))

    def _dimensions(self, field: GraphQLField, node: FieldNode) -> list[Dimension]:
        try:
            by = arguments(field, node, self._schema)(self._deciding)["by"]
        except (Unfit, GraphQLError):
            raise Uncovered from None
        dimensions = list(dict.fromkeys(map(Dimension, by)))
        if len(dimensions) > FACETS_MOST:
            raise Uncovered
        return dimensions

    def _place(self, asked: Asked) -> int:
        self._asked.append(asked)
        return len(self._asked) - 1


def _reading(reads: Reads, read: Arguments) -> Asked:
    return lambda given: reads(read(given))


def _object_type(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    found = schema.get_type(name)
    if not isinstance(found, GraphQLObjectType):
        raise Uncovered
    return found


class Planned(NamedTuple):
    """A plan, what a request asks for by it, its variables, and whether a session has to tell anything."""

    plan: Plan
    asked: list[object]
    given: Given
    told: bool


PLANS_MOST = 32
"""How many plans of one operation are kept, for different values of the variables that decide its shape."""


class Plans:
    """The plans of one operation, made when they are first needed.

    Mostly there is one. Variables that say what is left out, or by what is counted, decide the shape of the answer: there is
    one plan for each of their values.
    """

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._document = document
        self._operation = operation
        self._variables = Variables(schema, operation)
        self._deciding = sorted(_deciding(document))
        self._made: OrderedDict[Hashable, Plan | None] = OrderedDict()

    def ask(self, sent: Mapping[str, Any]) -> Planned | None:
        """The plan for a request's variables, and what it asks for; None where the plain execution should answer."""
        try:
            given = self._variables.read(sent)
            plan = self._plan(given)
            return (
                None
                if plan is None
                else Planned(plan, [asked(given) for asked in plan.asked], given, plan.asks_session(given))
            )
        except (Unfit, UcsError, GraphQLError):
            return None

    def _plan(self, given: Given) -> Plan | None:
        deciding: dict[str, Any] = {}
        key: Hashable = ()
        if self._deciding:
            deciding = {name: given.coerced[name] for name in self._deciding if name in given.coerced}
            key = tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in deciding.items())
        if key not in self._made:
            plan = self._made[key] = self._compiled(deciding)
            if len(self._made) > PLANS_MOST:
                self._made.popitem(last=False)
            # Whoever sends another document every time does not have a statement made for each.
            return None if plan is None or plan.large else plan
        return self._made[key]

    def _compiled(self, deciding: Mapping[str, object]) -> Plan | None:
        if self._operation.operation is not OperationType.QUERY:
            return None
        try:
            return compiled(self._schema, self._document, self._operation, deciding)
        except Uncovered:
            return None


class _Deciding(Visitor):
    """Finds the variables that decide the shape of an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in ("skip", "include"):
            self._take(node)

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if node.name.value == "facets":
            self._take(node)

    def _take(self, node: DirectiveNode | FieldNode) -> None:
        for argument in node.arguments or ():
            listed = argument.value.values if isinstance(argument.value, ListValueNode) else [argument.value]
            self.found |= {value.name.value for value in listed if isinstance(value, VariableNode)}


def _deciding(document: DocumentNode) -> set[str]:
    seen = _Deciding()
    visit(document, seen)
    return seen.found
