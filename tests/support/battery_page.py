"""The page about the query battery: user action → call → statement → healthy plan, with the statements that really run.

    PYTHONPATH=tests/support .venv/bin/python -m battery_page

enters a city of 10,000 resources into a SQLite file and writes the part of the page that follows from the code anew.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from battery_desk import CARD, Desk, Entry
from bulk_city import City, build
from query_battery import BATTERY
from shown_statements import shortened
from statement_plans import captured

from ucs_registry.sql import SqlStore, open_store, upgrade

PAGE = Path(__file__).parents[2] / "docs" / "query-battery.md"
ROWS = 10_000

BEGIN, END = "<!-- from the code, by tests/support/battery_page.py -->", "<!-- to here -->"

SHOWN_MOST = 3
"""How many statements of a call are shown."""

Texts = Mapping[str, Sequence[str]]
"""The statements of each call, by the name of its entry."""


async def statements_of(store: SqlStore, desk: Desk, entry: Entry) -> list[str]:
    """What a call asks of the database when everything that can be remembered is remembered."""
    await entry.run(desk)
    with captured(store) as found:
        await entry.run(desk)
    return [statement.text for statement in found if statement.has_plan]


def written(texts: Texts) -> str:
    """All calls, as the page shows them."""
    told: dict[tuple[str, ...], str] = {}
    lines = ["| what a user does | call | statement | healthy plan |", "|---|---|---|---|"]
    for entry in BATTERY:
        shown = _shown(entry, tuple(texts[entry.name]), told)
        lines.append(f"| {entry.action} | {_code(entry.call.replace(CARD, '…'))} | {shown} | {entry.plan} |")
    return "\n".join(lines)


def on_the_page() -> str:
    """What the page shows now."""
    return PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0].strip()


def _shown(entry: Entry, texts: tuple[str, ...], told: dict[tuple[str, ...], str]) -> str:
    if (before := told.setdefault(texts, entry.action)) != entry.action:
        return f"as for “{before}”, with other values"
    shown = list(dict.fromkeys(map(shortened, texts)))
    # Where the store stands is asked before everything that is not one statement.
    most = [text for text in shown if text != _STANDING] or shown
    rest = [f"and {len(most) - SHOWN_MOST} more"] if len(most) > SHOWN_MOST else []
    return "<br>".join([*map(_code, most[:SHOWN_MOST]), *rest])


def _code(text: str) -> str:
    return f"`{text.replace('|', PIPE)}`"


PIPE = r"\|"
_STANDING = "SELECT … FROM head"


async def _texts(url: str) -> Texts:
    city = City(count=ROWS)
    await build(url, city)
    store = await open_store(url, patience=60)
    desk = Desk(store, city)
    try:
        return {entry.name: await statements_of(store, desk, entry) for entry in BATTERY}
    finally:
        await desk.platform.pipeline.drain()
        await store.close()


def main() -> int:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ucs.db"
        upgrade(url)
        made = written(asyncio.run(_texts(url)))
    before, begin, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    PAGE.write_text(f"{before}{begin}\n\n{made}\n\n{end}{after}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
