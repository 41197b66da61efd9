"""What of a segment was swept, and how many times: stretches in metres from its first corner, exact to a centimetre."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

SPANS_MOST = 24
"""How many stretches one layer keeps; of more, the shortest is forgotten, so that nothing counts that was not swept."""

Span = tuple[float, float]


def added(spans: list[Span], start: float, end: float) -> list[Span]:
    """Add a stretch to stretches that are apart and in order; what of it was there before is returned.

    Stretches that touch become one.
    """
    first = bisect_left(spans, start, key=_end)
    last = bisect_right(spans, end, key=_start)
    touched = spans[first:last]
    before = [(max(start, a), min(end, b)) for a, b in touched if min(end, b) > max(start, a)]
    if touched:
        start, end = min(start, touched[0][0]), max(end, touched[-1][1])
    spans[first:last] = [(start, end)]
    if len(spans) > SPANS_MOST:
        spans.remove(min(spans, key=length))
    return before


def _start(span: Span) -> float:
    return span[0]


def _end(span: Span) -> float:
    return span[1]


def length(span: Span) -> float:
    """How long a stretch is, in metres."""
    return span[1] - span[0]


def measured(spans: Sequence[Span]) -> float:
    """How long stretches are together, in metres."""
    return round(sum(map(length, spans)), 2)


class Layers:
    """Stretches by how many times they were swept: the first layer at least once, the second at least twice, and so on.

    There are as many as are asked for, and what is swept more often changes nothing.
    """

    __slots__ = ("layers",)

    def __init__(self, passes: int, layers: Sequence[Sequence[Span]] = ()) -> None:
        self.layers: list[list[Span]] = [list(each) for each in layers]
        self.layers += [[] for _ in range(passes - len(self.layers))]

    def add(self, start: float, end: float) -> None:
        """Have a stretch swept once more; its two ends come in any order."""
        if start == end:
            return
        adding = [(min(start, end), max(start, end))]
        for spans in self.layers:
            adding = [each for a, b in adding for each in added(spans, a, b)]
            if not adding:
                return

    def swept(self) -> float:
        """How many metres were swept, over all passes that are asked for."""
        return round(sum(measured(each) for each in self.layers), 2)

    def missing(self, whole: float) -> list[Span]:
        """The stretches of a segment of this length that were not swept as often as is asked for."""
        left: list[Span] = []
        at = 0.0
        for start, end in self.layers[-1]:
            if start > at:
                left.append((at, start))
            at = end
        return [*left, (at, whole)] if at < whole else left
