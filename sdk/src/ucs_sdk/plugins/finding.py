"""Finds plugins, installed or in a folder, and reads their manifests without running any of their code."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from ucs_sdk.errors import AlreadyExists, Invalid
from ucs_sdk.manifest import MANIFEST, PluginManifest, parse_manifest
from ucs_sdk.messages import Phrase

ENTRY_POINT_GROUP = "ucs.plugins"

_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlugin:
    """A plugin that is there to be loaded: under which name, from which module, of which distribution or folder.

    `folder` is set where the plugin is taken from its source, not installed; `root` is the folder to import from then.
    """

    name: str
    module: str
    distribution: str
    version: str
    folder: Path | None = None
    root: Path | None = None

    @property
    def package(self) -> str:
        """The package at the top, which is the plugin's alone."""
        return self.module.partition(".")[0]

    @property
    def place(self) -> str:
        """Where it comes from, for people."""
        return str(self.folder) if self.folder else f"{self.distribution} {self.version}"


def find_plugins(points: Iterable[EntryPoint] | None = None) -> list[FoundPlugin]:
    """The plugins of these entry points, or of all installed ones, by name. Nothing of them is imported.

    Two of one name are both given: `check_names` refuses them, and a host may go on with the others.
    """
    found = entry_points(group=ENTRY_POINT_GROUP) if points is None else points
    plugins = [
        FoundPlugin(
            name=point.name,
            module=point.module,
            distribution=point.dist.name if point.dist else "?",
            version=point.dist.version if point.dist else "0",
        )
        for point in found
    ]
    return sorted(plugins, key=lambda each: (each.name, each.distribution))


def find_in_folder(folder: Path) -> FoundPlugin:
    """The plugin whose source is in a folder, as its `pyproject.toml` names it. Raises Invalid."""
    folder = folder.resolve()
    project = _project(folder / "pyproject.toml")
    points = project.get("entry-points", {})
    named = points.get(ENTRY_POINT_GROUP) if isinstance(points, dict) else None
    if not isinstance(named, dict) or len(named) != 1:
        raise Invalid(
            "PLUGIN_FOLDER", folder=str(folder), problem=Phrase("folder-without-entry", group=ENTRY_POINT_GROUP)
        )
    ((name, value),) = named.items()
    module = str(value).partition(":")[0].strip()
    if not _MODULE.fullmatch(module):
        raise Invalid("PLUGIN_FOLDER", folder=str(folder), problem=Phrase("folder-entry-malformed", value=str(value)))
    top = module.partition(".")[0]
    root = next((at for at in (folder / "src", folder) if _is_module(at / top)), None)
    if root is None:
        raise Invalid("PLUGIN_FOLDER", folder=str(folder), problem=Phrase("folder-without-package", package=top))
    return FoundPlugin(
        name=str(name),
        module=module,
        distribution=str(project.get("name", name)),
        version=str(project.get("version", "0")),
        folder=folder,
        root=root,
    )


def check_names(found: Sequence[FoundPlugin]) -> None:
    """Raise AlreadyExists when two plugins have one name."""
    seen: dict[str, FoundPlugin] = {}
    for each in found:
        first = seen.setdefault(each.name, each)
        if first is not each:
            raise AlreadyExists("PLUGIN_NAME_TAKEN", plugin=each.name, first=first.place, second=each.place)


def read_manifest(found: FoundPlugin) -> PluginManifest:
    """What the plugin states in its `plugin.toml`. Raises Invalid, and FailedPrecondition for a newer API level."""
    path = manifest_path(found)
    manifest = parse_manifest(path)
    if manifest.name != found.name:
        raise Invalid("MANIFEST_NAME_DIFFERS", file=str(path), stated=manifest.name, plugin=found.name)
    return manifest


def manifest_path(found: FoundPlugin) -> Path:
    """Where the manifest is: in the plugin's package, or in the innermost one around its module that has one."""
    places = _locations(found)
    inner = found.module.split(".")[1:]
    for depth in range(len(inner), -1, -1):
        for place in places:
            path = Path(place, *inner[:depth], MANIFEST)
            if path.is_file():
                return path
    raise Invalid("MANIFEST_MISSING", plugin=found.name, place=found.place, module=found.module)


def _locations(found: FoundPlugin) -> list[str]:
    """The folders of the top package. A top package has no parent, so looking for it runs nothing."""
    if found.root is not None:
        return [str(found.root / found.package)]
    # A package that is loaded already is where it was loaded from; looking anew is right after an upgrade, too.
    spec = importlib.machinery.PathFinder.find_spec(found.package) or _elsewhere(found.package)
    return list(spec.submodule_search_locations or []) if spec else []


def _elsewhere(package: str) -> importlib.machinery.ModuleSpec | None:
    try:
        return importlib.util.find_spec(package)
    except ValueError:
        return None


def _is_module(path: Path) -> bool:
    return path.is_dir() or path.with_suffix(".py").is_file()


def _project(path: Path) -> dict[str, Any]:
    try:
        project = tomllib.loads(path.read_text("utf-8")).get("project", {})
    except OSError as error:
        raise Invalid("PLUGIN_FOLDER", folder=str(path.parent), problem=Phrase("folder-without-project")) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = Phrase("folder-project-malformed", said=str(error))
        raise Invalid("PLUGIN_FOLDER", folder=str(path.parent), problem=problem) from error
    return project if isinstance(project, dict) else {}
