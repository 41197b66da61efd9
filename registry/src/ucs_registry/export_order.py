"""The order of an export: by kind and code, but each resource behind those that it depends on, so that it can be imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heappop, heappush

from ucs_registry.resources import KIND_RANK
from ucs_sdk.vocabulary import ResourceKind

EXPORT_KINDS: tuple[ResourceKind, ...] = tuple(sorted(ResourceKind, key=KIND_RANK.__getitem__, reverse=True))
"""The kinds in the order in which an export goes through them. Dependencies never lead to a later one."""


class ExportOrder:
    """Holds back the resources of one kind whose turn comes before that of something they depend on.

    Resources arrive by code. Only those that wait are remembered, by their ids: the more links run against the order of
    codes, the more.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, set[str]] = {}
        self._awaited: dict[str, list[str]] = {}
        self._codes: list[tuple[str, str]] = []

    def arrive(self, id: str, code: str, needs: Mapping[str, str]) -> Iterator[str]:
        """The ids that may leave now that a resource has arrived. `needs` holds the codes of those of the same kind that it
        depends on, by id, whether they are exported or not.
        """
        missing = {need for need, at in needs.items() if at > code or need in self._waiting}
        if not missing:
            yield from self._leave(id)
            return
        self._waiting[id] = missing
        for need in missing:
            self._awaited.setdefault(need, []).append(id)
            heappush(self._codes, (needs[need], need))

    def passed(self, code: str) -> Iterator[str]:
        """The ids that may leave now that all up to a code have arrived: what did not arrive is not exported."""
        while self._codes and self._codes[0][0] <= code:
            _, need = heappop(self._codes)
            if need not in self._waiting:
                yield from self._release(need)

    def ended(self) -> Iterator[str]:
        """The ids that may leave now that all have arrived: everything that still waits."""
        while self._codes:
            yield from self.passed(self._codes[0][0])
        # A circle, which no store should hold: an import will name it, but nothing is left out here.
        yield from sorted(self._waiting)
        self._waiting.clear()

    @property
    def held(self) -> int:
        """How many resources wait."""
        return len(self._waiting)

    def _leave(self, id: str) -> Iterator[str]:
        yield id
        yield from self._release(id)

    def _release(self, id: str) -> Iterator[str]:
        gone = [id]
        while gone:
            need = gone.pop()
            for waiter in self._awaited.pop(need, ()):
                missing = self._waiting[waiter]
                missing.discard(need)
                if not missing:
                    del self._waiting[waiter]
                    yield waiter
                    gone.append(waiter)
