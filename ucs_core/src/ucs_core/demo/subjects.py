"""What the generator invents resources about, read from `data/subjects.yaml`: the field's vocabulary, no figures of Qingdao's."""

from __future__ import annotations

import random
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

from ucs_sdk.vocabulary import ResourceKind, UpdateCycle

_DECIMALS = 2


class Subject(NamedTuple):
    """A kind of thing that many organisations have, such as waterlogging-point monitoring.

    `departments` are those that may own one; `spec` is common to all of its resources, `ranges` and `choices` vary.
    """

    type: str
    zh: str
    en: str
    tags: tuple[str, ...]
    departments: tuple[str, ...]
    classification: str | None
    cycle: UpdateCycle
    spec: dict[str, Any]
    ranges: tuple[tuple[str, float, float], ...]
    choices: tuple[tuple[str, tuple[str, ...]], ...]

    def draw_spec(self, rng: random.Random) -> dict[str, Any]:
        """A spec of this subject; whole numbers stay whole, others have two decimals."""
        spec = dict(self.spec)
        for name, low, high in self.ranges:
            whole = isinstance(low, int)
            spec[name] = rng.randint(int(low), int(high)) if whole else round(rng.uniform(low, high), _DECIMALS)
        for name, values in self.choices:
            spec[name] = rng.choice(values)
        return spec


@cache
def subjects() -> dict[ResourceKind, tuple[Subject, ...]]:
    """The subjects by the kind of resource that they give."""
    document = _document()
    return {kind: tuple(_subject(row, document["items"]) for row in document[kind.value]) for kind in ResourceKind}


@cache
def scenario_subjects() -> tuple[Subject, ...]:
    """What scenarios are about."""
    document = _document()
    return tuple(_subject(row, document["items"]) for row in document["scenario"])


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(
        files("ucs_core.demo").joinpath("data", "subjects.yaml").read_text("utf-8")
    )
    return document


def _subject(row: dict[str, Any], items: dict[str, dict[str, Any]]) -> Subject:
    spec = dict(row.get("spec", {}))
    if "items" in row:
        spec["items"] = [items[name] for name in row["items"]]
    return Subject(
        type=row["type"],
        zh=row["zh"],
        en=row["en"],
        tags=tuple(row["tags"]),
        departments=tuple(row["by"]),
        classification=f"主题/{row['theme']}" if "theme" in row else None,
        cycle=UpdateCycle(row.get("cycle", "irregular")),
        spec=spec,
        ranges=tuple((name, low, high) for name, (low, high) in row.get("ranges", {}).items()),
        choices=tuple((name, tuple(values)) for name, values in row.get("choose", {}).items()),
    )
