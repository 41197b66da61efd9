"""What becomes of a step: the place is kept, and those who have to hear of it are told, all in one unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ucs_capability_waterlogging.events import CHANGED, REPORT, CaseReport, PlaceChanged
from ucs_capability_waterlogging.fusion import EventState, Source
from ucs_capability_waterlogging.places import Closure, Place, Step, WaterEvent
from ucs_capability_waterlogging.records import keep_event, staged_places
from ucs_sdk import Context, Unit

EVIDENCE_TOLD = 8
"""How many digests of files go with a report."""

_ORDER = tuple(Source)
"""Which source a report names when several have spoken: the one that is surest of its place and depth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """In which unit what is told is staged, and with which settings."""

    ctx: Context
    unit: Unit
    now: datetime

    def take(self, before: Place | None, steps: Sequence[Step], *, organization: str = "", text: str = "") -> None:
        """Keep what a place has become by these steps, and tell of it: once, however many steps there were."""
        step = merged(steps)
        if step is None or (step.place is before and step.ended is None):
            return
        place = step.place
        staged_places(self.unit).put(place.code, place, organization=organization)
        if step.ended is not None:
            keep_event(self.unit, place, step.ended, organization)
        if step.reported and place.event is not None:
            self._report(place, place.event, text)
        if step.changed:
            self._changed(place, place.event or step.ended)
            if place.closure is Closure.CLOSE and (before is None or before.closure is not Closure.CLOSE):
                self._notify(place)

    def _report(self, place: Place, event: WaterEvent, text: str) -> None:
        source = min((each.source for each in event.evidence), key=_ORDER.index)
        device = next((each.device for each in event.evidence if each.source is source), "")
        files = [digest for each in event.evidence for digest in each.files]
        report = CaseReport(
            case_type=self.ctx.settings["case_type"],
            source=source,
            source_id=event.id,
            title=f"{place.name} 道路积水 road under water"[:200],
            description=described(place, event, text),
            longitude=place.longitude,
            latitude=place.latitude,
            region=place.region,
            reported_at=self.now,
            severity=event.severity,
            evidence=tuple(dict.fromkeys(files))[-EVIDENCE_TOLD:],
            device=device if source in (Source.SENSOR, Source.VIDEO) else "",
        )
        self.unit.emit(REPORT, report, subject=place.code)

    def _changed(self, place: Place, event: WaterEvent | None) -> None:
        told = PlaceChanged(
            place=place.code,
            name=place.name,
            region=place.region,
            longitude=place.longitude,
            latitude=place.latitude,
            at=self.now,
            colour=place.colour,
            depth_cm=place.depth_cm,
            closure=place.closure,
            event="" if event is None else event.id,
            event_state=None if event is None else event.state,
        )
        self.unit.emit(CHANGED, told, subject=place.code)

    def _notify(self, place: Place) -> None:
        for to in filter(None, (each.strip() for each in self.ctx.settings["notify"].split(","))):
            self.unit.notify(
                to,
                title=f"{place.name}：建议封闭道路 the road should be closed",
                text=f"积水 {place.depth_cm:g} 厘米。Water stands at {place.depth_cm:g} cm.",
                subject=place.code,
            )


def merged(steps: Sequence[Step]) -> Step | None:
    """What several steps of one place come to: where it stands at last, and everything that happened on the way.

    An event that began and ended on the way is told of as ended.
    """
    if not steps:
        return None
    ended = [each.ended for each in steps if each.ended is not None]
    return replace(
        steps[-1],
        changed=any(each.changed for each in steps),
        reported=any(each.reported for each in steps),
        ended=ended[-1] if ended else None,
    )


def described(place: Place, event: WaterEvent, text: str) -> str:
    """What a report says of an event, in both languages, with what its reporter said."""
    depth = "未测深 not measured" if place.depth_cm is None else f"{place.depth_cm:g} cm"
    sources = "、".join(each.title_zh for each in Source if any(one.source is each for one in event.evidence))
    suspected = event.state is EventState.SUSPECTED
    here = f"{place.name}（{place.code}）"
    zh = f"{here}积水{'待核实' if suspected else ''}，深度 {depth}，{event.severity.title_zh}，来源：{sources}。"
    en = f"Water at {here}{', to be verified' if suspected else ''}: depth {depth}, {event.severity.title_en.lower()}."
    made_up = ["合成数据，非真实积水。Synthetic: no real water."] if place.synthetic else []
    lines = [*made_up, zh, en]
    return "\n".join([*lines, text] if text else lines)[:2000]
