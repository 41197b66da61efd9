"""The filters of `ucs search`: what is typed on the command line, as the platform takes it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from ucs_core.cli.client import Answer
from ucs_core.cli.verb import Misused, flag, one_of, option
from ucs_sdk.commands import say
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType, Term

POLYGON_BYTES_MOST = 1_000_000
"""How long a file with an area may be; 500 vertices take a small part of it."""

_LIKE_A_DAY = re.compile(r"[\d-]{1,10}\Z")


def filter_options() -> list[click.Parameter]:
    """The options that say which resources."""
    owner = say("an organisation and all below it, such as 370202", "机构及其所有下级，如 370202")
    either = say(
        "one of several branches, such as 'kind=data,tag=flood'; give it up to 8 times, one must hold",
        "若干分支之一，如 'kind=data,tag=防汛'；可重复至多 8 次，满足其一即可",
    )
    polygon = say("a GeoJSON file with a polygon that they meet", "与该 GeoJSON 文件中的面相交")
    box = say("degrees that they lie in: WEST,SOUTH,EAST,NORTH", "所在范围（度）：西,南,东,北")
    return [
        one_of("--kind", say("kind", "资源类别"), ResourceKind),
        option("--type", say("type, such as dataset", "资源类型，如 dataset"), metavar="TYPE"),
        option("--owner", owner, metavar="ID"),
        option("--owned-by", say("an organisation itself", "机构本身，不含下级"), metavar="ID"),
        one_of("--share", say("share type", "共享类型"), ShareType),
        one_of("--level", say("data level", "数据分级"), DataLevel),
        one_of("--open", say("open type", "开放属性"), OpenType),
        one_of("--state", say("availability", "可用状态"), Availability),
        _many("--tag", say("a whole tag; all of them where given often", "完整标签；可重复，须全部具有"), "TAG"),
        option("--code", say("a whole code", "完整资源代码"), metavar="CODE"),
        option("--district", say("district, such as 370202", "区县，如 370202"), metavar="DIGITS"),
        option("--region", say("beginning of the division's code", "行政区划代码前缀"), metavar="DIGITS"),
        option("--box", box, metavar="W,S,E,N"),
        option("--polygon", polygon, metavar="FILE"),
        option("--from", say("about this day or later", "内容时间不早于该日"), metavar="DAY", name="from_day"),
        option("--until", say("about this day or earlier", "内容时间不晚于该日"), metavar="DAY", name="until_day"),
        option("--changed-after", say("changed on this day or later", "该日及以后有变更"), metavar="DAY"),
        option("--changed-before", say("changed before this day", "该日以前有变更"), metavar="DAY"),
        _many("--any", either, "BRANCH", name="branches"),
        flag("--affected", say("only what needs something deprecated", "仅依赖已弃用资源者")),
    ]


def _many(flag: str, help: str, metavar: str, name: str | None = None) -> click.Option:
    return click.Option([flag, *([name] if name else [])], help=help, metavar=metavar, multiple=True)


def filter_of(stated: Mapping[str, Any]) -> Answer:
    """The filter that the options state. Raises Misused where one cannot be read."""
    window = {"start": _day("--from", stated["from_day"]), "end": _day("--until", stated["until_day"])}
    return {
        "kind": stated["kind"],
        "type": stated["type"],
        "ownerSubtree": stated["owner"],
        "owner": stated["owned_by"],
        "shareType": stated["share"],
        "dataLevel": stated["level"],
        "openType": stated["open"],
        "availability": stated["state"],
        "tags": list(stated["tag"]) or None,
        "code": stated["code"],
        "district": stated["district"],
        "region": stated["region"],
        "area": _area(stated["box"], stated["polygon"]),
        "during": window if any(window.values()) else None,
        "updatedAfter": _instant("--changed-after", stated["changed_after"]),
        "updatedBefore": _instant("--changed-before", stated["changed_before"]),
        "anyOf": [_branch(text) for text in stated["branches"]] or None,
        "affectedByDeprecation": stated["affected"] or None,
    }


def _day(flag: str, text: str | None) -> str | None:
    """A day as it was written. Raises Misused for what is none."""
    try:
        return text and date.fromisoformat(text).isoformat()
    except ValueError as cause:
        raise Misused(
            say(
                f"{flag} is {text!r}, and takes a day such as 2026-01-31.",
                f"{flag} 为 {text}，应为日期，如 2026-01-31。",
            )
        ) from cause


def _instant(flag: str, text: str | None) -> str | None:
    # A day alone begins at midnight; who means another zone's midnight says so.
    return f"{_day(flag, text)}T00:00:00Z" if text and _LIKE_A_DAY.match(text) else text


def _area(box: str | None, polygon: str | None) -> Answer | None:
    if box is not None and polygon is not None:
        raise Misused(say("Give either --box or --polygon.", "--box 与 --polygon 只能给出一个。"))
    if box is not None:
        return {"box": _box(box)}
    return None if polygon is None else {"polygon": _shape(Path(polygon))}


def _box(text: str) -> dict[str, float]:
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError as cause:
        told = say(
            f"--box is {text!r}; it takes four numbers, such as 120.2,36.0,120.5,36.3.",
            f"--box 为 {text}，应为四个数，如 120.2,36.0,120.5,36.3。",
        )
        raise Misused(told) from cause
    return {"west": west, "south": south, "east": east, "north": north}


def _shape(path: Path) -> object:
    """The polygon of a GeoJSON file: the geometry itself, a feature's, or that of a collection of one feature."""
    try:
        if path.stat().st_size > POLYGON_BYTES_MOST:
            raise Misused(
                say(
                    f"{path} is larger than {POLYGON_BYTES_MOST} bytes; an area has at most 500 vertices.",
                    f"{path} 超过 {POLYGON_BYTES_MOST} 字节；区域至多 500 个顶点。",
                )
            )
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as cause:
        raise Misused(say(f"{path} cannot be read as GeoJSON.", f"无法将 {path} 读作 GeoJSON。")) from cause
    features = found.get("features") if isinstance(found, dict) else None
    if isinstance(features, list) and len(features) == 1:
        found = features[0]
    inner = found.get("geometry") if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else found


