"""Documents that ask a catalogue for as much work as they can, each with its variables, at any size."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

SIZES = (1, 3, 8, 20, 60, 200, 600, 2_500)


class Read(NamedTuple):
    """A hostile question."""

    name: str
    text: str
    variables: dict[str, Any] = {}  # noqa: RUF012 -- nobody writes to it


def hostile_reads(size: int, names: list[str]) -> Iterator[Read]:
    """One question of each kind; `names` are resources that exist."""
    for kind in (_deep, _wide, _repeated, _stated, _placed, _cursors):
        for read in kind(size, names):
            yield Read(f"{read.name}, {size}", read.text, read.variables)


def _deep(size: int, names: list[str]) -> Iterator[Read]:
    id = names[-1]
    down, up = "dependencies{resource{", "dependants(first:200){resource{"
    yield Read("dependencies of dependencies", f'{{resource(id:"{id}"){{' + down * size + "id" + "}}" * size + "}}")
    yield Read("dependants of dependants", f'{{resource(id:"{names[0]}"){{' + up * size + "id" + "}}" * size + "}}")
    yield Read(
        "there and back",
        f'{{resource(id:"{id}"){{' + (down + up) * (size // 2 + 1) + "id" + "}}}}" * (size // 2 + 1) + "}}",
    )
    yield Read(
        "children of children",
        "{organizations{nodes{" + "children(first:200){nodes{" * size + "id" + "}}" * size + "}}}",
    )
    yield Read("parents of parents", '{organization(id:"com-1-1-1"){' + "parent{" * size + "id" + "}" * size + "}}")
    yield Read(
        "alternatives", f'{{resource(id:"{id}"){{' + "deprecation{alternative{" * size + "id" + "}}" * size + "}}"
    )
    yield Read(
        "doubling fragments",
        f'{{resource(id:"{id}"){{...F0}}}}'
        + "".join(
            f"fragment F{n} on Resource{{a:dependencies{{resource{{...F{n + 1}}}}} b:dependencies{{resource{{...F{n + 1}}}}}}}"
            for n in range(min(size, 38))
        )
        + f"fragment F{min(size, 38)} on Resource{{id}}",
    )


def _wide(size: int, names: list[str]) -> Iterator[Read]:
    first = min(size, 200)
    whole = "id code title{zh en} summary{zh en} tags spec footprint contact owner{id path title{zh en}} head{content{spec}}"
    yield Read("whole pages", f"{{resources(first:{first}){{nodes{{{whole}}}}}}}")
    yield Read("pages with their edges", f"{{resources(first:{first}){{nodes{{id dependencies{{resource{{id}}}}}}}}}}")
    yield Read(
        "pages with all around",
        f"{{resources(first:{first}){{nodes{{owner{{parent{{parent{{id}}}}}} notices{{target}}}}}}}}",
    )
    yield Read(
        "pages of revisions", f"{{resources(first:{first}){{nodes{{revisions(first:{first}){{nodes{{number}}}}}}}}}}"
    )
    yield Read(
        "pages of dependants", f"{{resources(first:{first}){{nodes{{dependants(first:{first}){{resource{{id}}}}}}}}}}"
    )
    yield Read(
        "scenarios with parts", f"{{scenarios(first:{first}){{nodes{{parts{{id title{{zh}}}} reasons{{trouble}}}}}}}}"
    )
    yield Read("many by name", "query($i:[ID!]!){resourcesByName(ids:$i){id}}", {"i": (names * size)[:size]})
    yield Read(
        "one by name again and again", "query($i:[ID!]!){resourcesByName(ids:$i){spec}}", {"i": names[:1] * size}
    )
    yield Read("nobody by name", "query($i:[ID!]!){resourcesByName(ids:$i){id}}", {"i": [f"x{n}" for n in range(size)]})


def _repeated(size: int, names: list[str]) -> Iterator[Read]:
    def aliased(part: Callable[[int], str]) -> str:
        return "{" + " ".join(f"a{n}:{part(n)}" for n in range(size)) + "}"

    yield Read("searches", aliased(lambda n: f'resources(first:1,search:"{"视水路空人企"[n % 6]}"){{totalCount}}'))
    yield Read("the same search", aliased(lambda n: 'resources(search:"视频"){totalCount}'))
    yield Read("totals", aliased(lambda n: f"resources(first:{n % 200 + 1}){{totalCount}}"))
    yield Read("facets", aliased(lambda n: "resources(first:1){facets(by:[owner,district,type]){values{count}}}"))
    yield Read("graphs", aliased(lambda n: f'impact(resource:"{names[0]}",depth:10){{total{{count}}}}'))
    yield Read("one resource", aliased(lambda n: f'resource(id:"{names[n % len(names)]}"){{id spec}}'))
    yield Read(
        "facets of one list",
        "{resources(first:1){"
        + " ".join(f"a{n}:facets(by:[owner,type,kind,district]){{values{{value}}}}" for n in range(size))
        + "}}",
    )
    yield Read("branches", "{resources(filter:{anyOf:[" + '{tag:"t1"}' * size + "]}){totalCount}}")
    yield Read(
        "branches that search",
        "query($f:ResourceFilter){resources(filter:$f){totalCount}}",
        {"f": {"anyOf": [{"search": "视频", "tag": f"t{n}"} for n in range(size)]}},
    )
    skips = [f"s{n}" for n in range(min(size, 30))]
    yield Read(
        "many skips",
        f"query({' '.join(f'${name}:Boolean!' for name in skips)}){{resources(first:1){{nodes{{"
        + " ".join(f"a{n}:id@skip(if:${name})" for n, name in enumerate(skips))
        + " id}}}",
        {name: n % 2 == 0 for n, name in enumerate(skips)},
    )


def _stated(size: int, names: list[str]) -> Iterator[Read]:
    filtered = "query($f:ResourceFilter,$s:String){resources(filter:$f,search:$s,first:1){totalCount nodes{id}}}"
    yield Read("many tags", filtered, {"f": {"tags": [f"t{n}" for n in range(size)]}})
    yield Read("words", filtered, {"s": " ".join(f"w{n}" for n in range(size))})
    yield Read("single characters", filtered, {"s": " ".join("视频水路空气人口企业资源"[n % 12] for n in range(size))})
    yield Read("a long word", filtered, {"s": "水" * size * 20})
    yield Read("signs without words", filtered, {"s": "?*%_\"'" * size})
    yield Read("a long tag", filtered, {"f": {"tag": "t" * size * 100}})
    yield Read("a long code", "query($c:String){resource(code:$c){id}}", {"c": "'" * size * 100})
    yield Read("a long id", "query($i:ID!){node(id:$i){id}}", {"i": "resources/" + "0" * size * 100})
    yield Read("an unknown subtree", filtered, {"f": {"ownerSubtree": "o" * size}})
    yield Read(
        "all that ever changed",
        filtered,
        {"f": {"updatedAfter": "0001-01-01T00:00:00Z", "during": {"start": "0001-01-01"}}},
    )
    yield Read("regions", filtered, {"f": {"anyOf": [{"region": f"{n % 90 + 10}"} for n in range(size)]}})


def _placed(size: int, names: list[str]) -> Iterator[Read]:
    asked = "query($a:AreaInput){resources(filter:{area:$a},first:1){totalCount}}"
    yield Read("a round polygon", asked, {"a": {"polygon": _polygon([_star(max(3, size), 1.0)])}})
    yield Read("a star", asked, {"a": {"polygon": _polygon([_star(max(6, size), 0.05)])}})
    yield Read("a polygon that crosses itself", asked, {"a": {"polygon": _polygon([_crossed(max(4, size))])}})
    parts = [[[_moved(_star(4, 1.0), n / 50)]] for n in range(size)]
    many = {"type": "MultiPolygon", "coordinates": [part[0] for part in parts]}
    yield Read("many polygons on each other", asked, {"a": {"polygon": many}})
    yield Read("everything", asked, {"a": {"box": {"west": -180, "south": -90, "east": 180, "north": 90}}})
    areas = [{"area": {"polygon": _polygon([_moved(_star(60, 0.3), n / 9)])}} for n in range(min(size, 12))]
    yield Read(
        "branches with areas", "query($f:ResourceFilter){resources(filter:$f){totalCount}}", {"f": {"anyOf": areas}}
    )


def _cursors(size: int, names: list[str]) -> Iterator[Read]:
    asked = "query($c:String){resources(after:$c,first:1){nodes{id}}}"
    yield Read("a long cursor", asked, {"c": "A" * size * 100})
    for name, text in (
        ("deep", "[" * size * 10),
        ("wide", "[" + "1," * size * 10 + "1]"),
        ("numbers", "9" * size * 10),
    ):
        yield Read(f"a {name} cursor", asked, {"c": base64.urlsafe_b64encode(text.encode()).decode()})
    yield Read("a cursor of another order", asked, {"c": base64.urlsafe_b64encode(b'["code","x","y"]').decode()})


def _polygon(rings: list[list[list[float]]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": rings}


def _star(points: int, inner: float) -> list[list[float]]:
    ring = []
    for n in range(points):
        angle, far = 2 * math.pi * n / points, 0.7 * (inner if n % 2 else 1.0)
        ring.append([120.2 + far * math.cos(angle), 36.4 + far * math.sin(angle)])
    return [*ring, ring[0]]


def _crossed(points: int) -> list[list[float]]:
    ring = [[120.0 + (n * 7 % points) / points, 36.0 + (n * 3 % points) / points] for n in range(points)]
    return [*ring, ring[0]]


def _moved(ring: list[list[float]], by: float) -> list[list[float]]:
    return [[longitude + by / 10, latitude] for longitude, latitude in ring]
