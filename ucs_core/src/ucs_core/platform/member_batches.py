"""Batches of members as they arrive: how many they are, what they say, and by which digest the log knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import orjson
from pydantic import TypeAdapter, ValidationError

from ucs_core.platform.validation import first_problem, parse
from ucs_registry import catalog
from ucs_registry.canonical import canonical_json, digest
from ucs_registry.members import NewMember
from ucs_sdk.errors import Invalid, UcsError
from ucs_sdk.messages import Phrase

BATCH_MOST, CHUNK_MOST = 1_000, 5_000
"""How many members one call may name, and how many one chunk of an import may hold; each is one transaction."""

_MEMBERS: TypeAdapter[list[NewMember]] = TypeAdapter(list[NewMember])


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch that was looked through before the writers' turn: its members, or what is wrong with it.

    `digest` is SHA-256 of NDJSON as it was sent, otherwise of one canonical line of JSON for each member, with all that a
    member has: so the same members are the same request at every door.
    """

    digest: str
    count: int
    members: Sequence[NewMember] = ()
    refusal: UcsError | None = None

    @classmethod
    def of(cls, items: Sequence[Mapping[str, Any]], most: int) -> Self:
        """The batch of plain JSON objects."""
        count = len(items)
        try:
            check_size(count, most, "members")
        except UcsError as refusal:
            return cls(digest="", count=count, refusal=refusal)
        try:
            members = _members(items)
        except UcsError as refusal:
            return cls(digest=_sent(items), count=count, refusal=refusal)
        lines = (canonical_json(member.model_dump(mode="json")) for member in members)
        return cls(digest=digest(b"\n".join(lines)), count=count, members=members)

    @classmethod
    def of_lines(cls, ndjson: bytes, most: int) -> Self:
        """The batch of NDJSON: one object a line; empty lines are passed over."""
        try:
            # Counted before anything is made of them.
            check_size(ndjson.count(b"\n"), most, "members", least=0)
            lines = [line for line in ndjson.split(b"\n") if line.strip()]
            check_size(len(lines), most, "members")
        except UcsError as refusal:
            return cls(digest="", count=ndjson.count(b"\n"), refusal=refusal)
        sent = digest(ndjson)
        try:
            return cls(digest=sent, count=len(lines), members=_members_in(lines))
        except UcsError as refusal:
            return cls(digest=sent, count=len(lines), refusal=refusal)


def check_size(count: int, most: int, path: str, *, least: int = 1) -> None:
    """Raise Invalid unless a batch holds neither nothing nor more than may go into one transaction."""
    if count < least:
        raise Invalid("FIELD_TOO_SHORT", path=path, limit=least, unit="item", more=0)
    if count > most:
        raise Invalid("MEMBERS_TOO_MANY", path=path, count=count, most=most)


def _members(items: Sequence[Mapping[str, Any]]) -> list[NewMember]:
    try:
        return _MEMBERS.validate_python(items)
    except ValidationError as error:
        raise first_problem(NewMember, error, "members") from error
    except UcsError:
        # What a member itself refuses does not know the member's place.
        return _one_by_one(items)


def _members_in(lines: Sequence[bytes]) -> list[NewMember]:
    try:
        members = _MEMBERS.validate_json(b"[" + b",".join(lines) + b"]")
    except (ValidationError, UcsError):
        return _members([_object(line, at) for at, line in enumerate(lines)])
    # Two objects on one line would read as one list, too.
    return members if len(members) == len(lines) else _members([_object(line, at) for at, line in enumerate(lines)])


def _one_by_one(items: Sequence[Mapping[str, Any]]) -> list[NewMember]:
    members = []
    for at, item in enumerate(items):
        with catalog.naming(f"members[{at}]"):
            members.append(parse(NewMember, item))
    return members


def _sent(items: Sequence[Mapping[str, Any]]) -> str:
    """The digest of what was refused; empty for what cannot be written as JSON."""
    try:
        return digest(canonical_json([*items]))
    except TypeError:
        return ""


def _object(line: bytes, at: int) -> dict[str, Any]:
    try:
        read = orjson.loads(line)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise Invalid("FIELD_INVALID", path=f"members[{at}]", problem=Phrase("line-not-json"))
    return read
