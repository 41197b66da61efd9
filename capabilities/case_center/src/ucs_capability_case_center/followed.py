"""What becomes of a case is told to those who have reported it by call, in the words for the public.

They need not see the case: what they are told is kept with their own report, which is theirs.
"""

from __future__ import annotations

from datetime import datetime

from ucs_capability_case_center.inputs import Report
from ucs_capability_case_center.open311 import status
from ucs_capability_case_center.records import CASES, INTAKE, UPDATES_MOST, CaseRecord, IntakeRecord, Update, stamp
from ucs_sdk import Context


def first(report: Report, number: str, record: CaseRecord, at: datetime) -> IntakeRecord:
    """A report by call, with what the public is told when it is taken in."""
    place = None
    if report.longitude is not None and report.latitude is not None:
        place = report.longitude, report.latitude
    noted = IntakeRecord(
        case=number,
        requested_at=stamp(at),
        case_type=record.case_type,
        words=(report.title, report.description),
        place=place,
    )
    return _brought_up_to(noted, record, at)


async def tell_reporters(ctx: Context, number: str) -> None:
    """Bring what reporters are told up to the case as it stands."""
    async with ctx.unit() as unit:
        held = await unit.documents(CASES, CaseRecord).get(number)
        if held is None:
            return
        intake = unit.documents(INTAKE, IntakeRecord)
        for receipt in held.body.told.followers:
            noted = await intake.get(receipt)
            # The same thing may have been reported again since, and be another case.
            if noted is None or noted.body.case != number:
                continue
            after = _brought_up_to(noted.body, held.body, held.body.steps[-1].at)
            if after != noted.body:
                intake.put(receipt, after)


def _brought_up_to(noted: IntakeRecord, record: CaseRecord, at: datetime) -> IntakeRecord:
    """A report with one update more, where the public is told something that it has not been told."""
    said = status(record.state, suspended=record.progress.suspended)
    last = noted.updates[-1] if noted.updates else None
    if last is not None and (last.status, last.detail) == said:
        return noted
    updates = (*noted.updates, Update(at=at, status=said.open311, detail=said.extended))[-UPDATES_MOST:]
    changes = {"case_type": record.case_type, "status": said.open311, "updated_at": stamp(at), "updates": updates}
    return noted.model_copy(update=changes)
