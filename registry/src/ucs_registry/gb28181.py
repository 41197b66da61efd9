"""Codes of channels and devices by GB/T 28181: twenty digits that say where, in which industry, and what a device is.

Source: GB/T 28181-2022, annex on unified coding, rule A. Digits 1 to 8 are the centre (a division's code of GB/T 2260 and
two digits below it), 9 and 10 the industry, 11 to 13 the type, 14 the network, 15 to 20 a serial number.
"""

from __future__ import annotations

from dataclasses import dataclass

from ucs_sdk.messages import Phrase

DIGITS = 20

_IN_AREA = {1: 5, 2: 3, 3: 7, 4: 6, 5: 4, 6: 5, 7: 1, 8: 2}
PROVINCES = frozenset(f"{area}{number}" for area, last in _IN_AREA.items() for number in range(1, last + 1)) | {"50"}
"""The first two digits of divisions (GB/T 2260)."""

CHANNEL_TYPES = ("131", "132", "134", "136", "137")
"""What may be a channel of a pool: camera, network camera, alarm input, voice input, voice output.

From the same annex, as far as pools in use need it; the standard's table is longer.
"""

OTHER_TYPES = frozenset({"111", "112", "113", "114", "118", "133", "135", "200", "215", "216"})
"""What is often taken for a channel and is none: recorders, displays, servers, and the groups of a directory.

Not complete either; `ucs_sdk.wording.members` has their names.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCode:
    """The parts of a code, each as its digits."""

    centre: str
    industry: str
    type: str
    network: str
    serial: str

    @property
    def division(self) -> str:
        """The division that the centre belongs to: six digits of GB/T 2260."""
        return self.centre[:6]


def parse_code(code: str) -> ChannelCode:
    """The parts of a code. Raises ValueError for what is none; `problem_with` says why."""
    problem = form_problem(code)
    if problem is not None:
        raise ValueError(str(problem))
    return ChannelCode(centre=code[:8], industry=code[8:10], type=code[10:13], network=code[13], serial=code[14:])


def problem_with(code: str) -> Phrase | None:
    """Why a code is not that of a channel, naming the digits; None when it is one."""
    problem = form_problem(code)
    type = code[10:13]
    if problem is not None or type in CHANNEL_TYPES:
        return problem
    if type in OTHER_TYPES:
        return Phrase("gb28181-not-a-channel", type=type, device=type, channels=CHANNEL_TYPES)
    return Phrase("gb28181-type-unknown", type=type, channels=CHANNEL_TYPES)


def form_problem(code: str) -> Phrase | None:
    """What is wrong with the form of a code, whatever it is of."""
    # Digits of other scripts are digits to `str`, too.
    if not (code.isascii() and code.isdigit()):
        wrong = ((place, mark) for place, mark in enumerate(code[:DIGITS], start=1) if not "0" <= mark <= "9")
        place, mark = next(wrong, (0, ""))
        if place:
            return Phrase("gb28181-not-a-digit", place=place, character=mark)
    if len(code) != DIGITS:
        return Phrase("gb28181-length", count=len(code), digits=DIGITS)
    if code[:2] not in PROVINCES:
        return Phrase("gb28181-province", province=code[:2])
    return None
