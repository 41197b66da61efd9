"""What the case centre keeps: which collections, how they are asked, and under which keys things are found.

What is asked for stands at the top of a record, everything else one level deeper. Times at the top are texts of one length, so
that their order is that of the moments.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ucs_capability_case_center.clocks import Clock, Limit
from ucs_capability_case_center.dispatching import DispatchRule, Reason
from ucs_capability_case_center.vocabulary import CaseState, Role, Severity, Source, TimeLight, Verb
from ucs_sdk.calendar import CHINA_STANDARD_TIME

CASES, INTAKE, CELLS, DEVICES = "cases", "intake", "cells", "devices"
UNITS, RULES, ROSTER = "units", "rules", "roster"

NEVER = "9999-12-31T23:59:59.999999Z"
"""When the clocks of a case change nothing any more: behind every moment."""

STEPS_MOST = 200
"""How many steps a case keeps. From `SIDE_STEPS_MOST` on it takes only those that lead on, and there are fewer of them."""

SIDE_STEPS_MOST = 150

EVIDENCE_MOST = 20
"""How many pieces of evidence a case keeps before, and again after it was handled; later ones are not kept."""

FOLLOWERS_MOST = 20
"""How many of those who reported a case by call go on hearing of it, the first ones."""

UPDATES_MOST = 50
"""How many updates the public is told of one report, the latest."""

CELL_MOST = 32
"""How many cases a cell remembers, the newest. Merging may miss what is older, and closed cases make room by themselves."""

AREAS = (6, 9)
"""How many digits the codes of those areas have of which cases are told: districts and streets."""

LISTED_BY = (
    "reported_at",
    ("state", "reported_at"),
    ("case_type", "reported_at"),
    ("source", "reported_at"),
    ("unit", "reported_at"),
    ("region[6]", "reported_at"),
    ("region[9]", "reported_at"),
    ("open", "reported_at"),
    ("open", "light", "reported_at"),
    ("unit", "state", "reported_at"),
    ("unit", "open", "light", "reported_at"),
    ("region[6]", "state", "reported_at"),
    ("region[6]", "open", "light", "reported_at"),
    ("open", "red_at"),
    ("unit", "open", "red_at"),
    "next_at",
)
"""How cases are listed: the newest first, those that are open by when their light turns red, and by what is due next.

Each costs an entry for every case; what an officer narrows further is too little to need a list of its own.
"""

COUNTED_BY = (
    "standing",
    ("case_type", "standing"),
    ("source", "standing"),
    ("unit", "standing"),
    ("region[6]", "standing"),
    ("region[9]", "standing"),
    ("unit", "day", "standing"),
    ("unit", "day", "outcome"),
    ("unit", "day", "first_unit"),
    ("unit", "day", "reworked"),
)
"""How cases are counted. `standing` is state and light in one, so that one question tells of both in one state of the store."""

FOLLOWED_BY = (
    "requested_at",
    ("status", "requested_at"),
    ("case_type", "requested_at"),
    ("status", "case_type", "requested_at"),
    "updated_at",
)
"""How reports by call are listed for those who made them."""

RULES_MOST = 500
"""How many dispatch rules there are for one case type."""


Outcome = Literal["", "on_time", "late", "unknown", "no_limit"]
"""How a unit was with its limit when it reported a case handled; nothing before that."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(_Kept):
    """What was reported, the gravest of all reports and the evidence of all of them."""

    title: str
    description: str = ""
    longitude: float | None = None
    latitude: float | None = None
    severity: Severity = Severity.GENERAL
    evidence: tuple[str, ...] = ()
    device: str = ""
    reporter: str = ""
    source_id: str = ""
    followers: tuple[str, ...] = ()
    reports: int = 1
    last_at: AwareDatetime


class Step(_Kept):
    """One thing that was done."""

    at: AwareDatetime
    verb: Verb | Literal["report", "escalate"]
    role: Role | None
    actor: str
    source: CaseState | None
    target: CaseState
    note: str = ""


class Asked(_Kept):
    """A request that waits for a decision."""

    verb: Verb
    by: str
    at: AwareDatetime
    note: str
    extension: Limit | None = None


class Supervision(_Kept):
    """A nudge that wants a reply (督办)."""

    at: AwareDatetime
    by: str
    note: str
    reply: str = ""


class Progress(_Kept):
    """What has become of a case so far."""

    filing: str = ""
    suspended: bool = False
    verified: bool = False
    disposed: bool = False
    checked: bool = False
    evidence_after: tuple[str, ...] = ()
    dispatched_to: tuple[str, ...] = ()
    returned: int = 0
    escalated: int = 0
    asked: Asked | None = None
    supervisions: tuple[Supervision, ...] = ()


