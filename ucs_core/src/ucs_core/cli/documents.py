"""What people state in YAML files: read safely, bounded, and with mistakes told by file, document and field."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ucs_sdk.commands import say
from ucs_sdk.errors import Invalid

FILE_MOST, DOCUMENTS_MOST = 1_048_576, 1_000
"""How many bytes a file may have, and how many resources it may hold."""

FIELDS = ("code", "kind", "type", "owner", "content")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One resource as a file states it. `number` counts the file's documents from 1."""

    file: str
    number: int
    code: str
    kind: str
    type: str
    owner: str
    content: Mapping[str, Any]

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return say(
            f"{self.file}, document {self.number} ({self.code})", f"{self.file} 第 {self.number} 个文档（{self.code}）"
        )


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases, which a few lines can blow up, and without keys that quietly replace each other."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            # The stubs leave this method without types.
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem=say("aliases (*name) are not taken", "不支持别名（*name）"), problem_mark=mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                problem = say(f"the field {key.value!r} occurs twice", f"字段 {key.value} 重复出现")
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read_documents(file: str) -> list[Document]:
    """The resources that a file states, `-` being standard input. Raises Invalid for the first mistake."""
    raw = read_values(file)
    if len(raw) > DOCUMENTS_MOST:
        problem = say(f"a file may hold {DOCUMENTS_MOST} documents", f"一个文件最多 {DOCUMENTS_MOST} 个文档")
        raise Invalid("FILE_MALFORMED", file=file, number=len(raw), problem=problem)
    documents = [_document(file, number, value) for number, value in enumerate(raw, start=1)]
    _refuse_twins(file, documents)
    return documents


def read_values(file: str) -> list[Any]:
    """What the documents of a file hold, one at least, `-` being standard input. Raises Invalid for what is not YAML."""
    values = list(_load(file, _read(file)))
    if not values:
        raise Invalid("FILE_MALFORMED", file=file, number=1, problem=say("it is empty", "内容为空"))
    return values


def _read(file: str) -> str:
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(FILE_MOST + 1)
        else:
            with Path(file).open("rb") as opened:
                raw = opened.read(FILE_MOST + 1)
    except OSError as cause:
        raise Invalid("FILE_UNREADABLE", file=file, problem=cause.strerror) from cause
    if len(raw) > FILE_MOST:
        problem = say(f"it has more than {FILE_MOST} bytes", f"超过 {FILE_MOST} 字节")
        raise Invalid("FILE_UNREADABLE", file=file, problem=problem)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise Invalid("FILE_UNREADABLE", file=file, problem=say("it is not UTF-8", "不是 UTF-8 编码")) from cause


def _load(file: str, text: str) -> Iterator[Any]:
    number = 1
    try:
        for value in yaml.load_all(text, _PlainLoader):
            # An empty document, as a trailing `---` leaves one, states nothing.
            if value is not None:
                yield value
                number += 1
    except yaml.MarkedYAMLError as cause:
        problem = f"{_where(cause.problem_mark)}{cause.problem}"
        raise Invalid("FILE_MALFORMED", file=file, number=number, problem=problem) from cause
    except (yaml.YAMLError, ValueError, RecursionError) as cause:
        problem = say("it is not YAML that can be read", "不是可读的 YAML")
        raise Invalid("FILE_MALFORMED", file=file, number=number, problem=problem) from cause


def _where(mark: yaml.Mark | None) -> str:
    if mark is None:
        return ""
    line, column = mark.line + 1, mark.column + 1
    return say(f"line {line}, column {column}: ", f"第 {line} 行第 {column} 列：")


def _document(file: str, number: int, value: object) -> Document:
    if not isinstance(value, dict):
        value = {}
    path, problem = _mistake(value)
    if problem:
        near = [] if path in FIELDS else difflib.get_close_matches(path, FIELDS, n=1)
        raise Invalid("FILE_MALFORMED", file=file, number=number, problem=problem, path=path, near=near)
    texts = {name: value[name] for name in FIELDS[:-1]}
    content = plain_value(value["content"])
    return Document(file=file, number=number, content=content, **texts)


def _mistake(value: Mapping[object, object]) -> tuple[str, str]:
    """The field with the first mistake, and the mistake; two empty texts where there is none."""
    for name in value:
        if name not in FIELDS:
            return str(name), say(f"{name} is not a field here", f"此处没有字段 {name}")
    for name in FIELDS:
        if name not in value:
            return name, say(f"{name} is required", f"缺少 {name}")
        if name == "content" and not isinstance(value[name], dict):
            return name, say("content must hold fields", "content 必须包含字段")
        if name != "content" and not isinstance(value[name], str):
            stated = str(value[name])[:80]
            return name, say(
                f"{name} must be a text: put {stated!r} in quotes", f"{name} 必须是文本，请给 {stated} 加引号"
            )
    return "", ""


def _refuse_twins(file: str, documents: list[Document]) -> None:
    seen: dict[str, int] = {}
    for document in documents:
        if document.code in seen:
            problem = say(
                f"the code {document.code!r} stands in document {seen[document.code]} already",
                f"代码 {document.code} 已出现在第 {seen[document.code]} 个文档",
            )
            raise Invalid("FILE_MALFORMED", file=file, number=document.number, problem=problem, path="code")
        seen[document.code] = document.number


# YAML gives whatever was written.
def plain_value(value: Any) -> Any:  # noqa: ANN401 - see above
    """The value as JSON knows it: dates as texts, keys as texts."""
    if isinstance(value, dict):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_value(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
