"""Promise 7, for the case centre: no list, count, light, score, Open311 request or error tells of a case that a get denies.

Cases and reports of owners drawn by chance, with policies drawn by chance: for everybody, what the case centre's own operations
answer is compared with a plain look at what the decision on each owner allows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from case_city import OWNER, UNITS, the_case_centre
from plugin_city import PEOPLE, TREE, PluginCity, nodes

from ucs_capability_case_center.records import (
    CaseRecord,
    IntakeRecord,
    Told,
    Update,
    day_of,
    intake_key,
    stamp,
    standing_of,
)
from ucs_capability_case_center.vocabulary import CaseState, Source, TimeLight
from ucs_core.access import Action, PolicyRow
from ucs_core.invoke.context import Grounds, PluginClock, PluginContext, record_type
from ucs_core.invoke.ports import Sharing
from ucs_core.platform.extending.eyes import CallerEyes, PluginEyes
from ucs_core.platform.sight import see
from ucs_registry.documents import NewDocument
from ucs_registry.testing import an_entry
from ucs_sdk import Caller, Locale, UcsError

WORLDS, CASES, REPORTS = 2, 24, 12

Body = dict[str, Any]


def a_case(chance: Any, city: PluginCity) -> Body:
    """A case of any kind."""
    state, at = chance.choice([*CaseState]), city.clock() - timedelta(hours=chance.randrange(72))
    light = TimeLight.GREEN if state.is_final else chance.choice([*TimeLight])
    return CaseRecord(
        case_type=chance.choice(["road_waterlogging", "dirty_road"]),
        state=state,
        open=not state.is_final,
        region=chance.choice(["370202", "370202001", "370203", ""]),
        unit=chance.choice(["", *UNITS]),
        light=light,
        source=chance.choice([Source.SENSOR, Source.CITIZEN]),
        reported_at=stamp(at),
        day=day_of(at),
        standing=standing_of(state, light),
        # Clocks that were read up to a moment that others could see in what they are told.
        next_at=stamp(city.clock() - timedelta(minutes=chance.randrange(-600, 600))),
        red_at=stamp(at + timedelta(hours=chance.randrange(90))),
        outcome=chance.choice(["", "on_time", "late"]),
        told=Told(title="积水", last_at=at),
    ).model_dump(mode="json")


def a_receipt(chance: Any, city: PluginCity, at: int) -> Body:
    """A report by call."""
    moment = city.clock() - timedelta(hours=at)
    update = Update(at=moment, status="open", detail="investigating")
    return IntakeRecord(
        case=number_of(at),
        requested_at=stamp(moment),
        updated_at=stamp(moment),
        case_type="dirty_road",
        status=chance.choice(["open", "closed"]),
        words=("渣土", ""),
        updates=(update,),
    ).model_dump(mode="json")


def number_of(at: int) -> str:
    return f"20260504-{chr(65 + at) * 12}"


async def world(city: PluginCity, findings: Any, number: int) -> None:
    """Draw policies, cases and reports by chance."""
    chance = findings.random("world", number)
    drawn = [
        PolicyRow(
            id=f"drawn.{number}.{at}",
            role=chance.choice(["member", "editor", "public"]),
            relation=chance.choice(["own", "subtree", "ancestors", "any"]),
            kind="data",
            type=chance.choice(["case_center__*", "case_center__cases", "case_center__intake"]),
            action=chance.choice(["read", "*"]),
            effect=chance.choice(["allow", "allow", "deny"]),
        ).to_rule()
        for at in range(chance.randrange(3, 7))
    ]
    kept = [("cases", number_of(at), a_case(chance, city)) for at in range(CASES)]
    kept += [("intake", intake_key("x", str(at)), a_receipt(chance, city, at)) for at in range(REPORTS)]
    async with city.store.write() as unit:
        await unit.remove_rules([rule.id for rule in await unit.rules() if rule.id.startswith("drawn.")])
        await unit.put_rules(drawn)
        documents = [
            NewDocument(plugin="case_center", collection=name, id=key, organization=chance.choice([*TREE]), body=body)
            for name, key, body in kept
        ]
        await unit.put_documents(documents, city.clock())
        unit.append(an_entry())
        await unit.commit()


class Officer:
    """Somebody who asks the case centre, with the eyes that are given."""

    def __init__(self, city: PluginCity, who: str, eyes: Any) -> None:
        self._running = city.platform.extensions.table.plugins["case_center"]
        self.context = PluginContext(
            running=self._running,
            caller=Caller(principal=who, organization=PEOPLE[who]),
            eyes=eyes,
            grounds=Grounds(clock=PluginClock(city.clock)),
            call_id="asked",
            operation="asked",
            invokes=_nobody,
        )

    async def asks(self, operation: str, **asked: Any) -> Body:
        """The answer of an operation; of a refusal, what it says."""
        declared = self._running.plugin.operations[f"case_center.{operation}"]
        work: Any = declared.call(self.context, declared.input.model_validate(asked))
        try:
            return dict((await work).model_dump(mode="json"))
        except UcsError as error:
            return {"refused": error.reason, "said": error.message(Locale.EN)}

    async def lists(self, limit: int, **asked: Any) -> list[str]:
        """The numbers of all pages of a list."""
        found, after = [], ""
        while True:
            page = await self.asks("list", limit=limit, after=after, **asked)
            found += [each["case"] for each in page["cases"]]
            if page["next"] is None:
                return found
            after = page["next"]

    async def open311(self, path: str) -> tuple[int, Any]:
        """What the door for Open311 answers."""
        sent: list[Any] = []
        scope = {
            "method": "GET",
            "path": f"/open311/v2/{path}",
            "root_path": "",
            "query_string": b"",
            "state": {"context": self.context},
        }

        async def send(message: Any) -> None:
            sent.append(message)

        mount: Any = self._running.plugin.mount
        await mount.app(scope, None, send)
        return sent[0]["status"], orjson.loads(sent[1]["body"])


async def _nobody(*_: Any, **__: Any) -> Body:
    raise AssertionError


QUESTIONS: list[tuple[Body, Callable[[Body], bool]]] = [
    ({}, lambda _: True),
    ({"state": "dispatched"}, lambda case: case["state"] == "dispatched"),
    ({"case_type": "dirty_road"}, lambda case: case["case_type"] == "dirty_road"),
    ({"source": "sensor"}, lambda case: case["source"] == "sensor"),
    ({"unit": "water"}, lambda case: case["unit"] == "water"),
    ({"region": "370202"}, lambda case: case["region"].startswith("370202")),
    ({"region": "370202001"}, lambda case: case["region"].startswith("370202001")),
    ({"open": True}, lambda case: bool(case["open"])),
    ({"open": False}, lambda case: not case["open"]),
    ({"light": "red"}, lambda case: bool(case["open"]) and case["light"] == "red"),
    ({"light": "green"}, lambda case: bool(case["open"]) and case["light"] == "green"),
    ({"unit": "roads", "state": "filed"}, lambda case: (case["unit"], case["state"]) == ("roads", "filed")),
    ({"unit": "water", "light": "red"}, lambda case: (case["unit"], case["light"]) == ("water", "red")),
    ({"region": "370202", "light": "yellow"}, lambda c: c["region"][:6] == "370202" and c["light"] == "yellow"),
    ({"light": "red", "open": False}, lambda _: False),
]


async def revealed(city: PluginCity, findings: Any, number: int, eyes_of: Callable[[str], Any]) -> list[str]:
    """Where an answer says something else than what the caller may read."""
    authority, problems = city.platform.extensions._authority, []
    sharing = {name: Sharing(type=record_type("case_center", name)) for name in ("cases", "intake")}
    for who in PEOPLE:
        officer, may = Officer(city, who, eyes_of(who)), {"cases": {}, "intake": {}}  # type: Any, dict[str, Body]
        async with city.store.read() as reader:
            sight = await see(reader, authority, who, city.clock())
            for name, ids in (
                ("cases", [number_of(at) for at in range(CASES)]),
                ("intake", [intake_key("x", str(at)) for at in range(REPORTS)]),
            ):
                for id, held in (await reader.documents("case_center", name, ids)).items():
                    if sight.snapshot.decide(sight.profile, Action.READ, sharing[name].of(held.organization)).allowed:
                        may[name][id] = held.body
        findings.tried += CASES + REPORTS
        problems += [f"{who}: {told}" for told in await _of_cases(officer, may["cases"], city)]
        problems += [f"{who}: {told}" for told in await _of_reports(officer, may["intake"])]
    return problems


async def _of_cases(officer: Officer, may: dict[str, Body], city: PluginCity) -> list[str]:
    problems = []
    for at, (asked, holds) in enumerate(QUESTIONS):
        expected = {number: case for number, case in may.items() if holds(case)}
        newest = sorted(expected, key=lambda each: (expected[each]["reported_at"], each), reverse=True)
        if (listed := await officer.lists(1 + at % 5, **asked)) != newest:
            problems.append(f"{asked} lists {sorted({*listed} ^ {*newest})} otherwise")
        told = await officer.asks("counts", **asked)
        states = Counter(case["state"] for case in expected.values())
        lights = Counter(case["light"] for case in expected.values() if case["open"])
        late = min((case["next_at"] for case in may.values() if case["next_at"] <= stamp(city.clock())), default=None)
        shown = {light.value: lights[light.value] for light in TimeLight}
        said = {each["state"]: each["count"] for each in told["states"] if each["count"]}
        read = told["lights"].pop("as_of")
        if (told["total"], said, told["lights"]) != (len(expected), dict(states), shown):
            problems.append(f"{asked} counts {told}")
        if stamp(city.clock()) != late and not read.startswith((late or stamp(city.clock()))[:19]):
            problems.append(f"clocks were read up to {read}, and not {late}")
    due = sorted((number for number in may if may[number]["open"]), key=lambda each: (may[each]["red_at"], each))
    if await officer.lists(3, order="due") != due:
        problems.append("open cases are listed otherwise by when they are due")
    for unit in UNITS:
        had = [case for case in may.values() if case["unit"] == unit]
        counted = (await officer.asks("scores", unit=unit))["scores"][0]["counters"]
        if counted["dispatched"] != sum(case["state"] != "voided" for case in had):
            problems.append(f"{unit} is scored by {counted}")
    # What is hidden is refused in the very words in which what is not there is refused.
    unheard = await officer.asks("get", case=number_of(CASES))
    for at in range(CASES):
        told = await officer.asks("get", case=number_of(at))
        if ("refused" in told) is (number_of(at) in may):
            problems.append(f"{number_of(at)} is shown otherwise than decided")
        if "refused" in told and told["said"].replace(number_of(at), number_of(CASES)) != unheard["said"]:
            problems.append(f"{number_of(at)}: {told['said']}")
    return problems


async def _of_reports(officer: Officer, may: dict[str, Body]) -> list[str]:
    problems = []
    newest = sorted(may, key=lambda each: may[each]["requested_at"], reverse=True)
    _, told = await officer.open311("requests.json")
    _, updates = await officer.open311("servicerequestupdates.json")
    if [each["service_request_id"] for each in told] != newest:
        problems.append("other requests are told of")
    if {each["service_request_id"] for each in updates} != {*may}:
        problems.append("other updates are told of")
    for at in range(REPORTS + 1):
        receipt = intake_key("x", str(at))
        status, told = await officer.open311(f"requests/{receipt}.json")
        followed = await officer.asks("follow", receipt=receipt)
        if (status == 200, "refused" not in followed) != (receipt in may, receipt in may):
            problems.append(f"{receipt} is told otherwise than decided")
        if status != 200 and told[0]["description"].replace(receipt, "") != _UNKNOWN:
            problems.append(f"{receipt}: {told}")
    return problems


_UNKNOWN = "No case belongs to the receipt ; a report that was just made takes a moment."


async def test_whatever_is_asked_only_what_may_be_read_is_told(url: str, tmp_path: Path, findings: Any) -> None:
    async with nodes(url, tmp_path, fresh=False) as [city]:
        await city.enable(the_case_centre(tmp_path), owner=OWNER)
        authority, caught = city.platform.extensions._authority, []
        for number in range(WORLDS * findings.effort):
            await world(city, findings, number)
            findings.expect_none(
                await revealed(
                    city, findings, number, lambda who: CallerEyes(city.store, authority, city.clock, who, None)
                )
            )
            caught += await revealed(city, findings, number, lambda _: PluginEyes(city.store))
        findings.expect_caught("its own eyes", caught)
