"""Reads the words behind a verb: what must be there, options with a value, and flags."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ucs_sdk.commands import Exit, say
from ucs_sdk.launcher import tell


class Misused(Exception):
    """The words cannot be understood; says why."""


class Help(Exception):
    """Somebody asked for help."""


class Option(NamedTuple):
    """An option: what stands for its value in help (none for a flag), and what it is for, in both languages."""

    value: str
    en: str
    zh: str
    allowed: tuple[str, ...] = ()


class Usage(NamedTuple):
    """What a verb takes. `what` is one line in both languages about what it does."""

    verb: str
    argument: str
    what: tuple[str, str]
    options: Mapping[str, Option]

    def text(self) -> str:
        """The help."""
        lines = [say("Usage: ", "用法：") + f"ucs plugin {self.verb} {self.argument} " + say("[OPTIONS]", "[选项]")]
        lines += ["", say(*self.what), ""]
        spelled = {f"{name} {option.value}".strip(): option for name, option in self.options.items()}
        width = max(map(len, spelled), default=0)
        lines += [f"  {left:<{width}}  {say(option.en, option.zh)}" for left, option in spelled.items()]
        return "\n".join(lines)

    def read(self, words: Sequence[str]) -> tuple[str, dict[str, str]]:
        """The argument and the options that were given. Raises Misused and Help."""
        given: list[str] = []
        options: dict[str, str] = {}
        waiting = list(words)
        while waiting:
            word = waiting.pop(0)
            if word in ("--help", "-h"):
                raise Help
            if word.startswith("-"):
                name, _, value = word.partition("=")
                options[name] = self._value(name, value if "=" in word else None, waiting)
            else:
                given.append(word)
        if len(given) != 1:
            raise Misused(say(f"It takes just one {self.argument}.", f"须且只须给出一个 {self.argument}。"))
        return given[0], options

    def _value(self, name: str, value: str | None, waiting: list[str]) -> str:
        option = self.options.get(name)
        if option is None:
            near = difflib.get_close_matches(name, self.options, n=1)
            guess = say(f" Did you mean {near[0]}?", f"您要找的是 {near[0]} 吗？") if near else ""
            raise Misused(say(f"There is no option {name}.", f"没有选项 {name}。") + guess)
        if not option.value:
            return "yes"
        if value is None:
            if not waiting:
                raise Misused(say(f"{name} needs a value.", f"{name} 缺少取值。"))
            value = waiting.pop(0)
        if option.allowed and value not in option.allowed:
            known = ", ".join(option.allowed)
            raise Misused(say(f"{name} must be one of {known}.", f"{name} 只能取 {known}。"))
        return value


def misused(usage: Usage, problem: Misused) -> int:
    """Say what was not understood, and how it is meant."""
    tell(str(problem))
    tell(say(f"`ucs plugin {usage.verb} --help` explains it.", f"`ucs plugin {usage.verb} --help` 查看用法。"))
    return Exit.USAGE
