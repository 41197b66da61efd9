"""Members in files: NDJSON as it is sent, and CSV with Chinese or English column titles, in chunks of constant size."""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from ucs_sdk.commands import say
from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import MemberStatus

CHUNK_MOST, BYTES_MOST = 5_000, 3_500_000
"""How many lines, and how many bytes, go into one chunk: the platform takes 5,000 and 4 MiB."""

LINE_MOST = 65_536
"""How long a line may be. A member as large as may be takes less than half of it."""

COLUMNS = {
    "code": ("code", "编码", "代码", "设备编码", "通道编码"),
    "title.zh": ("title_zh", "名称", "标题", "中文名称", "设备名称"),
    "title.en": ("title_en", "英文名称"),
    "location.longitude": ("longitude", "经度"),
    "location.latitude": ("latitude", "纬度"),
    "region_code": ("region_code", "行政区划代码", "行政区划"),
    "status": ("status", "状态", "设备状态"),
    "attributes": ("attributes", "属性"),
}
"""The fields of a member, and what a column may be called; attributes are a JSON object, and what is called
`attributes.NAME` is one of them."""

_FIELDS = {title: field for field, titles in COLUMNS.items() for title in titles}
_WITHIN = "attributes."
_STATUSES = {status.title_zh: status.value for status in MemberStatus}


class Chunk(NamedTuple):
    """Some lines of NDJSON, and where each stood in its file, counted from 1."""

    ndjson: bytes
    places: list[int]


def chunks_of(path: Path) -> Iterator[Chunk]:
    """The chunks of a file, by its ending. Raises Invalid, naming the line, for what cannot be sent."""
    rows = _csv_lines(path) if path.suffix.lower() == ".csv" else _ndjson_lines(path)
    lines: list[bytes] = []
    places: list[int] = []
    size = 0
    for place, line in rows:
        if lines and (len(lines) == CHUNK_MOST or size + len(line) > BYTES_MOST):
            yield Chunk(b"".join(lines), places)
            lines, places, size = [], [], 0
        lines.append(line)
        places.append(place)
        size += len(line)
    if lines:
        yield Chunk(b"".join(lines), places)


def _ndjson_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        for place, line in _lines(file):
            if line.strip():
                yield place, line.rstrip(b"\r\n") + b"\n"


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    place = 0
    # What is longer than a line may be is not read to its end: it may be as long as the disk.
    while line := file.readline(LINE_MOST + 1):
        place += 1
        if len(line) > LINE_MOST:
            problem = say(f"the line is longer than {LINE_MOST} bytes", f"该行超过 {LINE_MOST} 字节")
            raise _mistake(file.name, place, problem)
        yield place, line.removeprefix(b"\xef\xbb\xbf") if place == 1 else line


def _csv_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        reader = csv.reader(_texts(file), strict=True)
        try:
            fields = _header(path, next(reader, []))
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield reader.line_num, orjson.dumps(_member(path, reader.line_num, fields, row)) + b"\n"
        except csv.Error as cause:
            raise _mistake(path, reader.line_num, say(f"it is no CSV: {cause}", f"不是 CSV：{cause}")) from cause


def _texts(file: IO[bytes]) -> Iterator[str]:
    for place, line in _lines(file):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as cause:
            problem = say(
                "it is not UTF-8; save the table as CSV in UTF-8", "不是 UTF-8 编码；请另存为 UTF-8 编码的 CSV"
            )
            raise _mistake(file.name, place, problem) from cause


def _header(path: Path, titles: list[str]) -> list[str]:
    fields = []
    for title in map(str.strip, titles):
        field = title if title.startswith(_WITHIN) else _FIELDS.get(title)
        if field is None or field in fields:
            near = [] if field else difflib.get_close_matches(title, _FIELDS, n=3)
            told = title[:80]
            problem = (
                say(f"the column {told!r} occurs twice", f"列“{told}”重复出现")
                if field
                else say(f"the column {told!r} is not known; {_known()}", f"无法识别列“{told}”；{_known()}")
            )
            raise _mistake(path, 1, problem, near)
        fields.append(field)
    for needed in ("code", "title.zh"):
        if needed not in fields:
            names = "、".join(COLUMNS[needed])
            raise _mistake(path, 1, say(f"a column is missing: one of {names}", f"缺少列：{names} 之一"))
    return fields


def _known() -> str:
    en = ", ".join(titles[0] for titles in COLUMNS.values())
    zh = "、".join(titles[1] for titles in COLUMNS.values())
    return say(f"known are {en} and attributes.NAME", f"可用的列：{zh}、attributes.名称")


def _member(path: Path, place: int, fields: list[str], row: list[str]) -> dict[str, Any]:
    if len(row) != len(fields):
        count = len(row)
        raise _mistake(
            path, place, say(f"{count} cells, {len(fields)} columns", f"有 {count} 个单元格，应为 {len(fields)} 个")
        )
    member: dict[str, Any] = {}
    for field, cell in zip(fields, map(str.strip, row), strict=True):
        if cell:
            _enter(member, field, _value(path, place, field, cell))
    return member


def _enter(member: dict[str, Any], field: str, value: object) -> None:
    outer, _, inner = field.partition(".")
    if not inner:
        # A column of its own counts for more than the object that it belongs to.
        member[field] = {**value, **member.get(field, {})} if isinstance(value, Mapping) else value
    else:
        member.setdefault(outer, {})[inner] = value


def _value(path: Path, place: int, field: str, cell: str) -> object:
    if field == "status":
        return _STATUSES.get(cell, cell.lower())
    if field.startswith("location."):
        try:
            return float(cell)
        except ValueError as cause:
            raise _mistake(path, place, say(f"{cell[:40]!r} is no number", f"“{cell[:40]}”不是数字")) from cause
    if field == "attributes":
        read = _json(cell)
        if not isinstance(read, dict):
            raise _mistake(path, place, say("its attributes are no JSON object", "属性不是 JSON 对象"))
        return read
    if field.startswith(_WITHIN):
        # What reads as a number or a truth is one; everything else is text.
        read = _json(cell)
        return read if isinstance(read, (bool, int, float)) else cell
    return cell


def _json(cell: str) -> object:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return None


def _mistake(path: Path | str, place: int, problem: str, near: Sequence[str] = ()) -> Invalid:
    where = say(f"{path}, line {place}", f"{path} 第 {place} 行")
    return Invalid("FIELD_INVALID", path=where, problem=problem, near=list(near))
