"""What can be typed behind `ucs`, as completion knows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """An option as people type it: its names, what it is for, the words that it takes, and whether it takes a file."""

    names: tuple[str, ...]
    told: str
    words: tuple[str, ...] = ()
    takes_file: bool = False
    takes_value: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What follows `ucs`: a verb (or a group and one of its verbs) with its options and the words that may stand behind."""

    path: tuple[str, ...]
    told: str
    options: tuple[Spelled, ...] = ()
    words: tuple[str, ...] = ()
