"""A place and its water: what a reading, a report, a case and the time make of it. Pure functions without I/O.

One record holds all that the next reading needs: the point, its sensors, the last samples and the event that goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import floor

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_waterlogging.colours import WET, Colour, Thresholds, colour_after
from ucs_capability_waterlogging.forecast import Method, Trend, ahead, trend_of
from ucs_capability_waterlogging.fusion import (
    EventState,
    Evidence,
    Severity,
    Source,
    Weighing,
    added,
    begins_as,
    lives_as,
    severity_of,
    strength,
    worse,
)
from ucs_capability_waterlogging.rain import FALLS_MOST, hour_of_rain, rain_after
from ucs_capability_waterlogging.sensors import Limits, Outcome, Sensor, judged
from ucs_sdk.vocabulary import Term

SAMPLES_MOST = 40
"""How many samples of its depth a place remembers."""

CLOSED = "closed"
"""The state of a case that was handled. Where its water still stands a while later, it is reported anew."""

SENSORS_MOST = 8
"""How many level sensors a place may have."""

BAND = 0.01
"""How wide a band of latitude is, in degrees: some 1.1 km."""

ALIVE = 300.0
"""How long a stretch of time is, in seconds, by which sensors that have gone silent are found."""


class Closure(Term):
    """What is proposed for the road at a place (封闭建议)."""

    NONE = "none", "无", "Nothing"
    PREPARE = "prepare", "准备封闭", "Prepare to close it"
    CLOSE = "close", "建议封闭", "Close it"


class Ending(Term):
    """Why an event is over."""

    DRY = "dry", "积水消退", "The water has gone"
    SILENT = "silent", "长时间无上报", "Nobody has said anything for long"
    CASE = "case", "案件已结", "Its case is closed"


def band_of(latitude: float) -> int:
    """The band of latitude in which something lies: where it is coarse is where its record need not move in a list."""
    return floor(latitude / BAND)


def alive_in(seconds: float) -> int:
    """The stretch of time in which a moment lies, in seconds since 1970."""
    return floor(seconds / ALIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that decides what becomes of a place."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    limits: Limits = field(default_factory=Limits)
    weighing: Weighing = field(default_factory=Weighing)
    method: Method = field(default_factory=Method)
    soon: float = 20.0
    """How many minutes ahead a forecast of deep water has the closing of a road prepared."""


class Record(BaseModel):
    """What is kept of anything here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WaterEvent(Record):
    """One event of waterlogging at one place."""

    id: str = Field(max_length=80)
    place: str = Field(max_length=64)
    state: EventState
    began_at: AwareDatetime
    changed_at: AwareDatetime
    peak_cm: float | None = None
    severity: Severity = Severity.GENERAL
    evidence: tuple[Evidence, ...] = ()
    dry_since: AwareDatetime | None = None
    over_at: AwareDatetime | None = None
    ending: Ending | None = None
    case: str = Field(default="", max_length=64)
    case_state: str = Field(default="", max_length=40)
    case_closed_at: AwareDatetime | None = None
    """When its case was closed although its water still stood."""


class Place(Record):
    """A place where water may stand: a registered point, or where somebody reported water and no point is near."""

    code: str = Field(max_length=64)
    name: str = Field(max_length=80)
    longitude: float
    latitude: float
    band: int
    """Its band of latitude (`band_of`), by which what is near is found."""
    region: str = Field(max_length=12)
    registered: bool = True
    synthetic: bool = False
    sensors: tuple[Sensor, ...] = Field(default=(), max_length=SENSORS_MOST)
    series: tuple[tuple[float, float], ...] = Field(default=(), max_length=SAMPLES_MOST)
    alive_in: int | None = None
    """In which stretch of time (`alive_in`) a sensor was last heard of; None where none is believed."""
    gauge: str = Field(default="", max_length=64)
    falls: tuple[tuple[float, float], ...] = Field(default=(), max_length=FALLS_MOST)
    rain_mm: float = 0.0
    """Rain of the hour before the gauge's last report that was kept."""
    depth_cm: float | None = None
    colour: Colour = Colour.UNKNOWN
    closure: Closure = Closure.NONE
    event: WaterEvent | None = None
    goes_on: bool = False
    """Whether an event goes on here: a field at the top, so that it can be asked for."""
    events: int = 0
    over_at: AwareDatetime | None = None
    """When the last event here was over."""

    def trend(self, rules: Rules) -> Trend | None:
        """The trend of its water; None where nothing was measured."""
        return trend_of(self.series, rules.method)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of a place. `reported` says that the case centre is to hear of its event, `ended` is one that is over."""

    place: Place
    changed: bool = False
    """Whether colour, closure, or the state of the event are other than before."""
    reported: bool = False
    ended: WaterEvent | None = None


def after_reading(
    place: Place, device: str, depth: float, at: datetime, now: datetime, rules: Rules
) -> tuple[Outcome, Step]:
    """What a reading of one of the place's sensors makes of it. Nothing new gives back the same place.

    The event lives by the times of the readings, so that what a gateway brings late is told as it happened.
    """
    index = next((index for index, each in enumerate(place.sensors) if each.device == device), None)
    if index is None:
        return Outcome.UNKNOWN, Step(place=place)
    outcome, sensor = judged(place.sensors[index], depth, at, now, rules.limits)
    if sensor is place.sensors[index]:
        return outcome, Step(place=place)
    sensors = (*place.sensors[:index], sensor, *place.sensors[index + 1 :])
    after = place.model_copy(update={"sensors": sensors})
    return outcome, _settled(after, place, min(at, now), rules)


def after_rain(
    place: Place, device: str, millimetres: float, at: datetime, now: datetime, rules: Rules
) -> tuple[Outcome, Step]:
    """What a report of the place's rain gauge makes of it."""
    if not place.gauge or device != place.gauge:
        return Outcome.UNKNOWN, Step(place=place)
    outcome, falls = rain_after(place.falls, millimetres, at, now, rules.limits)
    if falls == place.falls:
        return outcome, Step(place=place)
    return outcome, Step(place=place.model_copy(update={"falls": falls, "rain_mm": hour_of_rain(falls, at)}))


