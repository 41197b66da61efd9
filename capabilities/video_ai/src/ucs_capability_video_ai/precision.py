"""How often an algorithm was right, by what people said of it: the share, its interval, and when it is to be quiet.

Source of the interval: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from ucs_sdk.vocabulary import Term

NINETY_FIVE = 1.959963984540054
"""The standard normal quantile of a two-sided interval of 95 %."""


class Verdict(Term):
    """What was said of an incident (核查结论)."""

    RIGHT = "right", "属实", "It is so"
    WRONG = "wrong", "误报", "It is not so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often somebody said that an algorithm was right, and that it was wrong."""

    right: int = 0
    wrong: int = 0

    @property
    def judged(self) -> int:
        """How many were judged."""
        return self.right + self.wrong

    @property
    def precision(self) -> float | None:
        """The share of those judged that were right; None when none was."""
        return self.right / self.judged if self.judged else None

    def interval(self) -> tuple[float, float]:
        """Where the share lies with 95 % confidence, by Wilson's score; from 0 to 1 when none was judged."""
        n = self.judged
        if not n:
            return 0.0, 1.0
        share, z2 = self.right / n, NINETY_FIVE**2
        centre = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = NINETY_FIVE * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return max(0.0, centre - half), min(1.0, centre + half)

    def after(self, before: Verdict | None, now: Verdict | None) -> Tally:
        """The tally when what is said of one incident was `before`, and is `now`."""
        right = self.right + (now is Verdict.RIGHT) - (before is Verdict.RIGHT)
        wrong = self.wrong + (now is Verdict.WRONG) - (before is Verdict.WRONG)
        return Tally(right=max(0, right), wrong=max(0, wrong))

    def is_bad(self, least: float, judged: int) -> bool:
        """Whether enough were judged, and even the upper end of the interval is below what is asked for."""
        return self.judged >= judged and self.interval()[1] < least
