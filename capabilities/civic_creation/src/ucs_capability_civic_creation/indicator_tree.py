"""The indicator tree: projects, their contents, and what is checked at which type of point.

At every level points must make exactly what stands above them. They are stated with three decimals at the most and added in
thousandths, so that no rounding hides a mistake. Which indicators there are is data of an edition: none is built in.

Source of the shape: public digests of the national system of 2022 (base and feature indicators, 100 + 20 points; projects,
contents, points that are visited, questionnaires and documents). Editions differ from year to year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ucs_capability_civic_creation.vocabulary import EvidenceKind, Part, Severity
from ucs_sdk import Invalid

PROJECTS_MOST = 40
CONTENTS_MOST = 40
ITEMS_MOST = 60
"""How many projects a tree has, contents a project, and items a content."""

ITEMS_IN_ALL = 1_000
"""How many items a tree has, and `PROJECT_ITEMS` a project."""

PROJECT_ITEMS = 150

FAULTS_TOLD = 10
"""How many faults of a tree are told at once."""

SCALE = 1_000
"""Into how many parts a point is divided."""


def thousandths(points: float) -> int:
    """Points as a whole number of thousandths."""
    return round(points * SCALE)


def _three_decimals(points: float) -> float:
    if abs(points * SCALE - thousandths(points)) > 1e-6:
        raise ValueError("points have three decimals at the most")
    return points


Points = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False), AfterValidator(_three_decimals)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Title = Annotated[str, Field(min_length=1, max_length=120)]


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckItem(_Stated):
    """What is checked: at a type of point, by a questionnaire or in documents."""

    code: Code = Field(title="检查项编码", description="The item's code, one of its kind in the tree")
    title: Title = Field(title="检查项", description="What is asked for")
    evidence: EvidenceKind = Field(title="测评方式", description="How it is assessed")
    point_type: str = Field(
        default="", max_length=40, title="点位类型", description="At which type of point, for visits to the site"
    )
    points: Points = Field(title="分值", description="What it is worth")
    deduction: Points = Field(
        default=0.0, title="单项扣分", description="What one problem costs, for visits to the site"
    )
    lead: str = Field(default="", max_length=80, title="牵头单位", description="Who leads on it")
    labels: tuple[Annotated[str, Field(min_length=1, max_length=40)], ...] = Field(
        default=(), max_length=10, title="识别标签", description="What cameras may detect that is evidence of a problem"
    )
    case_type: str = Field(
        default="",
        pattern=r"^([a-z][a-z0-9_]{1,40})?$",
        title="案件类型",
        description="The type of the case; the set one if empty",
    )
    severity: Severity = Field(default=Severity.GENERAL, title="问题等级", description="How grave a problem is")


class Content(_Stated):
    """A content of a project."""

    code: Code = Field(title="内容编码", description="The content's code")
    title: Title = Field(title="测评内容", description="What it is about")
    points: Points = Field(title="分值", description="What its items make")
    items: tuple[CheckItem, ...] = Field(
        min_length=1, max_length=ITEMS_MOST, title="检查项", description="What is checked"
    )


class Project(_Stated):
    """A project of the tree."""

    code: Code = Field(title="项目编码", description="The project's code")
    title: Title = Field(title="测评项目", description="What it is about")
    part: Part = Field(default=Part.BASE, title="指标类别", description="To which part it belongs")
    points: Points = Field(title="分值", description="What its contents make")
    contents: tuple[Content, ...] = Field(
        min_length=1, max_length=CONTENTS_MOST, title="测评内容", description="Its contents"
    )

    def items(self) -> Iterator[CheckItem]:
        """Its items, in order."""
        for content in self.contents:
            yield from content.items


class PointType(_Stated):
    """A type of points that are visited."""

    code: Code = Field(title="类型编码", description="The type's code")
    title: Title = Field(title="类型名称", description="What such points are called")


class Tree(_Stated):
    """A whole tree."""

    base_points: Points = Field(default=100.0, gt=0, title="基本指标总分", description="What the base indicators make")
    feature_points: Points = Field(default=0.0, title="特色指标总分", description="What the feature indicators make")
    recovery_percent: int = Field(
        default=0, ge=0, le=100, title="整改恢复比例", description="How much of a deduction a rectification gives back"
    )
    point_types: tuple[PointType, ...] = Field(
        default=(), max_length=60, title="点位类型", description="Which types of points are visited"
    )
    projects: tuple[Project, ...] = Field(
        min_length=1, max_length=PROJECTS_MOST, title="测评项目", description="The projects"
    )

    @cached_property
    def items(self) -> dict[str, tuple[Part, CheckItem]]:
        """Its items by code, each with the part that it counts for."""
        return {item.code: (project.part, item) for project in self.projects for item in project.items()}

    def items_at(self, point_type: str) -> list[CheckItem]:
        """What is checked at points of a type."""
        found = (item for _, item in self.items.values())
        return [item for item in found if item.evidence is EvidenceKind.SITE and item.point_type == point_type]


class Fault(NamedTuple):
    """What is wrong with a tree, and where, in both languages."""

    path: str
    zh: str
    en: str


def faults(tree: Tree) -> list[Fault]:
    """Everything that is wrong with a tree; none for one that can be published."""
    return [*_sums(tree), *_codes(tree), *_items(tree), *_sizes(tree)]


def sound(tree: Tree) -> Tree:
    """The tree. Raises Invalid with what is wrong with it, the first faults in words."""
    found = faults(tree)
    if not found:
        return tree
    told, more = found[:FAULTS_TOLD], len(found) - FAULTS_TOLD
    zh = "；".join(f"{each.path}：{each.zh}" for each in told) + (f"；另有 {more} 处" if more > 0 else "")
    en = "; ".join(f"{each.path}: {each.en}" for each in told) + (f"; and {more} more" if more > 0 else "")
    raise Invalid.saying(
        "TREE_UNSOUND",
        zh="指标体系有误：{faults_zh}。",
        en="The tree is not sound: {faults_en}.",
        faults_zh=zh,
        faults_en=en,
    )


def _sums(tree: Tree) -> Iterator[Fault]:
    for part, stated in ((Part.BASE, tree.base_points), (Part.FEATURE, tree.feature_points)):
        yield from _sum(part.value, stated, (each.points for each in tree.projects if each.part is part))
    for project in tree.projects:
        yield from _sum(project.code, project.points, (each.points for each in project.contents))
        for content in project.contents:
            at = f"{project.code}/{content.code}"
            yield from _sum(at, content.points, (each.points for each in content.items))


def _sum(path: str, stated: float, parts: Iterable[float]) -> Iterator[Fault]:
    made = sum(thousandths(each) for each in parts)
    if made != thousandths(stated):
        total = f"{made / SCALE:g}"
        yield Fault(
            path, f"下级分值合计 {total}，应为 {stated:g}", f"what is below makes {total}, and must make {stated:g}"
        )


def _codes(tree: Tree) -> Iterator[Fault]:
    levels = (
        [each.code for each in tree.projects],
        [content.code for project in tree.projects for content in project.contents],
        [item.code for project in tree.projects for item in project.items()],
        [each.code for each in tree.point_types],
    )
    for codes in levels:
        for code, times in Counter(codes).items():
            if times > 1:
                yield Fault(code, f"编码出现 {times} 次", f"the code is there {times} times")


def _items(tree: Tree) -> Iterator[Fault]:
    known = {each.code for each in tree.point_types}
    for project in tree.projects:
        for item in project.items():
            if not thousandths(item.points):
                yield Fault(item.code, "分值为 0", "it is worth nothing")
            if item.evidence is not EvidenceKind.SITE:
                if item.point_type or item.deduction or item.labels:
                    yield Fault(
                        item.code,
                        "非实地考察项不设点位类型、扣分和标签",
                        "only visits have a point type, a deduction and labels",
                    )
            elif item.point_type not in known:
                yield Fault(
                    item.code, f"没有点位类型 {item.point_type!r}", f"there is no point type {item.point_type!r}"
                )
            elif not 0 < thousandths(item.deduction) <= thousandths(item.points):
                yield Fault(
                    item.code,
                    "单项扣分须大于 0 且不超过分值",
                    "a deduction is more than 0 and at most the item's points",
                )


def _sizes(tree: Tree) -> Iterator[Fault]:
    sizes = [(each.code, sum(1 for _ in each.items()), PROJECT_ITEMS) for each in tree.projects]
    for code, count, most in [*sizes, ("tree", sum(count for _, count, _ in sizes), ITEMS_IN_ALL)]:
        if count > most:
            yield Fault(code, f"检查项 {count} 个，超过 {most} 个", f"it has {count} items, more than {most}")
