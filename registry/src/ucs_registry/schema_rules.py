"""What the schema of a type may hold: a plain part of JSON Schema 2020-12, bounded in every direction.

What is taken can be judged in time in proportion to the value, compared with another version, and told to people. Nothing is
fetched, no definition leads back to itself, and no pattern can look around or backtrack.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from ucs_registry.canonical import canonical_json, plain_json_problem
from ucs_registry.schema_words import ANNOTATIONS, ASSERTIONS, DEFINITIONS, DIALECT, FORMATS, ONE, SOME
from ucs_registry.specs import quick_validator
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

SCHEMA_MOST = 65_536
"""How many bytes a schema may have, as JSON without white space."""

DEPTH_MOST = 32
"""How deep the JSON of a schema may nest."""

PLACES_MOST = 5_000
"""How many places a schema may speak of and values it may list, with every `$ref` written out."""

HEIGHT_MOST = 64
"""How deep those places may lie."""

PATTERNS_MOST, PATTERN_MOST = 100, 200
"""How many patterns a schema may hold, and how many characters each may have."""


def check_schema(schema: Mapping[str, Any], path: str = "schema") -> None:
    """Raise Invalid with SCHEMA_INVALID unless a schema is one that a type may have; the error names the place."""
    _check_size(schema, path)
    if schema.get("type") != "object":
        raise _refusal(f"{path}.type", "schema-not-of-objects")
    if schema.get("$schema", DIALECT) != DIALECT:
        raise _refusal(f"{path}.$schema", "schema-dialect", dialect=DIALECT)
    patterns = 0
    for place, part in _parts(schema, path):
        _check_keywords(place, part, top=part is schema)
        _check_reference(place, part, schema)
        patterns += "pattern" in part
        if patterns > PATTERNS_MOST:
            raise _refusal(place, "schema-patterns", most=PATTERNS_MOST)
    try:
        quick_validator(schema)
    except ValueError as cause:
        raise _refusal(_place_of(cause, path), "schema-malformed", said=_first_line(cause)) from cause
    _check_extent(schema, path)


def children(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The schemas that a schema holds, each with the way to it; definitions are not among them."""
    for name in ONE:
        if name in schema:
            yield f".{name}", schema[name]
    for name in SOME:
        held = schema.get(name)
        for at, part in enumerate(held if isinstance(held, list) else ()):
            yield f".{name}[{at}]", part
    properties = schema.get("properties")
    for name, part in (properties if isinstance(properties, dict) else {}).items():
        yield f".properties.{name}", part


def definitions(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a schema defines for its own references."""
    held = schema.get("$defs")
    return held if isinstance(held, dict) else {}


def _check_size(schema: Mapping[str, Any], path: str) -> None:
    waiting: list[tuple[object, int]] = [(schema, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEPTH_MOST:
            raise _refusal(path, "schema-depth", most=DEPTH_MOST)
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting += [(part, depth + 1) for part in parts]
    problem = plain_json_problem(schema)
    if problem is not None:
        raise Invalid("SCHEMA_INVALID", path=path, problem=problem, near=[])
    size = len(canonical_json(schema))
    if size > SCHEMA_MOST:
        raise _refusal(path, "schema-size", size=size, most=SCHEMA_MOST)


def _parts(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A schema and all schemas in it, its definitions included. What is none is for the library to name."""
    waiting: list[tuple[str, Any]] = [(path, schema)]
    waiting += [(f"{path}.$defs.{name}", part) for name, part in definitions(schema).items()]
    while waiting:
        place, part = waiting.pop()
        if isinstance(part, dict):
            yield place, part
            waiting += [(place + way, child) for way, child in children(part)]


def _check_keywords(place: str, part: Mapping[str, Any], *, top: bool) -> None:
    for name in part:
        known = name in ASSERTIONS or name in ANNOTATIONS or name.startswith("x-")
        if not known or (name in ("$schema", "$id", "$defs") and not top):
            near = difflib.get_close_matches(name[:100], ASSERTIONS | ANNOTATIONS, n=2)
            phrase = "schema-only-at-top" if known else "schema-keyword"
            raise _refusal(f"{place}.{name[:80]}", phrase, near=[] if known else near, keyword=name[:80])
    if part.get("format", "date") not in FORMATS:
        near = difflib.get_close_matches(str(part["format"])[:100], FORMATS, n=1)
        raise _refusal(f"{place}.format", "schema-format", near=near, allowed=list(FORMATS))
    pattern = part.get("pattern", "")
    if isinstance(pattern, str) and len(pattern) > PATTERN_MOST:
        raise _refusal(f"{place}.pattern", "schema-pattern-long", most=PATTERN_MOST)
    if isinstance(pattern, str) and pattern:
        try:
            quick_validator({"pattern": pattern})
        except ValueError as cause:
            raise _refusal(f"{place}.pattern", "schema-pattern", pattern=pattern) from cause


def _check_reference(place: str, part: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    reference = part.get("$ref")
    if reference is None:
        return
    names = definitions(schema)
    name = str(reference).removeprefix(DEFINITIONS)
    if not str(reference).startswith(DEFINITIONS) or name not in names:
        near = [DEFINITIONS + other for other in difflib.get_close_matches(name[:100], names, n=2)]
        raise _refusal(f"{place}.$ref", "schema-reference", near=near, reference=str(reference)[:80])


def _check_extent(schema: Mapping[str, Any], path: str) -> None:
    """Raise Invalid for a definition that leads back to itself, and for what would be too much with each written out."""
    names = definitions(schema)
    needed = {name: {_referred(part) for _, part in _parts({"not": held}, "")} for name, held in names.items()}
    order = TopologicalSorter({name: needs - {None} for name, needs in needed.items()})
    known: dict[str | None, _Extent] = {None: _Extent(0, 0)}
    try:
        for name in order.static_order():
            known[name] = _extent(names[str(name)], known)
    except CycleError as cause:
        name = str(cause.args[1][0])
        raise _refusal(f"{path}.$defs.{name}", "schema-circle", name=name) from cause
    places, height = _extent(schema, known)
    if places > PLACES_MOST:
        raise _refusal(path, "schema-extent", most=PLACES_MOST)
    if height > HEIGHT_MOST:
        raise _refusal(path, "schema-depth", most=HEIGHT_MOST)


class _Extent(NamedTuple):
    """How many places a schema speaks of and values it lists, and how deep the places lie."""

    places: int
    height: int


def _extent(part: object, known: Mapping[str | None, _Extent]) -> _Extent:
    if not isinstance(part, dict):
        return _Extent(1, 1)
    below = [_extent(child, known) for _, child in children(part)] + [known[_referred(part)]]
    listed = _values_in(part.get("enum")) + _values_in(part.get("const"))
    return _Extent(1 + listed + sum(item.places for item in below), 1 + max(item.height for item in below))


def _values_in(value: object) -> int:
    """How many values there are in one, not counting itself."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(1 + _values_in(part) for part in parts)


def _referred(part: Mapping[str, Any]) -> str | None:
    return str(part["$ref"]).removeprefix(DEFINITIONS) if "$ref" in part else None


def _refusal(path: str, phrase: str, near: list[str] | None = None, **fields: object) -> Invalid:
    return Invalid("SCHEMA_INVALID", path=path, problem=Phrase(phrase, **fields), near=near or [])


def _place_of(cause: ValueError, path: str) -> str:
    parts = getattr(cause, "instance_path", ())
    return path + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def _first_line(cause: ValueError) -> str:
    return (str(cause).splitlines() or [""])[0][:200]
