"""Crowding: more people than usual in one place, estimated by how much of the picture they cover.

What is other than usual is divided, row by row, by how much a person covers there: people further up are further away. Large
smooth blocks are vehicles and do not count. It estimates a number and knows nobody: it finds no faces and tells no two
people apart. The camera has to look down a flat place, and its horizon has to be where `HORIZON` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ucs_capability_video_ai.detections import Detection, Label
from ucs_capability_video_ai.vision.background import Mask, background_of, compared, regions
from ucs_capability_video_ai.vision.frames import Frame, Grey, small_grey

CROWD = 10.0
"""From how many people on it is a crowd."""

HORIZON = 0.3
"""At which share of the height the horizon lies."""

PERSON_BELOW = 0.42
"""How high a person at the lower edge is, as a share of the picture's height."""

SLIM = 0.36
"""How wide a person is, as a share of their height."""

FILLS = 0.7
"""How much of the box around them a person covers."""

ABOVE_FEET = 0.1
"""How far above their feet the middle of a person lies, as a share of the picture's height."""

FLAT = 7.0
"""Blocks whose grey spreads less than this around their middle are vehicles."""

STAYS = 2
"""In how many pictures one after the other."""


class Crowding:
    """Finds crowds."""

    def __init__(self, crowd: float = CROWD) -> None:
        self._crowd = crowd

    def analyse(self, frame: Frame, memory: dict[str, Any]) -> Sequence[Detection]:
        """The crowd, if there is one."""
        grey = small_grey(frame.image)
        background = background_of(memory, grey)
        if background is None:
            return []
        seen = compared(background, grey)
        fresh = seen.fresh()
        background.follow(grey, ~fresh)
        people, count = counted(fresh, grey)
        memory["run"] = min(STAYS, memory.get("run", 0) + 1) if count >= self._crowd else 0
        memory["people"] = count
        if memory["run"] < STAYS:
            return []
        ys, xs = np.nonzero(people)
        height, width = grey.shape
        left, right = float(xs.min()) / width, float(xs.max() + 1) / width
        box = left, float(ys.min()) / height, right, float(ys.max() + 1) / height
        sure = float(np.clip(0.5 + 0.25 * (count / self._crowd - 1.0) + 0.1, 0.0, 0.95))
        return [Detection(label=Label.CROWDING, confidence=sure, box=box)]


def counted(fresh: Mask, grey: Grey) -> tuple[Mask, float]:
    """Where people are, and about how many."""
    height = grey.shape[0]
    people: Mask = np.zeros(fresh.shape, np.bool_)
    for each in regions(fresh, opened=5):
        part = np.s_[each.top : each.top + each.height, each.left : each.left + each.width]
        inside = grey[part][fresh[part]]
        block = each.area > 0.8 * each.width * each.height and each.width > each.height
        spread = float(np.subtract(*np.percentile(inside, [75, 25]))) if inside.size else 0.0
        if not block or spread > FLAT:
            people[part] |= fresh[part]
    # A person's pixels lie above their feet: on average by some tenth of the picture.
    rows = (np.arange(height) + 0.5) / height + ABOVE_FEET
    depth = np.maximum(0.05, (rows - HORIZON) / (1.0 - HORIZON))
    tall = PERSON_BELOW * height * depth
    covers = np.maximum(12.0, SLIM * FILLS * tall**2)
    return people, float((people.sum(axis=1) / covers).sum())
