"""Reads a plugin's source and tests without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

FILES_MOST = 2_000
"""How many files of a plugin are looked at."""


class Found(NamedTuple):
    """Something in a file."""

    file: Path
    line: int
    what: str


@dataclass(frozen=True)
class Source:
    """The Python files of a plugin's package, and those of its tests."""

    folder: Path
    package: Path

    @cached_property
    def trees(self) -> dict[Path, ast.Module]:
        """The package, parsed; files that cannot be are left out, as loading has said so."""
        return _parsed(self.package if self.package.is_dir() else self.package.with_suffix(".py"))

    @cached_property
    def tests(self) -> dict[Path, ast.Module]:
        """The tests, parsed."""
        return {path: tree for path, tree in _parsed(self.folder / "tests").items() if path.name.startswith("test_")}

    def test_functions(self) -> list[str]:
        """The names of all tests."""
        functions = (node for tree in self.tests.values() for node in ast.walk(tree))
        return [
            node.name
            for node in functions
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test")
        ]

    def imports(self) -> Iterator[Found]:
        """The packages that are imported from elsewhere, wherever the import stands."""
        for path, tree in self.trees.items():
            for node in ast.walk(tree):
                match node:
                    case ast.Import(names=names):
                        yield from (Found(path, node.lineno, each.name.partition(".")[0]) for each in names)
                    case ast.ImportFrom(module=str(module), level=0):
                        yield Found(path, node.lineno, module.partition(".")[0])

    def attributes(self) -> Iterator[Found]:
        """All attributes that are asked of anything, such as `documents` in `unit.documents(…)`."""
        for path, tree in self.trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute):
                    yield Found(path, node.lineno, node.attr)

    def calls(self) -> Iterator[Found]:
        """All calls by what they are written as, such as `datetime.now`, with names of imports spelled out."""
        for path, tree in self.trees.items():
            origins = _origins(tree)
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    head, _, rest = ast.unparse(node.func).partition(".")
                    yield Found(path, node.lineno, ".".join(filter(None, [origins.get(head, head), rest])))


def _origins(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {each.asname: each.name for each in names if each.asname}
            case ast.ImportFrom(module=str(module), names=names):
                found |= {each.asname or each.name: f"{module}.{each.name}" for each in names}
    return found


def _parsed(place: Path) -> dict[Path, ast.Module]:
    paths = [place] if place.is_file() else sorted(place.rglob("*.py"))[:FILES_MOST]
    found = {}
    for path in paths:
        try:
            found[path] = ast.parse(path.read_bytes(), path)
        except (OSError, SyntaxError, ValueError):
            continue
    return found
