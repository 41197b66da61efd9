"""Policies as an index: what a caller may do is looked up, never searched for.

The outcome of a request depends on two things: which pairs of role and relation hold between the caller and the owner,
and the combination of the resource's other attributes. `RuleIndex` knows the outcome for each, in a time that does not
grow with the number of policies; `Meaning` says what the words of the language mean to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from ucs_core.access.actions import Action
from ucs_core.access.cells import BARE, Combination
from ucs_core.access.policy import (
    COLUMNS,
    MEMBER,
    PUBLIC,
    TYPE,
    WILDCARD,
    Effect,
    GrantNeed,
    HeldRole,
    PolicyRow,
    Relation,
)
from ucs_core.access.reading import Values
from ucs_core.access.tree import OrganizationTree
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT

Pairs = frozenset[tuple[str, str]]
"""Which roles a caller holds over an owner, each with the relation by which it reaches there."""

_Place = tuple[str, str, str]
"""A role, a relation and an action, as rows state them."""

Span = tuple[int, int]
"""Positions in the tree from the first up to, not including, the second."""

CHARTED_MOST, KNOWN_MOST = 20_000, 10_000
"""Of how many held roles it is kept where their spans begin and end, and how many sets of pairs are kept once for all."""

_EDGE_BITS = 32
_EDGE_MASK = (1 << _EDGE_BITS) - 1

_ATTRIBUTES = ("kind", "type", "share_type", "data_level", "open_type", "state")
_NAMES = [column.name for column in COLUMNS]
_values: Callable[[Values], Combination] = itemgetter(*(_NAMES.index(name) for name in _ATTRIBUTES))
_place: Callable[[Values], _Place] = itemgetter(*(_NAMES.index(name) for name in ("role", "relation", "action")))
_GRANT, _EFFECT = _NAMES.index("grant"), _NAMES.index("effect")
_WORDS = {column.name: frozenset(column.words) for column in COLUMNS}
_CHECKS: tuple[Callable[[str], object], ...] = tuple(
    TYPE.fullmatch if name == "type" else _WORDS[name].__contains__ for name in _ATTRIBUTES
)

_EXACT, _FREE = -1, 0
"""How a column of a row is compared: as a whole or not at all. A positive number compares so many characters."""

_Compared = tuple[tuple[int, int], ...]
"""Which of the attributes are compared, by their place, and how."""


class Outcome(NamedTuple):
    """The verdict of the policies, one of the three values of a mask, and the row that decided it."""

    verdict: int
    rule: str | None


NOTHING = Outcome(DENIED, None)
"""Nothing was found, so it is denied."""


class Found(NamedTuple):
    """The first matching row of each sort, by id."""

    deny: str | None
    allow: str | None
    allow_with_grant: str | None


class Meaning:
    """What the words of the policy language mean to the compiler. Casbin's enforcer must agree with every line of it."""

    def held(self, principal: Principal, assigned: Sequence[HeldRole], tree: OrganizationTree) -> tuple[HeldRole, ...]:
        """The roles of an enabled principal, those that nobody assigns included."""
        member = [HeldRole(MEMBER, principal.organization)] if principal.organization in tree.positions else []
        return tuple(dict.fromkeys([HeldRole(PUBLIC, None), *member, *assigned]))

    def spans(self, relation: str, anchor: int | None, tree: OrganizationTree) -> list[Span]:
        """The positions of the owners that stand in a relation to an anchor."""
        if relation == Relation.ANY:
            return [(0, tree.nowhere)]
        if anchor is None:
            return []
        match relation:
            case Relation.OWN:
                return [(anchor, anchor + 1)]
            case Relation.SUBTREE:
                return [tree.subtree(anchor)]
            case _:
                return [(position, position + 1) for position in tree.upward(anchor)]

    def comparison(self, column: str, value: str) -> int:
        """How a column of a row is compared with a resource's attribute."""
        if value == WILDCARD:
            return _FREE
        return len(value) - 1 if column == "type" and value.endswith(WILDCARD) else _EXACT

    def sort(self, effect: str, grant: str) -> int:
        """Which field of `Found` a row belongs to."""
        if effect == Effect.DENY:
            return 0
        return 1 if grant == GrantNeed.NONE_NEEDED else 2

    def settle(self, found: Found) -> Outcome:
        """The outcome of what was found: one deny outweighs every allow, and nothing found is a denial."""
        if found.deny is not None:
            return Outcome(DENIED, found.deny)
        if found.allow is not None:
            return Outcome(ALLOWED, found.allow)
        return NOTHING if found.allow_with_grant is None else Outcome(WITH_GRANT, found.allow_with_grant)


