"""What the platform says of the storm's places and cases: looked at again and again, and told where it is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import Any

from ucs_core.cli.storm.counting import instant, lies_at
from ucs_core.cli.storm.doors import Doors
from ucs_core.cli.storm.telling import Telling
from ucs_core.demo.storms import Spot
from ucs_sdk.geo import Position

EYES = "dispatcher"
"""With whose eyes the story looks: those of one who sees the cases of all units."""

CASE_TYPE = "road_waterlogging"
PAGE = 200


class Seeing:
    """The state of the city as it was seen last. `since` is when the run began: what is older is not its own."""

    def __init__(self, doors: Doors, telling: Telling, spots: Iterable[Spot], since: datetime) -> None:
        self._doors = doors
        self._telling = telling
        self._spots = list(spots)
        self._since = since
        self._states: dict[str, str] = {}
        self._colours: dict[str, str] = {}
        self.cases: list[Mapping[str, Any]] = []
        self.points: dict[str, Mapping[str, Any]] = {}
        self.under_water: set[str] = set()
        """The points at which water stands, whether or not the platform has been told."""

    async def look(self) -> None:
        """Look once, and tell what is new. Cases of other places are passed over."""
        answers = self._pages("waterlogging.points", {}, "points")
        self.points = {each["code"]: each async for each in answers if self._spot(each) is not None}
        found = []
        async for case in self._pages("case_center.list", {"case_type": CASE_TYPE}, "cases"):
            if instant(case["reported_at"]) < self._since:
                # They come the newest first.
                break
            found.append(case)
        self.cases = [each for each in found if self._spot(each) is not None]
        for point in self.points.values():
            self._tell_point(point)
        for case in reversed(self.cases):
            self._tell_case(case)

    async def events(self) -> list[dict[str, Any]]:
        """Every event at the storm's places, those that go on and those that are over."""
        found = []
        for over in (False, True):
            async for each in self._pages("waterlogging.events", {"over": over}, "events"):
                if over and instant(each["over_at"]) < self._since:
                    # They come the last first.
                    break
                if self._spot(each) is not None:
                    found.append(each)
        return found

    async def details(self) -> list[dict[str, Any]]:
        """Every case of the run with all its steps."""
        await self.look()
        return [await self._doors.call(EYES, "case_center.get", {"case": each["case"]}) for each in self.cases]

    async def count(self) -> None:
        """Tell the platform's own counts."""
        proposed = await self._doors.call(EYES, "waterlogging.proposals", {"limit": 1})
        colours = Counter(each["colour"] for each in self.points.values())
        states = Counter(each["state"] for each in self.cases)
        lights = Counter(each["light"] for each in self.open_cases)
        self._telling.counts(colours, states, lights, (proposed["level"] or {}).get("level"))

    def is_wet(self, answer: Mapping[str, Any]) -> bool | None:
        """Whether water stands or is measured where something lies; None where nothing is measured."""
        spot = self._spot(answer)
        if spot is not None and spot.code in self.under_water:
            return True
        point = None if spot is None else self.points.get(spot.code)
        return None if point is None or point["colour"] == "unknown" else point["colour"] in ("yellow", "red")

    @property
    def open_cases(self) -> list[Mapping[str, Any]]:
        """The cases with which somebody has still something to do."""
        return [each for each in self.cases if each["state"] not in ("closed", "rejected", "voided")]

    def _tell_point(self, point: Mapping[str, Any]) -> None:
        spot, before = self._spot(point), self._colours.get(point["code"])
        self._colours[point["code"]] = point["colour"]
        dry_as_ever = before == "unknown" and point["colour"] == "blue"
        if spot is not None and before not in (None, point["colour"]) and not dry_as_ever:
            self._telling.place(spot, point["depth_cm"], point["colour"])

    def _tell_case(self, case: Mapping[str, Any]) -> None:
        spot = self._spot(case)
        if spot is not None and self._states.get(case["case"]) != case["state"]:
            self._states[case["case"]] = case["state"]
            self._telling.case(spot, case)

    def _spot(self, answer: Mapping[str, Any]) -> Spot | None:
        return next((each for each in self._spots if lies_at(answer, Position(each.longitude, each.latitude))), None)

    async def _pages(self, operation: str, asked: Mapping[str, Any], field: str) -> AsyncIterator[dict[str, Any]]:
        after = ""
        while True:
            page = await self._doors.call(EYES, operation, {**asked, "limit": PAGE, "after": after})
            for each in page[field]:
                yield each
            if not page["next"]:
                return
            after = page["next"]
