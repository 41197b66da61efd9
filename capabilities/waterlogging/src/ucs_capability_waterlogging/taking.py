"""Takes observations into the places that they are about, whichever way they came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ucs_capability_waterlogging import records
from ucs_capability_waterlogging.inputs import Observable, Observation
from ucs_capability_waterlogging.places import Place, Rules, Step, after_rain, after_reading
from ucs_capability_waterlogging.rates import Allowances
from ucs_capability_waterlogging.sensors import Measured, Outcome, depth_of
from ucs_capability_waterlogging.telling import Telling
from ucs_sdk import Context, Unit

_devices = Allowances()


async def take(
    ctx: Context, unit: Unit, observations: Sequence[Observation], rules: Rules, *, owner: str | None
) -> list[Outcome]:
    """Take observations for points of one owner, or of anybody (None); what became of each, in their order."""
    now = ctx.clock.now()
    outcomes = [Outcome.UNKNOWN] * len(observations)
    telling, by_point = Telling(ctx=ctx, unit=unit, now=now), _by_point(ctx, observations, outcomes, now)
    places = await records.staged_places(unit).get_many(by_point)
    for point, indexes in by_point.items():
        held = places.get(point)
        if held is None or owner not in (None, held.organization):
            continue
        place, steps = held.body, []
        for index in indexes:
            outcomes[index], step = _observed(place, observations[index], now, rules)
            place = step.place
            steps.append(step)
        # However much a point's devices said, one record is written for it, or none.
        telling.take(held.body, steps)
    return outcomes


def _by_point(
    ctx: Context, observations: Sequence[Observation], outcomes: list[Outcome], now: datetime
) -> dict[str, list[int]]:
    """Which observations are about which point, in order of time; those beyond their device's allowance are in none."""
    found: dict[str, list[int]] = {}
    each_minute = ctx.settings["device_per_minute"]
    for index in sorted(range(len(observations)), key=lambda index: (observations[index].at, index)):
        device = f"{ctx.caller.organization}/{observations[index].point}/{observations[index].device}"
        # Three minutes' worth at once: when the operation is run again, up to twice, its devices are counted again.
        if _devices.take(device, now, readings=3 * each_minute, seconds=180.0):
            found.setdefault(observations[index].point, []).append(index)
        else:
            outcomes[index] = Outcome.THROTTLED
    return found


def _observed(place: Place, said: Observation, now: datetime, rules: Rules) -> tuple[Outcome, Step]:
    if said.observed is Observable.RAIN:
        return after_rain(place, said.device, said.value, said.at, now, rules)
    reference = next((each.reference_cm for each in place.sensors if each.device == said.device), None)
    depth = depth_of(Measured(said.observed.value), said.value, reference)
    if depth is None:
        return Outcome.UNKNOWN, Step(place=place)
    return after_reading(place, said.device, depth, said.at, now, rules)
