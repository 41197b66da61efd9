"""Points and observations in the shape of OGC SensorThings 1.1 (18-088), over HTTP, below `/plugins/waterlogging/v1.1`.

A point is a Thing; what one of its devices measures is a Datastream, called `<point>:<device>:<property>`; what was measured is
an Observation. It is a subset, and says so: collections with `$top` and `$skip`, single entities, the links between them, and
Observations that are made one by one or many at a time (`CreateObservations`, the data-array extension). There is no other OData
query, and nothing is made but Observations: points are entered by `waterlogging.register`. Reading and writing go through the
plugin's operations as whoever calls, so that nobody sees or feeds more here than there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from ucs_capability_waterlogging.inputs import BATCH_MOST, Observable
from ucs_sdk import Code, Context, Invalid, Locale, NotFound, UcsError

ROOT = "/v1.1"

TOP = 100
TOP_MOST = 500
"""How many entities a page has, and at most."""

_ENTITY = re.compile(r"(?P<set>Things|Datastreams)\('(?P<id>[^']{1,200})'\)(?:/(?P<of>[A-Z][A-Za-z]{2,30}))?")
_UNITS = {
    Observable.DEPTH: ("centimetre", "cm", "Depth of water"),
    Observable.DISTANCE: ("centimetre", "cm", "Distance down to the water"),
    Observable.RAIN: ("millimetre", "mm", "Rain since the report before"),
}
_STATUS = {
    Code.INVALID: 400,
    Code.UNAUTHENTICATED: 401,
    Code.DENIED: 403,
    Code.NOT_FOUND: 404,
    Code.CONFLICT: 409,
    Code.EXHAUSTED: 429,
    Code.UNAVAILABLE: 503,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, as far as it matters here. `base` is the address of the service."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: bytes
    base: str
    locale: Locale
    ctx: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered: JSON, or nothing."""

    status: int
    told: Any = None


# As `Asgi` has it: messages are mappings of whatever a server puts into them.
async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
    """Answer one request."""
    ctx: Context = scope["state"]["context"]
    base = f"{scope['root_path']}{ROOT}"
    asked = Asked(
        method=scope["method"],
        path=scope["path"].removeprefix(scope["root_path"]),
        query=parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20),
        body=await _body(receive),
        base=base,
        locale=_locale(dict(scope["headers"]).get(b"accept-language", b"")),
        ctx=ctx,
    )
    try:
        answer = await _answered(asked)
    except UcsError as error:
        if error.code not in _STATUS:
            raise
        message = {
            "code": _STATUS[error.code],
            "type": error.reason,
            "message": error.message(asked.locale),
            "messages": {each.value: error.message(each) for each in Locale},
        }
        answer = Answer(status=_STATUS[error.code], told=message)
    told = b"" if answer.told is None else json.dumps(answer.told, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json; charset=utf-8")]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": told})


# As above.
async def _body(receive: Any) -> bytes:  # noqa: ANN401
    """The whole body, which the platform has bounded."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _answered(asked: Asked) -> Answer:
    steps = asked.path.removeprefix(ROOT).strip("/")
    if not asked.path.startswith(ROOT):
        raise _nothing(asked)
    if asked.method == "POST":
        return await _made(asked, steps)
    if asked.method not in ("GET", "HEAD"):
        raise Invalid("METHOD_UNSUPPORTED", method=asked.method[:20])
    if not steps:
        sets = ("Things", "Datastreams")
        return Answer(status=200, told={"value": [{"name": each, "url": f"{asked.base}/{each}"} for each in sets]})
    if steps in ("Things", "Datastreams"):
        return await _listed(asked, steps)
    entity = _ENTITY.fullmatch(steps)
    if entity is None:
        raise _nothing(asked)
    return await _single(asked, entity["set"], entity["id"], entity["of"])


async def _listed(asked: Asked, of: str) -> Answer:
    """A page of Things, or of the Datastreams of a page of Things."""
    top, skip = _number(asked, "$top", TOP, TOP_MOST), _number(asked, "$skip", 0, 10_000)
    seen, after = 0, None
    found: list[dict[str, Any]] = []
    while len(found) <= top:
        page = await asked.ctx.invoke("waterlogging.points", {"limit": TOP_MOST, "after": after or ""})
        for point in page["points"]:
            entities = [_thing(point, asked.base)] if of == "Things" else _streams(point, asked.base)
            found += entities[max(0, skip - seen) :]
            seen += len(entities)
        after = page["next"]
        if after is None:
            break
    told: dict[str, Any] = {"value": found[:top]}
    if len(found) > top:
        told["@iot.nextLink"] = f"{asked.base}/{of}?$top={top}&$skip={skip + top}"
    return Answer(status=200, told=told)


async def _single(asked: Asked, of: str, id: str, part: str | None) -> Answer:
    """One entity, or what it links to."""
    point = (await asked.ctx.invoke("waterlogging.point", {"code": id.partition(":")[0]}))["point"]
    streams = _streams(point, asked.base)
    if of == "Things":
        match part:
            case None:
                return Answer(status=200, told=_thing(point, asked.base))
            case "Datastreams":
                return Answer(status=200, told={"value": streams})
            case "Locations":
                return Answer(status=200, told={"value": [_location(point)]})
        raise _nothing(asked)
    stream = next((each for each in streams if each["@iot.id"] == id), None)
    if stream is None:
        raise _nothing(asked)
    match part:
        case None:
            return Answer(status=200, told=stream)
        case "Thing":
            return Answer(status=200, told=_thing(point, asked.base))
        case "Observations":
            return Answer(status=200, told={"value": _observations(point, id)})
    raise _nothing(asked)


def _thing(point: Mapping[str, Any], base: str) -> dict[str, Any]:
    self_link = f"{base}/Things('{point['code']}')"
    shown = ("region", "registered", "synthetic", "colour", "depth_cm", "rain_mm", "closure", "event")
    return {
        "@iot.id": point["code"],
        "@iot.selfLink": self_link,
        "name": point["name"],
        "description": "Waterlogging point 易积水点",
        "properties": {name: point[name] for name in shown},
        "Locations": [_location(point)],
        "Datastreams@iot.navigationLink": f"{self_link}/Datastreams",
    }


def _location(point: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": point["name"],
        "description": "WGS-84",
        "encodingType": "application/geo+json",
        "location": {"type": "Point", "coordinates": [point["longitude"], point["latitude"]]},
    }


def _streams(point: Mapping[str, Any], base: str) -> list[dict[str, Any]]:
    """What a point's level sensors measure. A device that measures distances is shown by the depth that follows from them."""
    found = []
    for each in point["sensors"]:
        unit, symbol, name = _UNITS[Observable.DEPTH]
        id = f"{point['code']}:{each['device']}:{Observable.DEPTH.value}"
        self_link = f"{base}/Datastreams('{id}')"
        found.append(
            {
                "@iot.id": id,
                "@iot.selfLink": self_link,
                "name": f"{name}, {point['name']}",
                "description": f"Fault: {each['fault']}",
                "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
                "unitOfMeasurement": {
                    "name": unit,
                    "symbol": symbol,
                    "definition": "http://unitsofmeasure.org/ucum.html",
                },
                "Thing@iot.navigationLink": f"{self_link}/Thing",
                "Observations@iot.navigationLink": f"{self_link}/Observations",
            }
        )
    return found


