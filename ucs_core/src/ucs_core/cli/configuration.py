"""A node's settings for the verbs that run on a serving machine, with mistakes told by the name of their variable."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path

from pydantic import ValidationError

from ucs_core.settings import Settings
from ucs_sdk.commands import say
from ucs_sdk.errors import Invalid


def load_settings(**given: str | None) -> Settings:
    """The settings of this node; what is given here wins. Raises Invalid for the first mistake."""
    file = os.environ.get("UCS_CONFIG")
    if file:
        _check_file(Path(file))
    try:
        return Settings.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        name = str(problem["loc"][0])
        raise Invalid("FIELD_INVALID", path=f"UCS_{name.upper()}", problem=problem["msg"], near=_near(name)) from error


def _check_file(file: Path) -> None:
    # pydantic-settings passes over a file that is not there; whoever named it wants to know.
    try:
        tomllib.loads(file.read_text("utf-8"))
    except OSError as cause:
        raise Invalid("FILE_UNREADABLE", file=str(file), problem=cause.strerror) from cause
    except ValueError as cause:
        problem = say(f"it is not TOML: {cause}", f"不是有效的 TOML：{cause}")
        raise Invalid("FILE_UNREADABLE", file=str(file), problem=problem) from cause


def _near(name: str) -> list[str]:
    if name in Settings.model_fields:
        return []
    return [f"UCS_{near.upper()}" for near in difflib.get_close_matches(name, Settings.model_fields, n=1)]
