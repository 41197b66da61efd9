"""What the operations answer, and how it is made of what is kept."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_civic_creation.detecting import precision
from ucs_capability_civic_creation.indicator_tree import Tree
from ucs_capability_civic_creation.records import (
    AssessmentRecord,
    CandidateRecord,
    PointRecord,
    RectificationRecord,
    TaskRecord,
)
from ucs_capability_civic_creation.scoring import Standing, shown
from ucs_capability_civic_creation.vocabulary import CandidateState, EvidenceKind, GroupBy, RectificationState, Severity


class Told(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class EditionKept(Told):
    """That an edition is published."""

    edition: str = Field(title="版本编码", description="The edition's code")
    version: int = Field(title="版本号", description="The newest version")
    changed: bool = Field(title="有变化", description="Whether anything is other than before")


class EditionShown(Told):
    """An edition with the tree of one version."""

    edition: str = Field(title="版本编码", description="The edition's code")
    title: str = Field(title="版本名称", description="What it is called")
    version: int = Field(title="版本号", description="Which version this is")
    versions: int = Field(title="版本总数", description="How many versions there are")
    published_at: AwareDatetime = Field(title="发布时间", description="When this version was published")
    assessors: tuple[str, ...] = Field(title="测评机构", description="Who may assess by it")
    tree: Tree = Field(title="指标体系", description="The tree")


class Kept(Told):
    """That something is in the register."""

    code: str = Field(title="编码", description="Its code")
    changed: bool = Field(title="有变化", description="Whether anything is other than before")


class PointShown(Told):
    """A point."""

    code: str = Field(title="点位编码", description="The point's code")
    name: str = Field(title="名称", description="What it is called")
    point_type: str = Field(title="点位类型", description="The code of its type")
    region: str = Field(title="行政区划", description="The code of its division")
    unit: str = Field(title="责任单位", description="Who is responsible")
    longitude: float = Field(title="经度", description="Longitude in WGS-84")
    latitude: float = Field(title="纬度", description="Latitude in WGS-84")
    active: bool = Field(title="启用", description="Whether it is to be visited")


class PointsShown(Told):
    """A page of points."""

    points: tuple[PointShown, ...] = Field(title="点位", description="The points, by code")
    next: str | None = Field(title="下一页", description="The cursor of the next page, if there is one")


class TaskShown(Told):
    """A task."""

    code: str = Field(title="任务编码", description="The task's code")
    edition: str = Field(title="版本编码", description="By which edition")
    title: str = Field(title="任务名称", description="What it is called")
    inspector: str = Field(title="检查机构", description="Who visits")
    due_at: AwareDatetime = Field(title="截止时间", description="By when")
    points: tuple[str, ...] = Field(title="点位", description="Which points")
    done: tuple[str, ...] = Field(title="已完成", description="Those that were visited")
    seed: str = Field(title="随机种子", description="By which they were drawn, if they were")
    open: bool = Field(title="未完成", description="Whether there is anything left to visit")


class TasksShown(Told):
    """A page of tasks."""

    tasks: tuple[TaskShown, ...] = Field(title="任务", description="The tasks, those due first")
    next: str | None = Field(title="下一页", description="The cursor of the next page, if there is one")


class FileKept(Told):
    """That a file was taken."""

    digest: str = Field(title="摘要", description="SHA-256 of the file, by which results name it")
    size: int = Field(title="大小", description="Its size in bytes")


class FileShown(FileKept):
    """A file."""

    content: str = Field(title="内容", description="The file in Base64")


class Assessed(Told):
    """What an assessment has come to."""

    assessment: str = Field(title="测评编号", description="The assessment's id")
    problems: int = Field(title="问题数", description="How many problems it found")
    rectifications: tuple[str, ...] = Field(title="整改编号", description="What has to be rectified")


class EvidenceShown(Told):
    """A file that shows something, and until when it counted."""

    digest: str = Field(title="摘要", description="SHA-256 of the file")
    withdrawn_at: AwareDatetime | None = Field(title="撤回时间", description="From when on it counts no more, if so")
    reason: str = Field(title="原因", description="Why it was withdrawn")


class ResultShown(Told):
    """What was found of one item."""

    item: str = Field(title="检查项", description="The item's code")
    kept: int = Field(title="得分", description="What it earned: thousandths of a point, or positive answers")
    out_of: int = Field(title="满分", description="Out of how many")
    problems: int = Field(title="问题数", description="How many problems there were")
    note: str = Field(title="说明", description="What was said")
    evidence: tuple[EvidenceShown, ...] = Field(title="佐证", description="The files")
    recovered: int = Field(title="整改恢复", description="What a rectification gave back, in thousandths of a point")
    recovered_at: AwareDatetime | None = Field(title="恢复时间", description="From when on that counts")


class AssessmentShown(Told):
    """An assessment, with all that has become of it."""

    id: str = Field(title="测评编号", description="The assessment's id")
    edition: str = Field(title="版本编码", description="By which edition")
    version: int = Field(title="版本号", description="By which of its versions")
    kind: EvidenceKind = Field(title="测评方式", description="How it was assessed")
    target: str = Field(title="对象", description="The point or the division")
    unit: str = Field(title="责任单位", description="Who was responsible then")
    region: str = Field(title="行政区划", description="In which division")
    recorded_at: AwareDatetime = Field(title="记录时间", description="From when on it counts")
    withdrawn_at: AwareDatetime | None = Field(title="撤回时间", description="From when on it counts no more, if so")
    reason: str = Field(title="原因", description="Why it was withdrawn")
    results: tuple[ResultShown, ...] = Field(title="结果", description="What was found")


class Withdrawn(Told):
    """What a withdrawal has come to."""

    withdrawn_at: AwareDatetime = Field(title="撤回时间", description="From when on it counts no more")
    lost: tuple[str, ...] = Field(title="不再计分", description="The items whose results count no more")


class StandingShown(Told):
    """How a group stands."""

    rank: int | None = Field(title="名次", description="Its rank; none without a score")
    group: str = Field(title="对象", description="The unit, district, point, or city")
    score: float | None = Field(title="总分", description="Base and feature together")
    base: float | None = Field(
        title="基本指标得分", description="What the assessed base items earned, of the base points"
    )
    feature: float = Field(title="特色指标得分", description="What the feature items earned")
    assessed: float = Field(title="已测评占比", description="Which share of the base points was assessed, in percent")
    targets: int = Field(title="对象数", description="How many points and divisions were assessed")
    problems: int = Field(title="问题数", description="How many problems were found")


class Scores(Told):
    """Scores as they stood at a date."""

    edition: str = Field(title="版本编码", description="Which edition")
    version: int = Field(title="版本号", description="The version that was in force then")
    by: GroupBy = Field(title="统计口径", description="For whom")
    as_of: AwareDatetime = Field(title="截至时间", description="The date")
    settled: bool = Field(title="已定稿", description="Whether nothing recorded until then can still be on its way")
    assessments: int = Field(title="计入测评数", description="How many assessments count")
    unplaced: int = Field(title="未计入结果数", description="Results of items that this version does not have")
    basis: str = Field(title="依据摘要", description="A digest of every result that counts")
    standings: tuple[StandingShown, ...] = Field(title="得分", description="The best first, then those without a score")


class Deduction(Told):
    """What an item has lost."""

    assessment: str = Field(title="测评编号", description="By which assessment")
    item: str = Field(title="检查项", description="The item's code")
    target: str = Field(title="对象", description="At which point or division")
    unit: str = Field(title="责任单位", description="Who was responsible then")
    region: str = Field(title="行政区划", description="In which division")
    points: float = Field(title="扣分", description="How many points were lost")
    recovered: float = Field(title="整改恢复", description="How many a rectification had given back by then")
    problems: int = Field(title="问题数", description="How many problems there were")
    note: str = Field(title="说明", description="What was said")
    recorded_at: AwareDatetime = Field(title="记录时间", description="From when on it counted")


class Deductions(Told):
    """Deductions that counted at a date."""

    as_of: AwareDatetime = Field(title="截至时间", description="The date")
    deductions: tuple[Deduction, ...] = Field(title="扣分项", description="In the order in which they were recorded")
    more: bool = Field(title="还有更多", description="Whether there are more than were asked for")


class RectificationShown(Told):
    """A rectification."""

    id: str = Field(title="整改编号", description="Its id")
    assessment: str = Field(title="测评编号", description="By which assessment it was found")
    item: str = Field(title="检查项", description="The item's code")
    title: str = Field(title="问题", description="What the item asks for")
    note: str = Field(title="问题说明", description="What was found")
    point: str = Field(title="点位编码", description="Where")
    name: str = Field(title="点位名称", description="What the point is called")
    unit: str = Field(title="责任单位", description="Who has to rectify it")
    region: str = Field(title="行政区划", description="In which division")
    severity: Severity = Field(title="问题等级", description="How grave it is")
    state: RectificationState = Field(title="状态", description="Where it stands")
    round: int = Field(title="轮次", description="How often it had to be rectified")
    opened_at: AwareDatetime = Field(title="发现时间", description="When it was found")
    due_at: AwareDatetime = Field(title="整改期限", description="By when it has to be rectified")
    overdue: bool = Field(title="超期", description="Whether that has passed")
    before: tuple[str, ...] = Field(title="整改前佐证", description="Files that show the problem")
    after: tuple[str, ...] = Field(title="整改后佐证", description="Files that show how it looks afterwards")
    answer: str = Field(title="整改说明", description="What was said last of the rectification")
    checked_at: AwareDatetime | None = Field(title="复查时间", description="When it was looked at again last")
    case: str = Field(title="案件编号", description="The number of its case; empty as long as none is known")
    case_state: str = Field(title="案件状态", description="Where its case stands")


class RectificationsShown(Told):
    """A page of rectifications."""

    rectifications: tuple[RectificationShown, ...] = Field(title="整改问题", description="Those due first")
    total: int = Field(title="总数", description="How many there are in all")
    next: str | None = Field(title="下一页", description="The cursor of the next page, if there is one")


class Accepted(Told):
    """That something was taken in, and is handled in its turn."""

    about: str = Field(title="对象", description="What it is about")
    taken: bool = Field(title="已受理", description="Whether it is looked at any further")


class CandidateShown(Told):
    """What cameras have found of one item at one point."""

    point: str = Field(title="点位编码", description="The point")
    item: str = Field(title="检查项", description="The item")
    number: int = Field(title="线索序号", description="Which candidate of this item and point it is")
    state: CandidateState = Field(title="状态", description="Where it stands")
    detections: int = Field(title="识别次数", description="How often it was detected")
    cameras: tuple[str, ...] = Field(title="摄像机", description="By which cameras, the last ones")
    evidence: tuple[str, ...] = Field(title="佐证", description="Digests of snapshots, the last ones")
    first_at: AwareDatetime = Field(title="首次时间", description="When it was first seen")
    last_at: AwareDatetime = Field(title="最近时间", description="When it was last seen")
    precision: float | None = Field(title="准确率", description="Which share of those decided upon was true")


class CandidatesShown(Told):
    """A page of candidates."""

    candidates: tuple[CandidateShown, ...] = Field(title="线索", description="The last seen first")
    next: str | None = Field(title="下一页", description="The cursor of the next page, if there is one")


def point_shown(record: PointRecord) -> PointShown:
    """A point as it is told."""
    return PointShown.model_validate(record)


def task_shown(record: TaskRecord) -> TaskShown:
    """A task as it is told."""
    return TaskShown.model_validate(record)


def assessment_shown(record: AssessmentRecord) -> AssessmentShown:
    """An assessment as it is told; who recorded it is not."""
    return AssessmentShown.model_validate(record)


def rectification_shown(record: RectificationRecord) -> RectificationShown:
    """A rectification as it is told; who answered is not."""
    return RectificationShown.model_validate(record)


def candidate_shown(record: CandidateRecord) -> CandidateShown:
    """A candidate as it is told."""
    stated = record.model_dump(include=set(CandidateShown.model_fields) - {"precision"})
    return CandidateShown(**stated, precision=precision(record.confirmed, record.dismissed))


def standing_shown(rank: int | None, standing: Standing) -> StandingShown:
    """A standing as it is told."""
    return StandingShown(
        rank=rank,
        group=standing.group,
        score=shown(standing.score),
        base=shown(standing.base),
        feature=shown(standing.feature) or 0.0,
        assessed=shown(standing.assessed * 100) or 0.0,
        targets=standing.targets,
        problems=standing.problems,
    )
