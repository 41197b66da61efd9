"""Makes an example of a model out of what the model says of itself."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


def example_of(model: type[BaseModel]) -> dict[str, Any] | None:
    """The model's first own example, or one of the first examples of its fields; None where a required field has none."""
    schema = model.model_json_schema()
    if schema.get("examples"):
        whole = schema["examples"][0]
        return whole if isinstance(whole, dict) else None
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.examples:
            found[field.alias or name] = field.examples[0]
        elif field.is_required():
            return None
    return found
