"""How two revisions of a resource differ, field by field, in an order that depends on nothing but the two."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ucs_registry.canonical import canonical_json
from ucs_registry.resources import ResourceContent

DEPTH_MOST = 40
"""How deep objects are entered; what lies deeper is compared as one value."""

_PLAIN_KEY = re.compile(r"[\w-]+\Z")


class Absent(Enum):
    """The value of what is not there, which JSON's null is."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT

Json = Any
"""A JSON value, or `ABSENT`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that differs: `spec.items[2].name`, or a value of a list that came or went, such as `tags[water]`."""

    path: str
    before: Json
    after: Json


def content_changes(before: ResourceContent | None, after: ResourceContent) -> list[FieldChange]:
    """What differs between two contents, in the order of their fields. Before is nothing at all with None: then all is told
    that is not as it is unless stated.

    A tag, a standard and a related code come and go one by one; dependencies are told by their targets.
    """
    old = {} if before is None else before.model_dump(mode="json")
    new = after.model_dump(mode="json", exclude_defaults=before is None)
    return [
        change for name in ResourceContent.model_fields for change in _field_changes(name, old.get(name), new.get(name))
    ]


def _field_changes(name: str, before: Json, after: Json) -> Iterator[FieldChange]:
    # A field without a value, an empty list and an empty object all state nothing.
    old, new = (ABSENT if value in (None, [], {}) else value for value in (before, after))
    if name == "dependencies":
        yield from _objects(name, _by_target(before or ()), _by_target(after or ()), 0)
    elif _texts(old) and _texts(new) and (old, new) != (ABSENT, ABSENT):
        yield from _items(name, () if old is ABSENT else old, () if new is ABSENT else new)
    elif isinstance(old, dict) or isinstance(new, dict):
        yield from _objects(name, {} if old is ABSENT else old, {} if new is ABSENT else new, 0)
    else:
        yield from _values(name, old, new, 0)


def _values(path: str, before: Json, after: Json, depth: int) -> Iterator[FieldChange]:
    if _same(before, after):
        return
    if depth < DEPTH_MOST and isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(path, before, after, depth)
    elif depth < DEPTH_MOST and _rows(before) and _rows(after):
        for at in range(max(len(before), len(after))):
            old = before[at] if at < len(before) else ABSENT
            new = after[at] if at < len(after) else ABSENT
            yield from _values(f"{path}[{at}]", old, new, depth + 1)
    else:
        yield FieldChange(path=path, before=before, after=after)


def _objects(path: str, before: Mapping[str, Json], after: Mapping[str, Json], depth: int) -> Iterator[FieldChange]:
    for key in sorted({*before, *after}):
        yield from _values(f"{path}{_step(key)}", before.get(key, ABSENT), after.get(key, ABSENT), depth + 1)


def _items(path: str, before: Sequence[str], after: Sequence[str]) -> Iterator[FieldChange]:
    gone = [FieldChange(path=f"{path}[{item}]", before=item, after=ABSENT) for item in before if item not in after]
    come = [FieldChange(path=f"{path}[{item}]", before=ABSENT, after=item) for item in after if item not in before]
    yield from dict.fromkeys([*gone, *come])
    if not gone and not come and list(before) != list(after):
        # Only the order differs, or how often something is said.
        yield FieldChange(path=path, before=list(before), after=list(after))


def _by_target(links: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """Links by their targets; of one that is named more than once, all that is said of it."""
    found: dict[str, list[Json]] = {}
    for link in links:
        said = {name: value for name, value in link.items() if name != "target" and value is not None}
        found.setdefault(link["target"], []).append(said)
    return {target: said[0] if len(said) == 1 else said for target, said in found.items()}


def _step(key: str) -> str:
    if _PLAIN_KEY.match(key):
        return f".{key}"
    return f"[{key}]" if key.startswith("resources/") else f"[{json.dumps(key, ensure_ascii=False)}]"


def _rows(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _texts(value: Json) -> bool:
    return value is ABSENT or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _same(before: Json, after: Json) -> bool:
    if before is ABSENT or after is ABSENT:
        return before is after
    # Python takes 1 for True; the bytes do not.
    return canonical_json(before) == canonical_json(after)
