"""Map matching: on which segment a fix lies, by distance, by heading, and by where the vehicle was before.

A cost in metres decides: the distance to the line, more when the vehicle heads across it, less when it stays on its segment
or goes on to one that meets it. What lies farther than the buffer, or heads another way than a reported heading, is nothing.
The figures are assumptions of this project.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from ucs_capability_road_sweeping.network import Network

TURN_MOST = 60.0
"""How many degrees a reported heading may differ from the line's. Chords around a corner only weigh: they lie between."""

TURN_COST = 15.0
"""What a right angle weighs, in metres."""

STAY_BONUS = 8.0
"""What staying on the segment is worth, in metres."""

MEET_BONUS = 4.0
"""What going on to a segment that meets the last one is worth, in metres."""


class Matched(NamedTuple):
    """A place on a segment: its index, metres from its first corner, and how far off the fix was."""

    segment: int
    station: float
    off: float


def matched(
    network: Network, x: float, y: float, *, heading: float | None, is_reported: bool, last: int | None
) -> Matched | None:
    """The place on the network that a place on the plane belongs to; of two that are as good, the one of the lower index.

    `last` is the segment before, as long as nothing was missing in between.
    """
    least, best = 0.0, None
    reach = network.buffer * network.buffer
    for piece in network.near(x, y):
        share = ((x - piece.x) * piece.dx + (y - piece.y) * piece.dy) / piece.square
        is_beside = 0.0 <= share <= 1.0
        if not is_beside:
            share = 0.0 if share < 0.0 else 1.0
        off_x, off_y = x - piece.x - share * piece.dx, y - piece.y - share * piece.dy
        square = off_x * off_x + off_y * off_y
        if square > reach:
            continue
        off = sqrt(square)
        cost = off
        if heading is not None:
            turn = turned(heading, piece.heading, one_way=piece.one_way)
            if is_reported and turn > TURN_MOST:
                continue
            cost += TURN_COST * turn / 90.0
        if last is not None and is_beside:
            if piece.segment == last:
                cost -= STAY_BONUS
            elif network.meet(piece.segment, last):
                cost -= MEET_BONUS
        if best is None or cost < least:
            least, best = cost, (piece, share, off)
    if best is None:
        return None
    piece, share, off = best
    return Matched(piece.segment, round(piece.start + share * piece.length, 2), off)


def turned(heading: float, line: float, *, one_way: bool) -> float:
    """How many degrees a heading differs from a line's: up to 180 on a one-way street, up to 90 where both ways are driven."""
    turn = abs(heading - line) % 360.0
    if turn > 180.0:
        turn = 360.0 - turn
    return turn if one_way or turn <= 90.0 else 180.0 - turn
