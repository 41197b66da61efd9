"""What is judged when a window has ended: which segments were swept as planned, which were missed, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ucs_capability_road_sweeping.segments import Segment
from ucs_capability_road_sweeping.spans import Layers, Span, length
from ucs_sdk.vocabulary import Term


class Verdict(Term):
    """How a segment stands when its window has ended (作业判定)."""

    SWEPT = "swept", "已完成", "Swept"
    PARTLY = "partly", "部分完成", "Swept in part"
    MISSED = "missed", "漏扫", "Missed"
    NO_TRACK = "no_track", "无轨迹", "No track was received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One segment at the end of a window. Metres are over all passes; `missing` is the longest stretch that is left."""

    segment: Segment
    verdict: Verdict
    planned: float
    swept: float
    missing: Span | None

    @property
    def is_met(self) -> bool:
        """Whether it was swept as planned."""
        return self.verdict is Verdict.SWEPT


def judged(segment: Segment, layers: Layers, *, share: float, heard: bool) -> Judged:
    """Judge a segment. It was swept when at least `share` of all its passes was; `heard`: whether any track came at all."""
    planned = round(segment.length * len(layers.layers), 2)
    swept = layers.swept()
    if swept >= round(planned * share, 2) and swept > 0:
        verdict = Verdict.SWEPT
    elif not heard:
        verdict = Verdict.NO_TRACK
    else:
        verdict = Verdict.PARTLY if swept > 0 else Verdict.MISSED
    left = layers.missing(segment.length)
    return Judged(
        segment=segment, verdict=verdict, planned=planned, swept=swept, missing=max(left, key=length, default=None)
    )


def none_swept(results: Sequence[Judged]) -> bool:
    """Whether nothing of a whole plan was swept, which is one matter and not one for each segment."""
    return all(each.swept == 0 for each in results)
