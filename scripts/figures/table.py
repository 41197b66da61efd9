"""Rows as a table for people, wide characters counted as two columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set

from figures.rows import Row

HEADINGS = ("name", "ours", "theirs", "unit", "ratio", "target", "")
_MET = {True: "met", False: "missed", None: ""}
_LEFT = frozenset({0, 3, 6})
"""Which columns are words; figures stand at the right."""


def table(rows: Iterable[Row]) -> str:
    """A line of headings, a line for each row, and how many targets are met."""
    rows = list(rows)
    lines = [HEADINGS, *map(_cells, rows)]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join(_padded(line, widths)).rstrip() for line in lines]
    aimed = [row.met for row in rows if row.met is not None]
    return "\n".join([text[0], "─" * sum((*widths, 2 * len(widths) - 2)), *text[1:], "", _verdict(aimed)])


def matrix(figures: Mapping[tuple[str, str], float | None]) -> str:
    """Figures by line and column, in the order in which either first comes; empty where there is none."""
    lines = list(dict.fromkeys(line for line, _ in figures))
    columns = list(dict.fromkeys(column for _, column in figures))
    cells = [("", *columns)]
    cells += [(line, *(figure(figures.get((line, column))) for column in columns)) for line in lines]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(_padded(line, widths, left={0})).rstrip() for line in cells)


def figure(value: float | None) -> str:
    """A figure with two or three digits that count, and separators above a thousand."""
    if value is None:
        return "–"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1 else f"{value:.2g}"


def width(text: str) -> int:
    """How many columns a text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _cells(row: Row) -> tuple[str, ...]:
    if row.target is None:
        target = ""
    elif row.theirs is not None:
        target = f"≥ {figure(row.target)}×"
    else:
        target = f"{'≥' if row.better == 'higher' else '≤'} {figure(row.target)}"
    ratio = "" if row.ratio is None else f"{figure(row.ratio)}×"
    return (row.name, figure(row.ours), figure(row.theirs), row.unit, ratio, target, _MET[row.met])


def _padded(cells: Sequence[str], widths: Sequence[int], left: Set[int] = _LEFT) -> list[str]:
    gaps = [" " * (room - width(cell)) for cell, room in zip(cells, widths, strict=True)]
    return [
        f"{cell}{gap}" if place in left else f"{gap}{cell}"
        for place, (cell, gap) in enumerate(zip(cells, gaps, strict=True))
    ]


def _verdict(aimed: Sequence[bool]) -> str:
    return f"{sum(aimed)} of {len(aimed)} targets met" if aimed else "no targets"
