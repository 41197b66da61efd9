"""From plain JSON to models, with errors that name the field, what is wrong with it, and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from ucs_core.rows.limits import CHUNK_MOST
from ucs_sdk.errors import Invalid

Model = TypeVar("Model", bound=BaseModel)

ID_TOLD = 80
"""How many characters of an id that is none are told back."""

_REASONS = {
    "missing": "FIELD_MISSING",
    "extra_forbidden": "FIELD_UNKNOWN",
    "enum": "FIELD_NOT_ONE_OF",
    "union_tag_invalid": "FIELD_NOT_ONE_OF",
    "literal_error": "FIELD_NOT_ONE_OF",
    "string_too_short": "FIELD_TOO_SHORT",
    "string_too_long": "FIELD_TOO_LONG",
    "too_short": "FIELD_TOO_SHORT",
    "too_long": "FIELD_TOO_LONG",
    "string_pattern_mismatch": "FIELD_PATTERN",
    "greater_than_equal": "FIELD_TOO_SMALL",
    "less_than_equal": "FIELD_TOO_LARGE",
    "greater_than": "FIELD_NOT_ABOVE",
    "less_than": "FIELD_NOT_BELOW",
    "finite_number": "FIELD_NOT_FINITE",
}
"""What pydantic calls a mistake, and what our catalogue calls it; all else is a wrong type."""

_TAGS = ("Polygon", "MultiPolygon")
"""What tells the models of one field apart stands among the places of a mistake, and is no part of the path."""

_LENGTHS_APART = 2

_LIMITS = ("min_length", "max_length", "ge", "le", "gt", "lt")
"""Where pydantic keeps the limit that was missed."""

_EXPECTED = {
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
    "dict": "object",
    "float": "number",
    "frozen": "array",
    "int": "integer",
    "iterable": "array",
    "list": "array",
    "mapping": "object",
    "model": "object",
    "none": "null",
    "set": "array",
    "string": "string",
    "time": "datetime",
    "timezone": "datetime",
    "tuple": "array",
}
"""What was expected, by the first word of what pydantic calls the mistake: in JSON's own words, dates and times apart."""


def parse(model: type[Model], value: Mapping[str, Any], path: str = "") -> Model:
    """The model of a JSON object. Raises Invalid for its first mistake; `more` says how many others there are."""
    try:
        # JSON mode, so that numbers do not turn into texts or lists into sets behind the caller's back.
        return model.model_validate(value)
    except ValidationError as error:
        raise first_problem(model, error, path) from error


def first_problem(model: type[BaseModel], error: ValidationError, path: str) -> Invalid:
    """The first mistake in a model, or in a list of them that stands at `path`, in our own words."""
    problems = error.errors(include_url=False, include_context=True)
    return _invalid(model, problems[0], path, len(problems) - 1)


def check_chunk(items: Sequence[object], path: str) -> None:
    """Raise Invalid unless a chunk holds 1 to 1,000 items: one without any would change nothing and leave no trace."""
    if not items:
        raise Invalid("FIELD_TOO_SHORT", path=path, limit=1, unit="item", more=0)
    check_few(len(items), path)


def check_few(count: int, path: str) -> None:
    """Raise Invalid when there are more than 1,000 items; none at all are allowed."""
    if count > CHUNK_MOST:
        raise Invalid("FIELD_TOO_LONG", path=path, limit=CHUNK_MOST, unit="items", more=0)


def organization_unknown(path: str, id: str, known: Iterable[str]) -> Invalid:
    """The refusal of an organisation that does not exist, with those that may have been meant."""
    told = id[:ID_TOLD]
    return Invalid("ORGANIZATION_UNKNOWN", path=path, organization=told, near=near_ids(told, known))


def near_ids(id: str, known: Iterable[str]) -> list[str]:
    """Up to three ids, of organisations or principals, that a misspelt one may have meant.

    Only ids of about the same length that begin or end alike are compared in full: a city has thousands.
    """
    half = len(id) // 2
    begins, ends = id[:half], id[-half:] if half else ""
    alike = [
        other
        for other in known
        if abs(len(other) - len(id)) <= _LENGTHS_APART and (other.startswith(begins) or other.endswith(ends))
    ]
    # Departments of one city share half of their ids; what is near must be nearer than that.
    return difflib.get_close_matches(id, alike, n=3, cutoff=0.8) if half else []


def _invalid(model: type[BaseModel], problem: Mapping[str, Any], path: str, more: int) -> Invalid:
    location = [path] if path else []
    location += [f"[{part}]" if isinstance(part, int) else str(part) for part in problem["loc"] if part not in _TAGS]
    where = ".".join(location).replace(".[", "[")
    reason = _REASONS.get(problem["type"], "FIELD_TYPE")
    return Invalid(reason, path=where, more=more, **_told(reason, model, problem))


def _told(reason: str, model: type[BaseModel], problem: Mapping[str, Any]) -> dict[str, Any]:
    """What the message of a reason needs beside the path."""
    context = problem.get("ctx", {})
    match reason:
        case "FIELD_MISSING" | "FIELD_NOT_FINITE":
            return {}
        case "FIELD_UNKNOWN":
            names = _names(model, problem["loc"][:-1])
            return {"near": difflib.get_close_matches(str(problem["loc"][-1])[:100], names, n=2)}
        case "FIELD_NOT_ONE_OF":
            expected = str(context.get("expected") or context["expected_tags"])
            allowed = [part.strip(" '") for part in expected.replace(" or ", ",").split(",")]
            stated = context.get("tag", problem["input"])
            near = difflib.get_close_matches(str(stated)[:100], allowed, n=1)
            return {"value": _short(stated), "allowed": allowed, "near": near}
        case "FIELD_PATTERN":
            return {"value": _short(problem["input"]), "pattern": context["pattern"]}
        case "FIELD_TYPE":
            return {
                "value": _short(problem["input"]),
                "expected": _EXPECTED.get(problem["type"].split("_")[0], "value"),
            }
        case _:
            limit = next(context[name] for name in _LIMITS if name in context)
            return {"limit": limit, "unit": _unit(problem["type"], limit)}


def _unit(mistake: str, limit: int) -> str:
    unit = "character" if mistake.startswith("string") else "item"
    return unit if limit == 1 else f"{unit}s"


def _names(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    for part in location:
        # The place in a list; its items are of the list's own model.
        if isinstance(part, int):
            continue
        inner = _model_in(model.model_fields[part].annotation) if part in model.model_fields else None
        if inner is None:
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model that a field holds, be it optional or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
