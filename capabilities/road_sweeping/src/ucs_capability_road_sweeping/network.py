"""A network of segments, laid out on a plane, with a grid to find what is near and the nodes where segments meet."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from math import atan2, ceil, cos, degrees, hypot, radians
from typing import NamedTuple

from ucs_capability_road_sweeping.segments import Segment, steps_of
from ucs_sdk.geo import EARTH_RADIUS

CELL = 100.0
"""The width of a cell of the grid, in metres."""

SNAP = 2.0
"""How near to each other two ends are one node, in metres."""

ROUTE_NODES = 64
"""How many nodes are looked at to find the way from one fix to the next."""

_ROW = 1 << 24
"""More than there are cells from south to north, so that a cell is one number."""

Part = tuple[int, float, float]
"""A stretch of a way: the segment's index, and where it begins and ends in metres from the first corner."""


class Piece(NamedTuple):
    """A straight stretch of a segment: where it begins on the plane, its extent, and where on the segment it lies."""

    segment: int
    x: float
    y: float
    dx: float
    dy: float
    square: float
    start: float
    length: float
    heading: float
    one_way: bool


class Network:
    """Segments by index, in the order in which they are given. `buffer` is how far beside a line one is still on it."""

    def __init__(self, segments: Sequence[Segment], *, buffer: float) -> None:
        self.segments = list(segments)
        self.buffer = buffer
        latitudes = [corner[1] for each in self.segments for corner in each.line]
        middle = (min(latitudes) + max(latitudes)) / 2 if latitudes else 0.0
        self._north = EARTH_RADIUS * radians(1.0)
        self._east = self._north * cos(radians(middle))
        self._grid: dict[int, tuple[Piece, ...]] = {}
        self._fill()
        self.ends: list[tuple[int, int]] = []
        self._around: list[list[tuple[int, int]]] = []
        self._meet()

    def flat(self, longitude: float, latitude: float) -> tuple[float, float]:
        """A place on the plane, in metres east and north of where the axes cross."""
        return longitude * self._east, latitude * self._north

    def near(self, x: float, y: float) -> tuple[Piece, ...]:
        """The pieces that may lie within the buffer of a place, and some that do not."""
        return self._grid.get(int(x // CELL) * _ROW + int(y // CELL), ())

    def meet(self, a: int, b: int) -> bool:
        """Whether two segments have a node in common."""
        return bool({*self.ends[a]} & {*self.ends[b]})

    def way(self, a: int, start: float, b: int, end: float, most: float) -> list[Part] | None:
        """The shortest way from a place on one segment to a place on another, if there is one that is not longer than `most`.

        One way streets are driven in their direction alone.
        """
        if a == b and abs(end - start) <= most and (end >= start or not self.segments[a].one_way):
            return [(a, start, end)]
        left = self._leaving(a, start)
        waiting: list[tuple[float, int, int, tuple[Part, ...]]] = []
        count = 0
        for cost, node, part in left:
            heappush(waiting, (cost, count := count + 1, node, (part,)))
        arriving = {node: (cost, part) for cost, node, part in sorted(self._reaching(b, end), reverse=True)}
        best: tuple[float, tuple[Part, ...]] | None = None
        seen: set[int] = set()
        while waiting and len(seen) < ROUTE_NODES:
            cost, _, node, parts = heappop(waiting)
            if cost > most or (best is not None and cost >= best[0]):
                break
            if node in seen:
                continue
            seen.add(node)
            if node in arriving:
                whole = cost + arriving[node][0]
                if whole <= most and (best is None or whole < best[0]):
                    best = (whole, (*parts, arriving[node][1]))
            for further, part in self._onwards(node):
                heappush(waiting, (cost + abs(part[2] - part[1]), count := count + 1, further, (*parts, part)))
        return None if best is None else list(best[1])

    def _leaving(self, segment: int, at: float) -> list[tuple[float, int, Part]]:
        """The ends of a segment that can be reached from a place on it: how far it is, which node, and the way."""
        whole, (first, last) = self.segments[segment].length, self.ends[segment]
        ahead = [(whole - at, last, (segment, at, whole))]
        return ahead if self.segments[segment].one_way else [*ahead, (at, first, (segment, at, 0.0))]

    def _reaching(self, segment: int, at: float) -> list[tuple[float, int, Part]]:
        whole, (first, last) = self.segments[segment].length, self.ends[segment]
        ahead = [(at, first, (segment, 0.0, at))]
        return ahead if self.segments[segment].one_way else [*ahead, (whole - at, last, (segment, whole, at))]

    def _onwards(self, node: int) -> list[tuple[int, Part]]:
        """All segments that leave a node, each with the node at its other end."""
        found: list[tuple[int, Part]] = []
        for segment, end in self._around[node]:
            whole = self.segments[segment].length
            if end == 0:
                found.append((self.ends[segment][1], (segment, 0.0, whole)))
            elif not self.segments[segment].one_way:
                found.append((self.ends[segment][0], (segment, whole, 0.0)))
        return found

    def _fill(self) -> None:
        filling: dict[int, dict[Piece, None]] = {}
        for index, segment in enumerate(self.segments):
            for piece in self._pieces(index, segment):
                for cell in self._cells(piece):
                    filling.setdefault(cell, {})[piece] = None
        self._grid = {cell: tuple(pieces) for cell, pieces in filling.items()}

    def _pieces(self, index: int, segment: Segment) -> list[Piece]:
        """The straight stretches of a segment; their lengths are the segment's own, so that every network measures alike."""
        pieces: list[Piece] = []
        start = 0.0
        flat = [self.flat(*corner) for corner in segment.line]
        steps = zip(flat, flat[1:], steps_of(segment.line), strict=False)
        for (x, y), (to_x, to_y), step in steps:
            dx, dy = to_x - x, to_y - y
            heading = degrees(atan2(dx, dy)) % 360.0
            pieces.append(Piece(index, x, y, dx, dy, dx * dx + dy * dy, start, step, heading, segment.one_way))
            start += step
        return pieces

    def _cells(self, piece: Piece) -> set[int]:
        """The cells that have places within the buffer of a piece, which is cut so that a long one has few others."""
        cuts = ceil(hypot(piece.dx, piece.dy) / CELL) or 1
        found: set[int] = set()
        for cut in range(cuts):
            xs = sorted((piece.x + piece.dx * cut / cuts, piece.x + piece.dx * (cut + 1) / cuts))
            ys = sorted((piece.y + piece.dy * cut / cuts, piece.y + piece.dy * (cut + 1) / cuts))
            west, east = (int(x // CELL) for x in (xs[0] - self.buffer, xs[1] + self.buffer))
            south, north = (int(y // CELL) for y in (ys[0] - self.buffer, ys[1] + self.buffer))
            found |= {i * _ROW + j for i in range(west, east + 1) for j in range(south, north + 1)}
        return found

    def _meet(self) -> None:
        """Give every end its node: the first one within `SNAP`, in the order of the segments."""
        held: dict[tuple[int, int], list[tuple[float, float, int]]] = {}
        for index, segment in enumerate(self.segments):
            nodes = []
            for end, corner in enumerate((segment.line[0], segment.line[-1])):
                node = self._node_at(held, *self.flat(*corner))
                self._around[node].append((index, end))
                nodes.append(node)
            self.ends.append((nodes[0], nodes[1]))

    def _node_at(self, held: dict[tuple[int, int], list[tuple[float, float, int]]], x: float, y: float) -> int:
        i, j = int(x // SNAP), int(y // SNAP)
        around = [held.get((i + east, j + north), []) for east in (-1, 0, 1) for north in (-1, 0, 1)]
        near = [node for each in around for a, b, node in each if hypot(a - x, b - y) <= SNAP]
        if near:
            return min(near)
        self._around.append([])
        held.setdefault((i, j), []).append((x, y, len(self._around) - 1))
        return len(self._around) - 1
