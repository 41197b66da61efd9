"""What was deleted and can still be taken back: whole, outside of everything that lists, counts, finds or links resources.

See docs/decisions/0017-the-bin.md.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from ucs_registry.canonical import canonical_json, instant, storable, timestamp
from ucs_registry.resources import Resource, Revision
from ucs_sdk.errors import Invalid

KEPT = timedelta(days=30)
"""How long what was deleted can be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedResource:
    """A resource as it was when it was deleted, with all its revisions, the latest first.

    `by` is the actor's name. It goes for ever at `purge_at`, or some time later.
    """

    resource: Resource
    revisions: tuple[Revision, ...]
    deleted_at: datetime
    by: str
    purge_at: datetime

    @property
    def approved(self) -> bool:
        """Whether anything of it was ever approved."""
        return self.resource.current is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class BinPlace:
    """The place in the bin behind which a page starts: when something was deleted, and its id."""

    deleted_at: datetime
    id: str

    @classmethod
    def of(cls, deleted: DeletedResource) -> BinPlace:
        """The place of something in the bin."""
        return cls(deleted_at=deleted.deleted_at, id=deleted.resource.id)

    def encode(self) -> str:
        """The place as opaque text."""
        packed = canonical_json([timestamp(self.deleted_at), self.id])
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, path: str = "after") -> BinPlace:
        """The place of a text. Raises Invalid when it is malformed."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            at, id = orjson.loads(raw)
            place = cls(deleted_at=instant(at), id=id)
            if timestamp(place.deleted_at) != at or not (isinstance(id, str) and storable(id)):
                raise ValueError(text)
            return place
        except (ValueError, binascii.Error, TypeError) as cause:
            raise Invalid("CURSOR_INVALID", path=path) from cause
