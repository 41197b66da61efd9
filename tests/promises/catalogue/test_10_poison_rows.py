"""Promise 10, the other half: rows that were left in the database, behind the platform's back.

They change no other decision, those who keep the policies are told of them, and repair them by the same verb as ever. Raw
casbin, fed with the same rows, is the twin.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from importlib.resources import files
from itertools import product
from typing import Any

import casbin
import orjson
import psycopg

from ucs_core.access import Action, RoleAssignment, compile_snapshot, ready_rules
from ucs_core.access.adapter import RuleAdapter
from ucs_core.access.oracle import _covers, _implicit, _related, _sound
from ucs_core.access.policy import COLUMNS
from ucs_core.platform import Call
from ucs_registry.principals import Principal, RuleRow
from ucs_registry.queries import ResourceQuery
from ucs_sdk.vocabulary import PrincipalKind

ADMIN = Call(principal="admin")
NAMES = [column.name for column in COLUMNS]
SOUND = dict(zip(NAMES, ("editor", "own", *("*",) * 6, "none_needed", "audit", "allow"), strict=True))
WIDE = ["*"] * 6
ROOT = "37"

STRANGE: tuple[Any, ...] = (
    "",
    "nonsense",
    ".*",
    "a|b",
    "a,b",
    "eval(True)",
    "online\n",
    "ONLINE",
    "(a+)+$",
    "x" * 5_000,
)
"""What may stand where a word belongs."""


def poison(findings: Any, most: int) -> Iterator[tuple[str, str, str]]:
    """Rows as they may stand in the table: what they are called, their section, and the text of their fields. Beside those
    that are named, so many with one column spoilt.
    """

    def row(*values: Any, section: str = "p") -> tuple[str, str]:
        return section, orjson.dumps(values).decode()

    everything = [*WIDE, "none_needed", "*", "allow"]
    rows = {
        "no JSON": ("p", "not json"),
        "half a list": ("p", '["public","any"'),
        "an object": ("p", '{"role":"public"}'),
        "a text": ("p", '"public"'),
        "null": ("p", "null"),
        "a number": ("g", "7"),
        "empty": ("p", ""),
        "no values": row(),
        "too short": row("public", "any"),
        "too long": row("public", "any", *everything, "extra"),
        "numbers": row(*range(11)),
        "lists": row(["public"], ["any"], *everything),
        "nested lists": row(["outsider"], ["platform_administrator"], [], section="g"),
        "null columns": row("public", "any", None, *everything[1:]),
        "an unknown section": row("public", "any", *everything, section="p2"),
        "no section": row("public", "any", *everything, section=""),
        "a wild role": row("*", "any", *everything),
        "a wild relation": row("public", "*", *everything),
        "a denial for all": row("public", "any", "dta", *WIDE[1:], "none_needed", "*", "deny"),
        "a denial for members": row("member", "any", "dta", *WIDE[1:], "none_needed", "discover", "deny"),
        "a denial for who repairs": row(
            "platform_administrator", "any", "dta", *WIDE[1:], "none_needed", "administer", "deny"
        ),
        "a denial that asks for a grant": row("public", "any", *WIDE, "required", "*", "deny"),
        "a role at nowhere": row("outsider", "platform_administrator", "nowhere", section="g"),
        "a role of nobody": row("ghost", "platform_administrator", "", section="g"),
        "a role with a comma": row("outsider", "platform_administrator,", "", section="g"),
        "a role of roles": row("member", "platform_administrator", "", section="g"),
        "an assignment cut short": row("outsider", "platform_administrator", section="g"),
        "an assignment with more": row("outsider", "platform_administrator", "", "allow", section="g"),
    }
    yield from ((name, *row) for name, row in rows.items())
    for at, value in _chosen(findings, [*product(range(len(NAMES)), STRANGE)], most):
        values = ["public", "any", *everything]
        values[at] = value
        if not _harmless(NAMES[at], value):
            yield f"{NAMES[at]} {value[:40]!r}", *row(*values)


def _chosen(findings: Any, listed: Sequence[Any], most: int) -> list[Any]:
    """So many of them, others in every run of another seed; with more effort more, and all of them in the end."""
    return list(findings.random(len(listed)).sample(listed, min(len(listed), most * findings.effort)))


def _harmless(name: str, value: object) -> bool:
    """Whether a row is sound: it then means what it says, and is nobody's poison."""
    return COLUMNS[NAMES.index(name)].accepts(value)


def behind_the_back(url: str, statement: str, *values: object) -> None:
    """Run a statement on the database, as somebody does who has its password. Access is told to look again."""
    again = "UPDATE head SET access_version = access_version + 1"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10)) as connection:
            connection.execute(statement, values)
            connection.execute(again)
            connection.commit()
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.replace("?", "%s"), values)
        connection.execute(again)


async def all_decisions(node: Any) -> dict[Any, Any]:
    """What every principal may do, everywhere, as the platform itself decides it, and what each of them is shown."""
    async with node.store.read() as reader:
        people, rules = await reader.principals(), await reader.rules()
        organizations = await reader.all_organizations()
        cells = await reader.cells(0)
        snapshot = compile_snapshot(version=1, organizations=organizations, principals=people, rules=rules, cells=cells)
    found: dict[Any, Any] = {}
    for person in people:
        if person.disabled:
            continue
        profile = snapshot.profile(person.id)
        for action in Action:
            for place in (None, *(item.id for item in organizations)):
                found[person.id, action, place] = snapshot.decide_organization(profile, action, place)
            found[person.id, action, "cells"] = [
                snapshot.decide(profile, action, cell.attributes, granted=granted)
                for cell in cells
                for granted in (False, True)
            ]
    for who in ("admin", "editor", "outsider"):
        async with node.platform.session(who) as session:
            found[who] = await session.resources(ResourceQuery())
    return found


