"""What the case centre tells: events, and what its operations answer."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_case_center import timing
from ucs_capability_case_center.dispatching import DispatchRule
from ucs_capability_case_center.open311 import status
from ucs_capability_case_center.records import NEVER, CaseLine, CaseRecord, Step
from ucs_capability_case_center.scores import Counters
from ucs_capability_case_center.vocabulary import CaseState, Role, Severity, Source, TimeLight, Verb
from ucs_sdk.calendar import WorkCalendar

CHANGED = "city.case_center.changed.v1"
"""The type of the event that tells what has become of a case."""


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Changed(_Told):
    """What has become of a case: the data of `city.case_center.changed.v1`. The event's subject is the case's number."""

    case: str = Field(title="案件编号", description="The case's number")
    case_type: str = Field(title="案件类型", description="The code of its type")
    state: CaseState = Field(title="状态", description="Where it stands now")
    step: str = Field(title="环节", description="What was done last")
    steps: tuple[str, ...] = Field(title="本次环节", description="All that was done at once, in order")
    unit: str = Field(title="处置单位", description="The unit that has it, if any")
    region: str = Field(title="区划代码", description="Where it lies")
    source: Source = Field(title="来源", description="Where it was reported from")
    reporter: str = Field(title="上报方", description="Who reported it first")
    source_id: str = Field(title="来源编号", description="What the reporter calls it")
    at: AwareDatetime = Field(title="时间", description="When it was done")
    light: TimeLight = Field(title="灯色", description="The light that it shows")
    followed: bool = Field(title="有人关注", description="Whether somebody follows it by a receipt")


class Receipt(_Told):
    """A report was taken. The receipt finds the case as soon as there is one."""

    receipt: str = Field(title="回执", description="What `get` takes in place of the number")


class PublicUpdate(_Told):
    """What the public was told at a moment."""

    at: AwareDatetime = Field(title="时间", description="When")
    status: str = Field(title="公开状态", description="open or closed")
    detail: str = Field(title="公开说明", description="The extended status")


class Followed(_Told):
    """What has become of somebody's own report."""

    receipt: str = Field(title="回执", description="What the report was answered with")
    case: str = Field(title="案件编号", description="The case's number")
    case_type: str = Field(title="案件类型", description="The code of its type")
    status: str = Field(title="公开状态", description="open or closed")
    updates: tuple[PublicUpdate, ...] = Field(title="进展", description="What was told, in order")


class CaseSummary(_Told):
    """A case in a list."""

    case: str = Field(title="案件编号", description="The case's number")
    case_type: str = Field(title="案件类型", description="The code of its type")
    title: str = Field(title="标题", description="What it is")
    state: CaseState = Field(title="状态", description="Where it stands")
    suspended: bool = Field(title="挂账", description="Whether its clock is suspended")
    light: TimeLight = Field(title="灯色", description="The light that it showed when it was last looked at")
    unit: str = Field(title="处置单位", description="The unit that has it, if any")
    region: str = Field(title="区划代码", description="Where it lies")
    source: Source = Field(title="来源", description="Where it was reported from")
    severity: Severity = Field(title="等级", description="How grave it is")
    reported_at: str = Field(title="上报时间", description="When it was reported")
    red_at: AwareDatetime | None = Field(title="红灯时间", description="When its light turns red, or turned")
    reports: int = Field(title="上报次数", description="How many reports there are of it")
    longitude: float | None = Field(title="经度", description="Degrees east, WGS-84")
    latitude: float | None = Field(title="纬度", description="Degrees north, WGS-84")


class Cases(_Told):
    """A page of cases in the order that was asked for."""

    cases: tuple[CaseSummary, ...] = Field(title="案件", description="The cases of this page")
    next: str | None = Field(title="下一页", description="What `after` takes for the next page; none behind the last")


class StepTold(_Told):
    """One thing that was done to a case."""

    at: AwareDatetime = Field(title="时间", description="When")
    verb: str = Field(title="动作", description="What was done")
    role: Role | None = Field(title="岗位", description="In which role")
    actor: str = Field(title="办理人", description="By whom")
    target: CaseState = Field(title="状态", description="Where the case stood then")
    note: str = Field(title="说明", description="Why, or what was done")


class CaseDetail(CaseSummary):
    """A case with all that was done, and what the caller may do now."""

    description: str = Field(title="描述", description="What there is to say about it")
    evidence: tuple[str, ...] = Field(title="证据", description="Digests of files that show it")
    evidence_after: tuple[str, ...] = Field(title="处置后证据", description="Digests of files of how it looks now")
    public_status: str = Field(title="公开状态", description="What the public is told: open or closed")
    public_detail: str = Field(title="公开说明", description="The extended status for the public")
    due_at: AwareDatetime | None = Field(title="处置期限", description="When the unit has to be done")
    outcome: str = Field(title="处置时效", description="on_time, late, unknown, no_limit, or nothing yet")
    asked: Verb | None = Field(title="待批申请", description="What is asked for and not decided")
    asked_by: str = Field(title="申请人", description="Who asks for it")
    desk_reason: str = Field(title="派遣依据", description="Why it was dispatched so, or waits for a person")
    desk_rules: tuple[str, ...] = Field(title="派遣规则", description="The rules that this rests on")
    steps: tuple[StepTold, ...] = Field(title="办理过程", description="All that was done, in order")
    verbs: tuple[Verb, ...] = Field(title="可办动作", description="What the caller may do now")


