"""Standing water on a road: a part of the ground that has become smooth and looks other than usual, and stays so.

Water hides the texture and the marks of the road and shows a blurred image of what stands above it. A wet road grows darker
and keeps its texture; a car has edges and drives on. What it cannot tell from water: a smooth sheet, or a car without
features that stays. It has to have seen the road dry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ucs_capability_video_ai.detections import Detection, Label
from ucs_capability_video_ai.vision.background import background_of, compared, regions, stays, texture
from ucs_capability_video_ai.vision.frames import Frame, small_grey

GROUND = 0.4
"""From which share of the height downwards the ground lies."""

SMOOTH = 0.62
"""Below which share of its usual texture a patch has become smooth."""

ROUGH = 1.6
"""Patches that are smoother than this from the beginning tell nothing; levels of grey for each pixel."""

STAYS = 3
"""In how many pictures one after the other."""

SHARE_LEAST = 0.02
"""Of how much of the picture, at least."""

WIDE = 1.3
"""How many times wider than high water is, at least: it lies flat."""


class StandingWater:
    """Finds standing water."""

    def analyse(self, frame: Frame, memory: dict[str, Any]) -> Sequence[Detection]:
        """The largest stretch of water."""
        grey = small_grey(frame.image)
        background = background_of(memory, grey)
        if background is None:
            return []
        seen = compared(background, grey)
        usual, now = texture(seen.usual), texture(grey)
        smooth = (usual > ROUGH) & (now < SMOOTH * usual) & ~seen.alike
        smooth[: round(grey.shape[0] * GROUND)] = False
        held = stays(memory, "smooth", smooth, STAYS)
        background.follow(grey, ~smooth & ~seen.differs)
        found = [each for each in regions(held, opened=5, closed=9) if each.width >= WIDE * each.height]
        if not found or found[0].area < SHARE_LEAST * grey.size:
            return []
        share = found[0].area / grey.size
        sure = float(np.clip(0.55 + share * 3.0, 0.0, 0.95))
        return [Detection(label=Label.STANDING_WATER, confidence=sure, box=found[0].box(grey.shape))]