class _Shelf:
    """Rows of one role, relation and action, under the values that they compare.

    Rows that compare the same columns in the same way stand in one dictionary, so that a look-up costs as many steps as
    there are such ways, however many rows there are.
    """

    def __init__(self) -> None:
        self._places: dict[_Compared, dict[Combination, list[str | None]]] = {}

    def add(self, id: str, values: Values, meaning: Meaning) -> None:
        """Put a policy where it will be looked up."""
        combination = _values(values)
        compared = tuple(
            [
                (at, how)
                for at, (name, value) in enumerate(zip(_ATTRIBUTES, combination, strict=True))
                if value != WILDCARD and (how := meaning.comparison(name, value)) != _FREE
            ]
        )
        found = self._places.setdefault(compared, {}).setdefault(_cut(combination, compared), [None, None, None])
        _keep_first(found, meaning.sort(values[_EFFECT], values[_GRANT]), id)

    def find(self, combination: Combination, found: list[str | None]) -> None:
        for compared, places in self._places.items():
            for sort, rule in enumerate(places.get(_cut(combination, compared), ())):
                if rule is not None:
                    _keep_first(found, sort, rule)


class RuleIndex:
    """The policies of one version, by id. Those of a role are sorted in when somebody who holds it first asks."""

    def __init__(self, policies: Mapping[str, Values], meaning: Meaning) -> None:
        self.policies = policies
        self._meaning = meaning
        self._unsorted: defaultdict[_Place, list[str]] = defaultdict(list)
        for id, values in policies.items():
            self._unsorted[_place(values)].append(id)
        self._unsorted.default_factory = None
        self._shelves: dict[_Place, _Shelf] = {}
        relations: dict[str, dict[str, None]] = {}
        for role, relation, _ in self._unsorted:
            relations.setdefault(role, {})[relation] = None
        self._relations = {role: tuple(sorted(names)) for role, names in relations.items()}
        self._listed = [(role, relation) for role, names in self._relations.items() for relation in names]
        self._numbers = {pair: number for number, pair in enumerate(self._listed)}
        self._known: dict[int, Pairs] = {}
        self._charted: tuple[OrganizationTree | None, dict[HeldRole, tuple[int, ...]]] = (None, {})

    def policy(self, id: str) -> PolicyRow | None:
        """A policy by its id."""
        values = self.policies.get(id)
        return (
            None if values is None else PolicyRow.from_rule(RuleRow.model_construct(id=id, section="p", values=values))
        )

    def relations(self, role: str) -> tuple[str, ...]:
        """The relations in which rows of a role speak."""
        return self._relations.get(role, ())

    def roles(self) -> list[str]:
        """The roles that rows speak of, sorted."""
        return sorted(self._relations)

    def looks_afar(self, role: str) -> bool:
        """Whether a role may reach owners that are neither its anchor nor below it."""
        return any(relation in (Relation.ANY, Relation.ANCESTORS) for relation in self.relations(role))

    def outcome(self, pairs: Pairs, action: Action, combination: Combination) -> Outcome:
        """What the rows say to a caller who reaches the owner by these pairs. Words unknown to the field are denied."""
        found: list[str | None] = [None, None, None]
        if _is_sound(combination):
            for role, relation in pairs:
                for word in (action.value, WILDCARD):
                    place = (role, relation, word)
                    shelf = self._shelves.get(place) or self._sorted(place)
                    if shelf is not None:
                        shelf.find(combination, found)
        return self._meaning.settle(Found(*found))

    def reach(self, held: HeldRole, position: int, tree: OrganizationTree) -> Pairs:
        """The pairs by which a held role reaches a position."""
        anchor = tree.positions.get(held.anchor) if held.anchor is not None else None
        return frozenset(
            (held.role, relation)
            for relation in self.relations(held.role)
            if any(start <= position < stop for start, stop in self._meaning.spans(relation, anchor, tree))
        )

    def _sorted(self, place: _Place) -> _Shelf | None:
        """The shelf of a role, relation and action; None when no row speaks of them."""
        ids = self._unsorted.get(place)
        if ids is None:
            return None
        shelf = _Shelf()
        for id in ids:
            shelf.add(id, self.policies[id], self._meaning)
        # It is whole before anybody can see it: another thread may ask at the same time, and make the same.
        self._shelves[place] = shelf
        return shelf

    def segments(self, held: Iterable[HeldRole], tree: OrganizationTree) -> Iterator[tuple[Span, Pairs]]:
        """The positions of the tree in order, cut where the pairs that reach them change; `nowhere` is the last."""
        charted = self._chart(tree)
        # Each edge in one number, so that sorting them compares no more than numbers.
        edges = [edge for each in held for edge in charted.get(each) or self._edges(charted, each, tree)]
        edges.sort()
        known, counts, active, start = self._known, [0] * len(self._listed), 0, 0
        for edge in edges:
            position = edge >> _EDGE_BITS
            if position > start:
                yield (start, position), known.get(active) or self._pairs(active)
                start = position
            number = (edge & _EDGE_MASK) >> 1
            counts[number] += 1 if edge & 1 else -1
            # Only the first span of a pair opens it, and only the last closes it.
            if counts[number] == edge & 1:
                active ^= 1 << number
        if start <= tree.nowhere:
            yield (start, tree.nowhere + 1), known.get(active) or self._pairs(active)

    def _chart(self, tree: OrganizationTree) -> dict[HeldRole, tuple[int, ...]]:
        """The edges of held roles over a tree, as far as they are known."""
        if self._charted[0] is not tree:
            self._charted = tree, {}
        return self._charted[1]

    def _edges(
        self, charted: dict[HeldRole, tuple[int, ...]], held: HeldRole, tree: OrganizationTree
    ) -> tuple[int, ...]:
        """Where the spans of a held role begin and end: the position, which pair it is, and whether it begins there."""
        role, anchor = held
        position = tree.positions.get(anchor) if anchor is not None else None
        found: list[int] = []
        for relation in self.relations(role):
            pair = self._numbers[role, relation] << 1
            for start, stop in self._meaning.spans(relation, position, tree):
                found += (start << _EDGE_BITS | pair | 1, stop << _EDGE_BITS | pair)
        if len(charted) < CHARTED_MOST:
            charted[held] = tuple(found)
        return tuple(found)

    def _pairs(self, active: int) -> Pairs:
        """The pairs whose bits are set, the same object for all that ask alike."""
        pairs = frozenset([pair for number, pair in enumerate(self._listed) if active >> number & 1])
        if len(self._known) >= KNOWN_MOST:
            self._known.clear()
        return self._known.setdefault(active, pairs)


def _is_sound(combination: Combination) -> bool:
    if combination == BARE:
        return True
    return all(isinstance(value, str) and check(value) for check, value in zip(_CHECKS, combination, strict=True))


def _cut(values: Combination, compared: _Compared) -> Combination:
    """The parts of the values that are compared."""
    return tuple([values[at] if how == _EXACT else values[at][:how] for at, how in compared])


def _keep_first(found: list[str | None], sort: int, rule: str) -> None:
    current = found[sort]
    if current is None or rule < current:
        found[sort] = rule
