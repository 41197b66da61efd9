"""Which reasons the code raises, and with which fields, read from the source.

A reason is the first argument of a call to an error class; a conditional expression gives several. Where it is taken
from a table, every text of that module that looks like a reason (UPPER_SNAKE) counts as one, with its fields unknown; a
module without any raises what nobody can look up.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import NamedTuple

# Arguments of UcsError that are no fields of the message.
_NOT_FIELDS = {"retry_after"}
_UPPER_SNAKE = re.compile(r"[A-Z]+(?:_[A-Z]+)+")


class Raised(NamedTuple):
    """One error made: where, why, and with which fields.

    `reason` is None when it cannot be read from the source; `open` says that there may be other fields.
    """

    module: str
    line: int
    reason: str | None
    fields: frozenset[str]
    open: bool


def raised(sources: Mapping[str, Path], errors: Collection[str]) -> list[Raised]:
    """Every call to one of these error classes."""
    found = []
    for module, path in sources.items():
        tree = ast.parse(path.read_bytes(), path)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in errors]
        for at in (at for call in calls for at in _read(module, call)):
            table = _table(tree) if at.reason is None else []
            found += [at._replace(reason=reason, open=True) for reason in table] or [at]
    return found


def _table(tree: ast.Module) -> list[str]:
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return sorted({text for text in texts if _UPPER_SNAKE.fullmatch(text)})


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _read(module: str, call: ast.Call) -> Iterator[Raised]:
    names = [keyword.arg for keyword in call.keywords]
    fields = frozenset(name for name in names if name is not None) - _NOT_FIELDS
    for reason in _literals(call.args[0]) if call.args else [None]:
        yield Raised(module, call.lineno, reason, fields, None in names)


def _literals(node: ast.expr) -> Iterator[str | None]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _literals(body)
            yield from _literals(orelse)
        case _:
            yield None


def placeholders(template: str) -> frozenset[str]:
    """The fields that a message template names."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def objections(found: Iterable[Raised], catalogue: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """What does not fit between the code and the catalogue (reason → English, Chinese), as lines for people."""
    used = set()
    for at in found:
        place = f"{at.module}:{at.line}"
        if at.reason is None:
            yield f"{place}: the reason cannot be read from the source"
        elif at.reason not in catalogue:
            yield f"{place}: {at.reason} is not in the catalogue"
        elif not at.open and (missing := placeholders(catalogue[at.reason][0]) - at.fields):
            yield f"{place}: {at.reason} needs the fields {sorted(missing)}"
        used.add(at.reason)
    for reason in catalogue.keys() - used:
        yield f"{reason} is in the catalogue and never raised"
    for reason, (english, chinese) in catalogue.items():
        if not english.strip() or not chinese.strip():
            yield f"{reason} is missing in one language"
        elif placeholders(english) != placeholders(chinese):
            yield f"{reason} names other fields in English than in Chinese"
