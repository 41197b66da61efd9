"""What maps and boards show: the places with their colours, and how many of them have water."""

from __future__ import annotations

from ucs_capability_waterlogging import records
from ucs_capability_waterlogging.capability import waterlogging
from ucs_capability_waterlogging.colours import Colour
from ucs_capability_waterlogging.places import Place
from ucs_sdk import Context
from ucs_sdk.shown import Feature, Features, Figure

SOURCE = "ucs-capability-waterlogging"

FEATURES_MOST = 5_000
"""How many places the map shows; of more, those with the first codes."""


@waterlogging.layer(title_zh="积水地图", title_en="Map of waterlogging")
async def places(ctx: Context) -> Features:
    """Every place that the caller may see, with its colour."""
    features: list[Feature] = []
    async for each in records.every_place(records.places_of(ctx), {}):
        if len(features) == FEATURES_MOST:
            break
        features.append(feature_of(each.body))
    synthetic = any(each.properties["synthetic"] for each in features)
    return Features(source=SOURCE, time=ctx.clock.now(), synthetic=synthetic, features=tuple(features))


def feature_of(place: Place) -> Feature:
    """A place as a feature of GeoJSON, longitude first."""
    event = place.event
    return Feature(
        id=place.code,
        geometry={"type": "Point", "coordinates": [place.longitude, place.latitude]},
        properties={
            "name": place.name,
            "region": place.region,
            "colour": place.colour.value,
            "colour_zh": place.colour.title_zh,
            "depth_cm": place.depth_cm,
            "closure": place.closure.value,
            "event": None if event is None else event.id,
            "event_state": None if event is None else event.state.value,
            "registered": place.registered,
            "synthetic": place.synthetic,
        },
    )


@waterlogging.indicator(title_zh="红色积水点位", title_en="Red places", unit="处 places")
async def red_places(ctx: Context) -> Figure:
    """How many places are red."""
    count = await records.places_of(ctx).count({"colour": Colour.RED.value})
    return Figure(value=count, source=SOURCE, time=ctx.clock.now())


@waterlogging.indicator(title_zh="进行中的积水事件", title_en="Events that go on", unit="起 events")
async def events_going_on(ctx: Context) -> Figure:
    """How many events go on."""
    count = await records.places_of(ctx).count({"goes_on": True})
    return Figure(value=count, source=SOURCE, time=ctx.clock.now())
