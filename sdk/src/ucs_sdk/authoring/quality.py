"""`quality.yaml`: the tier that a plugin claims, and what its author says about single rules.

It is YAML of the plainest kind, read here so that the SDK needs no parser of YAML: `tier`, and under `rules` for each rule
`done`, `todo`, or `status: exempt` with a `reason`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import NamedTuple

from ucs_sdk.errors import Invalid
from ucs_sdk.messages import Phrase

FILE = "quality.yaml"

BYTES_MOST = 64 * 1024
"""How large the file may be."""


class Tier(IntEnum):
    """How good a plugin is; a tier asks for all that the lower ones ask for."""

    BRONZE = 1
    SILVER = 2
    GOLD = 3
    PLATINUM = 4

    @property
    def word(self) -> str:
        """As it is written in the file."""
        return self.name.lower()


class Status(StrEnum):
    """What an author says about a rule: it holds, it does not yet, or it need not for a reason."""

    DONE = "done"
    TODO = "todo"
    EXEMPT = "exempt"


class Stated(NamedTuple):
    """What is said about one rule, and where."""

    status: Status
    reason: str
    line: int


class Quality(NamedTuple):
    """What the file says."""

    tier: Tier
    rules: Mapping[str, Stated]


class _Line(NamedTuple):
    number: int
    indent: int
    key: str
    value: str


_LINE = re.compile(r"(?P<indent> *)(?P<key>[a-z][a-z-]*):(?:[ \t]+(?P<value>.*?))?[ \t]*")
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<text>.*)(?P=quote)(?:\s+#.*)?""")


def read_quality(folder: Path, known: Sequence[str]) -> Quality:
    """Read the file of a plugin's folder; `known` are the rules that there are. Raises Invalid with the line."""
    path = folder / FILE
    try:
        raw = path.read_bytes()[: BYTES_MOST + 1]
    except OSError as error:
        raise Invalid("QUALITY_MISSING", file=str(path)) from error
    text = raw[:BYTES_MOST].decode("utf-8", errors="replace")
    tier: Tier | None = None
    rules: dict[str, Stated] = {}
    lines = list(_lines(path, text))
    for position, line in enumerate(lines):
        match (line.indent, line.key):
            case (0, "tier"):
                tier = _tier(path, line)
            case (0, "rules") if not line.value:
                pass
            case (2, rule):
                if rule in rules or not any(each.indent == 0 and each.key == "rules" for each in lines[:position]):
                    raise _wrong(path, line.number, Phrase("quality-rule-place", rule=rule))
                rules[rule] = _stated(path, line, _under(lines, position), known)
            case (4, "status" | "reason"):
                pass
            case _:
                raise _wrong(path, line.number, Phrase("quality-line"))
    if tier is None:
        raise _wrong(path, 1, Phrase("quality-tier-missing"))
    return Quality(tier, rules)


def _lines(path: Path, text: str) -> Iterator[_Line]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise _wrong(path, number, Phrase("quality-line"))
        yield _Line(number, len(match["indent"]), match["key"], _value(match["value"] or ""))


def _value(text: str) -> str:
    if quoted := _QUOTED.fullmatch(text):
        return quoted["text"]
    return re.split(r"(?:^|\s)#", text)[0].strip()


def _tier(path: Path, line: _Line) -> Tier:
    words = [tier.word for tier in Tier]
    if line.value not in words:
        problem = Phrase("argument-not-one-of", value=line.value, allowed=words)
        raise _wrong(path, line.number, problem, near=_near(line.value, words))
    return Tier[line.value.upper()]


def _under(lines: list[_Line], position: int) -> list[_Line]:
    under = []
    for line in lines[position + 1 :]:
        if line.indent <= lines[position].indent:
            break
        under.append(line)
    return under


def _stated(path: Path, line: _Line, under: list[_Line], known: Sequence[str]) -> Stated:
    if line.key not in known:
        problem = Phrase("quality-rule-unknown", rule=line.key)
        raise _wrong(path, line.number, problem, near=_near(line.key, known))
    fields = {each.key: each.value for each in under}
    word, reason = line.value or fields.get("status", ""), fields.get("reason", "")
    words = [status.value for status in Status]
    if word not in words:
        problem = Phrase("argument-not-one-of", value=word, allowed=words)
        raise _wrong(path, line.number, problem, near=_near(word, words))
    if word == Status.EXEMPT and not reason:
        raise _wrong(path, line.number, Phrase("quality-reason-missing", rule=line.key))
    return Stated(Status(word), reason, line.number)


def _near(word: str, words: Sequence[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, words, n=1)), None)


def _wrong(path: Path, line: int, problem: Phrase, near: str | None = None) -> Invalid:
    return Invalid("QUALITY_WRONG", file=str(path), line=line, problem=problem, near=near)