async def poisoned(node: Any, url: str, city: Any, findings: Any) -> list[str]:
    """What changed when rows were left in the database, and what did not come right when they were repaired."""
    found: list[str] = []
    await city.settle(node)
    for number, state in enumerate(("draft", "online", "suspended"), start=1):
        await city.prepare(node.store, state, number)
    clean, rules = await all_decisions(node), await _all_rules(node)
    repairs = _repairs(node)
    for number, (name, section, fields) in enumerate(poison(findings, most=12)):
        findings.tried += 1
        findings.faults += 1
        id = ("poison", "Poison Row", "毒", "a/b", "p" * 90)[number % 5]
        behind_the_back(url, "INSERT INTO rules (id, section, fields, first) VALUES (?, ?, ?, '')", id, section, fields)
        try:
            if await all_decisions(node) != clean:
                found.append(f"{name}: other decisions changed")
            async with node.platform.session("admin") as session:
                unread = [row for row, _ in session.directory.policies().unread]
            if unread != [id]:
                found.append(f"{name}: the report of what could not be read is {unread}")
            await repairs[number % len(repairs)](id)
            if await _all_rules(node) != rules:
                found.append(f"{name}: all was not as before when it had been repaired")
        except Exception as failure:  # noqa: BLE001 -- whatever it is, the door was closed for all
            found.append(f"{name}: {failure!r}")
        with suppress(Exception):
            behind_the_back(url, "DELETE FROM rules WHERE id = ?", id)
    return found


async def _all_rules(node: Any) -> list[RuleRow]:
    async with node.store.read() as reader:
        return list(await reader.rules())


def _repairs(node: Any) -> Sequence[Callable[[str], Any]]:
    """The ways in which an administrator comes by a sound table again."""
    apply = node.platform.policies.apply

    async def remove(id: str) -> None:
        await apply(ADMIN, [], [id])

    async def replace(id: str) -> None:
        if id != "poison":
            return await remove(id)
        # A sound row in its place, of a role that nobody holds; and that one removed in turn.
        await apply(ADMIN, [SOUND | {"id": id, "role": "nobodys"}], [])
        return await remove(id)

    return remove, replace


async def test_rows_left_in_the_database_change_no_other_decision(database, open_nodes, city, findings):
    async with open_nodes(database) as [node]:
        findings.expect_none(await poisoned(node, database, city, findings))


async def test_a_role_that_was_left_in_the_database_is_taken_away_by_the_verb(database, open_nodes, city):
    async with open_nodes(database) as [node]:
        await city.settle(node)
        clean = await all_decisions(node)
        fields = orjson.dumps(["outsider", "auditor", ROOT]).decode()
        # It counts, for it is sound; where roles are looked up by their holders it is not found.
        behind_the_back(database, "INSERT INTO rules (id, section, fields, first) VALUES ('x', 'g', ?, '')", fields)
        assert await all_decisions(node) != clean
        await node.platform.roles.unassign(ADMIN, "outsider", "auditor", ROOT)
        assert await all_decisions(node) == clean


def raw_enforcer(rules: Sequence[RuleRow], people: Any, parents: dict[str, str | None]) -> Any:
    """Casbin over rows as they are: nobody has looked at them."""
    model = casbin.Enforcer.new_model(text=files("ucs_core.access").joinpath("model.conf").read_text("utf-8"))
    adapter = RuleAdapter([], list(_implicit(people, parents)))
    adapter._policies = [[row.id, *row.values] for row in rules if row.section == "p"]
    adapter._assignments += [list(row.values) for row in rules if row.section == "g"]
    enforcer = casbin.Enforcer(model, adapter)
    enforcer.add_function("related", _related(enforcer, parents))
    enforcer.add_function("covers", _covers)
    enforcer.add_function("sound", _sound)
    return enforcer


def raw_decisions(rules: Sequence[RuleRow], people: Any, parents: dict[str, str | None]) -> Any:
    """What raw casbin says to a handful of questions, or how it failed."""
    things = [("data", "dataset", "unconditional", "l1", "none", "online"), ("-",) * 6]
    try:
        enforcer = raw_enforcer(rules, people, parents)
        return [
            enforcer.enforce(who, "water", *thing, False, action)
            for who, action in (("outsider", "read"), ("admin", "administer"))
            for thing in things
        ]
    except Exception as failure:  # noqa: BLE001 -- how it fails is what is looked for
        return repr(failure)


def test_raw_casbin_stops_or_opens(findings):
    parents = {ROOT: None, "water": ROOT}
    people = [
        Principal(id=id, kind=PrincipalKind.PERSON, title=id, organization=home)
        for id, home in (("admin", ROOT), ("outsider", None))
    ]
    sound = [
        *ready_rules(),
        RoleAssignment(id="admin", principal="admin", role="platform_administrator").to_rule(),
    ]
    clean = raw_decisions(sound, people, parents)
    found = []
    for name, section, fields in poison(findings, most=40):
        values: Any = None
        with suppress(ValueError):
            values = orjson.loads(fields)
        if isinstance(values, list):
            findings.tried += 1
            row = RuleRow.model_construct(id="poison", section=section, values=tuple(values))
            told = raw_decisions([*sound, row], people, parents)
            if told != clean:
                found.append(f"{name}: {told}")
    findings.expect_caught("raw casbin", found)
