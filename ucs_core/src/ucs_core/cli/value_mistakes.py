"""What GraphQL says of a value that does not fit, in the words of whoever typed it: a field's path and what is wrong there."""

from __future__ import annotations

import re
from collections.abc import Callable

from ucs_sdk.commands import say

_MISTAKE = re.compile(r"Variable '\$\w+' has invalid value(?: at \.([^:\s]+))?: (.*)", re.DOTALL)
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_NEAR = re.compile(r"Did you mean (?:the enum value )?'(\w+)'")


def in_words(text: str) -> str:
    """The mistake of a value without GraphQL's own terms; any other text as it is."""
    mistake = _MISTAKE.search(text)
    if mistake is None:
        return text
    path, problem = _snake(mistake[1] or ""), mistake[2]
    told = problem
    for pattern, worded in _PROBLEMS:
        if found := pattern.match(problem):
            near = _NEAR.search(problem)
            guess = say(f" Did you mean {_snake(near[1])}?", f"您要找的是 {_snake(near[1])} 吗？") if near else ""
            told = worded(found[1]) + guess
            break
    return say(f"{path}: {told}", f"{path}：{told}") if path else told


def _no_word(value: str) -> str:
    return say(f"{value[:80]!r} is none of the words that it may be.", f"没有“{value[:80]}”这个取值。")


def _no_field(name: str) -> str:
    return say(f"{_snake(name)} is not a field here.", f"此处没有字段 {_snake(name)}。")


def _missing(name: str) -> str:
    return say(f"{_snake(name)} is required.", f"缺少 {_snake(name)}。")


def _no_fields(value: str) -> str:
    return say(f"it must hold fields, and is {value[:80]}.", f"应包含字段，现为 {value[:80]}。")


def _empty(_: str) -> str:
    return say("it must not be empty.", "不能为空。")


_PROBLEMS: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (re.compile(r"Value '(.*)' does not exist in '\w+' enum", re.DOTALL), _no_word),
    (re.compile(r"Expected value of type '[^']+' not to include unknown field '(\w+)'"), _no_field),
    (re.compile(r"Expected value of type '[^']+' to include required field '(\w+)'"), _missing),
    (re.compile(r"Expected value of type '[^']+' to be an object, found: (.*?)\.?\Z", re.DOTALL), _no_fields),
    (re.compile(r"Expected value of (non-null) type '[^']+' not to be None"), _empty),
)


def _snake(name: str) -> str:
    return _CAPITAL.sub(lambda match: f"_{match[1].lower()}", name)
