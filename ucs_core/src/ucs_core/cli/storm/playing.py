"""Playing a storm: what sensors and citizens say goes to the platform, and people see to the cases that it makes of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ucs_core.cli.storm.counting import Detected
from ucs_core.cli.storm.doors import Doors
from ucs_core.cli.storm.people import People
from ucs_core.cli.storm.script import Beat, Reading, Sighting
from ucs_core.cli.storm.seeing import Seeing
from ucs_core.cli.storm.telling import Telling
from ucs_core.demo.storms import Spot
from ucs_registry.settling import ended
from ucs_sdk.errors import DeadlineExceeded
from ucs_sdk.geo import Position

GATEWAY, HOTLINE = "sensor-gateway", "app"

LOOK_SECONDS = 0.2
"""How often the city is looked at."""

END_SECONDS = 90.0
"""How long the last cases of a storm may take to be closed, beside the story's minutes. Where another node has to take over
from one that was killed, 30 s pass before events are delivered again."""

COUNT_MINUTES = 10
"""Every how many minutes of the story the counts are told."""

TWICE = 2
"""How often everything is said: half of what arrives are duplicates, as from a gateway that delivers at least once."""


WET_CM = 1.0
"""From which depth on a reading tells of water."""


class Player:
    """One run of the story. `run` is unique to it: its request ids and its citizens begin with it."""

    def __init__(self, doors: Doors, seeing: Seeing, people: People, telling: Telling, run: str, speed: float) -> None:
        self._doors = doors
        self._seeing = seeing
        self._people = people
        self._telling = telling
        self._run = run
        self._second = 60.0 / speed
        self._begun = 0.0
        self._wet: set[str] = set()
        self._sent = 0
        self._unsaid: Counter[str] = Counter()
        """How many readings of water at each point are still to be sent."""
        self._depths: dict[str, float] = {}
        """What was read last at each point of what has been sent, in centimetres."""
        self.detected: list[Detected] = []

    async def play(self, beats: Sequence[Beat]) -> None:
        """Play these minutes; a storm begins when the cases of the one before are closed and its events over."""
        self._begun = time.monotonic()
        serving = asyncio.create_task(self._serve())
        try:
            for storm in dict.fromkeys(each.storm.id for each in beats):
                await self._storm([each for each in beats if each.storm.id == storm], serving)
                await self._calm(serving)
        finally:
            await ended(serving)

    @property
    def minute(self) -> float:
        """How many minutes of the story have passed, waiting included."""
        return (time.monotonic() - self._begun) / self._second

    async def _storm(self, beats: Sequence[Beat], serving: asyncio.Task[None]) -> None:
        self._telling.storm(beats[0].storm)
        self._wet.clear()
        readings: asyncio.Queue[tuple[datetime, Sequence[Reading]]] = asyncio.Queue()
        sightings: asyncio.Queue[tuple[datetime, Sighting]] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            sending = [
                group.create_task(self._send_readings(readings)),
                group.create_task(self._send_sightings(sightings)),
            ]
            due = time.monotonic()
            for beat in beats:
                self._telling.clock = beat.clock
                for fact in beat.facts:
                    self._telling.fact(fact.zh, fact.en)
                now = datetime.now(UTC)
                self._note(beat, now)
                self._unsaid.update(_wet(beat.readings))
                readings.put_nowait((now, beat.readings))
                for each in beat.sightings:
                    sightings.put_nowait((now, each))
                if beat.minute % COUNT_MINUTES == 0 and beat.minute:
                    await self._seeing.count()
                due += self._second
                await self._until(due, serving)
            await readings.join()
            await sightings.join()
            for task in sending:
                task.cancel()

    def _note(self, beat: Beat, now: datetime) -> None:
        """Note what water is told of for the first time in its storm."""
        told = [each.spot for each in beat.readings if each.depth >= WET_CM] + [each.spot for each in beat.sightings]
        for spot in told:
            if spot.code not in self._wet:
                self._wet.add(spot.code)
                self.detected.append(Detected(spot.code, Position(spot.longitude, spot.latitude), now))

    async def _send_readings(self, queue: asyncio.Queue[tuple[datetime, Sequence[Reading]]]) -> None:
        while True:
            at, readings = await queue.get()
            said = [
                {"point": each.spot.code, "device": each.spot.sensor, "value": each.depth, "at": at.isoformat()}
                for each in readings
            ]
            await self._twice(GATEWAY, "waterlogging.observe", {"observations": said})
            self._depths.update((each.spot.code, each.depth) for each in readings)
            self._unsaid.subtract(_wet(readings))
            queue.task_done()

    async def _send_sightings(self, queue: asyncio.Queue[tuple[datetime, Sighting]]) -> None:
        while True:
            at, sighting = await queue.get()
            await self._twice(HOTLINE, "waterlogging.report", self._words(sighting, at))
            queue.task_done()

    def _words(self, sighting: Sighting, at: datetime) -> dict[str, Any]:
        spot: Spot = sighting.spot
        return {
            "reporter": f"{self._run}-{sighting.number}",
            "text": "路面积水（演示，合成）。Water on the road (demo, synthetic).",
            "region": spot.region,
            "longitude": spot.longitude,
            "latitude": spot.latitude,
            "crs": "wgs84",
            "at": at.isoformat(),
        }

    async def _twice(self, persona: str, operation: str, asked: dict[str, Any]) -> None:
        self._sent += 1
        number = self._sent
        for turn in range(TWICE):
            await self._doors.call(persona, operation, asked, f"{self._run}-{number}-{turn}")

    async def _serve(self) -> None:
        """Look at the city, and have people do what is to be done, for as long as the story goes on."""
        while True:
            begun = time.monotonic()
            # Before the look: what is said after it, the look cannot show. Crews see the water that they stand in.
            wet = {code for code, depth in self._depths.items() if depth >= WET_CM} | set(+self._unsaid)
            await self._seeing.look()
            self._seeing.under_water = wet
            for case in self._seeing.open_cases:
                await self._people.see_to(case, self.minute)
            await asyncio.sleep(max(0.0, min(LOOK_SECONDS, self._second) - (time.monotonic() - begun)))

    async def _calm(self, serving: asyncio.Task[None]) -> None:
        """Wait until the storm's cases are closed and its events over. Raises DeadlineExceeded when they never are."""
        until = time.monotonic() + END_SECONDS + 15 * self._second
        while time.monotonic() < until:
            going_on = [each for each in await self._seeing.events() if each["state"] != "over"]
            if not going_on and not self._seeing.open_cases:
                return
            await self._until(time.monotonic() + LOOK_SECONDS, serving)
        places = sorted({each["name"] for each in going_on})
        raise DeadlineExceeded("STORM_GOES_ON", places=places[:5], count=len(going_on))

    async def _until(self, due: float, serving: asyncio.Task[None]) -> None:
        """Wait for a moment; what went wrong with the people ends the story."""
        await asyncio.wait({serving}, timeout=max(0.0, due - time.monotonic()))
        if serving.done():
            serving.result()


def _wet(readings: Sequence[Reading]) -> Iterator[str]:
    return (each.spot.code for each in readings if each.depth >= WET_CM)
