"""What the case centre takes: reports, as events and as calls, and what its operations are asked."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from ucs_capability_case_center import refusals
from ucs_capability_case_center.clocks import Limit
from ucs_capability_case_center.dispatching import DispatchRule
from ucs_capability_case_center.vocabulary import CaseState, Role, Severity, Source, TimeLight, Verb
from ucs_sdk.geo import Crs

REPORT = "city.case_center.report.v1"
"""The type of the event by which anybody asks for a case."""

PAGE_MOST = 200
"""How many cases a page has at the most."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
CaseNumber = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,40}$")]
TypeCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
Region = Annotated[str, Field(pattern=r"^([0-9]{6,12})?$")]
Area = Annotated[str, Field(pattern=r"^[0-9]{0,12}$")]
OrganizationId = Annotated[str, Field(min_length=1, max_length=100)]

A_CASE = "20260701-7K3Q5F2M4TXA"


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(_Stated):
    """Nothing needs to be said."""


class Report(_Stated):
    """A report that something has to be seen to: the data of `city.case_center.report.v1`, its place in WGS-84.

    The event's subject is the place's key, so that what is reported of one place comes in order. Of one reporter and
    `source_id` there is one open case at the most.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    case_type: TypeCode = Field(title="案件类型", description="The code of a case type", examples=["road_waterlogging"])
    source: Source = Field(title="来源", description="Where the report comes from", examples=["sensor"])
    source_id: str = Field(
        min_length=1,
        max_length=200,
        title="来源编号",
        description="What the reporter calls the thing",
        examples=["WL-07/2026-07-01"],
    )
    title: str = Field(
        min_length=1, max_length=200, title="标题", description="What it is", examples=["桥下积水 40 厘米"]
    )
    description: str = Field(default="", max_length=2_000, title="描述", description="What there is to say about it")
    longitude: float | None = Field(
        default=None, ge=-180, le=180, title="经度", description="Degrees east", examples=[120.38]
    )
    latitude: float | None = Field(
        default=None, ge=-90, le=90, title="纬度", description="Degrees north", examples=[36.07]
    )
    region: Region = Field(
        default="", title="区划代码", description="The code of the division it lies in", examples=["370202"]
    )
    reported_at: AwareDatetime | None = Field(
        default=None, title="上报时间", description="When it was found; now, when nothing is said"
    )
    severity: Severity = Field(default=Severity.GENERAL, title="等级", description="How grave it is")
    evidence: tuple[Digest, ...] = Field(
        default=(), max_length=20, title="证据", description="Digests of files that show it"
    )
    device: str = Field(default="", max_length=100, title="设备", description="The device that found it")

    @model_validator(mode="after")
    def _place_is_whole(self) -> Self:
        if (self.longitude is None) != (self.latitude is None):
            raise ValueError("longitude and latitude belong together")
        return self


# What is wrong with a call as a whole is said in both languages: such errors pass through pydantic as they are.


class ReportAsked(Report):
    """A report by call. Coordinates come with the system that they are in: nobody guesses it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    crs: Crs | None = Field(
        default=None, title="坐标系", description="The coordinate system of the place", examples=["wgs84"]
    )

    @model_validator(mode="after")
    def _place_is_whole(self) -> Self:
        _check_place(self.longitude, self.latitude)
        if self.longitude is not None and self.crs is None:
            raise refusals.system_missing([each.value for each in Crs])
        return self


class WhichCase(_Stated):
    """One case, by its number or by the receipt of a report."""

    case: CaseNumber | None = Field(default=None, title="案件编号", description="The case's number", examples=[A_CASE])
    receipt: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{40}$", title="回执", description="What a report was answered with"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.case is None) == (self.receipt is None):
            raise refusals.which_case()
        return self


class ReceiptAsked(_Stated):
    """A report, by its receipt."""

    receipt: str = Field(
        pattern=r"^[0-9a-f]{40}$", title="回执", description="What a report was answered with", examples=["0" * 40]
    )


