"""The operations around what cameras detect: to tell of it, to list it, and to decide upon it."""

from __future__ import annotations

from ucs_capability_civic_creation import handed_in, outputs, refusals
from ucs_capability_civic_creation.capability import civic
from ucs_capability_civic_creation.editions import assessor_of, edition_at
from ucs_capability_civic_creation.events import DECIDED, DETECTED, Decided, Detected
from ucs_capability_civic_creation.records import CANDIDATES, POINTS, CandidateRecord, PointRecord
from ucs_capability_civic_creation.register import cell_of
from ucs_capability_civic_creation.vocabulary import CandidateState
from ucs_sdk import Context
from ucs_sdk.geo import Crs, convert, position


@civic.operation(title_zh="上报识别结果", title_en="Tell of a detection", effect="write")
async def detect(ctx: Context, asked: handed_in.DetectionStated) -> outputs.Accepted:
    """Take what a camera has detected; it is put to the nearest point where it is evidence of a problem, if there is one."""
    at = convert(position(asked.longitude, asked.latitude), asked.crs, Crs.WGS84)
    about = cell_of(at)
    taken = asked.confidence >= ctx.settings["confidence_least"]
    if taken:
        stated = asked.model_dump(exclude={"crs"}) | at._asdict()
        async with ctx.unit() as unit:
            unit.emit(DETECTED, Detected(**stated), subject=about)
    return outputs.Accepted(about=about, taken=taken)


@civic.operation(title_zh="识别线索", title_en="Candidates")
async def candidates(ctx: Context, asked: handed_in.CandidatesAsked) -> outputs.CandidatesShown:
    """List what cameras have found and people have to decide upon, or have, the last seen first."""
    page = await ctx.documents(CANDIDATES, CandidateRecord).query(
        {"state": asked.state.value}, order_by="seen", descending=True, limit=asked.limit, after=asked.after
    )
    shown = tuple(outputs.candidate_shown(each.body) for each in page.items)
    return outputs.CandidatesShown(candidates=shown, next=page.next)


@civic.operation(title_zh="确认线索", title_en="Decide upon a candidate", effect="write")
async def decide(ctx: Context, asked: handed_in.Decision) -> outputs.Accepted:
    """Say whether what cameras have found is true. What is confirmed is deducted and has to be rectified."""
    key = candidate_key(asked.point, asked.item)
    held = await ctx.documents(CANDIDATES, CandidateRecord).get(key)
    point = await ctx.documents(POINTS, PointRecord).get(asked.point)
    if held is None or point is None:
        raise refusals.unknown("线索", "candidate", key)
    edition = await edition_at(ctx, held.body.edition)
    organization = assessor_of(ctx, edition.record, point.body.unit, asked.point)
    if held.body.state is not CandidateState.WAITING or held.body.number != asked.number:
        raise refusals.candidate_moved(asked.point, asked.item)
    decided = Decided(**asked.model_dump(), by=ctx.caller.principal, organization=organization)
    async with ctx.unit() as unit:
        unit.emit(DECIDED, decided, subject=asked.point)
    return outputs.Accepted(about=key, taken=True)


def candidate_key(point: str, item: str) -> str:
    """Under which key the candidate of an item at a point is kept."""
    return f"{point}.{item}"
