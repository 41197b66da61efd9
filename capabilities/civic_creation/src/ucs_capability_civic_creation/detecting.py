"""What cameras detect: one candidate at a time for each item of a point, which a person confirms or dismisses."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from ucs_capability_civic_creation.assessing import EVIDENCE_MOST, Record
from ucs_capability_civic_creation.indicator_tree import CheckItem, Tree
from ucs_capability_civic_creation.vocabulary import CandidateState


class Candidate(Record):
    """What was detected of one item at one point. `number` counts the candidates that there have been."""

    point: str
    item: str
    region: str
    edition: str
    number: int = 1
    state: CandidateState = CandidateState.WAITING
    detections: int = 1
    cameras: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    first_at: AwareDatetime
    last_at: AwareDatetime
    decided_at: AwareDatetime | None = None
    confirmed: int = 0
    dismissed: int = 0


CAMERAS_MOST = 8
"""How many cameras a candidate remembers, the last ones."""


def item_for(tree: Tree, point_type: str, label: str) -> CheckItem | None:
    """The first item of the tree at points of a type of which a label is evidence; None when there is none."""
    wanted = label.strip().casefold()
    return next(
        (item for item in tree.items_at(point_type) if wanted in {each.strip().casefold() for each in item.labels}),
        None,
    )


def after_detection(held: Candidate | None, new: Candidate, *, quiet: timedelta) -> Candidate | None:
    """The candidate with one more detection, or the next one; None when there is nothing to remember.

    What waits takes every detection. What somebody has decided upon is not opened again for a while: a heap of litter that a
    person has seen is the same an hour later. What is older than the decision says nothing new, however late it comes.
    """
    if held is None:
        return new
    if held.state is CandidateState.WAITING:
        return held.model_copy(
            update={
                "detections": held.detections + 1,
                "cameras": _last((*held.cameras, *new.cameras), CAMERAS_MOST),
                "evidence": _last((*held.evidence, *new.evidence), EVIDENCE_MOST),
                "first_at": min(held.first_at, new.first_at),
                "last_at": max(held.last_at, new.last_at),
            }
        )
    decided = held.decided_at or held.last_at
    if new.last_at < decided + quiet:
        return None
    kept = {"number": held.number + 1, "confirmed": held.confirmed, "dismissed": held.dismissed}
    return new.model_copy(update=kept)


def after_decision(held: Candidate, *, confirmed: bool, at: datetime) -> Candidate:
    """The candidate as a person has decided upon it."""
    state = CandidateState.CONFIRMED if confirmed else CandidateState.DISMISSED
    counted = {"confirmed": held.confirmed + confirmed, "dismissed": held.dismissed + (not confirmed)}
    return held.model_copy(update={"state": state, "decided_at": at, **counted})


def precision(confirmed: int, dismissed: int) -> float | None:
    """Which share of what was decided upon was true; None while nothing was."""
    return confirmed / (confirmed + dismissed) if confirmed + dismissed else None


def _last(values: tuple[str, ...], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in values if each))[-most:]
