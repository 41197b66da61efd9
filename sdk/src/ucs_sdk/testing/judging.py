"""How a contract judges a plugin: what an example is, what an attempt came to, what is hostile, and what was left behind."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sized
from typing import Any, NoReturn

from pydantic import ValidationError

from ucs_sdk.declarations import Operation
from ucs_sdk.errors import Code, UcsError
from ucs_sdk.plugins import call
from ucs_sdk.plugins.examples import example_of
from ucs_sdk.testing.rehearsal import Rehearsal

LONG = 100_000
"""How many characters no text may have that is not declared to be so long."""

FAULTS = {Code.INTERNAL, Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED}
"""What tells a caller that it was not the caller's mistake."""


# Whatever the hook says, which is judged above.
async def health(stage: Rehearsal) -> Any:  # noqa: ANN401
    """What `ucs_health` answers, awaited where it must be."""
    answer = call(stage.plugin.hooks["ucs_health"], ctx=stage.context)
    return await answer if inspect.isawaitable(answer) else answer


def skip(reason: str) -> NoReturn:
    """Leave a test aside, and say why."""
    # Whoever imports the SDK without running tests has no pytest.
    import pytest  # noqa: PLC0415 -- see above

    pytest.skip(reason)


def admit(error: UcsError, where: str) -> None:
    """Take an error for an answer where it tells the caller of a mistake of theirs; otherwise fail."""
    if error.code in FAULTS:
        raise AssertionError(f"{where}: {error}") from error


def example_for(stage: Rehearsal, operation: str) -> dict[str, Any]:
    """The example of what an operation takes. Skips where there is none, fails where it is not valid."""
    model = stage.plugin.operations[operation].input
    example = example_of(model)
    if example is None:
        skip(f"{operation}: a required field of {model.__name__} has no example: Field(examples=[…])")
    try:
        model.model_validate(example)
    except ValidationError as error:
        raise AssertionError(f"{operation}: the example of {model.__name__} is not valid: {error}") from error
    return example


def attempt(stage: Rehearsal, operation: str, asked: Mapping[str, Any]) -> list[Any] | None:
    """The answers, or None for what is refused as the caller's mistake. Whatever else happens is an AssertionError."""
    declared = stage.plugin.operations[operation]
    try:
        declared.input.model_validate(asked)
    except ValidationError:
        return None
    try:
        told = stage.call(operation, asked)
    except UcsError as error:
        if error.reason == "FAKE_WITHOUT":
            skip(f"{operation}: {error}")
        admit(error, f"{operation}: fails on {str(asked)[:200]}")
        return None
    except Exception as error:
        message = f"{operation}: raises {error!r} on {str(asked)[:200]}; say what is wrong with an error of the SDK"
        raise AssertionError(message) from error
    return told if declared.streaming else [told]


def answered(stage: Rehearsal, operation: str) -> list[Any]:
    """What an operation answers to its example. Skips where it refuses it."""
    answers = attempt(stage, operation, example_for(stage, operation))
    if answers is None:
        skip(f"{operation}: refuses its example; give `stage` what the example needs")
    return list(answers)


def hostile(operation: Operation) -> Iterator[tuple[str, str, Any]]:
    """What no caller should send: the field, what it is, and the value."""
    schema = operation.input_schema()
    for name, stated in schema.get("properties", {}).items():
        forms = list(_forms(stated, schema.get("$defs", {})))
        kinds = {each.get("type") for each in forms}
        if "string" in kinds:
            bound = max(each.get("maxLength", LONG) for each in forms if each.get("type") == "string")
            yield name, f"a text of {bound + 1} characters", "x" * (bound + 1)
            yield name, "a NUL", "\0"
        for kind, value in (("object", {"hostile": True}), ("array", ["hostile"])):
            if None not in kinds and kind not in kinds:
                yield name, f"an {kind}", value


def _forms(stated: Mapping[str, Any], named: Mapping[str, Any], depth: int = 8) -> Iterator[Mapping[str, Any]]:
    """What a field may be, through references and alternatives; recursive models end at a depth."""
    inner = [*stated.get("anyOf", ()), *stated.get("oneOf", ()), *stated.get("allOf", ())]
    if "$ref" in stated:
        inner.append(named[stated["$ref"].rsplit("/", 1)[-1]])
    if not inner or not depth:
        yield stated
    for each in inner if depth else ():
        yield from _forms(each, named, depth - 1)


def amounts(stage: Rehearsal) -> dict[str, int]:
    """How much there is of everything: names that are drawn by lot may differ."""
    state = stage.context.state
    kept: dict[str, Sized] = {
        "records": state.records,
        "files": state.blobs,
        "events": state.emitted,
        "messages": state.notified,
    }
    return {name: len(each) for name, each in kept.items()}


def left_by(stage: Rehearsal) -> dict[str, Any]:
    """What is there, whatever number of times it was said."""
    state = stage.context.state
    return {
        "records": {"/".join(key): each.body.model_dump(mode="json") for key, each in state.records.items()},
        "files": set(state.blobs),
        "events": {(each.type, each.subject, each.data.model_dump_json()) for each in state.emitted},
        "messages": set(state.notified),
    }
