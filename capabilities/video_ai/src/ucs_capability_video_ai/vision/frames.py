"""Pictures in memory: decoded with bounds, made small and grey for algorithms, and kept as evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ucs_capability_video_ai.detections import Detection
from ucs_capability_video_ai.pictures import read_head
from ucs_sdk import Invalid

Picture: TypeAlias = NDArray[np.uint8]
"""Height × width × 3, blue first, as OpenCV has it."""

Grey: TypeAlias = NDArray[np.float32]

WORKING_WIDTH = 320
"""How wide a picture is for the algorithms of this package, in pixels; its shape is kept."""

EVIDENCE_WIDTH = 1280
"""How wide a snapshot is kept at the most."""

QUALITY = 80
"""Of a kept snapshot, from 0 to 100."""

# Frames are analysed side by side; one analysis takes one core, and no thread of its own beside it.
cv2.setNumThreads(1)


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture and when it was taken."""

    image: Picture
    at: datetime


def decode(content: bytes) -> Picture:
    """The picture of a JPEG or PNG. Raises Invalid before decoding what is none or too large, and after it for what lied."""
    head = read_head(content)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image: Any = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error:
        # What the decoder refuses is no picture; what it says of itself helps nobody.
        image = None
    if image is None or image.shape[:2] != (head.height, head.width):
        raise Invalid.saying("PICTURE_REFUSED", zh="图片无法解码。", en="The picture cannot be decoded.")
    decoded: Picture = image
    return decoded


def small_grey(image: Picture) -> Grey:
    """The picture in grey, `WORKING_WIDTH` wide."""
    height, width = image.shape[:2]
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if width != WORKING_WIDTH:
        size = (WORKING_WIDTH, max(1, round(height * WORKING_WIDTH / width)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    small: Grey = np.asarray(grey, np.float32)
    return small


def print_of(image: Picture) -> bytes:
    """What tells two pictures apart: equal only when they show the very same."""
    return hashlib.blake2b(np.ascontiguousarray(image).tobytes(), digest_size=16).digest()


def snapshot(image: Picture, detections: Sequence[Detection]) -> bytes:
    """The picture as a JPEG with a frame around each finding."""
    height, width = image.shape[:2]
    if width > EVIDENCE_WIDTH:
        shown = cv2.resize(
            image, (EVIDENCE_WIDTH, round(height * EVIDENCE_WIDTH / width)), interpolation=cv2.INTER_AREA
        )
    else:
        shown = image.copy()
    height, width = shown.shape[:2]
    for each in detections:
        left, top, right, bottom = each.box
        corners = (round(left * width), round(top * height)), (round(right * width) - 1, round(bottom * height) - 1)
        cv2.rectangle(shown, *corners, (0, 0, 255), 2)
    written, content = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not written:
        raise Invalid.saying("PICTURE_REFUSED", zh="图片无法编码。", en="The picture cannot be encoded.")
    return bytes(content)