def _branch(text: str) -> dict[str, object]:
    branch: dict[str, object] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not value:
            raise Misused(
                say(
                    f"--any takes pairs such as kind=data,tag=flood, not {part!r}.",
                    f"--any 应为 kind=data,tag=防汛 这样的键值，而不是 {part}。",
                )
            )
        if name not in _BRANCH:
            near = difflib.get_close_matches(name, _BRANCH, n=1)
            guess = say(f" Did you mean {near[0]}?", f"您要找的是 {near[0]} 吗？") if near else ""
            known = ", ".join(_BRANCH)
            raise Misused(
                say(f"--any knows no {name!r}, only {known}.", f"--any 不认识 {name}，可用：{known}。") + guess
            )
        if name in _WORDS and value not in tuple(_WORDS[name]):
            near = difflib.get_close_matches(value, tuple(_WORDS[name]), n=1)
            guess = say(f" Did you mean {near[0]}?", f"您要找的是 {near[0]} 吗？") if near else ""
            known = ", ".join(_WORDS[name])
            raise Misused(
                say(
                    f"--any: {name} must be one of {known}; it is {value!r}.",
                    f"--any：{name} 为 {value}，只能取 {known}。",
                )
                + guess
            )
        wire = _BRANCH[name]
        branch[wire] = [*_listed(branch.get(wire)), value] if wire == "tags" else value
    return branch


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


_BRANCH: Mapping[str, str] = {
    "kind": "kind",
    "type": "type",
    "owner": "ownerSubtree",
    "owned-by": "owner",
    "share": "shareType",
    "level": "dataLevel",
    "open": "openType",
    "state": "availability",
    "tag": "tags",
    "code": "code",
    "words": "search",
    "district": "district",
    "region": "region",
}
"""What a branch may state: its name on the command line, and on the wire."""

_WORDS: Mapping[str, type[Term]] = {
    "kind": ResourceKind,
    "share": ShareType,
    "level": DataLevel,
    "open": OpenType,
    "state": Availability,
}
"""What of a branch is a word of a vocabulary."""
