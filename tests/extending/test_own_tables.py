"""Tables of a plugin's own: made when it starts, read as far as the caller may, written with all else, and nothing lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from plugin_city import PluginCity, nodes, written

from ucs_core.access import PolicyRow
from ucs_registry.sql.own import running
from ucs_sdk.errors import UcsError
from ucs_sdk.messages import Phrase
from ucs_sdk.plugins import FoundPlugin

GAUGE = """
from pydantic import BaseModel
from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text, func, insert, select, update
from ucs_sdk import Capability, Context, Event, hookimpl
class Asked(BaseModel):
    key: str = "a"
    owner: str = ""
    level: int = 0
class Told(BaseModel):
    keys: list[str] = []
    total: int = 0
class Raised(BaseModel):
    key: str
metadata = MetaData()
levels = Table("levels", metadata, Column("key", Text, primary_key=True), Column("owner", Text, nullable=False),
               Column("level", Integer, nullable=False), {columns}Index("by_level", "level"))
gauge = Capability("gauge", title_zh="水尺", title_en="Gauge")
gauge.tables(metadata)
gauge.emits("city.gauge.raised.v1", Raised)
attempts = []
def seen(ctx):
    return select(levels).where(ctx.visible(levels.c.owner))
@gauge.operation(title_zh="记", title_en="Keep", effect="write")
async def keep(ctx: Context, asked: Asked) -> Told:
    async with ctx.unit() as unit:
        unit.sql.put(levels, {{"key": asked.key, "owner": asked.owner or ctx.caller.organization, "level": asked.level}})
        unit.emit("city.gauge.raised.v1", Raised(key=asked.key), subject=asked.key)
    if asked.level < 0:
        raise ValueError("hunter2")
    return Told()
@gauge.operation(title_zh="加", title_en="Add", effect="write")
async def add(ctx: Context, asked: Asked) -> Told:
    attempts.append(asked.key)
    async with ctx.unit() as unit:
        [row] = await unit.sql.all(select(levels.c.level).where(levels.c.key == asked.key))
        if len(attempts) == asked.level:
            await ctx.invoke("gauge.keep", {{"key": asked.key, "level": 70}})
        unit.sql.run(update(levels).where(levels.c.key == asked.key).values(level=row.level + 1))
    return Told()
@gauge.operation(title_zh="新", title_en="Enter", effect="write")
async def enter(ctx: Context, asked: Asked) -> Told:
    async with ctx.unit() as unit:
        unit.sql.run(insert(levels), [{{"key": asked.key, "owner": "water", "level": asked.level}}])
    return Told()
@gauge.operation(title_zh="列", title_en="List")
async def listed(ctx: Context, asked: Asked) -> Told:
    rows = await ctx.sql.all(seen(ctx).where(levels.c.level >= asked.level).order_by(levels.c.level.desc(), levels.c.key))
    total = await ctx.sql.all(select(func.sum(levels.c.level)).where(ctx.visible(levels.c.owner)))
    return Told(keys=[row.key for row in rows], total=total[0][0] or 0)
async def everything(ctx):
    return await ctx.sql.all(select(levels))
heard = []
@gauge.on("city.gauge.raised.v1")
async def hear(ctx: Context, event: Event[Raised]) -> None:
    async with ctx.unit() as unit:
        [row] = await unit.sql.all(select(levels).where(levels.c.key == event.data.key))
        heard.append(row.level)
        unit.sql.run(update(levels).where(levels.c.key == event.data.key).values(level=levels.c.level + 1))
@hookimpl
async def ucs_started(ctx: Context) -> None:
    assert await ctx.sql.all(select(levels).limit(1)) is not None
@hookimpl
def ucs_capabilities() -> list[Capability]:
    return [gauge]
