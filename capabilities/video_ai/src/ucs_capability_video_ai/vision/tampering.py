"""Tampering: a camera that is covered, out of focus, or turned away from what it usually shows.

It compares the outlines of the picture with the usual ones, which neither light nor the noise of the night changes much. Fog
and a dirty lens look like a loss of focus, and should be seen to as well. A large vehicle in front of the lens has to stay
for several pictures before it is taken for a cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from ucs_capability_video_ai.detections import Detection, Label
from ucs_capability_video_ai.vision.background import background_of
from ucs_capability_video_ai.vision.frames import Frame, Grey, small_grey

BLURRED = 0.45
"""Below which share of their usual strength the outlines are lost."""

TURNED = 0.4
"""Below which correlation with the usual outlines the camera shows something else."""

STAYS = 3
"""In how many pictures one after the other."""


class Tampering:
    """Finds cameras that do not show what they should."""

    def analyse(self, frame: Frame, memory: dict[str, Any]) -> Sequence[Detection]:
        """The whole picture, where the camera was tampered with."""
        grey = small_grey(frame.image)
        background = background_of(memory, grey)
        if background is None:
            return []
        usual, now = _outlines(background.usual), _outlines(grey)
        strength = float(now.std() / max(1e-3, usual.std()))
        alike = float(np.corrcoef(usual.ravel(), now.ravel())[0, 1]) if now.std() > 0 else 0.0
        doubt = max(_below(strength, BLURRED), _below(alike, TURNED))
        memory["run"] = min(STAYS, memory.get("run", 0) + 1) if doubt > 0 else 0
        if doubt == 0:
            background.follow(grey, np.ones(grey.shape, np.bool_))
        if memory["run"] < STAYS:
            return []
        return [Detection(label=Label.TAMPERING, confidence=min(0.95, 0.6 + 0.4 * doubt))]


def _below(value: float, least: float) -> float:
    """How far a value lies below what it should be, from 0 to 1."""
    return max(0.0, min(1.0, (least - value) / least))


def _outlines(grey: Grey) -> Grey:
    """How strongly the light changes, relative to how light it is there, without what is finer than some pixels."""
    soft = cv2.GaussianBlur(grey, (0, 0), 1.5)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    outlines: Grey = cv2.GaussianBlur(cv2.magnitude(across, down), (0, 0), 2.0) / (soft.mean() + 8.0)
    return outlines
