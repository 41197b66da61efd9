"""What those hand in who assess, rectify and look again: files, results, withdrawals, detections and decisions."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from ucs_capability_civic_creation.assessing import PROBLEMS_MOST
from ucs_capability_civic_creation.events import Detected, Digest
from ucs_capability_civic_creation.indicator_tree import ITEMS_MOST, Code, Points
from ucs_capability_civic_creation.inputs import (
    A_DIGEST,
    AN_ASSESSMENT,
    ANSWERS_MOST,
    EVIDENCE_IN_ALL,
    FILE_MOST,
    Asked,
    AssessmentId,
    Files,
    Note,
    Organization,
    Paged,
    PointCode,
    RectificationId,
    Reference,
    Region,
)
from ucs_capability_civic_creation.vocabulary import CandidateState, RectificationState
from ucs_sdk.geo import Crs, Position, convert, position


class FileStated(Asked):
    """A file that shows something."""

    content: str = Field(
        min_length=4,
        max_length=FILE_MOST,
        title="内容",
        description="The file in Base64",
        examples=["/9j/4AAQSkZJRg=="],
    )
    media_type: Literal["image/jpeg", "image/png", "application/pdf"] = Field(
        title="媒体类型", description="What it is; its first bytes must agree", examples=["image/jpeg"]
    )


class FileAsked(Asked):
    """A file of an assessment or of a rectification."""

    assessment: AssessmentId = Field(title="测评编号", description="The assessment", examples=[AN_ASSESSMENT])
    item: str = Field(default="", max_length=40, title="检查项", description="For files of a rectification: its item")
    digest: Digest = Field(title="摘要", description="Which file", examples=[A_DIGEST])


class SiteResult(Asked):
    """What a visit has found of one item."""

    item: Code = Field(title="检查项", description="The item's code", examples=["clean"])
    problems: int = Field(ge=0, le=PROBLEMS_MOST, title="问题数", description="How many problems", examples=[1])
    note: Note = Field(default="", title="说明", description="What there is to say", examples=["入口处有暴露垃圾"])
    evidence: Files = Field(default=(), title="佐证", description="Digests of files; needed where there is a problem")


class _Assessed(Asked):
    reference: Reference = Field(
        title="提交编号", description="The caller's own id: the same again changes nothing", examples=["2026-07-0001"]
    )
    edition: Code = Field(title="版本编码", description="By which edition", examples=["qd-2026"])


class VisitStated(_Assessed):
    """A visit to a point."""

    point: PointCode = Field(title="点位编码", description="Which point", examples=["MK-001"])
    task: str = Field(default="", max_length=60, title="任务编码", description="For which task, if any")
    longitude: float | None = Field(
        default=None, ge=-180, le=180, title="经度", description="Where the inspector stood"
    )
    latitude: float | None = Field(default=None, ge=-90, le=90, title="纬度", description="Where the inspector stood")
    crs: Crs | None = Field(default=None, title="坐标系", description="The coordinate system of that place")
    results: tuple[SiteResult, ...] = Field(
        min_length=1,
        max_length=ITEMS_MOST,
        title="检查结果",
        description="What was found, an entry for each item",
        examples=[[{"item": "clean", "problems": 0}]],
    )

    def wgs84(self) -> Position | None:
        """Where the inspector stood, in WGS-84, if they said so."""
        if self.longitude is None or self.latitude is None or self.crs is None:
            return None
        return convert(position(self.longitude, self.latitude), self.crs, Crs.WGS84)

    @model_validator(mode="after")
    def _place_is_whole(self) -> Self:
        if len({self.longitude is None, self.latitude is None, self.crs is None}) > 1:
            raise ValueError("longitude, latitude and crs belong together")
        return self


class Answers(Asked):
    """How many have answered a question, and how many were content."""

    item: Code = Field(title="检查项", description="The item's code", examples=["happy"])
    answers: int = Field(ge=1, le=ANSWERS_MOST, title="有效份数", description="How many answers", examples=[200])
    positive: int = Field(ge=0, le=ANSWERS_MOST, title="满意份数", description="How many are positive", examples=[180])

    @model_validator(mode="after")
    def _part_of_the_whole(self) -> Self:
        if self.positive > self.answers:
            raise ValueError("no more can be positive than there are answers")
        return self


class SurveyStated(_Assessed):
    """What a questionnaire in a division has come to."""

    region: Region = Field(title="行政区划", description="In which division", examples=["370202"])
    results: tuple[Answers, ...] = Field(
        min_length=1,
        max_length=ITEMS_MOST,
        title="问卷结果",
        description="An entry for each item",
        examples=[[{"item": "happy", "answers": 200, "positive": 180}]],
    )


class Marks(Asked):
    """What documents have earned."""

    item: Code = Field(title="检查项", description="The item's code", examples=["plan"])
    points: Points = Field(title="得分", description="How many of the item's points", examples=[8.5])
    note: Note = Field(default="", title="说明", description="What there is to say")
    evidence: Files = Field(min_length=1, title="佐证", description="Digests of the documents", examples=[[A_DIGEST]])


class ReviewStated(_Assessed):
    """A review of documents of a division, or of a unit in it."""

    region: Region = Field(title="行政区划", description="Of which division", examples=["370202"])
    unit: Organization = Field(default="", title="责任单位", description="Of which unit, if of one")
    results: tuple[Marks, ...] = Field(
        min_length=1,
        max_length=ITEMS_MOST,
        title="审核结果",
        description="An entry for each item",
        examples=[[{"item": "plan", "points": 8.5, "evidence": [A_DIGEST]}]],
    )


class AssessmentAsked(Asked):
    """One assessment."""

    assessment: AssessmentId = Field(title="测评编号", description="The assessment", examples=[AN_ASSESSMENT])


class Withdrawal(AssessmentAsked):
    """Evidence that is to count no more."""

    digests: tuple[Digest, ...] = Field(
        default=(), max_length=EVIDENCE_IN_ALL, title="佐证", description="Which files; the whole assessment if none"
    )
    reason: str = Field(min_length=1, max_length=300, title="原因", description="Why", examples=["照片不是该点位"])


class RectificationsAsked(Paged):
    """Rectifications, those due first."""

    state: RectificationState | None = Field(default=None, title="状态", description="Only those that stand so")
    unit: Organization = Field(default="", title="责任单位", description="Only those of this unit")


class RectificationAsked(Asked):
    """One rectification."""

    rectification: RectificationId = Field(title="整改编号", description="Its id", examples=[f"{AN_ASSESSMENT}.clean"])


class Rectified(RectificationAsked):
    """That a problem was rectified."""

    evidence: Files = Field(min_length=1, title="整改后佐证", description="How it looks now", examples=[[A_DIGEST]])
    note: Note = Field(default="", title="说明", description="What was done", examples=["已清理并增设垃圾桶"])


class SecondLook(RectificationAsked):
    """What a second look has shown."""

    passed: bool = Field(title="是否通过", description="Whether the problem is gone", examples=[False])
    evidence: Files = Field(default=(), title="复查佐证", description="How it looks now")
    note: Note = Field(default="", title="说明", description="Why, where it is not gone", examples=["仍有垃圾"])


class DetectionStated(Detected):
    """What a camera has detected, its place in a stated coordinate system."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "label": "暴露垃圾",
                    "camera": "37020200001320000001",
                    "confidence": 0.9,
                    "at": "2026-07-01T08:00:00+08:00",
                    "longitude": 120.306,
                    "latitude": 36.054,
                    "crs": "wgs84",
                    "evidence": [A_DIGEST],
                }
            ]
        },
    )

    crs: Crs = Field(title="坐标系", description="The coordinate system; nobody guesses it")


class CandidatesAsked(Paged):
    """Candidates, the last first."""

    state: CandidateState = Field(
        default=CandidateState.WAITING, title="状态", description="Those that stand so", examples=["waiting"]
    )


class Decision(Asked):
    """What a person has decided upon a candidate."""

    point: PointCode = Field(title="点位编码", description="The point", examples=["MK-001"])
    item: Code = Field(title="检查项", description="The item", examples=["clean"])
    number: int = Field(ge=1, title="线索序号", description="Which candidate was looked at", examples=[1])
    confirmed: bool = Field(title="是否属实", description="Whether it is true", examples=[True])
    note: Note = Field(default="", title="说明", description="What there is to say")
