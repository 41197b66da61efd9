"""A row: one thing measured of ours, and where there is one, of a peer in the same run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured. With a peer, `target` is the least ratio; without one, the worst that ours may be, in its unit."""

    name: str
    ours: float
    theirs: float | None = None
    unit: str
    better: Better
    target: float | None = None

    def __post_init__(self) -> None:
        for value in (self.ours, self.theirs, self.target):
            if value is not None and not (isinstance(value, int | float) and 0 <= value < float("inf")):
                raise ValueError(f"{self.name!r}: {value!r} is not a figure")
        if self.better not in ("higher", "lower"):
            raise ValueError(f"{self.name!r}: better is higher or lower, and not {self.better!r}")

    @property
    def ratio(self) -> float | None:
        """How many times as good ours is: above 1 it is better. None where nothing stands beside it."""
        if self.theirs is None:
            return None
        good, bad = (self.ours, self.theirs) if self.better == "higher" else (self.theirs, self.ours)
        return good / bad if bad else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none, or nothing to hold against it."""
        if self.target is None:
            return None
        if self.theirs is not None:
            return None if self.ratio is None else self.ratio >= self.target
        return self.ours >= self.target if self.better == "higher" else self.ours <= self.target

    def to_json(self) -> dict[str, str | float | None]:
        """The row as it is written, figures to four digits."""
        return {
            "name": self.name,
            "ours": _short(self.ours),
            "theirs": _short(self.theirs),
            "unit": self.unit,
            "better": self.better,
            "ratio": _short(self.ratio),
            "target": self.target,
        }


def write(rows: Iterable[Row], file: Path) -> None:
    """Write rows as a list of JSON objects; a reader never sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".part")
    draft.write_text(json.dumps([row.to_json() for row in rows], ensure_ascii=False, indent=1) + "\n", "utf-8")
    draft.replace(file)


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
