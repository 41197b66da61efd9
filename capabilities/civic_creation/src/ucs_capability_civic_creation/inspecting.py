"""The operations of those who assess: files, visits, questionnaires, reviews, and taking back what was handed in."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib

from ucs_capability_civic_creation import handed_in, outputs, refusals
from ucs_capability_civic_creation.assessing import Result, found_at_site, lost, withdrawn
from ucs_capability_civic_creation.capability import civic
from ucs_capability_civic_creation.editions import Edition, assessor_of, edition_at
from ucs_capability_civic_creation.events import LOST, Lost
from ucs_capability_civic_creation.indicator_tree import CheckItem, thousandths
from ucs_capability_civic_creation.records import (
    ASSESSMENTS,
    FILES,
    POINTS,
    RECTIFICATIONS,
    TASKS,
    AssessmentRecord,
    FileRecord,
    PointRecord,
    RectificationRecord,
    TaskRecord,
    stamp,
)
from ucs_capability_civic_creation.taking import (
    assessment_id,
    evidence_of,
    file_key,
    handed_in_before,
    is_flawed,
    items_asked,
    keep,
    rectification_id,
    resting_on,
)
from ucs_capability_civic_creation.vocabulary import EvidenceKind
from ucs_sdk import Context, Unit
from ucs_sdk.geo import Position, distance

FIRST_BYTES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n", "application/pdf": b"%PDF-"}
"""How files begin, by what they are (JFIF, PNG and PDF specifications). Nothing else of them is read, and no picture unpacked."""


@civic.operation(title_zh="提交佐证文件", title_en="Hand in a file", effect="write")
async def attach(ctx: Context, asked: handed_in.FileStated) -> outputs.FileKept:
    """Keep a file, so that results may rest on it; the same file is kept once."""
    content = await asyncio.to_thread(_content, asked)
    blob = await ctx.blobs.put(content, media_type=asked.media_type)
    key = file_key(blob.digest, ctx.caller.organization or "")
    async with ctx.unit() as unit:
        files = unit.documents(FILES, FileRecord)
        if await files.get(key) is None:
            files.put(key, FileRecord(digest=blob.digest, media_type=blob.media_type, size=blob.size))
    return outputs.FileKept(digest=blob.digest, size=blob.size)


def _content(asked: handed_in.FileStated) -> bytes:
    try:
        content = base64.b64decode(asked.content, validate=True)
    except binascii.Error:
        raise refusals.file_not_that(asked.media_type) from None
    if not content.startswith(FIRST_BYTES[asked.media_type]):
        raise refusals.file_not_that(asked.media_type)
    return content


@civic.operation(title_zh="查看佐证文件", title_en="A file")
async def file(ctx: Context, asked: handed_in.FileAsked) -> outputs.FileShown:
    """Give a file of an assessment or of a rectification that the caller may see; what was withdrawn can be seen still."""
    held = await ctx.documents(ASSESSMENTS, AssessmentRecord).get(asked.assessment)
    known = {each.digest for result in held.body.results for each in result.evidence} if held else set()
    if asked.item:
        key = rectification_id(asked.assessment, asked.item)
        about = await ctx.documents(RECTIFICATIONS, RectificationRecord).get(key)
        known |= {*about.body.before, *about.body.after} if about else set()
    if asked.digest not in known:
        raise refusals.unknown("佐证文件", "file", asked.digest)
    content = await ctx.blobs.get(asked.digest)
    encoded = await asyncio.to_thread(base64.b64encode, content)
    return outputs.FileShown(digest=asked.digest, size=len(content), content=encoded.decode())


@civic.operation(title_zh="提交检查结果", title_en="Hand in a visit", effect="write")
async def visit(ctx: Context, asked: handed_in.VisitStated) -> outputs.Assessed:
    """Take what a visit to a point has found. What is wrong is deducted, and has to be rectified by the point's unit."""
    edition = await edition_at(ctx, asked.edition)
    async with ctx.unit() as unit:
        held = await unit.documents(POINTS, PointRecord).get(asked.point)
        if held is None or not held.body.active:
            raise refusals.unknown("启用的点位", "point in use", asked.point)
        point = held.body
        organization = assessor_of(ctx, edition.record, point.unit, point.code)
        _check_place(ctx, asked, point)
        codes = [each.item for each in asked.results]
        items = items_asked(edition.tree, codes, EvidenceKind.SITE, point.point_type)
        id, content = assessment_id(organization, asked.reference), _digest(asked)
        before = await handed_in_before(unit, id, content, asked.reference)
        if before is not None:
            return before
        await evidence_of(unit, organization, (digest for each in asked.results for digest in each.evidence))
        if asked.task:
            await _tick(unit, asked.task, organization, asked.edition, asked.point)
        results = tuple(_visited(item, each) for item, each in zip(items, asked.results, strict=True))
        record = _record(ctx, asked, edition, id, content, EvidenceKind.SITE, results).model_copy(
            update={"target": point.code, "unit": point.unit, "region": point.region}
        )
        return keep(unit, record, organization)


