"""What is kept, and which fields are asked for: the one place that names collections.

A record has at its top what it is asked by, and everything else one level deeper; `declare` says in which ways. A route is what
a window found of its segments when it opened; its key is the digest of its content, so it never changes.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from ucs_capability_road_sweeping.matching import Matched
from ucs_capability_road_sweeping.plans import Plan
from ucs_capability_road_sweeping.scores import Tally
from ucs_capability_road_sweeping.segments import Record, Segment
from ucs_capability_road_sweeping.shifts import Work
from ucs_capability_road_sweeping.tracks import Trail
from ucs_capability_road_sweeping.verdicts import Verdict
from ucs_sdk import Capability, ShareType

SEGMENTS, PLANS, VEHICLES = "segments", "plans", "vehicles"
ROUTES, WINDOWS, MISSES, TALLIES = "routes", "windows", "misses", "tallies"

PLANS_MOST = 10
"""How many plans name one vehicle, at the most."""

CORNERS_MOST = 4_000
"""How many corners the segments of a plan have together, so that a route stays within one record."""

NEVER = 4e9
"""A moment that does not come, in seconds since 1970: in the year 2096."""


class SegmentRecord(Record):
    """A segment in the register. `district` is the first six digits of its division."""

    district: str
    segment: Segment


class PlanRecord(Record):
    """A plan, and when its next window opens, in seconds since 1970."""

    next_at: float
    plan: Plan


class RouteRecord(Record):
    """Segments as they were when a window opened."""

    segments: tuple[Segment, ...]


class VehicleKept(Record):
    """What is known of a vehicle. `places` are where it is on the route of each open window."""

    code: str
    name: str
    plans: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    trail: Trail = Trail()
    places: dict[str, Matched] = Field(default_factory=dict)


class VehicleRecord(Record):
    """A vehicle. `due` is when it has to have been heard of again, while it is on duty; `NEVER` when it is not."""

    on_duty: bool
    due: float
    vehicle: VehicleKept


class WindowKept(Record):
    """What is kept of a window beside what is asked for."""

    name: str
    start: AwareDatetime
    end: AwareDatetime
    passes: int
    vehicles: tuple[str, ...]
    route: str
    work: Work
    verdicts: tuple[Verdict, ...] = ()
    tally: Tally | None = None


class WindowRecord(Record):
    """One day's window of a plan. `due` is when it is judged, in seconds since 1970."""

    state: Literal["open", "judged"]
    due: float
    plan: str
    day: str
    window: WindowKept


class MissKept(Record):
    """What is kept of a miss beside what is asked for. Of a whole plan, `segment` is empty and `segments` says how many."""

    window: str
    plan: str
    segment: str
    name: str
    segments: int
    verdict: Verdict
    planned: float
    swept: float
    longitude: float
    latitude: float
    region: str
    at: AwareDatetime
    case: str = ""
    case_state: str = ""


class MissRecord(Record):
    """A segment that was not swept as planned, or a whole plan of which nothing was. Its key is the report's `source_id`."""

    district: str
    day: str
    miss: MissKept


class TallyRecord(Record):
    """The sums of one district, one day and one organisation."""

    district: str
    day: str
    tally: Tally


def declare(capability: Capability) -> None:
    """Say what the collections are. What is swept is for everybody; where a vehicle is, for those who run it."""
    free, ours = ShareType.UNCONDITIONAL, ShareType.NONE
    for name, model, zh, en, share_type, ways in (
        (SEGMENTS, SegmentRecord, "保洁路段", "Road segments", free, ("district",)),
        (PLANS, PlanRecord, "保洁计划", "Plans", free, ("next_at",)),
        # Some thousands at the most, and `due` changes with each batch: nothing declared, and found by every field.
        (VEHICLES, VehicleRecord, "保洁车辆", "Vehicles", ours, ()),
        (ROUTES, RouteRecord, "作业路线", "Routes", free, ()),
        (WINDOWS, WindowRecord, "作业时段", "Windows", free, (("state", "due"), ("plan", "day"), "day")),
        (MISSES, MissRecord, "漏扫路段", "What was missed", free, ("day", ("district", "day"))),
        (TALLIES, TallyRecord, "保洁统计", "Sums by district and day", free, ("day",)),
    ):
        capability.collection(name, model, title_zh=zh, title_en=en, share_type=share_type, listed_by=ways)


def window_key(plan: str, day: date) -> str:
    """The key of a plan's window on a day."""
    return f"{plan}.{day.isoformat()}"


def tally_key(district: str, day: str, organization: str) -> str:
    """The key of the sums of a district, a day and an organisation."""
    return f"{district}.{day}.{hashlib.sha256(organization.encode()).hexdigest()[:16]}"


def route_key(route: RouteRecord, organization: str) -> str:
    """The key of a route: the digest of what it says and of whose it is."""
    return hashlib.sha256(f"{organization}/{route.model_dump_json()}".encode()).hexdigest()[:40]


def district_of(region: str) -> str:
    """The district that a division lies in."""
    return region[:6]
