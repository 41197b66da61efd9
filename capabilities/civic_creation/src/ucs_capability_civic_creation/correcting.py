"""The operations of rectification: what is to be done, that it was done, and a second look by somebody else."""

from __future__ import annotations

from ucs_capability_civic_creation import handed_in, outputs, refusals
from ucs_capability_civic_creation.capability import civic
from ucs_capability_civic_creation.editions import assessor_of, edition_at
from ucs_capability_civic_creation.events import LOOKED, Looked
from ucs_capability_civic_creation.records import RECTIFICATIONS, RectificationRecord
from ucs_capability_civic_creation.rectifying import after, check_second_look
from ucs_capability_civic_creation.taking import evidence_of
from ucs_capability_civic_creation.telling import tell
from ucs_capability_civic_creation.vocabulary import RectificationVerb
from ucs_sdk import Context
from ucs_sdk.context import Documents


@civic.operation(title_zh="整改列表", title_en="Rectifications")
async def rectifications(ctx: Context, asked: handed_in.RectificationsAsked) -> outputs.RectificationsShown:
    """List the rectifications that the caller may see, those due first."""
    where: dict[str, str] = {"state": asked.state.value} if asked.state else {}
    if asked.unit:
        where["unit"] = asked.unit
    held = ctx.documents(RECTIFICATIONS, RectificationRecord)
    page = await held.query(where, order_by="due", limit=asked.limit, after=asked.after)
    shown = tuple(outputs.rectification_shown(each.body) for each in page.items)
    return outputs.RectificationsShown(rectifications=shown, total=await held.count(where), next=page.next)


@civic.operation(title_zh="查看整改", title_en="A rectification")
async def rectification(ctx: Context, asked: handed_in.RectificationAsked) -> outputs.RectificationShown:
    """Tell one rectification, with what it looked like before and after."""
    return outputs.rectification_shown(
        await _held(ctx.documents(RECTIFICATIONS, RectificationRecord), asked.rectification)
    )


@civic.operation(title_zh="整改反馈", title_en="Report it rectified", effect="write")
async def rectify(ctx: Context, asked: handed_in.Rectified) -> outputs.RectificationShown:
    """Say that a problem was rectified, and show how it looks now. It is for those who may edit what the unit has."""
    async with ctx.unit() as unit:
        rectifications = unit.documents(RECTIFICATIONS, RectificationRecord)
        held = await _held(rectifications, asked.rectification)
        state = after(held.state, RectificationVerb.RECTIFY)
        await evidence_of(unit, ctx.caller.organization or "", asked.evidence)
        record = held.model_copy(
            update={
                "state": state,
                "after": tuple(dict.fromkeys(asked.evidence)),
                "answer": asked.note,
                "rectified_by": ctx.caller.principal,
            }
        )
        rectifications.put(record.id, record)
        tell(unit, record, ctx.clock.now())
    return outputs.rectification_shown(record)


@civic.operation(title_zh="复查", title_en="Look a second time", effect="write")
async def recheck(ctx: Context, asked: handed_in.SecondLook) -> outputs.Accepted:
    """Say what a second look has shown: it is closed, or has to be rectified again. Nobody looks at their own work."""
    async with ctx.unit() as unit:
        held = await _held(ctx.documents(RECTIFICATIONS, RectificationRecord), asked.rectification)
        edition = await edition_at(ctx, held.edition)
        organization = assessor_of(ctx, edition.record, held.unit, held.id)
        after(held.state, RectificationVerb.PASS if asked.passed else RectificationVerb.FAIL)
        check_second_look(
            passed=asked.passed,
            shows_after=bool(held.after or asked.evidence),
            note=asked.note,
            by=ctx.caller.principal,
            rectified_by=held.rectified_by,
        )
        await evidence_of(unit, organization, asked.evidence)
        looked = Looked(
            rectification=held.id, round=held.round, passed=asked.passed, note=asked.note, evidence=asked.evidence
        )
        unit.emit(LOOKED, looked, subject=held.point)
    return outputs.Accepted(about=held.id, taken=True)


async def _held(rectifications: Documents[RectificationRecord], id: str) -> RectificationRecord:
    held = await rectifications.get(id)
    if held is None:
        raise refusals.unknown("整改问题", "rectification", id)
    return held.body
