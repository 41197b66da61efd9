"""Made-up query documents over the schema: nested fields, fragments of every kind, aliases, variables and directives.

A document is drawn from the schema itself, so that a field that is added tomorrow is asked for tomorrow. Most documents
are valid; a few are not, and then both ways of answering have to refuse them alike.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from asked_arguments import Arguments
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_leaf_type,
)

CATALOGUE = (
    *("resource", "resources", "node", "resourcesByName", "organization", "organizations", "scenario", "scenarios"),
    *("member", "members", "impact", "viewer", "reviews", "revisionDiff", "deletedResources"),
    *("type", "types", "typeVersions", "vocabulary", "vocabularies"),
)
"""The fields that read the catalogue."""

ACCESS = ("principals", "roles", "roleAssignments", "policies", "grants", "why", "whoCan", "effectiveActions", "log")
"""Fields about access and about what was done, which a session tells."""

OFTEN = ("resource", "resources", "resources", "node", "resourcesByName", "organization", "organizations", "scenarios")
"""Those of them that are asked for most."""

DEPTH_MOST = 5
CURSORS = ("cursor", "startCursor", "endCursor")
ANY_NODE = ("Resource", "Organization", "Viewer", "Member")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A document with the variables that go with it."""

    text: str
    variables: dict[str, Any]


@dataclass
class _Scope:
    """Which field stands under which name at one place of the answer. Within fragments every name is new."""

    taken: dict[str, tuple[str, ...]] = field(default_factory=dict)
    below: dict[str, _Scope] = field(default_factory=dict)
    shared: bool = False

    def enter(self, name: str) -> _Scope:
        return self.below.setdefault(name, _Scope(shared=self.shared))


class Documents:
    """Draws documents; all chance is given."""

    def __init__(
        self, chance: Random, schema: GraphQLSchema, arguments: Arguments, roots: tuple[str, ...] = ()
    ) -> None:
        self._chance = chance
        self._schema = schema
        self._arguments = arguments
        self._roots = roots or (*CATALOGUE, *OFTEN, *OFTEN, *CATALOGUE, *ACCESS)

    def draw(self) -> Asked:
        """One document."""
        return _Document(self._chance, self._schema, self._arguments).drawn(self._roots)


