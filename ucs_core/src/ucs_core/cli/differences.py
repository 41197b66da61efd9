"""What differs between two values of plain JSON, field by field, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from rich.text import Text

VALUE_MOST = 100
"""How many characters of a value people are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field whose value differs; None is a field that is not there."""

    path: str
    before: object
    after: object

    @property
    def field(self) -> str:
        """The field of the content in which it lies: `title` of `content.title.zh`."""
        return self.path.split(".")[1].partition("[")[0]

    def plain(self) -> dict[str, object]:
        """As JSON."""
        return {"path": self.path, "before": self.before, "after": self.after}


def differences(before: object, after: object, path: str) -> list[Difference]:
    """Every field that differs, in the order in which `after` states them; objects and lists of objects are entered."""
    parts: list[tuple[str, object, object]]
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*after, *(name for name in before if name not in after)]
        parts = [(f"{path}.{name}", before.get(name), after.get(name)) for name in names]
    elif (old := _objects(before)) and (new := _objects(after)):
        parts = [(f"{path}[{at}]", *pair) for at, pair in enumerate(zip_longest(old, new))]
    else:
        return [] if _same(before, after) else [Difference(path=path, before=before, after=after)]
    return [found for part in parts for found in differences(part[1], part[2], part[0])]


def content_differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[Difference]:
    """What stated content would change. A field that `after` leaves out stays as it is; a None clears it.

    Texts outside `spec` are compared without the space around them, which the catalogue drops.
    """
    found = []
    for name, value in after.items():
        stated = value if name == "spec" else _stripped(value)
        found += differences(before.get(name), stated, f"content.{name}")
    return found


def leaves(value: object, path: str) -> list[Difference]:
    """A value that was not there before, as differences, one for each innermost field."""
    if isinstance(value, dict) and value:
        return [leaf for name, item in value.items() for leaf in leaves(item, f"{path}.{name}".lstrip("."))]
    return [Difference(path=path, before=None, after=value)]


def shown(found: Iterable[Difference]) -> list[Text]:
    """Differences as coloured lines: + for what comes, - for what goes, ~ for what changes."""
    lines = []
    for item in found:
        if item.before is None:
            lines.append(Text(f"  + {item.path}: {_short(item.after)}", "green"))
        elif item.after is None:
            lines.append(Text(f"  - {item.path}: {_short(item.before)}", "red"))
        else:
            lines.append(Text(f"  ~ {item.path}: {_short(item.before)} → {_short(item.after)}", "yellow"))
    return lines


def _objects(value: object) -> list[object]:
    """The items of a list of objects; nothing for any other value."""
    return value if isinstance(value, list) and all(isinstance(item, dict) for item in value) else []


def _same(before: object, after: object) -> bool:
    # Nothing, an empty list and an empty object all state nothing; and 1 is not True.
    if before in (None, [], {}) and after in (None, [], {}):
        return True
    return before == after and isinstance(before, bool) is isinstance(after, bool)


def _stripped(value: object) -> object:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {name: _stripped(item) for name, item in value.items()}
    return [_stripped(item) for item in value] if isinstance(value, list) else value


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= VALUE_MOST else f"{text[: VALUE_MOST - 1]}…"
