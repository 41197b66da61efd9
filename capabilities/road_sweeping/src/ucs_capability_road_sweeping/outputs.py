"""What the operations answer, and how it is made of what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_road_sweeping.records import MissRecord, WindowRecord
from ucs_capability_road_sweeping.scores import Score, Tally
from ucs_capability_road_sweeping.segments import RoadLevel, Segment
from ucs_capability_road_sweeping.sweeping import Fault
from ucs_capability_road_sweeping.tracks import Outcome
from ucs_capability_road_sweeping.verdicts import Judged, Verdict
from ucs_sdk import Document


class Told(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True)


class Entered(Told):
    """That something is in the register."""

    changed: int = Field(title="变化数", description="How many are other than before")


class Planned(Told):
    """That a plan is kept."""

    code: str = Field(title="计划编码", description="The plan's code")
    metres: float = Field(title="里程", description="How long its segments are together, in metres")
    opens_at: AwareDatetime | None = Field(
        title="下次开启", description="When its next window opens; none when there is none any more"
    )


class Refusal(Told):
    """A fix that was not taken."""

    index: int = Field(title="序号", description="Which of the fixes, from 0")
    outcome: Outcome = Field(title="结果", description="What became of it")
    zh: str = Field(title="原因（中文）", description="Why, in Chinese")
    en: str = Field(title="原因（英文）", description="Why, in English")


class Taken(Told):
    """What became of a batch of fixes."""

    taken: int = Field(title="采纳", description="How many were taken")
    refused: tuple[Refusal, ...] = Field(title="未采纳", description="Those that were not taken, and why")


class SegmentShown(Told):
    """A road segment."""

    code: str = Field(title="路段编码", description="The segment's code")
    name: str = Field(title="名称", description="What it is called")
    level: RoadLevel = Field(title="保洁等级", description="Its level for sweeping")
    region: str = Field(title="行政区划", description="The code of its division")
    length_m: float = Field(title="长度", description="How long it is, in metres")
    one_way: bool = Field(title="单行", description="Whether it is driven in one direction only")
    line: tuple[tuple[float, float], ...] = Field(title="中心线", description="Its corners in WGS-84, longitude first")


class Segments(Told):
    """A page of segments."""

    segments: tuple[SegmentShown, ...] = Field(title="路段", description="The segments, by code")
    next: str | None = Field(title="下一页", description="Where the next page begins; none at the end")


class FaultShown(Told):
    """A fault of a window."""

    fault: Fault = Field(title="问题", description="What was found")
    seconds: float = Field(title="时长", description="For how many seconds in all")
    metres: float = Field(title="里程", description="Over how many metres")
    fastest_kmh: float = Field(title="最高车速", description="The fastest meanwhile, in km/h")
    first_at: AwareDatetime = Field(title="首次发现", description="When it began first")
    last_at: AwareDatetime = Field(title="最后发现", description="When it was seen last")


class WindowShown(Told):
    """A window, how far it has come or what was judged."""

    plan: str = Field(title="计划编码", description="The plan's code")
    name: str = Field(title="名称", description="What the plan was called")
    day: date = Field(title="日期", description="The day on which it began")
    start: AwareDatetime = Field(title="开始", description="When it begins")
    end: AwareDatetime = Field(title="结束", description="When it ends")
    state: str = Field(title="状态", description="open, or judged")
    heard: bool = Field(title="有轨迹", description="Whether any track has come")
    working_seconds: float = Field(title="作业时长", description="How many seconds brushes worked, of all vehicles")
    segments: int | None = Field(title="路段数", description="How many segments it has, once it is judged")
    met: int | None = Field(title="完成路段", description="How many were swept as planned, once it is judged")
    faults: tuple[FaultShown, ...] = Field(title="作业问题", description="What was found about the work")


class Windows(Told):
    """A page of windows."""

    windows: tuple[WindowShown, ...] = Field(title="作业时段", description="The windows")
    next: str | None = Field(title="下一页", description="Where the next page begins; none at the end")


class StretchShown(Told):
    """How one segment of a window stands."""

    segment: str = Field(title="路段编码", description="The segment's code")
    name: str = Field(title="名称", description="What it is called")
    level: RoadLevel = Field(title="保洁等级", description="Its level")
    planned_m: float = Field(title="计划里程", description="What is planned, in metres over all passes")
    swept_m: float = Field(title="完成里程", description="What was swept of it, in metres")
    coverage: float = Field(title="覆盖率", description="The share of it, from 0 to 1")
    verdict: Verdict = Field(title="判定", description="How it stands; while the window is open, how it would")
    missing_m: tuple[float, float] | None = Field(
        title="最长漏扫段", description="The longest stretch that is left, in metres from the first corner"
    )


class WindowDetailed(Told):
    """A window with its segments."""

    window: WindowShown = Field(title="作业时段", description="The window")
    coverage: float = Field(title="覆盖率", description="The share of all metres that was swept, from 0 to 1")
    stretches: tuple[StretchShown, ...] = Field(title="路段", description="Its segments")


class MissShown(Told):
    """What was not swept as planned, and where its case stands."""

    id: str = Field(title="编号", description="The id under which a case was asked for")
    plan: str = Field(title="计划编码", description="The plan's code")
    day: date = Field(title="日期", description="The day of the window")
    segment: str = Field(title="路段编码", description="The segment; empty when nothing of a whole plan was swept")
    name: str = Field(title="名称", description="What the segment or the plan is called")
    segments: int = Field(title="路段数", description="How many segments it is about")
    verdict: Verdict = Field(title="判定", description="How it stood")
    planned_m: float = Field(title="计划里程", description="What was planned, in metres")
    swept_m: float = Field(title="完成里程", description="What was swept, in metres")
    longitude: float = Field(title="经度", description="In the middle of the longest stretch that is left, WGS-84")
    latitude: float = Field(title="纬度", description="Its latitude")
    region: str = Field(title="行政区划", description="The code of the division")
    at: AwareDatetime = Field(title="判定时间", description="When it was judged")
    case: str = Field(title="案件编号", description="The case's number, once there is one")
    case_state: str = Field(title="案件状态", description="Where the case stands")


class Misses(Told):
    """A page of misses."""

    misses: tuple[MissShown, ...] = Field(title="漏扫", description="The misses, the last days first")
    next: str | None = Field(title="下一页", description="Where the next page begins; none at the end")


class DistrictScore(Told):
    """How a district did in a period."""

    district: str = Field(title="区县", description="The six digits of the district")
    rank: int | None = Field(title="名次", description="Its rank; equal scores share one; none without a score")
    score: float | None = Field(title="得分", description="Of 100; none where nothing was planned that counts")
    coverage: float | None = Field(title="保洁覆盖率", description="The share of the planned metres that was swept")
    met: float | None = Field(title="完成率", description="The share of segments that were swept as planned")
    faultless: float | None = Field(title="规范作业率", description="The share of working time without the worst fault")
    qualified_km: float = Field(title="合格里程", description="Of segments that were swept as planned, in kilometres")
    segments: int = Field(title="路段次", description="How many segments were planned, over all windows")
    missed: int = Field(title="漏扫路段次", description="Of how many of them nothing was swept")
    silent: int = Field(title="无轨迹路段次", description="Of how many of these no track came at all")


class Scores(Told):
    """Districts by score."""

    districts: tuple[DistrictScore, ...] = Field(title="区县", description="The best first")
    basis: str = Field(title="依据", description="Whose formula it is")


BASIS = "本项目设定，权重可配置，不出自标准 · An assumption of this project with weights to set; no standard's"


def taken_of(outcomes: Sequence[Outcome]) -> Taken:
    """What became of fixes."""
    refused = [
        Refusal(index=index, outcome=each, zh=each.title_zh, en=each.title_en)
        for index, each in enumerate(outcomes)
        if each is not Outcome.TAKEN
    ]
    return Taken(taken=len(outcomes) - len(refused), refused=tuple(refused))


def segment_shown(segment: Segment) -> SegmentShown:
    """A segment."""
    return SegmentShown(length_m=segment.length, **segment.model_dump(exclude={"length"}))


def window_shown(record: WindowRecord) -> WindowShown:
    """A window."""
    window = record.window
    faults = [
        FaultShown(
            fault=fault,
            seconds=each.seconds,
            metres=round(each.metres, 1),
            fastest_kmh=round(each.fastest, 1),
            first_at=datetime.fromtimestamp(each.first_at, UTC),
            last_at=datetime.fromtimestamp(each.last_at, UTC),
        )
        for fault, each in sorted(window.work.faults.items())
    ]
    return WindowShown(
        plan=record.plan,
        name=window.name,
        day=date.fromisoformat(record.day),
        start=window.start,
        end=window.end,
        state=record.state,
        heard=window.work.heard,
        working_seconds=window.work.seconds,
        segments=window.tally.segments if window.tally else None,
        met=window.tally.met if window.tally else None,
        faults=tuple(faults),
    )


def window_detailed(record: WindowRecord, results: Sequence[Judged]) -> WindowDetailed:
    """A window with its segments; once it is judged, with the verdicts of then."""
    verdicts = record.window.verdicts or tuple(each.verdict for each in results)
    planned, swept = sum(each.planned for each in results), sum(each.swept for each in results)
    stretches = [
        StretchShown(
            segment=each.segment.code,
            name=each.segment.name,
            level=each.segment.level,
            planned_m=each.planned,
            swept_m=each.swept,
            coverage=round(each.swept / each.planned, 6),
            verdict=verdict,
            missing_m=each.missing,
        )
        for each, verdict in zip(results, verdicts, strict=True)
    ]
    coverage = round(swept / planned, 6) if planned else 0.0
    return WindowDetailed(window=window_shown(record), coverage=coverage, stretches=tuple(stretches))


def miss_shown(document: Document[MissRecord]) -> MissShown:
    """A miss."""
    miss = document.body.miss
    stated = miss.model_dump(exclude={"window", "planned", "swept"})
    return MissShown(
        id=document.key,
        day=date.fromisoformat(document.body.day),
        planned_m=miss.planned,
        swept_m=miss.swept,
        **stated,
    )


def scores_shown(scored: Sequence[tuple[str, Tally, Score | None]]) -> Scores:
    """Districts by score, those without one last."""
    ordered = sorted(scored, key=lambda each: (each[2] is None, -(each[2].score if each[2] else 0.0), each[0]))
    points = [each.score for _, _, each in ordered if each is not None]
    shown = [
        DistrictScore(
            district=district,
            rank=None if score is None else 1 + sum(each > score.score for each in points),
            score=score.score if score else None,
            coverage=score.coverage if score else None,
            met=score.met if score else None,
            faultless=score.faultless if score else None,
            qualified_km=score.qualified_km if score else 0.0,
            segments=tally.segments,
            missed=tally.missed,
            silent=tally.silent,
        )
        for district, tally, score in ordered
    ]
    return Scores(districts=tuple(shown), basis=BASIS)
