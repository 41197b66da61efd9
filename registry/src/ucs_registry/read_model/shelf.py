"""Where fragments are kept: as many as there is room for, until what they show may have changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ucs_registry.read_model.fragments import UNKNOWN, Fragment, Kept, Tree, size_of
from ucs_registry.read_model.taking import Taking
from ucs_registry.read_model.templates import Template
from ucs_registry.shapes import Many, Object

BYTES_MOST = 32 * 1024 * 1024
"""How many bytes are kept in fragments, with what it takes to find them."""

SKELETONS_MOST = 256
"""How many skeletons there are fragments of."""


class Shelf:
    """The fragments of all skeletons. What has not been asked for longest goes first, more or less."""

    def __init__(self, bytes_most: int = BYTES_MOST) -> None:
        self._half = bytes_most // 2
        self._bytes = 0
        self._kept: dict[Object, Kept] = {}
        self._trees: dict[tuple[Kept, tuple[tuple[Tree, ...], ...]], Tree] = {}

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another skeleton."""
        return len(self._kept) >= SKELETONS_MOST

    def tree(self, template: Template) -> Tree:
        """The fragments of a template, and of what its links lead to."""
        kept = self._kept.get(template.skeleton)
        if kept is None:
            kept = self._kept[template.skeleton] = Kept(template.skeleton)
        within = tuple(
            tuple(map(self.tree, hole.templates)) if isinstance(hole.node, Many) else () for hole in template.holes
        )
        return self._trees.setdefault((kept, within), Tree(kept, within))

    def take(self, tree: Tree, text: bytes, limits: tuple[int, ...], slots: Mapping[bytes, int]) -> None:
        """Keep what the database wrote, unless these fragments are no longer among those that are told what to forget. `slots`
        has one for every id, or UNKNOWN.
        """
        if tree.kept.is_gone:
            return
        taking = Taking(limits, slots)
        taking.records(tree, text)
        self._bytes += taking.bytes
        if self._bytes > self._half:
            self._age()

    def put(self, tree: Tree, slot: int, text: bytes) -> None:
        """Keep a fragment without holes, on the same terms."""
        kept = tree.kept
        if not kept.is_gone and slot != UNKNOWN and slot not in kept.young:
            kept.young[slot] = text
            self._bytes += size_of(text)
            if self._bytes > self._half:
                self._age()

    def again(self, kept: Kept, slot: int) -> Fragment | None:
        """A fragment that is not among the young ones, which it joins; None where there is none."""
        found = kept.old.pop(slot, None)
        if found is not None:
            kept.young[slot] = found
            self._bytes += size_of(found)
        return found

    def forget(self, slots: Collection[int]) -> None:
        """Forget what shows some resources, each of which may be one that was not there before."""
        for kept in self._kept.values():
            if kept.inward:
                kept.clear()
                continue
            gone = kept.dangling.union(slots)
            kept.dangling.clear()
            for fragments in (kept.young, kept.old):
                for slot in fragments.keys() & gone:
                    del fragments[slot]

    def forget_all(self) -> None:
        """Forget all fragments."""
        for kept in self._kept.values():
            kept.clear()
        for tree in self._trees.values():
            tree.whole.clear()
        self._bytes = 0

    def clear(self) -> None:
        """Forget the skeletons, too: whoever holds on to one has it anew."""
        self.forget_all()
        for kept in self._kept.values():
            kept.is_gone = True
        self._kept.clear()
        self._trees.clear()

    def _age(self) -> None:
        for kept in self._kept.values():
            kept.old, kept.young = kept.young, {}
        for tree in self._trees.values():
            tree.whole.clear()
        self._bytes = 0
