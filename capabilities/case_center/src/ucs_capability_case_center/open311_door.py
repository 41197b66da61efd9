"""Open311 GeoReport v2, below `/plugins/case_center/open311/v2/`, with `servicerequestupdates` as FixMyStreet has it.

A service is a case type, and a service request is a report by call: its id is the receipt, and what is told of it is what the
public is told. Reading and reporting are done as whoever calls. Of a report only the words, the place and the service are kept:
names, addresses of people, telephone numbers and e-mail addresses that are sent along are not.

Source: the GeoReport v2 specification of Open311; JSON and XML as it has them. Places are in WGS-84.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qs
from uuid import uuid4
from xml.etree import ElementTree

from ucs_capability_case_center import configured, refusals
from ucs_capability_case_center.case_types import CaseType
from ucs_capability_case_center.records import INTAKE, IntakeRecord, stamp
from ucs_sdk import Between, Code, Context, Document, Locale, UcsError

ROOT = "/open311/v2/"

WINDOW = timedelta(days=90)
"""How far back requests are told of when nobody says, as the specification has it."""

REQUESTS_MOST = 200
"""How many requests, or requests with updates, one answer tells of: the latest."""

FIELDS_MOST = 40
"""How many fields a form or a query may have."""

_PATH = re.compile(r"(?P<what>[a-z]{1,30})(?:/(?P<id>[A-Za-z0-9_-]{1,60}))?\.(?P<format>json|xml)")

_STATUS: Mapping[Code, int] = {
    Code.INVALID: 400,
    Code.UNAUTHENTICATED: 401,
    Code.DENIED: 403,
    Code.NOT_FOUND: 404,
    Code.CONFLICT: 409,
    Code.EXHAUSTED: 429,
    Code.UNAVAILABLE: 503,
}

Told = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, as far as it matters here."""

    ctx: Context
    id: str
    stated: Mapping[str, str]

    def moment(self, name: str) -> datetime | None:
        """A field that is a moment. Raises Invalid for one that is none."""
        text = self.stated.get(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as cause:
            raise refusals.field_wrong(name, text) from cause
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def number(self, name: str) -> float | None:
        """A field that is a number. Raises Invalid for one that is none."""
        text = self.stated.get(name)
        try:
            return None if text is None else float(text)
        except ValueError as cause:
            raise refusals.field_wrong(name, text or "") from cause


class Answer(NamedTuple):
    """What is answered: elements, with the names that XML gives to all of them and to each."""

    root: str
    item: str
    told: Told
    status: int = 200


# As `Asgi` has it: messages are mappings of whatever a server puts into them.
async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
    """Answer one request."""
    path = scope["path"].removeprefix(scope["root_path"])
    match = _PATH.fullmatch(path.removeprefix(ROOT)) if path.startswith(ROOT) else None
    try:
        text = (await _body(receive) if scope["method"] == "POST" else scope["query_string"]).decode("utf-8", "replace")
        answer = await _answered(scope, match, text)
    except UcsError as error:
        if error.code not in _STATUS:
            raise
        status = _STATUS[error.code]
        answer = Answer("errors", "error", [{"code": status, "description": error.message(Locale.EN)}], status)
    as_xml = match is not None and match["format"] == "xml"
    told = _xml(answer) if as_xml else json.dumps(answer.told, ensure_ascii=False).encode()
    kind = b"text/xml; charset=utf-8" if as_xml else b"application/json; charset=utf-8"
    await send({"type": "http.response.start", "status": answer.status, "headers": [(b"content-type", kind)]})
    await send({"type": "http.response.body", "body": told})


async def _answered(scope: Mapping[str, Any], match: re.Match[str] | None, text: str) -> Answer:
    if match is None:
        raise refusals.nothing_there(scope["path"])
    door = _DOORS.get((scope["method"].replace("HEAD", "GET"), match["what"], match["id"] is not None))
    if door is None:
        raise refusals.nothing_there(scope["path"])
    try:
        fields = parse_qs(text, max_num_fields=FIELDS_MOST)
    except ValueError as cause:
        raise refusals.field_wrong("form", f"> {FIELDS_MOST}") from cause
    stated = {name: values[-1] for name, values in fields.items()}
    return await door(Asked(ctx=scope["state"]["context"], id=match["id"] or "", stated=stated))


# As above.
async def _body(receive: Any) -> bytes:  # noqa: ANN401
    """The whole body, which the platform has bounded."""
    parts: list[bytes] = []
    while (message := await receive())["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(parts)


async def _services(asked: Asked) -> Answer:
    types = configured.catalogue(asked.ctx)
    return Answer(
        "services", "service", [_service(each, types.classes[each.class_].zh) for each in types.types.values()]
    )


async def _service_of(asked: Asked) -> Answer:
    found = configured.catalogue(asked.ctx).get(asked.id)
    return Answer("service_definition", "service", [{"service_code": found.code, "attributes": []}])


def _service(type: CaseType, group: str) -> dict[str, Any]:
    return {
        "service_code": type.code,
        "service_name": type.title.zh,
        "description": type.title.en,
        "metadata": False,
        "type": "realtime",
        "keywords": "",
        "group": group,
    }


async def _report(asked: Asked) -> Answer:
    code = asked.stated.get("service_code", "")
    type = configured.catalogue(asked.ctx).get(code)
    latitude, longitude = asked.number("lat"), asked.number("long")
    address = asked.stated.get("address_string") or asked.stated.get("address_id") or ""
    if (latitude is None or longitude is None) and not address:
        raise refusals.field_wrong("lat, long", "")
    stated: dict[str, Any] = {
        "case_type": type.code,
        "source": "citizen",
        "source_id": uuid4().hex,
        "title": type.title.zh,
        "description": "\n".join(filter(None, (asked.stated.get("description", ""), address)))[:2_000],
    }
    if latitude is not None and longitude is not None:
        stated |= {"latitude": latitude, "longitude": longitude, "crs": "wgs84"}
    receipt = (await asked.ctx.invoke("case_center.report", stated))["receipt"]
    return Answer("service_requests", "request", [{"token": receipt}], 201)


async def _token(asked: Asked) -> Answer:
    held = await _held(asked)
    return Answer("service_requests", "request", [{"token": held.key, "service_request_id": held.key}])


async def _request(asked: Asked) -> Answer:
    return Answer("service_requests", "request", [_told(asked, await _held(asked))])


async def _requests(asked: Asked) -> Answer:
    if wanted := asked.stated.get("service_request_id"):
        reports = asked.ctx.documents(INTAKE, IntakeRecord)
        held = [await reports.get(each.strip()[:60]) for each in wanted.split(",", REQUESTS_MOST)[:REQUESTS_MOST]]
        return Answer("service_requests", "request", [_told(asked, each) for each in held if each and each.body.status])
    conditions: dict[str, Any] = {"requested_at": _between(asked)}
    for field, name in (("status", "status"), ("case_type", "service_code")):
        if (value := asked.stated.get(name)) is not None:
            conditions[field] = value[:60]
    page = await asked.ctx.documents(INTAKE, IntakeRecord).query(
        conditions, order_by="requested_at", descending=True, limit=REQUESTS_MOST
    )
    return Answer("service_requests", "request", [_told(asked, each) for each in page.items])


async def _updates(asked: Asked) -> Answer:
    between = _between(asked)
    # What was told later is told again when somebody asks from then on.
    page = await asked.ctx.documents(INTAKE, IntakeRecord).query(
        {"updated_at": Between(least=between.least)}, order_by="updated_at", descending=True, limit=REQUESTS_MOST
    )
    told = [
        {
            "update_id": f"{each.key}-{number}",
            "service_request_id": each.key,
            "status": update.detail.replace(" - ", "_").replace(" ", "_"),
            "updated_datetime": update.at.isoformat(),
            "description": update.detail,
        }
        for each in page.items
        for number, update in enumerate(each.body.updates)
        if str(between.least) <= stamp(update.at) <= str(between.most)
    ]
    return Answer("service_request_updates", "request_update", sorted(told, key=lambda each: each["updated_datetime"]))


def _between(asked: Asked) -> Between:
    until = asked.moment("end_date") or asked.ctx.clock.now()
    since = asked.moment("start_date") or until - WINDOW
    return Between(least=stamp(since), most=stamp(until))


async def _held(asked: Asked) -> Document[IntakeRecord]:
    held = await asked.ctx.documents(INTAKE, IntakeRecord).get(asked.id)
    if held is None or held.body.status is None:
        raise refusals.receipt_unknown(asked.id)
    return held


def _told(asked: Asked, held: Document[IntakeRecord]) -> dict[str, Any]:
    report = held.body
    type = configured.catalogue(asked.ctx).types.get(report.case_type or "")
    longitude, latitude = report.place or (None, None)
    return {
        "service_request_id": held.key,
        "status": report.status,
        "status_notes": report.updates[-1].detail,
        "service_name": type.title.zh if type else "",
        "service_code": report.case_type,
        "description": report.words[1] if report.words else "",
        "requested_datetime": report.requested_at,
        "updated_datetime": report.updated_at,
        "lat": latitude,
        "long": longitude,
        "case_number": report.case,
    }


_DOORS: Mapping[tuple[str, str, bool], Callable[[Asked], Awaitable[Answer]]] = {
    ("GET", "services", False): _services,
    ("GET", "services", True): _service_of,
    ("POST", "requests", False): _report,
    ("GET", "requests", False): _requests,
    ("GET", "requests", True): _request,
    ("GET", "tokens", True): _token,
    ("GET", "servicerequestupdates", False): _updates,
}
"""What is answered: by method, by the word in the path, and by whether an id stands behind it."""


def _xml(answer: Answer) -> bytes:
    root = ElementTree.Element(answer.root)
    for each in answer.told:
        item = ElementTree.SubElement(root, answer.item)
        for name, value in each.items():
            text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
            ElementTree.SubElement(item, name).text = "" if isinstance(value, list) else text
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
