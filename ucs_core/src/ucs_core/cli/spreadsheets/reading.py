"""Reading a table, row by row, as resources for an import."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

from ucs_core.cli.spreadsheets.cells import CellMistake, text_of, value_of
from ucs_core.cli.spreadsheets.fields import put_at, value_at
from ucs_core.cli.spreadsheets.mapping import Column, ColumnMapping
from ucs_core.cli.spreadsheets.tables import Row, rows_of_csv, rows_of_xlsx
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import DEFAULT_LOCALE, Locale, Phrase, render

CSV, XLSX = ".csv", ".xlsx"


class Place(NamedTuple):
    """Where a row stands: its number as people count them in the file, from 1, and the sheet in a workbook."""

    row: int
    sheet: str | None = None


def is_spreadsheet(path: Path) -> bool:
    """Whether a file is read with a mapping, by the ending of its name."""
    return path.suffix.lower() in (CSV, XLSX)


def rows_of(path: Path, mapping: ColumnMapping) -> Iterator[tuple[Place, dict[str, Any] | Invalid]]:
    """The rows of a CSV or XLSX file, one after another in constant memory.

    Each is a resource as a line of an import has it (`code`, `kind`, `type`, `owner`, `content`, and where mapped `id` and
    `availability`), or what is wrong with the row: an Invalid that names sheet, row and column. Empty rows are passed over.
    Raises Invalid for a file that is no such table, or lacks a column that the mapping needs.
    """
    columns: list[tuple[int, Column]] = []
    for sheet, number, cells in _table(path, mapping):
        if number < mapping.header:
            continue
        place = Place(number, sheet)
        if isinstance(cells, Phrase):
            if not columns:
                raise Invalid("TABLE_INVALID", file=str(path), problem=cells)
            yield place, _mistake(place, None, cells)
        elif not columns:
            columns = _columns(path, mapping, cells)
        elif any(map(text_of, cells)):
            yield place, _resource(place, cells, columns, mapping)
    if not columns:
        raise Invalid("TABLE_INVALID", file=str(path), problem=Phrase("table-empty", row=mapping.header))


def _table(path: Path, mapping: ColumnMapping) -> Iterator[Row]:
    if path.suffix.lower() == XLSX:
        return rows_of_xlsx(path, mapping.sheet)
    return rows_of_csv(path, mapping.encoding, mapping.delimiter)


def _columns(path: Path, mapping: ColumnMapping, titles: Sequence[object]) -> list[tuple[int, Column]]:
    """Where in a row each column of the mapping stands. Raises Invalid when a required one is missing."""
    found = {text_of(title): at for at, title in reversed(list(enumerate(titles)))}
    missing = [column.title for column in mapping.columns if column.required and column.title not in found]
    if missing:
        near = difflib.get_close_matches(missing[0], [title for title in found if title], n=2)
        problem = Phrase("table-columns-missing", titles=missing)
        raise Invalid("TABLE_INVALID", file=str(path), problem=problem, near=near)
    return [
        (found[column.title], column) for column in mapping.columns if column.title in found and not column.only_out
    ]


def _resource(
    place: Place, cells: Sequence[object], columns: Sequence[tuple[int, Column]], mapping: ColumnMapping
) -> dict[str, Any] | Invalid:
    resource: dict[str, Any] = {}
    for at, column in columns:
        try:
            value = value_of(cells[at] if at < len(cells) else None, column)
        except CellMistake as mistake:
            return _mistake(place, column.title, mistake.problem)
        if value is not None:
            put_at(resource, column.field, value)
        elif column.required and column.field not in mapping.defaults:
            return _mistake(place, column.title, Phrase("cell-empty"))
    _complete(resource, mapping)
    return _checked(place, resource, mapping)


def _complete(resource: dict[str, Any], mapping: ColumnMapping) -> None:
    for field, value in mapping.defaults.items():
        if value_at(resource, field) is None:
            # Rows must not share what one of them may change.
            put_at(resource, field, deepcopy(value))
    for field, source in mapping.copies.items():
        if value_at(resource, field) is None and (copied := value_at(resource, source)) is not None:
            put_at(resource, field, copied)


def _checked(place: Place, resource: dict[str, Any], mapping: ColumnMapping) -> dict[str, Any] | Invalid:
    """The resource, or what is wrong with it, told of the column that it comes from."""
    # The models are heavy, and most verbs need none of them.
    from ucs_core.platform.validation import parse  # noqa: PLC0415 - see above
    from ucs_registry.catalog import ImportedResource  # noqa: PLC0415 - see above

    try:
        parse(ImportedResource, resource)
    except Invalid as wrong:
        title = mapping.title_of(str(wrong.fields.get("path", "")))
        told = {locale: wrong.message(locale) for locale in Locale}
        mistake = _mistake(place, title, told[DEFAULT_LOCALE])
        # The words of the refusal are made from its own fields, in each language.
        mistake.said = {
            locale: render(mistake.reason, locale, {**mistake.fields, "problem": text.rstrip(".。")})
            for locale, text in told.items()
        }
        return mistake
    return resource


def _mistake(place: Place, title: str | None, problem: str) -> Invalid:
    where = Phrase("table-place", row=place.row)
    if place.sheet is not None:
        where = Phrase("table-place-in-sheet", sheet=place.sheet, row=place.row)
    column = Phrase("table-column", title=title) if title else ""
    return Invalid(
        "ROW_INVALID",
        where=where,
        column=column,
        problem=problem,
        row=place.row,
        sheet=place.sheet or "",
        title=title or "",
    )
