"""Promise 7, for the tables of a plugin's own: a condition that `ctx.visible` gives leaves all that one may read, and no more.

Policies are drawn by chance; for everybody and every row the decision about its owner is compared with what a plugin's function
is given page by page, counts, and adds up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plugin_city import PEOPLE, TREE, PluginCity, nodes, written
from sqlalchemy import func, select

from ucs_core.access import Action, PolicyRow
from ucs_core.invoke.own import OwnSql, tables_of
from ucs_core.invoke.ports import Look, Sharing
from ucs_core.platform.extending.eyes import CallerEyes
from ucs_core.platform.sight import see
from ucs_sdk.vocabulary import ShareType

WORLDS, ROWS, PAGE = 3, 18, 4

FLOOD = """
from pydantic import BaseModel
from sqlalchemy import Column, Integer, MetaData, Table, Text
from ucs_sdk import Capability, Context, hookimpl
metadata = MetaData()
points = Table("points", metadata, Column("id", Integer, primary_key=True), Column("owner", Text), Column("level", Integer))
flood = Capability("flood", title_zh="积水", title_en="Flood")
flood.tables(metadata, share_type="conditional")
@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [flood]
"""


class ForgetsAnOwner(OwnSql):
    """Leaves out one of those whose rows may be read."""

    def _readable(self, look: Look, table: str) -> frozenset[int] | None:
        seen = super()._readable(look, table)
        return frozenset(sorted(range(len(TREE)) if seen is None else seen)[1:])


class SeesNeighbours(OwnSql):
    """Takes everything for visible once something is."""

    def _readable(self, look: Look, table: str) -> frozenset[int] | None:
        return None if super()._readable(look, table) else frozenset()


async def world(city: PluginCity, findings: Any, number: int) -> dict[int, tuple[str | None, int]]:
    """Draw policies and rows by chance; the rows with their owners and levels."""
    chance = findings.random("world", number)
    running = city.platform.extensions.table.plugins["flood"]
    points = running.plugin.module.points
    async with city.store.write() as unit:
        await unit.remove_rules([rule.id for rule in await unit.rules() if rule.id.startswith("drawn.")])
        drawn = [
            PolicyRow(
                id=f"drawn.{number}.{at}",
                role=chance.choice(["member", "editor", "public"]),
                relation=chance.choice(["own", "subtree", "ancestors", "any"]),
                kind=chance.choice(["data", "*"]),
                type=chance.choice(["*", "flood__*", "flood__points", "flood__other"]),
                share_type=chance.choice(["*", "none", "conditional"]),
                action=chance.choice(["read", "*"]),
                effect=chance.choice(["allow", "allow", "allow", "deny"]),
            ).to_rule()
            for at in range(chance.randrange(1, 6))
        ]
        await unit.put_rules(drawn)
        await unit.commit()
    # What belongs to nobody, or to nobody who is known, is seen by nobody.
    drawn_rows = {at: (chance.choice([*TREE, None, "nobody"]), chance.randrange(9)) for at in range(ROWS)}
    rows = [{"id": at, "owner": owner, "level": level} for at, (owner, level) in drawn_rows.items()]
    async with city.platform.extensions.background.context(running, "test").unit() as unit:
        unit.sql.put(points, rows)
    return drawn_rows


async def revealed(city: PluginCity, findings: Any, sql: type[OwnSql], rows: dict[int, Any]) -> list[str]:
    """Where a page, a count or a sum says something else than was decided about each row."""
    extensions = city.platform.extensions
    running = extensions.table.plugins["flood"]
    points = running.plugin.module.points
    sharing = Sharing(type="flood__points", share_type=ShareType.CONDITIONAL)
    visible = tables_of(running).visible(points.c.owner)
    problems = []
    for who in PEOPLE:
        asked = sql(running, CallerEyes(city.store, extensions._authority, city.clock, who, None), None)
        async with city.store.read() as reader:
            sight = await see(reader, extensions._authority, who, city.clock())
        may = [
            id
            for id, (owner, _) in rows.items()
            if owner in TREE and sight.snapshot.decide(sight.profile, Action.READ, sharing.of(owner)).allowed
        ]
        findings.tried += len(rows)
        listed: list[int] = []
        while True:
            behind = points.c.id > (listed[-1] if listed else -1)
            page = await asked.all(select(points.c.id).where(visible, behind).order_by(points.c.id).limit(PAGE))
            listed += [row.id for row in page]
            if len(page) < PAGE:
                break
        [told] = await asked.all(select(func.count(), func.sum(points.c.level)).where(visible))
        if listed != may or (told[0], told[1] or 0) != (len(may), sum(rows[id][1] for id in may)):
            problems.append(f"{who} is listed {listed} and told {tuple(told)}, and may see {may}")
    return problems


async def test_what_visible_leaves_agrees_with_what_is_decided(url: str, tmp_path: Path, findings: Any) -> None:
    async with nodes(url, tmp_path) as [city]:
        await city.enable(written(tmp_path, "flood", FLOOD, 'permissions = ["sql"]\n'))
        caught: dict[str, list[str]] = {}
        for number in range(WORLDS * findings.effort):
            rows = await world(city, findings, number)
            findings.expect_none(await revealed(city, findings, OwnSql, rows))
            for twin in (ForgetsAnOwner, SeesNeighbours):
                caught.setdefault(twin.__name__, []).extend(await revealed(city, findings, twin, rows))
        for name, problems in caught.items():
            findings.expect_caught(name, problems)
