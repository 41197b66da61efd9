"""The desk: reporting by call, looking at cases, and doing one verb of the transition table to one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from ucs_capability_case_center import asking, cases, configured, followed, intake, outputs, refusals
from ucs_capability_case_center.center import center
from ucs_capability_case_center.inputs import (
    REPORT,
    ActAsked,
    CasesAsked,
    PageAsked,
    ReceiptAsked,
    Report,
    ReportAsked,
    WhichCase,
)
from ucs_capability_case_center.merging import cell_of
from ucs_capability_case_center.records import (
    CASES,
    INTAKE,
    ROSTER,
    UNITS,
    CaseLine,
    CaseRecord,
    IntakeRecord,
    RosterRecord,
    UnitRecord,
    intake_key,
)
from ucs_capability_case_center.transitions import verbs_open_to
from ucs_capability_case_center.vocabulary import CaseState, Role, TimeLight
from ucs_sdk import Context, Documents, Event
from ucs_sdk.geo import Crs, Position, convert


@center.on(REPORT)
async def take_in_reports(ctx: Context, event: Event[Report]) -> None:
    """Make a report a case, or add it to the open case that it is about; dispatch it where rules decide."""
    await intake.take_in(ctx, event)


@center.on(outputs.CHANGED)
async def tell_reporters(ctx: Context, event: Event[outputs.Changed]) -> None:
    """Tell those who have reported a case by call what has become of it, whoever owns the case by now."""
    if event.data.followed:
        await followed.tell_reporters(ctx, event.data.case)


@center.operation(title_zh="上报", title_en="Report", effect="write")
async def report(ctx: Context, asked: ReportAsked) -> outputs.Receipt:
    """Report that something has to be seen to. The answer is a receipt; the case is there a moment later."""
    types = configured.catalogue(ctx)
    type = types.get(asked.case_type)
    # Whoever calls has a room of names of their own: nobody reports under another's number.
    own = f"{ctx.caller.principal}:{asked.source_id}"[:200]
    stated = asked.model_dump(exclude={"crs"}) | {"source_id": own}
    place = None
    if asked.longitude is not None and asked.latitude is not None and asked.crs is not None:
        place = convert(Position(asked.longitude, asked.latitude), asked.crs, Crs.WGS84)
        stated |= {"longitude": place.longitude, "latitude": place.latitude}
    subject = cell_of(place, types.merging_of(type).radius) if place else uuid4().hex
    async with ctx.unit() as unit:
        unit.emit(REPORT, Report(**stated), subject=f"{type.code}/{subject}")
    return outputs.Receipt(receipt=intake_key(intake.BY_CALL, own))


@center.operation(title_zh="办理", title_en="Act on a case", effect="write")
async def act(ctx: Context, asked: ActAsked) -> outputs.CaseDetail:
    """Do one verb of the transition table to a case."""
    async with ctx.unit() as unit:
        held = await unit.documents(CASES, CaseRecord).get(asked.case)
        if held is None:
            raise refusals.case_unknown(asked.case)
        roles = await roles_of(ctx, unit.documents(ROSTER, RosterRecord), held.body)
        if asked.unit and await unit.documents(UNITS, UnitRecord).get(asked.unit) is None:
            raise refusals.unit_unknown(asked.unit)
        scene = _scene(ctx, asked.case, roles)
        wanted = cases.Act(
            verb=asked.verb,
            note=asked.note,
            unit=asked.unit,
            filing=asked.filing,
            extension=asked.extension,
            evidence=asked.evidence,
            case_type=asked.case_type or "",
            region=asked.region,
            place=None
            if asked.longitude is None or asked.latitude is None
            else Position(asked.longitude, asked.latitude),
        )
        after = cases.acted(held.body, wanted, scene)
        owner = after.unit or ctx.owner
        unit.documents(CASES, CaseRecord).put(asked.case, after, organization=owner)
        intake.tell(ctx, unit, asked.case, held.body, after)
    return _detail(after, scene)


@center.operation(title_zh="查看案件", title_en="Get a case")
async def get(ctx: Context, asked: WhichCase) -> outputs.CaseDetail:
    """Show a case with all that was done, and what the caller may do now."""
    number = asked.case or await _number_of(ctx, asked.receipt or "")
    held = await ctx.documents(CASES, CaseRecord).get(number)
    if held is None:
        raise refusals.case_unknown(number)
    roles = await roles_of(ctx, ctx.documents(ROSTER, RosterRecord), held.body)
    return _detail(held.body, _scene(ctx, number, roles))


@center.operation(title_zh="关注进展", title_en="Follow a report")
async def follow(ctx: Context, asked: ReceiptAsked) -> outputs.Followed:
    """Say what has become of the caller's own report, whoever sees to it by now."""
    held = await ctx.documents(INTAKE, IntakeRecord).get(asked.receipt)
    if held is None or held.body.status is None:
        raise refusals.receipt_unknown(asked.receipt)
    told = tuple(outputs.PublicUpdate(**each.model_dump()) for each in held.body.updates)
    return outputs.Followed(
        receipt=asked.receipt,
        case=held.body.case,
        case_type=held.body.case_type or "",
        status=held.body.status,
        updates=told,
    )


