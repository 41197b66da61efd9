"""Filing and closing conditions: what a case still lacks before it may be filed or closed (立案条件、结案条件).

Source: GB/T 30428.8 by its subject; which conditions a type asks for is the city's data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ucs_capability_case_center.vocabulary import Condition

DESCRIBED_LEAST = 4
"""How many characters a description has at the least: in Chinese, four are a sentence."""


class Facts(NamedTuple):
    """What is known of a case, as far as conditions look at it."""

    located: bool
    description: str
    evidence: int
    verified: bool
    disposed: bool
    checked: bool
    evidence_after: int
    unanswered: int


MET: Mapping[Condition, Callable[[Facts], bool]] = {
    Condition.LOCATED: lambda facts: facts.located,
    Condition.DESCRIBED: lambda facts: len(facts.description.strip()) >= DESCRIBED_LEAST,
    Condition.EVIDENCED: lambda facts: facts.evidence > 0,
    Condition.VERIFIED: lambda facts: facts.verified,
    Condition.DISPOSED: lambda facts: facts.disposed,
    Condition.CHECKED: lambda facts: facts.checked,
    Condition.SHOWN_AFTER: lambda facts: facts.evidence_after > 0,
    Condition.ANSWERED: lambda facts: facts.unanswered == 0,
}
"""When each condition is met."""


def unmet(asked: Iterable[Condition], facts: Facts) -> list[Condition]:
    """The conditions that are not met, in the order in which they are asked for."""
    return [condition for condition in asked if not MET[condition](facts)]
