"""What a stream looks like when nothing is to be found: learned from its first pictures, and followed slowly.

Algorithms ask it where a picture is other than usual. A change of light over the whole picture is none: the usual picture is
made as bright as the new one. A shadow is none either: it darkens a patch and keeps its texture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ucs_capability_video_ai.vision.frames import Grey

WARMS_UP = 6
"""How many pictures are learned from."""

FOLLOWS = 0.02
"""How much of a new picture enters the usual one, where nothing is other than usual."""

DIFFERS = 16.0
"""By how many levels of grey (of 255) a pixel is other than usual."""

LIKE = 0.75
"""From which correlation on a patch has the texture that it always has."""

PATCH = 9
"""The side of the patches whose texture is compared, in pixels of the small picture."""

SHADED_LEAST, SHADED_MOST = 0.45, 0.95
"""How light a shadow is beside what it falls on."""

Mask: TypeAlias = NDArray[np.bool_]


@dataclass
class Background:
    """The usual picture of a stream: the median of the first ones, so that what only passed by is not in it."""

    usual: Grey
    first: list[Grey] = field(default_factory=list)
    is_learned: bool = False

    def learn(self, grey: Grey) -> None:
        """Take one of the first pictures."""
        self.first.append(grey)
        if len(self.first) == WARMS_UP:
            self.usual = np.asarray(np.median(np.stack(self.first), axis=0), np.float32)
            self.is_learned = True
            self.first = []

    def follow(self, grey: Grey, where: Mask) -> None:
        """Follow the light where nothing is other than usual."""
        self.usual[where] += FOLLOWS * (grey[where] - self.usual[where])


@dataclass(frozen=True, slots=True)
class Compared:
    """A picture beside the usual one: the usual one as bright, where they differ, and where its texture is as ever."""

    grey: Grey
    usual: Grey
    differs: Mask
    alike: Mask

    def fresh(self) -> Mask:
        """Where there is something new: other than usual, and neither the usual texture nor a shadow of it."""
        ratio = cv2.blur(self.grey, (3, 3)) / np.maximum(cv2.blur(self.usual, (3, 3)), 8.0)
        shaded = (ratio > SHADED_LEAST) & (ratio < SHADED_MOST)
        core = (shaded & self.alike & self.differs).astype(np.uint8)
        # At its edge a shadow changes the texture of the patches that it cuts.
        near = cv2.dilate(
            cv2.morphologyEx(core, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.ones((15, 15), np.uint8)
        )
        found: Mask = self.differs & ~self.alike & ~(shaded & (near > 0))
        return found


def background_of(memory: dict[str, Any], grey: Grey) -> Background | None:
    """The usual picture of a stream; None while it is being learned. Another size of picture begins anew."""
    held: Background | None = memory.get("background")
    if held is None or held.usual.shape != grey.shape:
        memory.clear()
        held = memory["background"] = Background(usual=grey)
    if not held.is_learned:
        held.learn(grey)
        return None
    return held


def compared(background: Background, grey: Grey) -> Compared:
    """A picture beside the usual one."""
    ratio = float(np.median(grey / np.maximum(background.usual, 8.0)))
    usual = background.usual * np.float32(min(4.0, max(0.25, ratio)))
    differs: Mask = cv2.blur(np.abs(grey - usual), (3, 3)) > DIFFERS
    return Compared(grey, usual, differs, correlation(grey, usual) > LIKE)


def correlation(one: Grey, other: Grey) -> Grey:
    """How alike the texture of two pictures is, from -1 to 1, patch by patch."""
    size = (PATCH, PATCH)
    mean_one, mean_other = cv2.blur(one, size), cv2.blur(other, size)
    both = cv2.blur(one * other, size) - mean_one * mean_other
    spread_one = np.maximum(cv2.blur(one * one, size) - mean_one**2, 1.0)
    spread_other = np.maximum(cv2.blur(other * other, size) - mean_other**2, 1.0)
    answer: Grey = both / np.sqrt(spread_one * spread_other)
    return answer


def texture(grey: Grey) -> Grey:
    """How rough each patch is: the mean of the gradient's size, in levels of grey for each pixel."""
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    rough: Grey = cv2.blur(cv2.magnitude(across, down), (PATCH, PATCH))
    return rough


def stays(memory: dict[str, Any], name: str, mask: Mask, pictures: int) -> Mask:
    """Where a mask has held in so many pictures one after the other, this one among them."""
    before: NDArray[np.uint8] | None = memory.get(name)
    runs = np.zeros(mask.shape, np.uint8) if before is None else before
    runs = np.where(mask, np.minimum(runs + 1, 200), 0).astype(np.uint8)
    memory[name] = runs
    held: Mask = runs >= pictures
    return held


@dataclass(frozen=True, slots=True)
class Region:
    """A connected part of a mask: its box and area in pixels."""

    left: int
    top: int
    width: int
    height: int
    area: int

    def box(self, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
        """Its box as shares of the picture."""
        height, width = shape[:2]
        right, bottom = self.left + self.width, self.top + self.height
        return self.left / width, self.top / height, right / width, bottom / height


def regions(mask: Mask, *, opened: int = 3, closed: int = 0) -> list[Region]:
    """The connected parts of a mask, the largest first, without specks; gaps up to `closed` pixels are filled before."""
    clean = mask.astype(np.uint8)
    if closed:
        clean = cv2.morphologyEx(clean, cv2.MORPH_CLOSE, np.ones((closed, closed), np.uint8))
    if opened:
        clean = cv2.morphologyEx(clean, cv2.MORPH_OPEN, np.ones((opened, opened), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(clean, connectivity=8)
    found = [Region(*(int(value) for value in row)) for row in stats[1:]]
    return sorted(found, key=lambda each: -each.area)
