"""What a `spec` does wrong by its type's schema, found in bounded time and told in words of our own.

JSON Schema 2020-12 as `jsonschema` reads it, with two differences. `$` in a pattern is the very end of a text, as in
ECMA-262, where Python's `$` also stands before a last line break. And what holds too many items or properties is not
looked into: that there are too many is said, and nothing else.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator

from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

VALUES_MOST = 5_000
"""How many values a spec may hold, lists and objects counted as well: five hundred information items, all of them full."""

ERRORS_MOST = 50
"""How many mistakes are found before the search ends; one of them is told."""

_COUNTED = {
    "maxItems": "spec-items-at-most",
    "minItems": "spec-items-at-least",
    "maxLength": "spec-text-at-most",
    "minLength": "spec-text-at-least",
}
_COMPARED = {"maximum": "spec-maximum", "minimum": "spec-minimum"}

_SHOWN_MOST = 80
_NAMES_MOST = 5

Keyword = Callable[[Validator, object, object, Mapping[str, Any]], Iterable[ValidationError] | None]
"""One keyword of a schema: of the validator, the keyword's value, the instance and the schema around it."""


def check_size(spec: Mapping[str, Any]) -> int:
    """How many values a spec holds. Raises Invalid for too many, having looked at no more than may be."""
    count = 1
    waiting: list[object] = [spec]
    while waiting:
        value = waiting.pop()
        if isinstance(value, (dict, list)):
            count += len(value)
            if count > VALUES_MOST:
                raise Invalid("SPEC_TOO_LARGE", path="content.spec", most=VALUES_MOST)
            waiting.extend(value.values() if isinstance(value, dict) else value)
    return count


def mistake_in(spec: Mapping[str, Any], validator: Validator) -> dict[str, Any] | None:
    """What most needs saying about a spec, as fields of SPEC_INVALID; None when it satisfies its schema."""
    error = best_match(islice(validator.iter_errors(spec), ERRORS_MOST))
    if error is None:
        return None
    path = "content.spec" + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
    )
    expected = json.dumps({str(error.validator): error.validator_value}, ensure_ascii=False)
    return {"path": path, "problem": _problem(error), "expected": expected[:300], "near": _near(error)}


def validator_of(schema: Mapping[str, Any]) -> Validator:
    """What checks values by a schema."""
    validator: Validator = _Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return validator


def _problem(error: ValidationError) -> Phrase:
    held: Any = error.instance
    asked: Any = error.validator_value
    match error.validator:
        case "additionalProperties" if asked is False:
            return Phrase("spec-additional", names=_additional(error)[:_NAMES_MOST])
        case "enum" | "const":
            return Phrase("spec-enum", value=_shown(held), allowed=[_shown(value) for value in _allowed(error)])
        case "format":
            return Phrase("spec-format", value=_shown(held), format=asked)
        case str(keyword) if keyword in _COUNTED:
            return Phrase(_COUNTED[keyword], count=len(held), limit=asked)
        case str(keyword) if keyword in _COMPARED:
            return Phrase(_COMPARED[keyword], value=_shown(held), limit=asked)
        case "pattern":
            return Phrase("spec-pattern", value=_shown(held), pattern=asked)
        case "required":
            return Phrase("spec-required", names=[name for name in asked if name not in held][:_NAMES_MOST])
        case "type" if isinstance(asked, str):
            return Phrase("spec-type", value=_shown(held), expected=asked)
        case "uniqueItems":
            return Phrase("spec-items-repeated")
        case other:
            return Phrase("spec-unsatisfied", value=_shown(held), keyword=other)


def _allowed(error: ValidationError) -> list[Any]:
    asked: Any = error.validator_value
    return list(asked) if error.validator == "enum" else [asked]


def _additional(error: ValidationError) -> list[str]:
    held: Any = error.instance
    return [name for name in held if name not in _properties(error)]


def _properties(error: ValidationError) -> Collection[str]:
    schema: Any = error.schema
    known: Collection[str] = schema.get("properties", {})
    return known


def _near(error: ValidationError) -> list[str]:
    held: Any = error.instance
    match error.validator:
        case "enum" if isinstance(held, str):
            return difflib.get_close_matches(held[:_SHOWN_MOST], map(str, _allowed(error)), n=1)
        case "additionalProperties" if error.validator_value is False:
            return difflib.get_close_matches(_additional(error)[0][:_SHOWN_MOST], _properties(error), n=1)
        case _:
            return []


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_MOST else f"{text[: _SHOWN_MOST - 1]}…"


def _within(keyword: Keyword) -> Keyword:
    """The same keyword for what holds no more than its schema allows, and nothing for what holds more."""

    def check(
        validator: Validator, value: object, instance: object, schema: Mapping[str, Any]
    ) -> Iterator[ValidationError]:
        most = "maxItems" if isinstance(instance, list) else "maxProperties"
        if not isinstance(instance, (list, dict)) or most not in schema or len(instance) <= schema[most]:
            yield from keyword(validator, value, instance, schema) or ()

    return check


def _pattern(_: Validator, pattern: str, instance: object, __: Mapping[str, Any]) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not to_the_end(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _unique_items(_: Validator, unique: object, instance: object, __: Mapping[str, Any]) -> Iterator[ValidationError]:
    # The library compares each with each where items cannot be sorted.
    if unique and isinstance(instance, list) and len({_hashable(item) for item in instance}) < len(instance):
        yield ValidationError("items are repeated")


def _hashable(value: object) -> object:
    """What is equal for two values exactly when JSON Schema calls them equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, dict):
        return dict, frozenset((name, _hashable(part)) for name, part in value.items())
    if isinstance(value, list):
        return list, tuple(map(_hashable, value))
    return isinstance(value, bool), value


@cache
def to_the_end(pattern: str) -> re.Pattern[str]:
    """A schema's pattern, in which `$` is the very end of the text."""
    return re.compile(_ATOM.sub(lambda atom: r"\Z" if atom.group() == "$" else atom.group(), pattern))


# An escaped character, a set of characters, or an end.
_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)

_LOOKING_INSIDE = ("items", "prefixItems", "contains", "properties", "patternProperties", "additionalProperties")

# The library leaves this function untyped.
_Validator = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        **{name: _within(Draft202012Validator.VALIDATORS[name]) for name in _LOOKING_INSIDE},
        "pattern": _pattern,
        "uniqueItems": _within(_unique_items),
    },
)