class ActAsked(_Stated):
    """One verb of the transition table, done to one case. What else is needed depends on the verb."""

    case: CaseNumber = Field(title="案件编号", description="The case's number", examples=[A_CASE])
    verb: Verb = Field(title="动作", description="What is done", examples=["dispatch"])
    note: str = Field(
        default="", max_length=1_000, title="说明", description="Why, or what was done", examples=["排水班组处置"]
    )
    unit: str = Field(
        default="", max_length=100, title="处置单位", description="For dispatch: which unit", examples=["qingdao-water"]
    )
    filing: str = Field(
        default="",
        max_length=40,
        title="立案条件",
        description="For file: which filing condition; the first one if none",
    )
    extension: Limit | None = Field(default=None, title="延时", description="For ask_extension: how much more time")
    evidence: tuple[Digest, ...] = Field(
        default=(), max_length=20, title="证据", description="For dispose and check: digests of files"
    )
    case_type: TypeCode | None = Field(
        default=None, title="案件类型", description="For accept, send_to_verify and verify: the type that it is of"
    )
    region: Region = Field(
        default="", title="区划代码", description="For the same: the division it lies in, where the report did not say"
    )
    longitude: float | None = Field(
        default=None, ge=-180, le=180, title="经度", description="For the same: degrees east, WGS-84"
    )
    latitude: float | None = Field(
        default=None, ge=-90, le=90, title="纬度", description="For the same: degrees north, WGS-84"
    )

    @model_validator(mode="after")
    def _place_is_whole(self) -> Self:
        _check_place(self.longitude, self.latitude)
        return self


class CasesAsked(_Stated):
    """Which cases are looked for; what is not stated is any. Days are those of China, the first and the last included."""

    case_type: TypeCode | None = Field(
        default=None, title="案件类型", description="Of this type", examples=["dirty_road"]
    )
    state: CaseState | None = Field(default=None, title="状态", description="Standing here")
    light: TimeLight | None = Field(default=None, title="灯色", description="Open and showing this light")
    unit: str | None = Field(default=None, max_length=100, title="处置单位", description="Dispatched to this unit")
    source: Source | None = Field(default=None, title="来源", description="From this source")
    region: Area = Field(
        default="",
        title="区划代码",
        description="In this district or street and all within it: the first six or nine digits of its code",
        examples=["370202"],
    )
    open: bool | None = Field(default=None, title="未办结", description="Whether somebody still has to do something")
    since: date | None = Field(default=None, title="起始日期", description="Reported on this day or later")
    until: date | None = Field(default=None, title="截止日期", description="Reported on this day or earlier")


class PageAsked(CasesAsked):
    """A page of the cases that are looked for: the latest first, or those that are open by when their limit ends."""

    order: Literal["newest", "due"] = Field(
        default="newest", title="排序", description="newest, or due: those that are open, by when their light turns red"
    )
    limit: int = Field(default=50, ge=1, le=PAGE_MOST, title="每页数量", description="How many cases")
    after: str = Field(default="", max_length=2_000, title="游标", description="The `next` of the page before")


class PeriodAsked(_Stated):
    """The cases of a unit, or of all units, that were reported in a period."""

    unit: str | None = Field(default=None, max_length=100, title="处置单位", description="Of this unit; all, if none")
    since: date | None = Field(default=None, title="起始日期", description="Reported on this day in China or later")
    until: date | None = Field(default=None, title="截止日期", description="Reported on this day in China or earlier")


class RuleAsked(DispatchRule):
    """A dispatch rule, new or in place of the one of its id and type."""


class RuleNamed(_Stated):
    """A dispatch rule, by type and id."""

    id: str = Field(max_length=63, title="规则编号", description="The rule's id", examples=["shinan-water"])
    case_type: str = Field(default="*", max_length=41, title="案件类型", description="The type it is for, or *")


class RulesAsked(_Stated):
    """The dispatch rules for a type."""

    case_type: str = Field(default="*", max_length=41, title="案件类型", description="A case type, or * for all types")


class UnitAsked(_Stated):
    """A unit that cases can be dispatched to."""

    unit: OrganizationId = Field(title="处置单位", description="The organisation's id", examples=["qingdao-water"])
    title_zh: str = Field(min_length=1, max_length=100, title="中文名称", description="Its name", examples=["水务局"])
    title_en: str = Field(
        min_length=1, max_length=100, title="英文名称", description="Its name in English", examples=["Water Bureau"]
    )


class RolesAsked(_Stated):
    """Which roles a person has at the case centre; none takes them off the roster."""

    principal: str = Field(
        min_length=1, max_length=100, title="人员", description="The principal's id", examples=["wang"]
    )
    roles: tuple[Role, ...] = Field(
        max_length=len(Role), title="岗位", description="The roles that the person has", examples=[["dispatcher"]]
    )

    @model_validator(mode="after")
    def _given_to_people(self) -> Self:
        if wrong := [role.value for role in self.roles if role in (Role.SYSTEM, Role.PROFESSIONAL_UNIT)]:
            raise refusals.role_not_given(wrong)
        return self


def _check_place(longitude: float | None, latitude: float | None) -> None:
    if (longitude is None) != (latitude is None):
        raise refusals.place_halved("latitude" if latitude is None else "longitude")
