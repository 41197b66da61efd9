"""Takes the hooks out of a plugin's module, and says what is wrong with one before it is ever called."""

from __future__ import annotations

import difflib
import inspect
import typing
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from ucs_sdk import hookspecs
from ucs_sdk.capability import Capability
from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase
from ucs_sdk.signatures import line_of

PREFIX = f"{hookspecs.PROJECT}_"

SPECS: Mapping[str, Callable[..., Any]] = {
    name: value for name, value in vars(hookspecs).items() if name.startswith(PREFIX) and inspect.isfunction(value)
}
"""Every hook, by name."""

Hook = Callable[..., Any]


def hooks_of(module: ModuleType, plugin: str) -> dict[str, Hook]:
    """The hooks that a module implements, by name, each checked. Raises Invalid."""
    found: dict[str, Hook] = {}
    for name, value in vars(module).items():
        marked = hookspecs.is_marked(value)
        own = inspect.isfunction(value) and value.__module__ == module.__name__
        if not marked and not (own and name.startswith(PREFIX)):
            continue
        _check_name(plugin, name, value)
        if not marked:
            at = line_of(value)
            raise Invalid("HOOK_UNMARKED", plugin=plugin, hook=name, file=at.file, line=at.line)
        _check_arguments(plugin, name, value)
        _check_hints(plugin, name, value)
        found[name] = value
    return found


def arguments_of(hook: Hook) -> list[str]:
    """The names of what a hook or its implementation takes."""
    return list(inspect.signature(hook).parameters)


# Hooks answer with whatever their specification says, or with an awaitable of it.
def call(hook: Hook, **arguments: object) -> Any:  # noqa: ANN401
    """Call an implementation with those arguments that it takes."""
    wanted = arguments_of(hook)
    return hook(**{name: value for name, value in arguments.items() if name in wanted})


def _check_name(plugin: str, name: str, hook: Hook) -> None:
    if name not in SPECS:
        near = difflib.get_close_matches(name, SPECS, n=1)
        at = line_of(hook)
        raise Invalid(
            "HOOK_UNKNOWN",
            plugin=plugin,
            hook=name,
            known=[*SPECS],
            near=near[0] if near else None,
            file=at.file,
            line=at.line,
        )


def _check_arguments(plugin: str, name: str, hook: Hook) -> None:
    known = arguments_of(SPECS[name])
    at = line_of(hook)
    for parameter in inspect.signature(hook).parameters.values():
        loose = parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        if loose or parameter.name not in known:
            near = difflib.get_close_matches(parameter.name, known, n=1)
            raise Invalid(
                "HOOK_ARGUMENT",
                plugin=plugin,
                hook=name,
                argument=str(parameter).partition(":")[0],
                known=", ".join(known) or Phrase("arguments-none"),
                near=near[0] if near else None,
                file=at.file,
                line=at.line,
            )


def _check_hints(plugin: str, name: str, hook: Hook) -> None:
    at = line_of(hook)
    if inspect.isasyncgenfunction(hook) or inspect.isgeneratorfunction(hook):
        problem = Phrase("hook-generates")
        raise Invalid(
            "HOOK_HINT", plugin=plugin, hook=name, argument="return", problem=problem, file=at.file, line=at.line
        )
    try:
        stated = typing.get_type_hints(hook)
    except NameError as error:
        raise Invalid("HINT_UNRESOLVED", name=name, missing=error.name, file=at.file, line=at.line) from error
    for argument, expected in expected_hints(name).items():
        if argument in stated and stated[argument] != expected:
            problem = Phrase("hint-not", hint=told(stated[argument]), expected=told(expected))
            raise Invalid(
                "HOOK_HINT", plugin=plugin, hook=name, argument=argument, problem=problem, file=at.file, line=at.line
            )


def expected_hints(name: str) -> dict[str, Any]:
    """The hints of a hook, with what it answers without the choice between `def` and `async def`."""
    hints = typing.get_type_hints(SPECS[name], localns={"Capability": Capability})
    answer = typing.get_args(hints["return"])
    hints["return"] = answer[0]
    return hints


def told(hint: object) -> str:
    """A hint as an author writes it."""
    if hint is type(None):
        return "None"
    if parts := typing.get_args(hint):
        inner = ", ".join(told(part) for part in parts)
        return f"{getattr(typing.get_origin(hint), '__name__', hint)}[{inner}]"
    return getattr(hint, "__name__", str(hint))
