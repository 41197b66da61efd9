"""What is kept, and how it is asked for: the one place that names collections, and the ways in which they are listed.

A place is read by key with each reading and written with most, so its ways name fields that seldom change: `band` and
`alive_in` are coarse, and what is found by them is then looked at exactly.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from math import cos, radians

from pydantic import AwareDatetime

from ucs_capability_waterlogging.colours import Colour
from ucs_capability_waterlogging.places import Place, Record, WaterEvent, alive_in, band_of
from ucs_capability_waterlogging.responses import Proposed, ResponseLevel, Situation
from ucs_sdk import Between, Capability, Context, Document, Documents, Page, ShareType, StagedDocuments, Unit
from ucs_sdk.geo import EARTH_RADIUS, Position, distance

PLACES, EVENTS, LEVELS = "places", "events", "levels"

CITY = "city"
"""The key of the record about the city as a whole."""

PAGE = 200
"""How many records are read at a time where all are walked through."""

DIVISIONS = (2, 4, 6, 9, 12)
"""How long the codes of divisions are: province, city, county, township, village."""


class EventRecord(Record):
    """An event that is over, with what is asked for at the top."""

    event: WaterEvent
    region: str
    name: str
    longitude: float
    latitude: float
    over_at: float
    """Seconds since 1970: what is put in order is a number, for times of several zones are not in order as texts."""


class LevelRecord(Record):
    """Which level of response is proposed for the city."""

    level: ResponseLevel | None
    since: AwareDatetime
    held_at: AwareDatetime
    red: int
    wet: int
    depth: float
    rain: float
    source: str

    def proposed(self) -> Proposed:
        """As the rules have it."""
        return Proposed(level=self.level, since=self.since, held_at=self.held_at)


def declare(capability: Capability) -> None:
    """Say what the collections are. Where water stands is for everybody; who reported it is in none of them."""
    capability.collection(
        PLACES,
        Place,
        title_zh="积水点位",
        title_en="Places and their water",
        share_type=ShareType.UNCONDITIONAL,
        listed_by=(
            "region",
            ("colour", "region"),
            ("goes_on", "region"),
            ("band", "longitude"),
            "alive_in",
            "rain_mm",
        ),
        counted_by=("colour", "goes_on", ("colour", "registered")),
    )
    capability.collection(
        EVENTS,
        EventRecord,
        title_zh="积水事件",
        title_en="Events that are over",
        share_type=ShareType.UNCONDITIONAL,
        listed_by=("over_at", *((f"region[{length}]", "over_at") for length in DIVISIONS)),
    )
    capability.collection(
        LEVELS,
        LevelRecord,
        title_zh="响应等级建议",
        title_en="Proposed levels of response",
        share_type=ShareType.UNCONDITIONAL,
    )


def places_of(ctx: Context) -> Documents[Place]:
    """The places, to read."""
    return ctx.documents(PLACES, Place)


def staged_places(unit: Unit) -> StagedDocuments[Place]:
    """The places, to write."""
    return unit.documents(PLACES, Place)


def keep_event(unit: Unit, place: Place, event: WaterEvent, organization: str) -> None:
    """Keep an event that is over."""
    record = EventRecord(
        event=event,
        region=place.region,
        name=place.name,
        longitude=place.longitude,
        latitude=place.latitude,
        over_at=(event.over_at or event.changed_at).timestamp(),
    )
    unit.documents(EVENTS, EventRecord).put(event.id, record, organization=organization)


async def ended_events(ctx: Context, region: str, limit: int, after: str) -> Page[EventRecord]:
    """Events that are over, the last first."""
    where = {f"region[{len(region)}]": region} if region else {}
    return await ctx.documents(EVENTS, EventRecord).query(
        where, order_by="over_at", descending=True, limit=limit, after=after
    )


async def listed_places(
    ctx: Context, *, region: str, colour: Colour | None, goes_on: bool, limit: int, after: str
) -> Page[Place]:
    """Places by division, and by code within one."""
    where: dict[str, str | bool | Between] = {}
    if region:
        # Codes are digits only, so that the character behind 9 ends the range of all that begin in one way.
        where["region"] = Between(least=region, most=f"{region}:")
    if colour is not None:
        where["colour"] = colour.value
    if goes_on:
        where["goes_on"] = True
    return await places_of(ctx).query(where, order_by="region", limit=limit, after=after)


async def every_place(
    places: Documents[Place], where: Mapping[str, str | bool | int | Between], order_by: str = ""
) -> AsyncIterator[Document[Place]]:
    """Every place of which something holds, page by page."""
    after = ""
    while True:
        page = await places.query(where, order_by=order_by, limit=PAGE, after=after)
        for each in page.items:
            yield each
        if page.next is None:
            return
        after = page.next


async def places_to_sweep(ctx: Context, silent_since: datetime) -> list[str]:
    """The codes of the places that the time may change: where an event goes on, or a sensor may have gone silent."""
    places = places_of(ctx)
    found = {each.key async for each in every_place(places, {"goes_on": True}, "region")}
    silent = Between(most=alive_in(silent_since.timestamp()))
    found |= {each.key async for each in every_place(places, {"alive_in": silent}, "alive_in")}
    return sorted(found)


async def nearest_place(places: Documents[Place], at: Position, metres: float) -> Document[Place] | None:
    """The nearest place within so many metres, a registered point before any other; None when there is none."""
    north = metres / EARTH_RADIUS * 57.29577951308232
    east = north / max(0.01, cos(radians(at.latitude)))
    beside = Between(least=at.longitude - east, most=at.longitude + east)
    near: list[tuple[bool, float, str, Document[Place]]] = []
    for band in range(band_of(at.latitude - north), band_of(at.latitude + north) + 1):
        async for each in every_place(places, {"band": band, "longitude": beside}, "longitude"):
            off = distance(at, Position(each.body.longitude, each.body.latitude))
            if off <= metres:
                near.append((not each.body.registered, off, each.key, each))
    return min(near, key=lambda each: each[:3])[3] if near else None


async def situation_of(ctx: Context) -> Situation:
    """How the city stands, as far as the caller sees it."""
    places = places_of(ctx)
    coloured = await places.counts("colour")
    red, yellow = (coloured.get(each.value, 0) for each in (Colour.RED, Colour.YELLOW))
    wettest = await places.query({"rain_mm": Between(least=0.0)}, order_by="rain_mm", descending=True, limit=1)
    # No list is kept of what changes with nearly every reading; where water stands an event goes on.
    depth = max(
        [each.body.depth_cm or 0.0 async for each in every_place(places, {"goes_on": True}, "region")], default=0.0
    )
    rain = max((each.body.rain_mm for each in wettest.items), default=0.0)
    return Situation(red=red, wet=red + yellow, depth=depth, rain=rain)


def levels_of_city(ctx: Context) -> Documents[LevelRecord]:
    """The proposed level, to read."""
    return ctx.documents(LEVELS, LevelRecord)


def staged_levels(unit: Unit) -> StagedDocuments[LevelRecord]:
    """The proposed level, to write."""
    return unit.documents(LEVELS, LevelRecord)