def after_report(place: Place, said: Evidence, now: datetime, rules: Rules) -> Step:
    """What somebody's or a camera's word makes of a place. What was seen of an event that is over begins no other."""
    if place.event is None and place.over_at is not None and said.at <= place.over_at:
        return Step(place=place)
    return _settled(place, place, now, rules, said)


def after_time(place: Place, now: datetime, rules: Rules) -> Step:
    """What the time alone makes of a place: sensors go stale, and events end."""
    return _settled(place, place, now, rules)


def after_case(place: Place, event: str, case: str, state: str, closed: bool, now: datetime, rules: Rules) -> Step:
    """What the case of an event makes of it: one that has ended ends an event whose water nobody measures."""
    held = place.event
    if held is None or held.id != event:
        return Step(place=place)
    closed_at = now if state == CLOSED and place.colour in WET else None
    known = held.model_copy(update={"case": case, "case_state": state, "case_closed_at": closed_at})
    kept = place.model_copy(update={"event": known})
    if closed and place.colour not in WET:
        return _ended(kept, known, Ending.CASE, now, place)
    return Step(place=kept)


def _settled(place: Place, before: Place, now: datetime, rules: Rules, said: Evidence | None = None) -> Step:
    """The place with depth, colour, event and closure brought up to its sensors, to what was said, and to the time."""
    believed = [depth for each in place.sensors if (depth := each.believed_at(now, rules.limits)) is not None]
    depth = max(believed, default=None)
    colour = Colour.UNKNOWN if depth is None else colour_after(before.colour, depth, rules.thresholds)
    heard = max((each.at.timestamp() for each in place.sensors if each.at is not None), default=0.0)
    measured = {
        "depth_cm": depth,
        "colour": colour,
        "series": _series(place, before, depth, rules),
        "alive_in": None if depth is None else alive_in(heard),
    }
    place = place.model_copy(update=measured)
    evidence = () if place.event is None else place.event.evidence
    if said is not None:
        evidence = added(evidence, said)
    if colour in WET:
        evidence = added(evidence, _measured(place, now, rules))
    step = _with_event(place, evidence, now, rules)
    closure = closure_of(step.place, before.closure, rules)
    after = step.place.model_copy(update={"closure": closure})
    return Step(place=after, changed=_told(after) != _told(before), reported=step.reported, ended=step.ended)


def _series(place: Place, before: Place, depth: float | None, rules: Rules) -> tuple[tuple[float, float], ...]:
    """The samples with that of this moment, when a sensor has said something new; the window's, and no more than are kept."""
    newest = max((each.at.timestamp() for each in place.sensors if each.at is not None), default=None)
    if depth is None or newest is None or place.sensors == before.sensors:
        return place.series
    if place.series and newest <= place.series[-1][0]:
        return place.series
    window = 2 * rules.method.window * 60.0
    return tuple(each for each in (*place.series, (newest, depth)) if newest - each[0] <= window)[-SAMPLES_MOST:]


def _measured(place: Place, now: datetime, rules: Rules) -> Evidence:
    deepest = max(
        (each for each in place.sensors if each.believed_at(now, rules.limits) is not None),
        key=lambda each: (each.depth_cm or 0.0, each.device),
    )
    weight = rules.weighing.weight(Source.SENSOR)
    return Evidence(source=Source.SENSOR, device=deepest.device, at=deepest.at or now, weight=weight)


