"""What is kept, and by which fields it is asked for: the one place that names collections.

Everything that is changed is read by key. `LISTED` and `COUNTED` say by what else records are found.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from pydantic import AwareDatetime

from ucs_capability_civic_creation.assessing import Assessment, Record
from ucs_capability_civic_creation.detecting import Candidate
from ucs_capability_civic_creation.indicator_tree import PointType, Project, Tree
from ucs_capability_civic_creation.vocabulary import EvidenceKind, RectificationState, Severity, Source
from ucs_sdk import Between, Capability, Context, Document, Documents, ShareType, Unit
from ucs_sdk.context import Scalar

EDITIONS, VERSIONS, PROJECTS, POINTS, TASKS = "editions", "versions", "projects", "points", "tasks"
FILES, ASSESSMENTS, RECTIFICATIONS, CANDIDATES = "files", "assessments", "rectifications", "candidates"

PAGE = 200
"""How many records are read at a time where many are walked through."""

VERSIONS_MOST = 100
"""How many versions an edition has."""


class Published(Record):
    """When a version was published."""

    version: int
    at: AwareDatetime


class EditionRecord(Record):
    """An edition of the indicators: who may assess by it, and its versions, the oldest first."""

    code: str
    title: str
    assessors: tuple[str, ...]
    digest: str
    versions: tuple[Published, ...]


class VersionRecord(Record):
    """A version of an edition's tree, without its projects, which are records of their own."""

    base_points: float
    feature_points: float
    recovery_percent: int
    point_types: tuple[PointType, ...]
    projects: tuple[str, ...]


class ProjectRecord(Record):
    """One project of a version."""

    project: Project


class PointRecord(Record):
    """A point of the register. Its unit owns the record."""

    code: str
    name: str
    point_type: str
    region: str
    district: str
    unit: str
    longitude: float
    latitude: float
    cell: str
    active: bool = True


class TaskRecord(Record):
    """Points that somebody has to visit by a date. The inspecting organisation owns the record."""

    code: str
    edition: str
    title: str
    inspector: str
    points: tuple[str, ...]
    done: tuple[str, ...] = ()
    seed: str = ""
    due: str
    due_at: AwareDatetime
    open: bool = True


class FileRecord(Record):
    """That an organisation has handed in a file."""

    digest: str
    media_type: str
    size: int


class AssessmentRecord(Assessment):
    """An assessment, with what is asked for at the top. Whoever assessed owns the record."""

    recorded: str
    flawed: bool
    source: Source = Source.PATROL
    camera: str = ""
    content: str
    """A digest of what was handed in, so that the same again is the same, and something else under its reference is refused."""


class RectificationRecord(Record):
    """A problem that has to be rectified. The unit that has to do it owns the record."""

    id: str
    assessment: str
    edition: str
    item: str
    title: str
    kind: EvidenceKind
    point: str
    name: str
    unit: str
    region: str
    longitude: float
    latitude: float
    severity: Severity
    case_type: str
    source: Source
    problems: int
    note: str
    state: RectificationState = RectificationState.OPEN
    round: int = 1
    opened_at: AwareDatetime
    due: str
    due_at: AwareDatetime
    overdue: bool = False
    before: tuple[str, ...]
    after: tuple[str, ...] = ()
    answer: str = ""
    rectified_by: str = ""
    checked_at: AwareDatetime | None = None
    case: str = ""
    case_state: str = ""

    @property
    def source_id(self) -> str:
        """How the case centre is told of it: each round is a matter of its own."""
        return f"{self.id}.{self.round}"


class CandidateRecord(Candidate):
    """A candidate, with the moment by which candidates are ordered. The organisation that runs the plugin owns it."""

    seen: str


LISTED: Mapping[str, Sequence[str | tuple[str, ...]]] = {
    POINTS: (
        "code",
        *((*by, "code") for by in (("point_type",), ("district",), ("point_type", "district"), ("cell",))),
    ),
    TASKS: (("open", "due"),),
    ASSESSMENTS: (("edition", "recorded"), ("edition", "flawed", "recorded")),
    RECTIFICATIONS: ("due", ("state", "due"), ("unit", "due"), ("unit", "state", "due"), ("state", "overdue", "due")),
    CANDIDATES: (("state", "seen"),),
}
"""By which fields records are listed: what must be equal, then what they are ordered by."""