class Desk(_Kept):
    """Why the case was dispatched as it was, or why a person has to see to it."""

    reason: Reason
    rules: tuple[str, ...] = ()


class CaseRecord(_Kept):
    """A case. What stands first can be asked for.

    `next_at` is when its clocks change something next, `red_at` when its light turns or turned red. `day` is the day in China
    on which it was reported, and `standing` its state and its light in one.
    """

    case_type: str
    state: CaseState
    open: bool
    region: str
    unit: str
    light: TimeLight
    source: Source
    reported_at: str
    next_at: str
    red_at: str = NEVER
    day: str = ""
    standing: str = ""
    outcome: Outcome = ""
    reworked: bool = False
    first_unit: Literal["", "right", "wrong"] = ""

    told: Told
    progress: Progress = Progress()
    unit_clock: Clock | None = None
    step_clock: Clock | None = None
    desk: Desk | None = None
    steps: tuple[Step, ...] = ()


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ToldLine(_Line):
    """Of what was reported, what stands in a list."""

    title: str
    longitude: float | None = None
    latitude: float | None = None
    severity: Severity = Severity.GENERAL
    reports: int = 1


class ProgressLine(_Line):
    """Of what has become of a case, what stands in a list."""

    suspended: bool = False


class CaseLine(_Line):
    """A case as far as lists and counts look at it: its steps and clocks are not read."""

    case_type: str
    state: CaseState
    open: bool
    region: str
    unit: str
    light: TimeLight
    source: Source
    reported_at: str
    next_at: str
    red_at: str = NEVER
    day: str = ""
    standing: str = ""
    outcome: Outcome = ""
    reworked: bool = False
    first_unit: str = ""

    told: ToldLine
    progress: ProgressLine = ProgressLine()


class Update(_Kept):
    """What the public is told about a case at a moment."""

    at: AwareDatetime
    status: str
    detail: str


class IntakeRecord(_Kept):
    """Which case somebody's own thing has become, such as an event of another plugin. It belongs to who reported it.

    What stands below `case` is there for reports by call: it is what the public is told, whoever owns the case by then.
    """

    case: str
    requested_at: str | None = None
    updated_at: str | None = None
    case_type: str | None = None
    status: str | None = None
    words: tuple[str, ...] = ()
    place: tuple[float, float] | None = None
    updates: tuple[Update, ...] = ()


class CellEntry(_Kept):
    """A case that lies in a cell."""

    case: str
    longitude: float
    latitude: float


class CellRecord(_Kept):
    """The cases of one type that lie in a cell, the newest last."""

    cases: tuple[CellEntry, ...] = ()


class DeviceRecord(_Kept):
    """How many cases a device has opened in an hour, and how many of its reports were only counted."""

    device: str
    hour: str
    opened: int = 0
    withheld: int = 0


class UnitRecord(_Kept):
    """A unit that cases can be dispatched to (专业部门). Its key is the organisation's id, and it belongs to it."""

    title_zh: str
    title_en: str


class RulesRecord(_Kept):
    """The dispatch rules for one case type, or for all."""

    rules: tuple[DispatchRule, ...] = ()


class RosterRecord(_Kept):
    """The roles that a person has at the case centre."""

    roles: tuple[Role, ...] = Field(max_length=len(Role))


def stamp(moment: datetime) -> str:
    """A moment as a text whose order is that of moments."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day_of(moment: datetime) -> str:
    """The day in China in which a moment lies."""
    return f"{moment.astimezone(CHINA_STANDARD_TIME):%Y-%m-%d}"


def standing_of(state: CaseState, light: TimeLight) -> str:
    """State and light in one word."""
    return f"{state.value}/{light.value}"


def intake_key(reporter: str, source_id: str) -> str:
    """The key under which somebody's own thing is found: short, whatever they call it."""
    return hashlib.sha256(f"{reporter}\n{source_id}".encode()).hexdigest()[:40]


def case_number(event_source: str, event_id: str, at: datetime) -> str:
    """The number of the case that an event opens: the same one whenever the event is told again.

    The day in China and sixty bits of a digest. Of 20,000 cases of a day two have the same number once in five thousand
    million days; the second would be refused and not mistaken for the first.
    """
    digest = hashlib.sha256(f"{event_source}\n{event_id}".encode()).digest()
    return f"{at.astimezone(CHINA_STANDARD_TIME):%Y%m%d}-{b32encode(digest)[:12].decode()}"


def cell_key(case_type: str, radius: float, cell: str) -> str:
    """The key of a cell; with another radius the cells are others."""
    return f"{case_type}/{radius:g}/{cell}"


def rules_key(case_type: str) -> str:
    """The key of the rules for a type."""
    return "any" if case_type == "*" else case_type
