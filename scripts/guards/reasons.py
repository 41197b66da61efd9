"""Which reasons the code raises and which phrases it speaks, each with its fields, read from the source.

A reason is the first argument of a call to an error class, and a phrase's key that of a call to `Phrase`; a conditional
expression gives several. Where it is taken from a table, every text of that module that looks like one (UPPER_SNAKE,
kebab-case) counts, with its fields unknown; a module without any raises what nobody can look up.
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
REASON = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
PHRASE = re.compile(r"[a-z]+(?:-[a-z]+)+")


class Raised(NamedTuple):
    """One error made: where, why, and with which fields.

    `reason` is None when it cannot be read from the source; `open` says that there may be other fields.
    """

    module: str
    line: int
    reason: str | None
    fields: frozenset[str]
    open: bool


def raised(sources: Mapping[str, Path], errors: Collection[str], shape: re.Pattern[str] = REASON) -> list[Raised]:
    """Every call to one of these classes, whose first argument is a key of this shape."""
    found = []
    for module, path in sources.items():
        tree = ast.parse(path.read_bytes(), path)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in errors]
        for at in (at for call in calls for at in _read(module, call)):
            table = _table(tree, shape) if at.reason is None else []
            found += [at._replace(reason=reason, open=True) for reason in table] or [at]
    return found


def untranslated(sources: Mapping[str, Path], errors: Collection[str]) -> Iterator[str]:
    """Every error of these classes whose `problem` is prose of one language, as lines for people."""
    for module, path in sources.items():
        for node in ast.walk(ast.parse(path.read_bytes(), path)):
            if isinstance(node, ast.Call) and _name(node.func) in errors:
                for keyword in node.keywords:
                    if keyword.arg == "problem" and isinstance(keyword.value, (ast.Constant, ast.JoinedStr)):
                        yield f"{module}:{node.lineno}: the problem is told in one language; make it a Phrase"


def measures(sources: Mapping[str, Path]) -> set[str]:
    """Every measure that is named where a limit is checked, in `check("…", …)` or `measure="…"`."""
    calls = [
        node
        for path in sources.values()
        for node in ast.walk(ast.parse(path.read_bytes(), path))
        if isinstance(node, ast.Call)
    ]
    named = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "measure"]
    named += [call.args[0] for call in calls if _name(call.func) == "check" and call.args]
    return {text for node in named for text in _literals(node) if text is not None}


def _table(tree: ast.Module, shape: re.Pattern[str]) -> list[str]:
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return sorted({text for text in texts if shape.fullmatch(text)})


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
