"""Makes a new plugin from a template that the SDK carries.

The templates are cookiecutter's (`cookiecutter templates/operation`). They hold nothing but `cookiecutter.name`, so that
it is filled in here without cookiecutter, and the SDK alone can make a plugin.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from ucs_sdk.errors import AlreadyExists, FailedPrecondition, Invalid
from ucs_sdk.manifest import PLUGIN_NAME

_NAME = re.compile(r"\{\{ ?cookiecutter\.name ?\}\}")

ROOT = "{{cookiecutter.name}}"
"""The folder in a template that becomes the plugin's."""

TEMPLATES = (Path(__file__).parents[1] / "templates", Path(__file__).parents[4] / "templates")
"""Where the templates are: within the installed package, or beside the SDK in a checkout."""


class Made(NamedTuple):
    """What was made: the folder, and the one file to edit."""

    folder: Path
    code: Path


def make(name: str, kind: str, output: Path) -> Made:
    """Make `output/name`. Raises Invalid for a name that cannot be, and AlreadyExists when something is there.

    A folder that could not be written to its end is left as it is; nothing that was there before is touched.
    """
    if not PLUGIN_NAME.fullmatch(name) or name.endswith("_") or "__" in name:
        near = re.sub(r"_+", "_", re.sub(r"[^a-z0-9]", "_", name.lower())).strip("_0123456789")[:31]
        raise Invalid("PLUGIN_NAME_INVALID", name=name, near=near if PLUGIN_NAME.fullmatch(near) else None)
    template = template_of(kind)
    folder = output / name
    if folder.exists() or folder.is_symlink():
        raise AlreadyExists("FOLDER_TAKEN", folder=str(folder))
    try:
        for source in _sources(template / ROOT):
            target = output / _filled(str(source.relative_to(template)), name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_filled(source.read_text("utf-8"), name), "utf-8")
    except OSError as error:
        raise FailedPrecondition("FOLDER_UNWRITABLE", folder=str(folder), said=error.strerror) from error
    return Made(folder, folder / "src" / f"ucs_capability_{name}" / "__init__.py")


def template_of(kind: str) -> Path:
    """The folder of one template: that with its `cookiecutter.json`, less the name of the plugin's own folder."""
    for place in TEMPLATES:
        if (place / kind / "cookiecutter.json").is_file():
            return place / kind
    raise FailedPrecondition("TEMPLATE_MISSING", kind=kind)


def _sources(root: Path) -> list[Path]:
    # Whoever installs the SDK may compile what looks like its modules.
    return sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _filled(text: str, name: str) -> str:
    return _NAME.sub(name, text)