class _Document:
    def __init__(self, chance: Random, schema: GraphQLSchema, arguments: Arguments) -> None:
        self._chance = chance
        self._schema = schema
        self._arguments = arguments
        self._numbers = count(1)
        self._fragments: dict[str, tuple[str, str]] = {}
        self._declared: list[str] = []
        self._values: dict[str, Any] = {}
        # With few variables most documents of a shape would differ in their text alone.
        self._variability = chance.choice((0.0, 0.3, 0.8))

    def drawn(self, roots: tuple[str, ...]) -> Asked:
        query = self._schema.query_type
        assert query is not None
        scope, parts = _Scope(), []
        for name in self._chance.choices(roots, k=self._chance.choice((1, 1, 1, 2, 3))):
            parts.append(self._field(query, name, query.fields[name], 1, scope))
        if self._chance.random() < 0.1:
            parts.append("__typename")
        if self._chance.random() < 0.1:
            parts = [f"... on Query {{ {' '.join(parts)} }}"]
        variables = f"({', '.join(self._declared)})" if self._declared else ""
        name = self._chance.choice(("", "", " Asked"))
        head = f"query{name}{variables} " if variables or name else self._chance.choice(("", "query "))
        bodies = [f"fragment {name} on {type} {body}" for name, (type, body) in self._fragments.items()]
        return Asked(text="\n".join([f"{head}{{ {' '.join(parts)} }}", *bodies]), variables=self._values)

    def _selection(self, type: GraphQLNamedType, depth: int, scope: _Scope) -> str:
        if not isinstance(type, GraphQLObjectType):
            return self._of_interface(type, depth, scope)
        parts = [self._part(type, depth, scope) for _ in range(self._chance.choice((1, 2, 3, 4, 6)))]
        return f"{{ {' '.join(parts)} }}"

    def _part(self, type: GraphQLObjectType, depth: int, scope: _Scope) -> str:
        turn = self._chance.random()
        if turn < 0.06 and depth < DEPTH_MOST:
            on = self._chance.choice(("", f" on {type.name}", " on Node" if _is_node(type) else ""))
            inner = "{ id __typename }" if on.endswith("Node") else self._selection(type, depth, scope)
            return f"...{on}{self._directive()} {inner}"
        if turn < 0.14 and depth < DEPTH_MOST:
            return f"...{self._fragment(type, depth)}{self._directive()}"
        if turn < 0.19:
            return self._named("__typename", scope, ("__typename", "String!"))
        return self._some_field(type, depth, scope)

    def _some_field(self, type: GraphQLObjectType, depth: int, scope: _Scope) -> str:
        fields = list(type.fields.items())
        if depth >= DEPTH_MOST:
            fields = [item for item in fields if is_leaf_type(get_named_type(item[1].type))] or fields
            fields = [item for item in fields if not _needs_more(item[1])] or fields
        name, definition = self._chance.choice(fields)
        return self._field(type, name, definition, depth, scope)

    def _field(self, type: GraphQLObjectType, name: str, definition: GraphQLField, depth: int, scope: _Scope) -> str:
        arguments = self._stated(f"{type.name}.{name}", definition)
        signature = (name, arguments, str(definition.type), *([str(next(self._numbers))] if arguments else []))
        key, shown = self._key(name, scope, signature)
        inner = get_named_type(definition.type)
        text = f"{shown}{arguments}{self._directive()}"
        return text if is_leaf_type(inner) else f"{text} {self._selection(inner, depth + 1, scope.enter(key))}"

    def _named(self, name: str, scope: _Scope, signature: tuple[str, ...]) -> str:
        return self._key(name, scope, signature)[1]

    def _key(self, name: str, scope: _Scope, signature: tuple[str, ...]) -> tuple[str, str]:
        clashes = scope.taken.get(name, signature) != signature or (scope.shared and len(signature) > 3)
        # Cursors keep their names, so that they are recognised in the answers.
        if clashes or (name not in CURSORS and self._chance.random() < 0.12):
            alias = f"a{next(self._numbers)}"
            scope.taken[alias] = signature
            return alias, f"{alias}: {name}"
        scope.taken[name] = signature
        return name, name

    def _of_interface(self, type: GraphQLNamedType, depth: int, scope: _Scope) -> str:
        assert isinstance(type, GraphQLInterfaceType)
        parts = ["__typename"] if self._chance.random() < 0.5 else ["id"]
        for name in self._chance.sample(ANY_NODE, self._chance.randrange(len(ANY_NODE))):
            object = self._schema.get_type(name)
            assert isinstance(object, GraphQLObjectType)
            inner = _Scope(shared=True)
            # What two types call alike may be of two types: under names of their own they cannot clash.
            fields = " ".join(self._apart(object, depth, inner) for _ in range(self._chance.choice((1, 2, 3))))
            parts.append(f"... on {name} {{ {fields} }}")
        return f"{{ {' '.join(parts)} }}"

    def _apart(self, type: GraphQLObjectType, depth: int, scope: _Scope) -> str:
        drawn = self._some_field(type, depth + 1, scope)
        first = drawn.split(maxsplit=1)[0]
        return drawn if first.endswith(":") else f"a{next(self._numbers)}: {drawn}"

    def _fragment(self, type: GraphQLObjectType, depth: int) -> str:
        known = [name for name, (on, body) in self._fragments.items() if on == type.name and body]
        if known and self._chance.random() < 0.5:
            return self._chance.choice(known)
        name = f"F{next(self._numbers)}"
        # It takes its place before what it spreads, and has no body until it is done: nothing spreads itself.
        self._fragments[name] = (type.name, "")
        self._fragments[name] = (type.name, self._selection(type, depth + 1, _Scope(shared=True)))
        return name

    def _directive(self) -> str:
        if self._chance.random() >= 0.05:
            return ""
        name, truth = self._chance.choice(("skip", "include")), self._chance.random() < 0.5
        if self._chance.random() < 0.4:
            return f" @{name}(if: {json.dumps(truth)})"
        variable = f"v{next(self._numbers)}"
        if self._chance.random() < 0.3:
            self._declared.append(f"${variable}: Boolean = {json.dumps(truth)}")
        else:
            self._declared.append(f"${variable}: Boolean!")
            self._values[variable] = truth
        return f" @{name}(if: ${variable})"

    def _stated(self, place: str, definition: GraphQLField) -> str:
        stated: dict[str, Any] = {}
        parts = []
        # What a cursor belongs to is drawn before it.
        for name, argument in sorted(definition.args.items(), key=lambda item: item[0] in ("after", "before")):
            needed = isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined
            if needed or self._chance.random() < _LIKELY.get(name, 0.35):
                stated[name] = self._arguments.drawn(place, name, argument.type, stated)
                parts.append(f"{name}: {self._written(argument.type, stated[name])}")
        return f"({', '.join(parts)})" if parts else ""

    def _written(self, type: GraphQLInputType, value: Any) -> str:
        if self._chance.random() < self._variability:
            return self._variable(type, value)
        bare = type.of_type if isinstance(type, GraphQLNonNull) else type
        if value is None:
            return "null"
        if isinstance(bare, GraphQLList):
            if not isinstance(value, list):
                # One value stands for a list of it.
                return self._written(bare.of_type, value)
            return f"[{', '.join(self._written(bare.of_type, item) for item in value)}]"
        if isinstance(bare, GraphQLInputObjectType) and isinstance(value, dict):
            parts = (f"{name}: {self._written(bare.fields[name].type, part)}" for name, part in value.items())
            return f"{{{', '.join(parts)}}}"
        return _literal(bare, value)

    def _variable(self, type: GraphQLInputType, value: Any) -> str:
        name, turn = f"v{next(self._numbers)}", self._chance.random()
        nullable = not isinstance(type, GraphQLNonNull)
        if turn < 0.2 and value is not None:
            bare = type if nullable else type.of_type
            self._declared.append(f"${name}: {bare} = {_constant(bare, value)}")
            if turn < 0.03 and nullable:
                self._values[name] = None
        elif turn < 0.3 and nullable:
            self._declared.append(f"${name}: {type}")
            if turn < 0.25:
                self._values[name] = None
        else:
            self._declared.append(f"${name}: {type}")
            self._values[name] = value
        return f"${name}"


_LIKELY = {
    "first": 0.7,
    "last": 0.12,
    "before": 0.12,
    "after": 0.3,
    "id": 0.85,
    "code": 0.15,
    "filter": 0.45,
    "search": 0.1,
}


def _constant(type: GraphQLInputType, value: Any) -> str:
    bare = type.of_type if isinstance(type, GraphQLNonNull) else type
    if value is None:
        return "null"
    if isinstance(bare, GraphQLList):
        items = value if isinstance(value, list) else [value]
        return f"[{', '.join(_constant(bare.of_type, item) for item in items)}]"
    if isinstance(bare, GraphQLInputObjectType):
        return f"{{{', '.join(f'{name}: {_constant(bare.fields[name].type, part)}' for name, part in value.items())}}}"
    return _literal(bare, value)


def _literal(type: GraphQLInputType, value: Any) -> str:
    if isinstance(type, GraphQLEnumType):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_literal(type, part)}' for name, part in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(_literal(type, part) for part in value)}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_node(type: GraphQLObjectType) -> bool:
    return any(interface.name == "Node" for interface in type.interfaces)


def _needs_more(definition: GraphQLField) -> bool:
    return not is_leaf_type(get_named_type(definition.type))
