"""The rows of CSV and XLSX files, one after another: neither a long file nor a long line is ever held as a whole."""

from __future__ import annotations

import csv
import zipfile
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import IO, Any

from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

CELL_MOST = 131_072
"""How many characters a cell may hold."""

LINE_MOST = 1_048_576
"""How many characters a line of a CSV file may hold."""

CELLS_MOST = 1_000
"""How many cells of a row are read."""

UNPACKED_MOST, TEXTS_MOST = 1_073_741_824, 134_217_728
"""How many bytes a workbook may hold once it is unpacked, and how many of them its shared texts may take, which are held."""

PIECE = 65_536
"""How many bytes are looked at at once where a CSV file does not say its encoding."""

Row = tuple[str | None, int, Sequence[Any] | Phrase]
"""The sheet that a row stands on, its number as people count them, from 1, and its cells or what is wrong with it."""


def rows_of_csv(path: Path, encoding: str | None, delimiter: str) -> Iterator[Row]:
    """The rows of a CSV file; a row that reaches over several lines has the number of its first."""
    try:
        with path.open("rb") as raw:
            chosen = encoding or _encoding(raw)
        # A mark of the byte order is no part of the first column's title.
        named = "utf-8-sig" if chosen == "utf-8" else chosen
        with path.open(encoding=named, newline="") as file:
            yield from _csv_rows(file, delimiter)
    except OSError as cause:
        raise Invalid("FILE_UNREADABLE", file=str(path), problem=cause.strerror) from cause
    except UnicodeDecodeError as cause:
        problem = Phrase("table-not-encoded", encoding=encoding or "UTF-8")
        raise Invalid("TABLE_INVALID", file=str(path), problem=problem) from cause


def _csv_rows(file: IO[str], delimiter: str) -> Iterator[Row]:
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    # The module's own bound is for the whole process.
    while True:
        number = lines.number + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            yield None, number, Phrase("table-row-malformed", most=CELL_MOST)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        if cells is None:
            return
        if lines.cut:
            lines.cut = False
            yield None, number, Phrase("table-line-too-long", most=LINE_MOST)
        else:
            yield None, number, cells


class _Lines:
    """The lines of a file, each cut off where it becomes too long; `cut` says that one was."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.number = 0
        self.cut = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LINE_MOST)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) < LINE_MOST or line.endswith("\n"):
            return line
        self.cut = True
        while (rest := self._file.readline(LINE_MOST)) and not rest.endswith("\n"):
            pass
        return "\n"


def _encoding(raw: IO[bytes]) -> str:
    """UTF-8, or GB 18030 where it cannot be UTF-8: what spreadsheet programs write on Chinese systems."""
    decoder = getincrementaldecoder("utf-8")()
    try:
        while piece := raw.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def rows_of_xlsx(path: Path, sheet: str | None) -> Iterator[Row]:
    """The rows of a sheet of a workbook; of its first one where it has none of that name and only one."""
    # A workbook is read by few of those who type `ucs`.
    from openpyxl import load_workbook  # noqa: PLC0415 - see above
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - see above

    try:
        with zipfile.ZipFile(path) as packed:
            _check_size(path, packed)
        # The file is opened here: of a workbook that cannot be read, the library would leave it open.
        with path.open("rb") as raw, closing(load_workbook(raw, read_only=True, data_only=True)) as book:
            name = _sheet(path, sheet, book.sheetnames)
            found = book[name]
            # What the file says of its own size may be wrong, and is believed otherwise.
            found.reset_dimensions()
            for number, cells in enumerate(found.iter_rows(values_only=True, max_col=CELLS_MOST), start=1):
                yield name, number, cells
    except OSError as cause:
        raise Invalid("FILE_UNREADABLE", file=str(path), problem=cause.strerror) from cause
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError) as cause:
        raise Invalid("TABLE_INVALID", file=str(path), problem=Phrase("table-not-a-workbook")) from cause


def _check_size(path: Path, packed: zipfile.ZipFile) -> None:
    sizes = {item.filename: item.file_size for item in packed.infolist()}
    texts = sum(size for name, size in sizes.items() if name.endswith("sharedStrings.xml"))
    for size, most in ((sum(sizes.values()), UNPACKED_MOST), (texts, TEXTS_MOST)):
        if size > most:
            raise Invalid("TABLE_INVALID", file=str(path), problem=Phrase("table-too-large", size=size, most=most))


def _sheet(path: Path, wanted: str | None, names: Sequence[str]) -> str:
    if wanted is None or wanted in names:
        return wanted or names[0]
    if len(names) == 1:
        return names[0]
    problem = Phrase("table-sheet-missing", sheet=wanted, sheets=list(islice(names, 20)))
    raise Invalid("TABLE_INVALID", file=str(path), problem=problem)