"""

GAUGE_MANIFEST = """
permissions = ["sql", "events", "invoke"]
events_in = ["city.gauge.raised.v1"]
events_out = ["city.gauge.raised.v1"]
"""


def a_gauge(
    city: PluginCity, columns: str = "", version: str = "1.0", replaced: dict[str, str] | None = None
) -> FoundPlugin:
    source = GAUGE.format(columns=columns)
    for before, after in (replaced or {}).items():
        source = source.replace(before, after)
    found: FoundPlugin = written(city.folder, "gauge", source, GAUGE_MANIFEST, version)
    return found


@pytest.fixture(params=["sqlite_url", "postgres_url"])
async def city(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PluginCity]:
    async with nodes(request.getfixturevalue(request.param), tmp_path) as [made]:
        async with made.store.write() as unit:
            own_only = PolicyRow(
                id="test.own", role="member", relation="own", kind="data", type="gauge__levels", action="read"
            )
            await unit.put_rules([own_only.to_rule()])
            await unit.commit()
        yield made


async def rows(city: PluginCity) -> dict[str, int]:
    """All rows, as the plugin itself sees them."""
    listed = await city.platform.extensions.table.plugins["gauge"].plugin.module.everything(
        city.platform.extensions.background.context(city.platform.extensions.table.plugins["gauge"], "test")
    )
    return {row.key: row.level for row in listed}


async def fails(attempt: Any) -> UcsError:
    with pytest.raises(UcsError) as caught:
        await attempt
    return caught.value


def problem_of(error: UcsError) -> str:
    """Which phrase says what is wrong."""
    problem = error.fields["problem"]
    assert isinstance(problem, Phrase)
    return problem.key


def cause_of(error: UcsError) -> UcsError:
    """What went wrong inside the plugin, which its caller is not told."""
    assert isinstance(error.__cause__, UcsError)
    return error.__cause__


async def test_rows_are_kept_and_seen_by_those_who_may(city: PluginCity) -> None:
    await city.enable(a_gauge(city))
    for key, owner, level in (("a", "water", 3), ("b", "roads", 5), ("c", "water", 4)):
        await city.invoke("founder", "gauge.keep", key=key, owner=owner, level=level)
    assert await city.invoke("wang", "gauge.listed") == {"keys": ["c", "a"], "total": 7}
    assert await city.invoke("li", "gauge.listed", level=4) == {"keys": ["b"], "total": 5}


async def test_what_fails_leaves_no_row_and_what_is_done_is_told_in_the_log(city: PluginCity) -> None:
    await city.enable(a_gauge(city))
    assert (await fails(city.invoke("wang", "gauge.keep", level=-1))).reason == "PLUGIN_FAILED"
    assert await rows(city) == {}
    await city.invoke("wang", "gauge.keep", level=1)
    bodies = [entry.body for entry in await city.entries("operations.invoke") if entry.body]
    assert '"tables":["levels"]' in bodies[-1]
    await city.invoke("wang", "gauge.enter", key="b")
    taken = await fails(city.invoke("wang", "gauge.enter", key="b", level=9))
    assert (taken.reason, taken.fields["table"]) == ("SQL_CONSTRAINT", "levels")
    assert await rows(city) == {"a": 1, "b": 0}


async def test_a_function_whose_table_has_changed_meanwhile_is_run_again(city: PluginCity) -> None:
    await city.enable(a_gauge(city))
    await city.invoke("wang", "gauge.keep", level=1)
    await city.invoke("wang", "gauge.add", level=1)
    assert await rows(city) == {"a": 71}
    assert city.platform.extensions.table.plugins["gauge"].plugin.module.attempts == ["a", "a"]


async def test_a_handler_writes_once_in_effect(city: PluginCity) -> None:
    await city.enable(a_gauge(city))
    for key in "abc":
        await city.invoke("wang", "gauge.keep", key=key, level=1)
    await city.platform.extensions.settle()
    city.clock.move(minutes=1)
    await city.platform.extensions.settle()
    assert await rows(city) == {"a": 2, "b": 2, "c": 2}


async def test_each_event_of_a_subject_sees_what_those_before_it_have_written(city: PluginCity) -> None:
    await city.enable(a_gauge(city))
    for _ in range(3):
        await city.invoke("wang", "gauge.keep", level=1)
    await city.platform.extensions.settle()
    assert await rows(city) == {"a": 4}
    # What was heard in vain was heard again.
    heard = city.platform.extensions.table.plugins["gauge"].plugin.module.heard
    assert heard[-1] == 3
    assert set(heard) == {1, 2, 3}


async def test_a_new_version_adds_columns_tables_and_indexes_and_keeps_the_rows(city: PluginCity) -> None:
    await city.enable(a_gauge(city))
    await city.invoke("wang", "gauge.keep", level=1)
    more = (
        'Column("note", Text), Column("open", Boolean, nullable=False, server_default="0"), Index("by_note", "note"), '
    )
    other = {"gauge = Cap": 'Table("hands", metadata, Column("id", Integer, primary_key=True))\ngauge = Cap'}
    await city.enable(a_gauge(city, more, "1.1", other))
    await city.invoke("wang", "gauge.keep", key="b", level=2)
    module = city.platform.extensions.table.plugins["gauge"].plugin.module
    background = city.platform.extensions.background.context(city.platform.extensions.table.plugins["gauge"], "test")
    assert [(row.key, row.note, row.open) for row in await module.everything(background)] == [
        ("a", None, False),
        ("b", None, False),
    ]
    # The version before it runs with what the newer one has added, as on a node that is not upgraded yet.
    await city.enable(a_gauge(city, version="1.2"))
    await city.invoke("wang", "gauge.keep", key="c", level=3)
    assert await rows(city) == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('"level", Integer', '"level", Text', "table-changed-column"),
        ("nullable=False), Index", "nullable=True), Index", "table-changed-column"),
        ('Column("level", Integer, nullable=False), ', 'Column("levels", Integer), ', "table-left-required"),
        ('Index("by_level"', 'Column("more", Text, nullable=False), Index("by_level"', "table-added-required"),
        ('"owner", Text', '"owner", Text, primary_key=True', "table-changed-key"),
        ('"owner", Text', '"owner", Text, unique=True', "table-changed-unique"),
        ('Index("by_level", "level")', 'Index("by_level", "owner")', "table-changed-index"),
    ],
)
async def test_what_rows_that_are_there_would_not_survive_is_refused(
    city: PluginCity, before: str, after: str, problem: str
) -> None:
    await city.enable(a_gauge(city))
    await city.invoke("wang", "gauge.keep", level=1)
    swapped = {before: after, '"level")': '"owner")'} if "levels" in after else {before: after}
    wrong = await fails(city.enable(a_gauge(city, version="2.0", replaced=swapped)))
    assert (wrong.reason, problem_of(wrong)) == ("TABLE_CHANGED", problem)
    assert await rows(city) == {"a": 1}, "the version before it goes on"


DECLARED = {
    "a time": ('"level", Integer', '"level", DateTime', "table-type"),
    "a length": ('"owner", Text', '"owner", String(5)', "table-type"),
    "no key": ("Text, primary_key=True", "Text", "table-keyless"),
    "a check": ('Index("by_level"', 'CheckConstraint("level > 0"), Index("by_level"', "table-constraint"),
    "a name": ('"levels", metadata', '"Levels", metadata', "table-name"),
    "a schema": ('"level"))\ngauge', '"level"), schema="public")\ngauge', "table-schema"),
    "a default": ("nullable=False), Index", "server_default=func.now()), Index", "table-default"),
    "a function's value": ("nullable=False), Index", "default=lambda: 1), Index", "table-made"),
    "what is asked elsewhere": (
        "nullable=False), Index",
        "onupdate=select(func.max(Table('principals', MetaData(), Column('id', Integer)).c.id)).scalar_subquery()), Index",
        "table-made",
    ),
    "a stranger": ("nullable=False), Index", 'ForeignKey("resources.id")), Index', "table-reference"),
}


@pytest.mark.parametrize("wrong", DECLARED)
async def test_what_the_databases_would_not_keep_alike_is_refused(city: PluginCity, wrong: str) -> None:
    before, after, problem = DECLARED[wrong]
    more = "from sqlalchemy import CheckConstraint, DateTime, String\nmetadata = M"
    error = await fails(city.enable(a_gauge(city, replaced={before: after, "metadata = M": more})))
    assert (error.reason, problem_of(error)) == ("TABLE_WRONG", problem)


async def test_a_platform_in_memory_says_that_it_has_no_tables(tmp_path: Path) -> None:
    async with nodes(None, tmp_path) as [small]:
        error = await fails(small.enable(a_gauge(small)))
        assert (error.reason, error.fields["plugin"]) == ("SQL_NEEDS_DATABASE", "gauge")


async def test_an_answer_has_no_more_rows_than_its_bound(city: PluginCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ROWS_MOST", 2)
    await city.enable(a_gauge(city))
    for key in "ab":
        await city.invoke("wang", "gauge.keep", key=key, level=1)
    assert (await city.invoke("wang", "gauge.listed"))["keys"] == ["a", "b"]
    await city.invoke("wang", "gauge.keep", key="c", level=1)
    assert cause_of(await fails(city.invoke("wang", "gauge.listed"))).reason == "SQL_ROWS_TOO_MANY"


async def test_a_statement_that_takes_too_long_is_ended(city: PluginCity, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = """
@gauge.operation(title_zh="慢", title_en="Slow")
async def slow(ctx: Context, asked: Asked) -> Told:
    parts = [levels.alias(f"t{at}") for at in range(asked.level)]
    pairs = [one.c.level <= other.c.level for one, other in zip(parts, parts[1:])]
    total = await ctx.sql.all(select(func.count(parts[0].c.key + parts[-1].c.key)).where(*pairs))
    return Told(total=total[0][0])
