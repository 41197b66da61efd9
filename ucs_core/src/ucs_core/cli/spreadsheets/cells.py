"""What a cell holds, and what is written into one.

A cell that a spreadsheet program would take for a formula is written behind an apostrophe, and read without it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from ucs_core.cli.spreadsheets.fields import VOCABULARIES, Form
from ucs_core.cli.spreadsheets.mapping import Column
from ucs_sdk.messages import Phrase

_NUMBER = re.compile(r"[-+]?\d{1,30}(?:\.\d{1,30})?\Z")
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
"""With what a cell begins that a spreadsheet program may run, the full-width forms folded by some; and such a cell with the
apostrophe that it was written behind."""

_YES = {"true": True, "yes": True, "1": True, "是": True, "false": False, "no": False, "0": False, "否": False}
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?\Z")
_SHOWN = 60


class CellMistake(Exception):
    """What is wrong with a cell."""

    def __init__(self, problem: Phrase) -> None:
        self.problem = problem
        super().__init__(problem)


# A cell holds whatever its file's format knows, and a field whatever JSON does.
def value_of(cell: Any, column: Column) -> Any:  # noqa: ANN401 - see above
    """The value that a cell of a column holds; None for an empty one. Raises CellMistake."""
    text = text_of(cell)
    if not text:
        return None
    if column.codes:
        if text not in column.codes:
            raise _not_one_of(text, list(column.codes))
        text = column.codes[text]
    return _READERS[column.form](text, column)


def text_of(cell: object) -> str:
    """A cell as text, without white space around it."""
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).lower()
        case datetime():
            return cell.isoformat(sep=" ", timespec="seconds")
        case float() if cell.is_integer():
            # Workbooks know no integers.
            return str(int(cell))
        case _:
            text = str(cell).strip()
            return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


# See above.
def cell_of(value: Any, column: Column) -> str | int | float | None:  # noqa: ANN401 - see above
    """What is written into a cell of a column for a value."""
    if value is None or value in ({}, []):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and column.form is not Form.JSON:
        return value
    text = _WRITERS.get(column.form, _plain)(value, column)
    if column.codes:
        text = _cells_by_value(tuple(column.codes.items())).get(text, text)
    elif column.field in VOCABULARIES:
        text = _titles(column.field).get(text, text)
    return harmless(text)


def harmless(text: str) -> str:
    """A text that no spreadsheet program takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text


def _text(text: str, column: Column) -> str:
    vocabulary = VOCABULARIES.get(column.field)
    if vocabulary is None:
        return text
    words = {word: str(term.value) for term in vocabulary for word in (term.value, term.title_zh, term.title_en)}
    if text not in words:
        raise _not_one_of(text, [term.title_zh for term in vocabulary])
    return words[text]


def _number(text: str, column: Column) -> float:
    if not _NUMBER.match(text):
        raise CellMistake(Phrase("cell-not-a-number", value=text[:_SHOWN]))
    return float(text)


def _integer(text: str, column: Column) -> int:
    whole = text.removesuffix(".0")
    if not (_NUMBER.match(whole) and "." not in whole):
        raise CellMistake(Phrase("cell-not-whole", value=text[:_SHOWN]))
    return int(whole)


def _boolean(text: str, column: Column) -> bool:
    if text.lower() not in _YES:
        raise CellMistake(Phrase("cell-not-yes-or-no", value=text[:_SHOWN]))
    return _YES[text.lower()]


def _date(text: str, column: Column) -> str:
    found = _DATE.match(text)
    try:
        return date(*map(int, found.groups())).isoformat() if found else _no_date(text)
    except ValueError as cause:
        raise CellMistake(Phrase("cell-not-a-date", value=text[:_SHOWN])) from cause


def _no_date(text: str) -> str:
    raise CellMistake(Phrase("cell-not-a-date", value=text[:_SHOWN]))


def _list(text: str, column: Column) -> list[str]:
    return [item for item in _split(text, column.separator) if item]


def _links(text: str, column: Column) -> list[dict[str, str]]:
    links = []
    for item in _list(text, column):
        target, colon, rest = item.partition(":")
        relation, _, version = rest.partition("@")
        if not (target and colon and relation):
            raise CellMistake(Phrase("cell-not-a-link", value=item[:_SHOWN]))
        name = target if target.startswith("resources/") else f"resources/{target}"
        links.append({"target": name, "relation": relation} | ({"version": version} if version else {}))
    return links


def _records(text: str, column: Column) -> list[dict[str, Any]]:
    records = []
    for item in _list(text, column):
        values = _split(item, column.between)
        if len(values) > len(column.parts):
            names = [part.name for part in column.parts]
            raise CellMistake(Phrase("cell-too-many-parts", value=item[:_SHOWN], parts=names))
        filled = [(part, value) for part, value in zip(column.parts, values, strict=False) if value]
        records.append({part.name: _READERS[part.form](value, column) for part, value in filled})
    return records


def _split(text: str, separator: str) -> list[str]:
    """The items of a cell; a separator behind a backslash belongs to its item."""
    items = re.split(rf"(?<!\\){re.escape(separator)}", text)
    return [item.replace(f"\\{separator}", separator).strip() for item in items]


def _join(items: Iterable[object], separator: str) -> str:
    return separator.join(str(item).replace(separator, f"\\{separator}") for item in items)


def _json(text: str, column: Column) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise CellMistake(Phrase("cell-not-json", value=text[:_SHOWN])) from cause


_READERS = {
    Form.TEXT: _text,
    Form.NUMBER: _number,
    Form.INTEGER: _integer,
    Form.BOOLEAN: _boolean,
    Form.DATE: _date,
    Form.LIST: _list,
    Form.LINKS: _links,
    Form.RECORDS: _records,
    Form.JSON: _json,
}


def _plain(value: object, column: Column) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _joined(value: object, column: Column) -> str:
    return _join(value, column.separator) if isinstance(value, list | tuple) else str(value)


def _linked(value: object, column: Column) -> str:
    links: list[Mapping[str, Any]] = value if isinstance(value, list) else []
    told = [
        f"{link['target'].removeprefix('resources/')}:{link['relation']}"
        + (f"@{link['version']}" if link.get("version") else "")
        for link in links
    ]
    return _join(told, column.separator)


def _recorded(value: object, column: Column) -> str:
    records: list[Mapping[str, Any]] = value if isinstance(value, list) else []
    lines = [_join([_part(record.get(part.name)) for part in column.parts], column.between) for record in records]
    return _join((line.rstrip(column.between) for line in lines), column.separator)


def _part(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


_WRITERS = {Form.LIST: _joined, Form.LINKS: _linked, Form.RECORDS: _recorded}


@cache
def _cells_by_value(codes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {value: cell for cell, value in reversed(codes)}


@cache
def _titles(field: str) -> dict[str, str]:
    return {str(term.value): term.title_zh for term in VOCABULARIES[field]}


def _not_one_of(text: str, allowed: list[str]) -> CellMistake:
    return CellMistake(Phrase("cell-not-one-of", value=text[:_SHOWN], allowed=allowed[:20]))
