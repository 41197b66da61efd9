"""Video AI: cameras, capture plans, an algorithm store, and one incident for what several pictures show."""

from ucs_capability_video_ai import handlers, importing, operations, schedules, shown, worker
from ucs_capability_video_ai.capability import video_ai
from ucs_capability_video_ai.settings import check_settings
from ucs_sdk import Capability, Context, Health, hookimpl

__all__ = ["handlers", "importing", "operations", "schedules", "shown"]


@hookimpl
def ucs_capabilities() -> list[Capability]:
    """What this plugin contributes."""
    return [video_ai]


@hookimpl
def ucs_started(ctx: Context) -> None:
    """Refuse to begin with settings that make no sense."""
    check_settings(ctx.settings)


@hookimpl
async def ucs_health(ctx: Context) -> Health:
    """Whether the streams that this node should look at can be looked at, and whether its readers still answer."""
    troubled = worker.trouble()
    if troubled is not None:
        return troubled
    return Health(ok=True)


@hookimpl
async def ucs_run(ctx: Context) -> None:
    """Look at the streams that plans ask for."""
    await worker.run(ctx)
