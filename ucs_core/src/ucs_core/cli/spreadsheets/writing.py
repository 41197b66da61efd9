"""Writing resources as a table, a row at a time."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, Protocol

from ucs_core.cli.spreadsheets.cells import cell_of
from ucs_core.cli.spreadsheets.fields import value_at
from ucs_core.cli.spreadsheets.mapping import ColumnMapping
from ucs_sdk.errors import Invalid

XLSX_ROWS_MOST, XLSX_CELL_MOST = 1_048_576, 32_767
"""How many rows a sheet may have, and how many characters a cell: the limits of the format."""

_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_REPLACEMENT = "\ufffd"


class TableWriter(Protocol):
    """A table that is being written; `cut` counts the cells that were too long for its format."""

    cut: int

    def write(self, resource: Mapping[str, Any]) -> None:
        """Add a resource, as a line of an export has it, as a row."""


class CsvTable:
    """A CSV file. Without an encoding in the mapping it is UTF-8, with the mark that spreadsheet programs look for."""

    def __init__(self, file: IO[str], mapping: ColumnMapping) -> None:
        self.cut = 0
        self._columns = mapping.columns
        # Spreadsheet programs write their lines so, and RFC 4180 asks for it.
        self._writer = csv.writer(file, delimiter=mapping.delimiter, lineterminator="\r\n")
        self._writer.writerow([column.title for column in mapping.columns])

    def write(self, resource: Mapping[str, Any]) -> None:
        self._writer.writerow([cell_of(value_at(resource, column.field), column) for column in self._columns])


class XlsxTable:
    """A workbook with one sheet, written through temporary files."""

    def __init__(self, mapping: ColumnMapping) -> None:
        # A workbook is written by few of those who type `ucs`.
        from openpyxl import Workbook  # noqa: PLC0415 - see above

        self.cut = 0
        self._rows = 1
        self._columns = mapping.columns
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(mapping.sheet or "resources")
        self._sheet.append([column.title for column in mapping.columns])

    def write(self, resource: Mapping[str, Any]) -> None:
        """See `TableWriter`. Raises Invalid where the sheet is full."""
        if self._rows >= XLSX_ROWS_MOST:
            raise Invalid("TABLE_FULL", most=XLSX_ROWS_MOST)
        self._rows += 1
        self._sheet.append(
            [self._fitting(cell_of(value_at(resource, column.field), column)) for column in self._columns]
        )

    def save(self, file: IO[bytes]) -> None:
        """Write the workbook as a whole."""
        self._book.save(file)

    def _fitting(self, cell: str | float | None) -> str | float | None:
        if not isinstance(cell, str):
            return cell
        self.cut += len(cell) > XLSX_CELL_MOST
        return _UNWRITABLE.sub(_REPLACEMENT, cell[:XLSX_CELL_MOST])


@contextmanager
def csv_table(target: IO[bytes], mapping: ColumnMapping) -> Iterator[TableWriter]:
    """A CSV table that is written to a binary file as it grows."""
    encoding = mapping.encoding or "utf-8-sig"
    text = io.TextIOWrapper(target, encoding=encoding, errors="replace", newline="", write_through=True)
    try:
        yield CsvTable(text, mapping)
        text.flush()
    finally:
        # The file belongs to whoever opened it.
        text.detach()


@contextmanager
def xlsx_table(target: IO[bytes], mapping: ColumnMapping) -> Iterator[TableWriter]:
    """A workbook that is written to a binary file once it is whole."""
    table = XlsxTable(mapping)
    yield table
    table.save(target)
