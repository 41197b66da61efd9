"""The colour of a place on the map of waterlogging, by its depth and by the colour that it had before.

As published for Qingdao's map: red above 30 cm, where vehicles are affected; yellow below 30 cm, where people on foot are;
blue where there is none (press report on the map, hk.outputnews.com, 2022-09-16). The report leaves open what exactly 30 cm
is and how much water is none. Both are settings here: exactly 30.0 cm is red unless a city says otherwise, and water is
shown from 1 cm on, which is what a level sensor can tell from a dry road.
"""

from __future__ import annotations

from dataclasses import dataclass

from ucs_sdk.errors import Invalid
from ucs_sdk.vocabulary import Term


class Colour(Term):
    """How a place is shown (积水等级颜色), from nothing known to deep water."""

    UNKNOWN = "unknown", "无数据", "Not known"
    BLUE = "blue", "无积水", "No water"
    YELLOW = "yellow", "影响行人", "Affects people on foot"
    RED = "red", "影响车辆", "Affects vehicles"


WET = frozenset({Colour.YELLOW, Colour.RED})
"""The colours of places where water stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where the colours change, in centimetres of water. The bands are how far the water falls before a colour is left.

    Raises Invalid for bands that reach beyond their colour.
    """

    wet: float = 1.0
    red: float = 30.0
    red_includes: bool = True
    """Whether a depth of exactly `red` is red; otherwise it is yellow, and what is above it red."""
    wet_band: float = 0.5
    red_band: float = 3.0

    def __post_init__(self) -> None:
        if not (0 <= self.wet_band < self.wet < self.red - self.red_band <= self.red):
            raise Invalid.saying(
                "THRESHOLDS_DISORDERED",
                zh="积水颜色阈值无序：应满足 0 ≤ {wet_band} < {wet} < {red} − {red_band}。",
                en="The thresholds are not in order: 0 ≤ {wet_band} < {wet} < {red} − {red_band} must hold.",
                wet=self.wet,
                red=self.red,
                wet_band=self.wet_band,
                red_band=self.red_band,
            )

    def bare(self, depth: float) -> Colour:
        """The colour of a depth on its own, without regard to what was before."""
        if depth > self.red or (self.red_includes and depth == self.red):
            return Colour.RED
        return Colour.YELLOW if depth >= self.wet else Colour.BLUE


def colour_after(before: Colour, depth: float, thresholds: Thresholds) -> Colour:
    """The colour of a place whose water now stands at a depth, in centimetres.

    A colour is entered at its threshold and left once the water has fallen by the whole of its band, so that waves at a
    threshold do not make the map flicker: red is left at `red - red_band`, yellow at `wet - wet_band`.
    """
    now = thresholds.bare(depth)
    if before is Colour.RED and now is not Colour.RED and depth > thresholds.red - thresholds.red_band:
        return Colour.RED
    if before in WET and now is Colour.BLUE and depth > thresholds.wet - thresholds.wet_band:
        return Colour.YELLOW
    return now
