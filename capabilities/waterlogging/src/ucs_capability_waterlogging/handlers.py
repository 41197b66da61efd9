"""What the plugin does on hearing of water, and of what became of a case. It acts as itself, and sees all of its places."""

from __future__ import annotations

from ucs_capability_waterlogging import records
from ucs_capability_waterlogging.capability import waterlogging
from ucs_capability_waterlogging.events import CASE_CHANGED, HEARD, OWN_SOURCE, CaseChanged, WaterHeard
from ucs_capability_waterlogging.fusion import Evidence
from ucs_capability_waterlogging.operations import cell_of
from ucs_capability_waterlogging.places import Place, after_case, after_report, band_of
from ucs_capability_waterlogging.rules import rules_of
from ucs_capability_waterlogging.telling import Telling
from ucs_sdk import Context, Event
from ucs_sdk.geo import Position

FINAL = frozenset({"closed", "rejected", "voided"})
"""The states in which a case has ended."""


@waterlogging.on(HEARD)
async def hear(ctx: Context, event: Event[WaterHeard]) -> None:
    """Put what was said to the nearest place, or to a new one where none is near."""
    said, now, rules = event.data, ctx.clock.now(), rules_of(ctx.settings)
    at = Position(said.longitude, said.latitude)
    async with ctx.unit() as unit:
        places = records.staged_places(unit)
        held = await records.nearest_place(places, at, ctx.settings["near_metres"])
        if held is None:
            # Another report may just have made the same place: its key says so, whatever was found.
            held = await places.get(cell_of(at))
        place = held.body if held is not None else _reported(said)
        evidence = Evidence(source=said.source, device=said.device, at=said.at, weight=said.weight, files=said.evidence)
        step = after_report(place, evidence, now, rules)
        owner = "" if held is not None else ctx.owner
        Telling(ctx=ctx, unit=unit, now=now).take(place, [step], organization=owner, text=said.text)


def _reported(said: WaterHeard) -> Place:
    """A place that is in no register."""
    code = cell_of(Position(said.longitude, said.latitude))
    return Place(
        code=code,
        name=f"{said.longitude:.4f}, {said.latitude:.4f}",
        longitude=said.longitude,
        latitude=said.latitude,
        band=band_of(said.latitude),
        region=said.region,
        registered=False,
    )


@waterlogging.on(CASE_CHANGED)
async def follow(ctx: Context, event: Event[CaseChanged]) -> None:
    """Remember where the case of an event stands; a case that has ended ends an event whose water nobody measures."""
    told, now = event.data, ctx.clock.now()
    code, _, number = told.source_id.rpartition(".")
    mine = told.reporter == OWN_SOURCE and told.case_type == ctx.settings["case_type"]
    if not mine or not code or not number.isdigit():
        return
    async with ctx.unit() as unit:
        held = await records.staged_places(unit).get(code)
        if held is None:
            return
        closed = told.state in FINAL
        step = after_case(held.body, told.source_id, told.case, told.state, closed, now, rules_of(ctx.settings))
        Telling(ctx=ctx, unit=unit, now=now).take(held.body, [step])
