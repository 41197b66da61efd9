"""What the plugin does again and again: units are reminded of what they have not rectified in time."""

from __future__ import annotations

from ucs_capability_civic_creation.capability import civic
from ucs_capability_civic_creation.records import RECTIFICATIONS, RectificationRecord, stamp
from ucs_capability_civic_creation.vocabulary import RectificationState
from ucs_sdk import Between, Conflict, Context
from ucs_sdk.context import Scalar

REMINDED_MOST = 200
"""How many rectifications are looked at in a run; the next run goes on with those due longest."""


@civic.every(seconds=600)
async def remind(ctx: Context) -> None:
    """Mark what was not rectified in time, and tell its unit once."""
    where: dict[str, Scalar | Between] = {
        "state": RectificationState.OPEN.value,
        "overdue": False,
        "due": Between(most=stamp(ctx.clock.now())),
    }
    due = await ctx.documents(RECTIFICATIONS, RectificationRecord).query(where, order_by="due", limit=REMINDED_MOST)
    for each in due.items:
        try:
            await _remind(ctx, each.key)
        except Conflict:
            # Somebody acts on it right now; the next run looks again.
            continue


async def _remind(ctx: Context, id: str) -> None:
    async with ctx.unit() as unit:
        rectifications = unit.documents(RECTIFICATIONS, RectificationRecord)
        held = await rectifications.get(id)
        late = held is not None and held.body.state is RectificationState.OPEN and held.body.due_at <= ctx.clock.now()
        if held is None or not late or held.body.overdue:
            return
        record = held.body
        rectifications.put(id, record.model_copy(update={"overdue": True}))
        unit.notify(
            record.unit,
            title=f"整改超期 Overdue: {record.name}",
            text=f"{record.title}，整改期限 due {record.due_at:%Y-%m-%d}",
            subject=id,
        )
