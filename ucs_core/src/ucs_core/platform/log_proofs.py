"""What the platform says about its log to somebody who does not take its word: proofs, and lines of an export.

The proofs are those of RFC 6962 §2.1. Hashes are 64 hexadecimal digits; positions count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ucs_registry.canonical import canonical_json
from ucs_registry.checkpoints import Checkpoint
from ucs_registry.log import Entry
from ucs_sdk.errors import Conflict

EXPORT_FORMAT = "ucs-log-export/1"
INCLUSION_FORMAT = "ucs-log-inclusion/1"
CONSISTENCY_FORMAT = "ucs-log-consistency/1"
"""What the first lines of the files call themselves that the verifier of logs reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """That the entry at a position is among the first `size` entries, whose root is `root`.

    `hashes` leads from the entry's leaf to the root. `checkpoint` vouches for the root; None where no checkpoint of that
    size is kept.
    """

    entry: Entry
    leaf: str
    position: int
    size: int
    root: str
    hashes: list[str]
    checkpoint: Checkpoint | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyProof:
    """That the first `first` entries, with the root `first_root`, are still the beginning of the first `second`."""

    first: int
    second: int
    first_root: str
    second_root: str
    hashes: list[str]
    checkpoint: Checkpoint | None
    """Vouches for the second root; None where no checkpoint of that size is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedEntry:
    """An entry for an export. What the caller may not see of it is None: the header, of which the leaf remains, or the body.

    `withheld` says so; without it a missing body was dropped.
    """

    header: dict[str, Any] | None
    leaf: str
    body: str | None
    salt: str | None
    withheld: bool = False

    def line(self) -> dict[str, Any]:
        """The entry as a line of an export, as plain JSON."""
        line = {"header": self.header, "leaf": self.leaf, "body": self.body, "salt": self.salt}
        return line | ({"withheld": True} if self.withheld else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage:
    """A stretch of an export: entries behind a position, without gaps.

    `compacted` is up to where bodies are dropped. When it moves between two pages, an export is begun anew: the entry that
    accounts for the dropped bodies may lie beyond its end.
    """

    entries: list[ExportedEntry]
    checkpoints: list[Checkpoint]
    """What is kept, smallest first; the last vouches for the whole export. Only on the page that begins at position 0."""
    size: int
    compacted: int


def export_lines(page: ExportPage) -> list[bytes]:
    """The lines of a page of an export, without their line feeds; the page that begins at 0 names the checkpoints first."""
    lines = [canonical_json(entry.line()) for entry in page.entries]
    if page.checkpoints:
        notes = [checkpoint.note for checkpoint in page.checkpoints]
        head = {"format": EXPORT_FORMAT, "origin": page.checkpoints[-1].origin, "checkpoints": notes}
        lines.insert(0, canonical_json(head))
    return lines


def same_bodies(page: ExportPage, compacted: int | None) -> int:
    """Up to where bodies were dropped, on every page. Raises Conflict when it moved since the page before."""
    if compacted not in (None, page.compacted):
        raise Conflict("LOG_COMPACTED_MEANWHILE", upto=page.compacted)
    return page.compacted


def document_of(proof: InclusionProof | ConsistencyProof) -> str | None:
    """A proof as the verifier of logs reads it: a line of canonical JSON. None where no checkpoint vouches for it."""
    if proof.checkpoint is None:
        return None
    said: dict[str, Any] = {"checkpoint": proof.checkpoint.note, "hashes": proof.hashes}
    if isinstance(proof, ConsistencyProof):
        said |= {"format": CONSISTENCY_FORMAT, "first": proof.first}
    else:
        entry = proof.entry
        shown = ExportedEntry(header=entry.header(), leaf=proof.leaf, body=entry.body, salt=entry.salt)
        said |= {"format": INCLUSION_FORMAT, "position": proof.position, "entry": shown.line()}
    return canonical_json(said).decode()
