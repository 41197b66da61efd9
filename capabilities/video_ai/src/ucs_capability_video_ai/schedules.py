"""What the plugin does again and again: incidents that nobody has seen for long are over."""

from __future__ import annotations

from ucs_capability_video_ai import records
from ucs_capability_video_ai.capability import video_ai
from ucs_capability_video_ai.incidents import IncidentState, after_time
from ucs_capability_video_ai.records import IncidentRecord
from ucs_capability_video_ai.settings import rules_of
from ucs_capability_video_ai.telling import tell
from ucs_sdk import Conflict, Context

TOGETHER = 50
"""How many incidents are ended in one unit."""


@video_ai.every(seconds=60)
async def sweep(ctx: Context) -> None:
    """End the incidents that nobody has seen for long."""
    rules, now = rules_of(ctx.settings), ctx.clock.now()
    page = await ctx.documents(records.INCIDENTS, IncidentRecord).query(
        {"state": IncidentState.OPEN.value}, order_by="seen_at", limit=TOGETHER
    )
    try:
        async with ctx.unit() as unit:
            for each in page.items:
                held = await records.staged_incidents(unit).get(each.key)
                if held is None:
                    continue
                after = after_time(held.body, now, rules)
                if after != held.body:
                    ended = held.body.model_copy(update={"state": after.state})
                    records.staged_incidents(unit).put(each.key, ended)
                    tell(unit, ended)
    except Conflict:
        # Somebody saw one of them meanwhile, which is newer than the time alone; the next run looks again.
        ctx.log.info("sweep_overtaken", incidents=len(page.items))
