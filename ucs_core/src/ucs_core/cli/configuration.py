"""A node's settings for the verbs that run on a serving machine, with mistakes told by where they were made."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ucs_core.settings import Settings
from ucs_sdk.commands import say
from ucs_sdk.errors import Invalid

OTHER_VARIABLES = (
    "UCS_CONFIG",
    "UCS_CONSOLE",
    "UCS_LOCALE",
    "UCS_PROMISE_EFFORT",
    "UCS_PROMISE_SEED",
    "UCS_REQUIRE_POSTGRES",
    "UCS_TOKEN",
    "UCS_TRACEBACK",
)
"""The variables that are ours and no settings of a node: the command line's, the build's and the tests'."""


def load_settings(**given: str | None) -> Settings:
    """The settings of this node; what is given here wins. Raises Invalid for the first mistake.

    A variable named `UCS_…` that nothing reads is a mistake, too: it is a misspelt one, whose setting would silently
    stay at its default.
    """
    _check_variables(os.environ)
    file = os.environ.get("UCS_CONFIG")
    if file:
        _check_file(Path(file))
    stated = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings.model_validate(stated)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        if not problem["loc"]:
            # The variables were not even read: this is the one that is written in JSON.
            raise Invalid(
                "FIELD_INVALID", path="UCS_ISSUERS", problem=say("it is not JSON", "不是有效的 JSON")
            ) from error
        name, *within = problem["loc"]
        place = _place(str(name), stated, file) + "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in within
        )
        raise Invalid("FIELD_INVALID", path=place, problem=_told(problem)) from error


def _told(problem: ErrorDetails) -> str:
    """What is wrong with a setting, in the reader's language where it is one of the common mistakes."""
    kind, context, said = problem["type"], problem.get("ctx", {}), problem["msg"].removeprefix("Value error, ")
    chinese = {
        "missing": "缺少此项",
        "extra_forbidden": "没有此项",
        "literal_error": f"应为 {context.get('expected')}",
        "int_parsing": "应为整数",
        "float_parsing": "应为数字",
        "bool_parsing": "应为 on 或 off",
    }
    english = {
        "missing": "it is missing",
        "extra_forbidden": "there is no such field",
        "bool_parsing": "it should be on or off",
    }
    return say(english.get(kind, said), chinese.get(kind, said))


def _check_variables(environ: Mapping[str, str]) -> None:
    known = sorted({*OTHER_VARIABLES, *(f"UCS_{name.upper()}" for name in Settings.model_fields)})
    services = [name.removesuffix("_SERVICE_HOST") for name in environ if name.endswith("_SERVICE_HOST")]
    # Kubernetes sets these by itself where a service is called `ucs` or `ucs-…`.
    orchestrated = tuple(f"{service}_{kind}" for service in services for kind in ("SERVICE_", "PORT"))
    for name in sorted(environ):
        upper = name.upper()
        if upper.startswith("UCS_") and upper not in known and not name.startswith(orchestrated):
            near = difflib.get_close_matches(upper, known, n=2, cutoff=0.75)
            raise Invalid("SETTING_UNKNOWN", path=name, near=near)


def _check_file(file: Path) -> None:
    # pydantic-settings passes over a file that is not there; whoever named it wants to know.
    try:
        stated = tomllib.loads(file.read_text("utf-8"))
    except OSError as cause:
        raise Invalid("FILE_UNREADABLE", file=str(file), problem=cause.strerror) from cause
    except ValueError as cause:
        problem = say(f"it is not TOML: {cause}", f"不是有效的 TOML：{cause}")
        raise Invalid("FILE_UNREADABLE", file=str(file), problem=problem) from cause
    for name in stated:
        if name not in Settings.model_fields:
            near = difflib.get_close_matches(name, Settings.model_fields, n=1)
            raise Invalid("SETTING_UNKNOWN", path=f"{file}: {name}", near=near)


def _place(name: str, stated: Mapping[str, str], file: str | None) -> str:
    """Where a setting comes from: an option, a variable, or a key of the file."""
    if name in stated:
        return f"--{name.replace('_', '-')}"
    variable = f"UCS_{name.upper()}"
    if file is None or variable in map(str.upper, os.environ):
        return variable
    return f"{file}: {name}"