class StateCount(_Told):
    """How many cases stand somewhere."""

    state: CaseState = Field(title="状态", description="Where they stand")
    count: int = Field(title="数量", description="How many")


class Lights(_Told):
    """How many open cases show which light. Clocks that no notice of holidays lets anybody read stay as they were."""

    green: int = Field(title="绿灯", description="Less than 80 % of the limit has passed")
    yellow: int = Field(title="黄灯", description="80 % or more have passed")
    red: int = Field(title="红灯", description="More than the limit has passed")
    as_of: AwareDatetime = Field(title="截至", description="All clocks have been read up to this moment")


class Counts(_Told):
    """How many cases there are, as far as the caller may see them."""

    total: int = Field(title="总数", description="All that were asked for")
    states: tuple[StateCount, ...] = Field(title="按状态", description="How many stand where; none is left out")
    lights: Lights = Field(title="按灯色", description="How many of those that are open show which light")


class Rules(_Told):
    """The dispatch rules for a type."""

    rules: tuple[DispatchRule, ...] = Field(title="派遣规则", description="By id")


class Unit(_Told):
    """A unit that cases can be dispatched to."""

    unit: str = Field(title="处置单位", description="The organisation's id")
    title_zh: str = Field(title="中文名称", description="Its name")
    title_en: str = Field(title="英文名称", description="Its name in English")


class Units(_Told):
    """Units that cases can be dispatched to."""

    units: tuple[Unit, ...] = Field(title="处置单位", description="By id")


class Duty(_Told):
    """The roles that a person has at the case centre."""

    principal: str = Field(title="人员", description="The principal's id")
    roles: tuple[Role, ...] = Field(title="岗位", description="The roles")


class Roster(_Told):
    """Who has which roles at the case centre."""

    duties: tuple[Duty, ...] = Field(title="值班表", description="By person")


class UnitScore(_Told):
    """How a unit did in a period. Rates are from 0 to 1, and nothing where there is no basis."""

    unit: str = Field(title="处置单位", description="The organisation's id; nothing for all that the caller may see")
    counters: Counters = Field(title="计数", description="What was counted")
    handling_rate: float | None = Field(title="处置率", description="Handled of those to be handled")
    on_time_rate: float | None = Field(title="按时处置率", description="Handled in time")
    closing_rate: float | None = Field(title="结案率", description="Closed of those to be handled")
    rework_rate: float | None = Field(title="返工率", description="Done again of those handled")
    accuracy: float | None = Field(title="准确派遣率", description="Right at first of those that can be judged")
    score: float | None = Field(title="得分", description="Points out of 100 by the configured weights")


class Scores(_Told):
    """How units did in a period."""

    scores: tuple[UnitScore, ...] = Field(title="考核", description="By unit")


def changed(case: str, before: CaseRecord | None, after: CaseRecord) -> Changed:
    """What to tell of a case that was one thing and is another."""
    done = after.steps[len(before.steps) if before else 0 :] or after.steps[-1:]
    told = after.told
    return Changed(
        case=case,
        case_type=after.case_type,
        state=after.state,
        step=str(done[-1].verb),
        steps=tuple(str(each.verb) for each in done),
        unit=after.unit,
        region=after.region,
        source=after.source,
        reporter=told.reporter,
        source_id=told.source_id,
        at=done[-1].at,
        light=after.light,
        followed=bool(told.followers),
    )


def summary(case: str, record: CaseLine) -> CaseSummary:
    """A case for a list."""
    return CaseSummary(**_summary(case, record))


def detail(case: str, record: CaseRecord, verbs: list[Verb], calendar: WorkCalendar) -> CaseDetail:
    """A case with all that was done."""
    progress, public = record.progress, status(record.state, suspended=record.progress.suspended)
    return CaseDetail(
        **_summary(case, record),
        description=record.told.description,
        evidence=record.told.evidence,
        evidence_after=progress.evidence_after,
        public_status=public.open311,
        public_detail=public.extended,
        due_at=timing.due_at(record, calendar),
        outcome=record.outcome,
        asked=progress.asked.verb if progress.asked else None,
        asked_by=progress.asked.by if progress.asked else "",
        desk_reason=record.desk.reason.value if record.desk else "",
        desk_rules=record.desk.rules if record.desk else (),
        steps=tuple(_step(each) for each in record.steps),
        verbs=tuple(verbs),
    )


def _step(step: Step) -> StepTold:
    return StepTold(
        at=step.at, verb=str(step.verb), role=step.role, actor=step.actor, target=step.target, note=step.note
    )


def _summary(case: str, record: CaseRecord | CaseLine) -> dict[str, Any]:
    return {
        "case": case,
        "case_type": record.case_type,
        "title": record.told.title,
        "state": record.state,
        "suspended": record.progress.suspended,
        "light": record.light,
        "unit": record.unit,
        "region": record.region,
        "source": record.source,
        "severity": record.told.severity,
        "reported_at": record.reported_at,
        "red_at": None if record.red_at == NEVER else record.red_at,
        "reports": record.told.reports,
        "longitude": record.told.longitude,
        "latitude": record.told.latitude,
    }
