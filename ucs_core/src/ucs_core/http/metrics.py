"""What an operator may watch. No label names a principal, a resource or anything else that a caller chose.

The figures are given to anonymous callers, as scrapers have no tokens. They tell how busy a node is: where a node listens
beyond loopback, the proxy before it decides who may ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from ucs_core.readiness import Phase

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The figures of one node, in a registry of their own. Both doors may count here."""

    def __init__(self, unlogged_refusals: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "ucs_requests", "Requests by door, verb and outcome.", ("door", "verb", "code"), registry=self._registry
        )
        self._seconds = Histogram(
            "ucs_request_seconds",
            "Time from request to answer, by door and verb.",
            ("door", "verb"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._phase = Gauge(
            "ucs_phase", "The phase of this node: 1 for the present one.", ("phase",), registry=self._registry
        )
        self._registry.register(_Unlogged(unlogged_refusals))
        ProcessCollector(registry=self._registry)

    def observe(self, door: str, verb: str, code: str, seconds: float) -> None:
        """Count one request. `verb` and `code` come from our own vocabularies, so that there are few of them."""
        self._requests.labels(door, verb, code).inc()
        self._seconds.labels(door, verb).observe(seconds)

    def enter(self, phase: Phase) -> None:
        """Show the phase of this node."""
        for each in Phase:
            self._phase.labels(each.value).set(each is phase)

    def render(self) -> bytes:
        """All figures in Prometheus's text format."""
        return generate_latest(self._registry)


class _Unlogged(Collector):
    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count

    def collect(self) -> Iterator[CounterMetricFamily]:
        text = "Refusals of authenticated callers beyond what the log keeps of one caller."
        yield CounterMetricFamily("ucs_refusals_unlogged", text, value=self._count())
