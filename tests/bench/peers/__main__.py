"""`make bench-peers`: UCS beside PostGraphile, a plain strawberry server, constant bytes and a gRPC echo.

Everything runs on loopback and ends by itself. Rows go to build/bench-peers.json, and what stands behind them (every
window, latencies, sizes, processor time) to build/bench-peers-details.json.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path

from figures.rows import write
from figures.table import matrix, table
from peers.bench import Report, Size, bench
from peers.machine import Unavailable

ROOT = Path(__file__).parents[3]
MINUTE = 60


DEFAULT = Size(resources=189_000, seconds=3, rounds=3, limit=15 * MINUTE)
QUICK = Size(resources=10_000, seconds=1, rounds=2, limit=3 * MINUTE)
RESOURCES_LEAST, RESOURCES_MOST = 2_000, 189_000
SECONDS_MOST, ROUNDS_MOST = 10, 5


def main(arguments: list[str]) -> int:
    """Return 0 when figures were written, 1 when none could be had."""
    options = _parser().parse_args(arguments)
    size = QUICK if options.quick else DEFAULT
    size = Size(
        resources=options.resources or size.resources,
        seconds=options.windows or size.seconds,
        rounds=options.rounds or size.rounds,
        limit=size.limit if options.windows is options.rounds is None else 3 * DEFAULT.limit,
    )
    # So that what was started is ended on SIGTERM, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    began = time.monotonic()

    def tell(line: str) -> None:
        sys.stdout.write(f"[{time.monotonic() - began:4.0f} s] {line}\n")
        sys.stdout.flush()

    try:
        report = bench(size, options.seed, ROOT / "build" / "bench-peers", tell)
    except Unavailable as cause:
        sys.stderr.write(f"bench-peers: {cause}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("bench-peers: stopped\n")
        return 130
    _write(report, options.output)
    if not any(row.theirs for row in report.rows):
        sys.stderr.write("bench-peers: nothing could be measured beside ours; the lines above say why\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-peers", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--quick", action="store_true", help="a smaller city and shorter windows: three minutes at most"
    )
    most, least = RESOURCES_MOST, RESOURCES_LEAST
    parser.add_argument("--resources", type=_whole(least, most), help=f"the city's size, {least} to {most}")
    parser.add_argument("--windows", type=_whole(1, SECONDS_MOST), help="seconds that a server is asked a question")
    parser.add_argument("--rounds", type=_whole(1, ROUNDS_MOST), help="how often, in turns with the others")
    parser.add_argument("--seed", type=int, default=3702, help="what the questions are drawn by (default: 3702)")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "bench-peers.json", help="where the rows go")
    return parser


def _whole(least: int, most: int):
    def whole_number(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return whole_number


def _write(report: Report, output: Path) -> None:
    write(report.rows, output)
    details = output.with_name(f"{output.stem}-details.json")
    details.write_text(json.dumps(report.details, ensure_ascii=False, indent=1) + "\n", "utf-8")
    lines = [*(f"not reported: {line}" for line in report.missing), f"rows: {output}", f"details: {details}"]
    cost = ["processor time of a server and its database, µs a request:", "", matrix(report.cpu)]
    sys.stdout.write("\n".join(["", *report.heading, "", table(report.rows), "", *cost, "", *lines]) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
