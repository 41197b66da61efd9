"""Promise 7, for the records of plugins: no page, count, cursor or error reveals what a get would deny, and all else is listed.

Small worlds with policies drawn by chance: for everybody and every record the decision on its owner is compared with what
a plugin's function gets, lists page by page, and counts, through the context that it is handed.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from plugin_city import PEOPLE, TREE, PluginCity, nodes
from pydantic import BaseModel

from ucs_core.access import Action, PolicyRow
from ucs_core.invoke.context import record_type
from ucs_core.invoke.ports import Look, Sharing
from ucs_core.invoke.records import Records
from ucs_core.platform.extending.eyes import CallerEyes
from ucs_core.platform.sight import see
from ucs_registry.documents import Document, DocumentQuery, NewDocument, Place
from ucs_registry.log import EntryDraft
from ucs_registry.testing import an_entry
from ucs_sdk.context import Between
from ucs_sdk.vocabulary import ShareType
from ucs_sdk.ways import Ways

WORLDS, RECORDS = 2, 18

NOTHING = Ways()

DECLARED = Ways(listed=(("level",), ("name",)), counted=(("level",), ("name",)))


class Point(BaseModel):
    level: int = 0
    name: str = ""


class SeesAtAGlance(CallerEyes):
    """Has quick answers about everything, whoever asks."""

    async def glance(self, sharing: Sharing, asks: Any) -> Any:
        del sharing
        return await asks(self._store.records, None)


class FilteredAfterPaging(Records[Point]):
    """Reads a page of everything, and leaves out what may not be seen."""

    async def _page(self, look: Look, asked: DocumentQuery, after: Place | None, first: int) -> list[Document]:
        found = await look.reader.find_documents(_unowned(asked), after=after, first=first)
        return [kept for kept in found if look.may(Action.READ, self._sharing, kept.organization)]


class CountedWithoutEyes(Records[Point]):
    """Counts everything."""

    async def _count(self, look: Look, asked: DocumentQuery) -> int:
        return await look.reader.count_documents(_unowned(asked))


def _unowned(asked: DocumentQuery) -> DocumentQuery:
    return DocumentQuery(
        plugin=asked.plugin,
        collection=asked.collection,
        where=asked.where,
        order=asked.order,
        descending=asked.descending,
    )


async def world(city: PluginCity, findings: Any, number: int) -> None:
    """Draw policies and records by chance."""
    chance = findings.random("world", number)
    draft: EntryDraft = an_entry()
    async with city.store.write() as unit:
        rules = [rule.id for rule in await unit.rules() if rule.id.startswith("drawn.")]
        await unit.remove_rules(rules)
        drawn = [
            PolicyRow(
                id=f"drawn.{number}.{at}",
                role=chance.choice(["member", "editor", "public"]),
                relation=chance.choice(["own", "subtree", "ancestors", "any"]),
                kind=chance.choice(["data", "*"]),
                type=chance.choice(["*", "flood__*", "flood__points", "other__*"]),
                share_type=chance.choice(["*", "none", "conditional"]),
                action=chance.choice(["read", "*"]),
                effect=chance.choice(["allow", "allow", "allow", "deny"]),
            ).to_rule()
            for at in range(chance.randrange(1, 6))
        ]
        await unit.put_rules(drawn)
        points = [
            NewDocument(
                plugin="flood",
                collection="points",
                id=f"{at:02d}",
                organization=chance.choice([*TREE]),
                body={"level": chance.randrange(5), "name": chance.choice("abc")},
            )
            for at in range(RECORDS)
        ]
        await unit.put_documents(points, city.clock())
        unit.append(draft)
        await unit.commit()


async def revealed(
    city: PluginCity,
    findings: Any,
    records: type[Records[Point]],
    number: int,
    ways: Ways = NOTHING,
    eyes_of: type[CallerEyes] = CallerEyes,
) -> list[str]:
    """Where a list or a count says something else than what gets say."""
    chance = findings.random("asked", number)
    sharing = Sharing(type=record_type("flood", "points"), share_type=chance.choice(list(ShareType)), ways=ways)
    extensions = city.platform.extensions
    problems = []
    for who in PEOPLE:
        eyes = eyes_of(city.store, extensions._authority, city.clock, who, None)
        shown = records("flood", "points", Point, eyes, sharing)
        async with city.store.read() as reader:
            sight = await see(reader, extensions._authority, who, city.clock())
            kept = await reader.find_documents(DocumentQuery(plugin="flood", collection="points"), first=RECORDS)
        may = {
            each.id: sight.snapshot.decide(sight.profile, Action.READ, sharing.of(each.organization)).allowed
            for each in kept
        }
        levels = {each.id: each.body["level"] for each in kept}
        got = {id for id in may if await shown.get(id) is not None}
        expected = {id for id, allowed in may.items() if allowed}
        findings.tried += len(may)
        if got != expected:
            problems.append(f"{who} gets {sorted(got ^ expected)} otherwise than decided")
        least = chance.randrange(4)
        for order, where in (
            ("", None),
            ("level", None),
            ("level", {"level": Between(least=least)}),
            ("name", {"name": "b"}),
        ):
            asked = {
                id
                for id in expected
                if (where is None or "name" in where or levels[id] >= least)
                and (where is None or "level" in where or next(k for k in kept if k.id == id).body["name"] == "b")
            }
            listed: list[str] = []
            after, limit = "", chance.randrange(1, 4)
            while True:
                page = await shown.query(where, order_by=order, limit=limit, after=after)
                listed += [item.key for item in page.items]
                if page.next is not None and len(page.items) < limit:
                    problems.append(f"{who} is shown a page with gaps")
                if page.next is None:
                    break
                after = page.next
            count = await shown.count(where)
            if sorted(listed) != sorted(asked) or count != len(asked):
                problems.append(f"{who} is listed {len(listed)}, told {count}, and may see {len(asked)}")
        told = await shown.counts("level")
        if dict(told) != Counter(levels[id] for id in expected):
            problems.append(f"{who} is told {told} by level")
    return problems


async def test_lists_and_counts_agree_with_gets(url: str, tmp_path: Path, findings: Any) -> None:
    async with nodes(url, tmp_path) as [city]:
        caught: dict[str, list[str]] = {}
        for number in range(WORLDS * findings.effort):
            await world(city, findings, number)
            findings.expect_none(await revealed(city, findings, Records, number))
            for twin in (FilteredAfterPaging, CountedWithoutEyes):
                caught.setdefault(twin.__name__, []).extend(await revealed(city, findings, twin, number))
        for name, problems in caught.items():
            findings.expect_caught(name, problems)


async def test_declared_lists_and_counts_agree_with_gets(url: str | None, tmp_path: Path, findings: Any) -> None:
    async with nodes(url, tmp_path) as [city]:
        caught: list[str] = []
        async with city.store.write() as unit:
            await unit.declare_documents("flood", {"points": DECLARED}, drop=True)
            await unit.index_documents()
            await unit.commit()
        for number in range(WORLDS * findings.effort):
            await world(city, findings, number)
            findings.expect_none(await revealed(city, findings, Records, number, DECLARED))
            if city.store.records is not None:
                caught += await revealed(city, findings, Records, number, DECLARED, SeesAtAGlance)
        if city.store.records is not None:
            findings.expect_caught(SeesAtAGlance.__name__, caught)


async def test_what_is_revoked_counts_from_the_next_quick_answer_on(url: str | None, tmp_path: Path) -> None:
    async with nodes(url, tmp_path) as [city]:
        allow = PolicyRow(id="drawn.all", role="member", relation="any", kind="data", type="flood__*", action="read")
        async with city.store.write() as unit:
            await unit.put_rules([allow.to_rule()])
            await unit.declare_documents("flood", {"points": DECLARED}, drop=True)
            await unit.index_documents()
            point = NewDocument(plugin="flood", collection="points", id="1", organization="roads", body={"level": 1})
            await unit.put_documents([point], city.clock())
            draft: EntryDraft = an_entry()
            unit.append(draft)
            await unit.commit()
        sharing = Sharing(type=record_type("flood", "points"), ways=DECLARED)
        eyes = CallerEyes(city.store, city.platform.extensions._authority, city.clock, "wang", None)
        shown = Records("flood", "points", Point, eyes, sharing)
        for _ in range(2):
            assert (await shown.count(), len((await shown.query()).items), await shown.counts("level")) == (
                1,
                1,
                {1: 1},
            )
        async with city.store.write() as unit:
            await unit.remove_rules([allow.id])
            draft = an_entry()
            unit.append(draft)
            await unit.commit()
        assert (await shown.count(), (await shown.query()).items, await shown.counts("level")) == (0, [], {})
