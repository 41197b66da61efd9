"""From what pytest-benchmark wrote to rows and a table: `python -m figures.benchmarks RAW ROWS`.

A benchmark says what its figures are in `extra_info` (see `tests/bench/conftest.py`):

- `rows`: rows that it made itself, of what it measured in turns; a row without `ours` is of the benchmark's own median;
- `row`, `side` and `target`: its median is ours or theirs of a row that two benchmarks of one run share, as do `group` and
  the parameters of both;
- nothing: a row of its own, with nobody beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from figures.rows import Row, write
from figures.table import table

SIDES = ("ours", "theirs")
_SECONDS = {"s": 1.0, "ms": 1e3, "µs": 1e6, "ns": 1e9}

Benchmark = Mapping[str, Any]


class BadInput(Exception):
    """What was read is not what a benchmark writes; the message says where and why."""


def rows_of(benchmarks: Iterable[Benchmark]) -> list[Row]:
    """The rows of a run, in the order of its benchmarks. Raises BadInput for a pair without ours, or told twice."""
    found: list[Row] = []
    pairs: dict[str, dict[str, Benchmark]] = {}
    for each in benchmarks:
        extra = each["extra_info"]
        if "side" in extra:
            sides = pairs.setdefault(_shared_name(each), {})
            if extra["side"] not in SIDES or extra["side"] in sides:
                raise BadInput(f"{each['fullname']}: the side {extra['side']!r} is unknown, or was told before")
            sides[extra["side"]] = each
        found += _own(each)
    return [*found, *(_pair(name, sides) for name, sides in pairs.items())]


def _own(each: Benchmark) -> Iterator[Row]:
    extra = each["extra_info"]
    stated = extra.get("rows", [])
    if not isinstance(stated, list):
        raise BadInput(f"{each['fullname']}: its `rows` are no list; the fixture `row` makes them")
    for told in stated:
        unit = told.get("unit", "ms")
        ours = told["ours"] if told.get("ours") is not None else each["stats"]["median"] * _SECONDS[unit]
        yield Row(
            name=_with_param(told["name"], each),
            ours=ours,
            theirs=told.get("theirs"),
            unit=unit,
            better=told.get("better", "lower"),
            target=told.get("target"),
        )
    if "rows" not in extra and "side" not in extra:
        median = each["stats"]["median"]
        unit = _unit(median)
        yield Row(name=_readable(each), ours=median * _SECONDS[unit], unit=unit, better="lower")


def _pair(name: str, sides: Mapping[str, Benchmark]) -> Row:
    if "ours" not in sides:
        raise BadInput(f"{name!r}: nothing of ours stands beside {sides['theirs']['fullname']}")
    ours, theirs = (sides[side]["stats"]["median"] if side in sides else None for side in SIDES)
    unit = _unit(ours or 0)
    scale = _SECONDS[unit]
    return Row(
        name=name,
        ours=(ours or 0) * scale,
        theirs=None if theirs is None else theirs * scale,
        unit=unit,
        better="lower",
        # Without the peer the target, which is a ratio, has nothing to be held against.
        target=sides["ours"]["extra_info"].get("target") if theirs is not None else None,
    )


def _shared_name(each: Benchmark) -> str:
    extra = each["extra_info"]
    group = extra.get("group") or each.get("group")
    return _with_param(f"{group}: {extra['row']}" if group else str(extra["row"]), each)


def _readable(each: Benchmark) -> str:
    words = str(each["name"]).partition("[")[0].removeprefix("test_").replace("_", " ")
    group = each.get("group")
    return _with_param(f"{group}: {words}" if group else words, each)


def _with_param(name: str, each: Benchmark) -> str:
    return f"{name} [{each['param']}]" if each.get("param") else name


def _unit(seconds: float) -> str:
    return next((unit for unit in ("ms", "µs") if seconds * _SECONDS[unit] >= 1), "ns")


def read(file: Path) -> Sequence[Benchmark]:
    """The benchmarks of a file that pytest-benchmark wrote. Raises BadInput when it is none."""
    try:
        raw = json.loads(file.read_text("utf-8"))
        benchmarks: Sequence[Benchmark] = raw["benchmarks"]
        for each in benchmarks:
            if not isinstance(each["stats"]["median"], int | float):
                raise BadInput(f"{file}: {each['fullname']} has no median")
    except OSError as cause:
        raise BadInput(f"{file} cannot be read: {cause}") from cause
    except (ValueError, KeyError, TypeError) as cause:
        raise BadInput(f"{file} is not what pytest-benchmark writes: {cause!r}") from cause
    return benchmarks


def main(arguments: Sequence[str]) -> int:
    """Return 0 when the rows are written."""
    parser = argparse.ArgumentParser(prog="figures.benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("raw", type=Path, help="what pytest-benchmark wrote")
    parser.add_argument("rows", type=Path, help="where the rows go")
    options = parser.parse_args(arguments)
    try:
        rows = rows_of(read(options.raw))
    except (BadInput, ValueError) as cause:
        print(f"bench: {cause}", file=sys.stderr)
        return 1
    write(rows, options.rows)
    print(f"{table(rows)}\n\nrows: {options.rows}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