def _with_event(place: Place, evidence: tuple[Evidence, ...], now: datetime, rules: Rules) -> Step:
    weight = strength(evidence, now, rules.weighing)
    event = place.event
    if event is None:
        state = begins_as(weight, rules.weighing)
        return Step(place=place) if state is None else _begun(place, state, evidence, now, rules)
    dry_since = event.dry_since
    if place.colour is Colour.BLUE:
        dry_since = dry_since or now
    elif place.colour in WET:
        dry_since = None
    if ending := _ending(place, evidence, dry_since, now, rules.weighing):
        return _ended(place, event.model_copy(update={"evidence": evidence}), ending, now, place)
    return _living(place, event.model_copy(update={"dry_since": dry_since}), evidence, weight, now, rules)


def _living(
    place: Place, event: WaterEvent, evidence: tuple[Evidence, ...], weight: float, now: datetime, rules: Rules
) -> Step:
    """An event that goes on, and whether there is something about it that the case centre does not know."""
    trend = place.trend(rules) if place.colour in WET else None
    state = lives_as(event.state, weight, trend.slope if trend else None, rules.weighing)
    severity = worse(event.severity, severity_of(place.colour is Colour.RED, place.depth_cm, rules.weighing))
    peak = max((each for each in (event.peak_cm, place.depth_cm) if each is not None), default=None)
    changes: dict[str, object] = {"state": state, "severity": severity, "peak_cm": peak, "evidence": evidence}
    if state is not event.state:
        changes["changed_at"] = now
    still = event.case_closed_at is not None and now - event.case_closed_at >= rules.weighing.dry
    if still := still and place.colour in WET:
        changes |= {"case": "", "case_state": "", "case_closed_at": None}
    known = {each.source for each in event.evidence}
    believed = event.state is EventState.SUSPECTED and state is not EventState.SUSPECTED
    another = any(each.source not in known for each in evidence)
    worth_telling = still or believed or another or severity is not event.severity
    return Step(place=place.model_copy(update={"event": event.model_copy(update=changes)}), reported=worth_telling)


def _begun(place: Place, state: EventState, evidence: tuple[Evidence, ...], now: datetime, rules: Rules) -> Step:
    event = WaterEvent(
        id=f"{place.code}.{place.events + 1}",
        place=place.code,
        state=state,
        began_at=now,
        changed_at=now,
        peak_cm=place.depth_cm,
        severity=severity_of(place.colour is Colour.RED, place.depth_cm, rules.weighing),
        evidence=evidence,
    )
    changes = {"event": event, "goes_on": True, "events": place.events + 1}
    return Step(place=place.model_copy(update=changes), reported=True)


def _ending(
    place: Place, evidence: tuple[Evidence, ...], dry_since: datetime | None, now: datetime, weighing: Weighing
) -> Ending | None:
    last = max((each.at for each in evidence), default=now)
    if place.colour is Colour.BLUE and dry_since is not None:
        # Somebody who saw water after the sensor went dry may know better than the sensor.
        heard = [each.at for each in evidence if each.source is not Source.SENSOR]
        quiet = all(now - at >= weighing.dry for at in heard)
        return Ending.DRY if now - dry_since >= weighing.dry and quiet else None
    if place.colour is Colour.UNKNOWN and now - last >= weighing.silent:
        return Ending.SILENT
    return None


def _ended(place: Place, event: WaterEvent, ending: Ending, now: datetime, before: Place) -> Step:
    over = event.model_copy(update={"state": EventState.OVER, "over_at": now, "changed_at": now, "ending": ending})
    after = place.model_copy(update={"event": None, "goes_on": False, "closure": Closure.NONE, "over_at": now})
    return Step(place=after, changed=_told(after) != _told(before), ended=over)


def _told(place: Place) -> tuple[object, ...]:
    event = place.event
    return place.colour, place.closure, None if event is None else (event.id, event.state, event.severity)


def closure_of(place: Place, before: Closure, rules: Rules) -> Closure:
    """What is proposed for the road: close it when vehicles are affected, prepare for it when they soon will be.

    It needs water that is measured: nobody closes a road on one phone call. What is proposed is withdrawn with the hysteresis
    of the colours: preparing ends when the forecast leaves red by its band, or the water falls.
    """
    if place.colour is Colour.RED:
        return Closure.CLOSE
    trend = place.trend(rules)
    if place.colour is not Colour.YELLOW or trend is None:
        return Closure.NONE
    stood = before is not Closure.NONE
    if trend.slope <= -rules.weighing.rise or (not stood and trend.slope < rules.weighing.rise):
        return Closure.NONE
    soon = ahead(trend, rules.soon, rules.method)
    is_deep = colour_after(Colour.RED if stood else Colour.YELLOW, soon, rules.thresholds) is Colour.RED
    return Closure.PREPARE if is_deep else Closure.NONE