@center.operation(title_zh="案件列表", title_en="List cases")
async def list(ctx: Context, asked: PageAsked) -> outputs.Cases:
    """List the cases that the caller may see, the latest first."""
    wanted = asking.listing(asked)
    if wanted is None:
        return outputs.Cases(cases=(), next=None)
    page = await ctx.documents(CASES, CaseLine).query(
        wanted.where, order_by=wanted.order_by, descending=wanted.descending, limit=asked.limit, after=asked.after
    )
    return outputs.Cases(cases=tuple(outputs.summary(each.key, each.body) for each in page.items), next=page.next)


@center.operation(title_zh="案件计数", title_en="Count cases")
async def counts(ctx: Context, asked: CasesAsked) -> outputs.Counts:
    """Count the cases that the caller may see, by state and by light."""
    as_of = await asking.read_up_to(ctx)
    found = await asking.counted(ctx, asked)
    by: Counter[CaseState] = Counter()
    for (state, _), count in found.items():
        by[state] += count
    states = [outputs.StateCount(state=state, count=by[state]) for state in CaseState if asked.state in (None, state)]
    return outputs.Counts(total=by.total(), states=tuple(states), lights=_lights(found, as_of))


@center.operation(title_zh="红黄绿灯", title_en="Count the lights")
async def lights(ctx: Context, asked: CasesAsked) -> outputs.Lights:
    """Count how many open cases that the caller may see show which light."""
    as_of = await asking.read_up_to(ctx)
    return _lights(await asking.counted(ctx, asked), as_of)


async def roles_of(ctx: Context, roster: Documents[RosterRecord], record: CaseRecord) -> frozenset[Role]:
    """In which roles the caller may act on a case: those of the centre's roster, and that of the unit that has it."""
    entry = await roster.get(ctx.caller.principal)
    # Others may keep records here, too, and only the centre says who works for it.
    held = set(entry.body.roles) if entry is not None and entry.organization == ctx.owner else set()
    if record.unit and ctx.caller.organization == record.unit:
        held.add(Role.PROFESSIONAL_UNIT)
    return frozenset(held)


def _lights(found: Mapping[tuple[CaseState, TimeLight], int], as_of: datetime) -> outputs.Lights:
    by: Counter[TimeLight] = Counter()
    for (state, light), count in found.items():
        if not state.is_final:
            by[light] += count
    return outputs.Lights(green=by[TimeLight.GREEN], yellow=by[TimeLight.YELLOW], red=by[TimeLight.RED], as_of=as_of)


async def _number_of(ctx: Context, receipt: str) -> str:
    held = await ctx.documents(INTAKE, IntakeRecord).get(receipt)
    if held is None:
        raise refusals.receipt_unknown(receipt)
    return held.body.case


def _scene(ctx: Context, case: str, roles: frozenset[Role]) -> cases.Scene:
    return cases.Scene(
        case=case,
        at=ctx.clock.now(),
        actor=ctx.caller.principal,
        roles=roles,
        types=configured.catalogue(ctx),
        calendar=configured.calendar(ctx),
    )


def _detail(record: CaseRecord, scene: cases.Scene) -> outputs.CaseDetail:
    verbs = verbs_open_to(cases.standing(record), actor=scene.actor, roles=scene.roles)
    return outputs.detail(scene.case, record, verbs, scene.calendar)
