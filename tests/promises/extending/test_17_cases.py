"""Promise 17: a case never skips, forks or vanishes, whoever acts on it at the same time on whichever node.

Two dispatchers on two nodes of one database act on the same cases at once. What was taken is in the case, one step behind the
other, each a row of the table that is written down here apart from the program; what was refused has changed nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from case_city import UNITS, a_report, kept, staffed, the_case_centre, told, verbs_of
from plugin_city import PluginCity, nodes

from ucs_sdk import UcsError
from ucs_sdk.plugins import FoundPlugin

WAYS = {
    "reported": {"verifying", "accepted", "rejected", "voided", "closed"},
    "verifying": {"accepted", "reported", "voided"},
    "accepted": {"filed", "rejected", "voided"},
    "filed": {"dispatched", "voided"},
    "dispatched": {"disposing", "filed", "voided"},
    "disposing": {"checking", "filed", "voided"},
    "checking": {"disposing", "dispatched", "closed"},
}
"""Where a case can go."""

LOOP = ["accept", "file", "dispatch", "begin", "dispose", "check", "rework", "dispose", "check", "close"]
BESIDE = [
    "send_to_verify",
    "supervise",
    "reply",
    "ask_return",
    "ask_extension",
    "grant",
    "deny",
    "redispatch",
    "dispatch",
]

CASES, ROUNDS = 3, 14

TAKEN_BY = {"CASE_NOT_THERE", "RECORDS_CONTENDED", "CASE_NOT_SUPERVISED", "REQUEST_PENDING", "NOTHING_ASKED"} | {
    "ROLE_MISSING",
    "OWN_REQUEST",
    "CONDITIONS_UNMET",
}
"""Why somebody is refused where the other was first, or the case does not stand so."""


async def acted(city: PluginCity, who: str, case: str, verb: str, unit: str) -> bool:
    """Act on a case; whether it was taken."""
    more: dict[str, Any] = {"unit": unit} if "dispatch" in verb else {}
    if verb == "ask_extension":
        more["extension"] = {"amount": 1, "unit": "hour"}
    try:
        await city.invoke(who, "case_center.act", case=case, verb=verb, note="说明", **more)
    except UcsError as error:
        if error.reason not in TAKEN_BY:
            raise
        return False
    return True


async def tried(cities: list[PluginCity], findings: Any, found: FoundPlugin) -> list[str]:
    """Everything that is wrong after two dispatchers have acted at once for a while."""
    chance = findings.random(found.name)
    here, there = cities
    await staffed(here, found)
    there.installed[found.name] = found
    await there.platform.extensions.start()
    await told(here.store, [a_report(here, str(matter), matter, source="citizen") for matter in range(CASES)])
    await here.platform.extensions.settle()
    numbers = sorted(await kept(here.store))
    taken: Counter[str] = Counter(dict.fromkeys(numbers, 1))
    for at in range(ROUNDS * findings.effort):
        for number in numbers:
            verbs = [LOOP[at % len(LOOP)], chance.choice([LOOP[at % len(LOOP)], *BESIDE])]
            units = chance.sample(UNITS, 2)
            both = await asyncio.gather(
                *(
                    acted(city, who, number, verb, unit)
                    for city, who, verb, unit in zip(cities, ("wang", "li"), verbs, units, strict=True)
                )
            )
            taken[number] += sum(both)
            findings.tried += 2
            findings.faults += sum(both) < 2
    return await wrong(here, taken)


async def wrong(city: PluginCity, taken: Counter[str]) -> list[str]:
    """What of the cases is not as it was promised."""
    cases, problems = await kept(city.store), []
    async with city.store.read() as reader:
        changes = await reader.events(types=["city.case_center.changed.v1"], after=0, first=10_000)
    for number, count in taken.items():
        if number not in cases:
            problems.append(f"{number} has vanished")
            continue
        body: Any = cases[number].body
        if len(body["steps"]) != count:
            problems.append(f"{number}: {len(body['steps'])} steps are kept of {count} that were taken")
        stood = None
        for step in body["steps"]:
            if step["source"] != stood:
                problems.append(f"{number}: {step['verb']} from {step['source']} where it stood {stood}")
            if stood is not None and step["target"] != stood and step["target"] not in WAYS[stood]:
                problems.append(f"{number}: {step['verb']} led from {stood} to {step['target']}")
            stood = step["target"]
        said = [verb for event in changes if event.subject == number for verb in event.data["steps"]]
        if stood != body["state"] or said != verbs_of(cases[number]):
            problems.append(f"{number} stands at {body['state']} and was said to have gone through {said}")
        if cases[number].organization != (body["unit"] or "3702"):
            problems.append(f"{number} belongs to {cases[number].organization} and is with {body['unit'] or 'nobody'}")
    return problems


async def test_two_dispatchers_at_once(url: str, tmp_path: Path, findings: Any) -> None:
    async with nodes(url, tmp_path, 2, fresh=False) as cities:
        findings.expect_none(await tried(cities, findings, the_case_centre(tmp_path)))
    assert findings.faults


TWINS = {
    "anywhere": ("transitions", "here = [row for row in rows if at.state in row.sources]", "here = rows"),
    "remembering": (
        "desk",
        "held = await unit.documents(CASES, CaseRecord).get(asked.case)",
        "held = center.__dict__.setdefault(asked.case, await unit.documents(CASES, CaseRecord).get(asked.case))",
    ),
}


@pytest.mark.parametrize("twin", TWINS)
async def test_what_does_not_keep_it_is_found(tmp_path: Path, findings: Any, twin: str) -> None:
    async with nodes(None, tmp_path, 2, fresh=False) as cities:
        findings.expect_caught(twin, await tried(cities, findings, the_case_centre(tmp_path, *TWINS[twin])))
