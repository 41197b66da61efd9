"""Whether two answers say the same: where they first differ, in words."""

from __future__ import annotations


def difference(ours: object, theirs: object, path: str = "answer") -> str | None:
    """The first place at which two JSON values differ, or None. Numbers and texts are compared exactly, lists in order."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            if key not in ours or key not in theirs:
                return f"{path}.{key}: only {'ours' if key in ours else 'theirs'} has it"
            if found := difference(ours[key], theirs[key], f"{path}.{key}"):
                return found
        return None
    if isinstance(ours, list) and isinstance(theirs, list):
        for at, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            if found := difference(one, other, f"{path}[{at}]"):
                return found
        return None if len(ours) == len(theirs) else f"{path}: ours has {len(ours)} items, theirs {len(theirs)}"
    return None if type(ours) is type(theirs) and ours == theirs else f"{path}: ours {ours!r}, theirs {theirs!r}"


def unordered(value: object, *keys: str) -> object:
    """A JSON value in which the lists under some keys stand in an order of their own, whatever order they came in."""
    if isinstance(value, dict):
        return {key: _sorted(key in keys, unordered(item, *keys)) for key, item in value.items()}
    if isinstance(value, list):
        return [unordered(item, *keys) for item in value]
    return value


def _sorted(wanted: bool, value: object) -> object:
    return sorted(value, key=repr) if wanted and isinstance(value, list) else value
