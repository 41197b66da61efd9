"""Whether a `spec` satisfies its type's schema, and what it does wrong, found in bounded time and told in our own words.

JSON Schema 2020-12. `jsonschema-rs` judges; `jsonschema` is asked only for what is refused, to name the mistake. Both read
patterns by one engine without backtracking, whose work is in proportion to the text: `$` is the very end of it, and there is
no looking around. What holds too many items or properties is not looked into by the second: that there are too many is said,
and nothing else.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

import orjson
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema_rs import RegexOptions
from jsonschema_rs import ValidationError as Unsatisfied
from jsonschema_rs import validator_for as quick_validator_for

from ucs_registry.canonical import canonical_json
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

JUDGES_MOST = 256
"""How many compiled schemas are kept, and how many compiled patterns."""

Keyword = Callable[[Validator, object, object, Mapping[str, Any]], Iterable[ValidationError] | None]
"""One keyword of a schema: of the validator, the keyword's value, the instance and the schema around it."""


def check_size(spec: Mapping[str, Any]) -> int:
    """How many values a spec holds. Raises Invalid for too many, having looked at no more than may be."""
    count = 1
    waiting: list[Any] = [spec]
    while waiting:
        value = waiting.pop()
        count += len(value)
        if count > VALUES_MOST:
            raise Invalid("SPEC_TOO_LARGE", path="content.spec", most=VALUES_MOST)
        parts = value.values() if isinstance(value, dict) else value
        waiting.extend([part for part in parts if isinstance(part, (dict, list))])
    return count


class Judge:
    """A schema, ready to judge values by."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self.satisfied = quick_validator(schema).is_valid
        """Whether a value satisfies the schema: a question of microseconds."""

    @cached_property
    def _validator(self) -> Validator:
        return validator_of(self._schema)

    def mistake_in(self, value: Mapping[str, Any], path: str = "content.spec") -> dict[str, Any] | None:
        """What most needs saying about a value, as fields of SPEC_INVALID; None when it satisfies the schema."""
        if self.satisfied(value):
            return None
        told = mistake_in(value, self._validator, path)
        return told or _unexplained(self._schema, value, path)


def judge_of(schema: Mapping[str, Any]) -> Judge:
    """What judges values by a schema, compiled once for all schemas of the same text."""
    return _judge(canonical_json(schema))


@lru_cache(maxsize=JUDGES_MOST)
def _judge(text: bytes) -> Judge:
    return Judge(orjson.loads(text))


def quick_validator(schema: Mapping[str, Any] | bool) -> Any:  # noqa: ANN401 -- the library names no type for all drafts
    """The compiled form of a schema. Raises ValueError when it is none, or names what is elsewhere."""
    # Its own errors of a schema are ValueErrors.
    return quick_validator_for(
        dict(schema) if isinstance(schema, Mapping) else schema,
        validate_formats=True,
        pattern_options=RegexOptions(),
        offline=True,
    )


def mistake_in(value: Mapping[str, Any], validator: Validator, path: str = "content.spec") -> dict[str, Any] | None:
    """What most needs saying about a value, as fields of SPEC_INVALID; None when it satisfies its schema."""
    error = best_match(islice(validator.iter_errors(value), ERRORS_MOST))
    if error is None:
        return None
    expected = json.dumps({str(error.validator): error.validator_value}, ensure_ascii=False)
    return {
        "path": _below(path, error.absolute_path),
        "problem": _problem(error),
        "expected": expected[:300],
        "near": _near(error),
    }


def _unexplained(schema: Mapping[str, Any], value: Mapping[str, Any], path: str) -> dict[str, Any]:
    """What the judge itself says where the other library sees nothing: of formats that only one of them knows."""
    error: Unsatisfied = next(quick_validator(schema).iter_errors(value))
    keyword = str(error.schema_path[-1]) if error.schema_path else "false"
    asked = getattr(error.kind, "format", "")
    if keyword == "format":
        problem = Phrase("spec-format", value=_shown(error.instance), format=asked)
    else:
        problem = Phrase("spec-unsatisfied", value=_shown(error.instance), keyword=keyword)
    return {"path": _below(path, error.instance_path), "problem": problem, "expected": keyword, "near": []}


def _below(path: str, parts: Iterable[str | int]) -> str:
    return path + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def validator_of(schema: Mapping[str, Any]) -> Validator:
    """What explains values by a schema."""
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
    if isinstance(instance, str) and not pattern_matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _unique_items(_: Validator, unique: object, instance: object, __: Mapping[str, Any]) -> Iterator[ValidationError]:
    # The library compares each with each where items cannot be sorted.
    if unique and isinstance(instance, list) and len({comparable(item) for item in instance}) < len(instance):
        yield ValidationError("items are repeated")


def comparable(value: object) -> object:
    """What can be kept in a set, and is equal for two values exactly when JSON Schema calls them equal.

    1 and 1.0 are equal, 1 and true are not.
    """
    if isinstance(value, dict):
        return dict, frozenset((name, comparable(part)) for name, part in value.items())
    if isinstance(value, list):
        return list, tuple(map(comparable, value))
    return isinstance(value, bool), value


def pattern_matches(pattern: str, text: str) -> bool:
    """Whether a schema's pattern is found in a text."""
    found: bool = _matcher(pattern)(text)
    return found


@lru_cache(maxsize=JUDGES_MOST)
def _matcher(pattern: str) -> Callable[[str], bool]:
    matches: Callable[[str], bool] = quick_validator({"pattern": pattern}).is_valid
    return matches


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
