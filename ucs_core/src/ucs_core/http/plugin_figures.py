"""What an operator may watch of plugins: how often operations are called, how that ends, and whether plugins are well."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from ucs_core.invoke.metering import Tally, Used
from ucs_core.platform.extending import Extensions


class PluginFigures(Collector):
    """The figures of one node's plugins. No label names a caller, nor an organisation."""

    def __init__(self, extensions: Extensions) -> None:
        self._extensions = extensions

    def collect(self) -> Iterator[Metric]:
        """The figures so far."""
        calls = CounterMetricFamily(
            "ucs_operation_calls", "Calls of operations, by operation and outcome.", labels=("operation", "outcome")
        )
        seconds = CounterMetricFamily(
            "ucs_operation_seconds", "Time that calls of operations took.", labels=("operation", "outcome")
        )
        for (operation, outcome), used in self._used().items():
            calls.add_metric((operation, outcome), used.calls)
            seconds.add_metric((operation, outcome), used.seconds)
        yield calls
        yield seconds
        well = GaugeMetricFamily(
            "ucs_plugin_healthy", "1 for a plugin that says it can do its work, else 0.", labels=("plugin",)
        )
        for name, health in self._extensions.wellbeing.all().items():
            well.add_metric((name,), health.ok)
        yield well

    def _used(self) -> dict[tuple[str, str], Used]:
        """What was counted, whoever called."""
        meter = self._extensions.meter
        summed: dict[tuple[str, str], Used] = {}
        for (operation, _, outcome), used in (meter.used if isinstance(meter, Tally) else {}).items():
            total = summed.setdefault((operation, outcome), Used())
            total.calls += used.calls
            total.seconds += used.seconds
        return summed
