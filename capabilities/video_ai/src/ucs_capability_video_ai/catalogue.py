"""Catalogues of GB/T 28181, as JSON and as the XML of a catalogue's answer: read with bounds, and written.

Positions are WGS-84, as the standard has them. The XML of strangers is read without document types, so that no entity grows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from ucs_capability_video_ai.gb28181 import GROUPS, GbCode, read_code
from ucs_sdk import Invalid
from ucs_sdk.vocabulary import Term

ITEMS_MOST = 2_000
"""How many items one catalogue may bring."""

TEXT_MOST = 1_000_000
"""How many characters a catalogue may have."""

NAME_MOST = 120
"""How many characters of a name are kept."""

_PROLOGUE = re.compile(r"^\ufeff?\s*<\?xml[^>]{0,200}\?>")


class CatalogueFormat(Term):
    """How a catalogue is written (目录格式)."""

    JSON = "json", "JSON", "JSON"
    XML = "xml", "XML（DeviceList）", "XML (DeviceList)"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueItem:
    """What a catalogue says of one code."""

    code: GbCode
    name: str
    parent: str = ""
    address: str = ""
    manufacturer: str = ""
    region: str = ""
    online: bool | None = None
    longitude: float | None = None
    latitude: float | None = None

    @property
    def is_group(self) -> bool:
        """Whether it only holds others together."""
        return self.code.kind in GROUPS


@dataclass(frozen=True, slots=True)
class ItemRefused:
    """An item that says nothing that can be believed."""

    index: int
    code: str
    zh: str
    en: str


def read_catalogue(text: str, form: CatalogueFormat) -> tuple[list[CatalogueItem], list[ItemRefused]]:
    """The items of a catalogue, and those that were refused, each with the reason. Raises Invalid for what is none."""
    if len(text) > TEXT_MOST:
        raise _unreadable("超过长度上限", "it is too long")
    stated = _items_of_xml(text) if form is CatalogueFormat.XML else _items_of_json(text)
    if len(stated) > ITEMS_MOST:
        raise _unreadable(f"超过 {ITEMS_MOST} 项", f"it has more than {ITEMS_MOST} items")
    items: list[CatalogueItem] = []
    refused: list[ItemRefused] = []
    for index, each in enumerate(stated):
        try:
            items.append(_item_of(each))
        except Invalid as error:
            said = {locale.value: words for locale, words in error.said.items()}
            refused.append(ItemRefused(index, str(each.get("DeviceID", ""))[:40], said["zh"], said["en"]))
    return items, refused


def _items_of_json(text: str) -> list[Mapping[str, str]]:
    try:
        stated = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise _unreadable("不是 JSON", "it is no JSON") from cause
    if isinstance(stated, dict):
        stated = stated.get("DeviceList", stated.get("Items"))
    if not isinstance(stated, list) or not all(isinstance(each, dict) for each in stated):
        raise _unreadable("没有 DeviceList 数组", "it has no list DeviceList")
    return [{key: "" if value is None else str(value) for key, value in each.items()} for each in stated]


def _items_of_xml(text: str) -> list[Mapping[str, str]]:
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise _unreadable("不得含文档类型定义", "document types are not read")
    try:
        # The text is decoded already, so what its prologue says of its encoding is no longer so.
        root = ElementTree.fromstring(_PROLOGUE.sub("", text, count=1))
    except (ElementTree.ParseError, ValueError) as cause:
        raise _unreadable("不是 XML", "it is no XML") from cause
    listed = root if root.tag == "DeviceList" else root.find("DeviceList")
    if listed is None:
        raise _unreadable("没有 DeviceList", "it has no DeviceList")
    return [{part.tag: part.text or "" for part in item} for item in listed.iterfind("Item")]


def _item_of(stated: Mapping[str, str]) -> CatalogueItem:
    code = read_code(stated.get("DeviceID", "").strip())
    longitude, latitude = _degrees(stated, "Longitude", 180.0), _degrees(stated, "Latitude", 90.0)
    if longitude is None or latitude is None or (longitude == 0.0 and latitude == 0.0):
        longitude = latitude = None
    status = stated.get("Status", "").strip().upper()
    civil = stated.get("CivilCode", "").strip()
    return CatalogueItem(
        code=code,
        name=stated.get("Name", "").strip()[:NAME_MOST] or code.text,
        parent=stated.get("ParentID", "").strip()[:80],
        address=stated.get("Address", "").strip()[:NAME_MOST],
        manufacturer=stated.get("Manufacturer", "").strip()[:NAME_MOST],
        region=civil if re.fullmatch(r"[0-9]{6,12}", civil) else code.region,
        online={"ON": True, "OK": True, "OFF": False}.get(status),
        longitude=longitude,
        latitude=latitude,
    )


def _degrees(stated: Mapping[str, str], name: str, most: float) -> float | None:
    text = stated.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or abs(value) > most:
        raise _unreadable(f"{name} 不是度数：{text[:20]}", f"{name} is no degree: {text[:20]!r}")
    return value


def _unreadable(zh: str, en: str) -> Invalid:
    return Invalid.saying(
        "CATALOGUE_UNREADABLE",
        zh="目录无法读取：{problem_zh}。",
        en="The catalogue cannot be read: {problem_en}.",
        problem_zh=zh,
        problem_en=en,
    )


def stated_item(item: CatalogueItem) -> dict[str, str]:
    """An item under the standard's names, without what is not known."""
    status = {True: "ON", False: "OFF", None: ""}[item.online]
    stated = {
        "DeviceID": item.code.text,
        "Name": item.name,
        "Manufacturer": item.manufacturer,
        "CivilCode": item.region,
        "Address": item.address,
        "ParentID": item.parent,
        "Status": status,
        "Longitude": "" if item.longitude is None else f"{item.longitude:.7f}",
        "Latitude": "" if item.latitude is None else f"{item.latitude:.7f}",
    }
    return {name: value for name, value in stated.items() if value}


def write_catalogue(items: Sequence[CatalogueItem], form: CatalogueFormat, device: str) -> str:
    """A catalogue of these items, as the device of this code would answer."""
    if form is CatalogueFormat.JSON:
        return json.dumps({"DeviceID": device, "DeviceList": [stated_item(each) for each in items]}, ensure_ascii=False)
    lines = "".join(f"<Item>{_elements(stated_item(each).items())}</Item>" for each in items)
    head = f"<CmdType>Catalog</CmdType><SN>1</SN><DeviceID>{escape(device)}</DeviceID><SumNum>{len(items)}</SumNum>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Response>{head}'
        f'<DeviceList Num="{len(items)}">{lines}</DeviceList></Response>'
    )


def _elements(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<{name}>{escape(_written(value))}</{name}>" for name, value in pairs)


def _written(value: str) -> str:
    """A value without the control characters that XML cannot hold."""
    return "".join(each for each in value if each >= " ")
