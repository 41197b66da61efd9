"""Events as the store keeps them (CloudEvents 1.0), and how far each subscription has come with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

DATA_MOST = 65_536
"""How many bytes the JSON of an event's data may have: the least that every part of a chain passes on."""

NAME_MOST = 200
"""How many characters the subject of an event may have, and the organisation: every database keeps both in indexes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """Something that happened, in the attributes of CloudEvents 1.0. `source` and `id` together tell it from all others.

    `organization` is the id of the organisation that it concerns.
    """

    id: str
    source: str
    type: str
    subject: str | None
    time: datetime
    organization: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(NewEvent):
    """An event at its position: the order in which events were committed."""

    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A consumer of events, by name. Every event of its types up to `position` is done with, or parked."""

    name: str
    types: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedEvent:
    """A delivery that failed, or waits behind one of its subject that did.

    `due` is when it is tried again; None says that it waits. One that is `dead` is not tried again until somebody asks.
    `error` names the kind of the last failure.
    """

    subscription: str
    position: int
    subject: str
    attempts: int
    due: datetime | None
    error: str | None
    dead: bool = False
