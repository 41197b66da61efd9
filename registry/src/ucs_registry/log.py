"""The one log: every accepted write and every refusal, in one order.

An entry's header names what happened and carries the digest of the body, never the body itself, so that a body can be
dropped later without touching the header or its Merkle leaf. The leaf is SHA-256(0x00 || header), as RFC 6962 §2.1
defines leaves; the header is canonical JSON (see `canonical`). The body's digest is salted: the salt goes with the body,
so that a dropped body cannot be guessed from its digest.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any

from orjson import Fragment

from ucs_registry.canonical import canonical_json, storable, timestamp
from ucs_registry.merkle import leaf_hash
from ucs_registry.resources import AccessAttributes
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

_TEXTS = (
    "origin",
    "call_id",
    "request_id",
    "actor",
    "on_behalf_of",
    "verb",
    "action",
    "object",
    "reason",
    "rule",
    "before",
    "after",
    "body",
)

_texts = attrgetter(*_TEXTS)

FORMAT = 1
"""The version of the header's layout."""


class Outcome(StrEnum):
    """What became of a mutating call."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """An entry that has no place yet.

    `body` is the canonical JSON text of what was written or asked; `before` and `after` are digests of the object's
    whole state; the access attributes say who could see the object before and after.
    """

    at: datetime
    origin: str
    call_id: str
    request_id: str | None
    actor: str
    on_behalf_of: str | None
    verb: str
    action: str | None
    object: str
    outcome: Outcome
    reason: str | None
    rule: str | None
    before: str | None
    after: str | None
    access_before: AccessAttributes | None
    access_after: AccessAttributes | None
    body: str
    salt: str

    def __post_init__(self) -> None:
        texts = _texts(self)
        # All of them at once: nearly always nothing is wrong with any.
        if not storable("\n".join(filter(None, texts))):
            name = next(name for name, text in zip(_TEXTS, texts, strict=True) if text and not storable(text))
            raise Invalid("FIELD_INVALID", path=name, problem=Phrase("text-unstorable"))

    def place(self, position: int) -> Entry:
        """The entry at its position."""
        fields = carried_of(self)
        salted = body_digest(self.salt, self.body)
        entry = Entry(position=position, body_digest=salted, body=self.body, salt=self.salt, leaf="", **fields)
        object.__setattr__(entry, "leaf", entry.computed_leaf())
        return entry


_CARRIED = tuple(name for name in EntryDraft.__slots__ if name not in ("body", "salt"))
_carried = attrgetter(*_CARRIED)


def carried_of(draft: EntryDraft) -> dict[str, Any]:
    """What an entry takes over from its draft as it is."""
    return dict(zip(_CARRIED, _carried(draft), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry at its position, counted from 1 without gaps. `body` and `salt` are None once dropped."""

    format: int = FORMAT
    position: int
    at: datetime
    origin: str
    call_id: str
    request_id: str | None
    actor: str
    on_behalf_of: str | None
    verb: str
    action: str | None
    object: str
    outcome: Outcome
    reason: str | None
    rule: str | None
    before: str | None
    after: str | None
    access_before: AccessAttributes | None
    access_after: AccessAttributes | None
    body_digest: str
    body: str | None
    salt: str | None
    leaf: str

    @property
    def owner(self) -> str | None:
        """To which organisation the entry's object belongs, where access attributes tell. It stays so for life."""
        access = self.access_after or self.access_before
        return None if access is None else access.owner

    def header(self) -> dict[str, Any]:
        """The header as a JSON object: what the leaf vouches for."""
        return self._header(plain_access)

    def _header(self, told: Callable[[AccessAttributes | None], Any]) -> dict[str, Any]:
        return {
            "format": self.format,
            "position": self.position,
            "at": timestamp(self.at),
            "origin": self.origin,
            "call_id": self.call_id,
            "request_id": self.request_id,
            "actor": self.actor,
            "on_behalf_of": self.on_behalf_of,
            "verb": self.verb,
            "action": self.action,
            "object": self.object,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "rule": self.rule,
            "before": self.before,
            "after": self.after,
            "access_before": told(self.access_before),
            "access_after": told(self.access_after),
            "body_digest": self.body_digest,
        }

    def computed_leaf(self) -> str:
        """The Merkle leaf of the header, computed afresh."""
        return leaf_hash(canonical_json(self._header(_told)))


def body_digest(salt: str, body: str) -> str:
    """SHA-256 of the salt and the body."""
    return hashlib.sha256(bytes.fromhex(salt) + body.encode()).hexdigest()


def new_salt() -> str:
    """Sixteen random bytes, as hexadecimal digits."""
    return secrets.token_hex(16)


def plain_access(attributes: AccessAttributes | None) -> dict[str, Any] | None:
    """Access attributes as a header tells them."""
    return None if attributes is None else attributes.model_dump(mode="json")


@lru_cache(maxsize=4096)
def _told(attributes: AccessAttributes | None) -> Fragment | None:
    # A batch is of few combinations of attributes.
    return None if attributes is None else Fragment(canonical_json(plain_access(attributes)))
