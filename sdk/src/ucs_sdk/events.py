"""Events after CloudEvents 1.0: what happened, where, to what, and when.

Source: CloudEvents 1.0.2, the core specification and its JSON format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M")
T = TypeVar("T", bound="BaseModel")

SPEC_VERSION = "1.0"

_OWN = {
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "subject",
    "organization",
    "data",
    "datacontenttype",
    "dataschema",
}
_EXTENSION = re.compile(r"[a-z0-9]{1,20}")

EVENT_TYPE = re.compile(r"city\.(?P<plugin>[a-z][a-z0-9_]{1,30})(?:\.[a-z][a-z0-9_]{0,62}){1,4}\.v[1-9][0-9]{0,3}")
"""What types of events look like: the plugin that speaks, what happened to what, and the version of the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Generic[M]):
    """One event. `id` and `source` together are its own; `data` is what `type` says that it is.

    Events of one `subject` are delivered in the order in which they were committed. `organization` (an extension attribute)
    owns the event; `extensions` are all further attributes, by name.
    """

    id: str
    source: str
    type: str
    time: datetime
    data: M
    subject: str = ""
    organization: str = ""
    extensions: Mapping[str, str | int | bool] = field(default_factory=dict)


def to_json(event: Event[T]) -> dict[str, Any]:
    """The event in CloudEvents' JSON format; attributes that are empty are left out."""
    moment = event.time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    stated = {
        "specversion": SPEC_VERSION,
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": moment,
        "datacontenttype": "application/json",
        "subject": event.subject,
        "organization": event.organization,
        **event.extensions,
        "data": event.data.model_dump(mode="json"),
    }
    return {name: value for name, value in stated.items() if value != ""}


def from_json(stated: Mapping[str, Any], model: type[T]) -> Event[T]:
    """An event of CloudEvents' JSON format, its data as this model.

    Raises Invalid for attributes that are not as CloudEvents has them, and pydantic's ValidationError for the data.
    """
    for name in ("id", "source", "type", "time"):
        if not isinstance(stated.get(name), str) or not stated[name]:
            raise Invalid("EVENT_ATTRIBUTE", name=name, problem=Phrase("attribute-missing"))
    if stated.get("specversion") != SPEC_VERSION:
        problem = Phrase("argument-not-one-of", value=stated.get("specversion"), allowed=[SPEC_VERSION])
        raise Invalid("EVENT_ATTRIBUTE", name="specversion", problem=problem)
    return Event(
        id=stated["id"],
        source=stated["source"],
        type=stated["type"],
        time=_moment(stated["time"]),
        subject=_text(stated, "subject"),
        organization=_text(stated, "organization"),
        extensions=_extensions(stated),
        data=model.model_validate(stated.get("data")),
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid("EVENT_ATTRIBUTE", name="time", problem=Phrase("attribute-not-a-time", value=text[:40]))
    return moment.astimezone(UTC)


def _text(stated: Mapping[str, Any], name: str) -> str:
    value = stated.get(name, "")
    if not isinstance(value, str):
        raise Invalid("EVENT_ATTRIBUTE", name=name, problem=Phrase("attribute-not-text"))
    return value


def _extensions(stated: Mapping[str, Any]) -> dict[str, str | int | bool]:
    found: dict[str, str | int | bool] = {}
    for name in stated.keys() - _OWN:
        if not _EXTENSION.fullmatch(name):
            raise Invalid("EVENT_ATTRIBUTE", name=name[:40], problem=Phrase("attribute-name"))
        value = stated[name]
        if not isinstance(value, (str, int)):
            raise Invalid("EVENT_ATTRIBUTE", name=name, problem=Phrase("attribute-not-text"))
        found[name] = value
    return dict(sorted(found.items()))