COUNTED: Mapping[str, Sequence[str | tuple[str, ...]]] = {
    RECTIFICATIONS: ("state", "unit", ("unit", "state"), ("state", "overdue")),
}
"""By which fields records are counted."""


def declare(capability: Capability) -> None:
    """Say what the collections are. What was found where is for all departments; who handed in a file is not."""
    shared, own = ShareType.UNCONDITIONAL, ShareType.NONE
    for name, model, zh, en, share in (
        (EDITIONS, EditionRecord, "指标版本", "Editions of the indicators", shared),
        (VERSIONS, VersionRecord, "指标体系", "Versions of the tree", shared),
        (PROJECTS, ProjectRecord, "测评项目", "Projects of a version", shared),
        (POINTS, PointRecord, "检查点位", "Points", shared),
        (TASKS, TaskRecord, "检查任务", "Inspection tasks", shared),
        (FILES, FileRecord, "佐证文件", "Files handed in", own),
        (ASSESSMENTS, AssessmentRecord, "测评记录", "Assessments", shared),
        (RECTIFICATIONS, RectificationRecord, "整改问题", "Rectifications", shared),
        (CANDIDATES, CandidateRecord, "识别线索", "Candidates that cameras found", shared),
    ):
        capability.collection(
            name,
            model,
            title_zh=zh,
            title_en=en,
            share_type=share,
            listed_by=LISTED.get(name, ()),
            counted_by=COUNTED.get(name, ()),
        )


def stamp(moment: datetime) -> str:
    """A moment as a text whose order is that of moments."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def version_key(edition: str, version: int) -> str:
    """The key of a version."""
    return f"{edition}.{version}"


def stage_version(unit: Unit, edition: EditionRecord, tree: Tree) -> None:
    """Stage an edition with its newest version."""
    key = version_key(edition.code, edition.versions[-1].version)
    unit.documents(EDITIONS, EditionRecord).put(edition.code, edition)
    version = VersionRecord(
        base_points=tree.base_points,
        feature_points=tree.feature_points,
        recovery_percent=tree.recovery_percent,
        point_types=tree.point_types,
        projects=tuple(each.code for each in tree.projects),
    )
    unit.documents(VERSIONS, VersionRecord).put(key, version)
    for project in tree.projects:
        unit.documents(PROJECTS, ProjectRecord).put(f"{key}.{project.code}", ProjectRecord(project=project))


async def tree_of(ctx: Context | Unit, edition: str, version: int) -> Tree | None:
    """The tree of a version, as far as the caller may read it; None when any of it is not there."""
    key = version_key(edition, version)
    held = await ctx.documents(VERSIONS, VersionRecord).get(key)
    if held is None:
        return None
    projects = [await ctx.documents(PROJECTS, ProjectRecord).get(f"{key}.{each}") for each in held.body.projects]
    stated = held.body.model_dump(exclude={"projects"})
    found = tuple(each.body.project for each in projects if each is not None)
    return Tree(**stated, projects=found) if len(found) == len(projects) else None


async def pages_of(
    assessments: Documents[AssessmentRecord],
    edition: str,
    *,
    since: datetime | None,
    until: datetime,
    flawed: bool = False,
) -> AsyncIterator[list[AssessmentRecord]]:
    """The assessments of an edition that were recorded in a period, both ends included, page by page."""
    where: dict[str, Scalar | Between] = {"edition": edition}
    if flawed:
        where["flawed"] = True
    where["recorded"] = Between(least=stamp(since) if since else None, most=stamp(until))
    after = ""
    while True:
        page = await assessments.query(where, order_by="recorded", limit=PAGE, after=after)
        yield [each.body for each in page.items]
        if page.next is None:
            return
        after = page.next


async def points_where(ctx: Context, where: dict[str, Scalar | Between]) -> AsyncIterator[Document[PointRecord]]:
    """Every point of which something holds, by code."""
    after = ""
    while True:
        page = await ctx.documents(POINTS, PointRecord).query(where, order_by="code", limit=PAGE, after=after)
        for each in page.items:
            yield each
        if page.next is None:
            return
        after = page.next
