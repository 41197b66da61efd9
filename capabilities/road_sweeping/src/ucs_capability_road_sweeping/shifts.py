"""What one window knows of its work: what was swept of each segment, how long the brushes worked, and what was found."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from ucs_capability_road_sweeping.network import Network
from ucs_capability_road_sweeping.segments import Record
from ucs_capability_road_sweeping.spans import Layers, Span
from ucs_capability_road_sweeping.sweeping import Fault, Place, Rules, Step, stepped, within
from ucs_capability_road_sweeping.tracks import Fix


class Found(Record):
    """A fault of a window in sums: seconds and metres of it, the fastest in km/h, and when it began and was seen last."""

    seconds: float
    metres: float
    fastest: float
    first_at: float
    last_at: float


class Work(Record):
    """What is kept of a window's work. `layers` are those of each segment, in the order of its route."""

    heard: bool = False
    seconds: float = 0.0
    layers: tuple[tuple[tuple[Span, ...], ...], ...] = ()
    faults: dict[Fault, Found] = Field(default_factory=dict)


class Shift:
    """A window at work. It takes the fixes of any vehicle, one after the other, and what they cover between start and end."""

    def __init__(self, network: Network, rules: Rules, *, start: float, end: float, passes: int, work: Work) -> None:
        self.network = network
        self._rules = rules
        self._start, self._end = start, end
        held: Sequence[Sequence[Sequence[Span]]] = work.layers or [()] * len(network.segments)
        self.layers = [Layers(passes, each) for each in held]
        self._heard, self._seconds, self._faults = work.heard, work.seconds, dict(work.faults)

    def step(self, before: Place | None, fix: Fix) -> Step:
        """The step of a vehicle to one more fix, on the segments of this window."""
        return stepped(self.network, self._rules, before, fix)

    def goes_on(self, at: float) -> bool:
        """Whether the window goes on at a moment."""
        return self._start <= at < self._end

    def take(self, step: Step) -> None:
        """Take a step: what it covers within the window, and what is found about it."""
        self._heard = self._heard or self.goes_on(step.place.fix.at)
        for swept in step.swept:
            part = within(swept, self._start, self._end)
            if part is not None:
                self.layers[part.segment].add(part.start, part.end)
        if step.seconds:
            self._work(step)

    def _work(self, step: Step) -> None:
        at = step.place.fix.at
        began, ended = max(at - step.seconds, self._start), min(at, self._end)
        if began >= ended:
            return
        share = (ended - began) / step.seconds
        self._seconds += ended - began
        for fault in step.faults:
            held = self._faults.get(fault)
            self._faults[fault] = Found(
                seconds=(held.seconds if held else 0.0) + ended - began,
                metres=(held.metres if held else 0.0) + share * step.metres,
                fastest=max(held.fastest if held else 0.0, step.speed),
                first_at=min(held.first_at if held else began, began),
                last_at=max(held.last_at if held else ended, ended),
            )

    def work(self) -> Work:
        """What is kept of it now."""
        return Work(
            heard=self._heard,
            seconds=self._seconds,
            layers=tuple(tuple(tuple(spans) for spans in each.layers) for each in self.layers),
            faults=self._faults,
        )
