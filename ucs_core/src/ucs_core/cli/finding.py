"""What `ucs doctor` says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How something stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one thing stands, and what to do about it."""

    name: str
    verdict: Verdict
    text: str
    advice: str = ""

    def plain(self) -> dict[str, str]:
        """As JSON."""
        return {"name": self.name, "verdict": self.verdict.value, "text": self.text, "advice": self.advice}


def well(name: str, text: str) -> Finding:
    """That something is as it should be."""
    return Finding(name=name, verdict=Verdict.OK, text=text)


def doubtful(name: str, text: str, advice: str) -> Finding:
    """That something may lead to trouble, and what to do about it."""
    return Finding(name=name, verdict=Verdict.WARN, text=text, advice=advice)


def broken(name: str, text: str, advice: str) -> Finding:
    """That something does not work, and what to do about it."""
    return Finding(name=name, verdict=Verdict.FAIL, text=text, advice=advice)