@hookimpl
async def ucs_started"""
    await city.enable(a_gauge(city, replaced={"@hookimpl\nasync def ucs_started": endless}))
    for at in range(12):
        await city.invoke("wang", "gauge.keep", key=str(at), level=1)
    assert (await city.invoke("wang", "gauge.slow", level=1))["total"] == 12
    monkeypatch.setattr(running, "READ_SECONDS", 0.2)
    assert cause_of(await fails(city.invoke("wang", "gauge.slow", level=12))).reason == "SQL_TOO_SLOW"
    assert len((await city.invoke("wang", "gauge.listed"))["keys"]) == 12


async def test_tables_need_the_permission_and_a_declaration(small: PluginCity) -> None:
    unstated = written(small.folder, "gauge", GAUGE.format(columns=""), 'permissions = ["events", "invoke"]\n')
    wrong = await fails(small.enable(unstated))
    assert (wrong.reason, wrong.fields["permission"], wrong.fields["line"]) == ("PERMISSION_UNSTATED", "sql", 18)
    undeclared = a_gauge(small, replaced={"gauge.tables(metadata)": ""})
    assert "SQL_UNDECLARED" in str(await fails(small.enable(undeclared)))


async def test_a_statement_that_is_not_taken_is_the_plugins_fault(city: PluginCity) -> None:
    await city.enable(a_gauge(city, replaced={'"level": asked.level}': '"level": "high"}'}))
    wrong = await fails(city.invoke("wang", "gauge.keep"))
    assert (wrong.reason, wrong.fields) == ("SQL_FAILED", {"plugin": "gauge"})
    assert await rows(city) == {}
