"""Statements as a page shows them: where they read, by what they choose and in which order, without what they make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

SHOWN_MOST = 480
"""How many characters of a statement are shown."""

LIST_MOST, GROUP_MOST, INNER_MOST, DEPTH_MOST = 48, 60, 3, 3
"""How long a list of columns and a group in brackets may be to be shown whole, how many selections are shown of those in a
list of columns, and how deep selections are shown that lie in each other.
"""

_PIECE = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[()]|[^\s()'\"]+|\s+")
_SELECT = re.compile(r"SELECT", re.IGNORECASE)
_ENDS = re.compile(r"FROM|UNION|INTERSECT|EXCEPT", re.IGNORECASE)


def shortened(statement: str) -> str:
    """A statement in a line, with `…` for the columns that it selects and for all that lies deep in brackets."""
    told = _told(_pieces(statement), 0)
    if len(told) > SHOWN_MOST:
        told = f"{told[:SHOWN_MOST].rpartition(' ')[0]} …"
    return told


def _pieces(statement: str) -> Iterator[str]:
    return (piece if piece.strip() else " " for piece in _PIECE.findall(statement.strip()))


def _told(pieces: Iterator[str], depth: int) -> str:
    """What stands in one pair of brackets, or outside of all."""
    whole: list[str] = []
    chosen: list[str] | None = None
    for piece in pieces:
        if piece == ")":
            break
        part = f"({_group(_told(pieces, depth + 1), depth)})" if piece == "(" else piece
        if chosen is None:
            whole.append(part)
            if _SELECT.fullmatch(part):
                chosen = []
        elif _ENDS.fullmatch(part):
            whole += [*_columns(chosen), part]
            chosen = None
        else:
            chosen.append(part)
    return re.sub(r"\s+", " ", "".join([*whole, *_columns(chosen or [])])).replace("( ", "(").strip()


def _columns(chosen: Sequence[str]) -> Sequence[str]:
    told = "".join(chosen)
    if len(told) <= LIST_MOST:
        return chosen
    return [" … ", *(f"{inner} … " for inner in islice(_inner(told), INNER_MOST))]


def _inner(told: str) -> Iterator[str]:
    """The selections in a text that lie in no other."""
    end = 0
    while (start := told.find("(SELECT", end)) >= 0:
        open_ = 0
        for end in range(start, len(told)):
            open_ += {"(": 1, ")": -1}.get(told[end], 0)
            if not open_:
                break
        yield told[start : end + 1]


def _group(told: str, depth: int) -> str:
    deep = depth >= DEPTH_MOST if _SELECT.match(told) else "SELECT" not in told
    return "…" if deep and len(told) > GROUP_MOST else told
