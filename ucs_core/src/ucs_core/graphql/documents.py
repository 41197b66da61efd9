"""Documents that were parsed, limited and validated: done once for each text, and kept while it is asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import MaxIntrospectionDepthRule

from ucs_core.graphql.compiling import Plans
from ucs_core.graphql.costs import Costs
from ucs_core.graphql.limits import DocumentErrors, Limits, check, measure
from ucs_sdk.errors import Invalid

KEPT_CHARACTERS = 131_072
"""How much text the kept documents may come to. A parsed document takes some 300 bytes for each character of its text."""

_ERRORS_MOST = 10
_COMMENTS_MOST = 200
_RULES = (*specified_rules, MaxIntrospectionDepthRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of a document that may be run, on the schema that it was validated with."""

    schema: GraphQLSchema
    document: DocumentNode
    node: OperationDefinitionNode
    costs: Costs
    limits: Limits
    plans: Plans

    @property
    def mutates(self) -> bool:
        """Whether it changes anything."""
        return self.node.operation is OperationType.MUTATION

    @property
    def subscribes(self) -> bool:
        """Whether it is answered by a stream of events."""
        return self.node.operation is OperationType.SUBSCRIPTION

    @property
    def name(self) -> str | None:
        """The name that the document gives it."""
        return self.node.name.value if self.node.name else None

    @property
    def verb(self) -> str:
        """What it is called where calls are counted: a mutation by its field, when it has just one."""
        selections: tuple[SelectionNode, ...] = tuple(self.node.selection_set.selections)
        if self.mutates and len(selections) == 1 and isinstance(selections[0], FieldNode):
            return selections[0].name.value
        return self.node.operation.value

    def check_cost(self, variables: Mapping[str, Any]) -> None:
        """Raise Invalid with DOCUMENT_TOO_COSTLY when the answer would cost too much with these variables."""
        cost = self.costs.estimate(variables)
        check("cost", cost.catalogue, self.limits.cost)
        check("cost of introspection", cost.schema, self.limits.introspection_cost)


class Documents:
    """The documents of one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._kept: OrderedDict[str, dict[str | None, Operation]] = OrderedDict()
        self._characters = 0

    def operation(self, text: str, name: str | None) -> Operation:
        """The operation of a document. Raises Invalid when it is too costly, or DocumentErrors when it is not valid."""
        operations = self._kept.get(text)
        if operations is None:
            operations = self._prepare(text)
            self._keep(text, operations)
        else:
            self._kept.move_to_end(text)
        if name is None and len(operations) == 1:
            return next(iter(operations.values()))
        if name is None or name not in operations:
            raise Invalid("OPERATION_UNKNOWN", operation=(name or "")[:80], known=[key for key in operations if key])
        return operations[name]

    def try_out(self, text: str) -> None:
        """Raise what `operation` raises, and keep nothing."""
        self._prepare(text)

    def recalled(self, text: str, name: str | None) -> Operation | None:
        """The operation of a document that was prepared before; None otherwise, and where there is no such operation."""
        operations = self._kept.get(text)
        if operations is None:
            return None
        self._kept.move_to_end(text)
        return next(iter(operations.values())) if name is None and len(operations) == 1 else operations.get(name)

    def _prepare(self, text: str) -> dict[str | None, Operation]:
        document = self._parse(text)
        measured = measure(document, self._schema, self._limits)
        errors = validate(self._schema, document, _RULES, max_errors=_ERRORS_MOST)
        if errors:
            raise DocumentErrors(errors)
        fragments = [(node.name.value, measured.surveys[id(node)].plan) for node in measured.order]
        return {
            node.name.value if node.name else None: Operation(
                schema=self._schema,
                document=document,
                node=node,
                costs=Costs(node, measured.surveys[id(node)].plan, fragments),
                limits=self._limits,
                plans=Plans(self._schema, document, node),
            )
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
        }

    def _parse(self, text: str) -> DocumentNode:
        check("characters", len(text), self._limits.characters)
        try:
            return parse(text, max_lexical_tokens=self._limits.tokens, max_comments=_COMMENTS_MOST)
        except GraphQLSyntaxError as error:
            # The parser tells its limits from other mistakes by these words alone; a test keeps them.
            if error.message.endswith("tokens. Parsing aborted."):
                check("tokens", self._limits.tokens + 1, self._limits.tokens)
            raise DocumentErrors([error]) from None
        except GraphQLError as error:
            raise DocumentErrors([error]) from None

    def _keep(self, text: str, operations: dict[str | None, Operation]) -> None:
        self._kept[text] = operations
        self._characters += len(text)
        while self._characters > KEPT_CHARACTERS:
            oldest, _ = self._kept.popitem(last=False)
            self._characters -= len(oldest)
