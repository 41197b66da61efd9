"""What an invocation needs of the platform around it, as ports: eyes for records, quota, metering, secrets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from ucs_core.access.actions import Action
from ucs_registry.ports import Reader
from ucs_registry.ports.documents import Glance, RecordReads
from ucs_registry.resources import AccessAttributes
from ucs_sdk.vocabulary import Availability, DataLevel, OpenType, ResourceKind, ShareType
from ucs_sdk.ways import Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What policies see of a plugin's records, their owner apart: data of the type `plugin__collection`; and how they are
    asked, which policies do not see.
    """

    type: str
    share_type: ShareType = ShareType.NONE
    ways: Ways = field(default_factory=Ways)

    def of(self, owner: str) -> AccessAttributes:
        """What policies see of a record of an organisation, by id."""
        return AccessAttributes(
            owner=owner,
            kind=ResourceKind.DATA,
            type=self.type,
            share_type=self.share_type,
            data_level=DataLevel.L1,
            open_type=OpenType.NONE,
            state=Availability.ONLINE,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One state of the store through somebody's eyes.

    `readable` gives the numbers of the organisations whose records may be read, None for all; `may` decides about the
    records of one organisation, by id.
    """

    reader: Reader
    readable: Callable[[Sharing], frozenset[int] | None]
    may: Callable[[Action, Sharing, str], bool]


Asks = Callable[[RecordReads, frozenset[int] | None], Awaitable[Glance | None]]
"""Asks for a quick answer about the records of some owners."""


class Eyes(Protocol):
    """Whose eyes an invocation sees records with."""

    async def glance(self, sharing: Sharing, asks: Asks) -> Glance | None:
        """A quick answer, read in the very state of access that judged it; None where a look should answer."""

    def look(self) -> AbstractAsyncContextManager[Look]:
        """Open the present state."""


class Quota(Protocol):
    """How much somebody may call."""

    def take(self, principal: str, operation: str) -> None:
        """Count a call. Raises Exhausted with `retry_after` when it is one too many."""


class Unlimited:
    """No quota: every call is let through."""

    def take(self, principal: str, operation: str) -> None:
        """Let it through."""


class Meter(Protocol):
    """Where it is counted what was called, by whom, and how it ended."""

    def count(self, operation: str, organization: str | None, outcome: str, seconds: float) -> None:
        """Count a call; `outcome` is `ok` or the reason of an error."""


Secrets = Callable[[str, str], str | None]
"""The secret of a plugin by the plugin's name and its own; None when there is none."""


def no_secrets(_plugin: str, _name: str) -> None:
    """No plugin has any."""
    return None


class Invokes(Protocol):
    """Calls an operation on behalf of whoever a context belongs to."""

    async def __call__(
        self, operation: str, asked: Mapping[str, Any], *, request_id: str, depth: int
    ) -> dict[str, Any]: ...
