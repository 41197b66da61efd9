"""Who imports whom, read from the source and never by importing it.

Every import counts: at the top, inside a function, under `if TYPE_CHECKING`, and by `import_module` or `__import__` of a
literal name. Knowing another module's types is knowing that module. What Python does unasked does not count: importing
`a.b` also runs `a/__init__.py`, and no arrow is drawn for that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "casbin": ("ucs_core.access",),
    "jwt": ("ucs_core.access.tokens",),
    "sqlalchemy": ("ucs_registry.sql",),
    "alembic": ("ucs_registry.sql",),
    "sqlite3": ("ucs_registry.sql",),
    "aiosqlite": ("ucs_registry.sql",),
    "psycopg": ("ucs_registry.sql",),
    "strawberry": ("ucs_core.graphql",),
    "graphql": ("ucs_core.graphql",),
    "grpc": ("ucs_core.grpc", "ucs_sdk.client.wire"),
    "grpc_health": ("ucs_core.grpc",),
    "grpc_reflection": ("ucs_core.grpc",),
    "google.protobuf": ("ucs_core.grpc", "ucs_sdk.client.wire"),
    "ucs": ("ucs_core.grpc", "ucs_sdk.client.wire"),
    "starlette": ("ucs_core.http", "ucs_core.app"),
    "uvicorn": ("ucs_core.http", "ucs_core.app"),
    "openpyxl": ("ucs_core.cli.spreadsheets",),
    "rdflib": ("ucs_core.cli.dcat",),
    "shapely": ("ucs_registry.geometry",),
    "pyroaring": ("ucs_registry.read_model",),
    "pluggy": ("ucs_sdk.hookspecs", "ucs_core.plugins"),
}
"""The modules, with all below them, that alone may import a heavy library (`ucs` is the generated code of the wire)."""


class Arrow(NamedTuple):
    """One import: which module, on which line, imports what."""

    source: str
    line: int
    target: str


def modules(root: Path) -> dict[str, Path]:
    """Every module below a source folder, by its dotted name. Folders without `__init__.py` count as packages too."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def arrows(sources: Mapping[str, Path]) -> list[Arrow]:
    """All imports of these modules. `from a import b` points to the module `a.b` where there is one, else to `a`."""
    found = []
    for name, path in sources.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for node in ast.walk(ast.parse(path.read_bytes(), path)):
            for target in _targets(node, package):
                module = (
                    target if target in sources or not isinstance(node, ast.ImportFrom) else _shorten(target, sources)
                )
                found.append(Arrow(name, getattr(node, "lineno", 0), module))
    return found


def _targets(node: ast.AST, package: str) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            parents = package.split(".")[: len(package.split(".")) - level + 1] if level else []
            base = ".".join([*parents, *filter(None, [module])])
            yield from (f"{base}.{alias.name}" for alias in names)
        case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]):
            called = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            if called in ("import_module", "__import__"):
                yield name


def _shorten(target: str, sources: Mapping[str, Path]) -> str:
    # A name out of a module: what is imported is the module. Outside these sources the dotted whole says more.
    parent = target.rpartition(".")[0]
    return parent if parent in sources else target


def misplaced(found: Iterable[Arrow], addresses: Mapping[str, tuple[str, ...]] = ADDRESSES) -> list[Arrow]:
    """The imports of a library outside its address."""
    return [
        arrow
        for arrow in found
        for library, homes in addresses.items()
        if _within(arrow.target, library) and not any(_within(arrow.source, home) for home in homes)
    ]


def reaching(found: Iterable[Arrow], forbidden: Iterable[str]) -> list[Arrow]:
    """The imports that lead into one of the forbidden packages."""
    return [arrow for arrow in found for name in forbidden if _within(arrow.target, name)]


def circle(found: Iterable[Arrow]) -> list[str]:
    """The modules along one circle of imports, the first again at the end; empty when there is none."""
    graph: dict[str, set[str]] = {}
    for arrow in found:
        graph.setdefault(arrow.source, set()).add(arrow.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
