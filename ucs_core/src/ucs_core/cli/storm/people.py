"""Those who see to the cases: the case centre's desk and the crews of two units, each by their own token.

They look at what the platform lists, and do the next thing when it is time. Times are minutes of the story.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ucs_core.cli.storm.doors import Doors
from ucs_core.demo.personas import DEPARTMENT, DRAINAGE
from ucs_sdk.errors import Conflict, FailedPrecondition

CREWS = {DRAINAGE: "drainage-crew", DEPARTMENT: "water-crew"}
SHINAN = "370202"

LOOK_MINUTES = 8.0
"""How long a crew works at a place where no sensor says that the water is gone."""


class Duty(NamedTuple):
    """The next thing that is done to a case: by whom, and after how many minutes."""

    persona: str
    verb: str
    after: float
    note: str = ""


_AT_THE_DESK = {
    "reported": Duty("receptionist", "accept", 0.0),
    "accepted": Duty("shift-leader", "file", 0.0),
    "filed": Duty("dispatcher", "dispatch", 0.0),
}

_CHECKED = (
    Duty("receptionist", "send_to_check", 1.0),
    Duty("supervisor", "check", 1.0),
    Duty("shift-leader", "close", 1.0),
)


class People:
    """What each of them has done, and since when each case stands where it stands."""

    def __init__(self, doors: Doors, run: str, is_wet: Callable[[Mapping[str, Any]], bool | None]) -> None:
        self._doors = doors
        self._run = run
        self._is_wet = is_wet
        self._since: dict[tuple[str, str], float] = {}
        self._checked: dict[str, int] = {}

    async def see_to(self, case: Mapping[str, Any], minute: float) -> bool:
        """Do the next thing to a case if it is time; whether something was done."""
        duty = self._duty(case)
        if duty is None:
            return False
        since = self._since.setdefault((case["case"], duty.verb), minute)
        if minute - since < duty.after or (duty.verb == "dispose" and self._water_stands(case, minute - since)):
            return False
        asked = {"case": case["case"], "verb": duty.verb, "note": duty.note}
        if duty.verb == "dispatch":
            asked["unit"] = DEPARTMENT if case["region"].startswith(SHINAN) else DRAINAGE
        try:
            await self._doors.call(duty.persona, "case_center.act", asked, f"{self._run}-{case['case']}-{duty.verb}")
        except (Conflict, FailedPrecondition):
            # Somebody else was quicker: what stands in the next list counts.
            return False
        if case["state"] == "checking":
            self._checked[case["case"]] = self._checked.get(case["case"], 0) + 1
        return True

    def _duty(self, case: Mapping[str, Any]) -> Duty | None:
        state = case["state"]
        if state == "checking":
            return _CHECKED[min(self._checked.get(case["case"], 0), len(_CHECKED) - 1)]
        crew = CREWS.get(case["unit"])
        if crew is not None and state == "dispatched":
            return Duty(crew, "begin", 2.0)
        if crew is not None and state == "disposing":
            return Duty(crew, "dispose", 2.0, "已抽排，路面无积水（演示）。Pumped out, the road is dry (demo).")
        return _AT_THE_DESK.get(state)

    def _water_stands(self, case: Mapping[str, Any], minutes: float) -> bool:
        wet = self._is_wet(case)
        return minutes < LOOK_MINUTES if wet is None else wet
