"""Two states of access held against each other: who gains and who loses what, exactly.

Nothing is asked resource by resource. Principals who hold the same roles before and after are looked at once; the tree is
walked in the spans over which the same roles reach; what a change of those means is worked out once for each pair of them,
and counted by sums over the tree. Grants are single resources, and are gone through afterwards.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from ucs_core.access.actions import Action
from ucs_core.access.cells import OTHERS
from ucs_core.access.compiler import Pairs, Span
from ucs_core.access.counted import Change, Counts, Shift, counted
from ucs_core.access.edition import Edition
from ucs_core.access.policy import COLUMNS, WILDCARD, HeldRole
from ucs_core.access.served import GrantBook
from ucs_registry.resources import AccessAttributes
from ucs_registry.visibility import ALLOWED, DENIED, WITH_GRANT

_ROLE, _ACTION = (at for name in ("role", "action") for at, column in enumerate(COLUMNS) if column.name == name)
_EVERY_ACTION = frozenset(Action)

Held = frozenset[HeldRole]
Line = tuple[str, Action]
"""A principal's id and an action."""


class Holdings:
    """How many resources each place of the tree holds, by combination, summed up as it is asked for."""

    def __init__(self, places: int, cells: Iterable[tuple[int, int, int]]) -> None:
        """`cells` are positions in the tree, combinations' numbers and counts; `places` is how many positions there are."""
        self._places = places
        self._counts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for position, number, count in cells:
            self._counts[number].append((position, count))
        self._sums: dict[frozenset[int], Sequence[int]] = {}

    def sums(self, numbers: frozenset[int]) -> Sequence[int]:
        """For each position how many resources of these combinations stand before it; one more for the end."""
        sums = self._sums.get(numbers)
        if sums is None:
            counts = [0] * self._places
            for number in numbers:
                for position, count in self._counts.get(number, ()):
                    counts[position] += count
            sums = self._sums[numbers] = array("Q", accumulate(counts, initial=0))
        return sums


@dataclass(slots=True)
class Tally:
    """What one principal gains and loses of one action; `apart` are the resources that grants make an exception of, each
    with whether it is gained and whether it is lost.
    """

    gained: int = 0
    lost: int = 0
    organizations_gained: int = 0
    organizations_lost: int = 0
    apart: dict[str, tuple[bool, bool]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.organizations_gained or self.organizations_lost)


