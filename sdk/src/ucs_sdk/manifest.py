"""`plugin.toml`: what a plugin says of itself before any of its code runs, and what it asks to be allowed."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from ucs_sdk.errors import FailedPrecondition, Invalid
from ucs_sdk.events import EVENT_TYPE
from ucs_sdk.hookspecs import API_LEVEL
from ucs_sdk.messages import Phrase

MANIFEST = "plugin.toml"

BYTES_MOST = 64 * 1024
"""How large a manifest may be."""

PLUGIN_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
"""What plugins are called."""


class Permission(StrEnum):
    """What a plugin may ask to be allowed."""

    DOCUMENTS = "documents"
    EVENTS = "events"
    BLOBS = "blobs"
    NOTIFY = "notify"
    INVOKE = "invoke"
    MOUNT = "mount"
    RUN = "run"
    SQL = "sql"
    RESOURCES = "resources"
    TYPES = "types"
    ADMISSION = "admission"
    SECRETS = "secrets"


class SettingType(StrEnum):
    """What the value of a setting is."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


_PYTHON: Mapping[SettingType, tuple[type, ...]] = {
    SettingType.STRING: (str,),
    SettingType.INTEGER: (int,),
    SettingType.NUMBER: (int, float),
    SettingType.BOOLEAN: (bool,),
}


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Wording(_Stated):
    """A text in both languages."""

    zh: str = Field(min_length=1, max_length=400)
    en: str = Field(min_length=1, max_length=400)


class Setting(_Stated):
    """A setting that an administrator may change. One without a default must be set before the plugin is enabled."""

    type: SettingType
    title: Wording
    default: str | int | float | bool | None = None

    @model_validator(mode="after")
    def _default_fits(self) -> Setting:
        if self.default is not None and not self.takes(self.default):
            raise PydanticCustomError("default_type", "default is not of the type", {"type": self.type.value})
        return self

    def takes(self, value: object) -> bool:
        """Whether a value is of the setting's type; True is no number."""
        if isinstance(value, bool):
            return self.type is SettingType.BOOLEAN
        return isinstance(value, _PYTHON[self.type])


class PluginManifest(_Stated):
    """What `plugin.toml` states. `name` is the prefix of operations and events and the namespace in GraphQL."""

    name: str = Field(pattern=rf"^{PLUGIN_NAME.pattern}$")
    api_level: int = Field(ge=1)
    title: Wording
    summary: Wording
    owner: str | None = Field(default=None, min_length=1, max_length=100)
    permissions: frozenset[Permission] = frozenset()
    events_in: tuple[Annotated[str, Field(pattern=rf"^{EVENT_TYPE.pattern.replace('?P<plugin>', '?:')}$")], ...] = ()
    events_out: tuple[Annotated[str, Field(pattern=rf"^{EVENT_TYPE.pattern.replace('?P<plugin>', '?:')}$")], ...] = ()
    settings: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")], Setting] = Field(default_factory=dict)


_EXAMPLES: Mapping[str, str] = {
    "name": 'name = "waterlogging"',
    "api_level": f"api_level = {API_LEVEL}",
    "title": 'title = {zh = "积水", en = "Waterlogging"}',
    "summary": 'summary = {zh = "…", en = "…"}',
}
"""How a field that must be there is written."""


def parse_manifest(path: Path) -> PluginManifest:
    """Read one file. Raises Invalid with file, field and line, and FailedPrecondition for an API level from the future."""
    file = str(path)
    text = _text(path, file)
    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid("MANIFEST_UNREADABLE", file=file, problem=Phrase("manifest-not-toml", said=str(error))) from error
    # First of all: what a later level added is not a mistake of this one.
    level = stated.get("api_level")
    if isinstance(level, int) and level > API_LEVEL:
        raise FailedPrecondition(
            "API_LEVEL_TOO_NEW", plugin=stated.get("name", "?"), file=file, asked=level, offered=API_LEVEL
        )
    try:
        return PluginManifest.model_validate(stated)
    except ValidationError as error:
        raise _objection(file, text, stated, error.errors()) from error


def _text(path: Path, file: str) -> str:
    try:
        raw = path.read_bytes()[: BYTES_MOST + 1]
    except OSError as error:
        raise Invalid("MANIFEST_UNREADABLE", file=file, problem=Phrase("manifest-not-there")) from error
    if len(raw) > BYTES_MOST:
        raise Invalid("MANIFEST_UNREADABLE", file=file, problem=Phrase("manifest-too-large", most=BYTES_MOST))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid("MANIFEST_UNREADABLE", file=file, problem=Phrase("manifest-not-utf")) from error


def _objection(file: str, text: str, stated: Mapping[str, Any], errors: list[ErrorDetails]) -> Invalid:
    """The first thing that is wrong; a field that is not known comes before one that is missing, as it may be the same."""
    first = min(errors, key=lambda each: each["type"] != "extra_forbidden")
    where = [str(part) for part in first["loc"] if part != "[key]"]
    field, name = ".".join(where), where[-1] if where else ""
    if first["type"] == "missing":
        example = _EXAMPLES.get(field, f"{name} = …")
        return Invalid("MANIFEST_FIELD_MISSING", file=file, field=field, example=example)
    line = _line(text, where)
    if first["type"] == "extra_forbidden":
        known = [*PluginManifest.model_fields] if len(where) == 1 else [*Setting.model_fields, *Wording.model_fields]
        near = difflib.get_close_matches(name, [each for each in known if each not in stated], n=1)
        return Invalid(
            "MANIFEST_FIELD_UNKNOWN", file=file, line=line, field=field, known=known, near=near[0] if near else None
        )
    problem, near_value = _problem(first)
    return Invalid("MANIFEST_FIELD_INVALID", file=file, line=line, field=field, problem=problem, near=near_value)


def _problem(error: ErrorDetails) -> tuple[str, str | None]:
    value = error["input"]
    if error["type"] == "enum":
        terms: list[str] = [*Permission] if error["loc"][0] == "permissions" else [*SettingType]
        near = difflib.get_close_matches(str(value), terms, n=1)
        return Phrase("argument-not-one-of", value=value, allowed=terms), near[0] if near else None
    if error["type"] == "string_pattern_mismatch":
        is_event = str(error["loc"][0]).startswith("events_")
        return Phrase("manifest-event" if is_event else "manifest-name", value=value), None
    if error["type"] == "default_type":
        return Phrase("manifest-default", type=error["ctx"]["type"]), None
    return Phrase("manifest-value", value=_short(value), said=error["msg"]), None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _line(text: str, where: list[str]) -> int:
    """The line on which the innermost part of a field's path that can be found is written; 1 when none is."""
    for part in reversed(where):
        pattern = re.compile(
            rf"""^\s*(?:\[[^\]]*\b{re.escape(part)}\]|["']?{re.escape(part)}["']?\s*=)""", re.MULTILINE
        )
        if match := pattern.search(text):
            return text.count("\n", 0, match.start() + len(match[0]) - len(match[0].lstrip())) + 1
    return 1
