"""Heads of pictures: what is no picture or too large is refused before anything decodes it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucs_capability_video_ai.pictures import BYTES_MOST, PictureHead, read_head
from ucs_sdk import Invalid

FRAME = struct.pack(">HBHHB", 11, 8, 1080, 1920, 1) + b"\x01\x11\x00"


def jpeg(width, height, marker=0xC0, more=b""):
    frame = bytes([0xFF, marker]) + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0\x00\x04ab" + frame + more + b"\xff\xda\x00\x02"


def png(width, height):
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII5s", 13, b"IHDR", width, height, b"\x08\x02\0\0\0") + b"\0" * 4


def test_the_size_is_read_from_the_head():
    assert read_head(jpeg(1920, 1080)) == PictureHead("image/jpeg", 1920, 1080)
    assert read_head(jpeg(1920, 1080, marker=0xC2)) == PictureHead("image/jpeg", 1920, 1080)
    assert read_head(png(640, 480)) == PictureHead("image/png", 640, 480)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + b"\0" * 40,
        b"\xff\xd8",
        b"\xff\xd8\xff\xc0\x00",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 30,
        jpeg(0, 100),
        png(0, 0),
        jpeg(65_535, 65_535),
        png(2**31, 1),
        png(20_000, 20_000),
        png(16_385, 1),
        jpeg(100, 100, more=b"\xff\xc0" + FRAME),
        b"\xff\xd8" + b"\0" * BYTES_MOST,
    ],
    ids=lambda content: repr(content[:24]),
)
def test_bombs_and_what_is_no_picture_are_refused(content):
    with pytest.raises(Invalid, match="PICTURE_REFUSED"):
        read_head(content)


def trusting(content):
    """A twin that believes the first frame of a JPEG, whatever comes behind it."""
    at = content.index(b"\xff\xc0")
    height, width = struct.unpack(">HH", content[at + 5 : at + 9])
    return PictureHead("image/jpeg", width, height)


def test_believing_the_first_of_two_frames_would_be_found():
    twice = jpeg(10, 10, more=b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, 60_000, 60_000, 1) + b"\x01\x11\x00")
    assert trusting(twice).width == 10
    with pytest.raises(Invalid):
        read_head(twice)


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_no_bytes_do_anything_but_be_a_picture_or_be_refused(content, start):
    try:
        head = read_head(start + content)
    except Invalid:
        return
    assert head.width * head.height >= 1
