"""How cost grows with the city: `python -m figures.growth [FOLDER]` prints tables of what the battery's benchmark has written.

For each database and each way of asking there is a file of figures for each size; a call may take so many times as long in a
city that is ten times as large as its entry in the battery says.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "build" / "battery"

NOISE = 1.05
"""By how much a growth may be above what is allowed before it counts as missed: figures of one machine and hour vary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one run has told: of each call its seconds of processor time and the growth that it may have."""

    database: str
    model: str
    rows: int
    calls: Mapping[str, Mapping[str, Any]]


def read(folder: Path) -> list[Figures]:
    """All runs of a folder, the smallest city first."""
    found = [Figures(**json.loads(file.read_text("utf-8"))) for file in folder.glob("figures-*.json")]
    return sorted(found, key=lambda each: (each.database, each.model, each.rows))


def growth_of(smaller: Figures, larger: Figures, call: str) -> float | None:
    """How many times as long a call takes with ten times as many resources; None where one of them did not ask it."""
    before, after = (each.calls.get(call, {}).get("seconds") for each in (smaller, larger))
    if not before or not after:
        return None
    return math.pow(after / before, 1 / math.log10(larger.rows / smaller.rows))


def table(runs: Sequence[Figures]) -> str:
    """A table of Markdown: milliseconds at each size, the growth of each step, and what is allowed."""
    steps = list(pairwise(runs))
    heads = ["call, ms", *(f"{each.rows:,}" for each in runs), *("per tenfold" for _ in steps), "may", ""]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for call in _calls(runs):
        grown = [growth_of(*step, call) for step in steps]
        allowed = next(each.calls[call]["growth"] for each in runs if call in each.calls)
        figures = [_milliseconds(each.calls.get(call, {}).get("seconds")) for each in runs]
        told = ["–" if each is None else f"{each:.2f}×" for each in grown]
        lines.append(f"| {' | '.join([call, *figures, *told, f'{allowed:g}×', _verdict(grown, allowed)])} |")
    memory = [each.calls.get("memory", {}).get("mebibytes") for each in runs]
    held = ["–" if each is None else f"{each:.0f}" for each in memory]
    lines.append(f"| {' | '.join(['memory of a node, MiB', *held, *('' for _ in steps), '', ''])} |")
    return "\n".join(lines)


def _calls(runs: Iterable[Figures]) -> Iterator[str]:
    return (call for call in dict.fromkeys(call for each in runs for call in each.calls) if call != "memory")


def _milliseconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1_000:.3g}"


def _verdict(grown: Iterable[float | None], allowed: float) -> str:
    known = [each for each in grown if each is not None]
    return "" if not known else "met" if max(known) <= allowed * NOISE else "missed"


def main(arguments: Sequence[str]) -> int:
    """Print a table for each database and each way of asking."""
    parser = argparse.ArgumentParser(prog="figures.growth", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER, help="where the benchmark keeps its figures")
    runs = read(parser.parse_args(arguments).folder)
    if not runs:
        print("growth: there are no figures; run tests/bench/test_battery_bench.py at two sizes", file=sys.stderr)
        return 1
    for database, model in dict.fromkeys((each.database, each.model) for each in runs):
        of_it = [each for each in runs if (each.database, each.model) == (database, model)]
        print(f"{database}, read model {model}\n\n{table(of_it)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
