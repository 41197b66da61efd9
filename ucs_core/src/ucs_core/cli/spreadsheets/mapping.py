"""Which column of a table is which field of a resource, as a YAML file says it."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ucs_core.cli.documents import read_values
from ucs_core.cli.spreadsheets.fields import OUT_ONLY, Form, form_of, is_field, known_fields
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

COLUMNS_MOST = 500
SEPARATOR, BETWEEN = "；", "|"
"""What stands between the items of a cell, and between the parts of an item, where a mapping says nothing."""

KEYS = ("sheet", "header", "encoding", "delimiter", "defaults", "copies", "columns")
COLUMN_KEYS = ("field", "form", "codes", "separator", "between", "parts", "required")

PART_FORMS = (Form.TEXT, Form.NUMBER, Form.INTEGER, Form.BOOLEAN)

Codes = Mapping[str, str]


class Part(NamedTuple):
    """A part of each item of a cell of records: the field that it is, and how it holds values."""

    name: str
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its title, the field that it is, and how its cells hold values.

    `codes` leads from what a cell says to the value; the first of several that lead to one value is written. `parts` names
    the fields of each item of a cell of records, in order.
    """

    title: str
    field: str
    form: Form = Form.TEXT
    codes: Codes = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    separator: str = SEPARATOR
    between: str = BETWEEN
    parts: tuple[Part, ...] = ()
    required: bool = False

    @property
    def only_out(self) -> bool:
        """Whether the column is written and never read."""
        return self.field in OUT_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Which column of a table is which field of a resource.

    `defaults` holds values, by field, of what a row leaves empty; `copies` leads from a field that is still empty to the one
    whose value it takes. `header` is the row with the columns' titles, counted from 1. Without `encoding` a CSV file is read
    as UTF-8 or else as GB 18030, and written as UTF-8 with a mark that spreadsheet programs look for.
    """

    columns: tuple[Column, ...]
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    copies: Mapping[str, str] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    sheet: str | None = None
    header: int = 1
    encoding: str | None = None
    delimiter: str = ","

    def title_of(self, path: str) -> str | None:
        """The title of the column that a path in a resource (`content.share_type`) comes from, if one does."""
        wanted = path.removeprefix("content.").split("[")[0]
        for column in self.columns:
            if wanted == column.field or wanted.startswith(f"{column.field}."):
                return column.title
        return None


def read_mapping(path: Path) -> ColumnMapping:
    """The mapping in a YAML file. Raises Invalid for one that cannot be used."""
    return _mapping_of(str(path), read_values(str(path)))


def ready_mapping() -> ColumnMapping:
    """The mapping that comes with the platform: Chinese column titles of the government directory's core metadata."""
    return read_mapping(Path(__file__).with_name("directory.yaml"))


def _mapping_of(file: str, values: Sequence[object]) -> ColumnMapping:
    stated = values[0]
    if len(values) > 1 or not isinstance(stated, dict):
        raise _wrong(file, Phrase("mapping-not-one"))
    for key in stated:
        if key not in KEYS:
            raise _wrong(file, Phrase("mapping-key-unknown", key=str(key), allowed=KEYS), str(key), KEYS)
    columns = stated.get("columns")
    if not isinstance(columns, dict) or not 0 < len(columns) <= COLUMNS_MOST:
        raise _wrong(file, Phrase("mapping-columns", most=COLUMNS_MOST))
    made = tuple(_column(file, str(title), given) for title, given in columns.items())
    twice = [column.field for at, column in enumerate(made) if column.field in {other.field for other in made[:at]}]
    if twice:
        raise _wrong(file, Phrase("mapping-field-twice", name=twice[0]))
    return ColumnMapping(
        columns=made,
        defaults=MappingProxyType(_fields(file, stated, "defaults")),
        copies=MappingProxyType(
            {name: _field(file, str(source)) for name, source in _fields(file, stated, "copies").items()}
        ),
        sheet=None if stated.get("sheet") is None else str(stated["sheet"]),
        header=_header(file, stated.get("header", 1)),
        encoding=_encoding(file, stated.get("encoding")),
        delimiter=_delimiter(file, stated.get("delimiter", ",")),
    )


def _column(file: str, title: str, given: object) -> Column:
    said = given if isinstance(given, dict) else {"field": given}
    for key in said:
        if key not in COLUMN_KEYS:
            raise _wrong(file, Phrase("mapping-key-unknown", key=str(key), allowed=COLUMN_KEYS), str(key), COLUMN_KEYS)
    name = _field(file, str(said.get("field")))
    codes, parts, form = said.get("codes") or {}, said.get("parts") or [], said.get("form") or form_of(name).value
    if form not in tuple(Form):
        raise _wrong(file, Phrase("mapping-form-unknown", title=title, form=str(form), allowed=[*Form]))
    if not isinstance(codes, dict) or not isinstance(parts, list) or (form == Form.RECORDS) != bool(parts):
        raise _wrong(file, Phrase("mapping-column-malformed", title=title))
    for each in parts:
        if isinstance(each, dict) and (len(each) != 1 or next(iter(each.values())) not in PART_FORMS):
            raise _wrong(file, Phrase("mapping-form-unknown", title=title, form=str(each), allowed=list(PART_FORMS)))
    return Column(
        title=title.strip(),
        field=name,
        form=Form(str(form)),
        codes=MappingProxyType({str(cell): str(value) for cell, value in codes.items()}),
        separator=str(said.get("separator") or SEPARATOR),
        between=str(said.get("between") or BETWEEN),
        parts=tuple(map(_part, parts)),
        required=said.get("required") is True,
    )


def _part(given: object) -> Part:
    if not isinstance(given, dict):
        return Part(str(given), Form.TEXT)
    name, form = next(iter(given.items()))
    return Part(str(name), Form(str(form)))


def _fields(file: str, stated: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = stated.get(key) or {}
    if not isinstance(found, dict):
        raise _wrong(file, Phrase("mapping-not-fields", key=key))
    return {_field(file, str(name)): value for name, value in found.items()}


def _field(file: str, name: str) -> str:
    if not is_field(name):
        raise _wrong(file, Phrase("mapping-field-unknown", name=name), name, known_fields())
    return name


def _header(file: str, stated: object) -> int:
    if not isinstance(stated, int) or not 1 <= stated <= 1_000:
        raise _wrong(file, Phrase("mapping-header"))
    return stated


def _encoding(file: str, stated: object) -> str | None:
    if stated is None:
        return None
    allowed = ("utf-8", "gb18030")
    name = {"gbk": "gb18030", "gb2312": "gb18030", "utf8": "utf-8"}.get(str(stated).lower(), str(stated).lower())
    if name not in allowed:
        raise _wrong(file, Phrase("mapping-encoding", value=str(stated), allowed=allowed))
    return name


def _delimiter(file: str, stated: object) -> str:
    if stated not in (",", ";", "\t", "|"):
        raise _wrong(file, Phrase("mapping-delimiter"))
    return str(stated)


def _wrong(file: str, problem: Phrase, word: str = "", words: Sequence[str] = ()) -> Invalid:
    near = difflib.get_close_matches(word, words, n=2)
    return Invalid("MAPPING_INVALID", file=file, problem=problem, near=near)