def _observations(point: Mapping[str, Any], stream: str) -> list[dict[str, Any]]:
    """The last observation of a stream: no other is kept."""
    device = stream.split(":")[1]
    sensor = next(each for each in point["sensors"] if each["device"] == device)
    if sensor["at"] is None:
        return []
    quality = "good" if sensor["fault"] == "none" else sensor["fault"]
    return [{"phenomenonTime": sensor["at"], "result": sensor["depth_cm"], "resultQuality": quality}]


async def _made(asked: Asked, steps: str) -> Answer:
    """Observations that somebody makes."""
    stated = _json(asked.body)
    if steps == "CreateObservations":
        observations = [each for group in _list(stated) for each in _of_array(group)]
    elif steps == "Observations":
        stream = stated.get("Datastream") if isinstance(stated, Mapping) else None
        observations = [_observation(str(_field(stream, "@iot.id")), stated)]
    else:
        entity = _ENTITY.fullmatch(steps)
        if entity is None or (entity["set"], entity["of"]) != ("Datastreams", "Observations"):
            raise _nothing(asked)
        observations = [_observation(entity["id"], stated)]
    if len(observations) > BATCH_MOST:
        raise _wrong("dataArray", f"more than {BATCH_MOST}", f"超过 {BATCH_MOST} 项")
    answer = await asked.ctx.invoke("waterlogging.observe", {"observations": observations})
    if steps == "CreateObservations":
        refused = {each["index"]: each[asked.locale.value] for each in answer["refused"]}
        return Answer(status=201, told=[refused.get(index, "ok") for index in range(len(observations))])
    if answer["refused"]:
        raise _wrong("Observation", answer["refused"][0]["en"], answer["refused"][0]["zh"])
    return Answer(status=201)


def _of_array(group: object) -> list[dict[str, Any]]:
    """The observations of one stream in a data array."""
    stream = _field(_field(group, "Datastream"), "@iot.id")
    names = _list(_field(group, "components"))
    return [
        _observation(str(stream), dict(zip(map(str, names), _list(row), strict=False)))
        for row in _list(_field(group, "dataArray"))
    ]


def _observation(stream: str, stated: object) -> dict[str, Any]:
    point, _, rest = stream.partition(":")
    device, _, observed = rest.partition(":")
    value, at = _field(stated, "result"), _field(stated, "phenomenonTime")
    return {"point": point, "device": device, "observed": observed, "value": value, "at": at}


def _json(body: bytes) -> Any:  # noqa: ANN401 -- whatever was sent
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as cause:
        raise _wrong("body", "no JSON", "不是 JSON") from cause


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list) or len(value) > BATCH_MOST:
        raise _wrong("dataArray", f"no list of {BATCH_MOST} at most", f"应为至多 {BATCH_MOST} 项的列表")
    return value


def _field(value: object, name: str) -> Any:  # noqa: ANN401 -- whatever was sent
    if not isinstance(value, Mapping) or name not in value:
        raise _wrong(name, "missing", "缺少")
    return value[name]


def _number(asked: Asked, name: str, otherwise: int, most: int) -> int:
    text = asked.query.get(name, [str(otherwise)])[-1]
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
        raise _wrong(name, f"no number up to {most}", f"应为不大于 {most} 的整数")
    return int(text)


def _wrong(path: str, problem: str, problem_zh: str) -> Invalid:
    return Invalid.saying(
        "SENSORTHINGS_INVALID",
        zh="{path} 有误：{problem_zh}。",
        en="{path} is wrong: {problem}.",
        path=path,
        problem=problem,
        problem_zh=problem_zh,
    )


def _locale(accepted: bytes) -> Locale:
    """The language that is named first, Chinese or English."""
    first = accepted.split(b",")[0].strip().lower()
    return Locale.ZH if first.startswith(b"zh") else Locale.EN


def _nothing(asked: Asked) -> NotFound:
    return NotFound.saying("SENSORTHINGS_UNKNOWN", zh="没有 {path}。", en="There is no {path}.", path=asked.path[:200])
