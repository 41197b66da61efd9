"""A front door is an `__init__` that gathers names: `__all__` is sorted and is exactly what it gathers.

An `__init__` that holds code of its own is a module like any other; if it has an `__all__`, then its own names are in it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest


def disorders(doors: Mapping[str, Path]) -> list[str]:
    """What is wrong with these front doors."""
    found = []
    for name, path in doors.items():
        gathered, own, listed = _read(ast.parse(path.read_text("utf-8")))
        if listed is None:
            found += [f"{name} gathers {sorted(gathered)} and has no __all__"] if gathered and not own else []
        elif listed != sorted(set(listed), key=_rank):
            found.append(f"{name}.__all__ is not sorted, or repeats a name")
        elif missing := (own or gathered) - set(listed):
            found.append(f"{name}.__all__ lacks {sorted(missing)}")
        elif unknown := set(listed) - gathered - own:
            found.append(f"{name}.__all__ lists {sorted(unknown)}, which it does not have")
    return found


def _read(module: ast.Module) -> tuple[set[str], set[str], list[str] | None]:
    gathered, own, listed = set(), set(), None
    for node in module.body:
        match node:
            case ast.ImportFrom(module=origin, names=names) if origin != "__future__":
                gathered |= {alias.asname or alias.name for alias in names}
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                own.add(name)
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                listed = ast.literal_eval(value)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                own.add(name)
    return _public(gathered), _public(own), listed


def _public(names: set[str]) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def _rank(name: str) -> tuple[int, str]:
    # As ruff sorts: constants, then classes, then the rest.
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_front_doors_offer_what_they_import_sorted(sources):
    found = disorders({name: path for name, path in sources.items() if path.name == "__init__.py"})
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "from room.part import Part",
        "from room.part import Part, part\n__all__ = ['part', 'Part']",
        "from room.part import Part\n__all__ = ['Part', 'Part']",
        "from room.part import Part, Hidden\n__all__ = ['Part']",
        "from room.part import Part\n__all__ = ['Missing', 'Part']",
        "from room.part import Part\nLIMIT = 3\n__all__ = ['Part']",
    ],
)
def test_a_front_door_out_of_order_is_found(tree, text):
    assert len(disorders({"room": tree({"__init__.py": text}) / "__init__.py"})) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from room.part import MOST, Part, part, _private\n__all__ = ['MOST', 'Part', 'part']",
        "from room.part import Part\ndef build():\n    return Part()",
        "from room.part import Part\ndef build():\n    return Part()\n__all__ = ['build']",
        '"""Nothing to offer."""',
    ],
)
def test_a_front_door_in_order_is_left_alone(tree, text):
    assert disorders({"room": tree({"__init__.py": text}) / "__init__.py"}) == []
