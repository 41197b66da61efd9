"""From plain JSON to models, with errors that name the field, what is wrong with it, and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ucs_sdk.errors import Invalid

Model = TypeVar("Model", bound=BaseModel)

CHUNK_MOST = 1_000
"""How many items one chunk of an import may hold; a chunk is one transaction."""

_REASONS = {
    "missing": "FIELD_MISSING",
    "extra_forbidden": "FIELD_UNKNOWN",
    "enum": "FIELD_NOT_ONE_OF",
    "literal_error": "FIELD_NOT_ONE_OF",
    "string_too_short": "FIELD_TOO_SHORT",
    "string_too_long": "FIELD_TOO_LONG",
    "too_short": "FIELD_TOO_SHORT",
    "too_long": "FIELD_TOO_LONG",
    "string_pattern_mismatch": "FIELD_PATTERN",
    "greater_than_equal": "FIELD_TOO_SMALL",
    "less_than_equal": "FIELD_TOO_LARGE",
    "finite_number": "FIELD_NOT_FINITE",
}
"""What pydantic calls a mistake, and what our catalogue calls it; all else is a wrong type."""


def parse(model: type[Model], value: Mapping[str, Any], path: str = "") -> Model:
    """The model of a JSON object. Raises Invalid for its first mistake; `more` says how many others there are."""
    try:
        # JSON mode, so that numbers do not turn into texts or lists into sets behind the caller's back.
        return model.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=True)
        raise _invalid(model, problems[0], path, len(problems) - 1) from error


def check_chunk(items: Sequence[object], path: str) -> None:
    """Raise Invalid unless a chunk holds 1 to 1,000 items: one without any would change nothing and leave no trace."""
    if not items:
        raise Invalid("FIELD_TOO_SHORT", path=path, limit=1, more=0)
    if len(items) > CHUNK_MOST:
        raise Invalid("FIELD_TOO_LONG", path=path, limit=CHUNK_MOST, more=0)


def _invalid(model: type[BaseModel], problem: Mapping[str, Any], path: str, more: int) -> Invalid:
    location = [path] if path else []
    location += [f"[{part}]" if isinstance(part, int) else str(part) for part in problem["loc"]]
    where = ".".join(location).replace(".[", "[")
    context = problem.get("ctx", {})
    reason = _REASONS.get(problem["type"], "FIELD_TYPE")
    fields: dict[str, Any] = {"path": where, "more": more}
    if reason == "FIELD_UNKNOWN":
        fields["near"] = difflib.get_close_matches(str(problem["loc"][-1]), _names(model, problem["loc"][:-1]), n=2)
    elif reason == "FIELD_NOT_ONE_OF":
        allowed = [part.strip(" '") for part in str(context["expected"]).replace(" or ", ",").split(",")]
        fields |= {"value": _short(problem["input"]), "allowed": allowed}
        fields["near"] = difflib.get_close_matches(str(problem["input"]), allowed, n=1)
    elif reason == "FIELD_PATTERN":
        fields |= {"value": _short(problem["input"]), "pattern": context["pattern"]}
    elif reason == "FIELD_TYPE":
        fields |= {"value": _short(problem["input"]), "expected": problem["type"].removesuffix("_type")}
    else:
        fields["limit"] = next(iter(context.values()), "")
    return Invalid(reason, **fields)


def _names(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    for part in location:
        annotation = model.model_fields[str(part)].annotation if str(part) in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
