"""The tree of organisations as positions: an organisation's subtree is one unbroken span of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ucs_registry.organizations import Organization


class OrganizationTree:
    """Every organisation at a position, parents before children, subtrees unbroken.

    Two more positions follow: `platform` stands for the platform itself, which is above all owners, and `nowhere` for
    an owner that does not exist. Built from parents alone; what hangs in a circle has no position.
    """

    def __init__(self, organizations: Iterable[Organization]) -> None:
        given = list(organizations)
        parents = {organization.id: organization.parent for organization in given}
        children: dict[str | None, list[str]] = {}
        for id, parent in parents.items():
            children.setdefault(parent if parent in parents else None, []).append(id)
        self.ids: list[str] = []
        self.positions: dict[str, int] = {}
        waiting = children.get(None, [])[::-1]
        while waiting:
            id = waiting.pop()
            self.positions[id] = len(self.ids)
            self.ids.append(id)
            waiting += reversed(children.get(id, []))
        numbered = {organization.id: organization.number for organization in given}
        self.numbers = [numbered[id] for id in self.ids]
        self._parents = [self.positions.get(parents[id] or "", -1) for id in self.ids]
        sizes = [1] * len(self.ids)
        for position in range(len(self.ids) - 1, -1, -1):
            if self._parents[position] >= 0:
                sizes[self._parents[position]] += sizes[position]
        self._ends = [position + size for position, size in enumerate(sizes)]
        self.platform = len(self.ids)
        self.nowhere = self.platform + 1

    def subtree(self, position: int) -> tuple[int, int]:
        """The first position of a subtree and the one behind its last."""
        return position, self._ends[position]

    def upward(self, position: int) -> Iterator[int]:
        """A position and all above it, up to the root."""
        while position >= 0:
            yield position
            position = self._parents[position]
