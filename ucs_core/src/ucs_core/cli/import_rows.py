"""The rows of a file that is imported, one after another in constant memory, and the chunks that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

import orjson

from ucs_core.cli.spreadsheets import ColumnMapping, Place, is_spreadsheet, rows_of
from ucs_core.rows.limits import BATCH_VALUES_MOST, CHUNK_MOST, LINE_MOST, LINE_VALUES_MOST, values_in
from ucs_sdk.errors import Invalid, UcsError

CHUNK_BYTES_MOST = 3 * 1024 * 1024
"""How large a chunk grows before the next one begins: a message may hold 4 MiB."""


MARK = b"\xef\xbb\xbf"
"""What some programs put before UTF-8."""


class Row(NamedTuple):
    """A row of the file: where people find it, how much of the file is read with it, and its JSON, or what is wrong."""

    place: Place
    read: int
    line: bytes | UcsError


@dataclass(slots=True)
class Rows:
    """What goes into one transaction, and what stands between it and the one before and can go into none."""

    number: int
    rows: list[Row] = field(default_factory=list)
    mistakes: list[Row] = field(default_factory=list)
    size: int = 0
    values: int = 0

    @property
    def count(self) -> int:
        """How many rows of the file these are."""
        return len(self.rows) + len(self.mistakes)

    @property
    def ndjson(self) -> bytes:
        """What is sent of them."""
        return b"\n".join(row.line for row in self.rows if isinstance(row.line, bytes))

    def has_room(self, line: bytes) -> bool:
        """Whether a line goes in."""
        return (
            len(self.rows) < CHUNK_MOST
            and self.size + len(line) < CHUNK_BYTES_MOST
            and self.values + values_in(line) <= BATCH_VALUES_MOST
        )

    def add(self, row: Row, line: bytes) -> None:
        """Take a row in."""
        self.rows.append(row)
        self.size += len(line) + 1
        self.values += values_in(line)


def rows_of_file(path: Path, mapping: ColumnMapping) -> Iterator[Row]:
    """The rows of an NDJSON file, or of a table by the ending of its name. Raises Invalid for what is no such table."""
    if is_spreadsheet(path):
        for place, held in rows_of(path, mapping):
            yield Row(place, 0, held if isinstance(held, UcsError) else orjson.dumps(held))
        return
    with path.open("rb") as file:
        if file.read(len(MARK)) != MARK:
            file.seek(0)
        for number, (line, read) in enumerate(_lines(file), start=1):
            if isinstance(line, UcsError) or line.strip():
                yield Row(Place(number), read, line)


def chunks_of(rows: Iterable[Row], *, behind: int = 0, number: int = 0) -> Iterator[Rows]:
    """The chunks that rows make, the same in every run: those behind the first so many rows, counted on from a number."""
    chunk = Rows(number)
    for at, row in enumerate(rows):
        if at < behind:
            continue
        line = _checked(row.line)
        if isinstance(line, UcsError):
            chunk.mistakes.append(row._replace(line=line))
        else:
            if not chunk.has_room(line):
                yield chunk
                chunk = Rows(chunk.number + 1)
            chunk.add(row, line)
    if chunk.count:
        yield chunk


def _checked(line: bytes | UcsError) -> bytes | UcsError:
    """The line, or why it is not sent: one that unfolds to too much would have its whole chunk refused."""
    if isinstance(line, UcsError) or values_in(line) <= LINE_VALUES_MOST:
        return line
    return Invalid("DOCUMENT_TOO_COSTLY", measure="values", value=values_in(line), most=LINE_VALUES_MOST)


def _lines(file: IO[bytes]) -> Iterator[tuple[bytes | UcsError, int]]:
    """The lines of a file, and how many bytes of it are read with each. One that is too long is passed over, not held."""
    read = 0
    while line := file.readline(LINE_MOST + 1):
        read += len(line)
        if len(line) <= LINE_MOST or line.endswith(b"\n"):
            yield line.rstrip(b"\r\n"), read
            continue
        while piece := file.readline(LINE_MOST):
            read += len(piece)
            if piece.endswith(b"\n"):
                break
        yield Invalid("LINE_TOO_LONG", most=LINE_MOST), read
