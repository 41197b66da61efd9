"""Promise 10: a bad policy row neither opens the door nor closes it for all. Here: it is not let in.

Rows that could not be decided exactly are refused at each verb that takes rows, with what is wrong, and nothing of the
call stays. What becomes of rows that came in past the verbs is the other half of the promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from ucs_core.access.policy import COLUMNS
from ucs_core.platform import Call
from ucs_core.platform.administration.access_verbs import plain, written
from ucs_core.platform.administration.entering import AdministrationVerbs, EnteredRows
from ucs_core.platform.administration.policies import AppliedPolicies, PolicyVerbs
from ucs_registry.principals import RuleRow
from ucs_sdk.errors import UcsError

ADMIN = Call(principal="admin")
NAMES = [column.name for column in COLUMNS]
SOUND = dict(zip(NAMES, ("editor", "own", *("*",) * 6, "none_needed", "audit", "allow"), strict=True))
WIDE = ["*"] * 6
ROOT = "37"

STRANGE: tuple[Any, ...] = (
    "",
    " ",
    "nonsense",
    ".*",
    "a|b",
    "data.*",
    "*data",
    "da*ta",
    "{id}",
    ":id",
    "/",
    "..",
    "a,b",
    '"',
    "(a+)+$",
    "eval(True)",
    "r.sub == 'outsider' || true",
    "online\n",
    "ONLINE",
    "ｏｎｌｉｎｅ",
    "online\u202e",
    "x" * 5_000,
    "\u0000",
)
"""What somebody may write where a word belongs: patterns, expressions, delimiters, look-alikes."""

Row = dict[str, Any]


def bad_policies() -> Iterator[tuple[str, Row]]:
    """Typed rows with one column spoilt, each with the column."""
    for name, value in product(NAMES, STRANGE):
        if not _harmless(name, value):
            yield name, SOUND | {name: value}
    for name in NAMES:
        yield name, SOUND | {name: 7}
        yield name, SOUND | {name: ["*"]}
    for name in ("role", "relation", "action"):
        yield name, {key: value for key, value in SOUND.items() if key != name}
        yield name, SOUND | {name: None}
    yield "role", SOUND | {"role": "*"}
    yield "relation", SOUND | {"relation": "*"}
    yield "grant", SOUND | {"grant": "*"}
    yield "effect", SOUND | {"effect": "*"}
    yield "grant", SOUND | {"effect": "deny", "grant": "required"}
    yield "rol", SOUND | {"rol": "editor"}
    for id in ("", "Bad Id", "x/../y", "role." + "0" * 32, "a" * 200, "x\n"):
        yield "id", SOUND | {"id": id}


def bad_rows() -> Iterator[tuple[str, Row]]:
    """Rows as a file brings them, each with what is wrong with it."""
    sound = list(SOUND.values())
    for name, value in product(NAMES, STRANGE[:12]):
        values = [value if column == name else SOUND[column] for column in NAMES]
        if not _harmless(name, value):
            yield name, {"section": "p", "values": values}
    yield "values", {"section": "p", "values": []}
    yield "values", {"section": "p", "values": sound[:-1]}
    yield "values", {"section": "p", "values": [*sound, "extra"]}
    yield "section", {"section": "p2", "values": sound}
    yield "section", {"section": "g2", "values": ["editor", "auditor", ""]}
    for values in (
        ["editor", "auditor"],
        ["editor", "auditor", "nowhere"],
        ["nobody", "auditor", ROOT],
        ["editor", "no_such_role", ROOT],
        ["editor", "*", ROOT],
        ["*", "auditor", ROOT],
        ["auditor", "editor", ROOT, "allow"],
        # A role that would hold a role: roles do not nest.
        ["organization_administrator", "auditor", ROOT],
    ):
        yield "Policy row", {"section": "g", "values": values}


def _harmless(name: str, value: object) -> bool:
    """Whether a column may hold this: the row is then sound."""
    return COLUMNS[NAMES.index(name)].accepts(value)


def chosen(findings: Any, items: Iterable[Any], most: int) -> list[Any]:
    """So many of the items, others in every run of another seed; with more effort more, and all of them in the end."""
    listed = list(items)
    return list(findings.random(len(listed)).sample(listed, min(len(listed), most * findings.effort)))


async def written_wrongly(
    node: Any, city: Any, findings: Any, applies: Any, puts: Any, *, most: int = 150
) -> list[str]:
    """What is wrong with the answers to bad rows: taken, or refused without a word on what is wrong."""
    await city.settle(node)
    found, version = [], [await _version(node)]

    async def judge(what: str, row: Row, call: Any) -> None:
        findings.tried += 1
        try:
            await call
        except UcsError as refusal:
            told = refusal.message()
            if what not in told:
                found.append(f"{_short(row)}: {told!r} does not speak of {what}")
        else:
            found.append(f"{_short(row)} was taken")
        stands = await _version(node)
        if stands != version[-1]:
            version.append(stands)
            found.append(f"{_short(row)}: something of the call stayed")

    for number, (what, row) in enumerate(chosen(findings, bad_policies(), most)):
        good = SOUND | {"id": f"good{number}"}
        await judge(what, row, applies(ADMIN, [good, {"id": f"bad{number}"} | row], []))
    for number, (what, row) in enumerate(chosen(findings, bad_rows(), most)):
        good = {"id": f"good{number}", "section": "p", "values": list(SOUND.values())}
        await judge(what, row, puts(ADMIN, [good, {"id": f"bad{number}"} | row]))
    return found


async def _version(node: Any) -> int:
    async with node.store.read() as reader:
        return int(reader.head.access_version)


def _short(value: object) -> str:
    return repr(value)[:160]


async def test_a_bad_row_is_refused_at_every_verb_and_nothing_stays(database, open_nodes, city, findings):
    async with open_nodes(database) as [node]:
        applies, puts = node.platform.policies.apply, node.platform.administration.put_rules
        findings.expect_none(await written_wrongly(node, city, findings, applies, puts))


class TakesAnyPolicy(PolicyVerbs):
    """A twin: keeps what it is given, as casbin's own adapters do."""

    async def apply(self, call: Call, put: Any, remove: Any, version: Any = None) -> AppliedPolicies:
        async def work(session: Any) -> AppliedPolicies:
            rows = [
                RuleRow.model_construct(
                    id=str(row["id"])[:99].strip("\x00") or "-",
                    section="p",
                    values=tuple(str(row.get(name, "*")).replace("\x00", "") for name in NAMES),
                )
                for row in put
            ]
            await session.unit.put_rules(rows)
            session.written += [written(f"rules/{row.id}", None, None, plain(row)) for row in rows]
            return AppliedPolicies(version=0, names=[])

        request = {"put": [str(dict(row)) for row in put]}
        return await self._run(call, "policies.apply", "rules/-", request, AppliedPolicies, work)


class TakesAnyRow(AdministrationVerbs):
    """A twin: keeps rows that it has not looked at."""

    async def put_rules(self, call: Call, rules: Any) -> EnteredRows:
        async def work(session: Any) -> EnteredRows:
            rows = [RuleRow.model_construct(**row | {"values": tuple(row["values"])}) for row in rules]
            await session.unit.put_rules(rows)
            session.written += [written(f"rules/{row.id}", None, None, plain(row)) for row in rows]
            return EnteredRows(names=[])

        return await self._run(call, "rules.put", "rules/-", {"rules": list(rules)}, EnteredRows, work)


async def test_verbs_that_take_any_row_are_found(database, open_nodes, city, findings):
    async with open_nodes(database) as [node]:
        pipeline = node.platform.pipeline
        applies, puts = TakesAnyPolicy(pipeline).apply, TakesAnyRow(pipeline).put_rules
        wrong = await written_wrongly(node, city, findings, applies, puts, most=8)
        findings.expect_caught("takes any row", wrong)
