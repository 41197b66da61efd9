"""What an operator may watch. No label names a principal, a resource or anything else that a caller chose.

The figures are given to anonymous callers, as scrapers have no tokens. They tell how busy a node is: where a node listens
beyond loopback, the proxy before it decides who may ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from ucs_core.access.shadow import Shadow
from ucs_core.http.tally import Tally
from ucs_core.readiness import Phase

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The figures of one node, in a registry of their own. Both doors may count here."""

    def __init__(self, unlogged_refusals: Callable[[], int], shadow: Shadow | None = None) -> None:
        self._registry = CollectorRegistry()
        self._tally = Tally()
        self._registry.register(self._tally)
        self._phase = Gauge(
            "ucs_phase", "The phase of this node: 1 for the present one.", ("phase",), registry=self._registry
        )
        self.follow(
            "ucs_refusals_unlogged",
            "Refusals of authenticated callers beyond what the log keeps of one caller.",
            unlogged_refusals,
        )
        if shadow is not None:
            self._registry.register(_Shadowed(shadow))
        ProcessCollector(registry=self._registry)

    def observe(self, door: str, verb: str, code: str, seconds: float) -> None:
        """Count one request. `verb` and `code` come from our own vocabularies, so that there are few of them."""
        self._tally.add(door, verb, code, seconds)

    def follow(self, name: str, text: str, count: Callable[[], int]) -> None:
        """Show a count that somebody else keeps."""
        self._registry.register(_Followed(name, text, count))

    def show(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show a value of the moment that somebody else keeps."""
        Gauge(name, text, registry=self._registry).set_function(value)

    def collect(self, collector: Collector) -> None:
        """Show what somebody else collects when it is asked for."""
        self._registry.register(collector)

    def enter(self, phase: Phase) -> None:
        """Show the phase of this node."""
        for each in Phase:
            self._phase.labels(each.value).set(each is phase)

    def render(self) -> bytes:
        """All figures in Prometheus's text format."""
        return generate_latest(self._registry)


class _Followed(Collector):
    def __init__(self, name: str, text: str, count: Callable[[], int]) -> None:
        self._name, self._text = name, text
        self._count = count

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily(self._name, self._text, value=self._count())


class _Shadowed(Collector):
    def __init__(self, shadow: Shadow) -> None:
        self._shadow = shadow

    def collect(self) -> Iterator[CounterMetricFamily]:
        shadow = self._shadow
        for name, text, value in (
            ("checked", "Decisions of which a sample was decided again by casbin's enforcer.", shadow.checked),
            (
                "differences",
                "Decisions on which casbin's enforcer says something else: any is an alarm.",
                shadow.differences,
            ),
            (
                "dropped",
                "Samples that were not replayed: access had changed, or too many were waiting.",
                shadow.dropped,
            ),
        ):
            yield CounterMetricFamily(f"ucs_shadow_{name}", text, value=value)
