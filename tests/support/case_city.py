"""The case centre in a small city: as it is, or with one of its modules broken on purpose."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

from plugin_city import PluginCity, held

from ucs_registry.documents import Document, DocumentQuery
from ucs_registry.events import NewEvent
from ucs_sdk.plugins import FoundPlugin, find_in_folder

SOURCE = Path(__file__).parents[2] / "capabilities" / "case_center"
PACKAGE = Path("src") / "ucs_capability_case_center"

OWNER = "3702"
UNITS = ("water", "roads")
ROLES = ["receptionist", "shift_leader", "dispatcher", "collector", "supervisor"]


def the_case_centre(folder: Path, module: str = "", right: str = "", wrong: str = "") -> FoundPlugin:
    """The plugin; with `module`, a copy of it in which something right stands wrong there."""
    if not module:
        return find_in_folder(SOURCE)
    copied = copytree(SOURCE, folder / f"broken-{module}", ignore=ignore_patterns("__pycache__", "tests"))
    broken = copied / PACKAGE / f"{module}.py"
    text = broken.read_text("utf-8")
    assert text.count(right) == 1, f"{module} has no such place any more"
    broken.write_text(text.replace(right, wrong), "utf-8")
    return find_in_folder(copied)


async def staffed(city: PluginCity, found: FoundPlugin) -> None:
    """Enable the case centre, put two people on its roster, and enter units with a rule for the first one."""
    await city.keep(*(held(who, "editor", "37") for who in ("wang", "li")))
    await city.enable(found, owner=OWNER)
    for unit in UNITS:
        await city.invoke("wang", "case_center.enter_unit", unit=unit, title_zh=unit, title_en=unit)
    await city.invoke("wang", "case_center.put_dispatch_rule", id="all", unit=UNITS[0])
    for who in ("wang", "li"):
        await city.invoke("wang", "case_center.assign_roles", principal=who, roles=ROLES)


def a_report(
    city: PluginCity, id: str, matter: int, *, reporter: str = "a", source: str = "sensor", lanes: int = 2
) -> NewEvent:
    """A report of a matter, each of which has a place of its own; by another reporter from across the road."""
    return NewEvent(
        id=id,
        source=f"plugins/{reporter}",
        type="city.case_center.report.v1",
        subject=f"{reporter}{matter % lanes}",
        time=city.clock(),
        organization="water",
        data={
            "case_type": "road_waterlogging",
            "source": source,
            "source_id": f"{reporter}-{matter}",
            "title": f"积水 {matter}",
            "longitude": 120.0 + 0.01 * matter,
            "latitude": 36.0 if reporter == "a" else 36.0003,
            "region": "370202",
        },
    )


async def told(store: Any, events: list[NewEvent]) -> None:
    """Tell of events in one unit."""
    async with store.write() as unit:
        await unit.emit(events)
        await unit.commit()


async def kept(store: Any, collection: str = "cases") -> dict[str, Document]:
    """All records of a collection, whoever owns them."""
    async with store.read() as reader:
        found = await reader.find_documents(DocumentQuery(plugin="case_center", collection=collection), first=10_000)
    return {each.id: each for each in found}


def verbs_of(case: Document) -> list[str]:
    """What was done to a case, in order."""
    steps: Any = case.body["steps"]
    return [step["verb"] for step in steps]