def _visited(item: CheckItem, found: handed_in.SiteResult) -> Result:
    if found.problems and not found.evidence:
        raise refusals.item_wrong(item.code, "有问题须附佐证文件", "a problem needs evidence")
    kept, out_of = found_at_site(item, found.problems)
    return Result(
        item=item.code,
        kept=kept,
        out_of=out_of,
        problems=found.problems,
        note=found.note,
        evidence=resting_on(found.evidence),
    )


def _check_place(ctx: Context, asked: handed_in.VisitStated, point: PointRecord) -> None:
    stood = asked.wgs84()
    if stood is not None:
        far, most = distance(stood, Position(point.longitude, point.latitude)), float(ctx.settings["visit_metres"])
        if far > most:
            raise refusals.too_far(point.code, far, most)


async def _tick(unit: Unit, code: str, organization: str, edition: str, point: str) -> None:
    tasks = unit.documents(TASKS, TaskRecord)
    held = await tasks.get(code)
    if held is None:
        raise refusals.unknown("任务", "task", code)
    task = held.body
    fits = task.open and task.inspector == organization and task.edition == edition and point in task.points
    if not fits:
        raise refusals.task_not_open(code, point)
    done = tuple(dict.fromkeys((*task.done, point)))
    tasks.put(code, task.model_copy(update={"done": done, "open": len(done) < len(task.points)}))


@civic.operation(title_zh="提交问卷结果", title_en="Hand in a questionnaire", effect="write")
async def survey(ctx: Context, asked: handed_in.SurveyStated) -> outputs.Assessed:
    """Take what a questionnaire in a division has come to: an item earns the share of those who are content."""
    least = int(ctx.settings["answers_least"])
    few = next((each.item for each in asked.results if each.answers < least), None)
    if few is not None:
        raise refusals.item_wrong(few, f"有效份数少于 {least}", f"it has fewer than {least} answers")
    results = tuple(Result(item=each.item, kept=each.positive, out_of=each.answers) for each in asked.results)
    return await _told(ctx, asked, EvidenceKind.QUESTIONNAIRE, results, asked.region, "")


@civic.operation(title_zh="提交材料审核结果", title_en="Hand in a review", effect="write")
async def review(ctx: Context, asked: handed_in.ReviewStated) -> outputs.Assessed:
    """Take what the documents of a division, or of a unit in it, have earned."""
    edition = await edition_at(ctx, asked.edition)
    items = items_asked(edition.tree, [each.item for each in asked.results], EvidenceKind.DOCUMENTS)
    results: list[Result] = []
    for item, each in zip(items, asked.results, strict=True):
        kept, out_of = thousandths(each.points), thousandths(item.points)
        if kept > out_of:
            raise refusals.item_wrong(item.code, f"得分超过分值 {item.points:g}", f"it is worth {item.points:g} points")
        evidence = resting_on(each.evidence)
        results.append(Result(item=item.code, kept=kept, out_of=out_of, note=each.note, evidence=evidence))
    return await _told(ctx, asked, EvidenceKind.DOCUMENTS, tuple(results), asked.region, asked.unit)


