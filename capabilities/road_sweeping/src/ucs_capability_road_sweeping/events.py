"""The events that the plugin tells, and the one that it hears of from the case centre. Each plugin declares what it speaks."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_road_sweeping.sweeping import Fault

REPORT = "city.case_center.report.v1"
CASE_CHANGED = "city.case_center.changed.v1"
JUDGED = "city.road_sweeping.judged.v1"

OWN_SOURCE = "plugins/road_sweeping"
"""How the platform calls this plugin where it says who speaks."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True)


class CaseReport(_Data):
    """What the case centre is asked to make a case of. Its subject is the segment, or the plan of which nothing was swept."""

    case_type: str = Field(max_length=80, title="案件类型", description="The code of the type of case")
    source: str = Field(default="system", max_length=20, title="来源", description="Who found it: the system, by rule")
    source_id: str = Field(max_length=200, title="来源编号", description="The window, and the segment of it")
    title: str = Field(max_length=200, title="标题", description="What it is, in a line")
    description: str = Field(default="", max_length=2000, title="描述", description="What is known of it")
    longitude: float = Field(title="经度", description="Longitude in WGS-84")
    latitude: float = Field(title="纬度", description="Latitude in WGS-84")
    region: str = Field(max_length=12, title="行政区划", description="The code of the division")
    reported_at: AwareDatetime = Field(title="上报时间", description="When it was found")
    severity: str = Field(default="general", max_length=20, title="严重程度", description="How bad it is")
    evidence: tuple[str, ...] = Field(default=(), max_length=20, title="佐证", description="Digests of files")
    device: str = Field(default="", max_length=64, title="设备编码", description="None: no single device found it")


class CaseChanged(_Data):
    """What happened to a case, as far as it matters here."""

    case: str = Field(max_length=64, title="案件编号", description="The case's number")
    state: str = Field(max_length=40, title="案件状态", description="Where it stands")
    reporter: str = Field(default="", max_length=200, title="上报方", description="Who reported it first")
    source_id: str = Field(default="", max_length=200, title="来源编号", description="The id with the reporter")


class FaultTold(_Data):
    """A fault of a window."""

    fault: Fault = Field(title="问题", description="What was found")
    seconds: float = Field(title="时长", description="For how many seconds")
    metres: float = Field(title="里程", description="Over how many metres")
    fastest_kmh: float = Field(title="最高车速", description="The fastest meanwhile, in km/h")


class WindowJudged(_Data):
    """A window that has ended and was judged. Its subject is the plan."""

    window: str = Field(max_length=80, title="作业时段编号", description="The plan's code and the day")
    plan: str = Field(max_length=60, title="计划编码", description="The plan's code")
    day: date = Field(title="日期", description="On which day the window began")
    at: AwareDatetime = Field(title="判定时间", description="When it was judged")
    segments: int = Field(title="路段数", description="How many segments were planned")
    met: int = Field(title="完成路段", description="How many were swept as planned")
    missed: int = Field(title="漏扫路段", description="Of how many nothing was swept")
    planned_m: float = Field(title="计划里程", description="What was planned, in metres over all passes")
    swept_m: float = Field(title="完成里程", description="What was swept of it, in metres")
    heard: bool = Field(title="有轨迹", description="Whether any track came")
    faults: tuple[FaultTold, ...] = Field(title="作业问题", description="What was found about the work")
