"""One event for each place: what sensors, cameras and people say of it is weighed together, and the event lives by it.

suspected → open → rising ⇄ falling → over. An event begins when what is said of a dry place weighs enough to have somebody
look (`suspected`), and is `open` when it weighs enough to be believed. A believed sensor's trend makes it rise and fall. It
is over when a believed sensor has shown no water for a while, or where there is none, when nobody has said anything for long.
The weights are assumptions of this project: one source is as good as its kind, and further sources of any kind add to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_sdk.vocabulary import Term


class Source(Term):
    """Who says that there is water (来源)."""

    SENSOR = "sensor", "物联感知", "A level sensor"
    VIDEO = "video", "视频智能分析", "Video analysis"
    CITIZEN = "citizen", "市民上报", "A citizen"
    PATROL = "patrol", "巡查上报", "A patrol"
    HOTLINE = "hotline", "热线", "The hotline"


class EventState(Term):
    """Where the life of an event stands (积水事件状态)."""

    SUSPECTED = "suspected", "待核实", "Suspected"
    OPEN = "open", "发生", "Open"
    RISING = "rising", "上涨", "Rising"
    FALLING = "falling", "消退", "Falling"
    OVER = "over", "结束", "Over"


class Severity(Term):
    """How bad it is (严重程度), as cases have it."""

    GENERAL = "general", "一般", "General"
    MAJOR = "major", "较大", "Major"
    CRITICAL = "critical", "重大", "Critical"


EVIDENCE_MOST = 20
"""How many sources an event remembers; of more, the oldest are only counted."""


class Evidence(BaseModel):
    """What one source said last of a place. `weight` is between 0 and 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source
    device: str = Field(min_length=1, max_length=64)
    at: AwareDatetime
    weight: float = Field(ge=0, le=1)
    files: tuple[str, ...] = Field(default=(), max_length=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """What sources weigh, and what follows."""

    sensor: float = 1.0
    patrol: float = 1.0
    hotline: float = 0.6
    citizen: float = 0.6
    video: float = 0.8
    """Of a detection that is quite sure; one that is less sure weighs in proportion to its confidence."""
    suspected: float = 0.5
    opened: float = 1.0
    fresh: timedelta = timedelta(hours=1)
    """How long what somebody said counts."""
    dry: timedelta = timedelta(minutes=10)
    """How long a believed sensor shows no water before the event is over."""
    silent: timedelta = timedelta(hours=3)
    """How long an event without a believed sensor lives on when nobody says anything any more."""
    rise: float = 0.2
    """From how many centimetres a minute on, up or down, water rises or falls."""
    critical: float = 100.0
    """From which depth in centimetres on it is critical; the press speaks of 125 cm and 177 cm below two railway bridges."""
    _by_source: dict[Source, float] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_source.update({each: getattr(self, each.value) for each in Source})

    def weight(self, source: Source, confidence: float = 1.0) -> float:
        """What one source weighs, with a confidence between 0 and 1."""
        return self._by_source[source] * min(1.0, max(0.0, confidence))


def added(held: Iterable[Evidence], new: Evidence) -> tuple[Evidence, ...]:
    """The evidence with something new: of one source only the last counts, and the files of both are kept."""
    kept = list(held)
    for index, each in enumerate(kept):
        if (each.source, each.device) == (new.source, new.device):
            last = new if new.at >= each.at else each
            files = tuple(dict.fromkeys((*each.files, *new.files)))[-8:]
            kept[index] = last.model_copy(update={"files": files, "weight": max(each.weight, new.weight)})
            return tuple(kept)
    kept.append(new)
    return tuple(sorted(kept, key=lambda each: (each.at, each.source, each.device))[-EVIDENCE_MOST:])


def strength(evidence: Iterable[Evidence], now: datetime, weighing: Weighing) -> float:
    """What all sources weigh together at a moment: the sum over those whose word is fresh."""
    return round(sum(each.weight for each in evidence if now - each.at <= weighing.fresh), 9)


def begins_as(weight: float, weighing: Weighing) -> EventState | None:
    """The state in which an event begins at a place that has none; None when what is said weighs too little."""
    if weight >= weighing.opened:
        return EventState.OPEN
    return EventState.SUSPECTED if weight >= weighing.suspected else None


def lives_as(state: EventState, weight: float, slope: float | None, weighing: Weighing) -> EventState:
    """The state of an event that is not over, by what its evidence weighs and the slope of its water (cm a minute).

    Without a slope the water is not measured, and the event does not rise or fall. Nothing makes a believed event suspected
    again.
    """
    if state is EventState.SUSPECTED and weight < weighing.opened:
        return state
    if slope is None:
        return EventState.OPEN if state is EventState.SUSPECTED else state
    if slope >= weighing.rise:
        return EventState.RISING
    if slope <= -weighing.rise:
        return EventState.FALLING
    return EventState.OPEN if state is EventState.SUSPECTED else state


def severity_of(is_red: bool, depth: float | None, weighing: Weighing) -> Severity:
    """How bad it is: critical from a depth on, major where vehicles are affected, else general."""
    if depth is not None and depth >= weighing.critical:
        return Severity.CRITICAL
    return Severity.MAJOR if is_red else Severity.GENERAL


_RANK = {Severity.GENERAL: 0, Severity.MAJOR: 1, Severity.CRITICAL: 2}


def worse(one: Severity, other: Severity) -> Severity:
    """The worse of two."""
    return max(one, other, key=_RANK.__getitem__)
