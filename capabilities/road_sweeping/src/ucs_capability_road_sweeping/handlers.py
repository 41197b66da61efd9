"""What the plugin hears of: what becomes of the cases that it asked for."""

from __future__ import annotations

from ucs_capability_road_sweeping import records
from ucs_capability_road_sweeping.capability import road_sweeping
from ucs_capability_road_sweeping.events import CASE_CHANGED, OWN_SOURCE, CaseChanged
from ucs_capability_road_sweeping.records import MissRecord
from ucs_sdk import Context, Event


@road_sweeping.on(CASE_CHANGED)
async def follow(ctx: Context, event: Event[CaseChanged]) -> None:
    """Remember where the case of a miss stands."""
    told = event.data
    if told.reporter != OWN_SOURCE or not told.source_id:
        return
    async with ctx.unit() as unit:
        misses = unit.documents(records.MISSES, MissRecord)
        held = await misses.get(told.source_id)
        if held is None or (held.body.miss.case, held.body.miss.case_state) == (told.case, told.state):
            return
        miss = held.body.miss.model_copy(update={"case": told.case, "case_state": told.state})
        misses.put(held.key, held.body.model_copy(update={"miss": miss}), organization=held.organization)
