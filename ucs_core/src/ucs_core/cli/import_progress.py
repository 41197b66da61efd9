"""How far an import has come, kept beside its file so that it goes on exactly where it was cut off."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from ucs_sdk.errors import FailedPrecondition

ENDING = ".import.json"


class Progress(BaseModel):
    """How far an import has come: how many rows of the file are dealt with, and in how many chunks.

    `run` is new with every import that begins: with the file's digest and a chunk's number it makes the chunk's request id,
    so that a chunk that is sent again, after a kill, has one effect and one answer.
    """

    model_config = ConfigDict(extra="forbid")

    digest: str
    address: str
    run: str
    rows: int = 0
    chunks: int = 0
    entered: int = 0
    rejected: int = 0
    rejects_size: int = 0

    def request_id(self, chunk: int) -> str:
        """The request id of a chunk."""
        return f"imp-{hashlib.sha256(f'{self.digest} {self.run} {chunk}'.encode()).hexdigest()[:48]}"


def progress_file(path: Path) -> Path:
    """Where the progress of a file's import is kept."""
    return path.with_name(path.name + ENDING)


def begin(path: Path, address: str, *, resume: bool) -> Progress:
    """The progress from which to go on. Raises FailedPrecondition when it is not that of this file and platform, when there
    is one that was not to be resumed, or none that was.
    """
    kept, digest = progress_file(path), digest_of(path)
    found = _read(kept)
    if found is None:
        if resume:
            raise FailedPrecondition("IMPORT_NOTHING_TO_RESUME", file=str(path))
        progress = Progress(digest=digest, address=address, run=secrets.token_hex(16))
        keep(path, progress)
        return progress
    if not resume:
        raise FailedPrecondition("IMPORT_UNFINISHED", file=str(path), progress=str(kept), rows=found.rows)
    if found.digest != digest:
        raise FailedPrecondition("IMPORT_FILE_CHANGED", file=str(path), progress=str(kept))
    if found.address != address:
        raise FailedPrecondition("IMPORT_ELSEWHERE", file=str(path), progress=str(kept), address=found.address)
    return found


def keep(path: Path, progress: Progress) -> None:
    """Keep a progress so that it outlives whatever happens next: it is there as a whole or not at all."""
    kept = progress_file(path)
    draft = kept.with_name(kept.name + ".part")
    with draft.open("wb") as file:
        file.write(progress.model_dump_json(indent=2).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(kept)


def end(path: Path) -> None:
    """Forget the progress of an import that is through."""
    progress_file(path).unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class RejectsFile:
    """The rows that were not entered, as lines of JSON. What stands in it beyond `size` is of a run that was cut off."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self._size = size

    def add(self, rejects: Iterable[object]) -> int:
        """Write rejects behind those that are there, and give the size of the file then."""
        lines = b"".join(orjson.dumps(each) + b"\n" for each in rejects)
        if lines or self._size:
            with self.path.open("r+b" if self._size else "wb") as file:
                file.truncate(self._size)
                file.seek(self._size)
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            self._size += len(lines)
        return self._size


def _read(kept: Path) -> Progress | None:
    try:
        return Progress.model_validate_json(kept.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as cause:
        raise FailedPrecondition("IMPORT_PROGRESS_UNREADABLE", progress=str(kept)) from cause
