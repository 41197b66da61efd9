"""Litter and dropped objects: something small on the ground that was not there before, and stays where it is.

Shadows keep the texture of the ground and are left out; what moves on is left out by waiting. What it cannot tell apart: a
person who stands still for several pictures, an animal that sleeps, a new mark on the road.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ucs_capability_video_ai.detections import Detection, Label
from ucs_capability_video_ai.vision.background import Compared, Region, background_of, compared, regions, stays
from ucs_capability_video_ai.vision.frames import Frame, Grey, small_grey

GROUND = 0.4
"""From which share of the height downwards the ground lies."""

STAYS = 8
"""In how many pictures one after the other."""

SHARE_LEAST, SHARE_MOST = 0.0006, 0.012
"""How much of the picture a thing takes."""

SIDES_MOST = 3.0
"""How many times longer one side may be than the other."""

FULL = 0.45
"""How much of its box a thing fills, at least."""

ALONE = 0.25
"""How much of what surrounds a thing may be other than usual, at most."""

THINGS_MOST = 8
"""How many things are told of in one picture."""


class Litter:
    """Finds litter and dropped objects."""

    def analyse(self, frame: Frame, memory: dict[str, Any]) -> Sequence[Detection]:
        """Every small new thing that stays."""
        grey = small_grey(frame.image)
        background = background_of(memory, grey)
        if background is None:
            return []
        seen = compared(background, grey)
        fresh = seen.fresh()
        fresh[: round(grey.shape[0] * GROUND)] = False
        held = stays(memory, "fresh", fresh & _still(memory, grey), STAYS)
        background.follow(grey, ~fresh)
        found = [each for each in regions(held, closed=3) if is_thing(each, grey.size) and stands_alone(each, seen)]
        return [_told(each, grey, seen.usual) for each in found[:THINGS_MOST]]


def _still(memory: dict[str, Any], grey: Grey) -> Any:  # noqa: ANN401 - a mask, or what takes all
    """Where the picture is as it was in the one before: one thing after another at the same place is not one that stays."""
    before: Grey | None = memory.get("before")
    memory["before"] = grey
    if before is None or before.shape != grey.shape:
        return np.zeros(grey.shape, np.bool_)
    ratio = np.float32(np.median(grey / np.maximum(before, 8.0)))
    return np.abs(grey - before * ratio) < 24.0


def is_thing(region: Region, pixels: int) -> bool:
    """Whether a region has the size and shape of a thing."""
    longer, shorter = max(region.width, region.height), min(region.width, region.height)
    sized = SHARE_LEAST * pixels <= region.area <= SHARE_MOST * pixels
    return sized and longer <= SIDES_MOST * shorter and region.area >= FULL * region.width * region.height


def stands_alone(region: Region, seen: Compared) -> bool:
    """Whether what surrounds a region is as usual: a part of something larger is no thing of its own."""
    margin = max(4, (region.width + region.height) // 4)
    part = np.s_[
        max(0, region.top - margin) : region.top + region.height + margin,
        max(0, region.left - margin) : region.left + region.width + margin,
    ]
    around = seen.differs[part]
    inside = seen.differs[region.top : region.top + region.height, region.left : region.left + region.width]
    ring = around.size - inside.size
    return ring > 0 and (int(around.sum()) - int(inside.sum())) < ALONE * ring


def _told(region: Region, grey: Grey, usual: Grey) -> Detection:
    part = np.s_[region.top : region.top + region.height, region.left : region.left + region.width]
    contrast = float(np.abs(grey[part] - usual[part]).mean())
    sure = float(np.clip(0.5 + contrast / 150.0, 0.0, 0.95))
    return Detection(label=Label.LITTER, confidence=sure, box=region.box(grey.shape))
