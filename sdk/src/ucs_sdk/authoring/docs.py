"""Writes a page in Markdown about a plugin, from what it declares, in Chinese and English."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ucs_sdk.authoring.schemas import properties
from ucs_sdk.declarations import Operation
from ucs_sdk.plugins import Plugin, find_in_folder, load_plugin


def page(folder: Path) -> str:
    """The page of the plugin in a folder. The same declarations give the same page."""
    return page_of(load_plugin(find_in_folder(folder)))


def page_of(plugin: Plugin) -> str:
    """The page of a loaded plugin."""
    manifest = plugin.manifest
    head = [
        f"# {_line(manifest.title.zh)} · {_line(manifest.title.en)}",
        _line(manifest.summary.zh),
        _line(manifest.summary.en),
        _table(("", ""), _facts(plugin)),
    ]
    parts = [*head, *_operations(plugin), *_events(plugin), *_shown(plugin), *_settings(plugin)]
    return "\n\n".join(parts) + "\n"


def _facts(plugin: Plugin) -> Iterator[Sequence[str]]:
    manifest = plugin.manifest
    yield "插件 · Plugin", f"`{plugin.name}` {plugin.version}"
    yield "API", f"{manifest.api_level}"
    yield "权限 · Permissions", _codes(sorted(manifest.permissions)) or "–"


def _operations(plugin: Plugin) -> Iterator[str]:
    if plugin.operations:
        yield "## 操作 · Operations"
    for each in plugin.operations.values():
        yield f"### `{each.path}` {_line(each.title_zh)} · {_line(each.title_en)}"
        if each.description:
            yield "\n".join(_line(line) for line in each.description.splitlines())
        yield _manner(each)
        yield "**输入 · Input**"
        yield _fields(each.input)
        yield "**输出 · Output**"
        yield _fields(each.output)
        yield f"```sh\n{_call(each)}\n```"


def _manner(each: Operation) -> str:
    effect = "写 · writes" if each.effect == "write" else "读 · reads"
    answers = "流 · a stream" if each.streaming else "单次 · once"
    limit = f"{each.timeout:g} s"
    return f"{effect}; {answers}; {limit}; 共享 · shared: {each.share_type.title_zh} · {each.share_type.title_en}"


def _call(each: Operation) -> str:
    """How the operation is called from a shell, with its examples."""
    words = [f"ucs call {each.path}"]
    for name, field in each.input.model_fields.items():
        example = field.examples[0] if field.examples else None
        if example is not None or field.is_required():
            told = "…" if example is None else example if isinstance(example, str) else json.dumps(example)
            words.append(f"--{name.replace('_', '-')} {told}")
    return " ".join(words)


def _events(plugin: Plugin) -> Iterator[str]:
    if plugin.subscriptions:
        yield "## 订阅的事件 · Events it handles"
        rows = [(_codes(each.types), f"`{each.name}`", _first(each.description)) for each in plugin.subscriptions]
        yield _table(("类型 · Type", "", ""), rows)
    if plugin.emissions:
        yield "## 发出的事件 · Events it emits"
    for each in plugin.emissions.values():
        yield f"### `{each.type}` {_line(each.title_zh)} · {_line(each.title_en)}"
        yield _fields(each.data)


def _shown(plugin: Plugin) -> Iterator[str]:
    shown = [(f"`{each.name}`", each.title_zh, each.title_en, each.unit) for each in plugin.indicators]
    if shown:
        yield "## 指标 · Indicators"
        yield _table(("", "", "", "单位 · Unit"), shown)
    if plugin.layers:
        yield "## 图层 · Layers"
        yield _table(("", "", ""), [(f"`{each.name}`", each.title_zh, each.title_en) for each in plugin.layers])
    if plugin.schedules:
        yield "## 定时任务 · Scheduled work"
        rows = [(f"`{each.name}`", f"{each.seconds:g} s", _first(each.description)) for each in plugin.schedules]
        yield _table(("", "间隔 · Every", ""), rows)
    if plugin.resource_types or plugin.resources:
        yield "## 目录 · Catalogue"
        types = [(f"`{each.id}`", each.title_zh, each.title_en) for each in plugin.resource_types]
        yield _table(
            ("", "", ""), [*types, *((f"`{each.code}`", each.title_zh, each.title_en) for each in plugin.resources)]
        )


def _settings(plugin: Plugin) -> Iterator[str]:
    settings = plugin.manifest.settings
    if settings:
        yield "## 设置 · Settings"
        rows = [
            (f"`{name}`", each.title.zh, each.title.en, each.type.value, _json(each.default))
            for name, each in settings.items()
        ]
        yield _table(("", "", "", "类型 · Type", "默认 · Default"), rows)


def _fields(model: type[BaseModel]) -> str:
    schema = model.model_json_schema()
    required = {name for each in [schema, *schema.get("$defs", {}).values()] for name in each.get("required", ())}
    rows = [
        (
            f"`{each.name}`" if each.model == schema.get("title") else f"`{each.model}.{each.name}`",
            _type(each.schema),
            "✓" if each.name in required else "",
            str(each.schema.get("title", "")),
            str(each.schema.get("description", "")),
        )
        for each in properties(schema)
    ]
    return _table(("字段 · Field", "类型 · Type", "必填 · Required", "", ""), rows) if rows else "–"


def _type(stated: Mapping[str, Any]) -> str:
    if reference := stated.get("$ref"):
        return str(reference).rpartition("/")[2]
    if branches := stated.get("anyOf"):
        return " or ".join(_type(branch) for branch in branches)
    if "enum" in stated:
        return ", ".join(_json(value) for value in stated["enum"])
    if stated.get("type") == "array":
        return f"{_type(stated.get('items') or {})}[]"
    return str(stated.get("format") or stated.get("type", "any"))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(each) for each in line) + " |" for line in lines)


def _line(text: str) -> str:
    """Words on one line: what would be HTML, a link, a heading or a terminal's command is shown as it was written."""
    shown = "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
    for mark in "<[":
        shown = shown.replace(mark, f"\\{mark}")
    return f"\\{shown}" if shown.startswith("#") else shown


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _first(text: str) -> str:
    return text.partition("\n")[0]


def _json(value: object) -> str:
    return "–" if value is None else json.dumps(value, ensure_ascii=False)
