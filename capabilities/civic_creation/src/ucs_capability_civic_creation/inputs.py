"""What the operations take. Every text and list is bounded; positions name their coordinate system."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from ucs_capability_civic_creation.assessing import EVIDENCE_MOST
from ucs_capability_civic_creation.events import Digest
from ucs_capability_civic_creation.indicator_tree import Code, Title, Tree
from ucs_capability_civic_creation.vocabulary import GroupBy
from ucs_sdk.geo import Crs

REGION = r"^[0-9]{6,12}$"
EVIDENCE_IN_ALL = 100
"""How many files one assessment has."""

FILE_MOST = 1_000_000
"""How many characters of Base64 a file has: about 750 kB, which is within what the doors take by default."""

TASK_POINTS_MOST = 200
PAGE_MOST = 200
ANSWERS_MOST = 1_000_000

Region = Annotated[str, Field(pattern=REGION)]
District = Annotated[str, Field(pattern=r"^([0-9]{6})?$")]
PointCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$")]
Organization = Annotated[str, Field(max_length=80)]
Reference = Annotated[str, Field(min_length=1, max_length=100)]
AssessmentId = Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")]
RectificationId = Annotated[str, Field(pattern=r"^[0-9a-f]{24}\.[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Note = Annotated[str, Field(max_length=300)]
Files = Annotated[tuple[Digest, ...], Field(max_length=EVIDENCE_MOST)]
Cursor = Annotated[str, Field(max_length=500)]

AN_ASSESSMENT = "0123456789abcdef01234567"
A_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
A_TREE = {
    "point_types": [{"code": "market", "title": "农贸市场"}],
    "projects": [
        {
            "code": "A",
            "title": "公共环境",
            "points": 100,
            "contents": [
                {
                    "code": "A1",
                    "title": "环境卫生",
                    "points": 100,
                    "items": [
                        {
                            "code": "clean",
                            "title": "地面干净",
                            "evidence": "site",
                            "point_type": "market",
                            "points": 100,
                            "deduction": 10,
                        }
                    ],
                }
            ],
        }
    ],
}


class Asked(BaseModel):
    """What somebody asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Paged(Asked):
    """A page of a list."""

    limit: int = Field(default=50, ge=1, le=PAGE_MOST, title="条数", description="How many at the most")
    after: Cursor = Field(default="", title="游标", description="Where the page before ended")


class EditionStated(Asked):
    """An edition of the indicators, whole."""

    edition: Code = Field(title="版本编码", description="The edition's code", examples=["qd-2026"])
    title: Title = Field(title="版本名称", description="What it is called", examples=["2026 年测评指标（示例）"])
    assessors: tuple[Organization, ...] = Field(
        min_length=1,
        max_length=50,
        title="测评机构",
        description="The organisations that may assess by it",
        examples=[["qingdao-water"]],
    )
    tree: Tree = Field(title="指标体系", description="The tree; its points must add up", examples=[A_TREE])


class EditionAsked(Asked):
    """One edition, in its newest version or another."""

    edition: Code = Field(title="版本编码", description="The edition's code", examples=["qd-2026"])
    version: int | None = Field(default=None, ge=1, title="版本号", description="Which version; the newest if none")


class PointStated(Asked):
    """A point as it is entered in the register."""

    code: PointCode = Field(title="点位编码", description="The point's code", examples=["MK-001"])
    name: str = Field(
        min_length=1, max_length=80, title="名称", description="What it is called", examples=["团岛农贸市场"]
    )
    point_type: Code = Field(title="点位类型", description="The code of its type", examples=["market"])
    region: Region = Field(
        title="行政区划", description="The code of its division, 6 to 12 digits", examples=["370202"]
    )
    unit: Organization = Field(
        default="", title="责任单位", description="The organisation that is responsible; the caller's if empty"
    )
    longitude: float = Field(ge=-180, le=180, title="经度", description="Degrees east", examples=[120.306])
    latitude: float = Field(ge=-90, le=90, title="纬度", description="Degrees north", examples=[36.054])
    crs: Crs = Field(title="坐标系", description="The coordinate system; nobody guesses it", examples=["wgs84"])
    active: bool = Field(default=True, title="启用", description="Whether it is to be visited")


class PointsAsked(Paged):
    """Points, all or of a type or a district."""

    point_type: str = Field(default="", max_length=40, title="点位类型", description="Only those of this type")
    district: District = Field(default="", title="区市", description="Only those in this district")


class Draw(Asked):
    """Points that are to be drawn by lot."""

    point_type: Code = Field(title="点位类型", description="Of which type", examples=["market"])
    district: District = Field(default="", title="区市", description="In which district; anywhere if empty")
    count: int = Field(ge=1, le=TASK_POINTS_MOST, title="数量", description="How many", examples=[10])
    seed: str = Field(min_length=1, max_length=80, title="随机种子", description="By which anybody can draw again")


class TaskStated(Asked):
    """A task: points to visit, named or drawn."""

    task: PointCode = Field(title="任务编码", description="The task's code", examples=["2026-07-markets"])
    edition: Code = Field(title="版本编码", description="By which edition", examples=["qd-2026"])
    title: Title = Field(title="任务名称", description="What it is called", examples=["七月农贸市场检查"])
    inspector: Organization = Field(default="", title="检查机构", description="Who visits; the caller's if empty")
    due_at: AwareDatetime = Field(title="截止时间", description="By when", examples=["2026-07-31T18:00:00+08:00"])
    points: tuple[PointCode, ...] = Field(
        default=(), max_length=TASK_POINTS_MOST, title="点位", description="Which points", examples=[["MK-001"]]
    )
    draw: Draw | None = Field(default=None, title="抽取", description="Or how they are drawn")

    @model_validator(mode="after")
    def _named_or_drawn(self) -> Self:
        if bool(self.points) == (self.draw is not None):
            raise ValueError("either points or a draw")
        return self


class TasksAsked(Paged):
    """Tasks, those due first."""

    open: bool = Field(default=True, title="未完成", description="Those that are open, or those that are done")


class PeriodAsked(Asked):
    """An edition, a period, and the date as of which is told."""

    edition: Code = Field(title="版本编码", description="Which edition", examples=["qd-2026"])
    as_of: AwareDatetime | None = Field(
        default=None, title="截至时间", description="As it stood then; now if nothing is said"
    )
    since: AwareDatetime | None = Field(
        default=None, title="起始时间", description="Only what was recorded from then on"
    )


class ScoresAsked(PeriodAsked):
    """Scores of groups."""

    by: GroupBy = Field(default=GroupBy.CITY, title="统计口径", description="For whom", examples=["unit"])
    limit: int = Field(default=100, ge=1, le=1_000, title="条数", description="How many groups at the most")


class DeductionsAsked(PeriodAsked):
    """Deductions that counted at a date."""

    unit: Organization = Field(default="", title="责任单位", description="Only those of this unit")
    district: District = Field(default="", title="区市", description="Only those in this district")
    limit: int = Field(default=100, ge=1, le=500, title="条数", description="How many at the most")
