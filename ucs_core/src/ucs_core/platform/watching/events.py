"""What a watcher asks for and is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ucs_core.platform.views import ResourceView
from ucs_sdk.vocabulary import ResourceKind


class ChangeType(StrEnum):
    """What an event says: that a resource came into sight, changed in sight, or went out of sight; or how far one has come."""

    ADDED = "added"
    MODIFIED = "modified"
    REMOVED = "removed"
    PROGRESS = "progress"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class WatchEvent:
    """A change, at its position in the log, or with PROGRESS a position up to which nothing more is to come.

    `resource` is what the watcher sees of it at the moment of telling, which may be the work of a later change: each
    position says which change an event is about. It is None when the watcher may not discover the resource any more.
    Watchers who are told the same share one event, so that it needs to be worded once.
    """

    position: int
    type: ChangeType
    name: str | None = None
    resource: ResourceView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFilter:
    """Which resources to tell of; every stated part must hold. None of them ever changes in the life of a resource."""

    kind: ResourceKind | None = None
    type: str | None = None
    owner_subtree: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchLimits:
    """What watchers may take. Times are in seconds."""

    node: int = 5_000
    """How many watches one node keeps."""
    principal: int = 100
    """How many of them one principal may have."""
    waiting: int = 2_000
    """How many events may wait for one watcher."""
    patience: float = 0.1
    """How long the hub waits to be notified before it looks for itself."""
    progress: float = 5.0
    """How often a watcher is told how far it has come when nothing else was told."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one watcher is told of a stretch of the log, and the instant at which a grant ends that it rests on."""

    events: tuple[WatchEvent, ...]
    until: datetime | None = None


NOTHING = Told(())


def earliest(instants: Iterable[datetime | None]) -> datetime | None:
    """The first of some instants; None stands for never."""
    return min((instant for instant in instants if instant is not None), default=None)
