"""How well algorithms do on generated scenes: found and missed scenes, false alarms, and how soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ucs_capability_video_ai.algorithms import Algorithm
from ucs_capability_video_ai.detections import Label
from ucs_capability_video_ai.vision.frames import Frame
from ucs_capability_video_ai.vision.scenes import Disturbance, Scene, draw

BEGINNING = datetime(2026, 7, 1, tzinfo=UTC)

LEAST = 0.5
"""The confidence from which on a finding counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An algorithm on scenes: of those that had what is sought, how many were found; of the others, how many gave alarms.

    A scene that is found too early, before there was anything, is a false alarm and is not found. `pictures` is how many
    pictures it took to find, in the middle of those found.
    """

    scenes: int
    found: int
    empty: int
    alarms: int
    pictures: float | None

    @property
    def recall(self) -> float:
        """The share of scenes that were found."""
        return self.found / self.scenes

    @property
    def precision(self) -> float | None:
        """The share of scenes with an alarm in which there was something."""
        told = self.found + self.alarms
        return self.found / told if told else None


def scenes_of(label: Label, seeds: Sequence[int]) -> list[Scene]:
    """Scenes with what is sought and without it, under every disturbance that the two can be told apart by."""
    kinds = [each for each in Disturbance if not (label is Label.CROWDING and each is Disturbance.FEW_PEOPLE)]
    sought = [Scene(seed=seed, sought=label, disturbance=kinds[i % len(kinds)]) for i, seed in enumerate(seeds)]
    every = list(Disturbance)
    empty = [Scene(seed=seed + 50_000, sought=None, disturbance=every[i % len(every)]) for i, seed in enumerate(seeds)]
    return sought + empty


def first_alarm(algorithm: Algorithm, scene: Scene) -> int | None:
    """The first picture of a scene in which the algorithm finds something."""
    memory: dict[str, Any] = {}
    for index, drawn in enumerate(draw(scene)):
        frame = Frame(drawn.image, BEGINNING + timedelta(seconds=index))
        if any(each.confidence >= LEAST for each in algorithm.analyse(frame, memory)):
            return index
    return None


def measured(algorithm: Algorithm, scenes: Sequence[Scene]) -> Measured:
    """How an algorithm does on scenes."""
    waits: list[int] = []
    alarms = 0
    for scene in scenes:
        index = first_alarm(algorithm, scene)
        if index is None:
            continue
        if scene.sought is None or index < scene.begins:
            alarms += 1
        else:
            waits.append(index - scene.begins + 1)
    return Measured(
        scenes=sum(each.sought is not None for each in scenes),
        found=len(waits),
        empty=sum(each.sought is None for each in scenes),
        alarms=alarms,
        pictures=sorted(waits)[len(waits) // 2] if waits else None,
    )
