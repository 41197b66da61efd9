"""Imports a plugin's package anew, from where it is installed or from the source in a folder."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from pathlib import Path
from types import CodeType, ModuleType

from ucs_sdk.plugins.finding import FoundPlugin

_locks: dict[str, threading.RLock] = {}


@contextmanager
def importing(found: FoundPlugin, *, fresh: bool) -> Iterator[None]:
    """Import the plugin's package within this block; with `fresh`, what was imported before is set aside.

    When the block fails, everything is as it was. A package that hangs while it is imported holds up itself alone.
    """
    with _locks.setdefault(found.package, threading.RLock()):
        before = _modules_of(found.package)
        finders = _finders_of(found.package)
        if fresh or _is_from_elsewhere(before, found):
            _forget(before)
        _replace(finders, [_SourceFinder(found.package, found.root)] if found.root else [])
        importlib.invalidate_caches()
        try:
            yield
        except BaseException:
            _forget(_modules_of(found.package))
            sys.modules.update(before)
            _replace(
                [each for each in sys.meta_path if isinstance(each, _SourceFinder) and each.package == found.package],
                finders,
            )
            raise


def _modules_of(package: str) -> dict[str, ModuleType]:
    # A copy of the names: other threads import meanwhile.
    names = [name for name in list(sys.modules) if name == package or name.startswith(f"{package}.")]
    return {name: sys.modules[name] for name in names}


def _is_from_elsewhere(modules: dict[str, ModuleType], found: FoundPlugin) -> bool:
    """Whether what is imported comes from another place than the folder that is wanted."""
    if found.root is None or found.package not in modules:
        return False
    places = getattr(modules[found.package], "__path__", None) or [str(modules[found.package].__file__)]
    return not any(Path(place).is_relative_to(found.root) for place in places)


def _finders_of(package: str) -> list[MetaPathFinder]:
    return [each for each in sys.meta_path if isinstance(each, _SourceFinder) and each.package == package]


def _forget(modules: dict[str, ModuleType]) -> None:
    for name in modules:
        sys.modules.pop(name, None)


def _replace(finders: Sequence[MetaPathFinder], others: Sequence[MetaPathFinder]) -> None:
    for each in finders:
        sys.meta_path.remove(each)
    sys.meta_path[:0] = others


class _SourceFinder(MetaPathFinder):
    """Finds one package, and what is in it, in the source of a folder; nothing else of the folder can be imported."""

    def __init__(self, package: str, root: Path) -> None:
        self.package = package
        self._root = str(root)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != self.package:
            return None
        for place in [self._root] if path is None else list(path):
            loaders = (ExtensionFileLoader, EXTENSION_SUFFIXES), (_SourceLoader, SOURCE_SUFFIXES)
            if spec := FileFinder(place, *loaders).find_spec(fullname, target):
                return spec
        return None


class _SourceLoader(SourceFileLoader):
    """Compiles what the file now holds. Python's cache tells two versions apart by second and size, which is too coarse."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)
