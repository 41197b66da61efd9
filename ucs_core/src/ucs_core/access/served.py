"""Whom live grants serve: the principals who hold them, and those whose organisations do."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

from ucs_core.access.edition import Edition
from ucs_registry.visibility import Grant

Granted = tuple[str, str]
"""An action and the name of a resource."""


class GrantBook:
    """The live grants of one state, by action and resource, and whom they serve under one edition of access."""

    def __init__(self, edition: Edition, grants: Iterable[Grant]) -> None:
        self._edition = edition
        self._tree = edition.tree
        self._grantees: defaultdict[Granted, set[str]] = defaultdict(set)
        for grant in grants:
            self._grantees[grant.action, grant.resource].add(grant.grantee)
        self._grantees.default_factory = None
        placed = sorted(
            (self._tree.positions[person.organization], person.id)
            for person in edition.principals.values()
            if not person.disabled and person.organization in self._tree.positions
        )
        self._positions = [position for position, _ in placed]
        self._ids = [id for _, id in placed]
        self._served: dict[str, frozenset[str]] = {}

    @property
    def keys(self) -> set[Granted]:
        """The actions and resources of which there are grants."""
        return set(self._grantees)

    def grantees(self, key: Granted) -> frozenset[str]:
        """The names of those who hold a grant."""
        return frozenset(self._grantees.get(key, ()))

    def served(self, key: Granted) -> frozenset[str]:
        """The ids of the enabled principals who may make use of one."""
        return frozenset().union(*(self._serves(grantee) for grantee in self._grantees.get(key, ())))

    def _serves(self, grantee: str) -> frozenset[str]:
        found = self._served.get(grantee)
        if found is None:
            kind, _, id = grantee.partition("/")
            found = frozenset()
            if kind == "organizations" and id in self._tree.positions:
                start, stop = self._tree.subtree(self._tree.positions[id])
                found = frozenset(self._ids[bisect_left(self._positions, start) : bisect_left(self._positions, stop)])
            elif kind == "principals":
                person = self._edition.principals.get(id)
                found = frozenset() if person is None or person.disabled else frozenset([id])
            self._served[grantee] = found
        return found