async def _told(
    ctx: Context,
    asked: handed_in.SurveyStated | handed_in.ReviewStated,
    kind: EvidenceKind,
    results: tuple[Result, ...],
    region: str,
    responsible: str,
) -> outputs.Assessed:
    edition = await edition_at(ctx, asked.edition)
    items_asked(edition.tree, [each.item for each in results], kind)
    organization = assessor_of(ctx, edition.record, responsible, responsible)
    id, content = assessment_id(organization, asked.reference), _digest(asked)
    async with ctx.unit() as unit:
        before = await handed_in_before(unit, id, content, asked.reference)
        if before is not None:
            return before
        await evidence_of(unit, organization, (each.digest for result in results for each in result.evidence))
        record = _record(ctx, asked, edition, id, content, kind, results).model_copy(
            update={
                "target": f"{region}.{responsible}" if responsible else region,
                "unit": responsible,
                "region": region,
            }
        )
        return keep(unit, record, organization)


def _digest(asked: handed_in.VisitStated | handed_in.SurveyStated | handed_in.ReviewStated) -> str:
    return hashlib.sha256(asked.model_dump_json().encode()).hexdigest()


def _record(
    ctx: Context,
    asked: handed_in.VisitStated | handed_in.SurveyStated | handed_in.ReviewStated,
    edition: Edition,
    id: str,
    content: str,
    kind: EvidenceKind,
    results: tuple[Result, ...],
) -> AssessmentRecord:
    now = ctx.clock.now()
    return AssessmentRecord(
        id=id,
        edition=asked.edition,
        version=edition.version,
        kind=kind,
        target="",
        region="",
        recorded_at=now,
        recorded=stamp(now),
        by=ctx.caller.principal,
        results=results,
        flawed=is_flawed(results),
        content=content,
    )


@civic.operation(title_zh="查看测评记录", title_en="An assessment")
async def assessment(ctx: Context, asked: handed_in.AssessmentAsked) -> outputs.AssessmentShown:
    """Tell an assessment with all that has become of it."""
    held = await ctx.documents(ASSESSMENTS, AssessmentRecord).get(asked.assessment)
    if held is None:
        raise refusals.unknown("测评记录", "assessment", asked.assessment)
    return outputs.assessment_shown(held.body)


@civic.operation(title_zh="撤回佐证", title_en="Withdraw evidence", effect="write")
async def withdraw(ctx: Context, asked: handed_in.Withdrawal) -> outputs.Withdrawn:
    """Let evidence, or a whole assessment, count no more from now on. What was told of earlier dates stays as it was."""
    now = ctx.clock.now()
    async with ctx.unit() as unit:
        held = await unit.documents(ASSESSMENTS, AssessmentRecord).get(asked.assessment)
        if held is None:
            raise refusals.unknown("测评记录", "assessment", asked.assessment)
        known = {each.digest for result in held.body.results for each in result.evidence}
        foreign = next((each for each in asked.digests if each not in known), None)
        if foreign is not None:
            raise refusals.unknown("该测评的佐证", "evidence of this assessment", foreign)
        after = withdrawn(held.body, asked.digests, now, asked.reason)
        gone = lost(held.body, after, now)
        if after != held.body:
            unit.documents(ASSESSMENTS, AssessmentRecord).put(asked.assessment, after)
        for each in gone:
            if each.problems:
                told = Lost(assessment=held.body.id, item=each.item, reason=asked.reason)
                unit.emit(LOST, told, subject=held.body.target)
    return outputs.Withdrawn(withdrawn_at=now, lost=tuple(each.item for each in gone))
