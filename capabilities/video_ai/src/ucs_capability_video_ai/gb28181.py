"""Codes of GB/T 28181: what the twenty digits of a camera, a recorder or a group say, and which are none.

Source: GB/T 28181, the coding rule A of its appendix on uniform codes: centre (8), industry (2), type (3), serial number (7).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ucs_sdk import Invalid
from ucs_sdk.vocabulary import Term

DIGITS = 20
"""How long a code is."""

CODE = r"^[0-9]{20}$"
"""What a code looks like in a request; what it says is judged by `read_code`."""

_ASCII = re.compile(r"[0-9]{20}")

PROVINCES = frozenset(
    str(each)
    for group in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82),
    )
    for each in group
)
"""The first two digits of divisions (GB/T 2260)."""


class GbKind(Term):
    """What a code is of (类型编码), as far as it matters here; the standard knows more."""

    DVR = "111", "数字视频录像机", "Digital video recorder"
    NVR = "118", "网络视频录像机", "Network video recorder"
    CAMERA = "131", "摄像机", "Camera"
    IPC = "132", "网络摄像机", "Network camera"
    ALARM_INPUT = "134", "报警输入设备", "Alarm input"
    SIP_SERVER = "200", "中心信令控制服务器", "Signalling server"
    BUSINESS_GROUP = "215", "业务分组", "Business group"
    VIRTUAL_ORGANISATION = "216", "虚拟组织", "Virtual organisation"
    ANALYSIS = "502", "视频分析系统", "Video analysis system"


CAMERAS = frozenset({GbKind.CAMERA, GbKind.IPC})
"""The kinds that give pictures."""

GROUPS = frozenset({GbKind.BUSINESS_GROUP, GbKind.VIRTUAL_ORGANISATION})
"""The kinds that only hold others together."""


@dataclass(frozen=True, slots=True)
class GbCode:
    """A code whose parts are in order."""

    text: str

    @property
    def centre(self) -> str:
        """The centre that gave it: a division of six digits, and two below it."""
        return self.text[:8]

    @property
    def region(self) -> str:
        """The division, six digits."""
        return self.text[:6]

    @property
    def industry(self) -> str:
        """Whose it is: 00 public security's roads, 04 traffic, 08 urban management, 09 sanitation and others."""
        return self.text[8:10]

    @property
    def kind(self) -> GbKind | None:
        """What it is of; None for a type that does not matter here."""
        return _KINDS.get(self.text[10:13])

    @property
    def network(self) -> str:
        """The digit of the network in newer editions, the first of the serial number in older ones."""
        return self.text[13]

    @property
    def serial(self) -> str:
        """The serial number, seven digits, that of the network with it."""
        return self.text[13:]

    @property
    def is_camera(self) -> bool:
        """Whether it gives pictures."""
        return self.kind in CAMERAS


_KINDS = {each.value: each for each in GbKind}


def read_code(text: str) -> GbCode:
    """The code that a text is. Raises Invalid, which says what is wrong with it."""
    if not _ASCII.fullmatch(text):
        raise _malformed(text, f"应为 {DIGITS} 位数字", f"it has to be {DIGITS} digits")
    if text[:2] not in PROVINCES:
        raise _malformed(text, f"没有编码为 {text[:2]} 的省份", f"no province has the code {text[:2]}")
    if text[2:4] == "00" and text[4:6] != "00":
        raise _malformed(text, "区县须属于地市", "a district has to be of a city")
    if text[10:13] < "100":
        raise _malformed(text, f"没有类型 {text[10:13]}", f"there is no type {text[10:13]}")
    return GbCode(text)


def read_camera_code(text: str) -> GbCode:
    """The code of a camera. Raises Invalid for what is no code, and for the code of something else."""
    code = read_code(text)
    if not code.is_camera:
        kind = code.kind
        zh = f"它是{kind.title_zh}，不是摄像机" if kind else f"类型 {text[10:13]} 不是摄像机"
        en = f"it is of a {kind.title_en.lower()}" if kind else f"the type {text[10:13]} is no camera's"
        raise _malformed(text, zh, en)
    return code


def _malformed(text: str, zh: str, en: str) -> Invalid:
    return Invalid.saying(
        "GB_CODE_MALFORMED",
        zh="国标编码 {code} 有误：{problem_zh}。",
        en="The GB/T 28181 code {code} is wrong: {problem_en}.",
        code=text[:40],
        problem_zh=zh,
        problem_en=en,
    )
