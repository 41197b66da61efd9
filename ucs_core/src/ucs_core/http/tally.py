"""How many requests there were and how long they took, counted at the price of two look-ups and put into form when asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Up to how many seconds each bucket goes; the last one has no bound."""

CANCELLED = "CANCELLED"
"""The code of a request whose caller has left before its answer."""


class _Times:
    __slots__ = ("buckets", "total")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.total = 0.0


class Tally(Collector):
    """The requests of one node, by door, verb and outcome. Counted on one thread."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str], int] = {}
        self._times: dict[tuple[str, str], _Times] = {}

    def add(self, door: str, verb: str, code: str, seconds: float) -> None:
        """Count a request."""
        outcome, kind = (door, verb, code), (door, verb)
        self._counts[outcome] = self._counts.get(outcome, 0) + 1
        times = self._times.get(kind)
        if times is None:
            times = self._times[kind] = _Times()
        times.buckets[bisect_left(BOUNDS, seconds)] += 1
        times.total += seconds

    def collect(self) -> Iterator[Metric]:
        """The figures so far."""
        requests = CounterMetricFamily(
            "ucs_requests", "Requests by door, verb and outcome.", labels=("door", "verb", "code")
        )
        for outcome, count in self._counts.items():
            requests.add_metric(outcome, count)
        yield requests
        seconds = HistogramMetricFamily(
            "ucs_request_seconds", "Time from request to answer, by door and verb.", labels=("door", "verb")
        )
        bounds = [*(str(float(bound)) for bound in BOUNDS), "+Inf"]
        for kind, times in self._times.items():
            sums = accumulate(times.buckets)
            seconds.add_metric(kind, list(zip(bounds, map(float, sums), strict=True)), sum_value=times.total)
        yield seconds
