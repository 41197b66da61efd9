"""What the head of a picture says, before anything decodes it: a picture of few bytes may be one of many pixels.

Only JPEG and PNG are taken. Sources: ITU-T T.81 §B (markers of JPEG), the PNG specification §11.2.2 (IHDR).
"""

from __future__ import annotations

from dataclasses import dataclass

from ucs_sdk import Invalid

BYTES_MOST = 4_000_000
"""How large a picture may be, in bytes."""

PIXELS_MOST = 16_000_000
"""How many pixels a picture may have; a camera of 4K has 8.3 million."""

SIDE_MOST = 16_384
"""How long a side may be, in pixels."""

_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""The markers with which a frame of JPEG begins; the three others of that row are tables and reserved."""

_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
"""The markers of JPEG that have no length."""


@dataclass(frozen=True, slots=True)
class PictureHead:
    """What the head of a picture says."""

    media_type: str
    width: int
    height: int


def read_head(content: bytes) -> PictureHead:
    """The head of a picture. Raises Invalid for what is no picture, is too large, or has a head that cannot be right."""
    if len(content) > BYTES_MOST:
        raise _refused(f"超过 {BYTES_MOST} 字节", f"it has more than {BYTES_MOST} bytes")
    if content.startswith(_PNG):
        head = _png(content)
    elif content.startswith(b"\xff\xd8"):
        head = _jpeg(content)
    else:
        raise _refused("只接受 JPEG 和 PNG", "only JPEG and PNG are taken")
    if head.width < 1 or head.height < 1:
        raise _refused("没有像素", "it has no pixels")
    if max(head.width, head.height) > SIDE_MOST or head.width * head.height > PIXELS_MOST:
        zh = f"{head.width}×{head.height} 像素过多"
        raise _refused(zh, f"{head.width}×{head.height} pixels are too many")
    return head


def _png(content: bytes) -> PictureHead:
    if len(content) < 33 or content[12:16] != b"IHDR" or int.from_bytes(content[8:12]) != 13:
        raise _refused("PNG 头不完整", "its head is not that of a PNG")
    return PictureHead("image/png", int.from_bytes(content[16:20]), int.from_bytes(content[20:24]))


def _jpeg(content: bytes) -> PictureHead:
    """The size that the one frame of a JPEG states; two would be two answers, and a decoder takes one of them."""
    found: PictureHead | None = None
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _BARE:
            at += 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4])
        if length < 2:
            break
        if marker in _FRAMES:
            if found is not None or length < 8 or at + 9 > len(content):
                raise _refused("JPEG 头自相矛盾", "its head contradicts itself")
            height, width = int.from_bytes(content[at + 5 : at + 7]), int.from_bytes(content[at + 7 : at + 9])
            found = PictureHead("image/jpeg", width, height)
        if marker == 0xDA:
            break
        at += 2 + length
    if found is None:
        raise _refused("JPEG 头不完整", "its head is not that of a JPEG")
    return found


def _refused(zh: str, en: str) -> Invalid:
    return Invalid.saying(
        "PICTURE_REFUSED",
        zh="不接受该图片：{problem_zh}。",
        en="The picture is not taken: {problem_en}.",
        problem_zh=zh,
        problem_en=en,
    )