class Comparison:
    """What would change from one edition to another over the same tree and the same pool of combinations."""

    def __init__(self, before: Edition, after: Edition, holdings: Holdings) -> None:
        self._sides = (before, after)
        self._holdings = holdings
        self._combinations = tuple(before.pool.listed)
        self._edited = _edited(before, after)
        self._verdicts: dict[tuple[int, Pairs, Action], bytes] = {}
        self._changed: dict[tuple[Pairs, Pairs], Change] = {}
        self._unmoved: dict[Pairs, Change] = {}
        self._reach: dict[tuple[int, Held, int], Pairs] = {}
        self.tallies: defaultdict[Line, Tally] = defaultdict(Tally)
        self._held = {id: self._both(id) for id in before.principals | after.principals}
        self._compare()

    def lines(self) -> list[Line]:
        """Who gains or loses anything, and of which action, in order."""
        order = {action: at for at, action in enumerate(Action)}
        return sorted(
            (line for line, tally in self.tallies.items() if tally), key=lambda line: (line[0], order[line[1]])
        )

    def masks(self, line: Line, cells: Sequence[tuple[int, int]]) -> tuple[bytes, bytes]:
        """Which cells, of those at these positions with these combinations, a line gains and loses, grants apart."""
        id, action = line
        by_position: list[Shift | None] = [None] * (self._sides[0].tree.nowhere + 1)
        held = self._held[id]
        for (start, stop), change in self._changes(*held) if self._affected(*held) else ():
            for shift in change.shifts:
                if shift.action is action:
                    by_position[start:stop] = [shift] * (stop - start)
        gained, lost = bytearray(len(cells)), bytearray(len(cells))
        for cell, (position, number) in enumerate(cells):
            found = by_position[position]
            if found is not None:
                gained[cell] = number in found.gained
                lost[cell] = number in found.lost
        return bytes(gained), bytes(lost)

    def concerned(self, before: GrantBook, after: GrantBook) -> set[str]:
        """The names of the resources whose grants may make a difference."""
        stirred = {shift.action.value for change in self._changed.values() for shift in change.shifts if shift.grants}
        found = set()
        for key in before.keys | after.keys:
            action, resource = key
            if action in stirred or before.served(key) != after.served(key):
                found.add(resource)
        return found

    def count_grants(self, before: GrantBook, after: GrantBook, attributes: Mapping[str, AccessAttributes]) -> None:
        """Correct the tallies by the grants on these resources, by name."""
        tree = self._sides[0].tree
        for key in sorted(before.keys | after.keys):
            action, resource = Action(key[0]), key[1]
            access = attributes.get(resource)
            if access is None:
                continue
            position = tree.positions.get(access.owner, tree.nowhere)
            had, has = before.served(key), after.served(key)
            for id in had | has:
                if id in had and id in has and not self._affected(*self._held[id]):
                    continue
                verdicts = [self._verdict(side, id, action, position, access) for side in (0, 1)]
                plain = [verdict == ALLOWED for verdict in verdicts]
                granted = [
                    allowed or (verdict == WITH_GRANT and id in served)
                    for allowed, verdict, served in zip(plain, verdicts, (had, has), strict=True)
                ]
                if plain != granted:
                    self._correct((id, action), resource, plain, granted)

    def _correct(self, line: Line, resource: str, plain: list[bool], granted: list[bool]) -> None:
        tally = self.tallies[line]
        gained, lost = granted[1] > granted[0], granted[1] < granted[0]
        tally.gained += gained - (plain[1] > plain[0])
        tally.lost += lost - (plain[1] < plain[0])
        tally.apart[resource] = gained, lost

    def _compare(self) -> None:
        groups: defaultdict[tuple[Held, Held], list[str]] = defaultdict(list)
        for id, held in self._held.items():
            groups[held].append(id)
        for held, ids in groups.items():
            if not self._affected(*held):
                continue
            found = self._tallied(self._changes(*held))
            for id in ids:
                for action, counts in found.items():
                    self.tallies[id, action] = Tally(*counts)

    def _tallied(self, spans: Iterable[tuple[Span, Change]]) -> dict[Action, Counts]:
        """Resources gained and lost, organisations gained and lost, by action."""
        return dict(counted(spans))

    def _both(self, id: str) -> tuple[Held, Held]:
        one, two = self._sides
        held = self._roles(0, id)
        same = one.principals.get(id) is two.principals.get(id) and one.assigned.get(id) is two.assigned.get(id)
        return held, held if same else self._roles(1, id)

    def _roles(self, side: int, id: str) -> Held:
        """What a principal holds on one side: nothing while it is unknown or disabled there."""
        edition = self._sides[side]
        principal = edition.principals.get(id)
        return frozenset() if principal is None or principal.disabled else frozenset(edition.held(principal))

    def _affected(self, before: Held, after: Held) -> bool:
        return before != after or any(map(self._edited.__contains__, {role for role, _ in before}))

    def _changes(self, before: Held, after: Held) -> Iterator[tuple[Span, Change]]:
        """The spans of the tree over which something changes, with what."""
        old, new = (edition.index for edition in self._sides)
        tree = self._sides[0].tree
        if before == after and all(old.relations(role) == new.relations(role) for role in {role for role, _ in before}):
            # Most callers hold what they held: of these nothing is made for each span.
            known = self._unmoved
            for span, pairs in old.segments(before, tree):
                change = known.get(pairs) or known.setdefault(pairs, self._change(pairs, pairs))
                if change.shifts:
                    yield span, change
            return
        for span, was, becomes in _merged(list(old.segments(before, tree)), list(new.segments(after, tree))):
            change = self._change(was, becomes)
            if change.shifts:
                yield span, change

    def _change(self, was: Pairs, becomes: Pairs) -> Change:
        change = self._changed.get((was, becomes))
        if change is None:
            change = Change(tuple(self._shifted(was, becomes)), self._sides[0].tree.platform + 1)
            self._changed[was, becomes] = change
        return change

    def _shifted(self, was: Pairs, becomes: Pairs) -> Iterator[Shift]:
        edited = (self._edited.get(role, frozenset()) for role, _ in was)
        for action in frozenset().union(*edited) if was == becomes else _EVERY_ACTION:
            old, new = self._verdicts_of(0, was, action), self._verdicts_of(1, becomes, action)
            if old == new:
                continue
            changed = [(number, one, two) for number, (one, two) in enumerate(zip(old, new, strict=True)) if one != two]
            gained = frozenset(number for number, _, two in changed if number and two == ALLOWED)
            lost = frozenset(number for number, one, _ in changed if number and one == ALLOWED)
            yield Shift(
                action=action,
                gained=gained,
                lost=lost,
                sums_gained=self._holdings.sums(gained),
                sums_lost=self._holdings.sums(lost),
                organization=(new[0] == ALLOWED) - (old[0] == ALLOWED),
                grants=any(WITH_GRANT in (one, two) for _, one, two in changed),
            )

    def _verdicts_of(self, side: int, pairs: Pairs, action: Action) -> bytes:
        """The verdict on every combination."""
        if not any(role in self._edited for role, _ in pairs):
            side = 0
        key = (side, pairs, action)
        verdicts = self._verdicts.get(key)
        if verdicts is None:
            outcome = self._sides[side].index.outcome
            verdicts = bytes(outcome(pairs, action, combination).verdict for combination in self._combinations)
            self._verdicts[key] = verdicts
        return verdicts

    def _verdict(self, side: int, id: str, action: Action, position: int, access: AccessAttributes) -> int:
        held = self._held[id][side]
        pairs = self._reach.get((side, held, position))
        if pairs is None:
            pairs = self._reach[side, held, position] = self._sides[side].pairs(held, position)
        number = self._sides[0].pool.numbers.get(OTHERS(access.__dict__), 0)
        return self._verdicts_of(side, pairs, action)[number] if 0 < number < len(self._combinations) else DENIED


def _edited(before: Edition, after: Edition) -> dict[str, frozenset[Action]]:
    """The roles whose policies differ, each with the actions of which they do."""
    one, two = before.index.policies, after.index.policies
    differing = [two[id] for id in two if one.get(id) != two[id]]
    differing += [one[id] for id in one if two.get(id) != one[id]]
    found: defaultdict[str, set[Action]] = defaultdict(set)
    for values in differing:
        found[values[_ROLE]] |= _EVERY_ACTION if values[_ACTION] == WILDCARD else {Action(values[_ACTION])}
    return {role: frozenset(actions) for role, actions in found.items()}


def _merged(one: list[tuple[Span, Pairs]], two: list[tuple[Span, Pairs]]) -> Iterator[tuple[Span, Pairs, Pairs]]:
    """Two cuts of the same line, cut at the edges of both."""
    at = other = start = 0
    while at < len(one) and other < len(two):
        (_, end), pairs = one[at]
        (_, other_end), other_pairs = two[other]
        stop = min(end, other_end)
        if stop > start:
            yield (start, stop), pairs, other_pairs
        start = stop
        at += end == stop
        other += other_end == stop
